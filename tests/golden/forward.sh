#!/bin/bash
# What capture-fwd -w writes decapsulates to exactly the packets it read: octets,
# lengths, times; all headers and checksums are right, and tshark says so, too.
# shellcheck disable=SC2015 # ok does not fail
set -u
B=${B:-build}
cd "$(dirname "$0")/../.." || exit 2
. tests/golden/forward.bash

# With the defaults.
for in in tests/golden/*.pcap; do
	same "${in##*/}" vxlan "$in"
done

# The other outer packets, and the other inner ones.
demo=tests/golden/demo.pcap
same "geneve" geneve $demo -vni 4242
same "IPv6 outside" vxlan $demo -destIp 2001:db8::9
same "geneve over IPv6" geneve $demo -destIp 2001:db8::9 -srcIp 2001:db8::1
same "no outer link layer" vxlan $demo -dltRaw
same "the same over IPv6" geneve $demo -dltRaw -destIp ::1
for link in raw null sll sll2; do
	for from in "$demo" tests/golden/mgen-h-udp6-multi.pcap; do
		tests/tools/tunnel.py relink $link $from "$dir/$link"
		for kind in vxlan geneve; do
			same "$link in $kind of ${from##*/}" $kind "$dir/$link"
		done
	done
done

# An independent reader agrees on what is outside, and on what is inside.
# status: those of both checksums and the VNI; 1 is good, 3 is none.
status()
{
	tshark -r "$dir/out" -o ip.check_checksum:TRUE -T fields \
		-o udp.check_checksum:TRUE -E occurrence=f \
		-e frame.cap_len -e frame.len -e ip.checksum.status \
		-e udp.checksum.status -e "$1.vni" 2>/dev/null |
		awk '{ print ($1 < $2 ? "cut" : "whole"), $3, $4, $5 }' |
		sort -u | tr '\n' ' '
}

# text CAPTURE: all that tshark can tell of it.
text()
{
	tshark -r "$1" -t e -V 2>/dev/null | grep -v '^Frame [0-9]'
}

if command -v tshark >/dev/null && command -v editcap >/dev/null; then
	for kind in vxlan:77 geneve:0x00004d; do
		forward $demo -encap ${kind%:*} -vni 77 || bad=1
		vni=${kind#*:}
		[ "$(status ${kind%:*})" = "cut 1 3 $vni whole 1 1 $vni " ] &&
			ok "tshark finds the checksums of ${kind%:*} good" ||
			not_ok "tshark on ${kind%:*}: $(status ${kind%:*})"
	done
	editcap -F pcap -C 50 -L "$dir/out" "$dir/inner" 2>/dev/null
	text $demo >"$dir/want"
	if text "$dir/inner" | cmp -s - "$dir/want" && [ -s "$dir/want" ]; then
		ok "tshark sees the same packets inside"
	else
		text "$dir/inner" | diff - "$dir/want" | head
		not_ok "tshark sees other packets inside"
	fi
else
	echo "ok tshark # SKIP it is not installed"
fi

# Twice the same is the same, and standard output is a file, too.
forward $demo && cp "$dir/out" "$dir/first"
"$B/bin/capture-fwd" -r - -w - <$demo 2>/dev/null | cmp - "$dir/first" &&
	ok "two runs write the same" || not_ok "two runs differ"

# A filter and the totals.
forward $demo udp port 5000 or icmp
n=$(tcpdump -r $demo -nn 'udp port 5000 or icmp' 2>/dev/null | wc -l)
[ "$(awk '$1 == "packets_written" { print $2 }' "$dir/err")" -eq "$n" ] &&
	[ "$n" -gt 0 ] && ok "a filter leaves $n packets" ||
	not_ok "a filter"
exit $bad
