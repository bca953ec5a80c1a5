#!/bin/bash
# The agent on one end of a veth pair, a collector attached and the log on:
# CPU time per packet at 50,000 packets/s as a multiple of a bare libpcap loop,
# and the highest rate without loss with a ring of 16 MiB.
set -u
# shellcheck source=tests/bench/lib.bash
. tests/bench/lib.bash

[ "$(id -u)" -eq 0 ] || not_measured "needs root"
[ -x "$B/bin/recollect" ] || not_measured "recollect is not built"
a=bench-a$$ b=bench-b$$ net=10.177.1
netpair "$a" "$b" "$net" || exit 1
unanswered "$a" "$b" "$net.9"
echo "1:127.0.0.1:7073" >"$TMP/collector.conf"

# blast RATE SECONDS: prints how many were sent and the rate reached.
blast()
{
	ip netns exec "$a" "$B/tools/blast" "$net.9" 9 "$1" "$2"
}

start_loop()
{
	rm -f "$TMP/ready"
	NS=$b spawn "$TMP/loop.out" \
		"$B/tools/pcaploop" -i veth0 "$1" "$TMP/ready"
	subject=$PID
	wait_for 10 test -e "$TMP/ready"
}

# Other programs, each as it comes: known points on the same scale.
start_tcpdump()
{
	start_peer tcpdump -Z root -i veth0 -s 192 -w /dev/null
}

start_softflowd()
{
	start_peer softflowd -d -i veth0 -c none -p "$TMP/pid" -n 127.0.0.1:9
}

start_peer()
{
	NS=$b spawn "$TMP/peer.out" "$@"
	subject=$PID
	wait_for 10 captures
}

captures()
{
	(($(ip netns exec "$b" cat /proc/net/packet | wc -l) > 1))
}

# start_agent RING: and a collector that it serves.
start_agent()
{
	NS=$b spawn "$TMP/agent.out" "$B/bin/pcapper" -i veth0 -m none \
		--buffer "$1" -f "$TMP/log"
	subject=$PID
	wait_for 10 listens "$b" 7073 || exit 1
	NS=$b spawn "$TMP/collector.out" "$B/bin/recollect" \
		-c "$TMP/collector.conf" -o text:/dev/null
	collector=$PID
	wait_for 10 attached
}

attached()
{
	ip netns exec "$b" ss -Htn state established "sport = :7073" |
		grep -q 7073
}

# end: stops what runs; sets seen and lost, of the packets it was sent.  The
# ring hands over its last block within its time-out of 0.1 s: wait that long.
end()
{
	sleep 0.3
	stop "$subject"
	if [ -n "$collector" ]; then
		stop "$collector"
		seen=$(counter "$TMP/agent.out" pkt_received)
		lost=$(counter "$TMP/agent.out" drop_kernel)
	elif [ -e "$TMP/loop.out" ]; then
		read -r seen _ lost <"$TMP/loop.out"
	fi
	collector=
	rm -f "$TMP/log" "$TMP/loop.out"
}
collector=

# cpu_ns: CPU time that the subject has used.
cpu_ns()
{
	cut -d ' ' -f 1 "/proc/$subject/schedstat"
}

# per_packet KIND RING: nanoseconds of CPU per packet at 50,000 packets/s.
per_packet()
{
	local before after sent

	"start_$1" "$2"
	blast 50000 1 >/dev/null
	before=$(cpu_ns)
	sent=$(blast 50000 8 | cut -d ' ' -f 1)
	after=$(cpu_ns)
	end
	awk -v t="$((after - before))" -v n="$sent" \
		'BEGIN { printf "%.1f", t / n }'
}

# lossless KIND: whether all of 3 s at RATE arrive; sets reached.
lossless()
{
	local sent

	"start_$1" "$([ "$1" = loop ] && echo $((16 << 20)) || echo 16M)"
	read -r sent reached < <(blast "$2" 3)
	end
	((lost == 0 && seen >= sent))
}

# highest KIND: the highest rate without loss, packets/s.
highest()
{
	local rate best=0

	for rate in 100000 200000 300000 400000 500000 600000 700000 800000 \
		1000000 1200000 1500000; do
		lossless "$1" "$rate" || lossless "$1" "$rate" || break
		best=$reached
		# the sender is the limit
		((reached * 100 >= rate * 95)) || break
	done
	echo "$best"
}

loop=$(per_packet loop $((2 << 20)))
agent=$(per_packet agent 2M)
figure agent.live.loop "$loop" ns/packet -
figure agent.live.cpu "$(ratio "$agent" "$loop")" x-bare-loop "<=3"
for peer in tcpdump softflowd; do
	command -v $peer >/dev/null || continue
	figure agent.live.$peer \
		"$(ratio "$(per_packet $peer 2M)" "$loop")" x-bare-loop -
done
loop=$(highest loop)
agent=$(highest agent)
figure agent.live.loop-lossless "$loop" packets/s -
figure agent.live.lossless "$agent" packets/s ">=500000"
figure agent.live.lossless-by-loop "$(ratio "$agent" "$loop")" ratio ">=0.6"
