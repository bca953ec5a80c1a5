#!/bin/bash
# Offset and bound of an agent's clock over a real network: short, and one that
# the agent's records fill.  Both ends have one clock: the truth is 0.
set -eu
B=${B:-build}
cd "$(dirname "$0")/../.."
[ -n "${GUARDED:-}" ] || exec env GUARDED=1 timeout 55 "$0"
# shellcheck source=tests/tools/lib.bash
. tests/tools/lib.bash

a=clock-a$$ b=clock-b$$ net=10.177.11
fail() { echo "not ok $*"; tail -n 40 "$TMP"/*.err; exit 1; }
netpair $a $b $net

# agent NAME OPTION...: in $a; sets PID and port.
agent()
{
	local name=$1

	shift
	NS=$a spawn "$TMP/$name.err" "$B/bin/pcapper" -p 0 --node "$name" \
		--no-log "$@"
	port=$(agent_port "$TMP/$name.err") || fail "$name"
}

# collector NAME OPTION...: in $b, of this agent; sets C.
collector()
{
	local name=$1

	shift
	NS=$b spawn "$TMP/c.err" "$B/bin/recollect" -o none \
		--agent "$net.1:$port" "$@"
	C=$PID
	wait_for 10 grep -q attached "$TMP/$name.err" || fail "no collector"
}

# value NAME: what the collector's ledger says now.
value()
{
	fresh "$TMP/c.err" "$C" total.records || fail "no ledger"
	counter "$TMP/c.err" "agent.1.$1"
}

# bounded TRUTH LEAST MOST: whether the offset is within its bound of TRUTH, and
# that is LEAST to MOST; all in microseconds.  Fails for good when it is not.
bounded()
{
	off=$(value clock_offset_us)
	bound=$(counter "$TMP/c.err" agent.1.clock_bound_us)
	((bound > 0)) || return 1
	((off - $1 <= bound && $1 - off <= bound)) ||
		fail "$off us +-$bound us, and the truth is $1 us"
	((bound >= $2 && bound <= $3))
}
asked() { (($(value clock_samples) >= $1)); }

# steady WHAT TRUTH LEAST MOST: twelve questions long the bound holds, and then it
# is of this size.
steady()
{
	local what=$1

	shift
	until asked 12; do
		bounded "$1" 0 1000000 || :
	done
	wait_for 10 bounded "$@" || fail "$what: $off us +-$bound us"
	(($(value clock_steps) == 0)) || fail "$what: a step"
	ok "$what: $off us +-$bound us"
}

agent near --dnstap "$TMP/near.tap"
collector near
steady "a short way" 0 1 1000
stop "$C"

# Records before every answer, at 1 Mbit/s.
"$B/tools/pcaprep" 200000 192 "$TMP/big.pcap" tests/golden/mgen-udp4-multi.pcap
ip netns exec $a tc qdisc add dev veth0 root tbf rate 1mbit burst 10k latency 200ms
agent busy -R "$TMP/big.pcap" --wait-collectors 1
collector busy --once
worst=0
while kill -0 "$C" 2>/dev/null; do
	records=$(value records) 2>/dev/null || break
	if ((records > 0 && records < 200000)); then
		bounded 0 0 100000000 || :
		worst=$((bound > worst ? bound : worst))
	fi
done
((worst > 0)) || fail "records on the way: never asked"
ok "records on the way: the bound holds, $worst us at most"
