#!/bin/bash
# Packets and octets of each MGEN flow are those that the senders and receivers
# themselves reported, fragments, TCP and IPv6 included.
set -eu
B=${B:-build}
cd "$(dirname "$0")/../.."
golden=tests/golden
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
bad=0

# seen CAPTURE: flow, packets, octets of its text log.
seen()
{
	"$B/bin/pcapper" -q --no-listen -R "$golden/$1" -f "$dir/log" \
		2>"$dir/err" || { cat "$dir/err" && exit 1; }
	awk -F : '{ f = $(NF - 1) }
		f != 0 { n[f]++; octets[f] += $(NF - 2) }
		END { for (f in n) print f, n[f], octets[f] }' "$dir/log" | sort
	rm "$dir/log"
}

# told CAPTURE: the same from the ground truth.
told()
{
	awk -F '\t' -v pcap="$1" \
		'$1 == pcap { print $4, $8 + $9, $11 }' \
		$golden/mgen-ground-truth.tsv | sort
}

for pcap in "$golden"/mgen-*.pcap; do
	name=${pcap##*/}
	told "$name" >"$dir/told"
	seen "$name" >"$dir/seen"
	if [ -s "$dir/told" ] && diff "$dir/told" "$dir/seen"; then
		echo "ok $name"
	else
		echo "not ok $name"
		bad=1
	fi
done
exit $bad
