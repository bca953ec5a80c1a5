#!/bin/bash
# Agents whose clocks are an hour off, are set, and run too fast: the collector
# tells by how much, with a bound that holds and is small, over TLS too, whoever
# dials; and says of an old agent that it does not know.
set -eu
B=${B:-build}
cd "$(dirname "$0")/../.."
[ -n "${GUARDED:-}" ] || exec env GUARDED=1 timeout 55 "$0"
. tests/tools/lib.bash

fail() { echo "not ok $*"; tail -n 30 "$TMP"/*.err; exit 1; }

faketime

# at SECONDS: what the first agent's clock shows is off by so much from now on.
at() { echo "$1" >"$TMP/new" && mv "$TMP/new" "$TMP/clock"; }

# agent NAME VAR=VALUE OPTION...: its clock is faked so; it waits for resolvers.
agent()
{
	local name=$1 faked=$2

	shift 2
	spawn "$TMP/$name.err" "${FAKED[@]}" FAKETIME_NO_CACHE=1 "$faked" \
		"$B/bin/pcapper" --node "$name" --no-log \
		--dnstap "$TMP/$name.tap" "$@"
}

# value NAME: what the collector's ledger says now.
value()
{
	fresh "$TMP/c.err" "$C" total.records || fail "no ledger"
	awk -v n="$1" '$1 == n { v = $2 } END { print v }' "$TMP/c.err"
}
is() { [ "$(value "$1")" = "$2" ]; }

# shows HOST US [LEAST MOST]: the offset of this agent is ${US}, within its bound,
# and that is in this range; else below a millisecond.
shows()
{
	local off bound least=${3:-1} most=${4:-1000}

	off=$(value "agent.$1.clock_offset_us")
	bound=$(counter "$TMP/c.err" "agent.$1.clock_bound_us")
	[ -n "$off" ] &&
		((off - $2 <= bound && $2 - off <= bound && bound >= least && bound < most))
}
drifts()
{
	value agent.3.clock_drift_ppm |
		awk '$1 > 170 && $1 < 230 { ok = 1 } END { exit !ok }'
}

at +3600.25s
(umask 077 && printf 'n:%032d\n' 7 >"$TMP/psk")
agent hour FAKETIME_TIMESTAMP_FILE="$TMP/clock" -p 0 --listen 127.0.0.1 \
	--psk-file "$TMP/psk"
hour=$(agent_port "$TMP/hour.err") || fail "hour.err: no port"
"$B/tools/mkrec" old 10 >"$TMP/old.rec"
# shellcheck disable=SC2016
spawn "$TMP/old.err" bash -c 'exec "$0" <"$1"' "$B/tools/serve" "$TMP/old.rec"
wait_for 10 grep -q port "$TMP/old.err" || fail "no old agent"
old=$(sed -n 's/^port //p' "$TMP/old.err")

spawn "$TMP/c.err" "$B/bin/recollect" -o none -v --listen 127.0.0.1:0 \
	--agent "127.0.0.1:$hour" --agent "127.0.0.1:$old"
C=$PID
port=$(collector_port "$TMP/c.err") || fail "c.err: no port"
agent fast FAKETIME="+0 x1.0002" --no-listen --dial "127.0.0.1:$port"

wait_for 15 shows 1 3600250000 || fail "an hour and a quarter of a second"
ok "an hour and a quarter of a second, within its bound"
wait_for 10 is agent.2.records 10 || fail "the old agent"
is agent.2.clock unknown || fail "what is the clock of an old agent?"
ok "the clock of an old agent is unknown"

at -86400s
wait_for 10 is agent.1.clock_steps 1 || fail "the clock was set"
wait_for 15 shows 1 -86400000000 || fail "a day behind"
ok "the clock is set: a step, and a day behind, within its bound"

wait_for 25 drifts || fail "the drift: $(value agent.3.clock_drift_ppm)"
is agent.3.clock_steps 0 || fail "a drift is no step"
narrow() { (($(value agent.3.clock_bound_us) < 1000)); }
wait_for 10 narrow || fail "the bound of a clock that drifts"
ok "200 ppm too fast: $(counter "$TMP/c.err" agent.3.clock_drift_ppm) ppm"

# collect OPTION...: another collector, of the first agent.
collect()
{
	stop "$C"
	spawn "$TMP/c.err" "$B/bin/recollect" -o none -v "$@"
	C=$PID
	wait_for 10 grep -q 'its clock is' "$TMP/c.err" || fail "no answer"
}

collect --psk-file "$TMP/psk" --agent "127.0.0.1:$hour"
wait_for 15 shows 1 -86400000000 || fail "over TLS"
ok "over TLS, too"

# way THERE BACK JITTER: a way to the first agent that takes so many ms.
way()
{
	spawn "$TMP/way.err" tests/tools/delay.py "$hour" "$@"
	wait_for 10 grep -q port "$TMP/way.err" || fail "no way"
	collect --agent "127.0.0.1:$(sed -n 's/^port //p' "$TMP/way.err")"
}
way 0 40
wait_for 15 shows 1 -86400000000 20000 22000 || fail "40 ms more on the way back"
ok "40 ms more on the way back: within its bound, of half of that"
way 15 5 30
wait_for 15 shows 1 -86400000000 10000 26000 || fail "ways of any length"
ok "15 to 45 ms there, 5 to 35 back: within its bound"
