#!/bin/bash
# Who may connect by address, and the word of warning when everybody may.
# shellcheck disable=SC2119 # functions with and without arguments
# shellcheck source=tests/scenario/tls.bash
. tests/scenario/tls.bash

serve --allow 192.0.2.0/24 --allow 2001:db8::/32
try
says "$A" 'refused: its address is not allowed'
ended peer_not_allowed
ok "a collector from elsewhere"

serve --allow 192.0.2.0/24 --allow 127.0.0.0/8
gather
all "a collector from an allowed network"

# listening WHERE OPTION...: a collector there, and an agent that dials
listening()
{
	local where=$1

	shift
	rm -f "$TMP/text"
	spawn "$TMP/c.err" "$B/bin/recollect" --listen "$where:0" -v \
		-o "text:$TMP/text" "$@"
	COLLECTOR=$PID
	PORT=$(collector_port "$TMP/c.err") ||
		fail "c.err does not say: listening at"
	spawn "$TMP/a.err" "$B/bin/pcapper" --no-listen -R $input --no-log \
		--dial "127.0.0.1:$PORT" --wait-collectors 1
	AGENT=$PID
}
printf '[agents]\nallow = 192.0.2.0/24\n' >"$TMP/conf"
listening 127.0.0.1 -c "$TMP/conf"
says c.err 'refused: its address is not allowed'
stop "$AGENT" "$COLLECTOR"
(($(counter "$TMP/c.err" peers.not_allowed) > 0)) ||
	fail "peers.not_allowed is 0"
ok "an agent from elsewhere"

# The listener is an IPv6 one: the agent's address is v4-mapped.
listening '' -c "$TMP/conf" --allow 127.0.0.1
wait "$AGENT" || fail "agent: exit status $?"
whole() { cmp "$TMP/plain" "$TMP/text"; }
wait_for 10 whole || fail "records of an allowed agent"
stop "$COLLECTOR"
ok "an agent from an allowed address"
! grep -q 'any agent' "$TMP/c.err" || fail "a warning beside --allow"

"$B/bin/recollect" -c "$TMP/conf" --allow 192.0.2.0/25 -n >"$TMP/printed"
grep -qx 'agents.allow = 192.0.2.0/24' "$TMP/printed" || fail "-n"
printf '[agents]\n\nallow = 192.0.2.1/24\n' >"$TMP/conf"
! "$B/bin/recollect" -c "$TMP/conf" -n 2>"$TMP/n.err" || fail "wrong bits"
says n.err 'conf:3: .*bits set after the prefix'
ok "the configuration file"

# warns PROGRAM OPTION...: whether it does; it listens in any case.
warns()
{
	local name=$1

	shift
	spawn "$TMP/w.err" "$B/bin/$name" "$@"
	says w.err 'listening'
	stop "$PID"
	[ "$(grep -c "$WORD on the network may connect" "$TMP/w.err")" -eq 1 ]
}
WORD='any collector'
a=(-p 0 -R "$input" --no-log --wait-collectors 1)
psk some "node:$key"
warns pcapper "${a[@]}" || fail "pcapper on all addresses"
! warns pcapper "${a[@]}" --listen 127.0.0.1 || fail "pcapper on loopback"
! warns pcapper "${a[@]}" --listen "[::1]" || fail "pcapper on ::1"
! warns pcapper "${a[@]}" --allow ::/0 || fail "pcapper --allow"
! warns pcapper "${a[@]}" "${tls[@]}" --require-tls || fail "pcapper with TLS"
WORD='any agent'
c=(-v -o none --listen)
warns recollect "${c[@]}" :0 || fail "recollect on all addresses"
! warns recollect "${c[@]}" 127.0.0.1:0 || fail "recollect on loopback"
! warns recollect "${c[@]}" :0 --allow ::/0 || fail "recollect --allow"
! warns recollect "${c[@]}" :0 "${tls[@]}" --require-tls ||
	fail "recollect with TLS"
ok "one warning where anyone may connect"

# wrong MESSAGE PROGRAM OPTION...: it ends with that message
wrong()
{
	local said=$1 name=$2

	shift 2
	! timeout 10 "$B/bin/$name" "$@" 2>"$TMP/x.err" || fail "$*: no error"
	says x.err "$said"
}
for p in "pcapper -p 0 -R $input --no-log" 'recollect --listen 127.0.0.1:0'; do
	# shellcheck disable=SC2086 # words
	wrong 'there is neither a certificate' $p --require-tls
	# shellcheck disable=SC2086
	wrong 'needed together' $p --tls-cert x
	# shellcheck disable=SC2086
	wrong 'is no address' $p --allow nowhere
	# shellcheck disable=SC2086
	wrong 'no identity "x"' $p "${tls[@]}" --psk-identity x
	chmod 640 "$TMP/some.psk"
	# shellcheck disable=SC2086
	wrong 'some.psk: others have access' $p "${tls[@]}"
	chmod 600 "$TMP/some.psk"
done
ok "mistakes in the settings are named"
