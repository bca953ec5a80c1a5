#!/bin/bash
# An agent that is too fast is read slowly, and nothing is lost by it.
# shellcheck source=tests/scenario/collect.bash
. tests/scenario/collect.bash

# collect NAME INPUT RATE: as conf says; standard error goes to NAME.err.
collect()
{
	agent "$1" "$2"
	printf '1:127.0.0.1:%s\n[agents]\nrate-max = %s\n' "$PORT" "$3" \
		>"$TMP/conf"
	timeout 60 "$R" -c "$TMP/conf" --once -o none >"$TMP/out" \
		2>"$TMP/$1.err" || fail "$1: exit status $?"
}

for kind in v1 old; do
	"$K/mkrec" $kind 12000 >"$TMP/$kind"
	collect "$kind-fast" "$TMP/$kind" 0
	same "without a cap $kind is not held" \
		"$(counter "$TMP/$kind-fast.err" total.throttled_ms)" 0
	start=$(date +%s%N)
	collect "$kind-slow" "$TMP/$kind" 4000
	took=$((($(date +%s%N) - start) / 1000000))
	held=$(counter "$TMP/$kind-slow.err" agent.1.throttled_ms)
	[ "$held" -ge 500 ] || fail "$kind was held for $held ms"
	[ "$took" -ge "$held" ] || fail "$kind was held $held of $took ms"
	ok "$kind is held, and that is counted"
	same "all of $kind came" \
		"$(counter "$TMP/$kind-slow.err" total.records)" 12000
	same "nothing of it is missing" \
		"$(counter "$TMP/$kind-slow.err" total.lost_unexplained)" 0
done
