#!/bin/bash
# An agent whose clock is an hour and a quarter of a second behind: its times are
# left as they are, or, when asked, put right within the bound, and in order.
set -eu
B=${B:-build}
cd "$(dirname "$0")/../.."
[ -n "${GUARDED:-}" ] || exec env GUARDED=1 timeout 55 "$0"
. tests/tools/lib.bash

fail() { echo "not ok $*"; tail -n 30 "$TMP"/*.err; exit 1; }

faketime

# A capture of a moment ago, as a right clock and as that one see it.
python3 - tests/golden/mgen-udp4-multi.pcap "$TMP" <<'END'
import struct, sys, time
data = open(sys.argv[1], "rb").read()
begin = int(time.time()) - 60
for name, off in ("right", 0), ("late", -3600250000):
    out, at = [data[:24]], 24
    first = struct.unpack_from("<I", data, at)[0]
    while at < len(data):
        s, us, cap, size = struct.unpack_from("<IIII", data, at)
        t = (s - first + begin) * 1000000 + us + off
        out.append(struct.pack("<IIII", t // 1000000, t % 1000000, cap, size))
        out.append(data[at + 16:at + 16 + cap])
        at += 16 + cap
    open(sys.argv[2] + "/" + name + ".pcap", "wb").write(b"".join(out))
END

# collect NAME PCAP OFFSET OPTION...: into NAME.text
collect()
{
	local name=$1 pcap=$2 off=$3 port

	shift 3
	spawn "$TMP/$name-a.err" "${FAKED[@]}" FAKETIME="$off" \
		"$B/bin/pcapper" -p 0 --listen 127.0.0.1 --no-log -R "$pcap" \
		--wait-collectors 1
	port=$(agent_port "$TMP/$name-a.err") || fail "$name: no port"
	timeout 20 "$B/bin/recollect" --once -o "text:$TMP/$name.text" \
		-o "json:$TMP/$name.json" -o "csv:$TMP/$name.csv" \
		--agent "127.0.0.1:$port" "$@" 2>"$TMP/$name.err" ||
		fail "$name: exit status $?"
	wait "$PID" || fail "$name: the agent: exit status $?"
	balanced "$TMP/$name-a.err" "$TMP/$name.err" || fail "the books do not close"
}

# spread A B: the least and the largest difference of the times in B and A, in
# microseconds; all else is equal, and B in the order of A.
spread()
{
	grep -v '^#' "$2" | paste "$1" - | awk -F'\t' '
	{
		n = index($1, ":"); m = index($2, ":")
		if (substr($1, n) != substr($2, m))
			exit 1
		split(substr($1, 1, n - 1), a, ".")
		split(substr($2, 1, m - 1), b, ".")
		d = (b[1] - a[1]) * 1000000 + (b[2] - a[2])
		if (NR == 1 || d < min) min = d
		if (NR == 1 || d > max) max = d
		t = b[1] * 1000000 + b[2]; was = a[1] * 1000000 + a[2]
		if (NR > 1 && t < last && was >= before)
			exit 1
		last = t; before = was
	}
	END { if (NR == 0) exit 1; printf "%.0f %.0f\n", min, max }'
}

collect right "$TMP/right.pcap" +0
collect kept "$TMP/late.pcap" -3600.25s
[ "$(spread "$TMP/right.text" "$TMP/kept.text")" = "-3600250000 -3600250000" ] ||
	fail "times are not left as they are"
! grep -q '"kind":"clock"' "$TMP/kept.json" || fail "an object that nobody asked for"
ok "times are left as they are: an hour and a quarter of a second behind"

collect fixed "$TMP/late.pcap" -3600.25s --apply-clock
# That of the first answer: later ones make it smaller, after the records.
bound=$(sed -n '1s/.*"bound":0*\([0-9]*\)\.\([0-9]*\),.*/\1\2/p' "$TMP/fixed.json")
bound=$((10#${bound:-0}))
read -r min max < <(spread "$TMP/right.text" "$TMP/fixed.text") ||
	fail "not the same records"
((-bound <= min && max <= bound)) ||
	fail "off by $min to $max us, with a bound of $bound"
ok "put right: off by $min to $max us, with a bound of $bound"
[ "$(counter "$TMP/fixed.err" total.times_kept)" -eq 0 ] ||
	fail "some were left as they are"
head -n 1 "$TMP/fixed.text" | grep -q '^# times by' || fail "the text says nothing"
head -n 1 "$TMP/fixed.json" | grep -q '"kind":"clock","offset":-3600.2' ||
	fail "the JSON says nothing"
sed -n 2p "$TMP/fixed.csv" | grep -q ',-3600\.2[45][0-9]*$' ||
	fail "the CSV says nothing"
ok "the files say so, before any record"

# What is stored is read as it is, whatever the configuration says.
"$B/bin/pcapper" -q --no-listen --no-log -R "$TMP/late.pcap" -w "$TMP/v1" \
	2>"$TMP/v1.err"
echo 'agents.apply-clock = yes' >"$TMP/asks"
: >"$TMP/nothing"
for conf in nothing asks; do
	"$B/bin/recollect" -c "$TMP/$conf" -R "$TMP/v1" -o text -o json -o csv \
		>"$TMP/$conf.out" 2>"$TMP/$conf.err" || fail "stored: $conf"
done
cmp "$TMP/nothing.out" "$TMP/asks.out" || fail "stored times are changed"
status=0
"$B/bin/recollect" -R "$TMP/v1" --apply-clock 2>"$TMP/both.err" || status=$?
[ $status -eq 2 ] || fail "-R with --apply-clock: exit status $status"
ok "stored times are never changed"
