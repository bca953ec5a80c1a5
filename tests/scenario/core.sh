#!/bin/bash
# The collector in a session of CORE that is not as it should be: names that
# harm, agents that cannot be reached, XML that is none, directories that stay.
set -eu
B=$(realpath "${B:-build}")
cd "$(dirname "$0")/../.."
[ -n "${GUARDED:-}" ] || exec env GUARDED=1 timeout 55 "$0"
# shellcheck source=tests/tools/lib.bash
. tests/tools/lib.bash

fail() { echo "not ok $*"; tail -n 30 "$TMP"/*.err; exit 1; }
input=$PWD/tests/golden/mgen-udp4-multi.pcap
S=$TMP/pycore.1
mkdir "$S"

unset NODE_NAME
NODE=
# agent DIR OPTION...: one that waits for its collector; AGENT is its number.
agent()
{
	local dir=$1

	shift
	mkdir -p "$S/$dir"
	(cd "$S/$dir" && exec env ${NODE:+"$NODE"} "$B/bin/pcapper" -R "$input" \
		--listen unix:pcapper.sock --no-log --wait-collectors 1 "$@" \
		>a.err 2>&1 </dev/null) &
	AGENT=$!
	LIB_PIDS+=("$AGENT")
	wait_for 10 test -S "$S/$dir/pcapper.sock" || fail "agent in $dir"
}
# collect OPTION...: a collector of that session; N is the next one's number.
N=0
collect()
{
	N=$((N + 1))
	spawn "$TMP/c$N.err" "$B/bin/recollect" --core "$S" -v \
		-o "json:$TMP/out$N.json" "$@"
	COLLECTOR=$PID
}
says() { wait_for 10 grep -q -e "$1" "$TMP/c$N.err" || fail "no \"$1\""; }
silent() { ! grep -q -e "$1" "$TMP/c$N.err" || fail "says \"$1\""; }
names() { sed -n 's/.*"name":"\([^"]*\)".*/\1/p' "$TMP/out$N.json" | sort -u; }
over() { stop "$COLLECTOR"; }

evil=$'n\e]2;x\a \n/'
evil=${evil%/}
agent "$evil.conf"
agent n2.conf --node $'a\tb'
mkdir "$S/.conf" "$S/n3.conf"
: >"$S/n4.conf"
mkfifo "$S/session-deployed.xml"
collect
says 'node n_\]2;x____*$'
says 'node n2$'
wait_for 10 test ! -e "$S/n2.conf/pcapper.sock" || fail "n2 is not read"
wait_for 10 test ! -e "$S/$evil.conf/pcapper.sock" || fail "the evil one"
over
! LC_ALL=C grep -q $'[\1-\10\16-\37\177-\377]' "$TMP/c1.err" "$TMP/out1.json" ||
	fail "control characters"
names | grep -qx 'n_]2;x____*' || fail "$(names)"
rm -r "$S"/.conf "$S"/n* "$S/session-deployed.xml"
ok "names do no harm; what is no node is passed over"

# Broken at first, as while it is written; then whole, with other names in it.
echo '<scenario><devices><device id="7" name="n' >"$S/session-deployed.xml"
collect
says 'session-deployed.xml: no XML of a session: .'
echo '<scenario><devices><device id="7" name="n1"/><device id="8"
	name="../../x"/></devices></scenario>' >"$S/xml"
mv "$S/xml" "$S/session-deployed.xml"
NODE='NODE_NAME=alias' agent n1.conf
says 'node n1, id 7:'
wait "$AGENT" || fail "agent: exit status $?"
gone() { grep -q '"host":7,"name":"alias","kind":"packet"' "$TMP/out$N.json"; }
wait_for 10 gone || fail "nothing of host 7"
silent 'node n1: gone'
ok "the XML may come late, and broken before"

# Its directory stays (preservedir=1), the file of its process goes.
agent n5.conf
echo 1 >"$S/n5.pid"
says 'node n5'
sleep_end=$((SECONDS + 2))
until ((SECONDS >= sleep_end)); do sleep 0.1; done
silent 'gone'
rm "$S/n5.pid"
says 'node n5: gone'
over
rm -r "$S"/n*
ok "a node goes with the file of its process"

# An agent that listens elsewhere; and a path that is too long for a socket.
mkdir "$S/n6.conf"
echo 1 >"$S/n6.conf/pcapper.pid"
long=$(printf 'l%.0s' {1..90})
agent "$long.conf"
collect
says 'node n6: its agent does not listen at pcapper.sock'
says 'the path of its socket has more than 107 octets'
[ "$(grep -c 'octets' "$TMP/c$N.err")" -eq 1 ] || fail "told again"
kill "$AGENT"
ok "agents that cannot be reached are named"

# Another session in its place is another one.
mv "$S" "$TMP/old"
mkdir "$S"
wait "$COLLECTOR" || fail "exit status $?"
says "session $S: ended"
ok "a new session of the same number is another one"

collect --once --agent 127.0.0.1:1
says 'no connection'
rm -r "$S"
says "session $S: ended"
kill -0 "$COLLECTOR" || fail "it ended, though there are others"
over
ok "with other agents, the end of the session is not the end"

# usage MESSAGE OPTION...: it does not start
usage()
{
	local said=$1

	shift
	! timeout 10 "$B/bin/recollect" "$@" 2>"$TMP/u.err" || fail "$*"
	grep -q "$said" "$TMP/u.err" || fail "$*: no \"$said\""
}
usage '4000000001: No such file' --core 4000000001
usage 'Not a directory' --core "$input"
usage 'No such file' --core ''
usage 'not with --agent, --core' --core "$TMP" -R "$input"
ok "mistakes are named"
