#!/bin/bash
# Why packets go missing, made real in a namespace: the doctor finds each
# trouble, its commands mend what can be mended there, and it changes nothing.
# shellcheck disable=SC2015 # fail does not return
set -eu
B=${B:-build}
cd "$(dirname "$0")/../.."
[ -n "${GUARDED:-}" ] || exec env GUARDED=1 timeout 100 "$0"
# shellcheck source=tests/tools/lib.bash
. tests/tools/lib.bash

a=doc-a$$ b=doc-b$$ net=10.177.12
fail() { echo "not ok $*"; tail -n 9 "$TMP"/*.err; exit 1; }
netpair $a $b $net

# doctor NAME OPTION...: its answer, in NAME.out, JSON; RC is its exit status.
doctor()
{
	local name=$1

	shift
	RC=0
	ip netns exec $b "$B/bin/pcapper" --doctor --json "$@" \
		>"$TMP/$name.out" 2>"$TMP/$name.err" || RC=$?
	[ $RC -lt 2 ] || fail "$name: exit status $RC"
}
# item NAME CHECK SUBJECT ITEM MEMBER: one member of one item; "" without one.
item()
{
	python3 - "$TMP/$1.out" "${@:2}" <<'END'
import json, sys
path, check, subject, name, member = sys.argv[1:]
for i in json.load(open(path))["items"]:
    if (i["check"], i["subject"], i["name"]) == (check, subject, name):
        print(i.get(member, ""))
END
}
# is NAME CHECK SUBJECT ITEM VERDICT
is()
{
	local v

	v=$(item "$1" "$2" "$3" "$4" verdict)
	[ "$v" = "$5" ] || fail "$1: $2 $3 $4 is \"$v\", should be $5"
}
# mend NAME CHECK SUBJECT ITEM: do what it says.
mend()
{
	local command

	command=$(item "$1" "$2" "$3" "$4" mend)
	[ -n "$command" ] || fail "$1: nothing mends $2 $3 $4"
	ip netns exec $b sh -c "$command" >/dev/null || fail "$command"
}

# ---- offloads and steering: wrong as they come, mended by the commands
before=$(ip netns exec $b sh -c 'ethtool -k veth0; cat /proc/sys/net/core/*max')
doctor first -i veth0
[ $RC = 1 ] || fail "something is wrong, exit status $RC"
after=$(ip netns exec $b sh -c 'ethtool -k veth0; cat /proc/sys/net/core/*max')
[ "$before" = "$after" ] || fail "something was changed"
ok "the doctor changes nothing"
for o in gso tso; do
	is first offload veth0 $o wrong
	mend first offload veth0 $o
done
ip netns exec $b ethtool -K veth0 gro on
doctor gro -i veth0
is gro offload veth0 gro wrong
mend gro offload veth0 gro
if [ "$(nproc)" -gt 1 ]; then
	is first steering lo rx-0 wrong
	is first steering veth0 rx-0 wrong
	# each lives in the namespace's own /sys
	mend first steering lo rx-0
	mend first steering veth0 rx-0
fi
doctor mended -i veth0
for o in gro gso tso; do
	is mended offload veth0 $o ok
done
is mended steering lo rx-0 ok
is mended steering veth0 rx-0 ok
ok "offloads and steering are mended by the commands shown"

# ---- an interface that drops: frames of a protocol that nobody takes
ip netns exec $a python3 - <<'END'
import socket
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind(("veth0", 0))
for i in range(5):
    s.send(b"\xff" * 6 + b"\x02" * 6 + b"\x88\xb5" + b"x" * 60)
END
doctor dropped -i veth0
is mended interface veth0 rx_dropped ok
is dropped interface veth0 rx_dropped wrong
ok "an interface that drops is told: $(item dropped interface veth0 \
	rx_dropped value)"

# ---- a socket that nobody reads, filled while the doctor watches
cat >"$TMP/deaf.py" <<'END'
import socket, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
s.bind(("127.0.0.1", 0))
t = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
print(s.getsockname()[1], flush=True)
while True:
    t.sendto(b"x" * 1000, s.getsockname())
    time.sleep(0.002)
END
NS=$b spawn "$TMP/deaf.out" python3 "$TMP/deaf.py"
DEAF=$PID
wait_for 10 test -s "$TMP/deaf.out" || fail "the deaf socket"
port=$(cat "$TMP/deaf.out")
doctor watch -i veth0 --watch 1
is watch udp "127.0.0.1:$port" drops wrong
is watch udp ipv4 RcvbufErrors wrong
[ "$(item watch udp "127.0.0.1:$port" rx_queue value)" -gt 0 ] ||
	fail "nothing waits in the socket"
ok "a socket that loses datagrams is named"
stop "$DEAF"
doctor quiet -i veth0 --watch 1
is quiet udp ipv4 RcvbufErrors ok
[ -z "$(item quiet udp "127.0.0.1:$port" drops verdict)" ] ||
	fail "the socket is gone"
ok "with --watch old errors are not told again"

# ---- an agent tells its collector of both
NS=$b spawn "$TMP/agent.err" "$B/bin/pcapper" -i veth0 -p 0 --no-log
AGENT=$PID
to=$(agent_port "$TMP/agent.err") || fail "no port"
NS=$b spawn "$TMP/collector.err" "$B/bin/recollect" -o none \
	--agent "127.0.0.1:$to"
COLLECTOR=$PID
wait_for 10 grep -q attached "$TMP/agent.err" || fail "not attached"
# lost: what nobody watches, one datagram at a time
NS=$b spawn "$TMP/deaf.out" python3 "$TMP/deaf.py"
DEAF=$PID
overrun()
{
	ip netns exec $b sh -c 'cat /proc/net/udp' |
		awk '$NF + 0 > 20 { found = 1 } END { exit !found }'
}
wait_for 10 overrun || fail "the deaf socket loses nothing"
stop "$DEAF"
stop "$AGENT"
stop "$COLLECTOR"
told=$(counter "$TMP/collector.err" total.host_udp)
[ "$told" -gt 20 ] || fail "the collector was told of $told"
[ "$told" = "$(counter "$TMP/agent.err" host_udp)" ] ||
	fail "agent and collector differ"
ok "the collector's ledger names what the agent's host lost: $told"

# ---- the capture's own drops: it is stopped while the ring runs over
mac=$(ip netns exec $b cat /sys/class/net/veth0/address)
ip -n $a neigh replace $net.9 lladdr "$mac" dev veth0 nud permanent
ip netns exec $b sysctl -qw net.ipv4.ip_forward=0
NS=$b spawn "$TMP/ring.out" "$B/bin/pcapper" --doctor --json -i veth0 \
	--buffer 64K --watch 4
DOCTOR=$PID
captures()
{
	ip netns exec $b ss -0 -H | grep -q veth0 &&
		grep -q poll "/proc/$DOCTOR/wchan"
}
wait_for 4 captures || fail "no capture"
kill -STOP "$DOCTOR"
ip netns exec $a "$B/tools/blast" $net.9 9 20000 1 >"$TMP/blast.out"
kill -CONT "$DOCTOR"
wait "$DOCTOR" && fail "nothing was wrong"
is ring capture veth0 ps_drop wrong
ok "drops of the capture itself are told: $(item ring capture veth0 \
	ps_drop value) of $(cut -d' ' -f1 "$TMP/blast.out")"

# ---- without privileges it reads what it can, and says what it could not
RC=0
ip netns exec $b setpriv --reuid 65534 --regid 65534 --clear-groups \
	"$PWD/$B/bin/pcapper" --doctor -i veth0 >"$TMP/nobody.out" \
	2>"$TMP/nobody.err" || RC=$?
[ $RC -lt 2 ] || fail "unprivileged: exit status $RC"
grep -q '^unread capture *veth0 *ps_drop *Operation not permitted' \
	"$TMP/nobody.out" || fail "unprivileged: capture"
grep -q '^ok *offload *veth0 *gro *off' "$TMP/nobody.out" ||
	fail "unprivileged: offload"
ok "it works unprivileged, and says what it could not read"

# ---- no /sys, as in some containers, or that of another network namespace
ip -n $a addr flush dev veth0
for way in "unshare -m sh -c 'mount -t tmpfs none /sys && exec \"\$@\"' sh" \
	"nsenter --net=/run/netns/$a"; do
	RC=0
	# by veth0 of $b: it is not to read that one's counters
	eval "ip netns exec $b nsenter --net=/run/netns/$a $way \
		'$PWD/$B/bin/pcapper' --doctor" >"$TMP/nosys.out" || RC=$?
	[ $RC -lt 2 ] || fail "$way: exit status $RC"
	for line in '[a-z]* *offload *veth0 *gso' 'unread *steering *veth0' \
		'unread *interface *veth0 *rx_dropped .*No' \
		'[a-z]* *capture *veth0 *ps_drop'; do
		grep -q "^$line" "$TMP/nosys.out" || fail "$way: no $line"
	done
done
ok "with a /sys that is not its own it says what it could not read"

# ---- interfaces that are down, that go, or have names that mean something
odd=$'\e[1m;$(id)'
ip -n $b link add "$odd" type veth peer name gone0
doctor down -i gone0
[ "$(item down capture gone0 ps_drop error)" = "Network is down" ] ||
	fail "an interface that is down"
ip -n $b link set "$odd" up
ip netns exec $b "$B/bin/pcapper" --doctor -i "$odd" >"$TMP/odd.out" || :
! grep -q "$(printf '\033')" "$TMP/odd.out" || fail "a terminal would obey it"
command=$(sed -n 's/^wrong  offload .* gso .*: //p' "$TMP/odd.out")
ip netns exec $b bash -c "$command" >/dev/null || fail "$command"
ip netns exec $b ethtool -k "$odd" | grep -q '^generic-segm.*: off' ||
	fail "not mended: $command"
ip -n $b link set gone0 up
NS=$b spawn "$TMP/gone.out" "$B/bin/pcapper" --doctor --json -i gone0 --watch 2
DOCTOR=$PID
# not when there is a socket: its ring comes last
wait_for 2 grep -q 'socket:' "/proc/$DOCTOR/maps" || fail "no ring of gone0"
ip -n $b link del gone0
RC=0
wait "$DOCTOR" || RC=$?
[ $RC -lt 2 ] || fail "an interface that goes: exit status $RC"
[ "$(item gone capture gone0 rest error)" = "Network is down" ] ||
	fail "that it went is not told"
ok "an interface that is down, or goes, or has an odd name is told as it is"

# ---- mistakes
RC=0
"$B/bin/pcapper" --doctor -i nosuch$$ >"$TMP/bad.out" 2>"$TMP/bad.err" || RC=$?
[ $RC = 2 ] || fail "an interface that is not there: exit status $RC"
grep -q "nosuch$$: no such interface" "$TMP/bad.err" || fail "not named"
RC=0
"$B/bin/pcapper" --watch 1 >"$TMP/bad.out" 2>"$TMP/bad.err" || RC=$?
[ $RC = 2 ] || fail "--watch alone: exit status $RC"
grep -q 'are for --doctor' "$TMP/bad.err" || fail "--watch alone: no word"
for o in '--netns all' '-R x'; do
	RC=0
	# shellcheck disable=SC2086 # words
	"$B/bin/pcapper" --doctor $o >"$TMP/bad.out" 2>"$TMP/bad.err" || RC=$?
	[ $RC = 2 ] || fail "--doctor $o: exit status $RC"
done
RC=0
ip netns exec $b "$B/bin/pcapper" --doctor >/dev/full 2>"$TMP/bad.err" || RC=$?
[ $RC = 2 ] && grep -q 'output: No space left' "$TMP/bad.err" ||
	fail "a full disk: exit status $RC"
ok "mistakes are told"
