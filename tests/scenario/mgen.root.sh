#!/bin/bash
# Real MGEN between two namespaces through a shaper that delays, and through one
# that drops: recollect -o mgen tells live, and from what the agents stored, what
# MGEN's own logs tell.  Then flows of other kinds, side by side.
set -eu
B=${B:-build}
cd "$(dirname "$0")/../.."
[ -n "${GUARDED:-}" ] || exec env GUARDED=1 timeout 110 "$0"
# shellcheck source=tests/tools/lib.bash
. tests/tools/lib.bash

a=mgen-a$$ b=mgen-b$$ net=10.177.9 ctl=10.177.10 messages=1000 before=0
fail() { echo "not ok $*"; tail -n 12 "$TMP"/*.err "$TMP"/*.text; exit 1; }

# The agents are asked over a wire of its own: nothing waits in the shaper but
# what is measured.
netpair $a $b $net
ip -n $a link add ctl0 type veth peer name ctl0 netns $b
ip -n $a addr add $ctl.1/24 dev ctl0
ip -n $b addr add $ctl.2/24 dev ctl0
ip -n $a link set ctl0 up
ip -n $b link set ctl0 up
mac=$(ip netns exec $b cat /sys/class/net/veth0/address)
ip -n $a addr add fd10::1/64 dev veth0 nodad
ip -n $b addr add fd10::2/64 dev veth0 nodad
ip -n $a neigh replace $net.2 lladdr "$mac" dev veth0 nud permanent

# agent NS NAME: sets PID; its port is in the variable port.
agent()
{
	NS=$1 spawn "$TMP/$2.err" "$B/bin/pcapper" -i veth0 -m none -p 0 \
		--node "$2" --no-log -w "$TMP/$2.v1"
	port=$(agent_port "$TMP/$2.err") || fail "$2"
}

# What the receiver's log says of a flow: messages, the highest number + 1,
# then delays in seconds: min, mean, 50, 95, 99 percent, max.
mgen_log()
{
	awk '
	function seconds(t,  p) {
		split(t, p, ":")
		return p[1] * 3600 + p[2] * 60 + p[3]
	}
	$2 == "RECV" {
		split($5, seq, ">"); split($8, sent, ">")
		if (seq[2] + 1 > high)
			high = seq[2] + 1
		d = seconds($1) - seconds(sent[2])
		printf "%.6f %d\n", d < -43200 ? d + 86400 : d, high
	}' "$1" | sort -g | awk '
	{ d[NR] = $1; sum += $1; if ($2 > high) high = $2 }
	function rank(p) { return int((NR * p + 99) / 100) }
	END {
		printf "%d %d %.6f %.6f %.6f %.6f %.6f %.6f\n", NR, high, d[1],
			sum / NR, d[rank(50)], d[rank(95)], d[rank(99)], d[NR]
	}'
}

# total FILE ROLE FIELD...: fields of the totals of the places with this role.
total()
{
	local file=$1 role=$2

	shift 2
	awk -v role="$role" -v fields="$*" '
	$1 == "total" && $6 == role {
		n = split(fields, f, " ")
		for (i = 1; i <= n; i++)
			printf "%s%s", $f[i], i < n ? " " : "\n"
	}' "$file"
}

# near A B: whether the delays B are those of MGEN's log, A, to 1 ms.  MGEN looks
# at the clock when it is woken: late now and then, so that the two largest of A
# may be larger.
near()
{
	echo "$1 $2" | awk '{
		for (i = 1; i <= NF / 2; i++) {
			d = $(i + NF / 2) - $i
			if (d > 0.001 || (d < -0.001 && i <= NF / 2 - 2))
				exit 1
		}
	}'
}

# check WHAT FILE: the statistics in FILE against MGEN's logs.
check()
{
	local n high delays

	read -r n high delays <"$TMP/truth"
	[ "$(total "$2" delivered 7 16 17 18 20 22 23 26)" = \
		"1 $high sender $n $((high - n)) 0 0 0" ] || fail "$1: counts"
	# what the sender's agent saw is what came: the queue is before it
	[ "$(total "$2" originated 18)" -eq "$n" ] || fail "$1: sender"
	# where they died: before the first interface, none on the wire
	[ "$(awk '$1 == "hop" { print $37, $4, $16, $17, $18, $20 }' "$2")" = \
		"- sender $high match $n $((high - n))
sender receiver $n match $n 0" ] || fail "$1: hops"
	near "$delays" "$(total "$2" delivered 27 28 29 30 31 32)" ||
		fail "$1: MGEN says $delays"
}

live() { grep -q '^second.* receiver .* delivered' "$TMP/live.text"; }
attached()
{
	grep -q attached "$TMP/sender.err" && grep -q attached "$TMP/receiver.err"
}
sent() { (($(grep -c SEND "$TMP/send.log") >= messages)); }
# Nothing waits in the shaper, nor in the socket, nor between it and the log.
drained()
{
	ip netns exec $a tc -s qdisc show dev veth0 | grep -q 'backlog 0b 0p' &&
		[ -z "$(ip netns exec $b ss -Hulna | awk '$2 > 0')" ] &&
		[ "$(udp_read)" -eq "$(grep -c RECV "$TMP/recv.log")" ]
}
# Datagrams read in $b since ${before}.
udp_read()
{
	ip netns exec $b cat /proc/net/snmp | awk -v before="$before" '
		$1 == "Udp:" && ++n == 2 { print $2 - before }'
}

# begin: both agents, and a collector of both; sets from, to, collector.
begin()
{
	local port first

	agent $a sender
	from=$PID first=$port
	agent $b receiver
	to=$PID
	NS=$b spawn "$TMP/live.err" "$B/bin/recollect" -o "mgen:text:$TMP/live.text" \
		--agent "$ctl.1:$first" --agent "$ctl.2:$port" --once
	collector=$PID
	wait_for 10 attached || fail "no collector"
}

# end: stop the agents; then the collector ends, and stored streams are read.
end()
{
	stop "$from" "$to"
	wait_for 10 has_ended "$collector" || fail "the collector stays"
	balanced "$TMP/sender.err" "$TMP/receiver.err" "$TMP/live.err" ||
		fail "the books do not close"
	"$B/bin/recollect" -R "$TMP/sender.v1" -R "$TMP/receiver.v1" \
		-o mgen:text >"$TMP/stored.text" 2>"$TMP/stored.err" ||
		fail "stored streams"
}

# flow NAME LIMIT: 1000 messages a second, 8.2 Mbit/s, into 6 Mbit/s.
flow()
{
	local from to collector receiver

	ip netns exec $a tc qdisc replace dev veth0 root tbf rate 6mbit \
		burst 5k limit "$2"
	begin
	NS=$b spawn "$TMP/recv.out" chrt -f 20 mgen flush \
		event "LISTEN UDP 5001" output "$TMP/recv.log"
	receiver=$PID
	before=0
	before=$(udp_read)
	wait_for 10 grep -q LISTEN "$TMP/recv.log" || fail "$1: no receiver"
	NS=$a spawn "$TMP/send.out" mgen flush txlog output "$TMP/send.log" event \
		"ON 1 UDP SRC 6001 DST $net.2/5001 PERIODIC [$messages 1000] COUNT $messages"
	wait_for 20 sent || fail "$1: not all is sent"
	wait_for 20 drained || fail "$1: messages without end"
	wait_for 10 live || fail "$1: no lines of seconds while it runs"
	stop "$PID" "$receiver"
	mgen_log "$TMP/recv.log" >"$TMP/truth"
	end
	check "$1, live" "$TMP/live.text"
	check "$1, stored" "$TMP/stored.text"
	ok "$1: $(total "$TMP/live.text" delivered 18 16 20 28 32 |
		sed 's/\(.*\) \(.*\) \(.*\) \(.*\) \(.*\)/\1 of \2, \3 lost, delay \4, at most \5/')"
	rm "$TMP"/*.log "$TMP"/*.v1
}

# Flows 2 TCP, 3 fragments, 4 to a group, 5 over IPv6, which Debian's mgen can
# send and not receive.
each=200
all_came()
{
	local f

	for f in 2 3 4; do
		(($(grep -c "RECV.*flow>$f " "$TMP/recv.log") == each)) || return 1
	done
	(($(grep -c 'SEND.*flow>5 ' "$TMP/send6.log") == each))
}
kinds()
{
	local from to collector receiver sender f

	ip netns exec $a tc qdisc del dev veth0 root
	begin
	NS=$b spawn "$TMP/recv.out" mgen flush output "$TMP/recv.log" \
		event "LISTEN TCP 5002" event "LISTEN UDP 5003-5004" \
		event "JOIN 224.1.2.3 INTERFACE veth0"
	receiver=$PID
	wait_for 10 grep -q JOIN "$TMP/recv.log" || fail "kinds: no receiver"
	NS=$a spawn "$TMP/send.out" mgen flush interface veth0 ttl 3 event \
		"ON 2 TCP DST $net.2/5002 PERIODIC [100 1000] COUNT $each" event \
		"ON 3 UDP DST $net.2/5003 PERIODIC [100 4000] COUNT $each" event \
		"ON 4 UDP DST 224.1.2.3/5004 PERIODIC [100 500] COUNT $each"
	sender=$PID
	NS=$a spawn "$TMP/send6.out" mgen ipv6 flush txlog output "$TMP/send6.log" \
		event "ON 5 UDP DST fd10::2/5005 PERIODIC [100 500] COUNT $each"
	wait_for 30 all_came || fail "kinds: not all came"
	stop "$PID" "$sender" "$receiver"
	end
	for f in live stored; do
		[ "$(total "$TMP/$f.text" delivered 7 8 16 18 19 | sort)" = \
			"2 6 $each $each 1.000000
3 17 $each $each 1.000000
4 17 $each $each 1.000000
5 17 $each $each 1.000000" ] || fail "kinds: $f"
	done
	ok "TCP, fragments, a group, IPv6: all that was sent came"
}

flow delay 2m
[ "$(total "$TMP/live.text" delivered 16 18)" = "$messages $messages" ] ||
	fail "delay: not all came"
rm "$TMP"/*.text
flow loss 20k
(($(total "$TMP/live.text" delivered 20) > messages / 10)) ||
	fail "loss: hardly any"
rm "$TMP"/*.text
kinds
