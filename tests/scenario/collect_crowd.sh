#!/bin/bash
# A thousand agents at once: all connect, nothing is lost, memory is bounded.
# shellcheck source=tests/scenario/collect.bash
. tests/scenario/collect.bash

n=1000 each=2000
"$K/mkrec" v1 $each >"$TMP/v1"
mkfifo "$TMP/go"
"$K/crowd" $n "$TMP/v1" 10 <"$TMP/go" >"$TMP/crowd.log" 2>&1 &
LIB_PIDS+=("$!")
exec 3>"$TMP/go"
wait_for 10 grep -q '^port' "$TMP/crowd.log" || fail "no crowd"
port=$(awk '/^port/ { print $2 }' "$TMP/crowd.log")
for ((i = 1; i <= n; i++)); do
	echo "$i:127.0.0.1:$port"
done >"$TMP/conf"
"$R" -c "$TMP/conf" --once -o none 2>"$TMP/c.err" &
pid=$!
LIB_PIDS+=("$pid")
wait_for 30 grep -q '^all' "$TMP/crowd.log" || fail "not all connected"

# arrived: whether every record but those held back is here
arrived()
{
	kill -USR1 "$pid"
	[ "$(counter "$TMP/c.err" total.sessions)" -eq $n ] &&
		[ "$(counter "$TMP/c.err" total.octets)" -eq \
			$((n * ($(stat -c %s "$TMP/v1") - 10))) ]
}
wait_for 30 arrived || fail "sessions"
ok "$n agents are connected at once"
rss=$(awk '/^VmRSS/ { print $2 }' "/proc/$pid/status")
per=$((rss / n))
echo "# $per KiB for each connection, all included"
case $B in
*san*) ok "memory is not measured under a sanitizer" ;;
*) [ "$per" -le 150 ] || fail "$per KiB for each"
	ok "at most 150 KiB for each, with its share of the program" ;;
esac
echo >&3
wait "$pid" || fail "status $?"
same "every record arrived" "$(counter "$TMP/c.err" total.records)" \
	$((n * each))
same "nothing unexplained" "$(counter "$TMP/c.err" total.lost_unexplained)" 0
