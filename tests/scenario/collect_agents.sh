#!/bin/bash
# Old and v1 agents are told apart; all records of both arrive, once.
# shellcheck source=tests/scenario/collect.bash
. tests/scenario/collect.bash

"$K/mkrec" old 200000 >"$TMP/old"
"$K/mkrec" v1 200000 >"$TMP/v1"
"$K/mkrec" text 200000 >"$TMP/text"

agent a "$TMP/old"
old=$PORT
agent b "$TMP/v1"
v1=$PORT
printf '1=5000\n3:127.0.0.1:%s\n7:localhost:%s\n' "$old" "$v1" >"$TMP/conf"
timeout 30 "$R" -c "$TMP/conf" --once -o text:"$TMP/both" \
	>"$TMP/out" 2>"$TMP/c.err" || fail "exit status $?"
same "every record of the old agent" \
	"$(counter "$TMP/c.err" agent.3.records)" 200000
same "every record of the v1 agent" \
	"$(counter "$TMP/c.err" agent.7.records)" 200000
same "nothing unexplained" \
	"$(counter "$TMP/c.err" total.lost_unexplained)" 0
sort "$TMP/both" | uniq -c | awk '$1 != 2' >"$TMP/odd"
same "both wrote the same lines" "$(wc -l <"$TMP/odd")" 0

agent c "$TMP/old"
timeout 30 "$R" --agent "127.0.0.1:$PORT" --once 2>"$TMP/d.err" |
	head -n 1 >"$TMP/first"
same "standard output in the old format" "$(cat "$TMP/first")" \
	"1700000000.000000:1:X:800:0"

agent d "$TMP/old"
"$R" --agent "127.0.0.1:$PORT" --no-legacy -o none 2>"$TMP/e.err" &
pid=$!
LIB_PIDS+=("$pid")
wait_for 10 grep -q 'old agent' "$TMP/e.err" || fail "no complaint"
terminate "$pid" "the collector"
same "--no-legacy takes nothing" "$(counter "$TMP/e.err" total.records)" 0

head -c 100000 /dev/urandom | tr -d '\360\0' >"$TMP/noise"
agent e "$TMP/noise"
"$R" --agent "127.0.0.1:$PORT" -o none 2>"$TMP/f.err" &
pid=$!
LIB_PIDS+=("$pid")
wait_for 10 grep -q 'no agent' "$TMP/f.err" || fail "noise is no agent"
terminate "$pid" "the collector"
same "noise is counted" "$(counter "$TMP/f.err" agent.1.bad_sessions)" 1
