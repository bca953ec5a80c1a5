#!/bin/bash
# capture-fwd in network namespaces: the Linux vxlan device understands what it
# sends, live capture never meets its own packets, long ones go in fragments, an
# interface may go and come.
# shellcheck disable=SC2015 # fail does not return
set -eu
B=${B:-build}
cd "$(dirname "$0")/../.."
[ -n "${GUARDED:-}" ] || exec env GUARDED=1 timeout 110 "$0"
. tests/tools/lib.bash
fwd=$B/bin/capture-fwd

fail() { echo "not ok $*"; tail -n 40 "$TMP"/*.err; exit 1; }
total() { counter "$TMP/fwd.err" "$1"; }

# here -- there is watched; here -- mon is where the monitor is.
here=fwd-h$$ there=fwd-t$$ mon=fwd-m$$
netpair $here $there 10.76.1
ip netns add $mon
LIB_NETNS+=("$mon")
ip -n $mon link set lo up
ip -n $here link add veth1 type veth peer name veth1 netns $mon
ip -n $here addr add 10.76.2.1/24 dev veth1
ip -n $mon addr add 10.76.2.2/24 dev veth1
ip -n $here addr add 2001:db8:76::1/64 dev veth1 nodad
ip -n $mon addr add 2001:db8:76::2/64 dev veth1 nodad
ip -n $here link set veth1 up
ip -n $mon link set veth1 up
# TCP would hand over segments that no wire has seen, longer than any packet.
ip -n $here link set veth0 gso_max_segs 1
ip -n $there link set veth0 gso_max_segs 1
ip -n $mon link add vx0 type vxlan id 4242 dstport 4789 local 10.76.2.2 \
	nolearning
ip -n $mon link add vx6 type vxlan id 4243 dstport 4790 \
	local 2001:db8:76::2 nolearning udp6zerocsumrx
for dev in vx0 vx6; do
	ip netns exec $mon sysctl -qw net.ipv6.conf.$dev.disable_ipv6=1
	ip -n $mon link set $dev up
done

# watch NS DEVICE NAME: tcpdump writes NAME.pcap; sets WATCH.
watch()
{
	NS=$1 spawn "$TMP/$3.tcpdump" tcpdump -Z root -U -B 8192 -n -i "$2" \
		-w "$TMP/$3.pcap"
	WATCH=$PID
	wait_for 10 grep -q 'listening on' "$TMP/$3.tcpdump" ||
		fail "no tcpdump on $2"
}

# octets CAPTURE [FILTER]: of its packets, without times.
octets() { tcpdump -r "$1" -t -nn -xx ${2:+"$2"} 2>/dev/null | grep 0x; }
count() { tcpdump -r "$1" -nn ${2:+"$2"} 2>/dev/null | wc -l; }

# has CAPTURE N [FILTER]: whether so many packets are in it.
has() { [ "$(count "$1" "${3:-}")" -ge "$2" ]; }

# transfer OCTETS: over TCP from there to here.
transfer()
{
	ip netns exec $there python3 -c '
import socket, sys
s = socket.create_server(("10.76.1.2", 8000))
print("ready", flush=True)
c = s.accept()[0]
c.sendall(bytes(range(256)) * (int(sys.argv[1]) // 256))
c.close()' "$1" >"$TMP/server" 2>&1 &
	local server=$!

	wait_for 10 grep -q ready "$TMP/server" || fail "no server"
	ip netns exec $here python3 -c '
import socket
s = socket.create_connection(("10.76.1.2", 8000))
while s.recv(65536):
    pass'
	wait $server
}

# start OPTION...: a live run here, until it captures; sets FWD.
start()
{
	NS=$here spawn "$TMP/fwd.err" "$fwd" -debug "$@"
	FWD=$PID
	wait_for 10 grep -q 'forwarding$' "$TMP/fwd.err" || fail "$*"
}

# ---- a file to the vxlan device ----------------------------------------------
watch $here veth0 wire
transfer 400000
fin() { has "$TMP/wire.pcap" 2 'tcp[tcpflags] & tcp-fin != 0'; }
wait_for 10 fin || fail "no whole connection to replay"
stop $WATCH
n=$(count "$TMP/wire.pcap")

# replay DEVICE OPTION...: all packets are seen on DEVICE as they are.
replay()
{
	local dev=$1

	shift
	watch $mon "$dev" seen
	ip netns exec $here "$fwd" -r "$TMP/wire.pcap" -p 20000 "$@" \
		2>"$TMP/fwd.err" || fail "exit status $?"
	wait_for 10 has "$TMP/seen.pcap" "$n" || fail "$*: \
$(count "$TMP/seen.pcap") of $n packets on $dev"
	stop $WATCH
	octets "$TMP/wire.pcap" "${ONLY:-}" >"$TMP/want"
	octets "$TMP/seen.pcap" "${ONLY:-}" | cmp - "$TMP/want" ||
		fail "$*: other packets"
	[ "$(total packets_sent)" -eq "$n" ] || fail "$*: totals"
}
replay vx0 -destIp 10.76.2.2
frag=$(total packets_fragmented)
[ "$frag" -gt 0 ] || fail "no packet needed fragments: $frag"
ok "a TCP connection of $n packets is whole on a vxlan device, $frag fragmented"
replay vx6 -destIp 2001:db8:76::2 -destPort 4790 -vni 4243
ok "and over IPv6, $(total packets_fragmented) fragmented"
replay vx0 -destIp 10.76.2.2 -mtu 700
ok "and in fragments of 700 octets, $(total packets_fragmented) of them"

# A user without privileges, whose UDP sockets the kernel fragments for.  Only
# the packets of one flow then stay in order; ARP is another one.
ONLY=tcp
chmod 755 "$TMP"
chmod 644 "$TMP"/*.pcap
cp "$fwd" "$TMP/capture-fwd"
was=$fwd fwd=$TMP/as-nobody
cat >"$fwd" <<END
#!/bin/sh
exec setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all \
	--bounding-set=-all "$TMP/capture-fwd" "\$@"
END
chmod 755 "$fwd"
replay vx0 -destIp 10.76.2.2
replay vx6 -destIp 2001:db8:76::2 -destPort 4790 -vni 4243
fwd=$was ONLY=
ok "and without privileges, over IPv4 and IPv6"

ip netns exec $here "$fwd" -r "$TMP/wire.pcap" -fullSpeed -destIp 10.76.2.2 \
	-oversize drop 2>"$TMP/fwd.err"
[ "$(total packets_over_mtu) $(total packets_fragmented)" = "$frag 0" ] &&
	[ "$(total packets_sent)" -eq $((n - frag)) ] || fail "drop"
ok "-oversize drop leaves out $frag packets, counted"

# Fragments of two that send at once must not be mixed up.
watch $mon veth1 seen
for _ in 1 2; do
	ip netns exec $here "$fwd" -r "$TMP/wire.pcap" -fullSpeed -mtu 700 \
		-destIp 10.76.2.2 2>"$TMP/fwd.err"
done
both=$(($(total packets_fragmented) * 2))
# ids: the identification of each packet, from its first fragment
ids()
{
	tcpdump -r "$TMP/seen.pcap" -nn -v src host 10.76.2.1 2>/dev/null |
		sed -n 's/.* id \([0-9]*\), offset 0, flags \[+\].*/\1/p'
}
all_ids() { ids >"$TMP/ids" && [ "$(wc -l <"$TMP/ids")" -eq $both ]; }
wait_for 10 all_ids || fail "$(wc -l <"$TMP/ids") of $both identifications"
stop $WATCH
[ "$(sed -n 1p "$TMP/ids")" != "$(sed -n "$((both / 2 + 1))p" "$TMP/ids")" ] ||
	fail "two runs begin with the same identification"
ok "two runs have identifications of their own for fragments"

if ip -n $mon link add gv0 type geneve id 4242 remote 10.76.2.1 2>/dev/null
then
	ip netns exec $mon sysctl -qw net.ipv6.conf.gv0.disable_ipv6=1
	ip -n $mon link set gv0 up
	replay gv0 -destIp 10.76.2.2 -encap geneve
	ok "and on a geneve device"
else
	echo "ok geneve # SKIP this kernel has no geneve device"
fi

# ---- live --------------------------------------------------------------------
watch $mon vx0 seen
watch $here veth0 wire
wire=$WATCH
start -i veth0 -destIp 10.76.2.2 tcp
# A process that moves to another CPU is overtaken by what it sent before.
cpu=$(sed -n 's/^Cpus_allowed_list:[^0-9]*\([0-9]*\).*/\1/p' /proc/self/status)
taskset -pc "$cpu" $FWD >/dev/null
transfer 2000000
wait_for 10 fin || fail "no whole connection live"
stop "$wire"
n=$(count "$TMP/wire.pcap" tcp)
wait_for 10 has "$TMP/seen.pcap" "$n" || fail "live: $(count "$TMP/seen.pcap") \
of $n"
terminate $FWD
# Two that watch at once may see the two directions interleave differently.
for src in 10.76.1.1 10.76.1.2; do
	octets "$TMP/wire.pcap" "tcp and src host $src" >"$TMP/want"
	[ -s "$TMP/want" ] || fail "live: nothing from $src"
	octets "$TMP/seen.pcap" "src host $src" | cmp - "$TMP/want" ||
		fail "live: other packets from $src"
done
[ "$(total packets_read) $(total packets_sent) $(total drop_kernel)" = \
	"$n $n 0" ] || fail "live: totals"
ok "live, $n packets of a TCP connection are whole and in order"

# ping COUNT ADDRESS: from here.
ping_here() { ip netns exec $here ping -q -c "$1" -i 0.01 "$2" >/dev/null; }

# echoes N: the run ends with so many packets, none of them its own.
echoes()
{
	local want=$1

	shift
	terminate $FWD
	[ "$(total packets_read) $(total packets_sent)" = "$want $want" ] ||
		fail "$*: $(total packets_read) packets, not $want"
	ok "$*: $want packets, and none of its own"
}
start -i veth1 -destIp 10.76.2.2 ip
ping_here 50 10.76.2.2
echoes 100 "the interface that it sends through"
start -i any -destIp 10.76.2.2 icmp or udp
ping_here 50 10.76.1.2
echoes 100 "all interfaces"
start -i veth1 -destIp 10.76.2.2 -destPort 9 ip
ping_here 50 10.76.2.2
echoes 100 "where nobody listens"
start -i lo -destPort 9 ip
ping_here 50 127.0.0.1
echoes 100 "the loopback, where nobody listens"
start -i veth1 -destIp 2001:db8:76::2 -destPort 9 \
	'icmp6 and (ip6[40] = 1 or ip6[40] = 128 or ip6[40] = 129) or udp'
ping_here 50 2001:db8:76::2
echoes 100 "over IPv6"
start -i veth0 -destIp 10.76.2.2 -s 64 icmp
ping_here 5 10.76.1.2
terminate $FWD
[ "$(total packets_cut)" -eq 10 ] || fail "what -s cuts is not counted"
ok "what the snap length cuts is counted"

# Stopped while it forwards: what was there before goes all the same.
ip -n $there neigh add 10.76.1.9 dev veth0 nud permanent \
	lladdr "$(ip netns exec $here cat /sys/class/net/veth0/address)"
arrived() { ip netns exec $mon cat /sys/class/net/veth1/statistics/rx_packets; }
start -i veth0 -destIp 10.76.2.2 -buffer 64M udp
before=$(arrived)
kill -STOP $FWD
read -r n _ < <(ip netns exec $there "$B/tools/blast" 10.76.1.9 9 100000 1)
kill -CONT $FWD
some() { [ $(($(arrived) - before)) -gt 100 ]; }
wait_for 10 some || fail "nothing goes"
terminate $FWD
[ "$(total packets_read) $(total packets_sent)" = "$n $n" ] ||
	fail "stopped: $(total packets_read) packets of $n"
ok "stopped in the midst, all $n packets before go"

# Behind VLAN tags the filter does not find them.
start -i veth1 -destIp 10.76.2.2
ip netns exec $mon python3 - <<'END'
import socket
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind(("veth1", 0))
for port in 4789, 4790, 4789:
    s.send(b"\x02" * 12 + bytes.fromhex("88a80006810000050800")
           + bytes.fromhex("45000024000000004011")
           + b"\0\0" + bytes((10, 76, 2, 1, 10, 76, 2, 2, 4, 0))
           + port.to_bytes(2, "big") + b"\0\x10\0\0" + bytes(8))
END
own() { kill -USR1 "$FWD" && [ "$(total packets_own)" -eq 2 ]; }
wait_for 10 own || fail "$(total packets_own) of its own behind tags"
terminate $FWD
[ "$(total packets_read)" -eq $(($(total packets_sent) + 2)) ] &&
	[ "$(total packets_sent)" -gt 0 ] || fail "behind tags: totals"
ok "its own behind VLAN tags are found by a second look"

# ---- a disk that gets full: the totals are of what is in the file
mkdir "$TMP/small"
"$B/tools/mkpcap" 20000 >"$TMP/many.pcap"
unshare -m sh -c "mount -t tmpfs -o size=1m none '$TMP/small' || exit 9
	'$fwd' -r '$TMP/many.pcap' -w '$TMP/small/out' 2>'$TMP/fwd.err'
	echo \$? >'$TMP/status'
	cp '$TMP/small/out' '$TMP/cut.pcap'"
[ "$(cat "$TMP/status")" = 1 ] && grep -q 'small/out: No space' "$TMP/fwd.err" ||
	fail "a full disk: exit status $(cat "$TMP/status")"
n=$(tcpdump -r "$TMP/cut.pcap" -nn 2>/dev/null |
	grep -c '> 127.0.0.1.4789:')
[ "$(total packets_written)" -gt 0 ] && [ "$(total packets_written)" -le "$n" ] &&
	[ $(($(total packets_written) + $(total packets_not_sent))) -eq \
		"$(total packets_read)" ] || fail "a full disk: not $n packets"
ok "a full disk is told, and no packet counted that is not in the file"

# ---- trouble -----------------------------------------------------------------
start -i veth0 -destIp 10.76.2.2 icmp
ip -n $here link set veth1 down
ping_here 5 10.76.1.2
kill -TERM $FWD
! wait $FWD || fail "exit status 0 although nothing could be sent"
[ "$(total packets_not_sent)" -eq 10 ] && grep -q '^send_error.ENET[A-Z]* 10' \
	"$TMP/fwd.err" || fail "send errors"
ok "what cannot be sent is counted: $(grep send_error "$TMP/fwd.err")"
ip -n $here link set veth1 up

# The path gets narrower: what tells so is lost, the rest goes in fragments.
start -i veth0 -destIp 10.76.2.2 icmp
ip -n $here link set veth1 mtu 1000
ip netns exec $here ping -q -c 50 -i 0.02 -s 1400 10.76.1.2 >/dev/null
kill -TERM $FWD
! wait $FWD || fail "exit status 0 although the path became narrower"
[ "$(total packets_not_sent)" -le 10 ] &&
	[ "$(total packets_not_sent)" -eq "$(total send_error.EMSGSIZE)" ] &&
	[ "$(total packets_sent)" -eq $((100 - $(total packets_not_sent))) ] ||
	fail "a narrower path"
ok "a narrower path costs $(total packets_not_sent) packets, counted"

start -i veth0 -destIp 10.76.2.2 icmp
ip -n $here link del veth0
wait_for 10 grep -q 'trying to open it again' "$TMP/fwd.err" ||
	fail "the loss of the interface is not told"
ip -n $here link add veth0 type veth peer name veth0 netns $there
ip -n $here addr add 10.76.1.1/24 dev veth0
ip -n $there addr add 10.76.1.2/24 dev veth0
ip -n $here link set veth0 up
ip -n $there link set veth0 up
wait_for 10 grep -q 'is back' "$TMP/fwd.err" || fail "it is not back"
ping_here 5 10.76.1.2
terminate $FWD
[ "$(total packets_sent)" -eq 10 ] || fail "after it came back"
ok "an interface that was made again is captured again"
