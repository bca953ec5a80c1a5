#!/bin/bash
# Disk full, directory gone, moved or forbidden, file system read-only: logs
# are suspended, count what is lost, warn once, and go on; all lines are whole.
cd "$(dirname "$0")/../.." || exit 2
# The mounts are ours alone and go with us.
[ -n "${GUARDED:-}" ] || exec env GUARDED=1 unshare -m timeout 55 "$0"
# shellcheck source=tests/scenario/disk.bash
. tests/scenario/disk.bash

# account FILE...: lines and losses are all there was.
account()
{
	unpack "$@" >"$TMP/all"
	check_lines "$TMP/all"
	same "$WHAT: lines and losses are all there was" \
		"$(($(grep -vc '^#' "$TMP/all") + LOST))" "$MADE"
}

# said COUNT TEXT: the agent has said so, so often.
said() { same "$WHAT: \"$2\"" "$(grep -c "$2" "$TMP/agent.err")" "$1"; }

WHAT="full disk"
small "$TMP/a" 2048 64
feed "$TMP/a/log" 3000
await 'a/log: writing is suspended: No space left'
rm "$TMP/a/ballast"
await 'writing goes on'
feed_end 0
account "$TMP/a/log"
said 1 'is suspended'
[ "$LOST" -gt 0 ] || fail "nothing was lost"

WHAT="full disk with rotation"
small "$TMP/b" 512 400
feed "$TMP/b/log" 10000 --rotate-size 32K --rotate-gzip
await 'b/log: writing is suspended: No space left'
rm "$TMP/b/ballast"
await 'writing goes on'
feed_end 0
mapfile -t f < <(closed "$TMP/b")
account "${f[@]}" "$TMP/b/log"
for g in "$TMP/b/"*.gz; do
	gzip -t "$g" || fail "$g"
done
check_ends "${f[@]}"

WHAT="directory removed"
mkdir "$TMP/c"
feed "$TMP/c/log" 3000
kill -STOP "$AGENT"
cp "$TMP/c/log" "$TMP/saved"
rm -r "$TMP/c"
kill -CONT "$AGENT"
await 'c/log: writing is suspended: No such file'
mkdir "$TMP/c"
await 'writing goes on'
feed_end 0
account "$TMP/saved" "$TMP/c/log"
said 1 'is suspended'

WHAT="directory moved away"
mkdir "$TMP/d"
feed "$TMP/d/log" 10000 --rotate-size 8K
mv "$TMP/d" "$TMP/e"
await 'd/log: cannot be rotated: No such file'
mv "$TMP/e" "$TMP/d"
await 'rotation goes on'
feed_end 0
same "$WHAT: nothing is lost" "$LOST" 0
mapfile -t f < <(closed "$TMP/d")
account "${f[@]}" "$TMP/d/log"
check_ends "${f[@]}"
said 1 'cannot be rotated'

WHAT="permission lost"
mkdir "$TMP/p"
feed "$TMP/p/log" 10000 --rotate-size 8K
chmod 555 "$TMP/p"
await 'p/log: cannot be rotated: Permission denied'
chmod 755 "$TMP/p"
await 'rotation goes on'
feed_end 0
same "$WHAT: nothing is lost" "$LOST" 0
mapfile -t f < <(closed "$TMP/p")
account "${f[@]}" "$TMP/p/log"
check_ends "${f[@]}"
said 1 'cannot be rotated'

WHAT="read-only file system"
mkdir "$TMP/r" "$TMP/ro"
feed "$TMP/r/log" 3000
mount --bind "$TMP/ro" "$TMP/r"
mount -o remount,bind,ro "$TMP/r"
kill -HUP "$AGENT"
await 'r/log: writing is suspended: Read-only file system'
umount "$TMP/r"
await 'writing goes on'
feed_end 0
account "$TMP/r/log"
said 1 'is suspended'

WHAT="stream file"
small "$TMP/w" 2048 64
feed "$TMP/w.log" 20000 -w "$TMP/w/stream"
await 'w: writing is suspended: No space left'
rm "$TMP/w/ballast"
await 'w: writing goes on'
feed_end 1
[ "$(counter "$TMP/agent.err" file_lost)" -gt 0 ] || fail "nothing was lost"
"$R" -R "$TMP/w/stream" -o none 2>"$TMP/w.err" || fail "status $?"
same "$WHAT: records and losses are all there was" \
	"$(($(counter "$TMP/w.err" total.records) + \
	$(counter "$TMP/w.err" total.lost_spool)))" "$MADE"
same "$WHAT: the losses are those counted" \
	"$(counter "$TMP/w.err" total.lost_spool)" \
	"$(counter "$TMP/agent.err" file_lost)"

WHAT="collector"
small "$TMP/k" 1024 600
"$K/mkrec" v1 50000 >"$TMP/v1"
if "$R" -R "$TMP/v1" -o "text:$TMP/k/log" -o "csv:$TMP/k/csv" \
	2>"$TMP/k.err"; then
	fail "a full disk ends well"
fi
for o in text csv; do
	same "$WHAT: $o, lines and losses" "$(($(counter "$TMP/k.err" $o.written) + \
	$(counter "$TMP/k.err" $o.lost)))" 50000
	same "$WHAT: $o, one warning" "$(grep -c "/${o/text/log}: writing is" \
		"$TMP/k.err")" 1
done
[ -z "$(tail -c 1 "$TMP/k/log")$(tail -c 1 "$TMP/k/csv")" ] || fail "torn"
same "$WHAT: the lines are there" "$(wc -l <"$TMP/k/log")" \
	"$(counter "$TMP/k.err" text.written)"
