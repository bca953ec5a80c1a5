#!/bin/bash
# JSON datagrams to multicast groups, IPv4 and IPv6: the interface, the TTL and
# the loopback that were asked for are those that are used.
set -eu
cd "$(dirname "$0")/../.."
[ -n "${GUARDED:-}" ] || exec env GUARDED=1 timeout 100 "$0"
# shellcheck source=tests/scenario/collect.bash
. tests/scenario/collect.bash

a=dnsj-a$$ b=dnsj-b$$ net=10.177.9
netpair $a $b $net
settled()
{
	local ns

	for ns in $a $b; do
		ip -n "$ns" -6 addr show dev veth0 scope link |
			grep -q inet6 || return 1
		! ip -n "$ns" -6 addr show dev veth0 | grep -q tentative ||
			return 1
	done
}
wait_for 10 settled || fail "no IPv6 addresses"

# collector NAME NS INTERFACE GROUP: COLLECTOR is its number.
collector()
{
	printf '[dns]\nlisten = %s\ninterface = %s\n' "$4" "$3" >"$TMP/$1.conf"
	NS=$2 spawn "$TMP/$1.err" "$R" -v -c "$TMP/$1.conf" -o none
	COLLECTOR=$PID
	wait_for 10 grep -q 'JSON datagrams' "$TMP/$1.err" ||
	    fail "collector $1"
}
# answers NAME PID N: whether it has got so many.
answers()
{
	kill -USR1 "$2"
	[ "$(counter "$TMP/$1.err" dns_in.answers)" -eq "$3" ]
}
# send IFACE GROUP TTL LOOP N
send()
{
	ip netns exec $a "$K/dnssend" "$2" "$1" "$3" "$4" "$5" >"$TMP/send.log" ||
	    fail "dnssend"
}

# try FAMILY GROUP IFACE-HERE IFACE-THERE
try()
{
	local here there

	collector "here$1" $a "$3" "$2"
	here=$COLLECTOR
	collector "there$1" $b "$4" "$2"
	there=$COLLECTOR
	send "$3" "$2" 1 yes 3
	send "$3" "$2" 1 no 5
	send "$3" "$2" 0 yes 7
	# what came astray would have come before this
	send "$3" "$2" 1 yes 1
	wait_for 10 answers "here$1" "$here" 11 ||
	    fail "$1: $(counter "$TMP/here$1.err" dns_in.answers) here, not 11"
	wait_for 10 answers "there$1" "$there" 9 ||
	    fail "$1: $(counter "$TMP/there$1.err" dns_in.answers) there, not 9"
	stop "$here" "$there"
	ok "$1: a group is joined on $3, TTL and loopback are honoured"
}

try IPv4 239.192.7.73:3053 $net.1 veth0
try IPv4b 239.192.7.73:3053 veth0 $net.2
try IPv6 '[ff02::7:73]:3053' veth0 veth0
try IPv6b '[ff15::7:73]:3053' veth0 \
    "$(ip -n $b -6 -o addr show dev veth0 scope link |
	awk '{ sub("/.*", "", $4); print $4 }')"

# A group that is joined elsewhere is none of ours.
collector lo $b lo 239.192.7.73:3053
send veth0 239.192.7.73:3053 1 yes 2
collector veth $b veth0 239.192.7.73:3053
send veth0 239.192.7.73:3053 1 yes 4
wait_for 10 answers veth "$COLLECTOR" 4 || fail "the second collector"
stop "${LIB_PIDS[@]}"
grep -q '^dns_in.answers' "$TMP/lo.err" || fail "no counters"
same "a group is received from its own interface only" \
    "$(counter "$TMP/lo.err" dns_in.answers)" 0
