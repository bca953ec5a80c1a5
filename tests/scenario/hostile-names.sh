#!/bin/bash
# Names that strangers put into the DNS break no line, object or key, all the
# way from a resolver over agent and collector to every output.
set -eu
B=${B:-build}
cd "$(dirname "$0")/../.."
[ -n "${GUARDED:-}" ] || exec env GUARDED=1 timeout 55 "$0"
. tests/scenario/redis.bash
command -v python3 >/dev/null || { echo "no python3"; exit 77; }

label=$(printf 'a%.0s' {1..63})
octets=$(printf '\\255%.0s' {1..63})
quotes=$(printf '\\"%.0s' {1..63})
commas=$(printf ',%.0s' {1..63})
for name in 'a\;b.ex.' '\;dns.' '\;\;\;.' 'x\;10.0.0.1\;dns.ex.' \
    'back\\slash.ex.' '\\\\\;.' '<script>alert(1)</script>.ex.' '&amp\;.ex.' \
    'new\010line.ex.' 'cr\013\010fake.ex.' 'nul\000.ex.' 'bell\007\127.' \
    '\027[2J\027[31mred.ex.' 'tab\009.ex.' 'blank\032blank.ex.' '*.ex.' \
    '[a-z]?.ex.' '\255\254.ex.' '\195\040.' '\195\164.ex.' '\226\128\174.ex.' \
    '{}%s%n.ex.' '\"quoted\".ex.' "'x'='x'.ex." 'a,b.ex.' ',.' '\,,,.ex.' \
    '=cmd|x!a1.ex.' '#hash.ex.' '-.' '.' '\\.' '\\,\\\;\\\".ex.' 'dot\.ted.' \
    "$label.$label.$label.${label:2}." "$quotes.$quotes.$quotes.${quotes:4}." \
    "$commas.$commas.$commas.${commas:2}." \
    "$octets.$octets.$octets.${octets:8}."; do
	printf '%s\n' "$name"
done >"$TMP/names"
n=$(wc -l <"$TMP/names")
"$B/tools/mkdnstap" -n <"$TMP/names" >"$TMP/names.fstrm"

# The client talks to every address that it was told, a second later.
python3 - "$n" >"$TMP/talk.pcap" <<'PYTHON'
import struct, sys
out = sys.stdout.buffer
out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101))
for i in range(int(sys.argv[1])):
    for net in (0, 1):
        ip = struct.pack(">BBHHHBBH4B4B", 0x45, 0, 28, 0, 0, 64, 17, 0,
                         10, 0, 0, 1, 198, 18, net, i)
        out.write(struct.pack("<IIII", 1700000002, i, 28, 28) + ip
                  + struct.pack(">HHHH", 40000, 9999, 8, 0))
PYTHON

redis_start
redis_conf 10.0.0.0/24
spawn "$TMP/agent.err" "$B/bin/pcapper" -p 0 --listen 127.0.0.1 -m none \
    -f "$TMP/agent.log" --dns-log "$TMP/agent.dns" -R "$TMP/talk.pcap" \
    --dnstap-file "$TMP/names.fstrm" --dns-dedup off --wait-collectors 1
agent=$PID
port=$(agent_port "$TMP/agent.err") || fail "no agent"
timeout 30 "$B/bin/recollect" -c "$TMP/collector.conf" --once \
    --agent "127.0.0.1:$port" -o redis -o "text:$TMP/text" \
    -o "dns:$TMP/dns" -o "csv:$TMP/csv" -o "json:$TMP/json" \
    -o "flows:text:$TMP/flows.text" -o "flows:csv:$TMP/flows.csv" \
    -o "flows:json:$TMP/flows.json" 2>"$TMP/collector.err" ||
	fail "recollect: exit status $?"
wait "$agent" || fail "pcapper: exit status $?"
balanced "$TMP/agent.err" "$TMP/collector.err" || fail "the books do not close"
[ "$(counter "$TMP/agent.err" dns_answers)" -eq $((3 * n)) ] ||
	fail "$(counter "$TMP/agent.err" dns_answers) answers of $((3 * n))"
cmp "$TMP/agent.dns" "$TMP/dns" || fail "the DNS logs differ"
cmp "$TMP/agent.log" "$TMP/text" || fail "the text logs differ"
ok "$n names arrive, in logs that agree"

"$B/bin/pcapper" -q --no-log --no-listen --dnstap-file "$TMP/names.fstrm" \
    --dns-dedup off --dns-json stdout >"$TMP/datagrams" 2>"$TMP/json.err" ||
	fail "pcapper: JSON datagrams"
tests/tools/hostile.py "$TMP" "$TMP/redis.sock" || fail "a name got through"
