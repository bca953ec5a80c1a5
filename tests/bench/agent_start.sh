#!/bin/bash
# From the start of a daemon until its parent returns: it captures and listens
# then.  The middle of eleven starts.
set -u
# shellcheck source=tests/bench/lib.bash
. tests/bench/lib.bash

[ "$(id -u)" -eq 0 ] || not_measured "needs root"
[ -x "$B/bin/pcapper" ] || not_measured "pcapper is not built"

# start: print the milliseconds that one start takes.
start()
{
	local from=$EPOCHREALTIME pid to

	"$B/bin/pcapper" --daemon --pidfile "$TMP/pid" -i lo -p 0 -q \
		--listen 127.0.0.1 -f "$TMP/log" --buffer 256K \
		2>"$TMP/err" || return 1
	to=$EPOCHREALTIME
	read -r pid <"$TMP/pid"
	kill "$pid"
	wait_for 5 test ! -e "$TMP/pid" || return 1
	ratio "$((${to/./} - ${from/./}))" 1000
}

for ((i = 0; i < 11; i++)); do
	start || {
		cat "$TMP/err" >&2
		exit 1
	}
done >"$TMP/times"
figure agent.start.ready "$(sort -n "$TMP/times" | sed -n 6p)" ms "<=50"
