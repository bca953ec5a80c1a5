#!/bin/bash
# Rotation of logs by size, by time, by SIGHUP, all at once: no line is lost,
# torn, or in two files, and the closed files are compressed.
cd "$(dirname "$0")/../.." || exit 2
[ -n "${GUARDED:-}" ] || exec env GUARDED=1 timeout 150 "$0"
# shellcheck source=tests/scenario/rotate.bash
. tests/scenario/rotate.bash

# files DIR N: are there N closed files or more?
files() { [ "$(closed "$1" | wc -l)" -ge "$2" ]; }
packed() { ! closed "$1" | grep -qv '\.gz$'; }

mkdir "$TMP/a"
feed "$TMP/a/log" 10000 --rotate-size 8K --rotate-gzip
same "the thread that compresses has the lowest priority" \
	"$(ps -L -o cls= -p "$AGENT" | grep -c IDL)" 1
same "all threads are behind one filter" \
	"$(sort -u <(grep -h '^Seccomp:' /proc/"$AGENT"/task/*/status) | wc -l)" 1
for i in {1..40}; do
	kill -HUP "$AGENT"
	wait_for 10 files "$TMP/a" $((5 * i)) || fail "no rotation"
done
feed_pause
wait_for 40 packed "$TMP/a" || fail "not compressed: $(ls "$TMP/a")"
feed_end 0
same "nothing is lost" "$LOST" 0
mapfile -t f < <(closed "$TMP/a")
unpack "${f[@]}" "$TMP/a/log" >"$TMP/a.all"
check_lines "$TMP/a.all"
same "the files have every packet, in its order" \
	"$(grep -v '^#' "$TMP/a.all" | sort -c 2>&1 | wc -l) \
$(grep -vc '^#' "$TMP/a.all")" "0 $MADE"
check_ends "${f[@]}"
ok "each closed file tells its number of packets, and which"
awk '/^# end/ { if ($6 != next_) bad = 1; next_ = $8 + 1 }
	END { exit bad || next_ == 0 }' "$TMP/a.all" || fail "the ranges"
ok "their ranges follow each other without a hole"
for g in "$TMP/a/"*.gz; do
	gzip -t "$g" || fail "$g"
done
ok "gzip -t finds no fault"

# Somebody else renames the log, too, while it is rotated by size.
mkdir "$TMP/b"
feed "$TMP/b/log" 10000 --rotate-size 8K
for i in {1..30}; do
	! mv "$TMP/b/log" "$TMP/b/theirs.$i" 2>/dev/null || kill -HUP "$AGENT"
	wait_for 10 files "$TMP/b" $((3 * i)) || fail "no rotation"
done
feed_end 0
same "nothing is lost beside another's renaming" "$LOST" 0
mapfile -t f < <(closed "$TMP/b")
cat "${f[@]}" "$TMP/b/"theirs.* "$TMP/b/log" | sort >"$TMP/b.all"
check_lines "$TMP/b.all"
same "the files of both have every packet" \
	"$(grep -vc '^#' "$TMP/b.all")" "$MADE"
check_ends "${f[@]}"

# By the clock; what an earlier run left is compressed, the oldest removed.
mkdir "$TMP/c"
for i in 1 2 3; do
	echo "$i" >"$TMP/c/log.2020010${i}T000000Z"
done
: >"$TMP/c/log.20200103T000000Z.gz.tmp"
feed "$TMP/c/log" 2000 --rotate-every 1 --rotate-keep 3 --rotate-gzip
began() { [ "$(find "$TMP/c" -name 'log.2020*' | wc -l)" -eq 0 ]; }
wait_for 20 began || fail "old files stay: $(ls "$TMP/c")"
wait_for 30 packed "$TMP/c" || fail "not compressed: $(ls "$TMP/c")"
feed_end 0
same "so many closed files are kept" \
	"$((2 < $(closed "$TMP/c" | wc -l) && $(closed "$TMP/c" | wc -l) < 5))" 1
mapfile -t f < <(closed "$TMP/c")
check_ends "${f[@]}"
stamps=$(printf '%s\n' "${f[@]}" | sed 's/.*log.//; s/Z.*//' | uniq | wc -l)
same "one for each second" "$stamps" "${#f[@]}"

# The collector: text, CSV and flows, each from one stored stream.
"$K/mkrec" v1 50000 >"$TMP/v1"
cat >"$TMP/conf" <<CONF
[output]
rotate-size = 64K
rotate-keep = 0
rotate-gzip = yes
to = text:$TMP/t/log
to = csv:$TMP/v/log
to = flows:text:$TMP/f/log
CONF
"$R" -n -c "$TMP/conf" | grep -q '^output.rotate-size = 65536$' || fail "-n"
mkdir "$TMP/t" "$TMP/v" "$TMP/f"
"$R" -c "$TMP/conf" -R "$TMP/v1" 2>"$TMP/r.err" || fail "status $?"
"$R" -R "$TMP/v1" -o "text:$TMP/t.want" -o "csv:$TMP/v.want" \
	-o "flows:text:$TMP/f.want" 2>"$TMP/w.err" || fail "status $?"
for o in t v f; do
	mapfile -t f < <(closed "$TMP/$o")
	[ $o = f ] || files "$TMP/$o" 2 || fail "$o: no rotation"
	unpack "${f[@]}" "$TMP/$o/log" >"$TMP/$o.all"
	grep -vE '^# end records|^time,|^# first last' "$TMP/$o.all" |
		cmp - <(grep -vE '^time,|^# first last' "$TMP/$o.want") ||
		fail "$o: not the same lines"
done
ok "the collector's files have every line, in its order"
heads=$(grep -c '^time,' "$TMP/v.all")
same "each CSV file has the line of names" "$heads" \
	"$(($(closed "$TMP/v" | wc -l) + 1))"
cat "$TMP/t.all" >"$TMP/again"
"$R" -R "$TMP/again" -o text:- 2>"$TMP/x.err" | cmp - "$TMP/t.want" ||
	fail "reading what was rotated"
ok "readers skip the last lines"
for bad in "rotate-size = 100" "rotate-gzip = yes"; do
	printf '[output]\n%s\n' "$bad" >"$TMP/bad"
	! "$R" -n -c "$TMP/bad" >/dev/null 2>"$TMP/bad.err" || fail "$bad"
	! "$B/bin/pcapper" -R /dev/null --no-listen "--${bad% = yes}" 2>/dev/null ||
		fail "pcapper: $bad"
done
ok "settings that mean nothing are refused"
