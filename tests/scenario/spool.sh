#!/bin/bash
# The spool on disk outlives the agent: what one run could not deliver, the
# next one does, and what no longer fits is a loss with its number.
set -eu
B=${B:-build}
cd "$(dirname "$0")/../.."
[ -n "${GUARDED:-}" ] || exec env GUARDED=1 timeout 50 "$0"
. tests/tools/lib.bash

v4=tests/golden/mgen-udp4-multi.pcap

fail() { echo "not ok $*"; tail -n 40 "$TMP"/*.err; exit 1; }

# start NAME OPTION...: an agent on a free port, which becomes PORT.
start()
{
	local name=$1

	shift
	spawn "$TMP/$name.err" "$B/bin/pcapper" -p 0 --listen 127.0.0.1 \
	    --spool "$TMP/spool" "$@"
	AGENT=$PID
	PORT=$(agent_port "$TMP/$name.err" 5) || fail "$name does not listen"
}

# collect NAME: one collector for all that the agent has.
collect()
{
	timeout 30 "$B/bin/recollect" --agent "127.0.0.1:$PORT" --once \
	    -o text:"$TMP/$1.text" 2>"$TMP/$1.err" || fail "$1: exit status $?"
}

"$B/tools/pcaprep" 400000 192 "$TMP/big.pcap" $v4
head -c 24 "$TMP/big.pcap" >"$TMP/empty.pcap"

# Nobody listens; the next run has nothing of its own to say.
start alone -R "$TMP/big.pcap" -f "$TMP/alone.log"
wait "$AGENT" || fail "the first agent: exit status $?"
total=$(wc -l <"$TMP/alone.log")
[ "$(find "$TMP/spool" -name '*.pms' | wc -l)" -gt 0 ] || fail "no files"
start next -R "$TMP/empty.pcap" -f - --wait-collectors 1
collect first
wait "$AGENT" || fail "the second agent: exit status $?"
cmp "$TMP/alone.log" "$TMP/first.text" || fail "other records than it logged"
ok "the next run delivers what the first one kept"
same "records" "$(counter "$TMP/first.err" total.records)" "$total"
same "nothing unexplained" \
	"$(counter "$TMP/first.err" total.lost_unexplained)" 0
balanced "$TMP/alone.err" "$TMP/next.err" "$TMP/first.err" ||
	fail "the books do not close"
same "what is acknowledged is removed" \
	"$(find "$TMP/spool" -type f | wc -l)" 0

# Two runs that nobody heard, the second one killed; the third has its own.
start a -R "$TMP/big.pcap" -f "$TMP/a.log"
wait "$AGENT" || fail "the third agent: exit status $?"
kept=$(cat "$TMP"/spool/*.pms | wc -c)
mkfifo "$TMP/fifo"
head -c 3000000 "$TMP/big.pcap" >"$TMP/part.pcap"
{ cat "$TMP/part.pcap"; wait_for 20 test -e "$TMP/killed"; } >"$TMP/fifo" &
LIB_PIDS+=("$!")
start b -R "$TMP/fifo" -f "$TMP/b.log"
grown() { [ "$(cat "$TMP"/spool/*.pms | wc -c)" -gt $((kept + 40000)) ]; }
wait_for 10 grown || fail "the spool does not grow"
kill -9 "$AGENT"
: >"$TMP/killed"
wait "$AGENT" || :
start c -R $v4 -f "$TMP/c.log" --wait-collectors 1
collect second
wait "$AGENT" || fail "the last agent: exit status $?"
n=$(wc -l <"$TMP/a.log")
cmp -n "$(wc -c <"$TMP/a.log")" "$TMP/a.log" "$TMP/second.text" ||
	fail "the older stream does not come first"
ok "streams of earlier runs come in their order"
tail -n "$(wc -l <"$TMP/c.log")" "$TMP/second.text" |
	cmp - "$TMP/c.log" || fail "the stream of this run is not the last"
ok "then the stream of this run"
[ "$(counter "$TMP/second.err" total.records)" -gt \
	$((n + $(wc -l <"$TMP/c.log"))) ] || fail "nothing of the killed one"
ok "what the killed agent had written is there"
same "nothing unexplained" \
	"$(counter "$TMP/second.err" total.lost_unexplained)" 0
same "three streams" "$(counter "$TMP/second.err" total.sessions)" 3
same "nothing is left" "$(find "$TMP/spool" -type f | wc -l)" 0

# More than fits.
start small -R "$TMP/big.pcap" -f "$TMP/small.log" --spool-size 256K
wait "$AGENT" || fail "the agent with a small spool: exit status $?"
[ "$(cat "$TMP"/spool/*.pms | wc -c)" -le 300000 ] || fail "too much is kept"
start after -R "$TMP/empty.pcap" -f - --wait-collectors 1
collect third
wait "$AGENT" || fail "the agent after it: exit status $?"
lost=$(counter "$TMP/third.err" total.lost_spool)
[ "$lost" -gt 0 ] || fail "nothing was lost"
same "what is lost has a name and a number" \
	$(($(counter "$TMP/third.err" total.records) + lost)) "$total"
tail -n "$(counter "$TMP/third.err" total.records)" "$TMP/small.log" \
	>"$TMP/rest"
grep -v '^#' "$TMP/third.text" | cmp - "$TMP/rest" ||
	fail "not the latest records"
ok "the latest records are kept"
balanced "$TMP/small.err" "$TMP/after.err" "$TMP/third.err" ||
	fail "the books do not close"

# One agent at a time.
start one -R "$TMP/empty.pcap" -f - --wait-collectors 1
! "$B/bin/pcapper" -R "$TMP/empty.pcap" -p 0 --spool "$TMP/spool" -f - \
	2>"$TMP/two.err" || fail "two agents use one spool"
grep -q 'another agent uses it' "$TMP/two.err" || fail "no reason given"
ok "a spool belongs to one agent"
stop "$AGENT"
