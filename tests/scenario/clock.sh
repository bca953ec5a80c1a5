#!/bin/bash
# An agent whose clock is an hour off, and then jumps by hours to and fro: the
# collector tells how far off it is, and not a record is lost or delayed.
set -eu
B=${B:-build}
cd "$(dirname "$0")/../.."
[ -n "${GUARDED:-}" ] || exec env GUARDED=1 timeout 50 "$0"
. tests/tools/lib.bash

fail() { echo "not ok $*"; tail -n 45 "$TMP"/*.err; exit 1; }

faketime

# at SECONDS: what the agent's clock shows is off by so much from now on.
at() { echo "$1" >"$TMP/new" && mv "$TMP/new" "$TMP/clock"; }

mkfifo "$TMP/in"
at -3600s
"$B/tools/pcaprep" 60000 192 "$TMP/big.pcap" \
	tests/golden/mgen-udp4-multi.pcap
# The file comes in three parts, so that the clock can jump between them.
size=$(stat -c %s "$TMP/big.pcap")
part() { tail -c +$((1 + size * $1 / 3)) "$TMP/big.pcap" |
	head -c $((size * ($1 + 1) / 3 - size * $1 / 3)); }
{
	part 0
	wait_for 20 test -e "$TMP/step1"
	part 1
	wait_for 20 test -e "$TMP/step2"
	part 2
} >"$TMP/in" &
LIB_PIDS+=("$!")
spawn "$TMP/agent.err" "${FAKED[@]}" \
	FAKETIME_TIMESTAMP_FILE="$TMP/clock" FAKETIME_NO_CACHE=1 \
	"$B/bin/pcapper" -p 0 --listen 127.0.0.1 -f "$TMP/log" -R "$TMP/in" \
	--wait-collectors 1
AGENT=$PID
port=$(agent_port "$TMP/agent.err") || fail "no port"
spawn "$TMP/c.err" "$B/bin/recollect" -o text:"$TMP/text" --once \
	--agent "127.0.0.1:$port"
COLLECTOR=$PID
got() { [ "$(wc -l <"$TMP/text")" -ge "$1" ]; }
offset()
{
	kill -USR1 "$COLLECTOR"
	n=$(counter "$TMP/c.err" agent.1.clock_offset_us)
	((n > -3601000000 && n < -3599000000))
}
wait_for 10 got 19000 || fail "the first part"
wait_for 10 offset || fail "the offset of the clock: ${n:-unknown}"
ok "the collector knows that the agent's clock is an hour off"
at +7200s
: >"$TMP/step1"
wait_for 10 got 39000 || fail "the second part"
at -86000s
: >"$TMP/step2"
wait "$AGENT" || fail "the agent: exit status $?"
wait "$COLLECTOR" || fail "the collector: exit status $?"
same "every record arrived" "$(wc -l <"$TMP/text")" 60000
cmp "$TMP/log" "$TMP/text" || fail "not the records that were logged"
balanced "$TMP/agent.err" "$TMP/c.err" || fail "the books do not close"
ok "jumps of the clock lose and change nothing"
