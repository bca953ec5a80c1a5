#!/bin/bash
# Real MGEN between two namespaces: recollect --mgen-log writes, live and from
# what the agents stored, the lines that MGEN itself logs on both nodes, but for
# the time at which the receiver's program was woken.
set -eu
B=${B:-build}
cd "$(dirname "$0")/../.."
[ -n "${GUARDED:-}" ] || exec env GUARDED=1 timeout 60 "$0"
# shellcheck source=tests/tools/lib.bash
. tests/tools/lib.bash

a=mlog-a$$ b=mlog-b$$ net=10.177.19 each=40
fail() { echo "not ok $*"; tail -n 12 "$TMP"/*.err "$TMP"/*.diff; exit 1; }

netpair $a $b $net
ip -n $a addr add fd19::1/64 dev veth0 nodad
ip -n $b addr add fd19::2/64 dev veth0 nodad
mac=$(ip netns exec $b cat /sys/class/net/veth0/address)
ip -n $a neigh replace $net.2 lladdr "$mac" dev veth0 nud permanent

# agent NS NAME: sets PID; its port is in the variable port.
agent()
{
	NS=$1 spawn "$TMP/$2.err" "$B/bin/pcapper" -i veth0 -m none -p 0 \
		--node "$2" --no-log -w "$TMP/$2.v1"
	port=$(agent_port "$TMP/$2.err") || fail "$2"
}
attached()
{
	grep -q attached "$TMP/sender.err" && grep -q attached "$TMP/receiver.err"
}

agent $a sender
from=$PID first=$port
agent $b receiver
to=$PID
NS=$b spawn "$TMP/live.err" "$B/bin/recollect" --mgen-log "$TMP/live" \
	--agent "$net.1:$first" --agent "$net.2:$port" --once
collector=$PID
wait_for 10 attached || fail "no collector"

# Flows: 1 UDP, 2 TCP, 3 fragments, 4 to a group, 5 over IPv6, which Debian's
# mgen cannot receive, 6 and 7 TCP in many segments and in parts.
all_came()
{
	local f

	for f in 1 2 3 4 6; do
		(($(grep -c "RECV.*flow>$f " "$TMP/recv.log") == each)) || return 1
	done
	(($(grep -c "RECV.*flow>7 " "$TMP/recv.log") == 3 * 5)) &&
		(($(grep -c 'SEND.*flow>5 ' "$TMP/send6.log") == each))
}
NS=$b spawn "$TMP/recv.out" mgen flush output "$TMP/recv.log" \
	event "LISTEN TCP 5002,5006-5007" event "LISTEN UDP 5001,5003-5004" \
	event "JOIN 224.1.2.3 INTERFACE veth0"
receiver=$PID
wait_for 10 grep -q JOIN "$TMP/recv.log" || fail "no receiver"
NS=$a spawn "$TMP/send.out" mgen flush txlog output "$TMP/send.log" \
	interface veth0 ttl 3 event \
	"ON 1 UDP SRC 6001 DST $net.2/5001 PERIODIC [40 100] COUNT $each" event \
	"ON 2 TCP DST $net.2/5002 PERIODIC [40 1000] COUNT $each" event \
	"ON 3 UDP DST $net.2/5003 PERIODIC [40 4000] COUNT $each" event \
	"ON 4 UDP DST 224.1.2.3/5004 PERIODIC [40 500] COUNT $each" event \
	"ON 6 TCP DST $net.2/5006 PERIODIC [40 9000] COUNT $each" event \
	"ON 7 TCP DST $net.2/5007 PERIODIC [4 140000] COUNT 5"
sender=$PID
NS=$a spawn "$TMP/send6.out" mgen ipv6 flush txlog output "$TMP/send6.log" \
	event "ON 5 UDP DST fd19::2/5005 PERIODIC [40 500] COUNT $each"
wait_for 30 all_came || fail "not all came"
stop "$PID" "$sender" "$receiver" "$from" "$to"
wait_for 10 has_ended "$collector" || fail "the collector stays"
balanced "$TMP/sender.err" "$TMP/receiver.err" "$TMP/live.err" ||
	fail "the books do not close"
"$B/bin/recollect" -R "$TMP/sender.v1" -R "$TMP/receiver.v1" \
	-o "mgenlog:$TMP/stored" 2>"$TMP/stored.err" || fail "stored streams"

# Of RECV the time of the day is that of the last packet; of parts of a message,
# of which several may be in one segment, the transmit time may not be known.
without_time()
{
	grep ' RECV ' "$1" | grep -v 'flow>5 ' | cut -d ' ' -f 2- |
		sed '/flow>7 /s/ sent>[^ ]*//' | lines
}
# Of messages over TCP that shared a segment, on a busy machine, one has a line.
lines()
{
	if [ "$(counter "$TMP/$how.err" mgenlog.unnamed)" -eq 0 ]; then
		sort
	else
		grep -v 'proto>TCP' | sort
	fi
}
for how in live stored; do
	cat "$TMP/send.log" "$TMP/send6.log" | grep ' SEND ' | lines >"$TMP/want"
	grep ' SEND ' "$TMP/$how/sender.drc" | lines |
		diff "$TMP/want" - >"$TMP/$how.diff" || fail "$how: SEND"
	without_time "$TMP/recv.log" >"$TMP/want"
	without_time "$TMP/$how/receiver.drc" |
		diff "$TMP/want" - >"$TMP/$how.diff" || fail "$how: RECV"
	(($(grep -c 'RECV.*flow>5 .* dst>fd19::2/5005 .* size>500 ' \
		"$TMP/$how/receiver.drc") == each)) || fail "$how: IPv6"
	sort -c "$TMP/$how/receiver.drc" || fail "$how: order"
	! grep -qv ' SEND ' "$TMP/$how/sender.drc" || fail "$how: more"
done
ok "$(wc -l <"$TMP/live/sender.drc") SEND and $(grep -c RECV "$TMP/recv.log") RECV lines are MGEN's"

# MGEN looks at the clock when it is woken: never before the packet is there.
udp_times()
{
	sed -n 's/^\([^ ]*\) RECV proto>UDP flow>\([1-4]\) seq>\([0-9]*\) .*/\2-\3 \1/p' \
		"$1" | sort
}
worst=$(join <(udp_times "$TMP/recv.log") <(udp_times "$TMP/live/receiver.drc") |
	awk '{
		split($2, x, ":"); split($3, y, ":")
		d = (x[2] - y[2]) * 60 + x[3] - y[3]
		if (d < -0.000002)
			exit 1
		if (d > worst)
			worst = d
	} END { printf "%.6f %d", worst, NR }') || fail "times: $worst"
[ "${worst#* }" -eq $((3 * each)) ] || fail "times of ${worst#* } messages"
ok "MGEN's own times are at most ${worst% *} s after those of packets"
