#!/bin/bash
# Collector and agent are stopped for STOPPED seconds (2, or 60 in the long form:
# longer than anybody waits for a sign of life) while packets flow: each goes on
# as if nothing had been, and the books close.
set -eu
B=${B:-build}
STOPPED=${STOPPED:-2}
cd "$(dirname "$0")/../.."
[ -n "${GUARDED:-}" ] || exec env GUARDED=1 timeout $((STOPPED * 3 + 55)) "$0"
# shellcheck source=tests/tools/lib.bash
. tests/tools/lib.bash

a=stop-a$$ b=stop-b$$ net=10.177.14 rate=5000
fail() { echo "not ok $*"; tail -n 45 "$TMP"/*.err; exit 1; }

netpair $a $b $net
for ns in $a $b; do
	ip netns exec "$ns" sysctl -qw net.ipv6.conf.veth0.disable_ipv6=1
done
unanswered $a $b $net.9

NS=$b spawn "$TMP/agent.err" "$B/bin/pcapper" -i veth0 -m none -p 0 \
	-f "$TMP/log" --log-always --buffer 1M --spool "$TMP/spool"
AGENT=$PID
port=$(agent_port "$TMP/agent.err") || fail "no port"
NS=$b spawn "$TMP/c.err" "$B/bin/recollect" -o "text:$TMP/text" \
	--agent "127.0.0.1:$port"
COLLECTOR=$PID
wait_for 10 grep -q attached "$TMP/agent.err" || fail "not attached"

# stopped PID: while packets come, for so long and a moment before and after.
SENT=0
stopped()
{
	NS=$a spawn "$TMP/blast" "$B/tools/blast" $net.9 9 $rate \
		$((STOPPED + 2))
	local blast=$PID had

	had=$(wc -l <"$TMP/text")
	wait_for 10 more "$had" || fail "no packets"
	kill -STOP "$1"
	sleep "$STOPPED"
	kill -CONT "$1"
	wait "$blast" || fail "blast"
	SENT=$((SENT + $(awk '{ print $1 }' "$TMP/blast")))
}
more() { [ "$(wc -l <"$TMP/text")" -gt "$1" ]; }
# ours FILE: how many of the packets that were sent it has.
ours() { grep -c ":$net.9:9:" "$1" || :; }
# through: what was sent is stored, or its drop is counted.
through()
{
	kill -USR1 "$AGENT"
	[ $(($(ours "$TMP/text") + $(counter "$TMP/agent.err" drop_kernel))) \
		-ge $SENT ]
}

stopped "$COLLECTOR"
wait_for 20 through || fail "the rest does not come to the collector"
[ "$(ours "$TMP/text")" -eq $SENT ] || fail "lost: $(ours "$TMP/text") of $SENT"
ok "a collector that was stopped for $STOPPED s has all $SENT packets"

stopped "$AGENT"
wait_for 20 through || fail "the rest does not come from the agent"
dropped=$(counter "$TMP/agent.err" drop_kernel)
[ "$dropped" -gt 0 ] || fail "the ring took everything"
[ $(($(ours "$TMP/text") + dropped)) -eq $SENT ] ||
	fail "$(ours "$TMP/text") stored, $dropped dropped, $SENT sent"
ok "an agent that was: what was sent is stored, or one of $dropped drops"

terminate "$AGENT" "the agent"
terminate "$COLLECTOR" "the collector"
balanced "$TMP/agent.err" "$TMP/c.err" || fail "the books do not close"
cmp <(grep ":$net.9:9:" "$TMP/log") <(grep ":$net.9:9:" "$TMP/text") ||
	fail "not the records that were logged"
ok "nothing is stored twice, and each drop is told"
