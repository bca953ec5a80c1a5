#!/bin/bash
# What recollect tells of MGEN flows in stored streams and text logs is what the
# senders and receivers themselves reported.
set -eu
B=${B:-build}
cd "$(dirname "$0")/../.."
golden=tests/golden
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

fail() { echo "not ok $*"; tail -n 5 "$dir/err"; exit 1; }

# record CAPTURE: its stream and its extended log; the last word is the node.
record()
{
	"$B/bin/pcapper" -q --no-listen -R "$golden/$1.pcap" -f "$dir/$1.log" \
		--node "${1##*-}" --log-format extended -w "$dir/$1.v1" 2>"$dir/err" ||
		fail "$1: pcapper"
}

# tell FORM FILE...: the statistics of these inputs.
tell()
{
	local form=$1

	shift
	"$B/bin/recollect" "${@/#/-R}" -o "mgen:$form" 2>"$dir/err" ||
		fail "$*: recollect"
}

# totals: protocol, flow, IP packets, octets, messages sent and received.
totals() { awk '$1 == "total" { print $8, $7, $13, $14, $16, $18 }' | sort; }

# The same of CAPTURE from the ground truth.  The last six messages of the one
# with loss never left the sender's queue: nobody can have seen their numbers.
told()
{
	awk -F '\t' -v pcap="$1.pcap" '
		$1 == pcap {
			sent = pcap ~ /drop/ ? $5 - 6 : $5
			print $2 == "TCP" ? 6 : 17, $4, $8 + $9, $11, sent, $7
		}' $golden/mgen-ground-truth.tsv | sort
}

for pcap in "$golden"/mgen-*.pcap; do
	name=${pcap##*/}
	name=${name%.pcap}
	record "$name"
	told "$name" >"$dir/told"
	[ -s "$dir/told" ] || fail "$name: no truth"
	for kind in v1 log; do
		tell text "$dir/$name.$kind" >"$dir/text"
		totals <"$dir/text" | diff "$dir/told" - || fail "$name.$kind"
	done
	echo "ok $name: sent and received are the truth, from stream and log"
done

# field FILE NUMBER: of the only total.
field() { awk -v n="$2" '$1 == "total" { print $n }' "$1"; }

# The delays that the receiver's own capture shows, from the log's two times.
name=mgen-x-tbf-rx
tell text "$dir/$name.v1" >"$dir/text"
awk -F : '{ print $1 - $NF }' "$dir/$name.log" | sort -g >"$dir/delays"
n=$(wc -l <"$dir/delays")
at=27
for rank in 1 mean $(((n * 50 + 99) / 100)) $(((n * 95 + 99) / 100)) \
	$(((n * 99 + 99) / 100)) "$n"; do
	awk -v rank="$rank" -v got="$(field "$dir/text" $at)" '
		{ sum += $1; if (NR == rank) want = $1 }
		END {
			if (rank == "mean")
				want = sum / NR
			exit got - want > 0.001 || want - got > 0.001
		}' "$dir/delays" || fail "$name: field $at"
	((at += 1))
done
echo "ok the delays of 299 messages through a shaper are right to 1 ms"

# Two agents, one flow.
two=("$dir/mgen-x-tbf-tx.v1" "$dir/mgen-x-tbf-rx.v1")
tell text "${two[@]}" >"$dir/text"
[ "$(awk '$1 == "total" { print $7, $16, $18 }' "$dir/text" | uniq -c)" = \
	"      2 1 299 299" ] || fail "two places"
tell text "${two[@]}" | cmp - "$dir/text" || fail "another output"
echo "ok the same input gives the same octets"

# hops of these streams, or logs, in place of the names of files: the nodes'.
hops()
{
	tell text "$dir/mgen-x-tbf-drop-tx.$1" "$dir/mgen-x-tbf-drop-rx.$1" |
		sed "s#$dir/mgen-x-tbf-drop-\([tr]x\)[.]$1#\1#g"
}

# What was lost was in the sender's queue, and nothing behind it.
for kind in v1 log; do
	hops $kind >"$dir/$kind"
	[ "$(awk '$1 == "hop" { print $16, $17, $18, $20, ($28 > 0.02) }' \
		"$dir/$kind")" = "293 match 66 227 1
66 match 66 0 0
66 - - - 0" ] || fail "hops of $kind"
done
diff "$dir/v1" "$dir/log" || fail "logs"
echo "ok hops tell where messages were lost, from streams and logs alike"

# Seconds add up to the totals.
tell text "$dir/mgen-x-tbf-drop-rx.v1" >"$dir/text"
for f in 13 14 16 18 20 22 23; do
	awk -v f=$f '$1 == "second" { sum += $f } $1 == "total" { all += $f }
		END { exit sum != all }' "$dir/text" || fail "field $f"
done
echo "ok seconds add up"

tell json "$dir/mgen-udp4-multi.v1" >"$dir/json"
tell csv "$dir/mgen-udp4-multi.v1" >"$dir/csv"
[ $(($(wc -l <"$dir/json") + 1)) -eq "$(wc -l <"$dir/csv")" ] || fail "forms"
grep -q '"kind":"total".*"flow":4294967295,.*"received":40,"ratio":1.000000' \
	"$dir/json" || fail "json"
echo "ok JSON and CSV tell the same"

# A basic log names the flow alone: packets, and no word of messages.
cut -d : -f 1-8 "$dir/mgen-udp4-tiny.log" >"$dir/basic"
tell text "$dir/basic" >"$dir/text"
[ "$(awk '$1 == "total" { print $13, $16, $18, $20, $27 }' "$dir/text" |
	sort -u)" = "10 - - - -" ] || fail "basic log"
echo "ok without headers only packets are counted"

! "$B/bin/recollect" -R "$dir/basic" -o mgen 2>"$dir/err" || fail "no form"
grep -q 'mgen: needs a form' "$dir/err" || fail "no message"
echo "ok a form is needed"
