#!/bin/bash
# TLS by pre-shared key; agents that dial; who is slow, plain or old.
# shellcheck source=tests/scenario/tls.bash
. tests/scenario/tls.bash

other=ff112233445566778899aabbccddeeff
psk agent "# the keys of this site" "first:$other" "node:$key"
agent=("${tls[@]}")
psk good "node:$key"
good=("${tls[@]}")

# Two that take their time, meanwhile the others: one begins a handshake and
# leaves it there, the other is an old collector, which never speaks.
serve "${agent[@]}" --require-tls
SLOW=$A SLOW_AGENT=$AGENT began=$SECONDS
exec {slow}<>"/dev/tcp/127.0.0.1/$PORT" {old}<>"/dev/tcp/127.0.0.1/$PORT"
printf '\026\003\001' >&"$slow"

# And one that is silent inside TLS: an old collector would get records.
serve "${agent[@]}"
QUIET=$A
(sleep 20 & echo $! >"$TMP/sleep"; wait $!) |
	openssl s_client -connect "127.0.0.1:$PORT" -tls1_3 -quiet \
	-psk_identity node -psk $key >"$TMP/quiet" 2>"$TMP/quiet.err" &
CLIENT=$!
LIB_PIDS+=("$CLIENT")

serve "${agent[@]}"
grep -q 'Max core file size *0 *0 ' "/proc/$AGENT/limits" ||
	fail "the keys may get into a core file"
gather "${good[@]}"
all "both have the key"
says "$A" 'TLS, PSK node$'

serve "${agent[@]}"
gather "${agent[@]}" --psk-identity node
all "one key of several"

# refused WHAT COLLECTOR-SAYS AGENT-SAYS COUNTER: by whoever tls is
refused()
{
	serve "${agent[@]}" --require-tls
	try "${tls[@]}"
	[ -z "$2" ] || says c.err "$2"
	says "$A" "$3"
	ended "$4"
	ok "$1"
}
psk bad "node:$other"
refused "a wrong key" 'TLS: .*alert' 'TLS: binder does not verify' tls_failed
psk bad "nobody:$key"
refused "an unknown identity" 'TLS: .*alert' \
	'TLS: unknown PSK identity "nobody"' tls_failed
tls=()
refused "a plain collector" '' 'refused: it does not use TLS' peer_no_tls

dialled "${good[@]}" -- "${agent[@]}" --require-tls
wait "$AGENT" || fail "agent: exit status $?"
wait_for 10 whole || fail "records of an agent that dials"
says c.err 'TLS, PSK node$'
stop "$COLLECTOR"
ok "an agent that dials"

dialled -- "${agent[@]}"
wait "$AGENT" || fail "agent: exit status $?"
wait_for 10 whole || fail "records of a plain agent that dials"
stop "$COLLECTOR"
ok "a plain agent that dials, where TLS is not required"

dialled -- "${agent[@]}" --require-tls
says c.err 'refused: it does not use TLS'
stop "$AGENT" "$COLLECTOR"
(($(counter "$TMP/c.err" peers.no_tls) > 0)) || fail "peers.no_tls is 0"
(($(counter "$TMP/c.err" total.records) == 0)) || fail "records of a refused"
ok "the same where it is"

# Those who took their time had five seconds, not more.
timeout 20 cat <&"$slow" >"$TMP/slow.out"
timeout 20 cat <&"$old" >"$TMP/old.out"
((SECONDS - began < 20)) || fail "the slow were not closed"
[ ! -s "$TMP/old.out" ] || fail "an old collector got something"
says "$SLOW" 'TLS: no handshake in time'
says "$SLOW" 'refused: it does not use TLS'
stop "$SLOW_AGENT"
(($(counter "$TMP/$SLOW" tls_failed) == 1)) || fail "tls_failed is not 1"
(($(counter "$TMP/$SLOW" peer_no_tls) == 1)) || fail "peer_no_tls is not 1"
exec {slow}>&- {old}>&-
ok "a handshake ends within 5 s, silence too"
says "$QUIET" 'TLS, PSK node$'
wait_for 10 has_ended "$CLIENT" || fail "the silent one was not closed"
[ ! -s "$TMP/quiet" ] || fail "an old session inside TLS"
stop "$(cat "$TMP/sleep")"
ok "no old session inside TLS"
