#!/bin/bash
# The collector goes on when Redis does not, and its account of what it was
# given closes.
set -eu
B=${B:-build}
cd "$(dirname "$0")/../.."
[ -n "${GUARDED:-}" ] || exec env GUARDED=1 timeout 55 "$0"
. tests/scenario/redis.bash

cat >"$TMP/collector.conf" <<CONF
[redis]
socket = $TMP/redis.sock
drain-timeout = 500
[flows]
own-networks = 10.0.0.0/24
CONF
"$B/tools/mkrec" v1 20000 >"$TMP/v1"
# a hundred flows, of which each makes two keys of its own and two that count
flows=100
updates=$((4 * flows))

# collect NAME [OPTION...]: the stored records to Redis; the account in NAME.err
collect()
{
	local name=$1

	shift
	"$B/bin/recollect" -c "$TMP/collector.conf" -R "$TMP/v1" -o redis "$@" \
	    2>"$TMP/$name.err"
}

# closes FILE: every update has one end.
closes()
{
	local sum=0 part

	for part in made pending dropped unconfirmed refused; do
		sum=$((sum + $(counter "$1" "redis.updates_$part")))
	done
	[ "$sum" = "$updates" ] || fail "$1: $sum of $updates updates"
}

if collect absent; then
	fail "all is well without a server"
fi
closes "$TMP/absent.err"
[ "$(counter "$TMP/absent.err" redis.updates_pending)" = "$updates" ] ||
	fail "something was written"
grep -q "$updates updates could not be written" "$TMP/absent.err" ||
	fail "no word of what is lost"
ok "without a server the status is not 0 and what is lost is named"

"$B/bin/recollect" -c <(sed 's/= 500/= 20000/' "$TMP/collector.conf") \
    -R "$TMP/v1" -o redis 2>"$TMP/late.err" &
late=$!
LIB_PIDS+=("$late")
wait_for 10 grep -q 'redis: .*trying again' "$TMP/late.err" ||
	fail "no word of the missing server"
redis_start
wait "$late" || fail "status $? with a server that came late"
closes "$TMP/late.err"
[ "$(counter "$TMP/late.err" redis.updates_made)" = "$updates" ] ||
	fail "a late server got less"
[ "$(redis dbsize)" = $((updates)) ] || fail "$(redis dbsize) keys"
ok "a server that comes late gets everything"

redis flushall >/dev/null
redis replicaof 127.0.0.1 1 >/dev/null
if collect readonly; then
	fail "all is well with a replica"
fi
closes "$TMP/readonly.err"
grep -q READONLY "$TMP/readonly.err" || fail "no word of the replica"
redis replicaof no one >/dev/null
[ "$(redis dbsize)" = 0 ] || fail "a replica was written to"
ok "a replica is named, and what waits for it is counted"

redis config set maxmemory 1 >/dev/null
if collect full; then
	fail "all is well without memory"
fi
closes "$TMP/full.err"
grep -q OOM "$TMP/full.err" || fail "no word of the memory"
redis config set maxmemory 0 >/dev/null
ok "a server without memory is named, and what waits for it is counted"

redis config set requirepass secret >/dev/null
if collect locked; then
	fail "all is well without a password"
fi
closes "$TMP/locked.err"
grep -q NOAUTH "$TMP/locked.err" || fail "no word of the password"
echo 'password = wrong' >"$TMP/password"
sed -i "/^drain/r $TMP/password" "$TMP/collector.conf"
if collect wrong; then
	fail "all is well with a wrong password"
fi
closes "$TMP/wrong.err"
grep -q WRONGPASS "$TMP/wrong.err" || fail "no word of the wrong password"
sed -i 's/wrong/secret/' "$TMP/collector.conf"
collect right || fail "status $? with the right password"
closes "$TMP/right.err"
redis -a secret --no-auth-warning config set requirepass '' >/dev/null
ok "a password is needed, checked and used"

redis flushall >/dev/null
sed -i '/^password/d' "$TMP/collector.conf"
redis set 'client;10.0.0.1' text >/dev/null
collect type || fail "status $? with a key of another type"
closes "$TMP/type.err"
[ "$(counter "$TMP/type.err" redis.updates_refused)" -gt 0 ] ||
	fail "nothing was refused"
[ "$(redis dbsize)" = "$updates" ] || fail "the other keys are missing"
ok "a key of another type is refused alone"

# A server that hangs while records flow: the other output and the agent go on.
mkfifo "$TMP/pipe"
spawn "$TMP/agent.err" "$B/bin/pcapper" -R "$TMP/pipe" -p 0 --no-log \
    --listen 127.0.0.1 --wait-collectors 1
agent=$PID
"$B/tools/mkpcap" 100000000 5000 >"$TMP/pipe" 2>/dev/null &
feed=$!
LIB_PIDS+=("$feed")
port=$(agent_port "$TMP/agent.err") || fail "no agent"
spawn "$TMP/hang.err" "$B/bin/recollect" -c "$TMP/collector.conf" --once \
    -o redis -o "text:$TMP/text" --agent "127.0.0.1:$port"
collector=$PID
more() { [ "$(wc -l <"$TMP/text")" -gt "$1" ]; }
wait_for 10 more 5000 || fail "no records"
kill -STOP "$REDIS"
had=$(wc -l <"$TMP/text")
wait_for 10 more $((had + 15000)) || fail "the other output waits for Redis"
kill -CONT "$REDIS"
stop "$feed"
wait "$agent" || fail "the agent: exit status $?"
wait "$collector" || fail "the collector: exit status $?"
balanced "$TMP/agent.err" "$TMP/hang.err" || fail "the books do not close"
[ "$(grep -vc '^#' "$TMP/text")" -eq \
    "$(counter "$TMP/agent.err" pkt_records)" ] || fail "lines are missing"
for name in lost_queue lost_late lost_spool; do
	[ "$(counter "$TMP/hang.err" total.$name)" -eq 0 ] || fail "$name"
done
ok "a server that hangs delays neither the agent nor another output"
