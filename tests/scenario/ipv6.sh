#!/bin/bash
# Agents and collectors that reach each other by IPv6 only, whoever dials.
set -eu
B=${B:-build}
cd "$(dirname "$0")/../.."
[ -n "${GUARDED:-}" ] || exec env GUARDED=1 timeout 50 "$0"
. tests/tools/lib.bash

fail() { echo "not ok $*"; tail -n 45 "$TMP"/*.err; exit 1; }
ip -6 addr show dev lo | grep -q ::1 || { echo "no IPv6 here"; exit 77; }
v6=tests/golden/mgen-h-udp6-multi.pcap

spawn "$TMP/agent.err" "$B/bin/pcapper" -R $v6 -p 0 --listen ::1 \
	-f "$TMP/log" --wait-collectors 1 --allow ::1/128
AGENT=$PID
port=$(agent_port "$TMP/agent.err") || fail "no port"
timeout 30 "$B/bin/recollect" --agent "[::1]:$port" --once \
	-o text:"$TMP/text" 2>"$TMP/c.err" || fail "the collector: $?"
wait "$AGENT" || fail "the agent: exit status $?"
cmp "$TMP/log" "$TMP/text" || fail "other records than it logged"
grep -q '^agent.1.address \[::1\]:' "$TMP/c.err" || fail "another address"
balanced "$TMP/agent.err" "$TMP/c.err" || fail "the books do not close"
ok "a collector dials an agent by IPv6"

spawn "$TMP/host.err" "$B/bin/recollect" -v --listen '[::1]:0' \
	-o text:"$TMP/host" --once
HOST=$PID
port=$(collector_port "$TMP/host.err") || fail "no collector"
"$B/bin/pcapper" -q -R $v6 --no-listen --no-log --wait-collectors 1 \
	--dial "[::1]:$port" 2>"$TMP/dials.err" || fail "an agent that dials: $?"
wait "$HOST" || fail "the collector: exit status $?"
cmp "$TMP/log" "$TMP/host" || fail "other records than those of the file"
ok "an agent dials a collector by IPv6"
