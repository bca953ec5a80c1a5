#!/bin/bash
# From dnstap and packets to the keys in Redis: agent, stream or TCP, collector,
# server - what the two old agents made of the same.
set -eu
B=${B:-build}
cd "$(dirname "$0")/../.."
[ -n "${GUARDED:-}" ] || exec env GUARDED=1 timeout 55 "$0"
. tests/scenario/redis.bash

golden=tests/golden/shodohflo
redis_start
redis_conf 10.77.0.0/24

# agent NAME OPTION...: read files, keep the stream in NAME.v1
agent()
{
	local name=$1

	shift
	"$B/bin/pcapper" -p 0 --listen 127.0.0.1 -f "$TMP/log" -m none "$@" \
	    -w "$TMP/$name.v1" 2>"$TMP/agent.err" || fail "pcapper $name"
}

# same_keys NAME FILE: the database is what the old agents left
same_keys()
{
	dump >"$TMP/$1.dump"
	LC_ALL=C sort "$2" | diff - "$TMP/$1.dump" ||
		fail "$1: keys differ from the old agents'"
}

agent_is_known() { ss -Htn state established "sport = :$port" | grep -q .; }
all_is_there() { dump | diff -q - "$TMP/want"; }

for name in golden edge_small; do
	agent $name --dnstap-file "$golden/$name.fstrm" --dns-dedup off
	redis flushall >/dev/null
	"$B/bin/recollect" -c "$TMP/collector.conf" -R "$TMP/$name.v1" \
	    -o redis 2>"$TMP/collector.err" || fail "recollect $name"
	same_keys $name "$golden/replay_${name}_fstrm_nodedupe.txt"
	ok "$name: the keys are those of the old agents"
done

agent both --dnstap-file "$golden/golden.fstrm" --dns-dedup name \
    -R "$golden/golden_in0.pcap"
redis flushall >/dev/null
"$B/bin/recollect" -c "$TMP/collector.conf" -R "$TMP/both.v1" -o redis \
    2>"$TMP/collector.err" || fail "recollect both"
same_keys both "$golden/golden_A.txt"
ok "flows and answers together: the keys are those of the old agents"

redis flushall >/dev/null
monitor_start
agent dns --dnstap-file "$golden/golden.fstrm" --dns-dedup name
"$B/bin/recollect" -c "$TMP/collector.conf" -R "$TMP/dns.v1" -o redis \
    2>"$TMP/collector.err" || fail "recollect dns"
monitor_stop "$TMP/commands"
diff "$golden/golden_dns_commands.txt" "$TMP/commands" ||
	fail "commands differ from the old agent's"
ok "the commands come in the order of the old agent"

# The same while it happens: an agent with a socket, a collector on TCP.
redis flushall >/dev/null
spawn "$TMP/live.err" "$B/bin/pcapper" -p 0 --listen 127.0.0.1 --no-log \
    --dnstap "$TMP/tap" --dns-dedup off
port=$(agent_port "$TMP/live.err") || fail "no agent"
wait_for 10 test -S "$TMP/tap" || fail "no socket"
spawn "$TMP/tcp.err" "$B/bin/recollect" -c "$TMP/collector.conf" \
    --agent "127.0.0.1:$port" -o redis -v
collector=$PID
wait_for 10 agent_is_known || fail "no conversation"
# a file of Frame Streams is what a resolver sends that expects no answer
python3 - "$TMP/tap" "$golden/golden.fstrm" <<'PYTHON'
import socket
import sys
tap = socket.socket(socket.AF_UNIX)
tap.connect(sys.argv[1])
tap.sendall(open(sys.argv[2], "rb").read())
tap.shutdown(socket.SHUT_WR)
while tap.recv(4096):
    pass
PYTHON
LC_ALL=C sort "$golden/replay_golden_fstrm_nodedupe.txt" >"$TMP/want"
wait_for 20 all_is_there || same_keys live "$TMP/want"
stop "$collector"
grep -q 'redis.updates_dropped 0' "$TMP/tcp.err" || fail "something dropped"
ok "live over TCP: the keys are those of the old agents"
