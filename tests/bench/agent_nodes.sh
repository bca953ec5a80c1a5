#!/bin/bash
# 50 nodes with two quiet interfaces each: one agent for all of them, and an
# agent in each.  Time until ready, descriptors, memory, CPU and wake-ups.
# shellcheck disable=SC2016 # programs for awk
set -u
B=${B:-build}
[ "$(id -u)" -eq 0 ] || {
	echo "needs root"
	exit 77
}
# In a sandbox, so that "all" finds no namespace of anybody else.
[ -n "${GUARDED:-}" ] || exec unshare -m -p -f --mount-proc --kill-child \
	env GUARDED=1 B="$B" "$0"
mkdir -p /run/netns
mount -t tmpfs none /run/netns
# shellcheck source=tests/bench/lib.bash
. tests/bench/lib.bash

[ -x "$B/bin/pcapper" ] || not_measured "pcapper is not built"
nodes=50 seconds=10

for ((i = 1; i <= nodes; i++)); do
	ip netns add "n$i"
	LIB_NETNS+=("n$i")
	ip netns exec "n$i" sysctl -qw net.ipv6.conf.default.disable_ipv6=1
	ip -n "n$i" link add eth0 type veth peer name eth1
	ip -n "n$i" link set eth0 up
	ip -n "n$i" link set eth1 up
done

# start DIR OPTION...: a daemon, with its files in there.
start()
{
	local dir=$1

	shift
	mkdir "$dir"
	"$@" "$B/bin/pcapper" --daemon --pidfile "$dir/pid" -p 0 -q \
		--listen 127.0.0.1 -f "$dir/log" -m none "${options[@]}" \
		2>"$dir/err" || {
		cat "$dir/err" >&2
		exit 1
	}
	read -r pid <"$dir/pid"
	PIDS+=("$pid")
}

# each FILE PROGRAM: the sum over all agents of what awk finds in a file.
each()
{
	local pid

	for pid in "${PIDS[@]}"; do
		awk "$2" "/proc/$pid/$1"
	done | awk '{ n += $1 } END { print n }'
}
cpu_ns() { each schedstat '{ print $1 }'; }
switches() { each status '/voluntary_ctxt_switches/ { print $2 }'; }
files()
{
	local pid

	for pid in "${PIDS[@]}"; do
		find "/proc/$pid/fd" -mindepth 1
	done | wc -l
}

# measure NAME [TARGET]: of the agents that run; then end them.
measure()
{
	local cpu woken

	sleep 3
	cpu=$(cpu_ns) woken=$(switches)
	sleep "$seconds"
	figure "agent.nodes.$1.cpu" \
		"$(ratio "$(($(cpu_ns) - cpu))" $((seconds * 10000000)))" % \
		"${2:--}"
	figure "agent.nodes.$1.wakeups" \
		"$(ratio "$(($(switches) - woken))" "$seconds")" /s
	figure "agent.nodes.$1.pss" "$(each smaps_rollup \
		'/^Pss:/ { printf "%.2f\n", $2 / 1024 }')" MiB
	figure "agent.nodes.$1.private" "$(each smaps_rollup \
		'/^Anonymous:/ { printf "%.2f\n", $2 / 1024 }')" MiB
	figure "agent.nodes.$1.descriptors" "$(files)" files
	kill "${PIDS[@]}"
	for pid in "${PIDS[@]}"; do
		wait_for 10 test ! -e "/proc/$pid"
	done
}

PIDS=() options=(--netns all)
from=$EPOCHREALTIME
start "$TMP/one" env
to=$EPOCHREALTIME
figure agent.nodes.one.ready "$(ratio "$((${to/./} - ${from/./}))" 1000)" ms
measure one "<=1"

PIDS=() options=(-i all --buffer 512K)
for ((i = 1; i <= nodes; i++)); do
	start "$TMP/$i" ip netns exec "n$i"
done
measure many
