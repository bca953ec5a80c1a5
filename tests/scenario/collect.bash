# Sourced by the scenarios of recollect: a collector and its invented agents.
# shellcheck shell=bash
set -eu
B=${B:-build}
# shellcheck source=tests/tools/lib.bash
. tests/tools/lib.bash
# shellcheck disable=SC2034 # for the scenarios
R=$B/bin/recollect K=$B/tools

# fail WHAT...: end the scenario, showing what the programs said.
fail()
{
	echo "not ok $*"
	tail -n 30 "$TMP"/*.err "$TMP"/*.log 2>/dev/null
	exit 1
}

# agent NAME INPUT [SECONDS]: serve a file to one collector; PORT is where.
# shellcheck disable=SC2034 # for the scenarios
agent()
{
	"$K/serve" ${3:+"$3"} <"$2" >"$TMP/$1.log" 2>&1 &
	LIB_PIDS+=("$!")
	wait_for 10 grep -q '^port' "$TMP/$1.log" || fail "agent $1"
	PORT=$(awk '/^port/ { print $2 }' "$TMP/$1.log")
}
