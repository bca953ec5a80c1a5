#!/bin/bash
# Collectors at a socket in the file system: alone and beside TCP, who may
# connect, what a dead agent leaves, and a collector that was there first.
# shellcheck source=tests/scenario/tls.bash
. tests/scenario/tls.bash

s=$TMP/agent.sock
n=$("$B/bin/pcapper" -q --no-listen -R $input -f "$TMP/want" 2>&1 |
	awk '$1 == "pkt_records" { print $2 }')

# at OPTION...: an agent with that socket, which waits for its collector.
at()
{
	n_agents=$((n_agents + 1))
	A=a$n_agents.err
	spawn "$TMP/$A" "$B/bin/pcapper" --listen "unix:$s" -R $input \
		--no-log --wait-collectors 1 "$@"
	AGENT=$PID
	says "$A" "listening at unix:$s"
}
# from WHERE OPTION...: a collector that takes all of it.
from()
{
	local where=$1

	shift
	rm -f "$TMP/text"
	timeout 20 "$B/bin/recollect" "$where" --once -o "text:$TMP/text" "$@" \
		2>"$TMP/c.err" || fail "collector: exit status $?"
	wait "$AGENT" || fail "agent: exit status $?"
	[ "$(counter "$TMP/c.err" total.records)" -eq "$n" ] || fail "records"
	balanced "$TMP/$A" "$TMP/c.err" || fail "the books do not close"
	cmp -s "$TMP/text" "$TMP/want" || fail "the lines differ"
}

umask 0
at
[ "$(stat -c %a "$s")" = 600 ] || fail "mode $(stat -c %a "$s")"
! grep -q 'port' "$TMP/$A" || fail "TCP is open too"
from --agent="unix:$s"
[ ! -e "$s" ] || fail "the socket is left behind"
says "$A" "collector unix:uid=$(id -u),gid=$(id -g),pid=[0-9]*: attached (v1)"
grep -qx "agent.1.address unix:$s" "$TMP/c.err" || fail "ledger"
ok "every record comes through the socket; the log tells who took them"

at --listen-mode 660
[ "$(stat -c %a "$s")" = 660 ] || fail "mode $(stat -c %a "$s")"
printf '7:unix:%s\n' "$s" >"$TMP/conf"
"$B/bin/recollect" -c "$TMP/conf" -n | grep -qx "7:unix:$s" || fail "-n"
from --config="$TMP/conf"
grep -q '^agent.7.records' "$TMP/c.err" || fail "host number 7"
ok "a line of collector.conf names it"

# Both ways at a time, and each has everything.
at -p 0 --listen 127.0.0.1 --wait-collectors 2
PORT=$(agent_port "$TMP/$A") || fail "$A does not say: listening on port"
timeout 20 "$B/bin/recollect" --agent "127.0.0.1:$PORT" --once -o none \
	2>"$TMP/tcp.err" &
TCP=$!
from --agent="unix:$s"
wait $TCP || fail "collector by TCP"
[ "$(counter "$TMP/tcp.err" total.records)" -eq "$n" ] || fail "TCP: records"
balanced "$TMP/$A" "$TMP/tcp.err" || fail "the books of TCP do not close"
ok "beside TCP"

at --legacy-wait 50
old() { python3 -c '
import socket, sys
s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1])
n = 0
while True:
	b = s.recv(65536)
	if not b: break
	n += len(b)
print(n)' "$s"; }
[ $(($(old) / 28)) -eq "$n" ] || fail "an old collector"
wait "$AGENT" || fail "agent: exit status $?"
ok "who stays silent gets old records"

at
! timeout 10 "$B/bin/pcapper" --listen "unix:$s" -R $input --no-log \
	2>"$TMP/second.err" || fail "two at one socket"
says second.err 'somebody listens there'
kill -9 "$AGENT"
wait "$AGENT" 2>/dev/null || :
[ -S "$s" ] || fail "no socket left"
at
from --agent="unix:$s"
ok "a live socket is an error, a dead one is replaced"

# refused OPTION...: the list of who may connect does not name us.
refused()
{
	at "$@"
	spawn "$TMP/r.err" "$B/bin/recollect" --agent "unix:$s" -o none
	says "$A" 'unix:uid=.*refused: its address is not allowed'
	stop "$PID" "$AGENT"
	(($(counter "$TMP/$A" peer_not_allowed) > 0)) || fail "peer_not_allowed"
}
refused --allow 127.0.0.0/8
refused --allow unix:4294967294
at --allow unix
from --agent="unix:$s"
at --allow "unix:$(id -u)"
from --agent="unix:$s"
ok "the list of who may connect"

psk some "node:$key"
at "${tls[@]}" --require-tls
from --agent="unix:$s" "${tls[@]}"
ok "TLS"

spawn "$TMP/first.err" "$B/bin/recollect" --agent "unix:$s" --once \
	-o "text:$TMP/first"
COLLECTOR=$PID
says first.err "agent 1 (unix:$s): no connection: No such file"
at
wait "$AGENT" || fail "agent: exit status $?"
wait "$COLLECTOR" || fail "collector: exit status $?"
cmp -s "$TMP/first" "$TMP/want" || fail "the lines differ"
ok "a collector that was there first tries again"

# usage MESSAGE OPTION...: a mistake on the command line
usage()
{
	local said=$1 rc=0

	shift
	"$B/bin/pcapper" -R $input --no-log "$@" 2>"$TMP/u.err" || rc=$?
	[ $rc -ne 0 ] || fail "$*: no error"
	says u.err "$said"
}
usage 'one address and one unix:PATH' --listen "unix:$s" --listen unix:x
usage 'one address and one unix:PATH' --listen ::1 --listen 127.0.0.1
usage 'is not octal' --listen "unix:$s" --listen-mode 1000
usage 'has 1 to 107 octets' --listen unix:
usage 'exists and is no socket' --listen "unix:$TMP/want"
usage 'exclude each other' --listen "unix:$s" --no-listen
! "$B/bin/recollect" --agent unix: 2>"$TMP/u.err" || fail "an empty path"
says u.err 'not an address'
ok "mistakes are named"
