# Sourced by the scenarios of rotation and full disks: agents fed by a pipe.
# shellcheck shell=bash
# shellcheck source=tests/scenario/collect.bash
. tests/scenario/collect.bash

HOLD='' LISTEN=(--no-listen)
# feed LOG RATE OPTION...: an agent (AGENT, its words in $TMP/agent.err) that
# reads packets without end (FEED), so many a second, into a log.  LISTEN says
# whether collectors may come.
feed()
{
	local log=$1 rate=$2

	shift 2
	rm -f "$TMP/pipe"
	mkfifo "$TMP/pipe"
	spawn "$TMP/agent.err" "$B/bin/pcapper" -R "$TMP/pipe" -p 0 \
		"${LISTEN[@]}" -f "$log" "$@"
	AGENT=$PID
	"$K/mkpcap" 100000000 "$rate" >"$TMP/pipe" &
	FEED=$!
	LIB_PIDS+=("$FEED")
	# after both are forked: neither holds it
	exec {HOLD}>"$TMP/pipe"
	wait_for 10 begun "$log" || fail "no packet in $log"
}
begun() { [ -s "$1" ] || [ -n "$(compgen -G "$1.*Z*")" ]; }

# While it is held, an agent that reads does not see the end of the pipe.
rotate_cleanup()
{
	[ -z "${HOLD:-}" ] || exec {HOLD}>&-
	lib_cleanup
}
trap rotate_cleanup EXIT

# feed_pause: no packets for now.
feed_pause() { stop "$FEED"; }

# feed_end STATUS: no more packets; the agent ends with this status.
feed_end()
{
	local rc=0

	stop "$FEED"
	exec {HOLD}>&-
	HOLD=
	wait "$AGENT" || rc=$?
	[ "$rc" -eq "$1" ] || fail "the agent's exit status is $rc, not $1"
	# shellcheck disable=SC2034 # for the scenarios
	MADE=$(counter "$TMP/agent.err" pkt_records)
	# shellcheck disable=SC2034
	LOST=$(counter "$TMP/agent.err" log_lost)
}

# said COUNT TEXT: the agent has said so, so often.
said() { [ "$(grep -c "$2" "$TMP/agent.err")" -eq "$1" ]; }

# await TEXT: until the agent says it.
await() { wait_for 10 grep -q "$1" "$TMP/agent.err" || fail "not: $1"; }

# closed DIR: the closed logs in it, in their order.
closed() { find "$1" -name 'log.*Z*' ! -name '*.tmp' | sort -V; }

# unpack FILE...: their text, compressed or not, one after the other.
unpack() { [ $# -eq 0 ] || gzip -cdf -- "$@"; }

# check_lines FILE: every line is whole, and none comes twice.
check_lines()
{
	! grep -v '^#' "$1" | grep -qvE \
		'^17[0-9]{8}\.[0-9]{6}:[0-9.]+:[0-9]+:10\.0\.0\.2:9:[0-9]+:0:17$' ||
		fail "torn: $(grep -vE '^#|:0:17$' "$1" | head -n 1)"
	[ -z "$(tail -c 1 "$1")" ] || fail "the last line is torn"
	[ -z "$(grep -v '^#' "$1" | cut -d: -f1 | sort | uniq -d | head -n 1)" ] ||
		fail "a line comes twice"
}

# check_ends FILE...: each ends with a line that tells what is in it.
check_ends()
{
	unpack "$@" | awk -F '[ :]' -v files=$# '
	/^# end records / {
		if ($4 != k || (k > 0 && ($6 != first || $8 != last))) {
			print $0 ", but has " k ", " first " to " last
			bad = 1
		}
		k = 0; ends++
	}
	!/^#/ {
		split($1, t, ".")
		last = (t[1] - 1700000000) * 1000000 + t[2]
		if (!k++) first = last
	}
	END {
		if (ends != files || k > 0) print ends " ends of " files
		exit bad || ends != files || k > 0
	}' || fail "the last lines"
}
