#!/bin/bash
# --keep: at the end everything that was written is in another directory, whole,
# beside what earlier runs left there.
cd "$(dirname "$0")/../.." || exit 2
[ -n "${GUARDED:-}" ] || exec env GUARDED=1 timeout 60 "$0"
# shellcheck source=tests/scenario/rotate.bash
. tests/scenario/rotate.bash

# kept PATTERN: the copies whose names match, in their order.
kept() { find "$TMP/kept" -regextype egrep -regex ".*/$1" | sort -V; }
stamp='[0-9]{8}T[0-9]{6}Z'
files() { [ "$(closed "$TMP/a" | wc -l)" -ge "$1" ]; }
some_packed() { closed "$TMP/a" | grep -q '\.gz$'; }

mkdir "$TMP/a"
: >"$TMP/a/log.20200101T000000Z"
feed "$TMP/a/log" 5000 --rotate-size 32K --rotate-gzip --node n7 \
	-w "$TMP/a/v1" --keep "$TMP/kept"
wait_for 20 files 12 || fail "no rotation"
wait_for 20 some_packed || fail "nothing is compressed"
feed_end 0
mapfile -t f < <(kept "n7\.$stamp\.log\.$stamp.*")
same "every file that this run closed is kept" \
	"${#f[@]}" "$(closed "$TMP/a" | grep -vc 'log\.2020')"
same "and nothing of an earlier run" "$(kept '.*2020.*' | wc -l)" 0
mapfile -t now < <(kept "n7\.$stamp\.log")
unpack "${f[@]}" "${now[@]}" >"$TMP/all"
check_lines "$TMP/all"
same "the copies have every packet" "$(grep -vc '^#' "$TMP/all")" "$MADE"
mapfile -t v1 < <(kept "n7\.$stamp\.v1")
cmp "$TMP/a/v1" "${v1[0]}" || fail "the stream file"
ok "the stream file is kept, too"
same "nothing else is there, under no name" \
	"$(find "$TMP/kept" -type f | wc -l)" $((${#f[@]} + 2))

# A second run of the same node, perhaps in the same second.
first=$(cksum "${now[0]}")
for i in 1 2 3; do
	"$B/bin/pcapper" -q -R tests/golden/demo.pcap --no-listen --node n7 \
		-f "$TMP/log" --dnstap-file tests/golden/shodohflo/golden.fstrm \
		--dns-log "$TMP/dns" --keep "$TMP/kept" 2>"$TMP/b$i.err" ||
		fail "run $i: status $?"
done
same "three runs leave three copies beside those" \
	"$(kept "n7\.$stamp(\.[23])?\.log" | wc -l)" 4
same "of DNS logs, too" "$(kept "n7\.$stamp(\.[23])?\.dns" | wc -l)" 3
same "no copy is written over" "$(cksum "${now[0]}")" "$first"
cmp "$TMP/dns" "$(kept "n7\.$stamp(\.[23])?\.dns" | tail -n 1)" || fail "DNS"
[ -s "$TMP/dns" ] || fail "no DNS log"

# What cannot be.
try()
{
	! "$B/bin/pcapper" -q -R tests/golden/demo.pcap --no-listen \
		"${@:2}" 2>"$TMP/c.err" || fail "ends well: $*"
	grep -q "$1" "$TMP/c.err" || fail "not said: $1"
	ok "said: $1"
}
try "$TMP/no/such: No such file" -f "$TMP/log" --keep "$TMP/no/such"
try "$TMP/dns: Not a directory" -f "$TMP/log" --keep "$TMP/dns"
try 'nothing is written to a file' -f - --keep "$TMP/kept"
long=$(printf 'x%.0s' {1..250})
try "$long: not kept in $TMP/kept: File name too long" \
	-f "$TMP/$long" --keep "$TMP/kept"
