#!/bin/bash
# Packets that overtake others, and packets that come twice, are no loss: neither
# in what is said of MGEN messages, nor of hops, nor in the ledger.
# shellcheck source=tests/scenario/collect.bash
. tests/scenario/collect.bash

# messages [MISSING...]: 200 MGEN messages as a sender logs them, to $TMP/a, and
# as a receiver does, to $TMP/b: of each four the second comes last, the tenth of
# each ten comes twice, and those that are MISSING not at all.
messages()
{
	awk -v missing=" $* " -v a="$TMP/a" -v b="$TMP/b" '
	function line(file, us, role, seq)
	{
		printf "1700000000.%06d:10.0.0.1:5:10.0.0.9:6:128:7:17:-:" \
			"eth0:%s:%d:1700000000.%06d\n", us, role, seq,
			seq * 1000 >file
	}
	BEGIN {
		for (i = 0; i < 200; i++)
			line(a, i * 1000, "originated", i)
		for (i = 0; i < 200; i++) {
			k = i % 4
			seq = k == 0 ? i : k == 3 ? i - 2 : i + 1
			if (index(missing, " " seq " "))
				continue
			line(b, i * 1000 + 500, "delivered", seq)
			if (seq % 10 == 9)
				line(b, i * 1000 + 700, "delivered", seq)
		}
	}'
}

# collect: both logs, to every output that tells of loss.
collect()
{
	rm -f "$TMP/mgen" "$TMP/csv"
	"$R" -R "$TMP/a" -R "$TMP/b" -o "mgen:text:$TMP/mgen" \
		-o "csv:$TMP/csv" 2>"$TMP/c.err" || fail "status $?"
}

# column KIND ROLE NAME...: these of the lines of that kind and role.
column()
{
	awk -v kind="$1" -v role="$2" -v names="${*:3}" '
	NR == 1 { for (i = 2; i <= NF; i++) at[$i] = i - 1 }
	$1 == kind && $at["role"] == role {
		n = split(names, name, " ")
		for (i = 1; i <= n; i++)
			printf "%s%s", $at[name[i]], i < n ? " " : "\n"
	}' "$TMP/mgen"
}

# losses: all that the ledger tells of lost records and drops.
losses() { awk '/^total\.(lost|drop)_/ { n += $2 } END { print n + 0 }' "$TMP/c.err"; }

messages
collect
same "what comes twice or late has come, and nothing is lost" \
	"$(column total delivered sent received duplicated reordered lost late)" \
	"200 200 20 50 0 0"
same "nor on the way between the nodes" \
	"$(column hop delivered sent received lost)" "200 200 0"
same "the ledger has no loss" "$(losses)" 0
same "each packet is stored, also those that came twice" \
	"$(grep -c packet "$TMP/csv")" 420

# What does not come is lost, among all that.
messages 5 77 78 150
collect
same "what is missing is lost, and nothing else" \
	"$(column total delivered sent received duplicated lost)" "200 196 20 4"
same "on the way between the nodes, too" \
	"$(column hop delivered sent received lost)" "200 196 4"
