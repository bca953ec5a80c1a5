#!/bin/bash
# From a resolver's socket to the wire and to Redis: CPU seconds per 100,000
# dnstap frames, and what is lost at 50,000 a second and at full speed, and of
# a very large answer.
set -u
# shellcheck source=tests/bench/lib.bash
. tests/bench/lib.bash

P=$B/bin/pcapper R=$B/bin/recollect K=$B/tools
frames=${BENCH_FRAMES:-300000}
for program in redis-server fstrm_replay; do
	command -v $program >/dev/null || not_measured "no $program"
done
"$K/mkdnstap" "$frames" >"$TMP/many" && "$K/mkdnstap" -a 4000 >"$TMP/big" ||
	exit 1

# per_frames CPU: the same for 100,000 frames
per_frames()
{
	awk -v s="$1" -v n="$frames" 'BEGIN { printf "%.2f\n", s * 1e5 / n }'
}

# cpu PID...: CPU seconds that they have used
cpu()
{
	local pid

	for pid; do
		awk '{ print $14 + $15 }' "/proc/$pid/stat"
	done | awk -v hz="$(getconf CLK_TCK)" '{ n += $1 } END { print n / hz }'
}

# start: server, agent and collector
start()
{
	spawn "$TMP/redis.out" redis-server --port 0 --save '' \
		--unixsocket "$TMP/redis.sock" --appendonly no --dir "$TMP"
	REDIS=$PID
	wait_for 10 redis-cli -s "$TMP/redis.sock" ping || exit 1
	spawn "$TMP/agent.err" "$P" --dnstap "$TMP/tap" --no-log -p 0 \
		--listen 127.0.0.1
	AGENT=$PID
	port=$(agent_port "$TMP/agent.err") || exit 1
	printf '[redis]\nsocket = %s\n' "$TMP/redis.sock" >"$TMP/conf"
	spawn "$TMP/collector.err" "$R" -c "$TMP/conf" -v -o redis \
		--agent "127.0.0.1:$port"
	COLLECTOR=$PID
	wait_for 10 grep -q 'attached (v1)' "$TMP/agent.err" || exit 1
}

# in_redis N: whether so many answers were counted
in_redis()
{
	[ "$(redis-cli -s "$TMP/redis.sock" --raw eval '
		local n = 0
		for _, k in ipairs(redis.call("keys", "client;*")) do
			n = n + redis.call("get", k)
		end
		return n' 0)" -ge "$1" ]
}

keys() { redis-cli -s "$TMP/redis.sock" keys '*;dns' | wc -l; }
has_keys() { [ "$(keys)" -ge "$1" ]; }

# end: all programs, the collector's counters in collector.err
end()
{
	stop "$AGENT"
	stop "$COLLECTOR"
	stop "$REDIS"
	LIB_PIDS=()
}

# replay FILE [FRAMES]: as fast as it goes, or so many frames a second
replay()
{
	if [ $# -eq 1 ]; then
		fstrm_replay -t protobuf:dnstap.Dnstap -r "$1" -u "$TMP/tap" \
			>"$TMP/replay.out" 2>&1
	else
		"$K/tapsend" "$1" "$TMP/tap" \
			$(($(stat -c %s "$1") * $2 / frames))
	fi
}

# lost: what did not come from one end to the other
lost()
{
	echo $((frames - $(counter "$TMP/agent.err" dns_frames) + \
		$(counter "$TMP/agent.err" queue_full) + \
		$(counter "$TMP/collector.err" total.dns_lost) + \
		$(counter "$TMP/collector.err" redis.updates_dropped)))
}

# from a file to a stored stream
"$K/cpu" "$TMP/file.cpu" "$P" -q --dnstap-file "$TMP/many" --no-log \
	--no-listen -w /dev/null 2>"$TMP/file.err" || exit 1
figure dnstap.file-to-stream \
	"$(per_frames "$(awk '{ print $1 + $2 }' "$TMP/file.cpu")")" \
	CPU-s/100k-frames
answers=$(counter "$TMP/file.err" dns_answers)

# through a socket, to the wire, to Redis
for rate in 50000 ""; do
	start
	before=$(cpu "$AGENT" "$COLLECTOR")
	began=$(date +%s.%N)
	replay "$TMP/many" $rate || exit 1
	took=$(awk -v a="$began" -v b="$(date +%s.%N)" 'BEGIN { print b - a }')
	wait_for 30 in_redis "$answers"
	used=$(cpu "$AGENT" "$COLLECTOR")
	name=dnstap.${rate:-full-speed}
	figure "$name.to-redis" \
		"$(per_frames "$(awk -v a="$before" -v b="$used" \
			'BEGIN { print b - a }')")" CPU-s/100k-frames "<=2"
	figure "$name.rate" "$(awk -v n="$frames" -v t="$took" \
		'BEGIN { printf "%.0f\n", n / t }')" frames/s
	end
	figure "$name.lost" "$(lost)" records "${rate:+<=0}"
done

# one answer with 4,000 addresses
start
replay "$TMP/big" || exit 1
wait_for 20 has_keys 4000
figure dnstap.addresses-of-one-answer "$(keys)" keys ">=4000"
end
