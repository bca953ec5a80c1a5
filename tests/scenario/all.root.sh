#!/bin/bash
# Every interface of a node by one agent: they come, are renamed, go down and up,
# change their address and go, and each packet between is recorded, with the name
# that the interface has then.
set -eu
B=${B:-build}
cd "$(dirname "$0")/../.."
[ -n "${GUARDED:-}" ] || exec env GUARDED=1 timeout 100 "$0"
# shellcheck source=tests/tools/lib.bash
. tests/tools/lib.bash

a=all-a$$ b=all-b$$ net=10.177.12
fail() { echo "not ok $*"; tail -n 30 "$TMP"/*.err; exit 1; }

for ns in $a $b; do
	ip netns add "$ns"
	LIB_NETNS+=("$ns")
	ip netns exec "$ns" sysctl -qw net.ipv6.conf.default.disable_ipv6=1 \
		net.ipv6.conf.all.disable_ipv6=1
	ip -n "$ns" link set lo up
done
ip netns exec $b sysctl -qw net.ipv4.ip_forward=0
ip -n $b route add blackhole $net.1/32 # no errors go back

# aim NAME: what a sends to nobody goes to that interface of b.
aim()
{
	mac=$(ip netns exec $b cat "/sys/class/net/$1/address")
	ip -n $a neigh replace $net.9 lladdr "$mac" dev x0 nud permanent
}
# plug NAME: b gets an interface, to x0 of a.
plug()
{
	ip -n $a link add x0 type veth peer name "$1" netns $b
	ip -n $a addr add $net.1/24 dev x0
	ip -n $a link set x0 up gso_max_segs 1
	ip -n $b addr add $net.2/24 dev "$1"
	ip -n $b link set "$1" up
	aim "$1"
}
ip -n $a link add y0 type veth peer name ctrl0 netns $b
ip -n $a addr add $net.129/25 dev y0
ip -n $b addr add $net.130/25 dev ctrl0
ip -n $a link set y0 up
ip -n $b link set ctrl0 up

# agent NAME OPTION...: AGENT is its number.
agent()
{
	local name=$1

	shift
	NS=$b spawn "$TMP/$name.err" "$B/bin/pcapper" -p 0 -f "$TMP/$name.log" \
		--log-format extended --log-always "$@"
	AGENT=$PID
	port=$(agent_port "$TMP/$name.err") || fail "$name does not start"
}
# blast PORT RATE SECONDS: datagrams to a port; SENT is their number.
blast()
{
	local n

	n=$(ip netns exec $a "$B/tools/blast" $net.9 "$@")
	SENT=${n%% *}
}
# lines PORT IFACE [ROLE]: how many of those were logged.
lines() { grep -c ":$net.9:$1:.*:-:$2:${3:-[a-z]*}:" "$LOG" || :; }
seen() { [ "$(lines "$@")" -ge "$SENT" ]; }
# probe IFACE [ROLE]: whether packets are seen so now.
probe()
{
	had=$(lines 9 "$@")
	blast 9 100 0.05
	sleep 0.1
	[ "$(lines 9 "$@")" -gt "$had" ]
}
# exactly PORT IFACE [ROLE]: a burst, of which nothing is missing.
exactly()
{
	wait_for 10 probe "${@:2}" || fail "nothing of $2 ${3:-}"
	blast "$1" 2000 0.3
	wait_for 5 seen "$@" || fail "port $1: $(lines "$@") of $SENT"
	[ "$(lines "$@")" -eq "$SENT" ] || fail "$1: $(lines "$@") of $SENT"
	[ "$(grep -c ":$net.9:$1:" "$LOG")" -eq "$SENT" ] ||
		fail "$1: by other names, too"
}
received() { ip netns exec $b cat "/sys/class/net/$1/statistics/rx_packets"; }

LOG=$TMP/all.log
agent all -i all -m none
NS=$b spawn "$TMP/c.err" "$B/bin/recollect" -o text:"$TMP/text" \
	--agent "127.0.0.1:$port"
COLLECTOR=$PID
wait_for 10 grep -q attached "$TMP/all.err" || fail "not attached"
ok "an agent without an interface works, and waits"

plug eth0
exactly 11 eth0
before=$(received eth0)
blast 12 5000 0.5
wait_for 5 seen 12 eth0 || fail "not all of port 12"
same "records are what the kernel counted" "$(lines 12 eth0)" \
	"$(($(received eth0) - before))"

ip -n $b link set eth0 down
ip -n $b link set eth0 up
exactly 13 eth0
ok "an interface that went down and up is recorded"

ip -n $b link set eth0 down
ip -n $b link set eth0 name lan7
ip -n $b link set lan7 up
aim lan7
exactly 14 lan7
ok "after a renaming, records carry the new name"

same "it was no address of the node" "$(lines 14 lan7 forwarded)" "$SENT"
ip -n $b addr add $net.9/32 dev lo
exactly 15 lan7 delivered
ok "a new address is known, and gives packets another role"
ip -n $b addr del $net.9/32 dev lo
exactly 16 lan7 forwarded
ok "one that was taken away is not"

ip -n $b link set lan7 down
ip -n $b link set lan7 name ctrl7
ip -n $b link set ctrl7 up
aim ctrl7
blast 17 1000 0.3
ip -n $b link set ctrl7 down
ip -n $b link set ctrl7 name lan7
ip -n $b link set lan7 up
aim lan7
exactly 18 lan7
same "what becomes a control interface is left alone" \
	"$(grep -c ":$net.9:17:" "$LOG" || :)" 0

ip netns exec $a ping -q -c 3 -i 0.1 $net.130 >/dev/null
ip netns exec $b ping -q -c 3 -i 0.1 127.0.0.1 >/dev/null
ip -n $a link del x0
plug wan0
exactly 19 wan0
ok "one that comes later is recorded, and one that went does no harm"
same "loopback and control interfaces are left alone" \
	"$(grep -cE ":(lo|ctrl[0-9]):|$net.130|127.0.0.1" "$LOG" || :)" 0

terminate "$AGENT" all
[ "$(sum "$TMP/all.err" drop_kernel drop_iface iface_left_out)" -eq 0 ] ||
	fail "drops"
terminate "$COLLECTOR" "the collector"
balanced "$TMP/all.err" "$TMP/c.err" || fail "the books do not close"
same "each record arrived" "$(grep -c ":$net.9:" "$TMP/text")" \
	"$(grep -c ":$net.9:" "$LOG")"

# A filter with an address follows the address: of all, and of one by name.
for share in all wan0; do
	LOG=$TMP/mac-$share.log
	agent "mac-$share" -i "$share" -m 'ether dst %m and udp'
	exactly 21 wan0
	old=$mac
	ip -n $b link set wan0 address 02:00:00:00:00:07
	aim wan0
	exactly 22 wan0
	ip -n $a neigh replace $net.9 lladdr "$old" dev x0 nud permanent
	blast 23 1000 0.3
	terminate "$AGENT" "mac-$share"
	same "-i $share: the filter has the new MAC address, not the old one" \
		"$(lines 23 wan0)" 0
	ip -n $b link set wan0 address 02:00:00:00:00:08
	aim wan0
done

LOG=$TMP/v4.log
ip -n $b addr del $net.2/24 dev wan0
agent v4 -i all -m 'udp and not src host %i'
wait_for 10 grep -q 'wan0: mode needs more' "$TMP/v4.err" || fail "no word of it"
ip -n $b addr add $net.2/24 dev wan0
exactly 25 wan0
terminate "$AGENT" v4
ok "an interface without the address of its filter is watched once it has one"

# More news than the kernel keeps for an agent that does not listen.
LOG=$TMP/news.log
agent news -i all -m none
exactly 26 wan0
kill -STOP "$AGENT"
for i in {1..300}; do
	echo "link add v$i type veth peer name w$i"
	echo "link set v$i up"
	echo "link del v$i"
done | ip -n $b -batch -
# shellcheck disable=SC2016 # a program for awk
overrun()
{
	ip netns exec $b awk 'NR > 1 { n += $9 } END { exit n == 0 }' \
		/proc/net/netlink
}
overrun || fail "the news were not too many"
ip -n $b link set wan0 down
ip -n $b link set wan0 name wan1
ip -n $b link set wan1 up
aim wan1
kill -CONT "$AGENT"
exactly 27 wan1
terminate "$AGENT" news
ok "too much news leads to a look at everything"
ip -n $b link set wan1 down
ip -n $b link set wan1 name wan0
ip -n $b link set wan0 up
aim wan0

# One interface's trouble is no other one's.
LOG=$TMP/tun.log
agent tun -i all -m none
if ip netns exec $b python3 - >"$TMP/tap.out" 2>&1 <<-'END'
	import fcntl, os, struct
	fd = os.open("/dev/net/tun", os.O_RDWR)
	ifr = struct.pack("16sH22x", b"odd0", 0x1002)
	fcntl.ioctl(fd, 0x400454ca, ifr)
	fcntl.ioctl(fd, 0x400454cd, 804)  # a link type that nobody reads
	fcntl.ioctl(fd, 0x400454cb, 1)
	END
then
	ip -n $b link set odd0 up
	wait_for 10 grep -q 'odd0: link type .* is not supported' \
		"$TMP/tun.err" || fail "nothing is said of odd0"
	exactly 31 wan0
	same "an unknown link type is told once" \
		"$(grep -c odd0 "$TMP/tun.err")" 1
	ip -n $b link del odd0
else
	echo "no tun device here: an unknown link type is not tried"
fi
terminate "$AGENT" tun

status=0
ip netns exec $b "$B/bin/pcapper" -i all -p 0 -m 'udp or nonsense' \
	2>"$TMP/filter.err" || status=$?
same "a wrong filter is told at the start" \
	"$status $(grep -c 'udp or nonsense' "$TMP/filter.err")" "1 1"
status=0
"$B/bin/pcapper" -i all -i eth0 2>"$TMP/both.err" || status=$?
same "-i all with another one is a mistake" \
	"$status $(grep -c -- '-i all is every' "$TMP/both.err")" "2 1"
