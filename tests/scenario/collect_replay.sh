#!/bin/bash
# recollect replay: logs of several nodes once more, merged, in their own pace.
# shellcheck source=tests/scenario/collect.bash
. tests/scenario/collect.bash

# nodes LINES STEP: logs n1, n2, n3 of so many lines each, with times that
# interleave, in milliseconds; every tenth is the same in all three.
nodes()
{
	for i in 1 2 3; do
		awk -v n="$1" -v step="$2" -v i="$i" 'BEGIN {
			for (k = 0; k < n; k++) {
				ms = k * step + (k % 10 ? (k * 7 + i * 3) % step : 0)
				printf "%d.%03d000:10.0.0.%d:%d:10.0.0.9:80:%d:0:17\n",
					1700000000 + int(ms / 1000), ms % 1000,
					i, 1000 + k, 28 + k % 1400
			}
		}' >"$TMP/n$i"
	done
}

nodes 5000 20
"$B/bin/pcapper" -q -R tests/golden/demo.pcap --no-listen -f "$TMP/demo.txt" \
	-w "$TMP/demo.v1" 2>"$TMP/agent.err" || fail "pcapper: status $?"
gzip -k "$TMP/n2"
sort -s -t: -k1,1 "$TMP/n1" "$TMP/n2" "$TMP/n3" >"$TMP/want"
"$R" replay --speed max "$TMP/n1" "$TMP/n2.gz" "$TMP/n3" -o text:- \
	>"$TMP/out" 2>"$TMP/a.err" || fail "status $?"
cmp "$TMP/out" "$TMP/want" || fail "the order"
ok "logs of three nodes come in the order of their times"
same "with the number of its file, each" \
	"$("$R" replay --speed 0 "$TMP/n1" "$TMP/n2.gz" "$TMP/n3" 2>/dev/null |
		head -n 3 | cut -d: -f1,2 | tr '\n' ' ')" \
	"1700000000.000000:1 1700000000.000000:2 1700000000.000000:3 "

mkdir "$TMP/kept"
for i in 1 2 3; do
	cp "$TMP/n$i" "$TMP/kept/node$i.20231114T221320Z.pcapper.log"
done
same "logs that were kept tell their nodes" \
	"$("$R" replay --speed 0 "$TMP"/kept/* -o json 2>/dev/null |
		head -n 3 | grep -o '"name":"[^"]*"' | tr '\n' ' ')" \
	'"name":"node1" "name":"node2" "name":"node3" '

# 3 s in 0.3 s; never before its time, and what is late delays nothing more.
nodes 150 20
python3 tests/tools/arrivals.py "$R" replay --speed 10 "$TMP/n1" "$TMP/n2" \
	"$TMP/n3" >"$TMP/out" 2>"$TMP/b.err" || fail "status $?"
same "all lines have come" "$(wc -l <"$TMP/out")" 450
awk -F '[ :]' '{
		at = ($2 - 1700000000) / 10
		if ($1 < at - 0.03 || $1 > at + 1) {
			print "line " NR " came at " $1 ", not " at
			exit 1
		}
		if ($1 - at < 0.05) prompt++
	} END { exit $1 < 0.27 || prompt < NR / 2 }' "$TMP/out" ||
	fail "the pace: $(tail -n 1 "$TMP/out")"
ok "3 s at ten times the speed take 0.3 s"

# What is made of it is the same as without a pace.
G=tests/golden/shodohflo
"$B/bin/pcapper" -q --no-log --no-listen -R $G/golden_in0.pcap \
	--dnstap-file $G/golden.fstrm -w "$TMP/lab.v1" 2>"$TMP/agent.err" ||
	fail "pcapper: status $?"
printf '[output]\ntext-format = nodes\n' >"$TMP/conf"
# outputs DIR OPTION...: all that can be made of some files.
outputs()
{
	mkdir "$TMP/$1"
	"$R" "${@:2}" -c "$TMP/conf" -o "text:$TMP/$1/text" --summary \
		-o "json:$TMP/$1/json" -o "dns:$TMP/$1/dns" \
		-o "flows:csv:$TMP/$1/flows" -o "mgen:json:$TMP/$1/mgen" \
		2>"$TMP/$1.err" || fail "$1: status $?"
	mv "$TMP/$1.err" "$TMP/$1/totals"
}
for set in "9 lab.v1" "3 demo.v1 demo.txt"; do
	read -ra word <<<"$set"
	f=("${word[@]:1}")
	outputs read "${f[@]/#/-R$TMP/}"
	outputs replay replay --speed "${word[0]}" "${f[@]/#/$TMP/}"
	for o in text json dns flows mgen totals; do
		diff "$TMP/read/$o" "$TMP/replay/$o" >"$TMP/diff" ||
			fail "$set: $o: $(head -n 4 "$TMP/diff")"
	done
	ok "$set: all outputs and totals are those of -R"
	rm -r "$TMP/read" "$TMP/replay"
done

# Lines of each second come while it is played, as with live agents.
awk 'BEGIN { for (k = 0; k < 20; k++) printf "%d.%d00000:10.0.0.1:5:10.0.0.9:" \
	"6:128:7:17:-:eth0:delivered:%d:%d.%d00000\n", 1700000000 + int(k / 5),
	k % 5 * 2, k, 1700000000 + int(k / 5), k % 5 * 2 }' >"$TMP/mgen"
{ head -n 1 "$TMP/n1"; echo 1700000030.000000:10.0.0.1:1:10.0.0.2:1:60:0:17; } \
	>"$TMP/long"
python3 tests/tools/arrivals.py "$R" replay --speed 10 "$TMP/mgen" \
	"$TMP/long" -o mgen:text >"$TMP/out" 2>"$TMP/c.err" || fail "status $?"
same "each second of an MGEN flow has a line" \
	"$(grep -c ' second ' "$TMP/out")" 4
awk '/ second / && !first { first = $1 } / total / { total = $1 }
	END { exit !(total - first > 1) }' "$TMP/out" ||
	fail "not before the end: $(cut -c 1-60 "$TMP/out")"
ok "and they come long before the end"

# A part, and an end before the end.
"$R" replay --speed max --summary --from 1700000001.5 \
	--to 2023-11-14T22:13:21.980 "$TMP/n1" "$TMP/n2" "$TMP/n3" -o text:- \
	>"$TMP/out" 2>"$TMP/d.err" || fail "status $?"
awk -F: '$1 >= 1700000001.5 && $1 <= 1700000001.98' "$TMP/n1" "$TMP/n2" \
	"$TMP/n3" | sort -s -t: -k1,1 | cmp - "$TMP/out" || fail "a part"
"$R" replay --speed max --summary --from 1795215436 --to 1795215436.5 \
	"$TMP/demo.v1" -o text:- >"$TMP/out" 2>"$TMP/d.err" || fail "status $?"
awk -F: '$1 >= 1795215436 && $1 <= 1795215436.5' "$TMP/demo.txt" |
	cmp - "$TMP/out" || fail "a part of a stream"
same "what nobody wanted is not missed" "$(tail -n 1 "$TMP/d.err")" \
	"trusted yes: no packet was dropped, no record is missing"
spawn "$TMP/e.err" "$R" replay --speed 0.01 --summary "$TMP/n1" "$TMP/n2" \
	-o "text:$TMP/slow"
begun() { [ -s "$TMP/slow" ]; }
wait_for 10 begun || fail "nothing is played"
kill -INT "$PID"
wait "$PID" || fail "status $? after SIGINT"
n=$(counter "$TMP/e.err" total.records)
same "SIGINT ends it with totals" "$(wc -l <"$TMP/slow")" "$n"
same "which say that there was more" "$(tail -n 1 "$TMP/e.err")" \
	"trusted no: files not read to their end 2"

# bad STATUS TEXT WORD...: a command line that is refused.
bad()
{
	local rc=0

	"$R" replay "${@:3}" >/dev/null 2>"$TMP/f.err" || rc=$?
	same "status of replay ${*:3}" "$rc" "$1"
	grep -q -e "$2" "$TMP/f.err" || fail "not said: $2"
}
for speed in fast -1 1x 1e7 nan; do
	bad 2 "--speed: not a number" --speed $speed "$TMP/n1"
done
bad 2 "--from: neither" --from yesterday "$TMP/n1"
bad 2 "--to: neither" --to 2026-11-21T12:00:00+01 "$TMP/n1"
bad 2 "no file is named" -o none
bad 1 "$TMP/none" "$TMP/none"
bad 2 "agent" --agent localhost "$TMP/n1"
