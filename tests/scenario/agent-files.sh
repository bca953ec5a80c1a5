#!/bin/bash
# pcapper reads capture files: log, stream file, exit status, command line.
set -eu
B=${B:-build}
cd "$(dirname "$0")/../.."
[ -n "${GUARDED:-}" ] || exec env GUARDED=1 timeout 50 "$0"
. tests/tools/lib.bash

pcapper=$B/bin/pcapper
collect=$B/tools/collect
v4=tests/golden/mgen-udp4-multi.pcap
v6=tests/golden/mgen-h-udp6-multi.pcap

fail() { echo "not ok $*"; exit 1; }

# status WANT COMMAND...: runs it; its output goes to $TMP/out and $TMP/err.
status()
{
	local want=$1 rc=0

	shift
	timeout 20 "$@" >"$TMP/out" 2>"$TMP/err" </dev/null || rc=$?
	[ $rc -eq "$want" ] || {
		cat "$TMP/err"
		fail "exit status $rc, not $want: $*"
	}
}
agent=("$pcapper" -p 0 --listen 127.0.0.1)

for format in basic extended; do
	status 0 "${agent[@]}" -R $v4 -R $v6 -f "$TMP/log" -w "$TMP/stream" \
	    --log-format $format
	[ -s "$TMP/log" ] || fail "an empty log"
	x=()
	[ $format = basic ] || x=(-x)
	"$collect" "${x[@]}" "$TMP/stream" >"$TMP/lines" || fail "the stored stream"
	cmp "$TMP/log" "$TMP/lines" || fail "$format log and stream differ"
	[ "$(counter "$TMP/err" pkt_records)" -eq "$(wc -l <"$TMP/log")" ] ||
	    fail "pkt_records is not the number of lines"
	rm "$TMP/log"
	ok "the $format log equals the stored stream"
done

status 0 "${agent[@]}" -R $v4 -f "$TMP/a"
timeout 20 "${agent[@]}" -R - -f - <$v4 >"$TMP/b" 2>"$TMP/err" || fail "-R -"
cmp "$TMP/a" "$TMP/b" || fail "standard input and output"
ok "standard input gives the same as the file"

status 0 "${agent[@]}" -R $v4 --no-log -w -
"$collect" "$TMP/out" | cmp - "$TMP/a" || fail "-w -"
ok "the stream goes to standard output, too"

status 0 "${agent[@]}" -R $v4 -f "$TMP/a"
[ "$(wc -l <"$TMP/a")" -eq $((2 * $(wc -l <"$TMP/b"))) ] || fail "append"
ok "the log is appended to"

status 1 "${agent[@]}" -R $v4 --no-log -w /dev/full
[ "$(counter "$TMP/err" file_lost)" -eq "$(wc -l <"$TMP/b")" ] ||
    fail "file_lost"
ok "a stream file that cannot be written is an error, and counted"

status 1 "${agent[@]}" -R "$TMP/none" --no-log
status 1 "${agent[@]}" -R $v4 -f "$TMP/none/log"
status 1 "${agent[@]}" -R $v4 --no-log -w "$TMP/none/stream"
head -c 5000 $v4 >"$TMP/cut.pcap"
status 1 "${agent[@]}" -R "$TMP/cut.pcap" -f "$TMP/cut.log"
[ -s "$TMP/cut.log" ] || fail "nothing of a cut file"
head -c 3000 /dev/urandom >"$TMP/noise"
status 1 "${agent[@]}" -R "$TMP/noise" --no-log
ok "bad files give exit status 1"

for bad in --unknown operand "-p 70000" "-p x" "-Q up" "--log-format long" \
    "--level 0" "--queue 1" "-i lo -R $v4" "--wait-collectors 1" \
    "-q -v -R $v4" "--no-log --log-always"; do
	# shellcheck disable=SC2086 # words
	status 2 "$pcapper" $bad
	[ -s "$TMP/err" ] || fail "no message for $bad"
done
ok "mistakes on the command line give exit status 2"

status 1 "${agent[@]}" -R $v4 --no-log --dial nowhere:port
ok "a bad address to dial is an error"

status 0 "$pcapper" -h
grep -q -e --wait-collectors "$TMP/out" || fail "help"
status 0 "$pcapper" -V
grep -q libpcap "$TMP/out" || fail "version"
ok "help and version are printed"

status 0 "${agent[@]}" -s -R $v4 --no-log
[ "$(grep -c obsolete "$TMP/err")" -eq 1 ] || fail "-s"
ok "-s is accepted with one warning"
