#!/bin/bash
# Live capture in network namespaces: counts agree with the kernel's, modes and
# directions take their share, own connections stay out, interfaces come and go.
set -eu
B=${B:-build}
cd "$(dirname "$0")/../.."
[ -n "${GUARDED:-}" ] || exec env GUARDED=1 timeout 100 "$0"
. tests/tools/lib.bash

fail() { echo "not ok $*"; tail -n 30 "$TMP"/*.err; exit 1; }

left=live-l$$ right=live-r$$
for ns in $left $right; do
	ip netns add "$ns"
	LIB_NETNS+=("$ns")
	ip netns exec "$ns" sysctl -qw net.ipv6.conf.default.disable_ipv6=1
	ip -n "$ns" link set lo up
done

# connect: a pair of interfaces between the two, with addresses.
connect()
{
	ip -n $left link add veth0 type veth peer name veth0 netns $right
	ip -n $left addr add 10.74.0.1/24 dev veth0
	ip -n $right addr add 10.74.0.2/24 dev veth0
	ip -n $left link set veth0 up
	ip -n $right link set veth0 up
	# An address that nobody has: nothing answers to what is sent there.
	ip -n $left neigh add 10.74.0.9 dev veth0 nud permanent lladdr \
		"$(ip netns exec $right cat /sys/class/net/veth0/address)"
}

# agent NAME OPTION...: on the right, ready to capture; AGENT is its number.
agent()
{
	local name=$1

	shift
	NS=$right spawn "$TMP/$name.err" "$B/bin/pcapper" --log-always \
		-f "$TMP/$name.log" "$@"
	AGENT=$PID
	wait_for 10 grep -q 'listening on port' "$TMP/$name.err" ||
		fail "$name does not start"
}

lines() { grep -vc ':61$' "$1" || :; }
ping_right() { ip netns exec $left ping -q -c "$1" -i 0.02 10.74.0.2; }
packets()
{
	local d=/sys/class/net/veth0/statistics

	ip netns exec $right cat $d/rx_packets $d/tx_packets |
		awk '{ n += $1 } END { print n }'
}

connect
ping_right 1 >/dev/null
before=$(packets)
agent all -i veth0 -m none -p 0
ping_right 50 >/dev/null
ip netns exec $left "$B/tools/blast" 10.74.0.9 9 20000 1 >/dev/null
after=$(packets)
terminate "$AGENT" all
records=$(counter "$TMP/all.err" pkt_records)
others=$(($(counter "$TMP/all.err" pkt_arp) + \
	$(counter "$TMP/all.err" pkt_not_ip)))
[ $((records + others)) -eq $((after - before)) ] ||
	fail "records $records, others $others, kernel $((after - before))"
[ "$(lines "$TMP/all.log")" -eq "$records" ] || fail "lines of the log"
[ "$(counter "$TMP/all.err" drop_kernel)" -eq 0 ] || fail "drops"
ok "$records records and $others other frames are what the kernel counted"

# For a moment nobody reads the ring: what comes then is not the agent's.
agent busy -i veth0 -m none -p 0 --buffer 512K
NS=$left spawn "$TMP/blast" "$B/tools/blast" 10.74.0.9 9 20000 10
blast=$PID
flows() { [ "$(wc -l <"$TMP/busy.log")" -gt 2000 ]; }
wait_for 10 flows || fail "no traffic"
terminate "$AGENT" busy
stop "$blast"
[ "$(counter "$TMP/busy.err" drop_kernel)" -eq 0 ] || fail "drops at the end"
ok "it ends under load without a drop"

for share in "-m src:10" "-m dst:10" "-Q in -m icmp:10" "-Q out -m icmp:10" \
	"-m none:20" "-m icmp[0]=0:10"; do
	options=${share%:*}
	# shellcheck disable=SC2086 # several words
	agent share -i veth0 -p 0 $options
	ping_right 10 >/dev/null
	terminate "$AGENT" share
	n=$(grep -c ':1$' "$TMP/share.log" || :)
	[ "$n" -eq "${share##*:}" ] || fail "$options: $n of ${share##*:} echoes"
	rm "$TMP/share.log"
	ok "$options takes $n of 20 echo packets"
done

agent own -i veth0 -m none -p 7073
echo "1:10.74.0.2:7073" >"$TMP/collector.conf"
NS=$left spawn "$TMP/collector.err" "$B/bin/recollect" -c "$TMP/collector.conf" \
	-o "text:$TMP/collector.txt"
collector=$PID
wait_for 10 grep -q attached "$TMP/own.err" || fail "no collector"
ping_right 20 >/dev/null
got() { [ "$(grep -c ':1$' "$TMP/collector.txt")" -ge 40 ]; }
wait_for 10 got || fail "the collector got no echoes"
terminate "$AGENT" own
terminate "$collector" recollect
balanced "$TMP/own.err" "$TMP/collector.err" || fail "the books do not close"
! grep -q ':7073:' "$TMP/own.log" || fail "own packets in the log"
[ "$(counter "$TMP/own.err" pkt_own)" -gt 0 ] || fail "no own packets seen"
cmp "$TMP/own.log" "$TMP/collector.txt" || fail "log and collector differ"
ok "own connections are left out, and the collector has the log's lines"

agent gone -i veth0 -m none -p 0
ip -n $left link del veth0
wait_for 10 grep -q 'trying to open it again' "$TMP/gone.err" ||
	fail "the loss of the interface is not told"
connect
wait_for 20 grep -q 'is back' "$TMP/gone.err" || fail "it is not back"
ping_right 5 >/dev/null
terminate "$AGENT" gone
[ "$(grep -c ':1$' "$TMP/gone.log")" -eq 10 ] || fail "after it came back"
ok "an interface that was made again is captured again"

ip -n $left link del veth0
NS=$right spawn "$TMP/late.err" "$B/bin/pcapper" --log-always -p 0 -m none \
	-i veth0 -f "$TMP/late.log"
AGENT=$PID
wait_for 10 grep -q 'waiting for this interface' "$TMP/late.err" ||
	fail "it does not wait"
connect
wait_for 10 grep -q 'listening on port' "$TMP/late.err" || fail "it is late"
ping_right 5 >/dev/null
terminate "$AGENT" late
[ "$(grep -c ':1$' "$TMP/late.log")" -eq 10 ] || fail "a late interface"
ok "an interface that appears late is waited for"
