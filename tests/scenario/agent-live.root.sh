#!/bin/bash
# pcapper on a live interface: what the log, a fast collector and a slow one
# get, what is lost and told, and that nothing is lost at the end.
set -eu
B=${B:-build}
cd "$(dirname "$0")/../.."
[ -n "${GUARDED:-}" ] || exec env GUARDED=1 timeout 100 "$0"
# shellcheck source=tests/tools/lib.bash
. tests/tools/lib.bash

a=pub-a$$ b=pub-b$$ net=10.177.8
fail() { echo "not ok $*"; tail -n 45 "$TMP/err"; exit 1; }

netpair $a $b $net
unanswered $a $b $net.9

sent=0
# blast RATE SECONDS: datagrams to port 9; their number is added to sent.
blast()
{
	local n

	n=$(ip netns exec $a "$B/tools/blast" $net.9 9 "$1" "$2")
	sent=$((sent + ${n%% *}))
}
# now NAME: a counter of the running agent.
now()
{
	fresh "$TMP/err" "$AGENT" old_clamped || fail "no counters"
	counter "$TMP/err" "$1"
}
records() { [ "$(now pkt_records)" -ge "$1" ]; }

NS=$b spawn "$TMP/err" "$B/bin/pcapper" -i veth0 -m none -p 0 -f "$TMP/log" \
    --queue 64K --buffer 16M
AGENT=$PID
port=$(agent_port "$TMP/err") || fail "no port"

has() { grep -q "^$1:[[:space:]]*$2\$" "/proc/$AGENT/status"; }
running() { has NoNewPrivs 1; }
wait_for 5 running || fail "no_new_privs"
has CapEff 0000000000002000 || fail "capabilities"
ok "all privileges but raw sockets are given up"

blast 1000 0.2
wait_for 5 records $sent || fail "records of the first datagrams"
sleep_end=$((SECONDS + 3))
until ((SECONDS >= sleep_end)); do
	[ ! -s "$TMP/log" ] || fail "a line while no collector is attached"
	sleep 0.2
done
ok "nothing is logged while no collector is attached"
sent=0

far() { exec 3<>"/dev/tcp/$net.2/$port"; echo TEXT >&3; exec cat <&3; }
export -f far
export net port
NS=$a spawn "$TMP/far" bash -c far
FAR=$PID
NS=$b spawn "$TMP/slow" "$B/tools/collect" -t -w "$TMP/gate" "$port"
SLOW=$PID
NS=$b spawn "$TMP/fast" "$B/tools/collect" "$port"
FAST=$PID
attached() { [ "$(grep -c 'attached (' "$TMP/err")" -ge 3 ]; }
wait_for 10 attached || fail "three collectors"

for _ in 1 2 3 4 5; do
	blast 20000 2
	[ "$(now queue_full)" -eq 0 ] || break
done
[ "$(now queue_full)" -gt 0 ] || fail "the slow one lost nothing"
: >"$TMP/gate"
drained() { grep -aq '^#.*:loss:queue:' "$TMP/slow"; }
wait_for 10 drained || fail "the slow one is not told"
ok "a slow collector loses records and is told"

blast 5000 0.2
terminate "$AGENT"
wait "$FAST" "$SLOW" "$FAR" || fail "a collector ended badly"
[ "$(counter "$TMP/err" drop_kernel)" -eq 0 ] || fail "the kernel dropped some"

# ours FILE: how many of the datagrams that were sent a file tells of.
ours() { grep -ac ":$net.9:9:.*:17$" "$1"; }
[ "$(ours "$TMP/log")" -eq $sent ] || fail "the log: $(ours "$TMP/log") of $sent"
[ "$(ours "$TMP/fast")" -eq $sent ] || fail "v1: $(ours "$TMP/fast") of $sent"
ok "the log and the fast collector have every packet up to the end"

tail -n "$(wc -l <"$TMP/fast")" "$TMP/log" | cmp - "$TMP/fast" ||
    fail "log and v1 differ"
grep -q ':1\.0\.0\.0:1:1\.0\.0\.0:1:[0-9]*:4294967295:61$' "$TMP/log" ||
    fail "no line of the CPU"
ok "both tell the same lines, with the load of the host"

lost=$(awk -F: '/^#.*:loss:queue:/ { n += $4 } END { print n + 0 }' "$TMP/slow")
here=$(ours "$TMP/slow")
[ "$here" -lt $sent ] || fail "the slow one lost nothing of ours"
[ $((here + lost)) -ge $sent ] || fail "slow: $here and $lost of $sent"
[ "$lost" -le "$(counter "$TMP/err" queue_full)" ] || fail "too many lost"
ok "what a slow collector lost and got is all there was"

! grep -q ":$port:" "$TMP/log" || fail "our own connection is in the log"
[ "$(counter "$TMP/err" pkt_own)" -gt 0 ] || fail "pkt_own"
ok "our own connections are left out and counted"
