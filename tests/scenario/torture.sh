#!/bin/bash
# Whoever mistreats the running programs is closed and counted; a good agent, a
# good resolver and a good collector notice nothing, and memory does not grow.
set -eu
B=${B:-build}
cd "$(dirname "$0")/../.."
[ -n "${GUARDED:-}" ] || exec env GUARDED=1 timeout 58 "$0"
. tests/tools/lib.bash
command -v python3 >/dev/null || { echo "no python3"; exit 77; }

fail()
{
	echo "not ok $*"
	tail -n 20 "$TMP"/*.err "$TMP"/*.out
	exit 1
}
unhex() { "$B/tools/unhex" <"tests/vectors/$1.hex"; }

# What each of the three listeners takes.
{ unhex valid-hello-offer; unhex valid-frame-ack; unhex valid-frame-time; } \
    >"$TMP/collector.v1"
"$B/tools/mkrec" v1 40 >"$TMP/agent.v1"
"$B/tools/mkdnstap" 3 >"$TMP/resolver.fstrm"
"$B/tools/mkdnstap" 20000 >"$TMP/good.fstrm"
bad=()
for v in tests/vectors/invalid-*.hex; do
	v=$(basename "$v" .hex)
	unhex "$v" >"$TMP/$v"
	bad+=("$TMP/$v")
done

(umask 077 && echo n1:00112233445566778899aabbccddeeff >"$TMP/psk")
spawn "$TMP/collector.err" "$B/bin/recollect" -o "dns:$TMP/dns" \
    --psk-file "$TMP/psk" \
    --listen 127.0.0.1:0 -v
collector=$PID
agents=$(collector_port "$TMP/collector.err") || fail "no collector"
spawn "$TMP/agent.err" "$B/bin/pcapper" -p 0 --listen 127.0.0.1 --no-log \
    --dnstap "$TMP/tap" --dnstap tcp:127.0.0.1:0 --dial "127.0.0.1:$agents" \
    --psk-file "$TMP/psk" --dns-log "$TMP/agent.dns" --dns-dedup off \
    --node good
agent=$PID
wait_for 10 grep -q 'attached (v1)' "$TMP/agent.err" || fail "no conversation"
collectors=$(agent_port "$TMP/agent.err")
resolvers=$(sed -n 's/.*listening at tcp:127.0.0.1://p' "$TMP/agent.err")

# torture NAME ROUNDS: all three at a time.
torture()
{
	local pids=() pid

	tests/tools/torture.py v1 "$collectors" "$TMP/collector.v1" "$2" \
	    "${bad[@]}" >"$TMP/$1.collectors.out" &
	pids+=("$!")
	tests/tools/torture.py v1 "$agents" "$TMP/agent.v1" "$2" \
	    "${bad[@]}" >"$TMP/$1.agents.out" &
	pids+=("$!")
	tests/tools/torture.py dnstap "$resolvers" "$TMP/resolver.fstrm" "$2" \
	    >"$TMP/$1.resolvers.out" &
	pids+=("$!")
	LIB_PIDS+=("${pids[@]}")
	for pid in "${pids[@]}"; do
		wait "$pid" || fail "$1 torture"
	done
}

rss() { awk '/^VmRSS/ { print $2 }' "/proc/$1/status"; }

# is PROGRAM PID NAME MIN: whether its counter is MIN by now, at least.
is()
{
	kill -USR1 "$2"
	(($(counter "$TMP/$1.err" "$3") >= $4))
}

# A first round fills what is allocated once.
torture first 1
declare -A before
before=([agent]=$(rss "$agent") [collector]=$(rss "$collector"))

# 20000 answers in some seconds, while the second round runs
"$B/tools/tapsend" "$TMP/good.fstrm" "$TMP/tap" 400000 >"$TMP/send.out" 2>&1 &
sender=$!
LIB_PIDS+=("$sender")
torture second 2
wait "$sender" || fail "the good resolver was closed"
# The tortured resolver says some things, too; each connection has a number.
most() { awk '!/^#/ { n[$9]++ } END { for (c in n) if (n[c] > m) m = n[c]
	print m + 0 }' "$TMP/agent.dns"; }
all_logged() { [ "$(most)" = 20000 ]; }
all_collected() { cmp <(grep -v '^#' "$TMP/agent.dns") \
    <(grep -v '^#' "$TMP/dns"); }
wait_for 10 all_logged || fail "the agent has $(most) answers of 20000"
wait_for 10 all_collected || fail "the collector's answers are not the agent's"
ok "every answer of the good resolver reaches the collector"

for p in agent collector; do
	pid=${!p}
	kill -0 "$pid" || fail "the $p is gone"
	grown=$(($(rss "$pid") - before[$p]))
	# A sanitizer keeps what was freed, to see who still uses it.
	grep -q __asan_init "$B/bin/recollect" || ((grown < 4096)) || fail "the $p has grown by $grown kB"
	ok "the $p lives, $grown kB larger"
done
wait_for 5 is agent "$agent" peer_bad 300 || fail "bad collectors"
wait_for 5 is agent "$agent" tls_failed 300 || fail "TLS that fails"
wait_for 5 is agent "$agent" tap_bad 300 || fail "bad resolvers"
wait_for 5 is collector "$collector" peers.bad 300 || fail "bad agents"
for c in agent:peer_bad agent:peer_refused agent:tap_bad agent:tls_failed \
	agent:dns_malformed collector:peers.bad collector:total.bad_sessions; do
	echo "$c $(counter "$TMP/${c%:*}.err" "${c#*:}")"
done
for p in agent collector; do
	lines=$(grep -c '^[pr][a-z]*: ' "$TMP/$p.err")
	((lines < 250)) || fail "the $p has printed $lines lines"
done
ok "few lines tell of it"
for p in agent collector; do
	stop "${!p}"
	! grep -q 'Sanitizer\|runtime error' "$TMP/$p.err" || fail "$p: damage"
done
awk '/^connections/ { n += $2 } END { print n, "bad connections" }' \
    "$TMP"/*.out
