#!/bin/bash
# A disk that is full for a while, under the spool of an agent or the file of a
# collector, while records flow: what is lost has a name and a number, one
# warning is given, all goes on, and the books close.
cd "$(dirname "$0")/../.." || exit 2
# The mounts are ours alone and go with us.
[ -n "${GUARDED:-}" ] || exec env GUARDED=1 unshare -m timeout 55 "$0"
# shellcheck source=tests/scenario/disk.bash
. tests/scenario/disk.bash

# collector OPTION...: of the agent; its words go to c.err.
collector()
{
	local port

	port=$(agent_port "$TMP/agent.err") || fail "not: listening on port"
	# now, not by the child: what the last one said is there till then
	: >"$TMP/c.err"
	# the pipe that feeds the agent is not for it to hold open
	"$R" --agent "127.0.0.1:$port" --once "$@" >"$TMP/c.err" 2>&1 \
		{HOLD}>&- &
	COLLECTOR=$!
	LIB_PIDS+=("$COLLECTOR")
}
# end: both are through, and the books close.
end()
{
	feed_end 0
	wait "$COLLECTOR" || fail "the collector: exit status $?"
	balanced "$TMP/agent.err" "$TMP/c.err" ||
		fail "$WHAT: the books do not close"
}
value() { counter "$TMP/c.err" "$1"; }
lines() { grep -vc '^#' "$1"; }
# more FILE LINES: whether it has grown beyond that.
more() { [ "$(wc -c <"$1")" -gt "$2" ]; }
LISTEN=(--listen 127.0.0.1)

WHAT="spool"
small "$TMP/s" 2048 64
feed "$TMP/log" 50000 --spool "$TMP/s" --spool-size 4M
await 'spool: .*records are lost: No space left'
had=$(wc -c <"$TMP/log")
wait_for 10 more "$TMP/log" $((had + 500000)) || fail "the agent stopped"
rm "$TMP/s/ballast"
had=$(wc -c <"$TMP/log")
wait_for 10 more "$TMP/log" $((had + 2000000)) || fail "the agent stopped"
collector -o "text:$TMP/text"
wait_for 10 grep -q 'attached' "$TMP/agent.err" || fail "no collector"
end
same "$WHAT: one warning" "$(grep -c 'spool:' "$TMP/agent.err")" 1
[ "$(value total.lost_spool)" -gt 0 ] || fail "$WHAT: nothing was lost"
same "$WHAT: lines and losses are all there was" \
	"$(($(lines "$TMP/text") + $(value total.lost_spool)))" "$MADE"
grep -v '^#' "$TMP/text" >"$TMP/got"
head -n "$((MADE / 100))" "$TMP/log" | cmp - \
	<(head -n "$((MADE / 100))" "$TMP/got") || fail "$WHAT: the first lines"
tail -n "$((MADE / 100))" "$TMP/log" | cmp - \
	<(tail -n "$((MADE / 100))" "$TMP/got") || fail "$WHAT: the last lines"
ok "$WHAT: what came before and after is there"

# With --state an index goes on beside the file.
for how in plain kept; do
	WHAT="collector, $how"
	options=()
	[ $how = plain ] || options=(--state "$TMP/state")
	small "$TMP/$how" 2048 200
	feed "$TMP/$how.log" 10000
	collector "${options[@]}" -o "text:$TMP/$how/text"
	wait_for 10 grep -q "/text: writing is suspended: No space" \
		"$TMP/c.err" || fail "$WHAT: nothing is said"
	rm "$TMP/$how/ballast"
	wait_for 10 grep -q 'writing goes on' "$TMP/c.err" ||
		fail "$WHAT: it does not go on"
	had=$(wc -c <"$TMP/$how/text")
	wait_for 10 more "$TMP/$how/text" "$had" || fail "$WHAT: no more lines"
	end
	same "$WHAT: one warning" "$(grep -c 'is suspended' "$TMP/c.err")" 1
	[ "$(value text.lost)" -gt 0 ] || fail "$WHAT: nothing was lost"
	same "$WHAT: lines and losses are all there was" \
		"$(($(lines "$TMP/$how/text") + $(value text.lost) + \
		$(value total.lost_late)))" "$MADE"
	check_lines "$TMP/$how/text"
	ok "$WHAT: every line is whole, and there once"
done
