# shellcheck shell=bash
# Sourced by scenarios with a redis-server of their own.
# shellcheck source=tests/tools/lib.bash
. tests/tools/lib.bash

redis() { redis-cli -s "$TMP/redis.sock" "$@"; }

fail() { echo "not ok $*"; tail -n 40 "$TMP"/*.err; exit 1; }

# redis_start: a server at $TMP/redis.sock; REDIS is its number.
redis_start()
{
	spawn "$TMP/redis.err" redis-server --port 0 --unixsocket \
	    "$TMP/redis.sock" --save '' --appendonly no --dir "$TMP"
	REDIS=$PID
	wait_for 10 redis_answers || fail "redis-server does not start"
}

# redis_conf NETWORK: $TMP/collector.conf for that server, and own networks.
redis_conf()
{
	cat >"$TMP/collector.conf" <<-CONF
	[redis]
	socket = $TMP/redis.sock
	[flows]
	own-networks = $1
	CONF
}

# Even when it wants a password.
redis_answers() { redis ping 2>&1 | grep -q 'PONG\|NOAUTH'; }

# Like a crash: nothing is saved, nobody is told.
redis_kill()
{
	kill -9 "$REDIS"
	wait "$REDIS" 2>/dev/null || :
}

# dump: key, type, value and class of expiry, as the recorded files have them.
dump()
{
	local key ttl

	redis --raw keys '*' | while IFS= read -r key; do
		ttl=$(redis ttl "$key")
		if ((ttl > 0 && ttl <= 900)); then
			ttl='ttl<=900'
		fi
		printf '%s\t%s\t%s\t%s\n' "$key" "$(redis type "$key")" \
		    "$(redis --raw get "$key")" "$ttl"
	done | LC_ALL=C sort
}

# monitor_start, monitor_stop FILE: note the commands that the server gets.
monitor_start()
{
	spawn "$TMP/monitor" redis-cli -s "$TMP/redis.sock" monitor
	wait_for 5 grep -q OK "$TMP/monitor" || fail "no monitor"
}
monitor_stop()
{
	redis echo finished >/dev/null
	wait_for 5 grep -q finished "$TMP/monitor" ||
		fail "the monitor stopped"
	sed -n 's/^[0-9.]* \[[^]]*\] \("\(INCRBY\|EXPIRE\|GET\|APPEND\)" .*\)/\1/p' \
	    "$TMP/monitor" >"$1"
}

command -v redis-server >/dev/null || { echo "no redis-server"; exit 77; }
