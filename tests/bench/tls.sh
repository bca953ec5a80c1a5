#!/bin/bash
# What TLS costs: CPU time per packet of an agent that reads a long capture file
# for a collector, under TLS by certificate and by pre-shared key, as multiples
# of the same over a plain connection.
#
# All kinds run once per round, in turn; the least time of each counts.
set -u
# shellcheck source=tests/bench/lib.bash
. tests/bench/lib.bash

packets=${BENCH_PACKETS:-2000000} rounds=${BENCH_ROUNDS:-5}
data=../shared/data/public
[ -x "$B/bin/pcapper" ] || not_measured "pcapper is not built"
[ -x "$B/bin/recollect" ] || not_measured "recollect is not built"
[ -d "$data" ] || not_measured "no captures in $data"
command -v openssl >/dev/null || not_measured "no openssl"
"$B/tools/pcaprep" "$packets" 192 "$TMP/in.pcap" "$data"/*.pcap || exit 1
cat "$TMP/in.pcap" >/dev/null

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
	-subj /CN=both -addext subjectAltName=IP:127.0.0.1 \
	-keyout "$TMP/key" -out "$TMP/crt" 2>/dev/null || exit 1
(umask 077 && echo "both:$(openssl rand -hex 32)" >"$TMP/psk")

# shellcheck disable=SC2034 # run takes them by name
plain=()
# shellcheck disable=SC2034
cert=(--tls-cert "$TMP/crt" --tls-key "$TMP/key" --tls-ca "$TMP/crt")
# shellcheck disable=SC2034
psk=(--psk-file "$TMP/psk")

# run KIND LEVEL: one agent, one collector; the agent's CPU time is noted.
run()
{
	local -n options=$1
	local out=$TMP/$1-$2 pid port

	spawn "$out.err" "$B/tools/cpu" "$out.cpu" "$B/bin/pcapper" -p 0 \
		--listen 127.0.0.1 --no-log --wait-collectors 1 --level "$2" \
		-R "$TMP/in.pcap" "${options[@]}"
	pid=$PID
	port=$(agent_port "$out.err") || return 1
	"$B/bin/recollect" --agent "127.0.0.1:$port" --once -o none \
		"${options[@]}" 2>"$out.c.err" || return 1
	wait "$pid" || return 1
	(($(counter "$out.c.err" total.records) > packets / 2))
}

for ((round = 0; round < rounds; round++)); do
	for level in 6 1; do
		for kind in plain cert psk; do
			run $kind $level || {
				cat "$TMP/$kind-$level".*err >&2
				exit 1
			}
		done
	done
done

# best KIND LEVEL: the least CPU time of its rounds, in seconds.
best()
{
	awk '{ t = $1 + $2; if (NR == 1 || t < m) m = t } END { print m }' \
		"$TMP/$1-$2.cpu"
}

for level in 6 1; do
	figure "tls.plain-$level" "$(awk -v t="$(best plain $level)" \
		-v n="$packets" 'BEGIN { printf "%.1f", t / n * 1e9 }')" \
		ns/packet -
	for kind in cert psk; do
		figure "tls.$kind-$level" "$(ratio "$(best $kind $level)" \
			"$(best plain $level)")" x-plain "<=1.25"
	done
done
