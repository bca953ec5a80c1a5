#!/bin/bash
# CPU time of the collector per million records: stored and live, v1 and old,
# without outputs and with a line of text each; and old records at full speed
# for BENCH_SECONDS, none of them lost.
set -u
# shellcheck source=tests/bench/lib.bash
. tests/bench/lib.bash

R=$B/bin/recollect K=$B/tools
records=${BENCH_RECORDS:-2000000} seconds=${BENCH_SECONDS:-60}
rounds=${BENCH_ROUNDS:-3}
[ -x "$R" ] || not_measured "recollect is not built"
for kind in v1 old text; do
	"$K/mkrec" $kind "$records" >"$TMP/$kind" || exit 1
done
if compgen -G '../shared/data/public/*.pcap' >/dev/null &&
	[ -x "$B/bin/pcapper" ]; then
	"$K/pcaprep" "$records" 192 "$TMP/in.pcap" ../shared/data/public/*.pcap &&
		"$B/bin/pcapper" -q --no-listen --no-log -R "$TMP/in.pcap" \
			-w "$TMP/real" >/dev/null 2>&1
fi

# serve FILE [SECONDS]: an agent with these octets; PORT is where.
serve()
{
	rm -f "$TMP/serve"
	"$K/serve" ${2:+"$2"} <"$1" >"$TMP/serve" 2>&1 &
	LIB_PIDS+=("$!")
	wait_for 10 grep -q '^port' "$TMP/serve" || exit 1
	PORT=$(awk '/^port/ { print $2 }' "$TMP/serve")
}

# run NAME ARGUMENT...: one run of the collector, its CPU time noted.
run()
{
	local name=$1

	shift
	"$K/cpu" "$TMP/$name.cpu" "$R" "$@" >/dev/null 2>"$TMP/err" || {
		echo "recollect $*: failed" >&2
		cat "$TMP/err" >&2
		exit 1
	}
	counter "$TMP/err" total.records >"$TMP/$name.n"
}

for ((round = 0; round < rounds; round++)); do
	run stored-v1 -R "$TMP/v1" -o none
	run stored-v1-text -R "$TMP/v1" -o text:/dev/null
	run stored-text -R "$TMP/text" -o none
	if [ -s "$TMP/real" ]; then
		run stored-real-v1 -R "$TMP/real" -o none
		run stored-real-v1-text -R "$TMP/real" -o text:/dev/null
	fi
	for kind in v1 old; do
		serve "$TMP/$kind"
		run live-$kind --agent "127.0.0.1:$PORT" --once -o none
		serve "$TMP/$kind"
		run live-$kind-text --agent "127.0.0.1:$PORT" --once \
			-o text:/dev/null
	done
done

# million NAME: the least CPU seconds for a million records.
million()
{
	awk -v n="$(cat "$TMP/$1.n")" '
	{ t = $1 + $2; if (NR == 1 || t < m) m = t }
	END { if (n > 0) printf "%.3f\n", m / n * 1e6; else print "-" }' \
		"$TMP/$1.cpu"
}

for f in "$TMP"/*.cpu; do
	name=$(basename "$f" .cpu)
	case $name in
	*v1-text) target='<=0.30' ;;
	*v1) target='<=0.15' ;;
	*) target=- ;;
	esac
	figure "collect-$name" "$(million "$name")" s/Mrecord "$target"
done

head -c 2800000 "$TMP/old" >"$TMP/part"
serve "$TMP/part" "$seconds"
run full-speed --agent "127.0.0.1:$PORT" --once -o none
wait_for 10 grep -q '^sent' "$TMP/serve"
sent=$(awk '/^sent/ { print $2 / 28 }' "$TMP/serve")
got=$(cat "$TMP/full-speed.n")
figure collect-old-full-speed "$((got / seconds))" records/s -
figure collect-old-lost "$((sent - got))" records "<=0"
