#!/bin/bash
# Two collectors of one agent that is killed.  What it left is kept until both
# have it, also what the next run says while one of them is away: in the end
# both have stored the same, each record once.
set -eu
B=${B:-build}
cd "$(dirname "$0")/../.."
[ -n "${GUARDED:-}" ] || exec env GUARDED=1 timeout 55 "$0"
. tests/tools/lib.bash

fail() { echo "not ok $*"; tail -n 40 "$TMP"/*.err; exit 1; }

printf '[agents]\nretry-min = 50\nretry-max = 100\n' >"$TMP/conf"

# agent NAME SEED SPAN: one that sees 2,000 packets a second, no two of which
# have the same line of text, whoever sees them.
agent()
{
	mkfifo "$TMP/$1.pcap"
	python3 tests/tools/slowcap.py "$2" pings 200000 "$3" 100 \
		>"$TMP/$1.pcap" 2>/dev/null &
	LIB_PIDS+=("$!")
	spawn "$TMP/$1.err" "$B/bin/pcapper" -R "$TMP/$1.pcap" --no-log \
	    --listen "unix:$TMP/agent" --spool "$TMP/spool"
	AGENT=$PID
	wait_for 5 grep -q 'listening at' "$TMP/$1.err" ||
		fail "$1 does not listen"
}
# collector NAME: its number is PID.
collector()
{
	spawn "$TMP/$1.err" "$B/bin/recollect" -c "$TMP/conf" --latency 20 \
	    --agent "unix:$TMP/agent" --state "$TMP/state.$1" \
	    -o text:"$TMP/$1"
}
# gone PID: kill a program, and wait until it is gone.
gone()
{
	kill -9 "$1"
	wait "$1" 2>/dev/null || :
}
id_of() { grep -aoE '[0-9a-f]{16}' "$TMP/state.$1/agents" | head -n 1; }
# acked NAME: what a collector has of the latest stream that is kept for it.
acked()
{
	local mark

	mark=$(grep -l "#$(id_of "$1")\$" "$TMP"/spool/*.mark |
		xargs grep -H since | LC_ALL=C sort -t ' ' -k 2 |
		tail -n 1 | cut -d : -f 1)
	awk -v who="#$(id_of "$1")" '$4 == who { print $2 + 0 }' "$mark"
}
passed() { [ "$(acked "$1")" -ge "$2" ]; }
# has NAME COUNT: wait until it has acknowledged so many.
has()
{
	wait_for 15 passed "$1" "$2" || {
		tail -n 5 "$TMP"/spool/*.mark
		fail "$1 has no $2 records"
	}
}
# streams COUNT: whether so many have files.
streams()
{
	[ "$(find "$TMP/spool" -name '*.pms' -printf '%f\n' | cut -c 1-32 |
		sort -u | wc -l)" -eq "$1" ]
}

agent one 1 10.1
collector a
FIRST=$PID
collector b
SECOND=$PID
has a 2000
has b 2000
gone "$SECOND"
had=$(acked b)
has a $((had + 4000))
[ "$(acked b)" -eq "$had" ] || fail "the agent forgets what b has"
gone "$AGENT"

agent two 2 11.3
has a 3000
streams 2 || fail "what b lacks is gone"
collector b
SECOND=$PID
wait_for 10 streams 1 || fail "what both have is kept"
has b 3000
ok "who comes back last gets what the run before kept"

kill -STOP "$SECOND"
had=$(acked b)
has a $((had + 4000))
gone "$AGENT"
agent three 3 12.7
has a 2000
kill -CONT "$SECOND"
has b 2000
terminate "$AGENT" "the last agent"
streams 0 || fail "what both have is kept"
stop "$FIRST" "$SECOND"
for c in a b; do
	grep -v '^#' "$TMP/$c" | LC_ALL=C sort >"$TMP/$c.sorted"
done
cmp "$TMP/a.sorted" "$TMP/b.sorted" || fail "they have not the same"
[ "$(wc -l <"$TMP/b.sorted")" -gt 20000 ] || fail "both have little"
ok "both have stored the same"
[ -z "$(LC_ALL=C uniq -d "$TMP/b.sorted")" ] || fail "some are there twice"
ok "nothing is stored twice"
