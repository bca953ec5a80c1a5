#!/bin/bash
# Memory does not grow: not over a million records, and not over a thousand
# connections, neither the agent's nor the collector's.
set -eu
B=${B:-build}
cd "$(dirname "$0")/../.."
[ -n "${GUARDED:-}" ] || exec env GUARDED=1 timeout 100 "$0"
. tests/tools/lib.bash

fail() { echo "not ok $*"; tail -n 45 "$TMP"/*.err; exit 1; }

if sanitized "$B/bin/pcapper"; then
	echo "AddressSanitizer keeps what is freed for a while"
	exit 77
fi

rss() { awk '$1 == "VmRSS:" { print $2 }' "/proc/$1/status"; }
# flat NAME BEFORE AFTER KIB: fail when memory grew by more.
flat()
{
	(($3 - $2 <= $4)) || fail "$1: from $2 to $3 KiB"
	ok "$1"
}

"$B/tools/pcaprep" 1300000 192 "$TMP/big.pcap" \
	tests/golden/mgen-udp4-multi.pcap
size=$(stat -c %s "$TMP/big.pcap")
mkfifo "$TMP/in"
part() { tail -c +$((1 + size * $1 / 13)) "$TMP/big.pcap" |
	head -c $((size * ($1 + $2) / 13 - size * $1 / 13)); }
# The first tenth warms up; then a million; the rest when all else is done.
{
	part 0 2
	wait_for 60 test -e "$TMP/warm"
	part 2 10
	wait_for 60 test -e "$TMP/done"
	part 12 1
} >"$TMP/in" &
LIB_PIDS+=("$!")
spawn "$TMP/agent.err" "$B/bin/pcapper" -p 0 --listen 127.0.0.1 \
	-f "$TMP/log" -R "$TMP/in" --wait-collectors 1 --max-per-address 0
AGENT=$PID
port=$(agent_port "$TMP/agent.err") || fail "no port"
spawn "$TMP/c.err" "$B/bin/recollect" -o text:"$TMP/text" \
	-o flows:csv:"$TMP/flows" --agent "127.0.0.1:$port" --once
COLLECTOR=$PID
got() { [ "$(wc -l <"$TMP/text")" -ge "$1" ]; }
wait_for 30 got 199000 || fail "the first records"
agent=$(rss "$AGENT") collector=$(rss "$COLLECTOR")
: >"$TMP/warm"
wait_for 60 got 1199000 || fail "a million records"
# Its spool may be full, but no fuller.
flat "an agent after a million records" "$agent" "$(rss "$AGENT")" 5632
flat "a collector after a million records" "$collector" \
	"$(rss "$COLLECTOR")" 1024
: >"$TMP/done"
wait "$AGENT" || fail "the agent: exit status $?"
wait "$COLLECTOR" || fail "the collector: exit status $?"
balanced "$TMP/agent.err" "$TMP/c.err" || fail "the books do not close"

# Collectors that come and go, with a HELLO or without a word.
spawn "$TMP/visited.err" "$B/bin/pcapper" -p 0 --listen 127.0.0.1 -q --no-log \
	-R tests/golden/demo.pcap --wait-collectors 9 --max-per-address 0
AGENT=$PID
listening() { port=$(ss -Hltnp | sed -n "s/.*:\([0-9]*\) .*pid=$AGENT,.*/\1/p") &&
	[ -n "$port" ]; }
wait_for 10 listening || fail "the second agent does not listen"
"$B/tools/unhex" <tests/vectors/valid-hello-offer.hex >"$TMP/hello"
visit()
{
	for ((i = 0; i < $1; i++)); do
		exec 3<>"/dev/tcp/127.0.0.1/$port" || return 1
		((i % 4 == 0)) || cat "$TMP/hello" >&3
		((i % 4 > 1)) || read -r -t 0.01 -n 8 -u 3 _ 2>/dev/null || :
		exec 3<&- 3>&-
	done
}
visit 100 || fail "the first visits"
before=$(rss "$AGENT")
visit 1000 || fail "a thousand visits"
flat "an agent after a thousand connections" "$before" "$(rss "$AGENT")" 512

# Agents that come and go, each with a thousand records.
printf '[agents]\nlisten = 127.0.0.1:0\nmax-per-address = 0\n' >"$TMP/conf"
spawn "$TMP/host.err" "$B/bin/recollect" -v -c "$TMP/conf" -o text:"$TMP/host"
COLLECTOR=$PID
port=$(collector_port "$TMP/host.err") || fail "no collector"
"$B/tools/mkrec" v1 1000 >"$TMP/v1"
bring()
{
	for ((i = 0; i < $1; i++)); do
		exec 3<>"/dev/tcp/127.0.0.1/$port" || return 1
		cat "$TMP/v1" >&3
		exec 3<&- 3>&-
	done
}
bring 100 || fail "the first agents"
before=$(rss "$COLLECTOR")
bring 1000 || fail "a thousand agents"
flat "a collector after a thousand connections" "$before" \
	"$(rss "$COLLECTOR")" 512
stop "$AGENT" "$COLLECTOR"
