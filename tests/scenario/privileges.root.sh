#!/bin/bash
# The running programs hold no privilege that they do not need, and run behind
# a filter of system calls: the kernel says so in /proc/PID/status, whoever they
# run as.
set -eu
B=${B:-build}
cd "$(dirname "$0")/../.."
[ -n "${GUARDED:-}" ] || exec env GUARDED=1 timeout 60 "$0"
. tests/tools/lib.bash

fail() { echo "not ok $*"; tail -n 30 "$TMP"/*.err; exit 1; }

filter=2
if "$B/bin/pcapper" -V | grep -q 'no libseccomp'; then
	echo "built with SECCOMP=0: the filter is left out"
	filter=0
fi
none=0000000000000000 net_raw=0000000000002000
enter=0000000000202000  # and CAP_SYS_ADMIN
find=0000000000282000   # and CAP_SYS_PTRACE
chmod 755 "$TMP"

# status PID NAME: a line of what the kernel says about a process.
status() { awk -v n="$2:" '$1 == n { print $2 }' "/proc/$1/status"; }

# expect NAME PID CAPS UID: what PID may hold is CAPS, and only that.
expect()
{
	local set

	for set in CapPrm:"$3" CapEff:"$3" CapInh:$none CapBnd:$none \
		CapAmb:$none NoNewPrivs:1 Seccomp:$filter Uid:"$4"; do
		[ "$(status "$2" "${set%:*}")" = "${set#*:}" ] ||
			fail "$1: $(grep "^${set%:*}:" "/proc/$2/status")"
	done
	stop "$2"
	ok "$1 holds ${3#000000000000} as user $4"
}
# The filter comes last.
capped()
{
	[ "$(status "$PID" NoNewPrivs)" = 1 ] &&
		[ "$(status "$PID" Seccomp)" = $filter ]
}

nobody=$(id -u nobody)
for who in 0 "$nobody"; do
	user=()
	[ "$who" = 0 ] || user=(--user nobody)
	spawn "$TMP/live.err" "$B/bin/pcapper" -i lo -p 0 -m none --no-log \
	    "${user[@]}"
	wait_for 10 capped || fail "no live capture"
	expect "live capture" "$PID" $net_raw "$who"
	for nodes in "no-such-node $enter" "$$ $find"; do
		spawn "$TMP/nodes.err" "$B/bin/pcapper" -p 0 -m none --no-log \
		    --netns "${nodes% *}" "${user[@]}"
		wait_for 10 capped || fail "no capture at nodes"
		expect "capture at nodes" "$PID" "${nodes#* }" "$who"
	done
	spawn "$TMP/tap.err" "$B/bin/pcapper" --dnstap "$TMP/tap.$who" -p 0 \
	    --no-log "${user[@]}"
	wait_for 10 capped || fail "no dnstap"
	expect "dnstap without an interface" "$PID" $none "$who"
	spawn "$TMP/file.err" "$B/bin/pcapper" -p 0 --no-log "${user[@]}" \
	    -R tests/golden/demo.pcap --wait-collectors 1
	wait_for 10 capped || fail "no reading of files"
	expect "an agent that reads files" "$PID" $none "$who"
	spawn "$TMP/collector.err" "$B/bin/recollect" -c /dev/null -o none \
	    --listen 127.0.0.1:0 "${user[@]}"
	wait_for 10 capped || fail "no collector"
	expect "the collector" "$PID" $none "$who"
done

# capture-fwd has its options in the spelling of Go.
"$B/tools/mkpcap" 1000 >"$TMP/in.pcap"
for who in 0 "$nobody"; do
	user=()
	[ "$who" = 0 ] || user=(-user nobody)
	spawn "$TMP/mirror.err" "$B/bin/capture-fwd" -i lo -destPort 9 \
	    "${user[@]}" port 9
	wait_for 10 capped || fail "no mirror of an interface"
	expect "a mirror of an interface" "$PID" $net_raw "$who"
	spawn "$TMP/replay.err" "$B/bin/capture-fwd" -r "$TMP/in.pcap" -p 10 \
	    -destPort 9 "${user[@]}"
	wait_for 10 capped || fail "no mirror of a file"
	expect "a mirror of a file" "$PID" $none "$who"
	spawn "$TMP/write.err" "$B/bin/capture-fwd" -i lo -w "$TMP/out.pcap" \
	    "${user[@]}" port 9
	wait_for 10 capped || fail "no mirror to a file"
	expect "a mirror to a file" "$PID" $net_raw "$who"
done

# A spool belongs to who writes it, from the first run on.
for run in 1 2; do
	"$B/bin/pcapper" -q --no-listen --no-log --user nobody \
		-R tests/golden/demo.pcap --spool "$TMP/spool" \
		2>"$TMP/spool.err" || fail "run $run with a spool"
done
[ "$(find "$TMP/spool" -name '*.pms' -user nobody | wc -l)" -eq 2 ] ||
	fail "the spool of another user"
ok "a spool is given to the user that the agent becomes"

# Copies at the end are made as the other user.
agent_of() { "$B/bin/pcapper" -q -R tests/golden/demo.pcap --no-listen \
	-f "$TMP/log" --user nobody --keep "$1" 2>"$TMP/keep.err"; }
agent_of "$TMP/made" || fail "--keep: status $?"
[ "$(stat -c %U "$TMP/made/"*.log)" = nobody ] || fail "whose is the copy?"
cmp "$TMP/log" "$TMP/made/"*.log || fail "the copy"
mkdir -m 700 "$TMP/closed"
! agent_of "$TMP/closed" || fail "copies where the user may not write"
grep -q "$TMP/closed: Permission denied" "$TMP/keep.err" || fail "no word"
[ "$(counter "$TMP/keep.err" pkt_received)" -eq 0 ] || fail "not at the start"
[ "$(grep -c 'pcapper:' "$TMP/keep.err")" -eq 1 ] || fail "said twice"
ok "--keep is possible as another user, or refused at the start"
