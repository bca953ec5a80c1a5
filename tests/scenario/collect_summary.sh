#!/bin/bash
# --summary: the table at the end, and whether its numbers can be trusted.
# shellcheck source=tests/scenario/collect.bash
. tests/scenario/collect.bash

printf '1=80\n2=M7\n3=80-90\n' >"$TMP/conf"
for n in n1 n2; do
	"$B/bin/pcapper" -q -R tests/golden/demo.pcap --no-listen --node $n \
		-f "$TMP/$n.txt" -w "$TMP/$n.v1" 2>"$TMP/agent.err" ||
		fail "pcapper: status $?"
done

# table OPTION...: the summary, its blanks squeezed, to $TMP/table.
table()
{
	local rc=0

	"$R" -c "$TMP/conf" --summary "$@" 2>"$TMP/r.err" || rc=$?
	sed -n '/^ *host node/,$p' "$TMP/r.err" | tr -s ' ' | sed 's/^ //' \
		>"$TMP/table"
	return $rc
}
trust() { same "$1" "$(tail -n 1 "$TMP/table")" "trusted $2"; }

table -R "$TMP/n1.v1" -R "$TMP/n2.v1" -o none || fail "status $?"
cut -d ' ' -f 1-5 "$TMP/table" >"$TMP/have"
cat >"$TMP/want" <<'END'
host node id packets bytes
1 n1 1 17 969
1 n1 2 100 15600
1 n1 3 17 969
1 n1 X 48 303370
1 n1 all 165 319939
2 n2 1 17 969
2 n2 2 100 15600
2 n2 3 17 969
2 n2 X 48 303370
2 n2 all 165 319939
- total all 330 639878
trusted yes: no packet was
END
diff "$TMP/want" "$TMP/have" || fail "the table"
ok "each node and traffic id has its packets and bytes"
same "these are the lines of -o out" \
	"$("$R" -c "$TMP/conf" -R "$TMP/n1.v1" 2>/dev/null | awk -F: '
		{ n[$3]++; b[$3] += $4 / 8 }
		END { for (i in n) print i, n[i], b[i] }' | sort)" \
	"$(awk '$2 == "n1" && $3 != "all" { print $3, $4, $5 }' "$TMP/have" |
		sort)"
rate=$(awk -F: '/^[0-9]/ { if (!a) a = $1; b = $1 }
	END { printf "%.0f", 8 * 319939 / (b - a) }' "$TMP/n1.txt")
same "the rate is over the time of the node" \
	"$(awk '$2 == "n1" && $3 == "all" { print $6 }' "$TMP/table")" "$rate"
"$R" -R "$TMP/n1.v1" -o none 2>"$TMP/without"
! grep -q trusted "$TMP/without" || fail "a table nobody asked for"
ok "there is no table without --summary"

table -R "$TMP/n1.v1" -R "$TMP/n2.txt" -o none || fail "status $?"
trust "a text log proves nothing" \
	"unknown: no loss is told, but 1 of 2 streams have no numbers"
size=$(stat -c %s "$TMP/n1.v1")
head -c $((size - 20)) "$TMP/n1.v1" >"$TMP/cut.v1"
! table -R "$TMP/cut.v1" -o none || fail "a cut stream ends well"
trust "a cut stream is named" "no: files not read to their end 1"
echo '#1700000000.000000:loss:kernel:12:0' >>"$TMP/n2.txt"
table -R "$TMP/n2.txt" -o none || fail "status $?"
trust "a drop that a log tells of is named" "no: total.drop_kernel 12"
same "and stands beside its node" \
	"$(awk '$3 == "all" { print $7 }' "$TMP/table" | uniq)" 12

# live: two agents, and a collector until both are read.
live()
{
	local args=() p

	for n in n1 n2; do
		spawn "$TMP/$n.log" "$B/bin/pcapper" -p 0 --listen 127.0.0.1 \
			--no-log -R tests/golden/demo.pcap --node $n \
			--wait-collectors 1
		p=$(agent_port "$TMP/$n.log") || fail "$n does not listen"
		args+=(--agent "127.0.0.1:$p")
	done
	table -o none --once "${args[@]}" || return 1
	wait_for 10 over || fail "the agents stay"
	balanced "$TMP/n1.log" "$TMP/n2.log" "$TMP/r.err" || fail "the books do not close"
}
over() { ! kill -0 "${LIB_PIDS[@]}"; }
live || fail "status $?"
trust "live agents that ended are all there" \
	"yes: no packet was dropped, no record is missing"
same "with all their packets" \
	"$(awk '$2 == "total" { print $4 }' "$TMP/table")" 330

# An address that nobody serves.
spawn "$TMP/r.err" "$R" -c "$TMP/conf" --summary -v -o none --agent 127.0.0.1:1
wait_for 10 grep -q 'refused' "$TMP/r.err" || fail "nothing is dialled"
kill "$PID"
wait "$PID" || fail "status $?"
same "an agent that could not be reached is missed" \
	"$(tail -n 1 "$TMP/r.err")" "trusted no: agents away 1"
