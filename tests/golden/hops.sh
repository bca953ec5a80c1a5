#!/bin/bash
# A capture, and the same behind a router that was made up: other MACs, a VLAN tag,
# a smaller TTL, another ToS, each tenth packet missing, all 5 ms later.
set -eu
B=${B:-build}
cd "$(dirname "$0")/../.."
# shellcheck source=tests/tools/lib.bash
. tests/tools/lib.bash
dir=$TMP

fail() { echo "not ok $*"; tail -n 5 "$dir/err"; cat "$dir/hops"; exit 1; }

# route FROM TO: prints how many IP packets there are, and how many go missing.
route()
{
	python3 - "$@" <<-'END'
	import struct, sys
	data = open(sys.argv[1], 'rb').read()
	nano = data[:4] == b'\x4d\x3c\xb2\xa1'
	out, at, n, missing = [data[:24]], 24, 0, 0
	while at < len(data):
	    sec, frac, cap, size = struct.unpack_from('<IIII', data, at)
	    f = bytearray(data[at + 16:at + 16 + cap])
	    at += 16 + cap
	    kind = bytes(f[12:14])
	    if kind not in (b'\x08\x00', b'\x86\xdd'):
	        continue
	    n += 1
	    if n % 10 == 0:
	        missing += 1
	        continue
	    f[:12] = bytes(range(2, 14))
	    if kind == b'\x08\x00':
	        f[15] ^= 0x2c
	        f[22] -= 1
	        f[24:26] = b'\0\0'
	        head = struct.unpack('>10H', f[14:34])
	        s = sum(head)
	        while s >> 16:
	            s = (s & 0xffff) + (s >> 16)
	        f[24:26] = struct.pack('>H', ~s & 0xffff)
	    else:
	        f[14:18] = bytes((f[14] ^ 2, f[15] ^ 0x5a, 0x12, 0x34))
	        f[21] -= 1
	    f[12:12] = b'\x81\0\0\x07'
	    frac += 5000000 if nano else 5000
	    unit = 1000000000 if nano else 1000000
	    sec, frac = sec + frac // unit, frac % unit
	    f = f[:len(f) - 4] if cap < size else f
	    out.append(struct.pack('<IIII', sec, frac, len(f), size + 4) + f)
	open(sys.argv[2], 'wb').write(b''.join(out))
	print(n, missing)
	END
}

for name in demo mgen-udp4-frag mgen-tcp4-multi mgen-h-udp6-multi; do
	pcap=tests/golden/$name.pcap
	route $pcap "$dir/far.pcap" >"$dir/truth"
	cp $pcap "$dir/near.pcap"
	for side in near far; do
		"$B/bin/pcapper" -q --no-listen --no-log --digest --node $side \
			-R "$dir/$side.pcap" -w "$dir/$side.v1" 2>"$dir/err" ||
			fail "$name: pcapper"
	done
	"$B/bin/recollect" -R "$dir/near.v1" -R "$dir/far.v1" -o hops:text \
		>"$dir/hops" 2>"$dir/err" || fail "$name: recollect"
	# what a flow lost is missing, and flows of which nothing came
	awk '
	$1 == "hop" && ($9 != "near" || $12 != "far") { bad = bad " path" }
	$1 == "hop" { lost += $18; paired += $16 - $20 }
	$1 == "hop" && $19 > 0 { bad = bad " repeated" }
	$1 == "hop" && $21 != "-" && ($21 != "0.005000" || $26 != $21) {
		bad = bad " delay"
	}
	$1 == "end" && $9 == "near" { lost += $15 }
	$1 == "network" { packets = $16; rest = $28 + $29 + $30 }
	END {
		print packets, lost + 0 > "'"$dir/told"'"
		if (bad != "" || rest > 0 || paired < packets / 2) {
			print bad, rest, paired
			exit 1
		}
	}' "$dir/hops" || fail "$name"
	cmp -s "$dir/truth" "$dir/told" ||
		fail "$name: $(cat "$dir/told"), not $(cat "$dir/truth")"
	echo "ok $name: packets, missing $(cat "$dir/told")"
done

# live [OPTION]: two collectors at one agent, of which one asks for a part.
live()
{
	local port agent pids=() range

	spawn "$dir/err" "$B/bin/pcapper" --no-log --node near -p 0 "$@" \
		--wait-collectors 2 -R "$dir/near.pcap"
	agent=$PID
	port=$(agent_port "$dir/err") || fail "live: $*"
	for range in 1 4; do
		spawn "$dir/err.$range" "$B/bin/recollect" --once \
			--agent "127.0.0.1:$port" --digest-range $range \
			-o "hops:text:$dir/live.$range"
		pids+=("$PID")
	done
	wait "$agent" "${pids[@]}" || fail "live: $*"
	for range in 1 4; do
		awk '$1 == "network" { print $15, $16, $28, $31 }' \
			"$dir/live.$range"
		rm "$dir/live.$range"
	done >"$dir/hops"
}
cp tests/golden/mgen-tcp4-multi.pcap "$dir/near.pcap"
live --digest
awk 'NR == 1 && $0 != "1463 1463 0 1" { exit 1 }
	NR == 2 && ($1 != 1463 || $2 < 250 || $2 > 500 || $3 != 0 || $4 != 4) {
		exit 1
	}
	END { exit NR != 2 }' "$dir/hops" || fail "ranges"
live
[ "$(cat "$dir/hops")" = "1463 0 1463 1
1463 0 1463 4" ] || fail "an agent without digests"
echo "ok each collector gets the range it asks for"
