#!/bin/bash
# Wrong command lines and configurations are refused with a reason.
# shellcheck source=tests/scenario/collect.bash
. tests/scenario/collect.bash

# refused PATTERN ARGUMENT...: the collector ends badly and says PATTERN.
refused()
{
	local pattern=$1

	shift
	if timeout 10 "$R" "$@" >"$TMP/out" 2>"$TMP/a.err" </dev/null; then
		fail "accepted: $*"
	fi
	grep -q -e "$pattern" "$TMP/a.err" || fail "no reason for: $*"
	ok "refused: $*"
}

refused 'no agents' -o none
refused 'nosuch' --nosuch
refused 'tick' --tick fortnight --agent 127.0.0.1:1
refused 'unknown field smell' --fields ttl,smell --agent 127.0.0.1:1
refused 'latency' --latency 5 --agent 127.0.0.1:1
refused 'block' --block 9000 --agent 127.0.0.1:1
refused 'takes the place' -R x --once
refused 'surplus' surplus
refused 'address' --agent 127.0.0.1:port
refused 'not an address' --listen 127.0.0.1
refused '/nonexistent' -R /nonexistent -o none
refused '/nonexistent' -c /nonexistent
refused 'smoke' -o smoke --agent 127.0.0.1:1
printf '1=2000\n[redis]\nsevrer = x\n' >"$TMP/conf"
refused "$TMP/conf:3" -c "$TMP/conf"

# effective FILE: the effective configuration, but for the name of the file
effective()
{
	"$R" -n --latency 200 -c "$1" | grep -v '^# config' || fail "-n"
}
printf '1=2000-2009\n2=M7\n3:[2001:db8::5]:7073\n' >"$TMP/conf1"
effective "$TMP/conf1" >"$TMP/conf2"
grep -q '^#.*latency.*200' "$TMP/conf2" || fail "-n shows no options"
effective "$TMP/conf2" | cmp - "$TMP/conf2" || fail "-n reads differently"
ok "-n prints a configuration that reads back the same"

# A collector.conf in the current directory is read, and left in good order.
mkdir "$TMP/cwd"
echo '7=1000' >"$TMP/cwd/collector.conf"
R=$(realpath "$R")
echo '1700000000.000000:10.0.0.1:1:10.0.0.2:1000:60:0:17' >"$TMP/cwd/log"
for how in -R replay; do
	(cd "$TMP/cwd" && "$R" $how log) >"$TMP/out" 2>"$TMP/a.err" ||
		fail "$how: status $?"
	same "$how reads collector.conf" "$(cat "$TMP/out")" \
		1700000000.000000:1:7:480:0
done
"$R" -V | grep -q '^recollect [0-9]' || fail "-V"
ok "-V"
"$R" -h | grep -q -- '--listen' || fail "-h"
ok "-h"
