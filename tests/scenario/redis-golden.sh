#!/bin/bash
# Captures give the Redis keys and commands that the old agent gave.
set -eu
B=${B:-build}
cd "$(dirname "$0")/../.."
[ -n "${GUARDED:-}" ] || exec env GUARDED=1 timeout 50 "$0"
. tests/tools/lib.bash

golden=tests/golden/shodohflo
redis() { redis-cli -s "$TMP/redis.sock" "$@"; }

ok() { echo "ok $*"; }
fail() { echo "not ok $*"; tail -n 40 "$TMP"/*.err; exit 1; }

command -v redis-server >/dev/null || { echo "no redis-server"; exit 77; }
spawn "$TMP/redis.err" redis-server --port 0 --unixsocket "$TMP/redis.sock" \
    --save '' --appendonly no --dir "$TMP"
wait_for 10 redis ping || fail "redis-server does not start"

cat >"$TMP/collector.conf" <<CONF
[redis]
socket = $TMP/redis.sock
[flows]
own-networks = 10.77.0.0/24
CONF

# dump: key, type, value and class of expiry, as the recorded files have them.
dump()
{
	local key ttl

	redis --raw keys '*' | LC_ALL=C sort | while IFS= read -r key; do
		ttl=$(redis ttl "$key")
		if ((ttl > 0 && ttl <= 900)); then
			ttl='ttl<=900'
		fi
		printf '%s\t%s\t%s\t%s\n' "$key" "$(redis type "$key")" \
		    "$(redis get "$key")" "$ttl"
	done | LC_ALL=C sort
}

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

spawn "$TMP/monitor" redis-cli -s "$TMP/redis.sock" monitor
wait_for 5 grep -q OK "$TMP/monitor" || fail "no monitor"
replay out0
redis echo finished >/dev/null
wait_for 5 grep -q finished "$TMP/monitor" || fail "the monitor stopped"
sed -n 's/^[0-9.]* \[[^]]*\] \("\(INCRBY\|EXPIRE\)" .*\)/\1/p' "$TMP/monitor" \
    >"$TMP/commands"
diff "$golden/golden_redis_commands_2.txt" "$TMP/commands" ||
	fail "commands differ from the old agent's"
ok "out0: the commands come in the order of the old agent"
