#!/bin/bash
# CPU time per packet over a long capture file, as multiples of a bare libpcap
# loop over the same file, beside other programs that read it.
#
# Every program runs once per round, in turn, so that whatever else the machine
# does meets all of them; the least time of each counts.
set -u
# shellcheck source=tests/bench/lib.bash
. tests/bench/lib.bash

packets=${BENCH_PACKETS:-2000000} rounds=${BENCH_ROUNDS:-5}
data=../shared/data/public
[ -x "$B/bin/pcapper" ] || not_measured "pcapper is not built"
[ -d "$data" ] || not_measured "no captures in $data"
"$B/tools/pcaprep" "$packets" 192 "$TMP/in.pcap" "$data"/*.pcap || exit 1
in=$TMP/in.pcap
cat "$in" >/dev/null
mkdir "$TMP/nf"

agent="$B/bin/pcapper -q --no-listen -R $in"
names=() commands=()

# add NAME COMMAND: measure it, when its program is there.
add()
{
	command -v "${2%% *}" >/dev/null || return
	names+=("$1")
	commands+=("$2")
}
add loop "$B/tools/pcaploop $in"
add log "$agent -f $TMP/log"
add v1-6 "$agent --no-log --level 6 -w $TMP/v1"
add v1-1 "$agent --no-log --level 1 -w $TMP/v1"
add log+v1-6 "$agent -f $TMP/log --level 6 -w $TMP/v1"
add tcpdump-w "tcpdump -r $in -w /dev/null"
add tcpdump-text "tcpdump -nn -tt -q -r $in"
add softflowd "softflowd -d -r $in -n 127.0.0.1:9 -c none -p $TMP/pid"
add nfpcapd "nfpcapd -r $in -l $TMP/nf"
add argus "argus -X -r $in -w /dev/null"
add pmacctd "pmacctd -I $in -P print -O csv -o /dev/null -r 3600
	-c src_host,dst_host,src_port,dst_port,proto"

for ((round = 0; round < rounds; round++)); do
	for i in "${!names[@]}"; do
		rm -f "$TMP/log" "$TMP/v1"
		# shellcheck disable=SC2086 # a command and its arguments
		"$B/tools/cpu" "$TMP/${names[i]}.cpu" ${commands[i]} \
			>/dev/null 2>"$TMP/err" </dev/null || {
			echo "${commands[i]}: failed" >&2
			cat "$TMP/err" >&2
			exit 1
		}
	done
done

# best NAME: the least CPU time of its rounds, in seconds.
best()
{
	awk '{ t = $1 + $2; if (NR == 1 || t < m) m = t } END { print m }' \
		"$TMP/$1.cpu" 2>/dev/null
}

# times NAME TARGET: its time as a multiple of the bare loop's.
times()
{
	[ -e "$TMP/$1.cpu" ] || return
	figure "agent.offline.$1" "$(ratio "$(best "$1")" "$loop")" \
		"x-bare-loop" "$2"
}

loop=$(best loop)
figure agent.offline.loop \
	"$(awk -v t="$loop" -v n="$packets" 'BEGIN { printf "%.1f", t/n*1e9 }')" \
	ns/packet -
times log "<=3.0"
times v1-6 "<=4.5"
times v1-1 "<=3.5"
times log+v1-6 "<=6"
[ ! -e "$TMP/softflowd.cpu" ] || figure agent.offline.v1-6-by-softflowd \
	"$(ratio "$(best v1-6)" "$(best softflowd)")" ratio "<=0.8"
for peer in tcpdump-w tcpdump-text softflowd nfpcapd argus pmacctd; do
	times "$peer" -
done
