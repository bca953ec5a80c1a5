#!/bin/bash
# What it costs the agent to keep its stream until it is acknowledged: CRC-32,
# spool, acknowledgements, as a share of all its instructions; and how soon a
# collector that comes back has caught up.  Instructions are counted by valgrind,
# which does not know the filter of system calls: PLAIN is built without it.
set -u
# shellcheck source=tests/bench/lib.bash
. tests/bench/lib.bash

packets=${BENCH_PACKETS:-200000} plain=${PLAIN:-build/plain}
data=../shared/data/public
[ -x "$B/bin/pcapper" ] || not_measured "pcapper is not built"
[ -d "$data" ] || not_measured "no captures in $data"
command -v valgrind >/dev/null || not_measured "valgrind is not there"
"$plain/bin/pcapper" -V 2>/dev/null | grep -q 'no libseccomp' ||
	not_measured "no pcapper without the filter of system calls in $plain"
"$B/tools/pcaprep" "$packets" 192 "$TMP/in.pcap" "$data"/*.pcap || exit 1
"$B/tools/pcaprep" 2500000 192 "$TMP/long.pcap" "$data"/*.pcap || exit 1
head -c 24 "$TMP/long.pcap" >"$TMP/empty.pcap"

# agent NAME COMMAND...: start one; PORT is where it listens.
agent()
{
	spawn "$TMP/$1.err" "${@:2}" -p 0 --listen 127.0.0.1 --no-log \
		--wait-collectors 1
	AGENT=$PID
	PORT=$(agent_port "$TMP/$1.err" 60) || exit 1
}

# inclusive FUNCTION: the instructions spent in it and what it calls.
inclusive()
{
	awk -v f=":$1 " 'index($0, f) { gsub(",", "", $1); n = $1; exit }
		END { print n + 0 }' "$TMP/tree"
}

agent cost valgrind --tool=callgrind --callgrind-out-file="$TMP/cg" -q \
	"$plain/bin/pcapper" -R "$TMP/in.pcap"
timeout 600 "$B/bin/recollect" --agent "127.0.0.1:$PORT" --once -o none 2>"$TMP/c.err" ||
	exit 1
wait "$AGENT"
callgrind_annotate --inclusive=yes --threshold=100 "$TMP/cg" >"$TMP/tree" \
	2>/dev/null
all=$(awk '/PROGRAM TOTALS/ { gsub(",", "", $1); print $1 }' "$TMP/tree")
share=0
for f in spool_put spool_read spool_owed spool_lost pubtalk_take zpack_crc; do
	n=$(inclusive "$f")
	# a function of another name would cost nothing here
	((n > 0)) || { echo "$f was not called" >&2; exit 1; }
	share=$((share + n))
done
figure agent.spool.share "$(ratio "$((share * 100))" "$all")" percent "<=10"

# A spool of some megabytes, and a collector for it.
"$B/bin/pcapper" -R "$TMP/long.pcap" --no-log --no-listen \
	--spool "$TMP/spool" 2>"$TMP/kept.err" || exit 1
kept=$(cat "$TMP"/spool/*.pms | wc -c)
agent back "$B/bin/pcapper" -R "$TMP/empty.pcap" --spool "$TMP/spool"
from=$(date +%s%N)
timeout 60 "$B/bin/recollect" --agent "127.0.0.1:$PORT" --once -o none 2>"$TMP/c.err" ||
	exit 1
to=$(date +%s%N)
wait "$AGENT"
[ "$(counter "$TMP/c.err" total.records)" -eq \
	"$(counter "$TMP/kept.err" pkt_records)" ] || exit 1
figure agent.spool.kept "$(ratio "$kept" 1048576)" MiB -
figure agent.spool.caught-up \
	"$(awk -v n=$((to - from)) -v k="$kept" \
		'BEGIN { printf "%.2f", n / 1e9 * 4194304 / k }')" \
	s/4-MiB "<=2"
