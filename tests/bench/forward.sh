#!/bin/bash
# capture-fwd at full speed beside a bare sendmmsg loop that sends datagrams of
# the same sizes the same way: CPU time per packet, packets/s; the error of the
# mean rate when it is paced; and the highest rate from a veth without loss.
#
# Receiver is an address behind a veth that nobody has: what is sent there is
# dropped without an answer.
set -u
# shellcheck source=tests/bench/lib.bash
. tests/bench/lib.bash

packets=${BENCH_PACKETS:-500000} rounds=${BENCH_ROUNDS:-5}
data=../shared/data/public
[ "$(id -u)" -eq 0 ] || not_measured "needs root"
[ -x "$B/bin/capture-fwd" ] || not_measured "capture-fwd is not built"
[ -d "$data" ] || not_measured "no captures in $data"
"$B/tools/pcaprep" "$packets" 1400 "$TMP/in.pcap" "$data"/*.pcap || exit 1
cat "$TMP/in.pcap" >/dev/null
chmod 755 "$TMP"
chmod 644 "$TMP/in.pcap"
cp "$B/bin/capture-fwd" "$TMP"

# here sends to mon; gen makes the traffic that here captures.
here=bench-h$$ mon=bench-m$$ gen=bench-g$$
netpair $here $mon 10.177.2 || exit 1
ip netns add $gen
LIB_NETNS+=("$gen")
ip -n $here link add veth1 type veth peer name veth1 netns $gen
ip -n $gen addr add 10.177.3.1/24 dev veth1
ip -n $here link set veth1 up
ip -n $gen link set veth1 up gso_max_segs 1
mac() { ip netns exec "$1" cat "/sys/class/net/$2/address"; }
ip -n $here link set veth0 mtu 9000
ip -n $mon link set veth0 mtu 9000
ip -n $here neigh add 10.177.2.9 dev veth0 nud permanent \
	lladdr "$(mac $mon veth0)"
ip -n $gen neigh add 10.177.3.9 dev veth1 nud permanent \
	lladdr "$(mac $here veth1)"

in_here() { ip netns exec $here "$@"; }

# timed NAME COMMAND...: CPU time to NAME.cpu, packets/s to NAME.rate.
timed()
{
	local name=$1 before after

	shift
	before=$(date +%s%N)
	in_here "$B/tools/cpu" "$TMP/$name.cpu" "$@" >/dev/null \
		2>"$TMP/err" || { cat "$TMP/err" >&2; exit 1; }
	after=$(date +%s%N)
	echo $((packets * 1000000000 / (after - before))) >>"$TMP/$name.rate"
}

nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all
	--bounding-set=-all)
for ((round = 0; round < rounds; round++)); do
	timed loop "$B/tools/sendloop" "$TMP/in.pcap" 10.177.2.9 4789 "$packets"
	timed raw "$TMP/capture-fwd" -r "$TMP/in.pcap" -fullSpeed \
		-destIp 10.177.2.9
	timed udp "${nobody[@]}" "$TMP/capture-fwd" -r "$TMP/in.pcap" \
		-fullSpeed -destIp 10.177.2.9
done

# cpu NAME: the least CPU time of its rounds, ns a packet.
cpu()
{
	awk -v n="$packets" '{ t = $1 + $2; if (NR == 1 || t < m) m = t }
		END { printf "%.0f", m / n * 1e9 }' "$TMP/$1.cpu"
}
rate() { sort -n "$TMP/$1.rate" | tail -n 1; }

figure forward.loop "$(cpu loop)" ns/packet -
figure forward.raw "$(cpu raw)" ns/packet -
figure forward.raw.cpu "$(ratio "$(cpu raw)" "$(cpu loop)")" x-loop "<=1.3"
figure forward.udp.cpu "$(ratio "$(cpu udp)" "$(cpu loop)")" x-loop "<=1.3"
figure forward.loop.rate "$(rate loop)" packets/s -
figure forward.raw.rate "$(rate raw)" packets/s -
figure forward.udp.rate "$(rate udp)" packets/s -

# ---- pacing ------------------------------------------------------------------
# paced RATE SECONDS: the error of the mean rate in percent, the best of three.
paced()
{
	local n=$(($1 * $2)) span best=100 _

	"$B/tools/mkpcap" $((n + 1)) >"$TMP/paced.pcap"
	for _ in 1 2 3; do
		rm -f "$TMP/port"
		spawn "$TMP/sink" "$B/tools/udpsink" 127.0.0.1 "$TMP/port"
		wait_for 10 test -s "$TMP/port" || exit 1
		"$TMP/capture-fwd" -r "$TMP/paced.pcap" -p "$1" \
			-destPort "$(cat "$TMP/port")" 2>"$TMP/err" || exit 1
		stop "$PID"
		read -r _ span <"$TMP/sink"
		best=$(awk -v s="$span" -v w="$2" -v b="$best" 'BEGIN {
			e = (s / w - 1) * 100; if (e < 0) e = -e
			printf "%.4f", e < b ? e : b }')
	done
	figure "forward.pace.$1" "$best" %-of-the-rate "<=1"
}
paced 10 3
paced 1000 2
paced 50000 2
paced 100000 2
paced 200000 2

# ---- live --------------------------------------------------------------------
cpu_of() { cut -d ' ' -f 1 "/proc/$1/schedstat"; }

# live RATE SECONDS: capture what is sent at that rate, and send it on.  Sets
# sent, reached (packets/s), got, lost, and ns: CPU time per packet.
live()
{
	local fwd

	NS=$here spawn "$TMP/live.err" "$TMP/capture-fwd" -debug -i veth1 \
		-destIp 10.177.2.9 udp
	fwd=$PID
	wait_for 10 grep -q 'forwarding$' "$TMP/live.err" || exit 1
	ns=$(cpu_of "$fwd") # what it took to begin
	read -r sent reached < <(ip netns exec $gen "$B/tools/blast" \
		10.177.3.9 9 "$1" "$2")
	ns=$((($(cpu_of "$fwd") - ns) / (sent > 0 ? sent : 1)))
	stop "$fwd"
	got=$(counter "$TMP/live.err" packets_sent)
	lost=$(sum "$TMP/live.err" drop_kernel drop_iface)
}

lossless()
{
	live "$1" 3
	((lost == 0 && got >= sent))
}

live 50000 5
figure forward.live "$ns" ns/packet -
figure forward.live.cpu "$(ratio "$ns" "$(cpu loop)")" x-loop "<=1.3"

best=0
base=$(rate loop)
for percent in 40 50 60 70 75 80 85 90 95 100 110; do
	lossless $((base * percent / 100)) ||
		lossless $((base * percent / 100)) || break
	best=$reached
done
figure forward.live.lossless "$best" packets/s -
figure forward.live.by-loop "$(ratio "$best" "$base")" ratio ">=0.85"
