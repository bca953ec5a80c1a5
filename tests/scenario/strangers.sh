#!/bin/bash
# Strangers that come again and again: nobody takes all places, few lines tell
# of many, and who is welcome still gets in.
# shellcheck source=tests/scenario/collect.bash
. tests/scenario/collect.bash
[ -n "${GUARDED:-}" ] || exec env GUARDED=1 timeout 55 "$0"

# hold PORT: one more connection that says nothing, until drop.
HELD=()
hold()
{
	local fd

	exec {fd}<>"/dev/tcp/127.0.0.1/$1"
	HELD+=("$fd")
}
drop()
{
	local fd

	for fd in "${HELD[@]}"; do
		exec {fd}>&-
	done
	HELD=()
}

# insult PORT N: so many connections that begin with nonsense.
insult()
{
	local i

	for ((i = 0; i < $2; i++)); do
		exec 9<>"/dev/tcp/127.0.0.1/$1"
		printf 'GET / HTTP/1.1\r\n\r\n' >&9 || :
		cat <&9 >/dev/null 2>&1 || :
		exec 9>&-
	done
}

# is FILE PID NAME MIN: whether the counter is MIN at least by now.
is()
{
	kill -USR1 "$2"
	(($(counter "$1" "$3") >= $4))
}

# ---- the agent ----
spawn "$TMP/agent.err" "$B/bin/pcapper" -p 0 --listen 127.0.0.1 \
    -R tests/golden/mgen-udp4-multi.pcap --no-log --wait-collectors 4 \
    --max-collectors 5 --max-per-address 4 --no-legacy
agent=$PID
port=$(agent_port "$TMP/agent.err") || fail "no agent"
for _ in 1 2 3 4 5 6 7; do
	hold "$port"
done
wait_for 5 is "$TMP/agent.err" "$agent" peer_refused 3 ||
	fail "one address has all places"
same "places of one address" "$(counter "$TMP/agent.err" peer_accepted)" 4
drop
insult "$port" 100
wait_for 10 is "$TMP/agent.err" "$agent" peer_bad 90 || fail "bad ones"
(($(grep -c 'collector .*:' "$TMP/agent.err") < 200)) || fail "a line for each"
"$R" --agent "127.0.0.1:$port" -o none 2>"$TMP/welcome.err" &
LIB_PIDS+=("$!")
wait_for 5 grep -q 'attached (v1)' "$TMP/agent.err" || fail "not welcome"
stop "$agent"
grep -q 'collectors.*: [0-9]* more messages like these' "$TMP/agent.err" ||
	fail "nothing tells how much was left out"
ok "the agent tells of a few bad collectors and how many more there were"

# ---- the collector ----
cat >"$TMP/collector.conf" <<CONF
[agents]
listen = 127.0.0.1:0
max = 6
max-per-address = 4
CONF
spawn "$TMP/c.err" "$R" -v -c "$TMP/collector.conf" -o none
collector=$PID
port=$(collector_port "$TMP/c.err") || fail "no collector"
for _ in 1 2 3 4 5 6 7; do
	hold "$port"
done
wait_for 5 is "$TMP/c.err" "$collector" peers.refused 3 ||
	fail "one address has all places of the collector"
drop
wait_for 5 is "$TMP/c.err" "$collector" peers.bad 4 || fail "silent ones"
insult "$port" 100
wait_for 10 is "$TMP/c.err" "$collector" peers.bad 100 || fail "bad agents"
(($(grep -c 'agent at' "$TMP/c.err") <= 20)) || fail "a line for each agent"
ok "the collector tells of a few bad agents"

# dial NAME FILE: an agent that dials in, sends FILE, and ends.
dial()
{
	timeout 20 "$B/bin/pcapper" -q --no-listen --no-log --node "$1" \
	    --dial "127.0.0.1:$port" --wait-collectors 1 -R "$2" \
	    2>"$TMP/$1.err" || fail "agent $1"
}
head -c 24 tests/golden/mgen-udp4-multi.pcap >"$TMP/empty.pcap"
for i in 1 2 3 4 5 6 7 8; do
	dial "nobody$i" "$TMP/empty.pcap"
done
dial somebody tests/golden/mgen-udp4-multi.pcap
wait_for 10 is "$TMP/c.err" "$collector" total.records 1 || fail "no records"
grep -q 'agent.[1-6].node somebody' "$TMP/c.err" ||
	fail "somebody has no number of those that were never used"
ok "agents that bring nothing keep no one out"
stop "$collector"
balanced "$TMP"/{nobody[1-8],somebody}.err "$TMP/c.err" || fail "the books do not close"
grep -q 'agents that dial in: [0-9]* more messages' "$TMP/c.err" ||
	fail "nothing tells how much was left out"
