#!/bin/bash
# Stored streams and text logs in place of agents.
# shellcheck source=tests/scenario/collect.bash
. tests/scenario/collect.bash

for kind in v1 text; do
	"$K/mkrec" $kind 50000 >"$TMP/$kind"
done

"$R" -R "$TMP/v1" -o text:- >"$TMP/out" 2>"$TMP/a.err" || fail "status $?"
cmp "$TMP/out" "$TMP/text" || fail "v1 to text"
ok "a stored stream gives the agent's own text log, octet by octet"

"$R" -R - -o text:- <"$TMP/text" >"$TMP/out" 2>"$TMP/b.err" ||
	fail "status $?"
cmp "$TMP/out" "$TMP/text" || fail "text to text"
ok "a text log from standard input gives itself"

for i in 1 2; do
	# shellcheck disable=SC2002 # standard input shall be a pipe
	cat "$TMP/text" | "$R" -R "$TMP/v1" -R - -o out >"$TMP/m$i" \
		2>"$TMP/c.err" || fail "status $?"
done
cmp "$TMP/m1" "$TMP/m2" || fail "merged twice"
ok "the same files twice give the same octets"
sort -s -t: -k1,1 "$TMP/m1" | cmp - "$TMP/m1" || fail "not in order of time"
same "hosts alternate" "$(cut -d: -f2 "$TMP/m1" | head -n 4 | tr -d '\n')" 1212

size=$(stat -c %s "$TMP/v1")
head -c $((size / 2)) "$TMP/v1" >"$TMP/cut"
if "$R" -R "$TMP/cut" -o text:- >"$TMP/out" 2>"$TMP/d.err"; then
	fail "a cut stream ends well"
fi
grep -q "$TMP/cut: cut" "$TMP/d.err" || fail "no word about the cut"
n=$(counter "$TMP/d.err" total.records)
[ "$n" -gt 10000 ] || fail "only $n records of half a stream"
head -n "$n" "$TMP/text" | cmp - "$TMP/out" || fail "half a stream"
ok "a cut stream gives what is whole, a message and a status"

# The first packet of a copy is in 2038; the capture itself is old.
cp tests/golden/mgen-x-tbf-rx.pcap "$TMP/old.pcap"
cp "$TMP/old.pcap" "$TMP/new.pcap"
printf '\377\377\377\177' |
	dd of="$TMP/new.pcap" bs=1 seek=24 conv=notrunc status=none
for i in old new; do
	"$B/bin/pcapper" -R "$TMP/$i.pcap" --no-log --no-listen -w "$TMP/$i.v1" \
		2>"$TMP/$i.err" || fail "pcapper: status $?"
	"$R" -R "$TMP/$i.v1" -o none 2>"$TMP/times.$i.err" || fail "status $?"
done
same "times of an old capture are not off" \
	"$(counter "$TMP/times.old.err" total.times_off)" 0
same "a time in the future is" \
	"$(counter "$TMP/times.new.err" total.times_off)" 1
same "one warning says so" \
	"$(grep -c 'more than a day off' "$TMP/times.new.err")" 1

gzip -k "$TMP/v1"
split -l 20000 "$TMP/text" "$TMP/part."
gzip "$TMP"/part.*
cat "$TMP"/part.*.gz >"$TMP/text.gz"
head -c 512 /dev/zero >>"$TMP/text.gz"
for f in v1.gz text.gz; do
	"$R" -R - -o text:- <"$TMP/$f" >"$TMP/out" 2>"$TMP/e.err" ||
		fail "$f: status $?"
	cmp "$TMP/out" "$TMP/text" || fail "$f"
	"$R" -R "$TMP/$f" -o none 2>"$TMP/e.err" || fail "$f: status $?"
	same "$f: octets are those of the file" \
		"$(counter "$TMP/e.err" total.octets)" "$(stat -c %s "$TMP/$f")"
done
ok "compressed files are read, from pipes and in several members, too"
size=$(stat -c %s "$TMP/text.gz")
head -c $((size / 2)) "$TMP/text.gz" >"$TMP/cut.gz"
cp "$TMP/v1.gz" "$TMP/bad.gz"
printf '\377\377\377\377' | dd of="$TMP/bad.gz" bs=1 seek=20000 conv=notrunc status=none
gzip -kc "$TMP/v1.gz" >"$TMP/twice.gz"
for f in 'cut.gz: cut' 'bad.gz: ' 'twice.gz: is compressed twice'; do
	! "$R" -R "$TMP/${f%%:*}" -o text:- >"$TMP/out" 2>"$TMP/e.err" ||
		fail "$f: ends well"
	grep -q "$TMP/$f" "$TMP/e.err" || fail "no word: $f"
	head -n "$(wc -l <"$TMP/out")" "$TMP/text" | cmp - "$TMP/out" ||
		fail "$f: not what was whole"
done
ok "cut and broken ones are named, and give what is whole"

printf 'what is this?\n' >"$TMP/junk"
if "$R" -R "$TMP/junk" -o none 2>"$TMP/f.err"; then
	fail "junk ends well"
fi
grep -q "$TMP/junk: neither" "$TMP/f.err" || fail "no word about junk"
ok "a file of another kind is refused"

{ head -n 10 "$TMP/text"; echo 17.x:bad; head -n 12 "$TMP/text" | tail -n 2; } \
	>"$TMP/bad"
if "$R" -R "$TMP/bad" -o text:- >"$TMP/out" 2>"$TMP/g.err"; then
	fail "a bad line ends well"
fi
grep -q 'line 11' "$TMP/g.err" || fail "no line number"
head -n 12 "$TMP/text" | cmp - "$TMP/out" || fail "good lines"
same "a bad line is counted" "$(counter "$TMP/g.err" total.bad_lines)" 1

"$R" -R "$TMP/text" 2>/dev/null | head -n 1 >/dev/null
ok "ends when standard output closes"
