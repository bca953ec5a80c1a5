#!/bin/bash
# A truth table of flows and lookups, with a real resolver: each client does
# what its row says, and the collector must tell so; RUNS says how often.  PART
# is "calm", where the resolver restarts, or "kill", where an agent is killed.
set -eu
PART=${PART:-calm}
B=${B:-build}
cd "$(dirname "$0")/../.."
[ -n "${GUARDED:-}" ] || exec env GUARDED=1 timeout $((${RUNS:-1} * 100)) "$0"
. tests/tools/lib.bash

fail() { echo "not ok $*"; tail -n 20 "$TMP"/*.err "$TMP"/flows.json; exit 1; }

P=verdict$$ NET=10.78.0 NET6=fd78:
RESOLVER=$NET.53 SERVER=$NET.80

# node NAME ADDRESS...: a namespace on the bridge of namespace $P-net.
node()
{
	local ns=$P-$1 a

	shift
	ip netns add "$ns"
	LIB_NETNS+=("$ns")
	ip netns exec "$ns" sysctl -qw net.ipv6.conf.default.accept_dad=0
	ip -n "$ns" link set lo up
	ip -n "$ns" link add eth0 type veth peer name "${ns##*-}" netns $P-net
	for a in "$@"; do
		ip -n "$ns" addr add "$a" dev eth0
	done
	ip -n "$ns" link set eth0 up
	ip -n $P-net link set "${ns##*-}" master br0 up
}

make_net()
{
	ip netns add $P-net
	LIB_NETNS+=("$P-net")
	ip netns exec $P-net sysctl -qw net.ipv6.conf.default.accept_dad=0
	ip -n $P-net link set lo up
	ip -n $P-net link add br0 type bridge
	ip -n $P-net addr add $NET.254/24 dev br0
	ip -n $P-net link set br0 up
	node res $RESOLVER/24 $NET6:53/64
	# every name has an address of its own
	node srv $SERVER/24 $NET.8{1,2,3,4,5,6,7,8,9}/24 $NET6:80/64
	for c in 1 2 3 4 5 6; do
		node c$c $NET.$c/24 $NET6:$c/64
	done
}

make_zone()
{
	cat >"$TMP/zone" <<-END
	\$TTL 300
	@ SOA ns.lab. host.lab. 1 3600 600 86400 300
	@ NS ns.lab.
	ns A $RESOLVER
	own A $NET.80
	two A $NET.82
	too A $NET.82
	www CNAME cdn.lab.
	cdn CNAME edge.lab.
	edge A $NET.83
	six AAAA $NET6:80
	any A $NET.89
	short 1 A $NET.81
	END
	cat >"$TMP/unbound.conf" <<-END
	server:
		directory: "$TMP"
		chroot: ""
		username: ""
		pidfile: ""
		use-syslog: no
		interface: $RESOLVER
		interface: $NET6:53
		access-control: $NET.0/24 allow
		access-control: $NET6:/64 allow
		module-config: "iterator"
		num-threads: 1
	auth-zone:
		name: "lab."
		zonefile: "$TMP/zone"
		for-downstream: yes
		for-upstream: yes
	remote-control:
		control-enable: no
	dnstap:
		dnstap-enable: yes
		dnstap-socket-path: "$TMP/tap"
		dnstap-identity: "resolver"
		dnstap-send-identity: yes
		dnstap-log-client-response-messages: yes
	END
}

# start_agent / start_resolver: beside each other; both may be restarted.
start_agent()
{
	NS=$P-res spawn "$TMP/tap.err" "$B/bin/pcapper" --dnstap "$TMP/tap" \
		--no-log --dns-log "$TMP/dns.log"
	TAP=$PID
	wait_for 10 test -S "$TMP/tap" || fail "no dnstap socket"
}

ask() # CLIENT NAME [TYPE]: until it is answered
{
	local at=$RESOLVER

	[ "${3:-A}" = A ] || at=$NET6:53
	ip netns exec $P-c"$1" dig +short +tries=1 +timeout=1 @$at "$2.lab" \
		"${3:-A}" | grep -q .
}

ups() { grep -c ':up:' "$TMP/dns.log" || :; }
more_ups() { [ "$(ups)" -gt "$1" ]; }

start_resolver()
{
	local before

	before=$(ups)
	NS=$P-res spawn "$TMP/unbound.err" unbound -d -c "$TMP/unbound.conf"
	UNBOUND=$PID
	wait_for 10 ask 4 any || fail "unbound does not answer"
	wait_for 15 more_ups "$before" || fail "unbound does not connect"
}

start_collector()
{
	cat >"$TMP/collector.conf" <<-END
	1:$RESOLVER:7073
	2:$SERVER:7073
	[flows]
	idle-timeout = 4
	[correlate]
	reorder = 3000
	lookback = 4
	grace = 1
	covered = $NET.6/32
	END
	NS=$P-net spawn "$TMP/recollect.err" "$B/bin/recollect" \
		-c "$TMP/collector.conf" -o "flows:json:$TMP/flows.json" -v \
		--latency 200
	COLLECTOR=$PID
}

# send CLIENT ADDRESS PORT: the packet that makes a row of the table.
send()
{
	ip netns exec $P-c"$1" python3 - "$2" "$3" <<-END
	import socket, sys
	v6 = ":" in sys.argv[1]
	s = socket.socket(socket.AF_INET6 if v6 else socket.AF_INET,
	                  socket.SOCK_DGRAM)
	s.sendto(b"x", (sys.argv[1], int(sys.argv[2])))
	END
}

# pause SECONDS: time passes; that is what these rows are about.
pause()
{
	local end=$((SECONDS + $1))

	wait_for $(($1 + 5)) eval "((SECONDS > $end))"
}

row() # PORT: the record of the row
{
	grep -h "\"server_port\":$1," "$TMP/flows.json"
}

expect() # PORT VERDICT [NAME [CHAIN]]
{
	local port=$1 got

	wait_for 30 row "$port" || fail "no flow to port $port"
	got=$(row "$port" | python3 -c '
import json, sys
f = json.loads(sys.stdin.readline())
print(f["verdict"], f.get("name", "-"), ",".join(f.get("chain", [])) or "-")')
	shift
	[ "$got" = "$1 ${2:--} ${3:-${2:--}}" ] || {
		echo "port $port: $got, not $*"
		WRONG=$((WRONG + 1))
	}
	ROWS=$((ROWS + 1))
}

# All are covered for longer than lookback.
cover()
{
	for c in 1 2; do
		ask $c any || fail "client $c gets no answer"
	done
	pause 5
}

# The rows that need a resolver without a gap.
calm_rows()
{
	cover
	ask 1 own && send 1 $NET.80 5001
	send 2 $NET.80 5002
	ask 1 short && ask 1 two && ask 1 too && send 1 $NET.82 5004
	send 1 $NET.86 5005
	send 5 $NET.86 5006
	send 6 $NET.86 5007
	ask 1 www && send 1 $NET.83 5008
	ask 3 six AAAA && send 3 $NET6:80 5009
	pause 3
	send 1 $NET.81 5003
}

check_calm_rows()
{
	expect 5001 own own.lab.
	expect 5002 other own.lab.
	expect 5003 expired short.lab.
	expect 5004 ambiguous too.lab.
	expect 5005 none
	expect 5006 unknown
	expect 5007 none
	expect 5008 own www.lab. www.lab.,cdn.lab.,edge.lab.
	expect 5009 own six.lab.
}

# The resolver restarts: nothing is sure until it was back for a while.
restart_rows()
{
	stop "$UNBOUND"
	send 1 $NET.86 5010
	send 6 $NET.86 5011
	start_resolver
	ask 1 any || fail "client 1 gets no answer"
	send 1 $NET.86 5012
	ask 1 own && send 1 $NET.80 5013
	pause 6
	send 1 $NET.86 5014
	send 6 $NET.86 5015
	send 2 $NET.86 5016
	expect 5010 unknown
	expect 5011 unknown
	expect 5012 unknown
	expect 5013 own own.lab.
	expect 5014 none
	expect 5015 none
	expect 5016 unknown # has not asked since
}

# The agent is killed, and comes back.
kill_rows()
{
	kill -KILL "$TAP"
	wait "$TAP" 2>/dev/null || :
	ask 1 any || fail "client 1 gets no answer"
	send 1 $NET.86 5017
	send 6 $NET.86 5018
	pause 5
	expect 5017 unknown
	expect 5018 unknown
	start_agent
	wait_for 20 more_ups "$(ups)" || fail "unbound does not come back"
	ask 1 any || fail "client 1 gets no answer"
	wait_for 15 heard_again || fail "the collector does not come back"
	ask 1 own && send 1 $NET.80 5019
	send 1 $NET.86 5020
	pause 6
	ask 1 any && send 1 $NET.86 5021
	expect 5019 own own.lab.
	expect 5020 unknown
	expect 5021 none
}

heard_again()
{
	ip netns exec $P-res ss -Htn state established sport = :7073 |
		grep -q .
}

ROWS=0 WRONG=0
make_net
make_zone
for run in $(seq "${RUNS:-1}"); do
	rm -f "$TMP"/flows.json "$TMP"/dns.log
	start_agent
	NS=$P-srv spawn "$TMP/srv.err" "$B/bin/pcapper" -i eth0 -m none --no-log
	SRV=$PID
	wait_for 10 grep -q 'listening on port' "$TMP/srv.err" ||
		fail "the agent at the server does not start"
	start_collector
	wait_for 10 heard_again || fail "the collector does not connect"
	start_resolver
	if [ "$PART" = kill ]; then
		cover
		kill_rows
	else
		calm_rows
		check_calm_rows
		restart_rows
	fi
	stop "$COLLECTOR"
	others=$(grep '"server_port".*"verdict":"none"' "$TMP/flows.json" |
		grep -cvE '"server_port":50(05|07|14|15|21),' || :)
	[ "$others" -eq 0 ] || fail "$others more flows without a lookup"
	stop "$UNBOUND" "$TAP" "$SRV"
	LIB_PIDS=()
	[ $WRONG -eq 0 ] || fail "run $run: $WRONG of $ROWS verdicts are wrong"
	echo "ok run $run: $ROWS verdicts so far, all right"
done
