#!/bin/bash
# capture-fwd without privileges: files to a UDP port, whole and in time; what it
# says at the end, on a terminal, and when something is wrong.
# shellcheck disable=SC2015 # fail does not return
set -eu
B=${B:-build}
cd "$(dirname "$0")/../.."
[ -n "${GUARDED:-}" ] || exec env GUARDED=1 timeout 58 "$0"
. tests/tools/lib.bash
demo=$PWD/tests/golden/demo.pcap
tools=$PWD/$B/tools

fail() { echo "not ok $*"; tail -n 30 "$TMP"/*.err; exit 1; }

# Root becomes nobody, who may not be able to see the tree.
chmod 755 "$TMP"
cp "$B/bin/capture-fwd" "$demo" "$TMP"
mkdir -m 777 "$TMP/out"
as=()
[ "$(id -u)" -ne 0 ] || as=(setpriv --reuid 65534 --regid 65534
	--clear-groups --inh-caps=-all --bounding-set=-all)
forward() { "${as[@]}" "$TMP/capture-fwd" "$@"; }
total() { counter "$TMP/fwd.err" "$1"; }

# sink [OUT]: listens at ADDRESS or 127.0.0.1; sets SINK and PORT.
sink()
{
	rm -f "$TMP/port"
	spawn "$TMP/sink" "$tools/udpsink" "${ADDRESS:-127.0.0.1}" \
		"$TMP/port" "$@"
	SINK=$PID
	wait_for 10 test -s "$TMP/port" || fail "no sink"
	PORT=$(cat "$TMP/port")
}

# sunk: ends the sink; sets got and span.
sunk()
{
	stop "$SINK"
	read -r got span <"$TMP/sink"
}

# packets CAPTURE [FILTER]: their octets, without times.
packets() { tcpdump -r "$1" -t -nn -xx ${2:+"$2"} 2>/dev/null | grep 0x; }

# ---- whole -----------------------------------------------------------------
"$tools/mkpcap" 3000 >"$TMP/many.pcap"
sink "$TMP/got.pcap"
forward -r "$TMP/many.pcap" -destPort "$PORT" -p 20000 2>"$TMP/fwd.err" ||
	fail "exit status $?"
sunk
[ "$got" -eq 3000 ] || fail "$got of 3000 datagrams"
tests/tools/tunnel.py relink raw "$TMP/got.pcap" "$TMP/raw.pcap"
packets "$TMP/many.pcap" | sort >"$TMP/want"
packets "$TMP/raw.pcap" | sort | cmp - "$TMP/want" || fail "other packets"
[ "$(total packets_read) $(total packets_sent) $(total octets_sent)" = \
	"3000 3000 $(total octets_read)" ] || fail "totals"
ok "3000 packets arrive as they were"

sink "$TMP/got.pcap"
forward -r "$TMP/demo.pcap" -destPort "$PORT" -fullSpeed ip 2>"$TMP/fwd.err"
sunk
for flow in 'tcp port 43320' 'udp port 5000' icmp; do
	packets "$TMP/demo.pcap" "ip and $flow" >"$TMP/want"
	[ -s "$TMP/want" ] || fail "no $flow"
	packets "$TMP/got.pcap" "$flow" | cmp - "$TMP/want" || fail "$flow"
done
[ "$(total packets_cut)" -gt 0 ] || fail "what the capture cut is not counted"
ok "each flow stays in order"

if [ -s /proc/net/if_inet6 ]; then
	ADDRESS=::1 sink
	forward -r "$TMP/many.pcap" -destIp ::1 -destPort "$PORT" -p 20000 \
		2>"$TMP/fwd.err"
	sunk
	[ "$got" -eq 3000 ] || fail "$got of 3000 datagrams over IPv6"
	ok "3000 packets arrive over IPv6"
else
	echo "ok IPv6 # SKIP this host has none"
fi

# ---- in time ---------------------------------------------------------------
# in_time SECONDS OPTION...: the datagrams of many.pcap span so long, to 1 %.
in_time()
{
	local want=$1 try

	shift
	for try in 1 2 3; do
		sink
		forward -r "$TMP/many.pcap" -destPort "$PORT" "$@" \
			2>"$TMP/fwd.err" || fail "$*: exit status $?"
		sunk
		echo "# $*: $(total packets_sent) in $span s, not $want ($try)"
		awk -v s="$span" -v w="$want" \
			'BEGIN { exit !(s > w * .99 && s < w * 1.01) }' &&
			return
	done
	fail "$*: $span s"
}
in_time 1.4995 -p 2000
in_time 2.999 -delay 1ms
in_time 2.3 -p 10 'udp[0:2] & 0x7f = 1'
"$tools/mkpcap" 100000 >"$TMP/many.pcap"
# faster than that is for tests/bench, which has the machine for itself
in_time 4.99995 -p 20000
ok "the mean rate is that of -p and -delay, within 1 %"

python3 - "$TMP/gaps.pcap" <<'END'
import struct, sys
times = [0, 0.25, 0.5, 0.1, 0.6, 1.1]
with open(sys.argv[1], "wb") as f:
    f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
    for t in times:
        f.write(struct.pack("<IIII", 1700000000, int(t * 1000000), 60, 60))
        f.write(bytes(60))
END
sink
forward -r "$TMP/gaps.pcap" -destPort "$PORT" 2>"$TMP/fwd.err"
sunk
awk -v s="$span" 'BEGIN { exit !(s > 1.48 && s < 1.6) }' || fail "gaps: $span s"
grep -q 'packet 4 is 0.400000 s older than the one before: no wait' \
	"$TMP/fwd.err" || fail "a step back is not told"
[ "$(total time_steps_back)" -eq 1 ] || fail "a step back is not counted"
ok "gaps are those of the file; a step back is told, and not waited for"

# What comes through a pipe does not wait for the next packet.
sink "$TMP/got.pcap"
mkfifo "$TMP/pipe"
spawn "$TMP/fwd.err" "${as[@]}" "$TMP/capture-fwd" -r "$TMP/pipe" \
	-destPort "$PORT"
pid=$PID
exec 9>"$TMP/pipe"
head -c 100 "$TMP/gaps.pcap" >&9
sleep 0.3
stop "$SINK"
exec 9>&-
wait "$pid" || fail "the pipe: exit status $?"
read -r got span <"$TMP/sink"
[ "$got" -eq 1 ] || fail "$got packets from a pipe that stays open"
ok "a packet from a pipe is sent at once"

# ready: whether it handles SIGUSR1.
ready()
{
	local set

	set=$(awk '$1 == "SigCgt:" { print $2 }' "/proc/$pid/status")
	((16#$set & 1 << 9))
}
# asked PACKETS: whether it tells, when asked, that it has read so many.
asked()
{
	kill -USR1 "$pid" && grep -q '^packets_read' "$TMP/fwd.err" &&
		[ "$(total packets_read)" -eq "$1" ]
}
# signalled OCTETS PACKETS [ALL]: asked while a pipe gives only so much, then
# ended, or given the rest.
signalled()
{
	spawn "$TMP/fwd.err" "${as[@]}" "$TMP/capture-fwd" -r "$TMP/pipe" \
		-w "$TMP/out/pipe.pcap"
	pid=$PID
	exec 9>"$TMP/pipe"
	head -c "$1" "$TMP/gaps.pcap" >&9
	wait_for 10 ready || fail "$1 octets: no handler"
	wait_for 10 asked "$2" || fail "$1 octets: no counters"
	if [ $# -gt 2 ]; then
		tail -c "+$(($1 + 1))" "$TMP/gaps.pcap" >&9
		exec 9>&-
	else
		kill -INT "$pid"
	fi
	wait "$pid" || fail "$1 octets: exit status $?"
	exec 9>&-
	[ "$(total packets_read)" -eq "${3:-$2}" ] || fail "$1 octets: totals"
	! grep : "$TMP/fwd.err" || fail "$1 octets: complaints"
}
signalled 0 0
signalled 10 0
signalled 100 1
signalled 110 1
signalled 100 1 6
signalled 110 1 6
ok "signals do not disturb a pipe, and SIGINT ends one that is silent"

# 16 octets of zeros are a packet without any; the filter takes none of them.
head -c 24 "$TMP/gaps.pcap" >"$TMP/vast.pcap"
truncate -s 100G "$TMP/vast.pcap"
spawn "$TMP/fwd.err" "${as[@]}" "$TMP/capture-fwd" -r "$TMP/vast.pcap" \
	-w "$TMP/out/vast.pcap" ip
pid=$PID
wait_for 10 ready || fail "no handler"
wait_for 10 asked 0 || { kill -KILL "$pid"; fail "no counters in the midst"; }
kill -INT "$pid"
ended() { ! kill -0 "$pid"; }
wait_for 10 ended || { kill -KILL "$pid"; fail "SIGINT does not end it"; }
wait "$pid" || fail "exit status $?"
ok "a filter that takes nothing keeps no signal waiting"

# ---- how it ends -----------------------------------------------------------
# sending: whether the program has sent something; it says so when asked.
opened() { ss -Hnu state established "dport = :$PORT" | grep -q .; }
sending()
{
	kill -USR1 "$pid"
	[ "$(total packets_sent)" -gt 0 ]
}
for signal in INT TERM; do
	sink
	spawn "$TMP/fwd.err" "${as[@]}" "$TMP/capture-fwd" \
		-r "$TMP/many.pcap" -destPort "$PORT" -p 100
	pid=$PID
	wait_for 10 opened || fail "nothing is opened"
	wait_for 10 sending || fail "nothing is sent"
	kill -$signal "$pid"
	wait "$pid" || fail "$signal: exit status $?"
	sunk
	[ "$(total packets_sent)" -eq "$got" ] && [ "$got" -lt 5000 ] &&
		[ "$(total packets_read)" -eq "$got" ] || fail "$signal: totals"
	ok "$signal ends it, with the totals of $got packets"
done

sink
stop "$SINK" # nobody listens there now
forward -r "$TMP/many.pcap" -destPort "$PORT" -fullSpeed 2>"$TMP/fwd.err" ||
	fail "nobody listens: exit status $?"
[ "$(counter "$TMP/fwd.err" send_error.ECONNREFUSED)" -gt 0 ] ||
	fail "no ECONNREFUSED"
[ "$(total packets_sent)" -eq 100000 ] || fail "an answer costs a packet"
ok "that nobody listens is told"

# expect STATUS TEXT OPTION...
expect()
{
	local status=$1 text=$2 rc=0

	shift 2
	forward "$@" 2>"$TMP/fwd.err" >"$TMP/fwd.out" || rc=$?
	[ $rc -eq "$status" ] || fail "$*: exit status $rc, not $status"
	grep -q -e "$text" "$TMP/fwd.err" "$TMP/fwd.out" || fail "$*: no \"$text\""
}
expect 2 'no option -x' -x
expect 2 'one of -i and -r is needed'
expect 2 '-delay and -p exclude each other' -r x -delay 1ms -p 5
expect 1 "$TMP/none: No such file" -r "$TMP/none"
expect 1 'filter "no such thing"' -r "$TMP/demo.pcap" no such thing
expect 1 '/dev/full: No space left' -r "$TMP/demo.pcap" -w /dev/full
expect 1 "$TMP/x/y: No such file" -r "$TMP/demo.pcap" -w "$TMP/x/y"
expect 1 'no.such.host.invalid' -r "$TMP/demo.pcap" -destIp no.such.host.invalid
expect 1 'not of one IP version' -r "$TMP/demo.pcap" -w /dev/null -srcIp ::1
expect 1 'no-such-if' -i no-such-if
expect 0 'without gaps: -delay and -p' -r "$TMP/demo.pcap" -w /dev/null -p 9
expect 0 '-s and -promisc are for -i' -r "$TMP/demo.pcap" -w /dev/null -s 99
for o in srcMac=1:2:3:4:5:6 destMac=1:2:3:4:5:6 srcIp=::1 dltRaw; do
	expect 0 'for -w: ignored' -r "$TMP/demo.pcap" -fullSpeed -$o
done
expect 1 'nosuch-user: No such' -r "$TMP/demo.pcap" -w /dev/null \
	-user nosuch-user
forward -r "$TMP/demo.pcap" -w /dev/null 2>"$TMP/fwd.err"
! grep : "$TMP/fwd.err" || fail "a warning, and nothing to warn of"
expect 0 'usage: capture-fwd' -h
expect 0 'usage: capture-fwd' --help
expect 0 'libpcap' -V
ok "mistakes are named, and the exit status tells"

cp "$TMP/demo.pcap" "$TMP/out/keep"
chmod 666 "$TMP/out/keep"
for other in "-r $TMP/none" "-r $TMP/port" "-r $TMP/demo.pcap no such filter" \
	"-i no-such-if" "-r $TMP/out/keep" "-r $TMP/out/../out/keep" "-r -"; do
	rc=0
	# shellcheck disable=SC2086,SC2094 # words; it must not be written
	forward -w "$TMP/out/keep" $other <"$TMP/out/keep" 2>"$TMP/fwd.err" ||
		rc=$?
	[ $rc -eq 1 ] && cmp "$TMP/demo.pcap" "$TMP/out/keep" ||
		fail "$other: the file of -w is emptied"
done
grep -q "out/keep: would overwrite what is read" "$TMP/fwd.err" || fail "silent"
ok "what cannot be read, or is read itself, is not overwritten"

# ---- long packets ----------------------------------------------------------
python3 - "$TMP/long.pcap" <<'END'
import struct, sys
with open(sys.argv[1], "wb") as f:
    f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1))
    for n in (60, 1400, 1464, 1465, 9000, 65000, 65499, 65500, 70000):
        f.write(struct.pack("<IIII", 1700000000, 0, n, n))
        f.write(bytes(n))
END
sink "$TMP/got.pcap"
forward -r "$TMP/long.pcap" -destPort "$PORT" 2>"$TMP/fwd.err"
sunk
[ "$got $(total packets_sent) $(total packets_too_long)" = "7 7 2" ] ||
	fail "long packets: $got"
sink
forward -r "$TMP/long.pcap" -destPort "$PORT" -mtu 1500 -oversize drop \
	2>"$TMP/fwd.err"
sunk
[ "$got $(total packets_over_mtu) $(total packets_too_long)" = "3 4 2" ] ||
	fail "over the MTU: $got"
forward -r "$TMP/long.pcap" -w "$TMP/out/frag.pcap" -mtu 1500 2>"$TMP/fwd.err"
[ "$(tcpdump -r "$TMP/out/frag.pcap" 'greater 1515' 2>/dev/null | wc -l)" = 0 ] &&
	[ "$(total packets_fragmented) $(total packets_written)" = "4 7" ] ||
	fail "fragments in a file"
tshark -r "$TMP/out/frag.pcap" -T fields -e vxlan.vni -e frame.protocols \
	2>/dev/null | grep -c '^4242.*vxlan' | grep -qx 7 ||
	fail "tshark does not put the fragments together"
ok "what is too long is sent in fragments, dropped, or refused; and counted"

# ---- a terminal ------------------------------------------------------------
sink
script -qec "'$TMP/capture-fwd' -r '$TMP/many.pcap' -destPort $PORT -p 50000" \
	/dev/null >"$TMP/screen"
sunk
grep -qE '[0-9]+ packets, [0-9.]+ MB, [0-9]+ packets/s, [0-9.]+ %, 00:00:0' \
	"$TMP/screen" || fail "no line of progress"
! grep -q 'packets/s' "$TMP/fwd.err" || fail "a line of progress, not asked for"
ok "a terminal shows how far it is"
