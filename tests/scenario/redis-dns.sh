#!/bin/bash
# DNS answers give the Redis keys and commands that the old agent gave.
set -eu
B=${B:-build}
cd "$(dirname "$0")/../.."
[ -n "${GUARDED:-}" ] || exec env GUARDED=1 timeout 50 "$0"
. tests/scenario/redis.bash

golden=tests/golden/shodohflo
redis_start
cat >"$TMP/collector.conf" <<CONF
[redis]
socket = $TMP/redis.sock
CONF

# answers FILE: datagrams of the old agent, through our output.
answers()
{
	"$B/tools/dnsredis" "$TMP/collector.conf" <"$1" \
	    2>"$TMP/dnsredis.err" || fail "dnsredis $1"
}

for name in golden_fstrm_dedupe golden_fstrm_nodedupe \
    edge_small_fstrm_dedupe edge_small_fstrm_nodedupe; do
	redis flushall >/dev/null
	answers "$golden/replay_$name.jsonl"
	dump >"$TMP/dump"
	LC_ALL=C sort "$golden/replay_$name.txt" | diff - "$TMP/dump" ||
		fail "$name: keys differ from the old agent's"
	ok "$name: the keys are those of the old agent"
done

redis flushall >/dev/null
monitor_start
answers "$golden/golden.jsonl"
monitor_stop "$TMP/commands"
diff "$golden/golden_dns_commands.txt" "$TMP/commands" ||
	fail "commands differ from the old agent's"
ok "the commands come in the order of the old agent"

# What it recorded live, without the part of its flow agent.
dump >"$TMP/dump"
grep -v ';\(flow\|peer\|rst\|icmp\)	' "$golden/golden_A.txt" |
    grep -v '^client;' | LC_ALL=C sort |
    diff - <(grep -v '^client;' "$TMP/dump") || fail "golden_A: keys differ"
ok "golden_A: the keys of its DNS answers are there"

answers "$golden/golden.jsonl"
redis --raw keys '*;cname' | while IFS= read -r key; do
	redis --raw get "$key" | sed 's/;;/;\n;/g' | sort | uniq -d
done >"$TMP/twice"
[ ! -s "$TMP/twice" ] || fail "a name is twice in a list: $(cat "$TMP/twice")"
[ "$(redis get 'client;10.77.0.11')" = $((2 * $(grep -c '"10.77.0.11"' \
    "$golden/golden.jsonl"))) ] || fail "a client is miscounted"
ok "answers that come again add no name and count"

redis flushall >/dev/null
printf '[dns]\nignore = .golden.test\n' >>"$TMP/collector.conf"
answers "$golden/golden.jsonl"
[ "$(redis dbsize)" = 0 ] || fail "an ignored domain has keys"
[ "$(counter "$TMP/dnsredis.err" redis.dns_ignored)" -gt 0 ] ||
	fail "nothing counts as ignored"
printf 'ignore-match = substring\nignore = nosuch\n' >>"$TMP/collector.conf"
sed -i '/\.golden\.test/d' "$TMP/collector.conf"
answers "$golden/golden.jsonl"
[ -z "$(redis keys '*nosuch*')" ] || fail "an ignored part of names has keys"
[ "$(redis dbsize)" -gt 10 ] || fail "too much is ignored"
ok "ignored questions make no keys, not even that of their client"
