#!/bin/bash
# An agent on one quiet interface with a ring of 256 KiB, no collector:
# proportional set size and wake-ups a second.
set -u
# shellcheck source=tests/bench/lib.bash
. tests/bench/lib.bash

[ "$(id -u)" -eq 0 ] || not_measured "needs root"
[ -x "$B/bin/pcapper" ] || not_measured "pcapper is not built"
a=bench-a$$ b=bench-b$$
netpair "$a" "$b" 10.177.2 || exit 1

NS=$b spawn "$TMP/agent.out" "$B/bin/pcapper" -i veth0 -m none \
	--buffer 256K -f "$TMP/log"
wait_for 10 listens "$b" 7073 || {
	cat "$TMP/agent.out" >&2
	exit 1
}

switches()
{
	awk '/voluntary_ctxt_switches/ { n += $2 } END { print n }' \
		"/proc/$PID/status"
}

# Neighbour discovery ends within a few seconds; then it is quiet.
sleep 3
before=$(switches)
sleep 10
after=$(switches)
figure agent.idle.pss "$(awk '/^Pss:/ { printf "%.2f", $2 / 1024 }' \
	"/proc/$PID/smaps_rollup")" MiB "<=1"
figure agent.idle.wakeups "$(ratio "$((after - before))" 10)" /s "<=10"
