#!/bin/bash
# 50,000 packets a second while there is no collector, for OUTAGE seconds (3, or
# 600 in the long form): a spool that is large enough loses nothing.
set -eu
B=${B:-build}
OUTAGE=${OUTAGE:-3}
cd "$(dirname "$0")/../.."
[ -n "${GUARDED:-}" ] || exec env GUARDED=1 timeout $((OUTAGE * 2 + 60)) "$0"
# shellcheck source=tests/tools/lib.bash
. tests/tools/lib.bash

a=lng-a$$ b=lng-b$$ net=10.177.13 rate=50000
fail() { echo "not ok $*"; tail -n 45 "$TMP"/*.err; exit 1; }

netpair $a $b $net
unanswered $a $b $net.9

NS=$b spawn "$TMP/agent.err" "$B/bin/pcapper" -i veth0 -m none -p 0 --no-log \
	--buffer 64M --spool "$TMP/spool" --spool-size 512M
AGENT=$PID
port=$(agent_port "$TMP/agent.err") || fail "no port"
collector()
{
	NS=$b spawn "$TMP/$1.err" "$B/bin/recollect" -o none \
		--agent "127.0.0.1:$port"
	COLLECTOR=$PID
}
records() { kill -USR1 "$2" && [ "$(counter "$TMP/$1.err" "$3")" -ge "$4" ]; }

collector before
wait_for 10 grep -q attached "$TMP/agent.err" || fail "no collector"
NS=$a spawn "$TMP/blast" "$B/tools/blast" $net.9 9 $rate $((OUTAGE + 2))
BLAST=$PID
wait_for 10 records before "$COLLECTOR" total.records 10000 || fail "no packets"
kill -9 "$COLLECTOR"
wait "$BLAST" || fail "blast"
collector after
from=$SECONDS
back() { [ "$(grep -c 'attached (v1)' "$TMP/agent.err")" -ge 2 ]; }
wait_for 10 back || fail "the collector does not come back"
drained()
{
	kill -USR1 "$COLLECTOR" "$AGENT"
	[ "$(sum "$TMP/after.err" total.records total.lost_late)" -ge \
		"$(counter "$TMP/agent.err" pkt_records)" ]
}
wait_for $((OUTAGE + 20)) drained || fail "the rest does not come"
echo "$(counter "$TMP/after.err" total.records) records, caught up in" \
	"$((SECONDS - from)) s, $(du -sk "$TMP/spool" | cut -f1) KiB of spool"
terminate "$AGENT" "the agent"
terminate "$COLLECTOR" "the collector"
[ "$(counter "$TMP/after.err" total.lost_spool)" -eq 0 ] || fail "some is lost"
balanced "$TMP/agent.err" "$TMP/after.err" || fail "the books do not close"
ok "an outage of $OUTAGE s at $rate packets/s loses nothing"
