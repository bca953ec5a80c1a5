#!/bin/bash
# What capture-fwd -w writes of the stored captures decapsulates to exactly the
# packets that it read.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/golden/forward.bash
public=../shared/data/public own=../shared/data/own/mgen

for in in "$public"/*.pcap "$own"/*.pcap; do
	if [ -e "$in" ]; then
		same "${in##*/}" vxlan "$in"
	else
		echo "ok captures of $in # SKIP they are not there"
	fi
done
# shellcheck disable=SC2154 # of forward.bash
exit $bad
