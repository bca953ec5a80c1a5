#!/bin/bash
# The collector dies, the network between goes away: what the spool holds is
# not lost, and what it cannot hold is lost by number.
set -eu
B=${B:-build}
cd "$(dirname "$0")/../.."
[ -n "${GUARDED:-}" ] || exec env GUARDED=1 timeout 100 "$0"
# shellcheck source=tests/tools/lib.bash
. tests/tools/lib.bash

a=out-a$$ b=out-b$$ c=out-c$$ net=10.177.9 far=10.177.10
fail() { echo "not ok $*"; tail -n 45 "$TMP"/*.err; exit 1; }

# Traffic goes from a to b; the collector is in c, beyond a link of its own.
netpair $a $b $net
ip netns add $c
LIB_NETNS+=("$c")
ip -n $c link set lo up
ip -n $c link add far0 type veth peer name far0 netns $b
ip -n $c addr add $far.1/24 dev far0
ip -n $b addr add $far.2/24 dev far0
ip -n $c link set far0 up
ip -n $b link set far0 up
unanswered $a $b $net.9

# agent NAME OPTION...: watch veth0 in b; PORT is where it listens.
agent()
{
	NS=$b spawn "$TMP/$1.err" "$B/bin/pcapper" -i veth0 -m none -p 0 \
		-f "$TMP/$1.log" --log-always --buffer 16M "${@:2}"
	AGENT=$PID
	PORT=$(agent_port "$TMP/$1.err") || fail "no port"
}

# collector NAME: one in c; its records become NAME.text.
collector()
{
	NS=$c spawn "$TMP/$1.err" "$B/bin/recollect" -o text:"$TMP/$1.text" \
		--agent "$far.2:$PORT"
	COLLECTOR=$PID
}
lines() { [ "$(wc -l <"$TMP/$1.text")" -ge "$2" ]; }
closed() { grep -q 'closed, ' "$TMP/$1.err"; }

# blast RATE SECONDS: datagrams from a, in the background.
blast()
{
	NS=$a spawn "$TMP/blast" "$B/tools/blast" $net.9 9 "$1" "$2"
	BLAST=$PID
}

# end: stop the agent, and the collector after it has everything.
end()
{
	wait "$BLAST" || fail "blast"
	terminate "$AGENT" "the agent"
	terminate "$COLLECTOR" "the collector"
}
packets() { grep -hv '^#' "$@" | grep ':17$'; }

# A collector dies and another takes its place.
agent dead
collector one
wait_for 10 grep -q attached "$TMP/dead.err" || fail "one does not attach"
blast 20000 3
wait_for 5 lines one 5000 || fail "one gets nothing"
kill -9 "$COLLECTOR"
wait_for 5 closed dead || fail "the agent does not notice"
collector two
wait_for 10 lines two 20000 || fail "two gets nothing"
end
packets "$TMP/dead.log" | sort >"$TMP/all"
packets "$TMP/one.text" "$TMP/two.text" | sort -u >"$TMP/got"
same "a dead collector's successor gets what it lacked" \
	"$(sort -u "$TMP/all" | comm -3 - "$TMP/got" | wc -l)" 0
same "nothing was dropped" "$(counter "$TMP/dead.err" queue_full)" 0
same "nothing is unexplained" \
	"$(counter "$TMP/two.err" total.lost_unexplained)" 0

balanced "$TMP/dead.err" "$TMP/two.err" || fail "the books do not close"

# The same with a spool that is too small for it.
agent small --spool-size 64K
collector three
wait_for 10 grep -q attached "$TMP/small.err" || fail "three does not attach"
# Such packets take half an octet each.
blast 60000 6
wait_for 5 lines three 5000 || fail "three gets nothing"
kill -9 "$COLLECTOR"
wait_for 5 closed small || fail "the agent does not notice"
wait "$BLAST"
collector four
wait_for 10 lines four 1000 || fail "four gets nothing"
end
lost=$(counter "$TMP/four.err" total.lost_spool)
[ "$lost" -gt 0 ] || fail "nothing was lost"
balanced "$TMP/small.err" "$TMP/four.err" || fail "the books do not close"
ok "what the spool could not hold is lost by number"

# The network goes away and comes back.
agent cut
collector five
wait_for 10 grep -q attached "$TMP/cut.err" || fail "five does not attach"
blast 20000 3
wait_for 5 lines five 5000 || fail "five gets nothing"
ip -n $c link set far0 down
had=$(wc -l <"$TMP/five.text")
more() { [ "$(wc -l <"$TMP/cut.log")" -gt $((had + 20000)) ]; }
wait_for 10 more || fail "the agent stopped"
ip -n $c link set far0 up
wait "$BLAST"
whole() { [ "$(wc -l <"$TMP/five.text")" -ge "$(wc -l <"$TMP/cut.log")" ]; }
wait_for 30 whole || fail "the rest does not come"
end
packets "$TMP/cut.log" >"$TMP/all"
packets "$TMP/five.text" | cmp - "$TMP/all" || fail "not the same records"
balanced "$TMP/cut.err" "$TMP/five.err" || fail "the books do not close"
ok "an outage of the network loses nothing"
