#!/bin/bash
# Signals of pcapper, and its text log, while it waits for collectors.
set -eu
B=${B:-build}
cd "$(dirname "$0")/../.."
[ -n "${GUARDED:-}" ] || exec env GUARDED=1 timeout 50 "$0"
. tests/tools/lib.bash

v4=tests/golden/mgen-udp4-multi.pcap

fail() { echo "not ok $*"; cat "$TMP/err"; exit 1; }

# start N: an agent that waits for N collectors, one text client attached.
start()
{
	rm -f "$TMP/log"
	spawn "$TMP/err" "$B/bin/pcapper" -p 0 --listen 127.0.0.1 \
	    -f "$TMP/log" -R $v4 --wait-collectors "$1"
	AGENT=$PID
	PORT=$(agent_port "$TMP/err" 5) || fail "no port"
	text "$TMP/text" &
	CLIENT=$!
	LIB_PIDS+=("$CLIENT")
	wait_for 5 grep -q 'attached (text)' "$TMP/err" || fail "no client"
}
text() { exec 3<>"/dev/tcp/127.0.0.1/$PORT"; echo TEXT >&3; exec cat <&3 >"$1"; }
printed() { grep -q '^peer_accepted 1$' "$TMP/err"; }

for sig in TERM INT; do
	start 2
	kill -$sig "$AGENT"
	wait "$AGENT" || fail "exit status $? after SIG$sig"
	wait "$CLIENT" || fail "the client's connection"
	printed || fail "no counters after SIG$sig"
	ok "SIG$sig ends with exit status 0 and the counters"
done

start 2
kill -USR1 "$AGENT"
wait_for 5 printed || fail "no counters"
grep -q '^collector 127.* text sent 0 queued 0 lost 0$' "$TMP/err" ||
    fail "no line for the collector"
kill -0 "$AGENT" || fail "it ended"
ok "SIGUSR1 prints the counters and one line per collector"

mv "$TMP/log" "$TMP/log.1"
kill -HUP "$AGENT"
wait_for 5 test -e "$TMP/log" || fail "no new log"
text "$TMP/text2" &
LAST=$!
LIB_PIDS+=("$LAST")
wait "$AGENT" || fail "exit status $?"
wait "$LAST" "$CLIENT"
[ ! -s "$TMP/log.1" ] || fail "lines in the old log"
cmp "$TMP/log" "$TMP/text" || fail "log and first text session differ"
cmp "$TMP/log" "$TMP/text2" || fail "log and second text session differ"
ok "SIGHUP opens the log again"
