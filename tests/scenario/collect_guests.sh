#!/bin/bash
# Agents that dial in: each is one host, however often it comes back.
# shellcheck source=tests/scenario/collect.bash
. tests/scenario/collect.bash

"$K/mkrec" v1 20000 >"$TMP/v1"
"$R" --listen 127.0.0.1:0 -v -o none 2>"$TMP/c.err" &
pid=$!
LIB_PIDS+=("$pid")
port=$(collector_port "$TMP/c.err") || fail "not listening"

# report NAME VALUE: whether the ledger says so now
report()
{
	kill -USR1 "$pid"
	[ "$(counter "$TMP/c.err" "$1")" = "$2" ]
}

for i in 1 2; do
	timeout 10 bash -c "exec 3<>/dev/tcp/127.0.0.1/$port
		cat $TMP/v1 >&3; cat <&3 >/dev/null" || fail "guest $i"
done
wait_for 10 report total.sessions 2 || fail "two sessions"
same "records once" "$(counter "$TMP/c.err" total.records)" 20000
same "the second time they are duplicates" \
	"$(counter "$TMP/c.err" agent.1.duplicates)" 20000
same "one host" "$(grep -c '^agent.2' "$TMP/c.err" || true)" 0
terminate "$pid" "the collector"
ok "SIGTERM ends with status 0"
