#!/bin/bash
# One agent for all nodes of a host, in network namespaces with a name and one
# without: each packet is recorded at each node that it passes, with the node's
# name and its role there; nodes come and go.
set -eu
B=${B:-build}
cd "$(dirname "$0")/../.."
# In a sandbox, so that "all" finds no namespace of anybody else: the agent runs
# in the network of the machine, but sees no other process or name.
[ -n "${GUARDED:-}" ] || exec timeout 100 unshare -m -p -f --mount-proc \
	--kill-child env GUARDED=1 "$0"
mkdir -p /run/netns
mount -t tmpfs none /run/netns
# shellcheck source=tests/tools/lib.bash
. tests/tools/lib.bash

fail() { echo "not ok $*"; tail -n 30 "$TMP"/*.err; exit 1; }

# node NAME
node()
{
	ip netns add "$1"
	LIB_NETNS+=("$1")
	ip netns exec "$1" sysctl -qw net.ipv6.conf.default.disable_ipv6=1
}
# wire IFACE N NETNS COMMAND...: a wire from the router to the interface IFACE in
# NETNS, a name or a process; COMMAND runs another one there.
wire()
{
	local iface=$1 n=$2 to=$3

	shift 3
	ip -n router link add "eth$n" type veth peer name "p$n"
	ip -n router link set "p$n" netns "$to"
	ip -n router addr add "10.78.$n.1/24" dev "eth$n"
	ip -n router link set "eth$n" up gso_max_segs 1
	"$@" ip link set "p$n" name "$iface"
	"$@" ip link set lo up
	"$@" ip addr add "10.78.$n.2/24" dev "$iface"
	"$@" ip link set "$iface" up gso_max_segs 1
	"$@" ip route add default via "10.78.$n.1"
	# nobody listens there, and no error goes back
	[ "$n" = 1 ] || "$@" ip route add blackhole 10.78.1.2
}
in_node() { ip netns exec "$@"; }

node router
ip netns exec router sysctl -qw net.ipv4.ip_forward=1
node alice
wire eth0 1 alice in_node alice
node bob
wire eth0 2 bob in_node bob
# as CORE makes its nodes: no name but that of the host in there
spawn "$TMP/quark.out" unshare -n -u sh -c \
	'hostname quark && echo ready && exec sleep 1000'
quark=$PID
wait_for 10 grep -q ready "$TMP/quark.out" || fail "no unnamed node"
in_quark() { nsenter -t $quark -n "$@"; }
wire eth0 3 $quark in_quark

# agent NAME OPTION...: AGENT is its number.
agent()
{
	local name=$1

	shift
	spawn "$TMP/$name.err" "$B/bin/pcapper" -p 0 --listen 127.0.0.1 \
		-f "$TMP/$name.log" --log-format extended --log-always \
		-m none --buffer 4M "$@"
	AGENT=$PID
	port=$(agent_port "$TMP/$name.err") || fail "$name does not start"
}
# finish NAME: ends the agent cleanly.
finish()
{
	terminate "$AGENT" "$1"
	[ "$(sum "$TMP/$1.err" drop_kernel drop_iface iface_left_out)" -eq 0 ] ||
		fail "$1: drops"
}
# blast N PORT: datagrams from alice to the node on wire N; SENT is their number.
blast()
{
	local n

	n=$(ip netns exec alice "$B/tools/blast" "10.78.$1.2" "$2" 2000 0.3)
	SENT=${n%% *}
}
# lines PORT [NODE IFACE ROLE]
lines() { grep -c ":10.78.[0-9]*.2:$1:.*${2:+:$3:$4:-:-:$2\$}" "$LOG" || :; }
seen() { [ "$(lines "$1")" -ge $(($2 * SENT)) ]; }
# exactly N NODE PORT: one burst, seen four times, each time in its place.
exactly()
{
	blast "$1" "$3"
	wait_for 5 seen "$3" 4 || fail "$3: $(lines "$3") of 4 * $SENT"
	same "port $3: each packet has four records" "$(lines "$3")" $((4 * SENT))
	for at in "alice eth0 originated" "router eth1 forwarded" \
		"router eth$1 forwarded" "$2 eth0 delivered"; do
		# shellcheck disable=SC2086 # three words
		same "one is $at" "$(lines "$3" $at)" "$SENT"
	done
}

LOG=$TMP/all.log
agent all --netns all
spawn "$TMP/c.err" "$B/bin/recollect" -o csv:"$TMP/csv" \
	--agent "127.0.0.1:$port"
COLLECTOR=$PID
wait_for 10 grep -q attached "$TMP/all.err" || fail "not attached"
exactly 2 bob 11
exactly 3 quark 12

node carol
wire eth0 4 carol in_node carol
# named and wired at once; it takes the agent a moment to see the interface
# shellcheck disable=SC2317 # called by wait_for
watched()
{
	blast 4 9
	sleep 0.1
	[ "$(lines 9 carol eth0 delivered)" -gt 0 ]
}
wait_for 10 watched || fail "a node that came later is not seen"
exactly 4 carol 13

gone() { ! ip -n router link show "$1"; }
ip netns del carol
wait_for 5 gone eth4 || fail "a node that is gone is kept"
ok "a node whose name is gone is let go"
stop $quark
wait_for 5 gone eth3 || fail "a node without processes is kept"
ok "a node without a name is let go with its last process"
grep -q 'node quark is gone' "$TMP/all.err" || fail "it is not told"

# Many come, are renamed and go, at once; nothing of them stays.
files() { find "/proc/$AGENT/fd" -mindepth 1 | wc -l; }
grown() { [ "$(files)" -ge $((had + 40)) ]; }
back() { [ "$(files)" -eq "$had" ]; }
# it tells that a node is gone before the last of it is closed
settled() { had=$(files); sleep 0.1; back; }
had=0
wait_for 5 settled || fail "it opens and closes files all the time"
for round in 1 2; do
	for i in 1 2 3 4 5 6 7 8 9 10; do
		ip netns add "m$i"
		LIB_NETNS+=("m$i")
		ip -n "m$i" link add e0 type veth peer name e1
		ip -n "m$i" link set e0 up
		ip -n "m$i" link set e1 up
	done
	for i in 1 2 3 4 5 6 7 8 9 10; do
		ip -n "m$i" link set e0 down
		ip -n "m$i" link set e0 name lan0
		ip -n "m$i" link set lan0 up
	done
	wait_for 10 grown || fail "round $round: not all nodes are watched"
	for i in 1 2 3 4 5 6 7 8 9 10; do
		ip netns del "m$i"
	done
	wait_for 10 back || fail "round $round: $(files) files, there were $had"
done
ok "ten nodes come and go, twice, and nothing of them stays open"
exactly 2 bob 14

finish all
terminate "$COLLECTOR" "the collector"
balanced "$TMP/all.err" "$TMP/c.err" || fail "the books do not close"
# as the collector has them: name, port, interface, role
same "the collector has all, by node and role" \
	"$(tr -d '"' <"$TMP/csv" | awk -F, '$9 ~ /^1[1-4]$/ {
		print $3, $9, $28, $29 }' | sort | uniq -c)" \
	"$(awk -F: '$5 ~ /^1[1-4]$/ { print $NF, $5, $10, $11 }' "$LOG" |
		sort | uniq -c)"

# Named, one after the other; one that is not there is waited for.
LOG=$TMP/some.log
spawn "$TMP/muon.out" unshare -n sh -c 'echo ready && exec sleep 1000'
muon=$PID
wait_for 10 grep -q ready "$TMP/muon.out" || fail "no second unnamed node"
# ... by an agent that is not root
agent some --netns "alice,$muon" --netns late --user nobody
wait_for 10 grep -q 'node late: waiting' "$TMP/some.err" || fail "no word of late"
blast 2 21
wait_for 5 seen 21 1 || fail "alice is not seen"
in_muon() { nsenter -t $muon -n "$@"; }
wire eth0 3 $muon in_muon
node late
wire eth0 4 late in_node late
watched()
{
	blast 3 9
	blast 4 9
	sleep 0.1
	[ "$(lines 9 "pid$muon" eth0 delivered)" -gt 0 ] &&
		[ "$(lines 9 late eth0 delivered)" -gt 0 ]
}
wait_for 10 watched || fail "late, or process $muon, is not seen"
blast 3 22
wait_for 5 seen 22 2 || fail "not all of port 22"
same "only the nodes that were named are watched" \
	"$(grep -cvE ":(alice|late|pid$muon)\$|:61\$|^#" "$LOG" || :)" 0
same "a node without any name has that of its process" \
	"$(lines 22 "pid$muon" eth0 delivered)" "$SENT"
finish some

for mistake in /run/netns/alice ','; do
	status=0
	"$B/bin/pcapper" --netns "$mistake" 2>"$TMP/mistake.err" || status=$?
	[ "$status" -eq 2 ] || fail "--netns $mistake: exit status $status"
done
ok "a path, or no name, is a mistake"
