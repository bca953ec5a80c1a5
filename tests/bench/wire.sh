#!/bin/bash
# Octets and instructions a record of the v1 stream, at a tick of 1 us; the
# figures are for blocks of 512 and the fields of the old record plus TCP flags,
# IPv6 and ICMP.  Then what each other field costs.
set -u
# shellcheck source=tests/bench/lib.bash
. tests/bench/lib.bash

data=../shared/data
[ -r $data/public/apps.pcap ] || not_measured "no captures beside the tree"
base=0x181 # TCP flags, ICMP, quote
cost="$B/tools/wirecost"

octets()
{
	"$cost" "$1" "$2" "$3" 6 1 0 | cut -d ' ' -f 1
}

# instructions CAPTURE LEVEL ENCODED DECODED: of a whole run.
instructions()
{
	valgrind --tool=callgrind --callgrind-out-file=/dev/null \
		"$cost" "$1" 512 $base "$2" "$3" "$4" 2>&1 >/dev/null |
		awk '/refs:/ { gsub(",", "", $NF); print $NF }'
}

# per_record NAME CAPTURE: one more round of encoding, of decoding.
per_record()
{
	local n once six one both

	n=$("$cost" "$2" 512 $base 6 1 0 | cut -d ' ' -f 2)
	once=$(instructions "$2" 6 1 0)
	six=$(instructions "$2" 6 2 0)
	both=$(instructions "$2" 6 1 1)
	figure "wire.$1.encode-6" $(((six - once) / n)) instructions "<=1400"
	figure "wire.$1.decode" $(((both - once) / n)) instructions "<=500"
	once=$(instructions "$2" 1 1 0)
	one=$(instructions "$2" 1 2 0)
	figure "wire.$1.encode-1" $(((one - once) / n)) instructions "<=1050"
}

while read -r name file limit; do
	figure "wire.$name.512" "$(octets "$data/$file" 512 $base)" \
		octets/record "<=$limit"
	figure "wire.$name.4096" "$(octets "$data/$file" 4096 $base)" octets/record
	figure "wire.$name.all-fields" "$(octets "$data/$file" 512 0x3ff)" \
		octets/record
	[ -z "$(command -v valgrind)" ] || per_record "$name" "$data/$file"
done <<-END
	apps public/apps.pcap 3.25
	dns public/dns.pcap 6.4
	voip public/voip.pcap 1.95
	mgen own/mgen/long.pcap 2.05
END

while read -r field bit; do
	for name in public/apps own/mgen/long; do
		with=$(octets "$data/$name.pcap" 512 $((base | bit)))
		without=$(octets "$data/$name.pcap" 512 $base)
		figure "wire.${name##*/}.field.$field" "$(awk -v a="$with" \
			-v b="$without" 'BEGIN { printf "%.3f", a - b }')" \
			octets/record
	done
done <<-END
	ttl 0x002
	tos 0x004
	vlan 0x008
	iface 0x010
	role 0x020
	frag 0x040
	mgen-message 0x200
END

for name in apps dns voip; do
	without=$(octets "$data/public/$name.pcap" 512 $base)
	for n in 1 10 100; do
		with=$("$cost" "$data/public/$name.pcap" 512 0x581 6 1 0 $n |
			cut -d ' ' -f 1)
		figure "wire.$name.digest-of-1-in-$n" "$(awk -v a="$with" \
			-v b="$without" 'BEGIN { printf "%.3f", a - b }')" \
			octets/record
	done
done
