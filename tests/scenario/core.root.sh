#!/bin/bash
# A session as CORE makes one: a network namespace and a directory for each
# node, agents that listen there, and a collector that finds them by itself.
set -eu
B=$(realpath "${B:-build}")
cd "$(dirname "$0")/../.."
[ -n "${GUARDED:-}" ] || exec env GUARDED=1 timeout 55 "$0"
# shellcheck source=tests/tools/lib.bash
. tests/tools/lib.bash

fail() { echo "not ok $*"; tail -n 30 "$TMP"/*.err "$S"/*/a.err; exit 1; }
S=$TMP/pycore.1 net=10.177.60 N=500
mkdir "$S"

sw=core-sw$$
ip netns add $sw
LIB_NETNS+=("$sw")
ip -n $sw link add br0 type bridge
ip -n $sw link set br0 up

# What a node does: it takes what comes to port 9, so that no error goes back.
sink='import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("", 9))
print("ready", flush=True)
time.sleep(60)'
# node K: a namespace nK with the address K, joined to all others.
node()
{
	local ns=core-n$1-$$

	ip netns add "$ns"
	LIB_NETNS+=("$ns")
	ip -n "$ns" link set lo up
	ip -n "$ns" link add eth0 type veth peer name "p$1" netns $sw
	ip -n $sw link set "p$1" master br0 up
	ip -n "$ns" addr add "$net.$1/24" dev eth0
	ip -n "$ns" link set eth0 gso_max_segs 1 up
	# As vnoded does: a process that is the node, and a file with its number.
	NS=$ns spawn "$TMP/node$1" python3 -c "$sink"
	echo "$PID" >"$S/n$1.pid"
	mkdir "$S/n$1.conf"
	wait_for 10 grep -q ready "$TMP/node$1" || fail "node $1"
}
# agent K [NAME=VALUE]: start it in the node's directory.
agent()
{
	local k=$1 pid

	shift
	(cd "$S/n$k.conf" && umask 0 && env -u NODE_NAME "$@" \
		ip netns exec "core-n$k-$$" "$B/bin/pcapper" --daemon \
		--pidfile pcapper.pid --listen unix:pcapper.sock -i eth0 \
		-m 'udp port 9' --no-log 2>a.err) || fail "agent $k: status $?"
	read -r pid <"$S/n$k.conf/pcapper.pid"
	LIB_PIDS+=("$pid")
	eval "AGENT$k=$pid"
}
# xml K:ID...: what CORE writes once the session runs.
xml()
{
	local n

	{
		echo '<?xml version="1.0" encoding="UTF-8"?>'
		echo '<scenario name="x"><devices>'
		for n in "$@"; do
			echo "<device id=\"${n#*:}\" name=\"n${n%:*}\"/>"
		done
		echo '</devices><links>'
		for n in "$@"; do
			echo "<link node1=\"${n#*:}\" node2=\"99\"><iface1" \
				"ip4=\"$net.${n%:*}\"/></link>"
		done
		echo '</links></scenario>'
	} >"$S/session-deployed.xml"
}
# blast TO: N datagrams from n1.
blast()
{
	ip netns exec core-n1-$$ "$B/tools/blast" "$net.$1" 9 1000 \
		"$(awk "BEGIN { print $N / 1000 }")" | {
		read -r n _
		echo "$n" >>"$TMP/sent$1"
	}
}
# sent K: the datagrams to that node, "" to all.
sent()
{
	cat "$TMP"/sent"$1"* 2>/dev/null |
		awk '{ n += $1 } END { print n + 0 }'
}
# got NAME: packets of that node in the output.
got() { grep -c "\"name\":\"$1\",\"kind\":\"packet\"" "$TMP/out.json"; }
has() { [ "$(got "$1")" -eq "$2" ]; }
says() { wait_for 10 grep -q -e "$1" "$TMP/c.err" || fail "no \"$1\""; }

for k in 1 2 3 4 5; do node $k; done
agent 1 NODE_NAME=n1
agent 2
agent 3 NODE_NAME=alpha
agent 4 NODE_NAME=n4
xml 1:11 2:12 3:13 4:14
ln -s n1.conf "$S/n9.conf"

spawn "$TMP/c.err" "$B/bin/recollect" --core "$S" -v -o "json:$TMP/out.json"
COLLECTOR=$PID
for k in 1 2 3 4; do says "node n$k, id 1$k: $net.$k"; done
attached() { [ "$(grep -c 'attached (v1)' "$S"/n[1-5].conf/a.err |
	awk -F: '{ n += $2 } END { print n }')" -ge "$1" ]; }
wait_for 10 attached 4 || fail "not four"
for k in 2 3 4; do blast $k; done
wait_for 10 has n2 "$(sent 2)" || fail "n2: $(got n2)"
wait_for 10 has alpha "$(sent 3)" || fail "n3: $(got alpha)"
wait_for 10 has n4 "$(sent 4)" || fail "n4: $(got n4)"
all=$(sent '')
wait_for 10 has n1 "$all" || fail "n1: $(got n1) of $all"
ok "four nodes are found, each is called by its name, every packet is there"

xml 1:11 2:12 3:13 4:14 5:15
agent 5 NODE_NAME=n5
wait_for 10 attached 5 || fail "n5 is not found"
blast 5
wait_for 10 has n5 "$(sent 5)" || fail "n5: $(got n5)"
grep -q '"host":15,"name":"n5"' "$TMP/out.json" || fail "host number of n5"
ok "so is a node that comes later"

blast 4
kill -9 "$AGENT4"
rm -rf "$S/n4.conf" "$S/n4.pid"
says 'node n4: gone'
! grep -q 'node n[1235]: gone' "$TMP/c.err" || fail "another is gone"
blast 2
wait_for 10 has n2 "$(sent 2)" || fail "n2: $(got n2)"
ok "a node that goes is told, the others go on"

# Another agent in the same place, as after a change of its options.
kill "$AGENT3"
wait_for 10 has_ended "$AGENT3" || fail "agent 3 does not end"
agent 3 NODE_NAME=alpha
again() { [ "$(grep -c 'attached (v1)' "$S/n3.conf/a.err")" -ge 1 ]; }
wait_for 10 again || fail "n3 is not found again"
blast 3
wait_for 10 has alpha "$(sent 3)" || fail "n3: $(got alpha)"
[ "$(grep -o '"host":[0-9]*,"name":"alpha"' "$TMP/out.json" | sort -u |
	wc -l)" -eq 1 ] || fail "two numbers for one node"
ok "an agent that was started again is the same node"

for k in 1 2 3 5; do eval "kill \$AGENT$k"; done
for k in 1 2 3 5; do
	pid=AGENT$k
	wait_for 10 has_ended "${!pid}" || fail "agent $k does not end"
done
cat "$S"/*/a.err >"$TMP/agents"
rm -rf "$S"
wait "$COLLECTOR" || fail "collector: exit status $?"
says "session $S: ended"
for name in n1 n2 alpha n5; do
	case $name in n1) k='' ;; alpha) k=3 ;; n?) k=${name#n} ;; esac
	has $name "$(sent "$k")" || fail "$name: $(got $name) of $(sent "$k")"
done
[ "$(counter "$TMP/c.err" total.lost_unexplained)" -eq 0 ] || fail "ledger"
[ "$(awk '$1 == "drop_kernel" { n += $2 } END { print n }' "$TMP/agents")" \
	-eq 0 ] || fail "the kernel dropped some"
ok "the end of the session is told, and is the end; the numbers are right"
