#!/bin/bash
# The demonstration with live traffic; no namespace and no program stays.
set -u
export B="${B:-build}"
tests/demo live &
demo=$!
wait $demo || { echo "not ok the demonstration" && exit 1; }
echo "ok the demonstration"
if ip netns list | grep -E "^demo-(alice|bob|desk)$demo\b"; then
	echo "not ok its namespaces are gone"
	exit 1
fi
echo "ok its namespaces are gone"
