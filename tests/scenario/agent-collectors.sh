#!/bin/bash
# Collectors of every form get everything, byte for byte, from capture files.
set -eu
B=${B:-build}
cd "$(dirname "$0")/../.."
[ -n "${GUARDED:-}" ] || exec env GUARDED=1 timeout 50 "$0"
. tests/tools/lib.bash

collect=$B/tools/collect
v4=tests/golden/mgen-udp4-multi.pcap
v6=tests/golden/mgen-h-udp6-multi.pcap

fail() { echo "not ok $*"; tail -n 40 "$TMP"/*.err; exit 1; }

# start NAME OPTION...: an agent on a free port, which becomes PORT.
start()
{
	local name=$1

	shift
	spawn "$TMP/$name.err" "$B/bin/pcapper" -p 0 --listen 127.0.0.1 \
	    -f "$TMP/$name.log" "$@"
	AGENT=$PID
	PORT=$(agent_port "$TMP/$name.err" 5) || fail "$name does not listen"
}

# old OUTPUT / text OUTPUT: a collector that stays silent, one that says TEXT.
old() { exec 3<>"/dev/tcp/127.0.0.1/$PORT"; exec cat <&3 >"$1"; }
text() { exec 3<>"/dev/tcp/127.0.0.1/$PORT"; echo TEXT >&3; exec cat <&3 >"$1"; }

# client NAME COMMAND...: one in the background, its number in PIDS.
PIDS=()
client()
{
	"$@" &
	PIDS+=($!)
	LIB_PIDS+=($!)
}
done_all()
{
	local pid

	for pid in "${PIDS[@]}"; do
		wait "$pid" || fail "a collector ended badly"
	done
	wait "$AGENT" || fail "the agent ended badly"
	PIDS=()
}

start all -R $v4 -R $v6 --wait-collectors 4
client old "$TMP/old"
client text "$TMP/text"
v1() { exec "$collect" "$PORT" >"$1"; }
client v1 "$TMP/v1"
client v1 "$TMP/v1b"
done_all
[ -s "$TMP/all.log" ] || fail "an empty log"
tests/tools/old28 <"$TMP/all.log" | cmp - "$TMP/old" || fail "old records"
cmp "$TMP/all.log" "$TMP/text" || fail "text session"
cmp "$TMP/all.log" "$TMP/v1" || fail "v1 session"
cmp "$TMP/all.log" "$TMP/v1b" || fail "second v1 session"
ok "old, text and v1 collectors get what the log holds"

[ "$(counter "$TMP/all.err" old_not_ipv4)" -eq "$(grep -c '\[' "$TMP/all.log")" ] ||
    fail "old_not_ipv4"
[ "$(grep -cE 'collector .* (old|text|v1) sent [0-9]+ queued 0 lost 0$' \
    "$TMP/all.err")" -eq 4 ] || fail "lines of the collectors"
ok "counters and one line per collector are printed at the end"

# More text than the slow client's window and the queue hold together.
files=()
for _ in {1..160}; do
	files+=(-R "$v4")
done
start slow "${files[@]}" --queue 64K --wait-collectors 3
slow() { exec "$collect" "$@" -w "$TMP/gate" "$PORT"; }
behind()
{
	kill -USR1 "$AGENT"
	awk '$3 == "text" && $7 > 32768 { f = 1 } END { exit !f }' "$TMP/slow.err"
}
client slow >"$TMP/slow"
client slow -t >"$TMP/slow_text"
client text "$TMP/fast"
wait_for 20 behind || fail "never behind"
: >"$TMP/gate"
done_all
cmp "$TMP/slow.log" "$TMP/slow" || fail "the slow v1 collector"
cmp "$TMP/slow.log" "$TMP/slow_text" || fail "the slow text client"
cmp "$TMP/slow.log" "$TMP/fast" || fail "the fast one"
[ "$(counter "$TMP/slow.err" queue_full)" -eq 0 ] || fail "queue_full"
ok "reading a file waits for a slow collector"

start v1only -R $v4 --legacy-wait 0 --wait-collectors 1
client old "$TMP/none"
client v1 "$TMP/only"
wait "${PIDS[1]}" || fail "v1 only"
wait "$AGENT" || fail "the agent"
[ ! -s "$TMP/none" ] || fail "old records in spite of --legacy-wait 0"
cmp "$TMP/v1only.log" "$TMP/only" || fail "v1 only"
PIDS=()
ok "a silent collector gets nothing with --legacy-wait 0"

start alien -R $v4 --wait-collectors 1
tls() { exec 3<>"/dev/tcp/127.0.0.1/$PORT"; printf '\026\003' >&3; exec cat <&3 >"$1"; }
client tls "$TMP/alien"
wait "${PIDS[0]}" || fail "alien"
[ ! -s "$TMP/alien" ] || fail "octets for an alien"
kill -TERM "$AGENT"
wait "$AGENT" || fail "SIGTERM"
[ "$(counter "$TMP/alien.err" peer_bad)" -eq 1 ] || fail "peer_bad"
ok "a connection that speaks something else is closed"
