#!/bin/bash
# What becomes of each frame of the resolvers' streams is what BIND's
# dnstap-read, which has another reader of Protocol Buffers and DNS, says of it.
set -eu
B=${B:-build}
cd "$(dirname "$0")/../.."
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
bad=0

# told FILE: the counters that dnstap-read's account makes one expect.
told()
{
	dnstap-read -y "$1" | awk -v q="'" '
		function frame() {
			if (n++ == 0)
				return
			if (kind != "CLIENT_RESPONSE")
				other++
			else if (qtype != "A" && qtype != "AAAA")
				not_address++
			else if (status == "NXDOMAIN")
				recorded++
			else if (status != "NOERROR")
				rcode++
			else if (has[qtype])
				recorded++
			else
				no_data++
		}
		/^type: MESSAGE/ { frame(); qtype = part = ""; delete has }
		/^  type: / { kind = $2 }
		/^    status: / { status = $2 }
		/^  [a-z]+_message_data:/ { message = $1; part = "" }
		/^    [A-Z]+_SECTION:/ { part = $1 }
		/^      - / && message ~ /^response/ {
			gsub(q, "")
			if (part ~ /^QUESTION/ && qtype == "")
				qtype = $NF
			if (part ~ /^ANSWER/)
				has[$5] = 1
		}
		END {
			n > 0 && frame()
			print "dns_frames", n - 1
			print "dns_other_types", other + 0
			print "dns_not_address_type", not_address + 0
			print "dns_rcode", rcode + 0
			print "dns_no_data", no_data + 0
			print "dns_answers", recorded + 0
		}'
}

# counted FILE: the same by pcapper, nothing de-duplicated.
counted()
{
	"$B/bin/pcapper" -q --no-listen --no-log --dns-dedup off \
		--dnstap-file "$1" 2>"$dir/err" || { cat "$dir/err" && exit 1; }
	for c in frames other_types not_address_type rcode no_data answers; do
		grep "^dns_$c " "$dir/err"
	done
}

for f in tests/golden/dnstap/*.fstrm tests/golden/shodohflo/golden.fstrm; do
	told "$f" >"$dir/told"
	counted "$f" >"$dir/counted"
	if diff "$dir/told" "$dir/counted" >"$dir/diff"; then
		echo "ok $f"
	else
		echo "not ok $f: < dnstap-read, > pcapper"
		cat "$dir/diff"
		bad=1
	fi
done
exit $bad
