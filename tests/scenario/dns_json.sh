#!/bin/bash
# JSON datagrams of DNS answers, as the old agents exchange them: what the
# collector makes of them, what the agent refuses, and the lines of --stats.
cd "$(dirname "$0")/../.."
# shellcheck source=tests/scenario/collect.bash
. tests/scenario/collect.bash
P=$B/bin/pcapper
golden=tests/golden/shodohflo/golden.jsonl

# port: a UDP port that is free, on both families.
port()
{
	python3 -c 'import socket
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
s.bind(("::", 0))
print(s.getsockname()[1])'
}
# send ADDRESS PORT <LINES: each line is a datagram, all from one socket.
send()
{
	python3 -c 'import socket, sys
v6 = ":" in sys.argv[1]
s = socket.socket(socket.AF_INET6 if v6 else socket.AF_INET, socket.SOCK_DGRAM)
s.connect((sys.argv[1], int(sys.argv[2])))
for line in sys.stdin:
    s.send(line.encode())' "$@"
}
# has NAME N: whether the counter of the collector is that by now.
has()
{
	kill -USR1 "$COLLECTOR"
	[ "$(counter "$TMP/c.err" "dns_in.$1")" -eq "$2" ]
}
# counts NAME N: it becomes that.
counts()
{
	wait_for 10 has "$1" "$2" ||
	    fail "$1: $(counter "$TMP/c.err" "dns_in.$1"), should be $2"
	ok "$1: $2"
}
said()
{
	wait_for 10 grep -q -e "$1" "$TMP/c.err" || fail "not said: $1"
	ok "said: $1"
}

port=$(port)
cat >"$TMP/c.conf" <<-EOF
[dns]
listen = 127.0.0.1:$port
listen = [::1]:$port
[output]
stats = 1
EOF
spawn "$TMP/c.err" "$R" -c "$TMP/c.conf" -o none
COLLECTOR=$PID
wait_for 10 grep -q "\[::1\]:$port for JSON" "$TMP/c.err" || fail "collector"

send 127.0.0.1 "$port" <$golden
counts answers 43
said 'new peer 127\.0\.0\.1:[0-9]*$'
send ::1 "$port" <$golden
counts answers 86
said 'new peer \[::1\]:[0-9]*$'
same "two senders" "$(counter "$TMP/c.err" dns_in.peers)" 2

# numbers 3 and 4 are missing, 5 comes twice
sed -n '1,2p;5p;5,9p' $golden | send 127.0.0.1 "$port"
counts repeated 1
counts missing 2
same "what is missing has its name in the ledger" \
    "$(counter "$TMP/c.err" total.drop_dnstap)" 2
said 'sequence 127\.0\.0\.1:[0-9]*: 2 -> 5$'
counts answers 94

printf '%s\n' '{"id": 1, "chain": ["a."]}' 'no JSON' \
	'{"id": 2, "chain": ["a"], "client": "10.0.0.1"}' \
	'{"id": 3, "chain": ["a."], "client": "10.0.0.1", "qtype": "A", "status": "REFUSED"}' |
	send 127.0.0.1 "$port"
counts bad 3
counts not_accepted 1
said 'while processing client: is missing$'
said 'while processing datagram: '
said 'while processing chain: not an absolute name: a$'
said 'REFUSED from 127\.0\.0\.1:[0-9]* not in ACCEPTED_STATUS$'
for _ in $(seq 50); do echo 'no JSON'; done | send 127.0.0.1 "$port"
counts bad 53
[ "$(grep -c 'bad datagram' "$TMP/c.err")" -le 20 ] ||
    fail "$(grep -c 'bad datagram' "$TMP/c.err") warnings"
ok "warnings come at a bounded rate"

# The form of a line, and that the datagrams are in it.
f='[0-9]+\.[0-9]{4}' i='[0-9]+'
form="emin=$f emax=$f e1=$f e10=$f e60=$f dmin=$i dmax=$i d1=$f d10=$f d60=$f"
form="$form nmin=$i nmax=$i n1=$f n10=$f n60=$f\$"
lines()
{
	grep -oE "(answer_to_redis|consume|datagram|flow_to_redis|$1): $form" \
	    "$TMP/c.err" | cut -d: -f1 | head -n 6 | xargs
}
all="answer_to_redis consume datagram flow_to_redis nx_to_redis redis_backlog"
complete()
{
	[ "$(lines 'nx_to_redis|redis_backlog')" = "$all" ]
}
wait_for 10 complete || fail "lines of --stats"
ok "the lines of --stats are whole, by name"
measured()
{
	grep -qE ' datagram: .* nmax=([1-9][0-9]*) ' "$TMP/c.err"
}
wait_for 10 measured || fail "no datagram was measured"
ok "datagrams are measured"

stop "$COLLECTOR"
same "all that came is in the account" "$(counter "$TMP/c.err" dns_in.datagrams)" \
    $((43 + 43 + 8 + 4 + 50))

# ---- a sender ----

# refused PATTERN ARGUMENT...: the agent ends with a reason.
refused()
{
	local pattern=$1

	shift
	if timeout 10 "$P" -R tests/golden/demo.pcap --no-listen --no-log "$@" \
	    >"$TMP/out" 2>"$TMP/a.err"; then
		fail "accepted: $*"
	fi
	grep -q -e "$pattern" "$TMP/a.err" || fail "no reason for: $*"
	ok "refused: $*"
}
refused 'interface required for multicast' --dns-json 239.192.7.73:3053
refused 'interface required for multicast' --dns-json '[ff02::7:73]:3053'
refused 'interface invalid for unicast' --dns-json 127.0.0.1:3053 \
    --dns-json-interface lo
refused 'not an address' --dns-json localhost:3053
refused 'not an address' --dns-json 127.0.0.1
refused 'no such interface' --dns-json 239.192.7.73:3053 \
    --dns-json-interface nosuch0
refused 'dns-json-ttl' --dns-json-ttl 256
refused 'unknown word' --dns-json-loop maybe
refused 'is for --dns-json' --dns-json-interface lo
refused 'can be standard output' --dns-json stdout -w -
refused 'exclude each other' -q --stats 1
if "$P" -R tests/golden/demo.pcap --no-listen -f - --dns-json stdout \
    >"$TMP/out" 2>"$TMP/a.err"; then
	fail "a log and datagrams on standard output"
fi
ok "refused: a log and datagrams on standard output"

# The receiver's mistakes.
for text in 'listen = 239.192.7.73:3053' 'listen = 127.0.0.1' \
    'listen = localhost:3053' 'interface = lo' \
    "$(printf 'listen = 127.0.0.1:1\ninterface = lo')"; do
	printf '[dns]\n%s\n' "$text" >"$TMP/bad.conf"
	! timeout 10 "$R" -c "$TMP/bad.conf" -o none --listen 127.0.0.1:0 \
	    >"$TMP/out" 2>"$TMP/b.err" || fail "accepted: $text"
	grep -qE 'interface (required|invalid)|not an address' "$TMP/b.err" ||
	    fail "no reason for: $text"
	ok "refused: ${text//$'\n'/, }"
done

# The agent's lines: it waits for a collector that never comes.
spawn "$TMP/p.err" "$P" -R tests/golden/demo.pcap --no-log -p 0 \
    --wait-collectors 1 --stats 1
wait_for 10 grep -q 'queues: writeq=0$' "$TMP/p.err" || fail "no queues"
stop "$PID"
same "the agent's lines" "$(grep -oE "[a-z_]+: $form" "$TMP/p.err" |
	cut -d: -f1 | head -n 4 | xargs)" \
    "consume output_backlog process_data socket_recv"
