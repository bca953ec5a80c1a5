#!/bin/bash
# The password of Redis, and keys of TLS, get into no argument list, message,
# printed configuration or core file.
set -eu
B=${B:-build}
cd "$(dirname "$0")/../.."
[ -n "${GUARDED:-}" ] || exec env GUARDED=1 timeout 50 "$0"
. tests/scenario/redis.bash

secret=correct-horse-battery
cat >"$TMP/collector.conf" <<CONF
[redis]
socket = $TMP/redis.sock
password = $secret
CONF
chmod 755 "$TMP"

"$B/bin/recollect" -n -c "$TMP/collector.conf" >"$TMP/print" 2>&1
grep -q '^redis.password = \*\*\*$' "$TMP/print" || fail "no masked password"
! grep -q "$secret" "$TMP/print" || fail "-n prints the password"
ok "-n masks the password"

for program in pcapper recollect; do
	! "$B/bin/$program" --help 2>&1 | grep -i 'passw\|secret' ||
		fail "$program takes a password as an argument"
done
ok "no option takes a password"

# The last one repeats what it was sent, as a server without AUTH does.
for bad in 'password' "password = $secret
password = $secret" "pass word = $secret" "password-file = /no/such"; do
	printf '[redis]\n%s\n' "$bad" >"$TMP/bad.conf"
	! "$B/bin/recollect" -n -c "$TMP/bad.conf" >>"$TMP/bad.err" 2>&1 ||
		fail "accepted: $bad"
done
! grep -q "$secret" "$TMP/bad.err" || fail "messages about the configuration"
spawn "$TMP/redis.err" redis-server --port 0 --unixsocket "$TMP/redis.sock" \
    --save '' --appendonly no --dir "$TMP" --rename-command AUTH ''
REDIS=$PID
wait_for 10 redis_answers || fail "redis-server does not start"
redis AUTH "$secret" 2>&1 | grep -q "$secret" || fail "it does not repeat"

# collector [OPTION...]: one that is running; COLLECTOR is its number.
collector()
{
	spawn "$TMP/collector.err" "$B/bin/recollect" -v \
	    -c "$TMP/collector.conf" -o redis --listen 127.0.0.1:0 "$@"
	COLLECTOR=$PID
	wait_for 10 grep -q 'redis: ' "$TMP/collector.err" ||
		fail "no attempt to log in"
}

collector
grep -q 'refused, repeating the password' "$TMP/collector.err" ||
	fail "no word of the server"
! grep -q "$secret" "$TMP/collector.err" || fail "the log has the password"
! tr '\0' '\n' <"/proc/$COLLECTOR/cmdline" | grep -q "$secret" ||
	fail "an argument has the password"
ok "a server that repeats the password is not repeated"

# no_core USER: no core file, and /proc belongs to root.
no_core()
{
	grep -q '^Max core file size *0 *0 ' "/proc/$COLLECTOR/limits" ||
		fail "core files of $1: $(grep core "/proc/$COLLECTOR/limits")"
	[ "$(stat -c %u "/proc/$COLLECTOR/mem")" = 0 ] ||
		fail "the memory of $1 is open to its user"
	kill -USR1 "$COLLECTOR"
	wait_for 5 grep -q 'redis.updates_made 0' "$TMP/collector.err" ||
		fail "no counters of $1"
	kill -HUP "$COLLECTOR"
	kill "$COLLECTOR"
	wait "$COLLECTOR" || fail "exit status $? of $1"
	ok "no core file as $1"
}
no_core "the user who started it"
if [ "$(id -u)" = 0 ]; then
	collector --user nobody
	no_core nobody
fi

# Keys of TLS are secrets as well, of both programs.
key=00112233445566778899aabbccddeeff
(umask 077 && echo "n1:$key" >"$TMP/psk")
spawn "$TMP/agent.err" "$B/bin/pcapper" -v -p 0 --listen 127.0.0.1 --no-log \
    --psk-file "$TMP/psk" -R tests/golden/demo.pcap --wait-collectors 1
agent=$PID
wait_for 10 grep -q 'listening on port' "$TMP/agent.err" || fail "no agent"
spawn "$TMP/tls.err" "$B/bin/recollect" -v -o none --listen 127.0.0.1:0 \
    --psk-file "$TMP/psk" -c /dev/null
wait_for 10 grep -q 'listening at' "$TMP/tls.err" || fail "no collector"
for pid in "$agent" "$PID"; do
	grep -q '^Max core file size *0 *0 ' "/proc/$pid/limits" ||
		fail "core files: $(tr '\0' ' ' <"/proc/$pid/cmdline")"
done
echo "n1:${key}0" >"$TMP/psk"
! "$B/bin/pcapper" --psk-file "$TMP/psk" -R tests/golden/demo.pcap --no-log \
    -p 0 2>"$TMP/badkey.err" || fail "half an octet is accepted"
! grep -q "$key" "$TMP"/*.err || fail "a message has the key"
ok "no core file and no message has a key of TLS"
