#!/bin/bash
# Captures give the Redis keys and commands that the old agent gave.
set -eu
B=${B:-build}
cd "$(dirname "$0")/../.."
[ -n "${GUARDED:-}" ] || exec env GUARDED=1 timeout 50 "$0"
. tests/scenario/redis.bash

golden=tests/golden/shodohflo
redis_start
redis_conf 10.77.0.0/24

# replay NAME: what the agent makes of a capture, stored, then counted.
replay()
{
	"$B/bin/pcapper" -p 0 --listen 127.0.0.1 -f "$TMP/log" -m none \
	    -R "$golden/golden_$1.pcap" -w "$TMP/$1.v1" 2>"$TMP/agent.err" ||
		fail "pcapper $1"
	redis flushall >/dev/null
	"$B/bin/recollect" -c "$TMP/collector.conf" -R "$TMP/$1.v1" -o redis \
	    2>"$TMP/collector.err" || fail "recollect $1"
}

for name in in0 out0; do
	replay "$name"
	dump >"$TMP/$name.dump"
	LC_ALL=C sort "$golden/replay_golden_$name.txt" >"$TMP/$name.want"
	diff "$TMP/$name.want" "$TMP/$name.dump" ||
		fail "$name: keys differ from the old agent's"
	ok "$name: the keys are those of the old agent"
done

monitor_start
replay out0
monitor_stop "$TMP/commands"
diff "$golden/golden_redis_commands_2.txt" "$TMP/commands" ||
	fail "commands differ from the old agent's"
ok "out0: the commands come in the order of the old agent"

clients=$(redis --raw mget client\;10.77.0.1{0,1})
echo 'ignore = 198.51.100.10:80, 10.77.0.10:40009' >>"$TMP/collector.conf"
replay out0
[ "$(redis --raw mget client\;10.77.0.1{0,1})" = "$clients" ] ||
	fail "an ignored flow does not count for its client"
[ -z "$(redis keys '*;198.51.100.10;80;flow')" ] ||
	fail "an ignored flow has its key"
n=$(counter "$TMP/collector.err" redis.silenced)
[ "$n" -gt 0 ] || fail "nothing is silenced"
ok "ignored ends of flows leave the client's counter alone"
