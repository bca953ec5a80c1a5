#!/bin/bash
# From the start of a daemon until its parent returns: it captures and listens
# then.  The middle of eleven starts, on one interface and on four.
set -u
# shellcheck source=tests/bench/lib.bash
. tests/bench/lib.bash

[ "$(id -u)" -eq 0 ] || not_measured "needs root"
[ -x "$B/bin/pcapper" ] || not_measured "pcapper is not built"

# start OPTION...: print the milliseconds that one start takes.
start()
{
	local from=$EPOCHREALTIME pid to

	"$B/bin/pcapper" --daemon --pidfile "$TMP/pid" -p 0 -q \
		--listen 127.0.0.1 -f "$TMP/log" --buffer 512K "$@" \
		2>"$TMP/err" || return 1
	to=$EPOCHREALTIME
	read -r pid <"$TMP/pid"
	kill "$pid"
	wait_for 5 test ! -e "$TMP/pid" || return 1
	ratio "$((${to/./} - ${from/./}))" 1000
}

# starts OPTION...
starts()
{
	local i

	for ((i = 0; i < 11; i++)); do
		start "$@" || {
			cat "$TMP/err" >&2
			exit 1
		}
	done >"$TMP/times"
	sort -n "$TMP/times" | sed -n 6p
}

four=bench-four$$
ip netns add "$four"
LIB_NETNS+=("$four")
for i in 1 2; do
	ip -n "$four" link add "a$i" type veth peer name "b$i"
	ip -n "$four" link set "a$i" up
	ip -n "$four" link set "b$i" up
done
figure agent.start.ready "$(starts -i lo)" ms "<=50"
figure agent.start.four "$(starts --netns "$four")" ms "<=50"
