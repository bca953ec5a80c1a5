#!/bin/bash
# The agent is killed with -9 again and again (RUNS times, or 20), at random
# moments under load: its logs have all but the last second, up to a whole line.
cd "$(dirname "$0")/../.." || exit 2
RUNS=${RUNS:-20}
[ -n "${GUARDED:-}" ] || exec env GUARDED=1 timeout $((100 + RUNS * 4)) "$0"
# shellcheck source=tests/scenario/collect.bash
. tests/scenario/collect.bash
export LC_ALL=C

a=kill-a$$ b=kill-b$$ net=10.177.31
netpair $a $b $net
unanswered $a $b $net.9

now() { date +%s.%N; }
changed() { [ "$(stat -c %s "$1" 2>/dev/null || echo 0)" -ne "$2" ]; }
newest() { find "${1%/*}" -name "${1##*/}.*Z*" ! -name '*.tmp' | sort -V | tail -n 1; }

# check FILE SECONDS: what a kill at $BEFORE has left.  TORN counts last lines
# that the kernel cut: it ends a write of a killed process between two pages.
check()
{
	local last size

	size=$(stat -c %s "$1")
	if [ -n "$(tail -c 1 "$1")" ]; then
		[ $((size % 4096)) -eq 0 ] || fail "$1 ends inside a line"
		TORN=$((TORN + 1))
	fi
	last=$(tail -n 2 "$1" | grep '^[0-9]' | head -n 1)
	# by rotation, a moment ago
	[ -n "$last" ] || last=$(gzip -cdf "$(newest "$1")" | tail -n 2 | head -n 1)
	awk -v t="${last%%[: ]*}" -v k="$BEFORE" -v max="$2" '
		BEGIN { printf "%.3f\n", k - t; exit !(k - t <= max) }' \
		>>"$TMP/ages" || fail "$1: the last record is $(tail -n 1 \
		"$TMP/ages") s older than the kill"
}

# kills NAME LEAST MAX FILE OPTION...: kill it RUNS times, always with the same
# files, LEAST to LEAST + 0.6 seconds after it began to write.
kills()
{
	local name=$1 least=$2 max=$3 file=$4 size i

	shift 4
	TORN=0
	: >"$TMP/ages"
	for ((i = 0; i < RUNS; i++)); do
		size=$(stat -c %s "$file" 2>/dev/null || echo 0)
		NS=$b spawn "$TMP/$name.err" "$B/bin/pcapper" -q --no-listen "$@"
		wait_for 10 changed "$file" "$size" || fail "$name: nothing is written"
		sleep "$least.$((RANDOM % 6))$((RANDOM % 10))"
		BEFORE=$(now)
		kill -9 "$PID" || fail "$name: it has ended"
		wait "$PID" 2>/dev/null || :
		check "$file" "$max"
	done
	ok "$name: $RUNS kills cost $(sort -n "$TMP/ages" | tail -n 1) s at most," \
		"$TORN between two pages"
}

# whole FILE PATTERN: every line but the last is whole, over all runs.
whole()
{
	head -n -1 "$1" | grep -vE "$2" >"$TMP/torn" || return 0
	fail "$1: torn: $(head -n 1 "$TMP/torn")"
}
pkt='^(#.*|[0-9]{10}\.[0-9]{6}:[^ ]+:[0-9]+:[^ ]+:[0-9]+:[0-9]+:[0-9]+:[0-9]+)$'
dns='^(#.*|[0-9]{10}\.[0-9]{6}( [^ ]+){8})$'

NS=$a spawn "$TMP/blast.out" "$B/tools/blast" $net.9 9 50000 300
BLAST=$PID
kills packets 0 1.1 "$TMP/log" -i veth0 -m none --log-always -f "$TMP/log"
whole "$TMP/log" "$pkt"
rate=$(awk -F: '/^[0-9]/ { n[int($1)]++ }
	END { for (s in n) if (n[s] > m) m = n[s]; print m + 0 }' "$TMP/log")
[ "$rate" -gt 25000 ] || fail "only $rate packets a second"
ok "under $rate packets a second"

mkdir "$TMP/r"
RUNS=$((RUNS / 2))
kills rotation 0 1.1 "$TMP/r/log" -i veth0 -m none --log-always -f "$TMP/r/log" \
	--rotate-size 512K --rotate-gzip --rotate-keep 20
for f in "$TMP/r/"log.*Z*; do
	case $f in
	*.tmp) continue ;;
	*.gz) gzip -t "$f" || fail "$f" ;;
	esac
	gzip -cdf "$f" | tail -n 1 | grep -q '^# end records' || fail "$f: no end"
done
ok "closed files are whole, compressed or not"
stop "$BLAST"

# Few packets: what is flushed is flushed by the clock.
NS=$a spawn "$TMP/slow.out" "$B/tools/blast" $net.9 9 20 300
BLAST=$PID
RUNS=$((RUNS / 2)) kills slow 1 1.2 "$TMP/slow" -i veth0 -m none --log-always \
	-f "$TMP/slow"
stop "$BLAST"

# feed_dns RATE: answers for whoever listens.
feed_dns()
{
	while :; do
		"$K/mkdnstap" -l "$1" 2>/dev/null |
			"$K/tapsend" /dev/stdin "$TMP/tap" 1e9 2>/dev/null || :
		sleep 0.02
	done
}
feed_dns 20000 >/dev/null 2>&1 &
LIB_PIDS+=("$!")
kills DNS 0 1.1 "$TMP/dns" --no-log --dnstap "$TMP/tap" --dns-dedup off \
	--dns-log "$TMP/dns"
whole "$TMP/dns" "$dns"
