#!/bin/bash
# An agent that connects to the collector, before the collector is there.
set -eu
B=${B:-build}
cd "$(dirname "$0")/../.."
[ -n "${GUARDED:-}" ] || exec env GUARDED=1 timeout 50 "$0"
# shellcheck source=tests/tools/lib.bash
. tests/tools/lib.bash

v4=tests/golden/mgen-udp4-multi.pcap
v6=tests/golden/mgen-h-udp6-multi.pcap

fail() { echo "not ok $*"; cat "$TMP"/*.err; exit 1; }

# collector: one that agents connect to; PORT is where, the first time any.
PORT=0
collector()
{
	spawn "$TMP/c.err" "$B/bin/recollect" --listen "127.0.0.1:$PORT" -v \
	    -o "text:$TMP/text"
	COLLECTOR=$PID
	PORT=$(collector_port "$TMP/c.err") || fail "no collector"
}
whole() { cmp "$TMP/log" "$TMP/text"; }

collector
stop "$COLLECTOR"
spawn "$TMP/a.err" "$B/bin/pcapper" --no-listen --dial "127.0.0.1:$PORT" \
    -R $v4 -R $v6 -f "$TMP/log" --wait-collectors 1
AGENT=$PID
refused() { grep -q -e '--dial 127.0.0.1.*refused' "$TMP/a.err"; }
wait_for 10 refused || fail "nobody is there, and nothing is said"
collector
wait "$AGENT" || fail "exit status $?"
grep -q 'attached (v1)' "$TMP/a.err" || fail "not v1"
ok "the agent tries until the collector is there"

wait_for 10 whole || fail "the collector's text is not the log"
ok "the collector has what the log has"
stop "$COLLECTOR"
balanced "$TMP/a.err" "$TMP/c.err" || fail "the books do not close"
