#!/bin/bash
# A daemon captures when its parent returns; who asks how it is doing need not
# share its processes' numbers, nor need it keep its privileges to answer; it
# goes with the node that it runs in.
set -eu
B=${B:-build}
cd "$(dirname "$0")/../.."
[ -n "${GUARDED:-}" ] || exec env GUARDED=1 timeout 50 "$0"
. tests/tools/lib.bash

fail() { echo "not ok $*"; cat "$TMP"/*.err; exit 1; }
pid=$TMP/agent.pid
chmod 755 "$TMP"

# agent OPTION...: an agent on lo that becomes a daemon.
agent()
{
	"$B/bin/pcapper" --daemon --pidfile "$pid" -i lo -p 0 --listen \
		127.0.0.1 -m 'udp port 9' -f "$TMP/log" --log-always "$@"
}
# says PATTERN STATUS: whether this is what --status prints, and returns.
says()
{
	local rc=0 line

	line=$("$B/bin/pcapper" --status --pidfile "$pid" 2>&1) || rc=$?
	# shellcheck disable=SC2254 # a pattern
	case $line in $1) [ $rc -eq "$2" ] ;; *) false ;; esac
}
# one datagram for the port that is watched
datagram() { echo >/dev/udp/127.0.0.1/9; }

agent 2>"$TMP/live.err" || fail "exit status $?"
datagram
read -r AGENT <"$pid"
LIB_PIDS+=("$AGENT")
wait_for 5 grep -q ':127.0.0.1:9:' "$TMP/log" || fail "not captured"
ok "the first packet after the return is captured"
kill "$AGENT"
wait_for 10 has_ended "$AGENT" || fail "it does not end"

agent --user nobody 2>"$TMP/nobody.err" || fail "exit status $?"
read -r AGENT <"$pid"
LIB_PIDS+=("$AGENT")
busy() { datagram; says 'running packets/s [1-9]*' 0; }
wait_for 10 busy || fail "the line stays what it was"
wait_for 10 says 'running packets/s 0 *' 0 || fail "the rate stays"
ok "without privileges it goes on saying how it is doing"
kill "$AGENT"
wait_for 10 has_ended "$AGENT" || fail "it does not end"
[ -e "$pid" ] || fail "nobody could remove the file of root"
says stopped 1 || fail "its file, which it could not remove, counts"
ok "a file that could not be removed is held by nobody"

# As in CORE: numbers of its own, and the first process ends all others.
node='"$@" || exit 1; echo ready; read -r _'
mkfifo "$TMP/in"
unshare --pid --fork --kill-child sh -c "$node" node \
	"$B/bin/pcapper" --daemon --pidfile "$pid" -i lo -p 0 --no-log \
	<>"$TMP/in" >"$TMP/node" 2>"$TMP/node.err" &
NODE=$!
LIB_PIDS+=("$NODE")
wait_for 10 grep -q ready "$TMP/node" || fail "no agent in the node"
[ "$(cat "$pid")" -lt 100 ] || fail "the number is not the node's"
says 'running *' 0 || fail "status from outside of the node"
echo >"$TMP/in"
wait "$NODE" || fail "the node: exit status $?"
wait_for 5 says stopped 1 || fail "status after the end of the node"
ok "an agent in a node with process numbers of its own is seen, and its end"
