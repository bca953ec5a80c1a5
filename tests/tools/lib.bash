# shellcheck shell=bash
# Sourced by scripts that start programs and make network namespaces: whatever
# they leave behind is stopped and removed when the script ends.

TMP=$(mktemp -d) || exit 2
LIB_PIDS=() LIB_NETNS=()

# ok WHAT, same WHAT A B: what a scenario finds; each has a fail of its own.
ok() { echo "ok $*"; }
same()
{
	[ "$2" = "$3" ] || fail "$1: $2, should be $3"
	ok "$1"
}

# stop PID...: end processes that spawn started, and wait until they are gone.
stop()
{
	kill -CONT "$@" 2>/dev/null || :
	kill "$@" 2>/dev/null || :
	wait "$@" 2>/dev/null || :
}

lib_cleanup()
{
	local ns

	[ ${#LIB_PIDS[@]} -eq 0 ] || stop "${LIB_PIDS[@]}"
	for ns in "${LIB_NETNS[@]}"; do
		ip netns del "$ns" 2>/dev/null || :
	done
	rm -rf "$TMP"
}
trap lib_cleanup EXIT
trap 'exit 1' HUP INT TERM

# terminate PID [WHAT]: end such a process, WHAT, and fail unless it ends well.
terminate()
{
	kill "$1"
	wait "$1" || fail "${2:+$2: }exit status $?"
}

# has_ended PID: whether there is no such process any more.
has_ended() { ! kill -0 "$1"; }

# spawn OUTPUT COMMAND...: start a program in the background; PID is its number.
# With NS set, inside that network namespace.
spawn()
{
	local out=$1

	shift
	# now, not by the child: nobody may take the last one's output for its
	: >"$out"
	# ip-netns becomes the command itself, so the number is the command's
	${NS:+ip netns exec "$NS"} "$@" >"$out" 2>&1 </dev/null &
	PID=$!
	LIB_PIDS+=("$PID")
}

# wait_for SECONDS COMMAND...: until COMMAND succeeds; fails when time is up.
wait_for()
{
	local end=$((SECONDS + $1))

	shift
	until "$@" >/dev/null 2>&1; do
		((SECONDS < end)) || return 1
		sleep 0.02
	done
}

# agent_port FILE [SECONDS]: wait until an agent, whose output is FILE, says on
# which port it listens, and print that; fails when time is up.
agent_port()
{
	wait_for "${2:-10}" grep -q 'listening on port' "$1" &&
		sed -n 's/.*listening on port //p' "$1"
}

# collector_port FILE [SECONDS]: the same of a collector that agents dial.
collector_port()
{
	wait_for "${2:-10}" grep -q 'listening at .*, port' "$1" &&
		sed -n 's/.*listening at .*, port //p' "$1"
}

# netpair A B PREFIX: two namespaces joined by veth0, PREFIX.1 and PREFIX.2.
netpair()
{
	local ns

	for ns in "$1" "$2"; do
		ip netns add "$ns" || return 1
		LIB_NETNS+=("$ns")
		ip -n "$ns" link set lo up
	done
	ip -n "$1" link add veth0 type veth peer name veth0 netns "$2"
	ip -n "$1" addr add "$3.1/24" dev veth0
	ip -n "$2" addr add "$3.2/24" dev veth0
	ip -n "$1" link set veth0 up
	ip -n "$2" link set veth0 up
}

# unanswered A B ADDRESS: make it an address of nobody in a pair: what A sends
# to it ends in B without an answer, so all packets are A's, each as it sent it.
unanswered()
{
	local mac

	mac=$(ip netns exec "$2" cat /sys/class/net/veth0/address)
	ip -n "$1" neigh add "$3" lladdr "$mac" dev veth0 nud permanent
	ip -n "$1" link set veth0 gso_max_segs 1
	ip netns exec "$2" sysctl -qw net.ipv4.ip_forward=0
}

# listens NS PORT: whether a TCP socket listens there ("" for the own network).
listens()
{
	${1:+ip netns exec "$1"} ss -Hltn "sport = :$2" | grep -q LISTEN
}

# counter FILE NAME: the last value of "NAME value" in a program's output.
counter()
{
	awk -v n="$2" '$(NF - 1) == n { v = $NF } END { print v == "" ? 0 : v }' "$1"
}

# fresh FILE PID LAST: have a running program, whose output is FILE, print its
# counters, up to one called LAST.
fresh()
{
	local had

	had=$(grep -c "^$3 " "$1" || :)
	kill -USR1 "$2" && wait_for 5 lib_more "$had" "^$3 " "$1"
}
lib_more() { (($(grep -c "$2" "$3") > $1)); }

# sum FILE NAME...: the sum of the last values of these counters.
sum()
{
	local file=$1 n=0

	shift
	for name in "$@"; do
		n=$((n + $(counter "$file" "$name")))
	done
	echo "$n"
}

# books NAME...: of the outputs BOOKS,
# the sum of these counters.
books()
{
	local f n=0

	for f in "${BOOKS[@]}"; do
		n=$((n + $(sum "$f" "$@")))
	done
	echo "$n"
}

# balanced AGENT... COLLECTOR: whether the books of these agents' runs and of a
# collector that had no others close; each file holds the counters printed at
# the end.
balanced()
{
	local c=${!#} f made answers

	BOOKS=("${@:1:$#-1}")
	for f in "${BOOKS[@]}"; do
		grep -q '^pkt_records [0-9]' "$f" || {
			echo "$f: no counters"
			return 1
		}
	done
	grep -q '^total.records [0-9]' "$c" || {
		echo "$c: no counters"
		return 1
	}
	made=$(books pkt_records)
	[ "$(books pkt_received)" -eq "$(books pkt_records pkt_own pkt_arp \
		pkt_llc pkt_not_ip pkt_cut pkt_unread)" ] || {
		echo "not every frame became a record or was counted"
		return 1
	}
	[ "$made" -eq "$(sum "$c" total.records total.lost_queue \
		total.lost_late total.lost_unencodable total.lost_spool \
		total.lost_other)" ] || {
		echo "not every record was stored or is a loss with a name"
		return 1
	}
	[ "$(counter "$c" total.lost_unexplained)" -eq 0 ] || {
		echo "records are missing without a word"
		return 1
	}
	[ "$(books drop_kernel drop_iface)" -eq \
		"$(sum "$c" total.drop_kernel total.drop_interface)" ] || {
		echo "not every drop was told"
		return 1
	}
	answers=$(books dns_answers)
	[ "$(books dns_frames)" -eq "$((answers + $(books dns_malformed \
		dns_other_types dns_no_message dns_not_address_type \
		dns_no_client dns_rcode dns_no_data dns_duplicate \
		dns_no_address dns_too_large)))" ] || {
		echo "not every dnstap frame became an answer or was counted"
		return 1
	}
	# A resolver that comes or goes is a record, too.
	((answers - $(books dns_unencodable) <= $(sum "$c" total.dns_records \
		total.dns_late total.dns_lost))) || {
		echo "not every answer was stored or is a loss with a name"
		return 1
	}
}

# sanitized PROGRAM: whether it was built with AddressSanitizer.
sanitized() { ldd "$1" | grep -q libasan || grep -aq __asan_init "$1"; }

# faketime: set FAKED to the beginning of a command with a clock of its own;
# variables of libfaketime and the command follow.  Where that cannot be, the
# script ends.
faketime()
{
	local lib

	lib=$(find /usr/lib -name libfaketime.so.1 | head -n 1)
	[ -n "$lib" ] || fail "libfaketime is not there"
	if sanitized "$B/bin/pcapper"; then
		echo "libfaketime and AddressSanitizer do not go together"
		exit 77
	fi
	# shellcheck disable=SC2034 # for the scenarios
	FAKED=(env LD_PRELOAD="$lib" DONT_FAKE_MONOTONIC=1)
}
