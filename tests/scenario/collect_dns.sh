#!/bin/bash
# DNS answers through stored streams, live sessions and logs.
# shellcheck source=tests/scenario/collect.bash
. tests/scenario/collect.bash

{
	echo '#1699999999.000000:up:1:unbound'
	awk -v n=3000 -v rate=100 -f tests/bench/dnslog.awk
	awk 'BEGIN {
		printf "1700009000.000000 - AAAA NOERROR x. - "
		for (i = 0; i < 4096; i++)
			printf "%s2001:db8:ffff:ffff:ffff:ffff:%x:1111/%d",
				i ? "," : "", 4096 + i, i * 1048576
		print " \\- 1"
	}'
	printf '%s\n' '1700009001.000000 - A NOERROR a\,\"\\. b\032. - a\032b 2'
	echo '#1700009002.000000:down:1:unbound'
} >"$TMP/log"
lines=$(wc -l <"$TMP/log")
"$K/mkdns" 100 <"$TMP/log" >"$TMP/v1"

"$R" -R "$TMP/v1" -o dns:- -o json:"$TMP/json" -o csv:"$TMP/csv" \
	-o text:"$TMP/text" >"$TMP/out" 2>"$TMP/a.err" || fail "status $?"
cmp "$TMP/out" "$TMP/log" || fail "v1 to dns"
ok "a stored stream gives the agent's own DNS log, octet by octet"
same "all are in the ledger" "$(counter "$TMP/a.err" total.dns_records)" "$lines"
same "none is lost" "$(counter "$TMP/a.err" total.dns_lost)" 0
same "text leaves them out" "$(wc -c <"$TMP/text")" 0
same "CSV leaves them out" "$(wc -l <"$TMP/csv")" 1

python3 - "$TMP/json" "$TMP/log" <<-'END' || fail "JSON"
	import json, sys
	objects = [json.loads(line) for line in open(sys.argv[1])]
	lines = open(sys.argv[2]).read().splitlines()
	assert len(objects) == len(lines)
	for seq, (o, line) in enumerate(zip(objects, lines)):
	    assert o["kind"] == "dns" and o["seq"] == seq
	    if line[0] == "#":
	        assert o["what"] == line.split(":")[1], line
	        assert o["resolver"] == "unbound" and "question" not in o
	        continue
	    f = line.split(" ")
	    assert o["what"] == "answer" and o.get("client", "-") == f[1]
	    assert o["qtype"] == {"A": 1, "AAAA": 28}[f[2]]
	    assert o["rcode"] == {"NOERROR": 0, "NXDOMAIN": 3}[f[3]]
	    assert o["question"] == f[4].replace("\\,", ",")
	    assert ",".join(o["chain"]) == f[5].replace("-", "") or f[5] != "-"
	    assert ",".join("%s/%d" % (a["addr"], a["ttl"])
	        for a in o["addresses"]) == f[6].replace("-", "")
	    assert o["conn"] == int(f[8])
END
ok "JSON has an object for each, with the values of its line"

"$R" -R "$TMP/log" -o dns:"$TMP/again" 2>"$TMP/b.err" || fail "status $?"
cmp "$TMP/again" "$TMP/log" || fail "dns to dns"
ok "a DNS log gives itself"

"$K/mkdns" 100 3 <"$TMP/log" >"$TMP/holed"
"$R" -R "$TMP/holed" -o dns:"$TMP/some" 2>"$TMP/c.err" || fail "status $?"
same "a block that is missing is counted" \
	"$(counter "$TMP/c.err" total.dns_lost)" 100
same "and marked in its place" "$(sed -n 201p "$TMP/some" | cut -d: -f2-)" \
	loss:dns-queue:100:200
sed 201d "$TMP/some" >"$TMP/rest"
sed 201,300d "$TMP/log" | cmp - "$TMP/rest" || fail "the rest"
ok "the rest is there"
"$K/mkdns" 5000 1 <"$TMP/log" >"$TMP/holed"
"$R" -R "$TMP/holed" -o none 2>"$TMP/d.err" || fail "status $?"
lost=$(counter "$TMP/d.err" total.dns_lost)
came=$(counter "$TMP/d.err" total.dns_records)
same "what came and what was lost is all" $((lost + came)) "$lines"

agent live "$TMP/v1"
"$R" --agent "127.0.0.1:$PORT" --once -o dns:"$TMP/live" 2>"$TMP/e.err" ||
	fail "status $?"
cmp "$TMP/live" "$TMP/log" || fail "live"
ok "a live session gives the same log"

printf '17.000000 10.0.0.1 A NOERROR broken\n' >"$TMP/bad"
if "$R" -R "$TMP/bad" -o none 2>"$TMP/f.err"; then
	fail "a bad line ends well"
fi
same "a bad line is counted" "$(counter "$TMP/f.err" total.bad_lines)" 1
