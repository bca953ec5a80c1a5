#!/bin/bash
# Hundreds of agents on one machine, idle, as in an emulation: each a daemon in
# a network namespace of its own with one veth, a ring of 256 KiB, and a socket
# in its directory.  What all of them cost together, and what one of them does.
set -u
# shellcheck source=tests/bench/lib.bash
. tests/bench/lib.bash

[ "$(id -u)" -eq 0 ] || not_measured "needs root"
[ -x "$B/bin/pcapper" ] || not_measured "pcapper is not built"
N=${AGENTS:-300}
B=$(realpath "$B")
pids=()

# start K: the agent of node K.
start()
{
	local ns=bench-m$1-$$ pid

	ip netns add "$ns" || return 1
	LIB_NETNS+=("$ns")
	# or it would not be idle: a new link asks for routers
	ip netns exec "$ns" sysctl -qw net.ipv6.conf.default.disable_ipv6=1 \
		net.ipv6.conf.all.disable_ipv6=1
	ip -n "$ns" -batch - <<-END || return 1
		link add eth0 type veth peer name far
		link set lo up
		link set far up
		link set eth0 up
	END
	mkdir "$TMP/n$1.conf"
	(cd "$TMP/n$1.conf" && ip netns exec "$ns" "$B/bin/pcapper" --daemon \
		--pidfile pcapper.pid -i eth0 -m none --buffer 256K -q \
		-f pcapper.log --node "n$1" --listen unix:pcapper.sock \
		>/dev/null 2>&1 </dev/null) || return 1
	read -r pid <"$TMP/n$1.conf/pcapper.pid"
	pids+=("$pid")
	LIB_PIDS+=("$pid")
}
# How often all of them went to sleep.
switches()
{
	for p in "${pids[@]}"; do
		cat "/proc/$p/task"/*/status
	done | awk '/voluntary_ctxt_switches/ { n += $2 } END { print n }'
}
# ran PID...: the nanoseconds that they have run; what /proc/PID/stat tells in
# ticks misses those who run for less than one.
ran()
{
	for p; do
		cat "/proc/$p/task"/*/schedstat
	done | awk '{ n += $1 } END { printf "%.0f", n }'
}
# share NAME TARGET PID...: how much of a CPU they take in ten seconds.
share()
{
	local name=$1 target=$2 cpu since

	shift 2
	cpu=$(ran "$@") since=${EPOCHREALTIME/./}
	sleep 10
	figure "$name" "$(ratio $(($(ran "$@") - cpu)) \
		$(((${EPOCHREALTIME/./} - since) * 10)))" % "$target"
}
# memory NAME: the mean of what smaps_rollup says, in KiB.
memory()
{
	for p in "${pids[@]}"; do
		cat "/proc/$p/smaps_rollup"
	done | awk -v n="$1:" -v k="${#pids[@]}" '
		$1 == n { v += $2 } END { printf "%.1f", v / k }'
}
# The most descriptors that one of them has, without those that its parent
# left it, which are others than its own here.
descriptors()
{
	for p in "${pids[@]}"; do
		find "/proc/$p/fd" -type l | wc -l
	done | sort -n | tail -n 1
}

# What we have open besides the standard streams would be theirs, too.
for fd in /proc/self/fd/*; do
	fd=${fd##*/}
	[ "$fd" -le 2 ] || eval "exec $fd>&-" 2>/dev/null || :
done
for ((k = 0; k < N; k++)); do
	start $k || {
		echo "agent $k does not start" >&2
		exit 1
	}
done
# Neighbour discovery ends within a few seconds; then it is quiet.
sleep 5
before=$(switches) since=${EPOCHREALTIME/./}
share "agent.many$N.cpu" "<=2" "${pids[@]}"
after=$(switches)
figure "agent.many$N.wakeups" "$(ratio $(((after - before) * 1000000)) \
	$(((${EPOCHREALTIME/./} - since) * N)))" /s "<=10"
figure "agent.many$N.pss" "$(ratio "$(memory Pss)" 1024)" MiB "<=1"
figure "agent.many$N.anonymous" "$(memory Anonymous)" KiB "<=300"
figure "agent.many$N.descriptors" "$(descriptors)" - "<=9"

# What that machine takes for as many that only wake up, once a second.
stop "${pids[@]}"
sleepers=()
for ((k = 0; k < N; k++)); do
	perl -e 'select(undef, undef, undef, 1) while 1' &
	sleepers+=("$!")
	LIB_PIDS+=("$!")
done
sleep 3
share "agent.many$N.sleepers" - "${sleepers[@]}"
