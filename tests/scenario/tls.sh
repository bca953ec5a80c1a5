#!/bin/bash
# TLS by certificate: who has the right one gets what a plain collector gets,
# byte for byte, and nobody else gets anything.
# shellcheck source=tests/scenario/tls.bash
. tests/scenario/tls.bash

ca ca
ca stranger
cert ca agent IP:127.0.0.1
cert ca elsewhere DNS:elsewhere.example
cert ca collector DNS:collector.example
cert ca late DNS:collector.example -1
cert stranger mole IP:127.0.0.1

by agent && agent=("${tls[@]}")
by collector && collector=("${tls[@]}")

serve "${agent[@]}"
gather "${collector[@]}"
all "both have certificates"
says "$A" 'TLS, certificate of collector$'
says c.err 'TLS, certificate of agent$'

serve "${agent[@]}" --require-tls
printf '[tls]\ncert = %s\nkey = %s\nca = %s\nrequired = yes\n' \
	"$TMP/collector.crt" "$TMP/collector.key" "$TMP/ca.crt" >"$TMP/conf"
gather -c "$TMP/conf"
all "the same from the configuration file, and required"

# refused WHAT COLLECTOR-SAYS AGENT-SAYS: by whoever tls is
refused()
{
	serve "${agent[@]}"
	try "${tls[@]}"
	says c.err "$2"
	says "$A" "$3"
	ended tls_failed
	(($(counter "$TMP/c.err" peers.tls_failed) > 0)) ||
		fail "$1: the collector does not count it"
	ok "$1"
}

by mole
refused "a collector of another CA" 'TLS: .*unknown ca' \
	'TLS: certificate: .*issuer'
by late
refused "an expired certificate" 'TLS: .*certificate expired' \
	'TLS: certificate: certificate has expired'
by collector stranger
refused "an agent of another CA" 'TLS: certificate: .*certificate' \
	'TLS: .*unknown ca'

serve "${agent[@]}"
try
says "$A" 'attached'
stop "$AGENT" "$COLLECTOR"
ok "a plain collector is served where TLS is not required"

serve "${agent[@]}"
openssl s_client -connect "127.0.0.1:$PORT" -tls1_3 </dev/null \
	>"$TMP/s_client" 2>&1 || :
says "$A" 'TLS: peer did not return a certificate'
COLLECTOR=
ended tls_failed
ok "a client without a certificate"

serve "${agent[@]}"
openssl s_client -connect "127.0.0.1:$PORT" -tls1_2 </dev/null \
	>"$TMP/s_client" 2>&1 || :
says "$A" 'TLS: unsupported protocol'
ended tls_failed
ok "TLS 1.2"

by elsewhere && agent=("${tls[@]}")
by collector
refused "an agent with the certificate of another host" \
	'TLS: certificate: IP address mismatch' 'TLS: .*bad certificate'
serve "${agent[@]}"
gather "${collector[@]}" --tls-name elsewhere.example
all "the name can be given"
serve "${agent[@]}"
gather "${collector[@]}" --tls-name none
all "or not be looked at"

by agent && agent=("${tls[@]}")
dialled "${agent[@]}" -- "${collector[@]}"
says "$A" 'TLS: certificate: IP address mismatch'
stop "$AGENT" "$COLLECTOR"
ok "an agent that dials looks at the name too"
dialled "${agent[@]}" --tls-name collector.example -- "${collector[@]}"
wait "$AGENT" || fail "agent: exit status $?"
wait_for 10 whole || fail "records of an agent that dials"
stop "$COLLECTOR"
ok "an agent that dials, with certificates"

# ---- renewed while they run --------------------------------------------------
# again PID FILE: let a program read its files again.
again()
{
	kill -HUP "$1"
	says "$2" 'certificates and keys were read again'
}
by collector ca
serve "${agent[@]}"
cert stranger agent IP:127.0.0.1
again "$AGENT" "$A"
rm -f "$TMP/text"
try "${tls[@]}"
says c.err 'TLS: certificate: .*certificate'
cert ca agent IP:127.0.0.1
kill -HUP "$AGENT"
says "$A" 'attached'
wait "$AGENT" || fail "agent: exit status $?"
wait_for 10 whole || fail "records after the renewal"
ok "SIGHUP lets an agent show its new certificate"

mv "$TMP/collector.key" "$TMP/key"
kill -HUP "$COLLECTOR"
says c.err 'collector.key: .*'
says c.err 'certificates and keys stay as they were'
mv "$TMP/key" "$TMP/collector.key"
again "$COLLECTOR" c.err
stop "$COLLECTOR"
ok "what cannot be read changes nothing"
