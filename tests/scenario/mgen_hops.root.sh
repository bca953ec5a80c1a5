#!/bin/bash
# Real MGEN from one namespace through a router, whose queue delays or drops, to
# another one; and to a group with three members, before one of which a queue is
# short.  Lines of hops and receivers tell what MGEN's own logs tell, from streams
# and from text logs.
set -eu
B=${B:-build}
cd "$(dirname "$0")/../.."
[ -n "${GUARDED:-}" ] || exec env GUARDED=1 timeout 110 "$0"
# shellcheck source=tests/tools/lib.bash
. tests/tools/lib.bash

# MESSAGES: of each flow, 1000 a second; the long form has more of them.
messages=${MESSAGES:-1000}
s=hop-s$$ r=hop-r$$ d=hop-d$$ one=10.177.21 two=10.177.22
fail() { echo "not ok $*"; tail -n 12 "$TMP"/*.err "$TMP"/*.text; exit 1; }

# wire NS NAME ADDRESS OTHER NAME ADDRESS: a veth pair; addresses have /24, or
# none is given for "-".
wire()
{
	ip -n "$1" link add "$2" type veth peer name "$5" netns "$4"
	[ "$3" = - ] || ip -n "$1" addr add "$3/24" dev "$2"
	[ "$6" = - ] || ip -n "$4" addr add "$6/24" dev "$5"
	ip -n "$1" link set "$2" up
	ip -n "$4" link set "$5" up
}

# space NS...: namespaces that are removed at the end.
space()
{
	local ns

	for ns in "$@"; do
		ip netns add "$ns"
		LIB_NETNS+=("$ns")
		ip -n "$ns" link set lo up
	done
}

# know NS ADDRESS DEVICE OTHER DEVICE: no ARP has to wait in a queue.
know()
{
	ip -n "$1" neigh replace "$2" dev "$3" nud permanent lladdr \
		"$(ip netns exec "$4" cat "/sys/class/net/$5/address")"
}

agents=()
# agent NS NAME INTERFACE...: stores what it sees, and logs it as text.
agent()
{
	local ns=$1 name=$2 i=()

	shift 2
	while [ $# -gt 0 ]; do
		i+=(-i "$1")
		shift
	done
	NS=$ns spawn "$TMP/$name.err" "$B/bin/pcapper" "${i[@]}" -m none \
		--node "$name" -p 0 -f "$TMP/$name.log" --log-format extended --log-always \
		-w "$TMP/$name.v1"
	wait_for 10 grep -q 'listening on port' "$TMP/$name.err" || fail "$name"
	agents+=("$PID")
}

# tell NAME...: the statistics of these nodes, from streams and from logs; both
# are the same but for the agents' names.
tell()
{
	local kind args

	stop "${agents[@]}"
	agents=()
	for kind in v1 log; do
		args=("$@")
		args=("${args[@]/#/-R$TMP/}")
		"$B/bin/recollect" "${args[@]/%/.$kind}" -o mgen:text \
			2>"$TMP/recollect.err" |
			sed "s#$TMP/\\([a-z0-9]*\\)[.]log#\\1#g" >"$TMP/$kind.text"
	done
	diff "$TMP/v1.text" "$TMP/log.text" || fail "logs tell something else"
}

# hop FROM TO FIELD...: fields of the hop between these, NODE/INTERFACE.
hop()
{
	awk -v from="$1" -v to="$2" -v fields="${*:3}" '
	$1 == "hop" && $37 "/" $38 == from && $4 "/" $5 == to {
		n = split(fields, f, " ")
		for (i = 1; i <= n; i++)
			printf "%s%s", $f[i], i < n ? " " : "\n"
	}' "$TMP/v1.text"
}

# mgen_log FILE: messages in a receiver's log, and their mean delay.
mgen_log()
{
	awk '
	function seconds(t,  p) {
		split(t, p, ":")
		return p[1] * 3600 + p[2] * 60 + p[3]
	}
	$2 == "RECV" {
		split($8, sent, ">")
		x = seconds($1) - seconds(sent[2])
		sum += x < -43200 ? x + 86400 : x
		n++
	}
	END { printf "%d %.6f\n", n, n == 0 ? 0 : sum / n }' "$1"
}

# near A B: whether two times in seconds differ by a millisecond at most.
near() { awk -v a="$1" -v b="$2" 'BEGIN { exit a - b > 0.001 || b - a > 0.001 }'; }

sent() { (($(grep -c SEND "$TMP/send.log") >= messages)); }
# Datagrams that programs in the namespace $1 have read.
udp_read()
{
	ip netns exec "$1" cat /proc/net/snmp |
		awk '$1 == "Udp:" && ++n == 2 { print $2 }'
}
# drained ROUTER NS...: nothing waits in the router's queues, in the sockets of
# the other namespaces, nor between these and the logs recv1.log, ...
drained()
{
	local n=0

	! ip netns exec "$1" tc -s qdisc show | grep -q 'backlog [1-9]' ||
		return 1
	shift
	while [ $# -gt 0 ]; do
		((n += 1))
		[ -z "$(ip netns exec "$1" ss -Hulna | awk '$2 > 0')" ] &&
			[ "$(udp_read "$1")" -eq "$((before + \
			$(grep -c RECV "$TMP/recv$n.log")))" ] || return 1
		shift
	done
}

# listen NS NUMBER EVENT...: a receiver, and the process number in PID.
listen()
{
	local ns=$1 n=$2 e=()

	shift 2
	while [ $# -gt 0 ]; do
		e+=(event "$1")
		shift
	done
	NS=$ns spawn "$TMP/recv$n.out" chrt -f 20 mgen flush \
		output "$TMP/recv$n.log" "${e[@]}"
	wait_for 10 grep -qE 'LISTEN|JOIN' "$TMP/recv$n.log" || fail "no receiver"
}

# ---- a router ----------------------------------------------------------------
space $s $r $d
wire $s veth0 $one.1 $r veth0 $one.254
wire $r veth1 $two.254 $d veth0 $two.2
ip -n $s route add default via $one.254
ip -n $d route add default via $two.254
ip netns exec $r sysctl -qw net.ipv4.ip_forward=1
know $s $one.254 veth0 $r veth0
know $r $two.2 veth1 $d veth0

# routed NAME LIMIT: 8.2 Mbit/s through a queue of 6 Mbit/s in the router.
routed()
{
	local receiver n delay queue lost before

	ip netns exec $r tc qdisc replace dev veth1 root tbf rate 6mbit \
		burst 5k limit "$2"
	agent $s sender veth0
	agent $r router veth0 veth1
	agent $d receiver veth0
	before=$(udp_read $d)
	listen $d 1 "LISTEN UDP 5001"
	receiver=$PID
	NS=$s spawn "$TMP/send.out" mgen flush txlog ttl 8 output "$TMP/send.log" \
		event "ON 1 UDP SRC 6001 DST $two.2/5001 PERIODIC [1000 1000] COUNT $messages"
	wait_for 60 sent || fail "$1: not all is sent"
	wait_for 60 drained $r $d || fail "$1: messages without end"
	stop "$PID" "$receiver"
	tell sender router receiver
	read -r n delay < <(mgen_log "$TMP/recv1.log")
	lost=$((messages - n))
	[ "$(awk '$1 == "hop" {
		print $37 "/" $38, $4 "/" $5, $16, $17, $18, $20 }' \
		"$TMP/v1.text")" = \
		"-/- sender/veth0 $messages match $messages 0
sender/veth0 router/veth0 $messages match $messages 0
router/veth0 router/veth1 $messages match $n $lost
router/veth1 receiver/veth0 $n match $n 0" ] || fail "$1: hops"
	# seconds in which messages were sent add up
	[ "$(awk '$1 == "hop_second" && $37 "/" $38 == "router/veth0" {
		sent += $16; got += $18; lost += $20 }
		END { print sent, got, lost }' "$TMP/v1.text")" = \
		"$messages $n $lost" ] || fail "$1: hops of seconds"
	[ "$(awk '$1 == "receiver" { print $4, $5, $16, $17, $18 }' \
		"$TMP/v1.text")" = "receiver veth0 $messages sender $n" ] ||
		fail "$1: receiver"
	# all of the delay is in the router
	queue=$(hop router/veth0 router/veth1 28)
	near "$delay" "$queue" || fail "$1: MGEN says $delay, the router $queue"
	near "$delay" "$(awk '$1 == "receiver" { print $28 }' "$TMP/v1.text")" ||
		fail "$1: MGEN says $delay"
	ok "$1: the router lost $lost of $messages, and delayed by $queue s"
	rm "$TMP"/*.log "$TMP"/*.v1
}
routed delay 16m
[ "$(hop router/veth0 router/veth1 20)" = 0 ] || fail "delay: messages lost"
routed loss 20k
(($(hop router/veth0 router/veth1 20) > messages / 10)) ||
	fail "loss: hardly any"

# Over IPv6, which Debian's mgen can send and not receive, and over TCP, of which
# totals alone are told.
each=200
all_came()
{
	[ "$(grep -c 'SEND.*flow>5 ' "$TMP/send6.log")" -eq $each ] &&
		[ "$(grep -c 'RECV.*flow>2 ' "$TMP/recv1.log")" -eq $each ]
}
others()
{
	local tcp receiver

	ip netns exec $r tc qdisc del dev veth1 root
	agent $s sender veth0
	agent $r router veth0 veth1
	agent $d receiver veth0
	listen $d 1 "LISTEN TCP 5002"
	receiver=$PID
	NS=$s spawn "$TMP/send.out" mgen flush txlog output "$TMP/send.log" \
		event "ON 2 TCP DST $two.2/5002 PERIODIC [100 1000] COUNT $each"
	tcp=$PID
	NS=$s spawn "$TMP/send6.out" mgen ipv6 flush txlog ttl 8 \
		output "$TMP/send6.log" \
		event "ON 5 UDP DST fd22::2/5005 PERIODIC [100 500] COUNT $each"
	wait_for 30 all_came || fail "others: not all came"
	stop "$PID" "$tcp" "$receiver"
	tell sender router receiver
	[ "$(awk '$1 == "hop" { print $7, $4 "/" $5, $16, $17, $18, $20 }' \
		"$TMP/v1.text" | sort)" = \
		"2 receiver/veth0 $each totals $each 0
2 router/veth0 $each totals $each 0
2 router/veth1 $each totals $each 0
2 sender/veth0 $each totals $each 0
5 receiver/veth0 $each match $each 0
5 router/veth0 $each match $each 0
5 router/veth1 $each match $each 0
5 sender/veth0 $each match $each 0" ] || fail "others"
	ok "IPv6 and TCP: all that was sent came, at every hop"
	rm "$TMP"/*.log "$TMP"/*.v1
}
ip -n $s addr add fd21::1/64 dev veth0 nodad
ip -n $r addr add fd21::254/64 dev veth0 nodad
ip -n $r addr add fd22::254/64 dev veth1 nodad
ip -n $d addr add fd22::2/64 dev veth0 nodad
ip -n $s route add default via fd21::254
ip -n $d route add default via fd22::254
ip netns exec $r sysctl -qw net.ipv6.conf.all.forwarding=1
others

# ---- a group -----------------------------------------------------------------
h=hop-h$$ x=hop-x$$ y=hop-y$$ z=hop-z$$ three=10.177.23
space $h $x $y $z
ip -n $h link add br0 type bridge mcast_snooping 0
ip -n $h addr add $three.1/24 dev br0
ip -n $h link set br0 up
n=1
for ns in $x $y $z; do
	((n += 1))
	wire "$ns" veth0 $three.$n $h veth$n -
	ip -n $h link set veth$n master br0
	ip -n "$ns" route add 224.0.0.0/4 dev veth0
done
# 4.2 Mbit/s come
ip netns exec $h tc qdisc add dev veth4 root tbf rate 2mbit burst 5k limit 5k

group()
{
	local ns n=0 receivers=() want before=0

	agent $h hub br0
	for ns in $x $y $z; do
		((n += 1))
		agent "$ns" "member$n" veth0
		listen "$ns" $n "LISTEN UDP 5004" "JOIN 224.1.2.3 INTERFACE veth0"
		receivers+=("$PID")
	done
	NS=$h spawn "$TMP/send.out" mgen flush txlog interface br0 ttl 3 \
		output "$TMP/send.log" event \
		"ON 4 UDP DST 224.1.2.3/5004 PERIODIC [1000 500] COUNT $messages"
	wait_for 60 sent || fail "group: not all is sent"
	wait_for 60 drained $h $x $y $z || fail "group: messages without end"
	stop "$PID" "${receivers[@]}"
	tell hub member1 member2 member3
	for n in 1 2 3; do
		want=$(grep -c RECV "$TMP/recv$n.log") || :
		[ "$(awk -v node="member$n" '$1 == "receiver" && $4 == node {
			print $16, $18, $19 }' "$TMP/v1.text")" = \
			"$messages $want $(awk -v n="$want" -v of="$messages" \
			'BEGIN { printf "%.6f", int(n * 1000000 / of) / 1000000 }')" ] ||
			fail "group: member $n received $want"
		[ "$(hop hub/br0 "member$n/veth0" 16 17 18 20)" = \
			"$messages match $want $((messages - want))" ] ||
			fail "group: hop to member $n"
	done
	((want < messages * 7 / 10 && want > messages * 3 / 10)) ||
		fail "group: nothing is lost"
	ok "group: $messages, $messages and $want of $messages came, as MGEN says"
}
group
