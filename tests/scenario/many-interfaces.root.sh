#!/bin/bash
# More interfaces than HELLO can hold, live, in a spool that outlives a killed
# agent, in stored streams and logs: every record keeps the name of its own.
set -eu
B=${B:-build}
cd "$(dirname "$0")/../.."
[ -n "${GUARDED:-}" ] || exec env GUARDED=1 timeout 100 "$0"
# shellcheck source=tests/tools/lib.bash
. tests/tools/lib.bash

N=120 ns=many-$$
fail() { echo "not ok $*"; tail -n 30 "$TMP"/*.err; exit 1; }

# Interface n has 10.201.n.1; what goes to 10.201.n.9 leaves through it.
ip netns add "$ns"
LIB_NETNS+=("$ns")
ip netns exec "$ns" sysctl -qw net.ipv6.conf.default.disable_ipv6=1
ip -n "$ns" link set lo up
for ((i = 0; i < N; i++)); do
	printf 'link add network-em-%04d type veth peer name end-%d\n' $i $i
	printf 'link set end-%d up\n' $i
	printf 'link set network-em-%04d arp off up\n' $i
	printf 'addr add 10.201.%d.1/24 dev network-em-%04d\n' $i $i
done | ip -n "$ns" -batch -
there=() back=()
for ((i = 0; i < N; i++)); do
	there+=(-i "$(printf 'network-em-%04d' $i)")
	back=(-i "$(printf 'network-em-%04d' $i)" "${back[@]}")
done

# The filter's text makes HELLO small for names.
agent()
{
	NS=$ns spawn "$TMP/$1.err" "$B/bin/pcapper" -p 0 --buffer 512K \
		-m "udp dst port 2009 and not udp src port 2009" \
		-f "$TMP/$1.log" --log-always --log-format extended \
		--spool "$TMP/spool" -w "$TMP/$1.pms" "${@:2}"
	AGENT=$PID
	PORT=$(agent_port "$TMP/$1.err" 20) || fail "no port"
}

# collector NAME: with all outputs that name interfaces; they go on.
collector()
{
	printf '[output]\ntext-format = extended\n' >"$TMP/conf"
	NS=$ns spawn "$TMP/$1.err" "$B/bin/recollect" -c "$TMP/conf" \
		--state "$TMP/state" --agent "127.0.0.1:$PORT" \
		-o text:"$TMP/out.text" -o csv:"$TMP/out.csv" \
		-o json:"$TMP/out.json" -o flows:csv:"$TMP/out.flows"
	COLLECTOR=$PID
}

# send: 1, 2 or 3 datagrams through each interface; SENT of them so far.
SENT=0
send()
{
	# shellcheck disable=SC2016 # for the other shell
	ip netns exec "$ns" bash -c 'for ((i = 0; i < '$N'; i++)); do
		for ((k = 0; k <= i % 3; k++)); do
			echo "$i" >/dev/udp/10.201.$i.9/2009
		done
	done'
	SENT=$((SENT + N * 2))
}

# named FILE FORM: how many packets it has, all of them with the right name.
named()
{
	python3 - "$1" "$2" "${3:-}" <<-'END'
	import csv, json, sys
	path, form, node = sys.argv[1:]
	n = 0
	def check(dst, iface, count=1, agent=None):
	    global n
	    i = int(dst.split(".")[2])
	    if iface != "network-em-%04d" % i:
	        sys.exit("%s: %s at %s" % (path, dst, iface))
	    if node and agent != node + str(i % 7):
	        sys.exit("%s: %s at node %s" % (path, dst, agent))
	    n += count
	for row in (csv.DictReader if form in ("csv", "flows") else
	            iter)(open(path)):
	    if form == "text" and row[0] != "#":
	        f = row.split(":")
	        if f[7] == "17":
	            check(f[3], f[9])
	    elif form == "json":
	        o = json.loads(row)
	        if o["kind"] == "packet":
	            check(o["dst"], o["iface"], 1, o["name"])
	    elif form == "csv" and row["kind"] == "packet":
	        check(row["dst"], row["iface"], 1, row["name"])
	    elif form == "flows":
	        for point in row["points"].split(","):
	            agent, iface = point.split("/")[:2]
	            check(row["server"], iface.split(":")[0],
	                  int(row["packets_out"]), agent)
	print(n)
	END
}
# has FILE FORM: whether that is all; HAS is how many it has.
has()
{
	HAS=$(named "$1" "$2" 2>&1) || :
	[ "$HAS" = "$SENT" ]
}
# kept: all that was sent is in the files of the spool.
kept()
{
	"$B/bin/recollect" -R "$TMP"/spool/*.pms -o csv:"$TMP/kept.csv" \
		2>/dev/null || :
	has "$TMP/kept.csv" csv
	local rc=$?

	rm -f "$TMP/kept.csv"
	return $rc
}

agent one "${there[@]}"
send
wait_for 20 kept || fail "the spool has $HAS of $SENT"
collector late
wait_for 20 has "$TMP/out.csv" csv || fail "the collector has $HAS of $SENT"
send
wait_for 20 has "$TMP/out.csv" csv || fail "the collector has $HAS of $SENT"
ok "a collector that comes late knows all interfaces"
terminate "$COLLECTOR" "the collector"
for form in text csv json flows; do
	same "names in $form" "$(named "$TMP/out.$form" $form)" "$SENT"
done
same "names in the log" "$(named "$TMP/one.log" text)" "$SENT"

# Nobody listens when the agent is killed; the next run has its interfaces in
# another order, and a collector that knew the first one.
send
wait_for 20 kept || fail "the spool has $HAS of $SENT"
kill -9 "$AGENT"
wait "$AGENT" 2>/dev/null || :
agent two "${back[@]}"
send
collector again
wait_for 20 has "$TMP/out.csv" csv || fail "the collector has $HAS of $SENT"
terminate "$COLLECTOR" "the collector"
for form in text csv json flows; do
	same "names in $form, of both agents" \
		"$(named "$TMP/out.$form" $form)" "$SENT"
done
same "nothing is lost without a reason" \
	"$(counter "$TMP/again.err" total.lost_unexplained)" 0

# Stored streams, of the killed one what is whole, and text logs.
SENT=$((SENT / 4)) # by the second agent
terminate "$AGENT" "the agent"
"$B/bin/recollect" -R "$TMP/two.pms" -o csv:"$TMP/stored.csv" \
	2>"$TMP/stored.err" || fail "a stored stream"
same "names in a stored stream" "$(named "$TMP/stored.csv" csv)" "$SENT"
"$B/bin/recollect" -R "$TMP/two.log" -o csv:"$TMP/log.csv" \
	2>"$TMP/log.err" || fail "a text log"
same "names read back from a log" "$(named "$TMP/log.csv" csv)" "$SENT"

# A log of several nodes: seven of them, with the same interfaces.
awk -F: -v OFS=: '$8 == 17 { split($4, a, "."); $(NF + 1) = "n" a[3] % 7 } 1' \
	"$TMP/two.log" >"$TMP/nodes.log"
"$B/bin/recollect" -R "$TMP/nodes.log" -o csv:"$TMP/nodes.csv" \
	-o flows:csv:"$TMP/nodes.flows" 2>"$TMP/nodes.err" || fail "nodes"
same "nodes read back from a log" "$(named "$TMP/nodes.csv" csv n)" "$SENT"
same "nodes in flows" "$(named "$TMP/nodes.flows" flows n)" "$SENT"
