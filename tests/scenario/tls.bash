# shellcheck shell=bash
# Sourced by the scenarios of TLS: certificates, keys, agents and collectors.
# shellcheck disable=SC2034 # some settings are for them
# shellcheck disable=SC2119,SC2120 # so are some arguments
set -eu
B=${B:-build}
cd "$(dirname "$0")/../.."
[ -n "${GUARDED:-}" ] || exec env GUARDED=1 timeout 55 "$0"
# shellcheck source=tests/tools/lib.bash
. tests/tools/lib.bash

input=tests/golden/mgen-udp4-multi.pcap
key=00112233445566778899aabbccddeeff

fail() { echo "not ok $*"; tail -n 20 "$TMP"/*.err; exit 1; }

# says FILE TEXT: wait until a program has said that.
says()
{
	wait_for 10 grep -q -e "$2" "$TMP/$1" || fail "$1 does not say: $2"
}

# ca NAME: make an authority; cert CA NAME SAN [DAYS]: and what it signs.
ca()
{
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-days 2 -subj "/CN=$1" -keyout "$TMP/$1.key" \
		-out "$TMP/$1.crt" 2>/dev/null
}
cert()
{
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-subj "/CN=$2" -keyout "$TMP/$2.key" -out "$TMP/$2.csr" \
		2>/dev/null
	openssl x509 -req -in "$TMP/$2.csr" -CA "$TMP/$1.crt" \
		-CAkey "$TMP/$1.key" -CAcreateserial -days "${4:-2}" \
		-extfile <(echo "subjectAltName=$3") -out "$TMP/$2.crt" \
		2>/dev/null
}

# by NAME [CA]: set tls to the options of who has that certificate.
by()
{
	tls=(--tls-cert "$TMP/$1.crt" --tls-key "$TMP/$1.key"
		--tls-ca "$TMP/${2:-ca}.crt")
}

# psk NAME LINE...: make a file of keys; set tls to its option.
psk()
{
	local name=$1

	shift
	(umask 077 && printf '%s\n' "$@" >"$TMP/$name.psk")
	tls=(--psk-file "$TMP/$name.psk")
}

# serve OPTION...: an agent that waits for its collector; PORT is where.
n_agents=0
serve()
{
	n_agents=$((n_agents + 1))
	A=a$n_agents.err
	spawn "$TMP/$A" "$B/bin/pcapper" -p 0 --listen 127.0.0.1 -R $input \
		--no-log --wait-collectors 1 "$@"
	AGENT=$PID
	PORT=$(agent_port "$TMP/$A") || fail "$A does not say: listening on port"
}

# gather OPTION...: a collector that takes all of that agent, into text.
gather()
{
	rm -f "$TMP/text"
	timeout 20 "$B/bin/recollect" --agent "127.0.0.1:$PORT" --once -v \
		-o "text:$TMP/text" "$@" 2>"$TMP/c.err" ||
		fail "collector: exit status $?"
	wait "$AGENT" || fail "agent: exit status $?"
	balanced "$TMP/$A" "$TMP/c.err" || fail "the books do not close"
}

# all WHAT: the records are those of a plain run, byte for byte.
all()
{
	cmp "$TMP/plain" "$TMP/text" || fail "$1"
	ok "$1"
}

# try OPTION...: a collector that will be refused; stop it with ended.
try()
{
	spawn "$TMP/c.err" "$B/bin/recollect" --agent "127.0.0.1:$PORT" -v \
		-o "text:$TMP/text" "$@"
	COLLECTOR=$PID
}
# ended COUNTER: stop the collector, if any, and the agent; the agent counted that, and nobody
# was attached.
ended()
{
	[ -z "$COLLECTOR" ] || stop "$COLLECTOR"
	kill -USR1 "$AGENT"
	says "$A" "^$1 "
	stop "$AGENT"
	(($(counter "$TMP/$A" "$1") > 0)) || fail "$1 is 0"
	! grep -q attached "$TMP/$A" || fail "somebody was attached"
}

# dialled AGENT-OPTION... -- COLLECTOR-OPTION...: an agent that dials
dialled()
{
	local a=()

	while [ "$1" != -- ]; do
		a+=("$1")
		shift
	done
	shift
	rm -f "$TMP/text"
	spawn "$TMP/c.err" "$B/bin/recollect" --listen 127.0.0.1:0 -v \
		-o "text:$TMP/text" "$@"
	COLLECTOR=$PID
	PORT=$(collector_port "$TMP/c.err") ||
		fail "c.err does not say: listening at"
	n_agents=$((n_agents + 1))
	A=a$n_agents.err
	spawn "$TMP/$A" "$B/bin/pcapper" --no-listen -R $input --no-log \
		--dial "127.0.0.1:$PORT" --wait-collectors 1 "${a[@]}"
	AGENT=$PID
}
whole() { cmp "$TMP/plain" "$TMP/text"; }

serve
gather
mv "$TMP/text" "$TMP/plain"
[ -s "$TMP/plain" ] || fail "there are no records"
