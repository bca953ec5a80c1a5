#!/bin/bash
# An agent in the background: its parent returns when collectors can connect,
# nothing keeps the streams of the caller open, one agent holds a pid file.
set -eu
B=${B:-build}
cd "$(dirname "$0")/../.."
[ -n "${GUARDED:-}" ] || exec env GUARDED=1 timeout 50 "$0"
. tests/tools/lib.bash

fail() { echo "not ok $*"; cat "$TMP"/*.err; exit 1; }
pid=$TMP/agent.pid

# agent OPTION...: an agent that needs no privilege, with the pid file.
agent()
{
	"$B/bin/pcapper" --dnstap "$TMP/tap" --listen 127.0.0.1 -f "$TMP/log" \
		--pidfile "$pid" "$@"
}
# running: the daemon that is started now is stopped at the end.
running()
{
	read -r AGENT <"$pid"
	LIB_PIDS+=("$AGENT")
}

# The substitution ends only at the end of both streams, as CORE's wait does.
out=$(agent -p 0 --daemon 2>&1) || fail "exit status $?: $out"
running
kill -0 "$AGENT" || fail "no daemon"
port=$(sed -n 's/.*listening on port \([0-9]*\).*/\1/p' <<<"$out")
exec 3<>"/dev/tcp/127.0.0.1/$port" || fail "it does not listen yet"
exec 3>&-
ok "the parent returns when the port is open, its streams are closed"

zero='packets/s 0 dropped 0 lost 0 collectors'
# says TEXT STATUS: whether this is what --status prints, and returns.
says()
{
	local rc=0 line

	line=$("$B/bin/pcapper" --status --pidfile "$pid" 2>&1) || rc=$?
	[ "$line" = "$1" ] && [ $rc -eq "$2" ]
}
says "running $zero 0" 0 || fail "status at once"
exec 3<>"/dev/tcp/127.0.0.1/$port"
echo TEXT >&3
wait_for 5 says "running $zero 1" 0 || fail "status with a collector"
kill -STOP "$AGENT"
wait_for 10 says "stalled $zero 1" 1 || fail "status of a stopped process"
kill -CONT "$AGENT"
wait_for 5 says "running $zero 1" 0 || fail "status after that"
exec 3>&-
ok "--status tells whether it runs, from the first moment on"

rc=0
agent -p 0 --daemon 2>"$TMP/second.err" || rc=$?
[ $rc -eq 1 ] || fail "exit status $rc of a second agent"
grep -q "agent.pid: process $AGENT holds it" "$TMP/second.err" ||
	fail "no word about the first agent"
kill -0 "$AGENT" || fail "the first agent ended"
[ "$(cat "$pid")" = "$AGENT" ] || fail "the file of the first one changed"
ok "a second agent with this pid file is refused, whatever its port"

kill "$AGENT"
wait_for 10 has_ended "$AGENT" || fail "it does not end"
[ ! -e "$pid" ] || fail "the pid file stays"
[ ! -e "$pid.status" ] || fail "the file beside it stays"
says stopped 1 || fail "status of no agent"
ok "the pid file is removed at the end"

agent -p 0 --daemon 2>"$TMP/kept.err" || fail "exit status $?"
running
kill -USR1 "$AGENT"
wait_for 5 grep -q '^old_clamped 0' "$TMP/kept.err" || fail "no counters"
ok "messages to a regular file go on"

kill -KILL "$AGENT"
wait_for 10 has_ended "$AGENT" || fail "it survives SIGKILL"
says stopped 1 || fail "status of a killed agent"
[ "$(cat "$pid")" = "$AGENT" ] || fail "it left no pid file"
was=$AGENT
spawn "$TMP/front.err" "$B/bin/pcapper" --dnstap "$TMP/tap" --no-log -p 0 \
	--pidfile "$pid"
wait_for 5 grep -q 'listening on port' "$TMP/front.err" || fail "no agent"
[ "$(cat "$pid")" = "$PID" ] || fail "the number is not that of the process"
[ "$PID" != "$was" ] || fail "the same process"
ok "what a killed agent left is replaced, in the foreground, too"
terminate "$PID"
[ ! -e "$pid" ] || fail "the pid file stays"

rc=0
out=$(agent --daemon -p 0 --write "$TMP/none/file" 2>&1) || rc=$?
[ $rc -eq 1 ] || fail "exit status $rc of an agent that cannot start"
grep -q 'none/file: No such file' <<<"$out" || fail "not why: $out"
[ ! -e "$pid" ] || fail "the pid file of an agent that never ran"
ok "a daemon that cannot start says why, with exit status 1"

rc=0
agent --daemon -p 0 -w - 2>"$TMP/stdout.err" || rc=$?
[ $rc -eq 2 ] || fail "exit status $rc with standard output"
rc=0
"$B/bin/pcapper" --daemon -R - --no-listen 2>"$TMP/stdin.err" </dev/null || rc=$?
[ $rc -eq 2 ] || fail "exit status $rc with standard input"
ok "standard streams are not for a daemon"
