#!/bin/bash
# The collector is killed again and again (RUNS times, or 10), whatever it is
# doing: every output has in the end what it has without that, exactly once.
set -eu
B=${B:-build}
RUNS=${RUNS:-10}
cd "$(dirname "$0")/../.."
[ -n "${GUARDED:-}" ] || exec env GUARDED=1 timeout $((55 + RUNS * 2)) "$0"
. tests/scenario/redis.bash

seconds=$((RUNS * 4 / 10 + 3))
files=(text csv json dns)

cat >"$TMP/collector.conf" <<CONF
[redis]
socket = $TMP/redis.sock
ttl-grace = 90000
[flows]
own-networks = 10.77.0.0/24
[agents]
retry-min = 20
retry-max = 50
CONF

# agent DIR/NAME SECONDS SEED KIND COUNT SPAN [OPTION...]: one that sees a
# capture within so many seconds.  Adds to ARGS.
agent()
{
	local at=$TMP/$1 seconds=$2 what=("${@:3:4}") port

	mkfifo "$at"
	python3 tests/tools/slowcap.py "${what[@]}" "$seconds" >"$at" &
	LIB_PIDS+=("$!")
	spawn "$at.err" "$B/bin/pcapper" -p 0 --listen 127.0.0.1 --no-log \
	    -R "$at" --node "${1#*/}" --wait-collectors 1 "${@:7}"
	AGENTS+=("$PID")
	port=$(agent_port "$at.err") || fail "$1 does not listen"
	ARGS+=(--agent "127.0.0.1:$port")
}

# agents DIR SECONDS: all of them.
agents()
{
	ARGS=() AGENTS=()
	agent "$1/a" "$2" 1 flows 60000 400
	agent "$1/b" "$2" 2 pings 40000 100
	agent "$1/c" "$2" 3 pings 40000 100 --dnstap-file \
	    tests/golden/shodohflo/golden.fstrm
}

# values: all keys and values but the collector's own.
values()
{
	redis --raw keys '*' | grep -v '^recollect;' | LC_ALL=C sort \
	    >"$TMP/keys"
	sed 's/.*/GET "&"/' "$TMP/keys" | redis --raw | paste "$TMP/keys" -
}

# collect DIR OPTION...: a collector with all outputs, in the background.
collect()
{
	local dir=$TMP/$1 out=() f

	for f in "${files[@]}"; do
		out+=(-o "$f:$dir/$f")
	done
	spawn "$dir/err" "$B/bin/recollect" -c "$TMP/collector.conf" \
	    "${ARGS[@]}" "${out[@]}" -o redis "${@:2}"
}

redis_start
mkdir "$TMP/whole" "$TMP/killed"
agents whole 1
collect whole --once
wait "$PID" || fail "the collector: exit status $?"
wait "${AGENTS[@]}" || fail "an agent: exit status $?"
balanced "$TMP"/whole/{a,b,c}.err "$TMP/whole/err" || fail "the books do not close"
values >"$TMP/whole/redis"
redis flushall >/dev/null

# An agent that was never heard would be a new one: it keeps nothing for us.
heard() { [ "$(stat -c %s "$TMP/state/agents")" -gt 150 ]; }

agents killed "$seconds"
killed=0
while ((killed < RUNS)); do
	collect killed --state "$TMP/state"
	wait_for 10 heard || fail "the agents are not heard"
	pause=0.$((RANDOM % 6))$((RANDOM % 10))
	sleep "$pause"
	kill -9 "$PID" || fail "the collector ended: $pause s"
	wait "$PID" 2>/dev/null || :
	killed=$((killed + 1))
done
for pid in "${AGENTS[@]}"; do
	kill -0 "$pid" || fail "an agent was through before the last kill"
done
collect killed --state "$TMP/state" --once
wait "$PID" || fail "the last collector: exit status $?"
values >"$TMP/killed/redis"

for f in "${files[@]}" redis; do
	LC_ALL=C sort "$TMP/whole/$f" >"$TMP/want"
	LC_ALL=C sort "$TMP/killed/$f" >"$TMP/have"
	[ -s "$TMP/want" ] || fail "$f: there is nothing"
	diff "$TMP/want" "$TMP/have" >"$TMP/diff" ||
		fail "$f, after $RUNS kills: $(head -n 5 "$TMP/diff")"
	ok "$f: $(wc -l <"$TMP/have") lines after $RUNS kills, as without"
done
[ "$(counter "$TMP/killed/err" total.lost_unexplained)" -eq 0 ] ||
	fail "records are missing without a word"
ok "nothing is unexplained"
