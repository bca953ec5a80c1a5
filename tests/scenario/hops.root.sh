#!/bin/bash
# A sender, a router with a shaper that delays and drops, and a receiver, with an
# agent in each: recollect -o hops tells live, and from what the agents stored, the
# path, the loss at the router as tc counts it, its delay as tcpdump on both sides
# of it shows, and how many packets were sent.  Then packets that are all equal,
# closer to each other than the delay.
set -eu
B=${B:-build}
cd "$(dirname "$0")/../.."
[ -n "${GUARDED:-}" ] || exec env GUARDED=1 timeout 110 "$0"
# shellcheck source=tests/tools/lib.bash
. tests/tools/lib.bash

s=hops-s$$ r=hops-r$$ d=hops-d$$ net=10.178
fail() { echo "not ok $*"; tail -n 20 "$TMP"/*.err "$TMP"/*.text; exit 1; }

# wire NS NAME NS NAME NET: NET.1 and NET.2, and nothing on it but what is asked.
wire()
{
	ip -n "$1" link add "$2" type veth peer name "$4" netns "$3"
	setup "$1" "$2" "$5.1"
	setup "$3" "$4" "$5.2"
}
setup()
{
	ip netns exec "$1" sysctl -qw "net.ipv6.conf.$2.disable_ipv6=1"
	# a packet that the interface cuts is not the same one behind it
	ip -n "$1" link set "$2" gso_max_segs 1 up
	ip -n "$1" addr add "$3/24" dev "$2"
}
mac() { ip netns exec "$1" cat "/sys/class/net/$2/address"; }
# neighbour NS IF ADDR NS IF: no ARP is needed to get there.
neighbour()
{
	ip -n "$1" neigh replace "$3" lladdr "$(mac "$4" "$5")" dev "$2" \
		nud permanent
}

for ns in $s $r $d; do
	ip netns add "$ns"
	LIB_NETNS+=("$ns")
	ip -n "$ns" link set lo up
done
wire $s veth0 $r in0 $net.1
wire $r out0 $d veth0 $net.2
wire $s ctl0 $r ctl0 $net.3
wire $d ctl0 $r ctl1 $net.4
ip netns exec $r sysctl -qw net.ipv4.ip_forward=1
ip -n $s route add $net.2.0/24 via $net.1.2
ip -n $d route add $net.1.0/24 via $net.2.1
neighbour $s veth0 $net.1.2 $r in0
neighbour $r in0 $net.1.1 $s veth0
neighbour $r out0 $net.2.2 $d veth0
neighbour $d veth0 $net.2.1 $r out0

# agent NS NAME IFACE...: sets PID; its port is in the variable port.
agent()
{
	local ns=$1 name=$2 args=() i

	shift 2
	for i; do args+=(-i "$i"); done
	NS=$ns spawn "$TMP/$name.err" "$B/bin/pcapper" "${args[@]}" -m none \
		--digest -p 0 --node "$name" --no-log -w "$TMP/$name.v1"
	AGENTS+=("$PID")
	port=$(agent_port "$TMP/$name.err") || fail "$name"
}
attached()
{
	local n

	for n in sender router receiver; do
		grep -q attached "$TMP/$n.err" || return 1
	done
}

# begin: the agents, and a collector of all.
begin()
{
	local ports=() port

	AGENTS=()
	rm -f "$TMP"/*.text
	agent $s sender veth0
	ports+=("$net.3.1:$port")
	agent $r router in0 out0
	ports+=("127.0.0.1:$port")
	agent $d receiver veth0
	ports+=("$net.4.1:$port")
	NS=$r spawn "$TMP/live.err" "$B/bin/recollect" --once \
		-o "hops:text:$TMP/live.text" --agent "${ports[0]}" \
		--agent "${ports[1]}" --agent "${ports[2]}"
	collector=$PID
	wait_for 10 attached || fail "no collector"
}

# end: stop the agents; then the collector ends, and stored streams are read.
end()
{
	stop "${AGENTS[@]}"
	wait_for 10 has_ended "$collector" || fail "the collector stays"
	balanced "$TMP"/{sender,router,receiver}.err "$TMP/live.err" ||
		fail "the books do not close"
	stored >"$TMP/stored.text"
	[ "$(counter "$TMP/live.err" total.drop_kernel)" -eq 0 ] ||
		fail "capture dropped packets"
}
stored()
{
	"$B/bin/recollect" -R "$TMP/sender.v1" -R "$TMP/router.v1" \
		-R "$TMP/receiver.v1" -o hops:text "$@" 2>"$TMP/stored.err" ||
		fail "stored streams"
}

# shaper add|replace LIMIT: what the router's out0 does.
shaper()
{
	ip netns exec $r tc qdisc "$1" dev out0 root tbf rate 6mbit burst 5k \
		limit "$2"
}
dumps()
{
	dump in0
	DUMPS=("$PID")
	dump out0
	DUMPS+=("$PID")
}
# All that was sent has come; stop the dumps and make the truth of them.
drained()
{
	wait_for 10 empty || fail "the shaper keeps packets"
	stop "${DUMPS[@]}"
	truth "$TMP/in0.pcap" "$TMP/out0.pcap" >"$TMP/truth"
}
empty()
{
	ip netns exec $r tc -s qdisc show dev out0 | grep -q "backlog 0b 0p"
}

# The path of the flows of a protocol from an address, a line each.
path()
{
	awk -v proto="$2" -v from="$3" '
	$1 == "hop" && $4 == proto && $5 == from {
		print $9 "/" $10 "/" $11, $12 "/" $13 "/" $14
	}' "$1" | uniq
}
there="sender/veth0/originated router/in0/forwarded
router/in0/forwarded router/out0/forwarded
router/out0/forwarded receiver/veth0/delivered"
back="receiver/veth0/originated router/out0/forwarded
router/out0/forwarded router/in0/forwarded
router/in0/forwarded sender/veth0/delivered"

# add FILE FIELD CONDITION: the sum of a field of the lines of hops.
add() { awk "\$1 == \"hop\" && $3 { n += \$$2 } END { print n + 0 }" "$1"; }
sent_by()
{
	ip netns exec "$1" cat /sys/class/net/veth0/statistics/tx_packets
}
drops()
{
	ip netns exec $r tc -s qdisc show dev out0 |
		sed -n 's/.*(dropped \([0-9]*\),.*/\1/p' | head -n 1
}

# check FILE SENT DROPPED
check()
{
	local proto all

	for proto in 1 6 17; do
		[ "$(path "$1" $proto $net.1.1)" = "$there" ] ||
			fail "$1: path of $proto"
		((proto == 17)) || [ "$(path "$1" $proto $net.2.2)" = "$back" ] ||
			fail "$1: way back of $proto"
	done
	# shellcheck disable=SC2016 # these are awk's
	[ "$(add "$1" 18 '$10 == "in0" && $13 == "out0"')" -eq "$3" ] ||
		fail "$1: not $3 lost at the router"
	# shellcheck disable=SC2016
	[ "$(add "$1" 18 '$10 != "in0" && $18 != "-"')" -eq 0 ] ||
		fail "$1: lost elsewhere"
	[ "$(add "$1" 19 1)" -eq 0 ] || fail "$1: packets came twice"
	all=$(awk '$1 == "network" { print $16, $20 + $28 + $29 + $30 }' "$1")
	[ "$all" = "$2 0" ] || fail "$1: $all packets, and not $2"
	near "$(cat "$TMP/truth")" "$(awk '$1 == "hop" && $4 == 17 &&
		$10 == "in0" { print $16, $21, $22, $23, $24, $26 }' "$1")" ||
		fail "$1: delays at the router, $(cat "$TMP/truth")"
	awk '$1 == "hop" && $10 != "in0" && $13 != "in0" &&
		($21 < 0 || $23 > 0.001) { exit 1 }' "$1" || fail "$1: delays"
}

# near A B: a number that is equal, then delays that are so to 1 ms.
near()
{
	echo "$1 $2" | awk '{
		if ($1 != $(NF / 2 + 1))
			exit 1
		for (i = 2; i <= NF / 2; i++) {
			d = $(i + NF / 2) - $i
			if (d > 0.001 || d < -0.001)
				exit 1
		}
	}'
}

# truth IN OUT: of two captures: datagrams to port 9000 in both, and how long
# those took: min, mean, 50 and 95 percent, max.  Equal ones are in order.
truth()
{
	python3 - "$@" <<-'END'
	import struct, sys
	def read(name):
	    seen, count = {}, {}
	    data = open(name, 'rb').read()
	    at = 24
	    while at < len(data):
	        sec, frac, n, _ = struct.unpack_from('<IIII', data, at)
	        f = data[at + 16:at + 16 + n]
	        key = f[62:67] if f[12:14] == b'\x86\xdd' else f[42:47]
	        nth = count[key] = count.get(key, 0) + 1
	        seen[key, nth] = sec + frac / 1e9
	        at += 16 + n
	    return seen
	a, b = read(sys.argv[1]), read(sys.argv[2])
	d = sorted(b[k] - a[k] for k in b)
	rank = lambda p: d[(len(d) * p + 99) // 100 - 1]
	print(len(d), d[0], sum(d) / len(d), rank(50), rank(95), d[-1])
	END
}

# send ADDR N [SAME]: as many datagrams to port 9000, 8.4 Mbit/s; or all equal,
# at once.
send()
{
	ip netns exec $s python3 - "$@" <<-'END'
	import socket, sys, time
	to, n, same = sys.argv[1], int(sys.argv[2]), len(sys.argv) > 3
	s = socket.socket(socket.AF_INET6 if ':' in to else socket.AF_INET,
	    socket.SOCK_DGRAM)
	for i in range(n):
	    s.sendto(b'%05d' % (0 if same else i) + bytes(995), (to, 9000))
	    if not same:
	        time.sleep(0.001)
	END
}

# dump IFACE: tcpdump there, into IFACE.pcap; sets PID.
dump()
{
	NS=$r spawn "$TMP/$1.dump" tcpdump -i "$1" -n -U --immediate-mode -Z root \
		--nano -B 4096 -w "$TMP/$1.pcap" udp dst port 9000
	wait_for 10 grep -q listening "$TMP/$1.dump" || fail "tcpdump"
}

shaper add 20k
begin
dumps
before=$(($(sent_by $s) + $(sent_by $d)))
mkdir "$TMP/www"
head -c 300000 /dev/zero >"$TMP/www/file"
NS=$s spawn "$TMP/www.err" python3 -m http.server -d "$TMP/www" 8000
www=$PID
wait_for 10 listens $s 8000 || fail "no server"
ip netns exec $d curl -sf -m 60 -o /dev/null "http://$net.1.1:8000/file" &
LIB_PIDS+=($!)
curl=$!
ip netns exec $s ping -q -c 100 -i 0.005 -W 1 $net.2.2 >"$TMP/ping" || :
send "$net.2.2" 1000
wait $curl || fail "curl"
stop "$www"
drained
all=$(($(sent_by $s) + $(sent_by $d) - before)) lost=$(drops)
end
for f in live stored; do
	check "$TMP/$f.text" "$all" "$lost"
done
ok "$all packets of 3 protocols sent, $lost lost at the router"

stored --digest-range 10 >"$TMP/part.text"
part=$(awk '$1 == "network" { print $16, $31 }' "$TMP/part.text")
[ "${part#* }" = 10 ] || fail "range: $part"
((${part% *} > all / 30 && ${part% *} < all / 3)) || fail "a sample of $part"
[ "$(path "$TMP/part.text" 6 $net.1.1)" = "$there" ] || fail "sample: path"
ok "one packet in 10: ${part% *}"

# Over IPv6, nothing tells equal datagrams apart.
six()
{
	ip netns exec "$1" sysctl -qw "net.ipv6.conf.$2.disable_ipv6=0"
	ip -n "$1" addr add "$3/64" dev "$2" nodad
}
six $s veth0 fd11::1
six $r in0 fd11::2
six $r out0 fd12::1
six $d veth0 fd12::2
ip netns exec $r sysctl -qw net.ipv6.conf.all.forwarding=1
ip -n $s route add fd12::/64 via fd11::2
ip -n $d route add fd11::/64 via fd12::1
neighbour $s veth0 fd11::2 $r in0
neighbour $r in0 fd11::1 $s veth0
neighbour $r out0 fd12::2 $d veth0
neighbour $d veth0 fd12::1 $r out0

# at_router PROTO FIELD...: of the hop from in0 to out0.
at_router()
{
	awk -v proto="$1" -v fields="${*:2}" '
	$1 == "hop" && $4 == proto && $5 == "fd11::1" && $10 == "in0" {
		n = split(fields, f, " ")
		for (i = 1; i <= n; i++)
			printf "%s%s", $f[i], i < n ? " " : "\n"
	}' "$TMP/live.text"
}

# equal LIMIT: 50 equal datagrams, closer to each other than the delay.
equal()
{
	shaper replace "$1"
	before=$(drops)
	begin
	dumps
	ip netns exec $s ping -6 -q -f -s 0 -c 100 fd12::2 >"$TMP/ping" ||
		fail "ping: $1"
	send fd12::2 50 same
	drained
	lost=$(($(drops) - before))
	end
	[ "$(at_router 58 15 16 18 19 20)" = "100 100 0 0 0" ] ||
		fail "pings without contents"
}

equal 200k
near "$(cat "$TMP/truth")" "$(at_router 17 16 21 22 23 24 26)" ||
	fail "equal packets: $(cat "$TMP/truth")"
[ "$(at_router 17 15 16 18 20)" = "50 50 0 0" ] || fail "equal packets"
ok "50 equal packets, all in order: $(at_router 17 21 26)"
equal 5k
[ "$lost" -gt 0 ] || fail "equal: nothing was lost"
[ "$(at_router 17 15 16 18 20 21)" = \
	"50 $((50 - lost)) $lost $((50 - lost)) -" ] || fail "equal, $lost lost"
ok "$lost of 50 equal packets lost, no delay is made up"
