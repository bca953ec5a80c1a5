#!/bin/bash
# Octets that a DNS record costs on the wire, at a tick of 1 us and a latency of
# 1 s: what resolvers answered in tests, and what an office of forty asks for.
set -u
# shellcheck source=tests/bench/lib.bash
. tests/bench/lib.bash

cost=$B/tools/dnscost
office=$(mktemp) || exit 1
trap 'rm -f "$office"' EXIT

# octets NAME LOG LEVEL TARGET
octets()
{
	local value

	value=$("$cost" "$2" 1000 "$3" | cut -d ' ' -f 1)
	figure "dns.$1" "${value:--}" octets/record "$4"
}

octets test-network tests/golden/dns-golden.log 6 "<=18"
octets unbound tests/golden/dns-unbound.log 6 "<=24.5"
octets kresd tests/golden/dns-kresd.log 6 "<=24"
while read -r rate limit; do
	awk -v n=20000 -v rate="$rate" -f tests/bench/dnslog.awk >"$office"
	octets "office-$rate-per-second" "$office" 6 "<=$limit"
	octets "office-$rate-per-second.level-1" "$office" 1 -
done <<-END
	20 28
	500 18
END
figure dns.text "$(($(wc -c <"$office") / 20000))" octets/record
