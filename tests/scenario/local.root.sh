#!/bin/bash
# A daemon in a node's directory: its socket is opened while there are
# privileges, served without them and behind the filter of system calls.
set -eu
B=$(realpath "${B:-build}")
cd "$(dirname "$0")/../.."
[ -n "${GUARDED:-}" ] || exec env GUARDED=1 timeout 50 "$0"
# shellcheck source=tests/tools/lib.bash
. tests/tools/lib.bash

fail() { echo "not ok $*"; cat "$TMP"/*.err "$TMP"/n1.conf/*.err; exit 1; }
dir=$TMP/n1.conf
mkdir "$dir"
chmod 755 "$TMP" "$dir"
s=$dir/pcapper.sock

# agent OPTION...: a daemon on lo, started in that directory as CORE does.
agent()
{
	(cd "$dir" && umask 0 && "$B/bin/pcapper" --daemon \
		--pidfile pcapper.pid --listen unix:pcapper.sock -i lo \
		-m 'udp port 9' --no-log "$@" 2>a.err) ||
		fail "exit status $?"
	read -r AGENT <"$dir/pcapper.pid"
	LIB_PIDS+=("$AGENT")
}
has() { grep -q "^$1:[[:space:]]*$2" "/proc/$AGENT/status"; }
end()
{
	kill "$AGENT"
	wait_for 10 has_ended "$AGENT" || fail "it does not end"
}
datagram() { echo >/dev/udp/127.0.0.1/9; }
# seen: whether a collector at the socket gets packets.
seen()
{
	datagram
	[ "$(grep -c ':127.0.0.1:9:' "$TMP/text")" -gt 0 ]
}
collected()
{
	: >"$TMP/text"
	spawn "$TMP/c.err" "$B/bin/recollect" --agent "unix:$s" \
		-o "text:$TMP/text"
	wait_for 10 seen || fail "no packet from the socket"
	stop "$PID"
}

agent
[ "$(stat -c %a "$s")" = 600 ] || fail "mode $(stat -c %a "$s")"
! ss -Hltnp | grep -q "pid=$AGENT," || fail "TCP is open too"
collected
end
[ ! -e "$s" ] || fail "the socket is left behind"
ok "a daemon serves its socket, and takes it away"

agent --user nobody
has CapEff 0000000000002000 || fail "capabilities"
has Uid "$(id -u nobody)" || fail "user"
collected
end
[ -S "$s" ] || fail "nobody removed a file of root"
ok "without privileges it serves the socket that root opened"

agent
collected
end
[ ! -e "$s" ] || fail "the socket is left behind"
ok "the next one replaces what could not be removed"

# Who may not open the socket gets nothing.
agent
spawn "$TMP/n.err" setpriv --reuid nobody --clear-groups \
	"$B/bin/recollect" --agent "unix:$s" -o none
wait_for 10 grep -q 'no connection: Permission denied' "$TMP/n.err" ||
	fail "nobody was served"
stop "$PID"
end
ok "the mode of the socket keeps others out"
