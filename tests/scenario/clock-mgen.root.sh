#!/bin/bash
# Real MGEN from a node whose clock is an hour and a quarter of a second ahead:
# delays are below 0, and the clocks say why; with --apply-clock they are right
# within their bound, live and in total.
set -eu
B=${B:-build}
cd "$(dirname "$0")/../.."
[ -n "${GUARDED:-}" ] || exec env GUARDED=1 timeout 55 "$0"
# shellcheck source=tests/tools/lib.bash
. tests/tools/lib.bash

a=clkm-a$$ b=clkm-b$$ net=10.177.12 messages=600 ahead=3600.25
fail() { echo "not ok $*"; tail -n 12 "$TMP"/*.err "$TMP"/*.text; exit 1; }

faketime
netpair $a $b $net

# The kernel stamps packets, and has one clock: of the sender's agent only what
# it says of its clock is wrong by an hour, not the times of its records.
FAKED+=(FAKETIME="+${ahead}s")

# agent NS NAME [COMMAND...]: sets PID; its port is in the variable port.
agent()
{
	NS=$1 spawn "$TMP/$2.err" "${@:3}" "$B/bin/pcapper" -i veth0 -m none \
		-p 0 --node "$2" --no-log
	port=$(agent_port "$TMP/$2.err") || fail "$2"
}
agent $a sender "${FAKED[@]}"
from=$PID first=$port
agent $b receiver
to=$PID

# collect NAME OPTION...: sets PID.
collect()
{
	NS=$b spawn "$TMP/$1.err" "$B/bin/recollect" --once \
		-o "mgen:text:$TMP/$1.text" --agent "$net.1:$first" \
		--agent "$net.2:$port" "${@:2}"
}
attached() { (($(grep -c attached "$TMP/sender.err") == 2)) &&
	(($(grep -c attached "$TMP/receiver.err") == 2)); }
collect kept
kept=$PID
collect fixed --apply-clock
fixed=$PID
wait_for 10 attached || fail "no collectors"

# column FILE KIND NAME...: these of the lines of the receiver, a line each.
column()
{
	local file=$1 kind=$2

	shift 2
	awk -v kind="$kind" -v names="$*" '
	NR == 1 { for (i = 2; i <= NF; i++) at[$i] = i - 1 }
	$1 == kind && $at["role"] == "delivered" {
		n = split(names, name, " ")
		for (i = 1; i <= n; i++)
			printf "%s%s", $at[name[i]], i < n ? " " : "\n"
	}' "$file"
}

NS=$b spawn "$TMP/recv.err" mgen flush event "LISTEN UDP 5001" \
	output "$TMP/recv.log"
receiver=$PID
wait_for 10 grep -q LISTEN "$TMP/recv.log" || fail "no receiver"
NS=$a spawn "$TMP/send.err" "${FAKED[@]}" mgen flush event \
	"ON 1 UDP DST $net.2/5001 PERIODIC [200 500] COUNT $messages"
sender=$PID
came() { (($(grep -c RECV "$TMP/recv.log") == messages)); }
wait_for 20 came || fail "not all came"
live() { [ -n "$(column "$TMP/fixed.text" second delay_mean)" ]; }
wait_for 10 live || fail "no lines of seconds while it runs"
stop "$sender" "$receiver" "$from" "$to"
wait_for 10 has_ended "$kept" || fail "a collector stays"
wait_for 10 has_ended "$fixed" || fail "the other collector stays"
for c in kept fixed; do
	balanced "$TMP/sender.err" "$TMP/receiver.err" "$TMP/$c.err" ||
		fail "the books of $c do not close"
done

delays="delay_min delay_mean delay_p50 delay_p95 delay_p99 delay_max"
# shellcheck disable=SC2086
read -r received negative bound was <<<"$(column "$TMP/kept.text" total \
	received negative delay_bound $delays)"
[ "$received $negative $bound" = "$messages $messages -" ] ||
	fail "as they are: $received received, $negative below 0, bound $bound"
awk -v t="$was" 'BEGIN {
	n = split(t, d, " ")
	for (i = 1; i <= n; i++)
		if (d[i] > -3600.2 || d[i] < -3600.26)
			exit 1
}' || fail "as they are: $was"
sender_clock=$(awk '
	NR == 1 { for (i = 2; i <= NF; i++) at[$i] = i - 1 }
	$1 == "total" && $at["role"] == "originated" {
		print $at["clock_offset"], $at["clock_bound"]
	}' "$TMP/kept.text")
awk -v c="$sender_clock" -v ahead=$ahead 'BEGIN {
	split(c, v, " "); d = v[1] - ahead
	exit !(d <= v[2] && -d <= v[2] && v[2] < 0.003)
}' || fail "the clock of the sender: $sender_clock"
ok "left as they are, delays are ${was%% *}; the sender's clock is $sender_clock"

# shellcheck disable=SC2086
read -r received negative bound is <<<"$(column "$TMP/fixed.text" total \
	received negative delay_bound $delays)"
[ "$received" = "$messages" ] || fail "put right: $received received"
# The percentiles of delays of an hour are coarse: mean and extremes tell.
echo "$is $was" | awk -v bound="$bound" -v ahead=$ahead '
function near(x, y) { return x - y <= bound && y - x <= bound }
{
	exit !(bound > 0 && bound < 0.003 && near($1, $7 + ahead) &&
		near($2, $8 + ahead) && near($6, $12 + ahead) &&
		$3 >= $1 && $3 <= $4 && $4 <= $5 && $5 <= $6)
}' || fail "put right: $is, +-$bound; $was as they are"
ok "put right: $is, +-$bound"
column "$TMP/fixed.text" second delay_max delay_bound | awk '
	{ n++; if ($1 > 1 || $1 < -1 || $2 !~ /^0\.00/) exit bad = 1 }
	END { exit bad || n < 2 }' || fail "the seconds"
ok "the seconds, too"
