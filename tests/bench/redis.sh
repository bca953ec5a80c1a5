#!/bin/bash
# Flows and DNS answers a second into a private redis-server through the Redis
# output, without and with --state, and pairs of commands one at a time as the
# old agents do.
set -u
# shellcheck source=tests/bench/lib.bash
. tests/bench/lib.bash

command -v redis-server >/dev/null || not_measured "no redis-server"
spawn "$TMP/redis.out" redis-server --port 0 --unixsocket "$TMP/redis.sock" \
	--save '' --appendonly no --dir "$TMP"
wait_for 10 redis-cli -s "$TMP/redis.sock" ping || exit 1
mkdir "$TMP/state"
"$B/tools/redispairs" "$TMP/redis.sock" "$TMP/state"
