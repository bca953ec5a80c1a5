#!/bin/bash
# Interfaces that go down and up, are renamed, are deleted and come back; an
# agent that is stopped for a while: what could be seen is recorded, what could
# not is counted, and the agent goes on.
set -eu
B=${B:-build}
cd "$(dirname "$0")/../.."
[ -n "${GUARDED:-}" ] || exec env GUARDED=1 timeout 100 "$0"
# shellcheck source=tests/tools/lib.bash
. tests/tools/lib.bash

a=ifc-a$$ b=ifc-b$$ net=10.177.11
fail() { echo "not ok $*"; tail -n 45 "$TMP"/*.err; exit 1; }

# quiet NAME: nothing answers, nothing is sent unasked.
quiet()
{
	mac=$(ip netns exec $b cat "/sys/class/net/$1/address")
	ip -n $a neigh replace $net.9 lladdr "$mac" dev veth0 nud permanent
	ip -n $a link set veth0 gso_max_segs 1
}
netpair $a $b $net
for ns in $a $b; do
	ip netns exec "$ns" sysctl -qw net.ipv6.conf.default.disable_ipv6=1 \
		net.ipv6.conf.all.disable_ipv6=1
done
ip netns exec $b sysctl -qw net.ipv4.ip_forward=0
quiet veth0

NS=$b spawn "$TMP/agent.err" "$B/bin/pcapper" -i veth0 -m none -p 0 \
	-f "$TMP/log" --log-always --buffer 4M
AGENT=$PID
port=$(agent_port "$TMP/agent.err") || fail "no port"
NS=$b spawn "$TMP/c.err" "$B/bin/recollect" -o text:"$TMP/text" \
	--agent "127.0.0.1:$port"
COLLECTOR=$PID
wait_for 10 grep -q attached "$TMP/agent.err" || fail "not attached"

# blast PORT RATE SECONDS: datagrams to a port; SENT is their number.
blast()
{
	local n

	n=$(ip netns exec $a "$B/tools/blast" $net.9 "$@")
	SENT=${n%% *}
}
# lines PORT: how many of those to this port were logged.
lines() { grep -c ":$net.9:$1:" "$TMP/log" || :; }
all() { [ "$(lines "$1")" -ge "$SENT" ]; }
# probe: whether packets are seen now; those to port 9 are not counted.
probe()
{
	blast 9 100 0.05
	[ "$(lines 9)" -gt "$had" ]
}
had=0

blast 11 2000 0.3
wait_for 5 all 11 || fail "the first packets"

ip -n $b link set veth0 down
ip -n $b link set veth0 up
quiet veth0
had=$(lines 9)
wait_for 10 probe || fail "nothing after down and up"
ok "an interface that went down and up is watched on"
blast 12 2000 0.3
wait_for 5 all 12 || fail "packets after down and up"
same "each packet after that is recorded" "$(lines 12)" "$SENT"

ip -n $b link set veth0 down
ip -n $b link set veth0 name eth7
ip -n $b link set eth7 up
quiet eth7
had=$(lines 9)
wait_for 10 probe || fail "nothing after the renaming"
ok "an interface that was renamed is watched on"
ip -n $b link set eth7 down
ip -n $b link set eth7 name veth0
ip -n $b link set veth0 up

ip -n $b link del veth0
wait_for 10 grep -q 'trying to open it again' "$TMP/agent.err" ||
	fail "the agent does not notice"
ip -n $a link add veth0 type veth peer name veth0 netns $b
ip -n $a addr add $net.1/24 dev veth0
ip -n $b addr add $net.2/24 dev veth0
ip -n $a link set veth0 up
ip -n $b link set veth0 up
quiet veth0
wait_for 10 grep -q 'is back' "$TMP/agent.err" || fail "it is not opened again"
blast 13 2000 0.3
wait_for 5 all 13 || fail "packets of the new interface"
same "a new interface of the name is watched" "$(lines 13)" "$SENT"

# Stopped for a while: the ring holds some, the kernel counts the others.
kill -STOP "$AGENT"
blast 14 100000 1.5
kill -CONT "$AGENT"
dropped()
{
	kill -USR1 "$AGENT"
	[ $(($(lines 14) + $(counter "$TMP/agent.err" drop_kernel))) \
		-ge "$SENT" ]
}
wait_for 10 dropped || fail "what came meanwhile is neither seen nor counted"
[ "$(counter "$TMP/agent.err" drop_kernel)" -gt 0 ] || fail "nothing dropped"
same "no drop is counted twice" \
	"$(($(lines 14) + $(counter "$TMP/agent.err" drop_kernel)))" "$SENT"
ok "what came while the agent was stopped is recorded or counted"
terminate "$AGENT" "the agent"
terminate "$COLLECTOR" "the collector"
balanced "$TMP/agent.err" "$TMP/c.err" || fail "the books do not close"
ok "each drop is told, each record arrived"
