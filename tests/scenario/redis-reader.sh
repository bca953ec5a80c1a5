#!/bin/bash
# A program that reads the keys of the old agents reads ours, whatever strangers
# put into DNS names.
set -eu
B=${B:-build}
cd "$(dirname "$0")/../.."
[ -n "${GUARDED:-}" ] || exec env GUARDED=1 timeout 50 "$0"
. tests/scenario/redis.bash

golden=tests/golden/shodohflo
command -v python3 >/dev/null || { echo "no python3"; exit 77; }

redis_start
redis_conf 10.77.0.0/24

# hostile NAME: one name as alias, as target of an alias, and as one that does
# not exist; $n numbers the addresses.
n=0
hostile()
{
	local name=${1//\\/\\\\}

	n=$((n + 1))
	cat <<JSON
{"chain": ["$name", "alias$n.ex."], "client": "10.77.0.9", "qtype": "A", "status": "NOERROR", "id": 1, "address": "192.0.2.$n"}
{"chain": ["target$n.ex.", "$name"], "client": "10.77.0.9", "qtype": "AAAA", "status": "NOERROR", "id": 2, "address": "2001:db8::$n"}
{"chain": ["$name"], "client": "::ffff:10.77.0.9", "qtype": "A", "status": "NXDOMAIN", "id": 3}
JSON
}

label=$(printf 'a%.0s' {1..63})
octets=$(printf '\\255%.0s' {1..63})
for name in 'a\;b.ex.' '\;dns.' '\;\;\;.' 'x\;10.0.0.1\;dns.ex.' \
    'back\\slash.ex.' '\\\\\;.' '<script>alert(1)</script>.ex.' \
    'new\010line.ex.' 'nul\000.ex.' 'bell\007\127.' '*.ex.' '[a-z]?.ex.' \
    '\255\254.ex.' '\195\040.' '{}%s%n.ex.' '\"quoted\".ex.' '.' \
    "$label.$label.$label.${label:2}." \
    "$octets.$octets.$octets.${octets:8}."; do
	hostile "$name"
done >"$TMP/unquoted"
# JSON wants the quotes that the text escapes escaped too
sed 's/\\\\"/\\\\\\"/g' "$TMP/unquoted" >"$TMP/hostile.jsonl"

"$B/bin/pcapper" -p 0 --listen 127.0.0.1 -f "$TMP/log" -m none \
    -R "$golden/golden_in0.pcap" -w "$TMP/in0.v1" 2>"$TMP/agent.err" ||
	fail "pcapper"
"$B/bin/recollect" -c "$TMP/collector.conf" -R "$TMP/in0.v1" -o redis \
    2>"$TMP/collector.err" || fail "recollect"
cat "$golden"/replay_*_nodedupe.jsonl "$TMP/hostile.jsonl" |
    "$B/tools/dnsredis" "$TMP/collector.conf" 2>"$TMP/dnsredis.err" ||
	fail "dnsredis"
tests/tools/redisread.py "$TMP/redis.sock" >"$TMP/seen" 2>"$TMP/read.err" ||
	fail "the reader fails"
! grep -q '=0\b' "$TMP/seen" || fail "a kind is missing: $(cat "$TMP/seen")"
ok "a reader understands every key: $(cat "$TMP/seen")"

names=$(grep -c 'target' "$TMP/hostile.jsonl")
[ "$(redis keys '::ffff:a4d:9;*;nx' | grep -c .)" = "$names" ] ||
	fail "not every hostile name counts as missing"
[ "$(redis keys '10.77.0.9;192.0.2.*;dns' | grep -c .)" = "$names" ] ||
	fail "not every hostile name has its address"
ok "every one of $names hostile names has its keys"

redis set '10.77.0.9;192.0.2.1;dns' $'\xff' >/dev/null
! tests/tools/redisread.py "$TMP/redis.sock" >/dev/null 2>&1 ||
	fail "the reader reads anything"
redis del '10.77.0.9;192.0.2.1;dns' >/dev/null
redis set 'client;nobody' 1 >/dev/null
! tests/tools/redisread.py "$TMP/redis.sock" >/dev/null 2>&1 ||
	fail "the reader takes any client"
ok "a reader that chokes is noticed"
