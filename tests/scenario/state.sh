#!/bin/bash
# What --state does besides surviving kill -9: files that turn, a Redis that is
# away, two collectors on one state, files that others touched.
set -eu
B=${B:-build}
cd "$(dirname "$0")/../.."
[ -n "${GUARDED:-}" ] || exec env GUARDED=1 timeout 55 "$0"
. tests/scenario/redis.bash

python3 tests/tools/slowcap.py 1 flows 30000 20 0 >"$TMP/a.pcap"

# agent OPTION...: one that waits for a collector; PORT is where.
agent()
{
	spawn "$TMP/agent.err" "$B/bin/pcapper" -p 0 --listen 127.0.0.1 \
	    --no-log --node a --wait-collectors 1 "$@"
	AGENT=$PID
	PORT=$(agent_port "$TMP/agent.err") || fail "the agent does not listen"
}

# collector OPTION...: in the background.
collector()
{
	spawn "$TMP/collector.err" "$B/bin/recollect" -c "$TMP/collector.conf" \
	    --agent "127.0.0.1:$PORT" --state "$TMP/state" "$@"
	COLLECTOR=$PID
}

cat >"$TMP/collector.conf" <<CONF
[redis]
socket = $TMP/redis.sock
pending = 2048
[flows]
own-networks = 10.77.0.0/24
[agents]
retry-min = 20
retry-max = 50
[output]
rotate-size = 100K
CONF

# Rotation, with kills in between.
mkfifo "$TMP/fifo"
python3 tests/tools/slowcap.py 1 flows 30000 20 4 >"$TMP/fifo" &
LIB_PIDS+=("$!")
agent -R "$TMP/fifo"
for i in 1 2 3 4 5 6; do
	collector -o "csv:$TMP/turn.csv"
	[ "$i" -gt 1 ] ||
	    wait_for 10 [ -s "$TMP/turn.csv" ] || fail "nothing comes"
	sleep 0.$((2 + RANDOM % 3))
	kill -9 "$COLLECTOR" || fail "the collector ended"
	wait "$COLLECTOR" 2>/dev/null || :
done
collector -o "csv:$TMP/turn.csv" --once
wait "$COLLECTOR" || fail "the collector: exit status $?"
n=$(find "$TMP" -name 'turn.csv.2*' | wc -l)
[ "$n" -gt 10 ] || fail "only $n files were closed"
cat "$TMP"/turn.csv "$TMP"/turn.csv.2* | grep ',packet,' | cut -d, -f5 |
    sort -n >"$TMP/numbers"
seq 0 29999 | cmp - "$TMP/numbers" || fail "records are missing or twice"
ok "$n files were closed, and every record is in one of them, once"

# A directory and an index have one owner.
agent -R "$TMP/a.pcap"
collector -o "text:$TMP/one.text"
wait_for 10 [ -s "$TMP/one.text.idx" ] || fail "no index"
! "$B/bin/recollect" --agent "127.0.0.1:$PORT" --state "$TMP/state" -o none \
    2>"$TMP/two.err" || fail "two collectors use one state"
grep -q 'another process has it' "$TMP/two.err" || fail "no reason given"
! "$B/bin/recollect" --agent "127.0.0.1:$PORT" --state "$TMP/other" \
    -o "text:$TMP/one.text" 2>"$TMP/two.err" || fail "two use one index"
grep -q 'another process has it' "$TMP/two.err" || fail "no reason given"
ok "a state and an index belong to one collector"
stop "$COLLECTOR" "$AGENT"

# Redis is not there: nothing begins; then it is, and goes away for a while.
agent -R "$TMP/a.pcap"
collector -o redis -o "text:$TMP/two.text" --once
wait_for 10 grep -q 'redis: .*trying again' "$TMP/collector.err" ||
	fail "not a word about Redis"
[ ! -s "$TMP/two.text" ] || fail "input began without Redis"
ok "without Redis nothing begins"
redis_start
wait "$COLLECTOR" || fail "the collector: exit status $?"
same "no update is dropped, though few may wait" \
    "$(counter "$TMP/collector.err" redis.updates_dropped)" 0
wait "$AGENT" || fail "the agent: exit status $?"
balanced "$TMP/agent.err" "$TMP/collector.err" || fail "the books do not close"
[ "$(counter "$TMP/collector.err" peers.holds)" -gt 0 ] ||
	fail "the agent was never made to wait"
ok "the agent was made to wait"
same "all events are counted" "$(redis --raw keys 'client;*' |
    sed 's/.*/GET "&"/' | redis --raw | awk '{ n += $1 } END { print n }')" \
    "$(counter "$TMP/collector.err" redis.events)"
same "and written" \
    "$(cat "$TMP"/two.text "$TMP"/two.text.2* | grep -vc '^#')" 30000

# refuses FILE OUTPUT: with other octets there, which are left alone.
refuses()
{
	local status=0 name=${1##*/} text='this is no journal at all'

	echo "$text" >"$1"
	collector -o "$2" --once
	wait "$COLLECTOR" || status=$?
	same "a foreign $name ends it with exit status 1" "$status" 1
	grep -q "$name.* is no" "$TMP/collector.err" || fail "no reason given"
	[ "$(cat "$1")" = "$text" ] || fail "$1 was changed"
}
agent -R "$TMP/a.pcap"
refuses "$TMP/state/redis" redis
refuses "$TMP/one.text.idx" "text:$TMP/one.text"
refuses "$TMP/state/agents" none
