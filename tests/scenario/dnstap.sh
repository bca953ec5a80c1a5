#!/bin/bash
# Real resolvers and fstrm_replay feed pcapper by dnstap, over UNIX-domain
# sockets and TCP; slow peers, restarts and the command line.
set -eu
B=${B:-build}
cd "$(dirname "$0")/../.."
[ -n "${GUARDED:-}" ] || exec env GUARDED=1 timeout 58 "$0"
. tests/tools/lib.bash

pcapper=$B/bin/pcapper
tap=$TMP/tap
golden=tests/golden/shodohflo/golden.fstrm
type=protobuf:dnstap.Dnstap

fail() { echo "not ok $*"; tail -n 50 "$TMP"/*.out; exit 1; }

for p in unbound named; do
	# security profiles go by path, and know nothing of our directory
	cp "$(command -v $p || echo /usr/sbin/$p)" "$TMP/$p" ||
		{ echo "skip: no $p"; exit 77; }
done

# free_port: one that is free for UDP and TCP.
free_port()
{
	python3 - <<-'EOF'
	import socket
	while True:
	    u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
	    u.bind(("127.0.0.1", 0))
	    try:
	        socket.socket().bind(u.getsockname())
	    except OSError:
	        continue
	    print(u.getsockname()[1])
	    break
	EOF
}

# said FILE TEXT [N]: whether a program said so, N times or more.
said() { [ "$(grep -c -e "$2" "$1")" -ge "${3:-1}" ]; }

# agent NAME OPTION...: starts one; AGENT is its number, OUT its output.
agent()
{
	OUT=$TMP/agent-$1.out
	shift
	spawn "$OUT" "$pcapper" --no-listen --no-log "$@"
	AGENT=$PID
	wait_for 10 said "$OUT" "listening at" || fail "agent"
}

# counted NAME: the value that the running agent prints.
counted()
{
	fresh "$OUT" "$AGENT" old_clamped || fail "no counters"
	counter "$OUT" "$1"
}
is_counted() { [ "$(counted "$1")" -eq "$2" ]; }
# finish: ends the agent, which must succeed and remove its socket.
finish()
{
	terminate "$AGENT"
	[ ! -e "$tap" ] || fail "the socket is left behind"
}

# ask PORT NAME TYPE
ask() { dig +tries=1 +time=3 @127.0.0.1 -p "$1" "$2" "$3" >/dev/null; }
answers() { dig +tries=1 +time=1 @127.0.0.1 -p "$1" . SOA; }

# questions PORT: three answers, NXDOMAIN twice; a duplicate, NODATA, TXT
questions()
{
	local port=$1

	ask "$port" www.test A
	ask "$port" www.test A
	ask "$port" www.test AAAA
	ask "$port" v4.test A
	ask "$port" v4.test AAAA
	ask "$port" nx.test A
	ask "$port" nx.test A
	ask "$port" www.test TXT
}

# check_counts: of questions, by a resolver that has just connected
check_counts()
{
	wait_for 10 is_counted dns_frames 8 ||
		fail "$(counted dns_frames) frames of 8"
	[ "$(counter "$OUT" dns_answers)" -eq 5 ] || fail dns_answers
	[ "$(counter "$OUT" dns_duplicate)" -eq 1 ] || fail dns_duplicate
	[ "$(counter "$OUT" dns_no_data)" -eq 1 ] || fail dns_no_data
	[ "$(counter "$OUT" dns_not_address_type)" -eq 1 ] ||
		fail dns_not_address_type
	[ "$(counter "$OUT" tap_bad)" -eq 0 ] || fail tap_bad
}

port=$(free_port)
cat >"$TMP/unbound.conf" <<EOF
server:
	username: ""
	chroot: ""
	directory: "$TMP"
	pidfile: "$TMP/unbound.pid"
	interface: 127.0.0.1@$port
	use-syslog: no
	do-daemonize: no
	do-ip6: no
	num-threads: 1
	module-config: "iterator"
	local-zone: "." static
	local-data: ". SOA . . 1 1 1 1 1"
	local-data: "www.test. A 192.0.2.1"
	local-data: "www.test. AAAA 2001:db8::1"
	local-data: "www.test. TXT text"
	local-data: "v4.test. A 192.0.2.2"
remote-control:
	control-enable: no
dnstap:
	dnstap-enable: yes
	dnstap-socket-path: "$tap"
	dnstap-log-client-response-messages: yes
EOF

start_unbound()
{
	spawn "$TMP/unbound.out" "$TMP/unbound" -d -p -c "$TMP/unbound.conf"
	UNBOUND=$PID
	wait_for 10 said "$OUT" "bidirectional" "$1" || fail "unbound's stream"
	wait_for 10 ss -Hlun "sport = :$port" || fail "unbound"
}

agent unbound --dnstap "$tap" --dns-dedup-seconds 60
start_unbound 1
questions "$port"
check_counts
ok "unbound's answers are recorded"

kill "$UNBOUND"
wait "$UNBOUND" || fail "unbound"
wait_for 10 said "$OUT" "closed after 8 frames" || fail "no end"
start_unbound 2
said "$OUT" "connection 2, bidirectional" || fail "the second connection"
ask "$port" other.test A
wait_for 25 is_counted dns_answers 6 || fail "after a restart"
is_counted tap_bad 0 || fail tap_bad
ok "a resolver that starts again is another connection"

# one that says nothing, while all others go on
begin=$(date +%s%N)
timeout 20 python3 - "$tap" <<-'EOF' || fail "the slow one"
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
s.send(b"\0\0\0\0\0\0")
try:
    sys.exit(len(s.recv(1)))
except ConnectionResetError:
    pass
EOF
took=$((($(date +%s%N) - begin) / 1000000))
((took >= 4900 && took < 9000)) || fail "closed after $took ms"
said "$OUT" "no START in 5 seconds" || fail "said nothing about it"
ask "$port" another.test A
wait_for 10 is_counted dns_answers 7 || fail "the others do not go on"
ok "a slow handshake ends after 5 seconds"

fstrm_replay -t $type -r $golden -u "$tap" || fail "fstrm_replay"
wait_for 10 said "$OUT" "closed after 53 frames" || fail "53 frames"
finish
[ "$(counter "$OUT" tap_bad)" -eq 1 ] || fail "tap_bad"
ok "fstrm_replay ends cleanly, the agent too"
stop "$UNBOUND"

port=$(free_port)
cat >"$TMP/test.zone" <<EOF
@	300 SOA . . 1 1 1 1 60
	NS ns
ns	A 192.0.2.53
www	CNAME w1
w1	CNAME w2
w2	A 192.0.2.1
	AAAA 2001:db8::1
	TXT text
v4	A 192.0.2.2
EOF
cat >"$TMP/named.conf" <<EOF
controls { };
options {
	directory "$TMP";
	pid-file "$TMP/named.pid";
	session-keyfile "$TMP/session.key";
	listen-on port $port { 127.0.0.1; };
	listen-on-v6 { none; };
	recursion yes;
	dnssec-validation no;
	dnstap { client response; };
	dnstap-output unix "$tap";
};
zone "test" { type primary; file "$TMP/test.zone"; };
EOF
agent named --dnstap "$tap" --dns-dedup-seconds 60 --dnstap-mode 600
spawn "$TMP/named.out" "$TMP/named" -g -n 1 -c "$TMP/named.conf"
wait_for 10 said "$OUT" "bidirectional" || fail "named's stream"
wait_for 10 ask "$port" ns.test NS || fail "named"
wait_for 10 is_counted dns_not_address_type 1 || fail "named's first answer"
before=$(counted dns_frames)
[ "$before" -eq 1 ] || fail "frames before"
for q in "www A" "www A" "www AAAA" "v4 A" "v4 AAAA" "nx A" "nx A"; do
	# shellcheck disable=SC2086 # name and type
	ask "$port" ${q/ /.test }
done
wait_for 10 is_counted dns_frames 8 || fail "$(counted dns_frames) of 8"
check_counts
stop "$PID"
wait_for 10 said "$OUT" "closed after 8 frames" || fail "named's end"
finish
ok "named's answers are recorded"

agent tcp --dnstap "tcp:127.0.0.1:0" --dnstap "$tap" --dnstap-max 2
tcp=$(sed -n 's/.*listening at tcp:127.0.0.1://p' "$OUT")
wait_for 10 test -S "$tap" || fail "the second socket"
fstrm_replay -t $type -r $golden -a 127.0.0.1 -p "$tcp" || fail "over TCP"
fstrm_replay -t $type -r $golden -u "$tap" || fail "the other socket"
wait_for 10 is_counted dns_frames 106 || fail "frames of both"
fstrm_replay -t other:type -r $golden -u "$tap" 2>/dev/null &&
	fail "another type"
wait_for 10 is_counted tap_bad 1 || fail "another type is bad"
finish
ok "sockets of both kinds at a time"

"$pcapper" --no-listen --no-log --dnstap-file $golden 2>"$TMP/file.out" ||
	fail "the file"
"$pcapper" --no-listen --no-log --dnstap-file - <$golden 2>"$TMP/stdin.out" ||
	fail "standard input"
[ "$(counter "$TMP/file.out" dns_answers)" -eq \
    "$(counter "$TMP/stdin.out" dns_answers)" ] || fail "standard input"
[ "$(counter "$TMP/file.out" dns_frames)" -eq 53 ] || fail "frames of the file"
"$pcapper" --no-listen --no-log --dnstap-file $golden \
    -R tests/golden/demo.pcap 2>"$TMP/both.out" || fail "with -R"
[ "$(counter "$TMP/both.out" dns_frames)" -eq 53 ] || fail "with -R: frames"
[ "$(counter "$TMP/both.out" pkt_records)" -gt 100 ] || fail "with -R: packets"
ok "files, alone and with packets"

head -c 5000 $golden >"$TMP/cut"
for o in "--dnstap-file $TMP/cut" "--dnstap-file $TMP/none" \
    "--dnstap $TMP/no/dir" "--dnstap /dev/null" "--dnstap tcp:nowhere" \
    "--dnstap x --dnstap-mode 8" "--dnstap x --dnstap-owner nobody-here" \
    "--dnstap x --dns-dedup some"; do
	rc=0
	# shellcheck disable=SC2086 # words
	timeout 10 "$pcapper" --no-listen --no-log $o 2>"$TMP/bad.out" || rc=$?
	[ $rc -eq 1 ] || fail "exit status $rc: $o"
done
for o in "--dnstap x -R y" "--dnstap x --dnstap-file y" \
    "--dnstap-file x -i y" "--dnstap-max 0"; do
	rc=0
	# shellcheck disable=SC2086 # words
	timeout 10 "$pcapper" --no-listen --no-log $o 2>"$TMP/bad.out" || rc=$?
	[ $rc -eq 2 ] || fail "exit status $rc: $o"
done
ok "what cannot be is an error"
