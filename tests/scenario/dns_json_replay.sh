#!/bin/bash
# The agent reads what a resolver reported, and prints the datagrams that the
# old agent made of it, octet by octet; sent, they all reach the collector.
cd "$(dirname "$0")/../.."
# shellcheck source=tests/scenario/collect.bash
. tests/scenario/collect.bash
P=$B/bin/pcapper
D=tests/golden/shodohflo

# replay INPUT OPTION...: the datagrams go to $TMP/out.
replay()
{
	local input=$1

	shift
	"$P" --dnstap-file "$input" --no-log --no-listen --dns-json "$@" \
	    >"$TMP/out" 2>"$TMP/agent.err" || fail "the agent"
}

for how in off:nodedupe name:dedupe; do
	replay $D/edge_small.fstrm stdout --dns-old --dns-dedup "${how%:*}"
	cmp "$TMP/out" "$D/replay_edge_small_fstrm_${how#*:}.jsonl" ||
	    fail "edge cases, ${how#*:}"
	ok "edge cases, ${how#*:}"
done
replay $D/golden.fstrm stdout --dns-old --dns-dedup off
cmp "$TMP/out" $D/replay_golden_fstrm_nodedupe.jsonl || fail "golden, nodedupe"
ok "a real resolver, without de-duplication"
replay $D/golden.fstrm stdout --dns-old --dns-dedup name
cmp "$TMP/out" $D/golden.jsonl || fail "golden, as it was live"
ok "a real resolver, as it was live"

port=$(python3 -c 'import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])')
printf '[dns]\nlisten = 127.0.0.1:%s\n' "$port" >"$TMP/c.conf"
spawn "$TMP/c.err" "$R" -v -c "$TMP/c.conf" -o none
COLLECTOR=$PID
wait_for 10 grep -q 'JSON datagrams' "$TMP/c.err" || fail "collector"
replay $D/golden.fstrm "127.0.0.1:$port" --dns-dedup off
same "datagrams sent" "$(counter "$TMP/agent.err" dns_json_sent)" 45
all()
{
	kill -USR1 "$COLLECTOR"
	[ "$(counter "$TMP/c.err" dns_in.answers)" -eq 45 ]
}
wait_for 10 all || fail "$(counter "$TMP/c.err" dns_in.answers) answers of 45"
stop "$COLLECTOR"
same "none is missing" "$(counter "$TMP/c.err" dns_in.missing)" 0
