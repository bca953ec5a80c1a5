# Write a DNS log as a resolver of an office makes it: n answers, rate a second,
# to some clients; few names are asked for often, many seldom; A and AAAA
# together; a third of the names lead through a content network.
function below(n)
{
	state = (state * 1103515245 + 12345) % 2147483648
	return int(state / 2147483648 * n)
}
function word(seed, i, s)
{
	s = ""
	for (i = 0; i < 2 + seed % 3; i++) {
		seed = (seed * 7919 + 104729) % 1000003
		s = s substr("bcdfghklmnprstvz", 1 + seed % 16, 1) \
			substr("aeiou", 1 + int(seed / 16) % 5, 1)
	}
	return s
}
function name(i, h)
{
	split("www. api. static. img. mail. cdn. login.", host, " ")
	split("com com com net org de co.uk io", zone, " ")
	h = i % 9 < 7 ? host[1 + i % 9] : ""
	return h word(int(i / 3)) "." zone[1 + int(i / 3) % 8] "."
}
function target(i)
{
	if (i % 2)
		return "e" i * 37 % 9000 ".dsc" substr("abgx", 1 + i % 4, 1) \
			".edge.example.net."
	return "d" i * 7919 % 1000003 "abcdef.cloud.example.com."
}
function addresses(i, six, n, k, s)
{
	n = 1 + i % 4
	for (k = 0; k < n; k++) {
		s = s (k ? "," : "")
		if (six)
			s = s sprintf("2001:db8:%x:%x::%x", i % 977,
				1 + i * 31 % 4099, 1 + k) "/"
		else
			s = s 198 - i % 90 "." i * 7 % 256 "." \
				(i * 13 + k) % 256 "." \
				1 + (i * 29 + k * 3) % 254 "/"
		s = s 1 + (below(10) < 7 ? i * 11 % 300 : below(300))
	}
	return s
}
function answer(type, i, n)
{
	chain = i % 3 ? "-" : target(i) (i % 6 ? "" : "," target(i + 1))
	code = i % 23 ? "NOERROR" : "NXDOMAIN"
	if (code != "NOERROR" || (type == "AAAA" && i % 2))
		addrs = "-"
	else
		addrs = addresses(i, type == "AAAA")
	t += below(2000000 / rate)
	printf "%d.%06d 10.0.0.%d %s %s %s %s %s unbound 1\n",
		1700000000 + int(t / 1000000), t % 1000000, client, type,
		code, name(i), code == "NOERROR" ? chain : "-", addrs
}
BEGIN {
	state = 1
	while (done < n) {
		client = 2 + below(1 + below(40))
		i = int(3000 ^ (below(10000) / 10000))
		if (below(4) == 0)
			i = below(20000)
		answer("A", i)
		done++
		if (below(3) && done < n) {
			t -= below(1000000 / rate)
			answer("AAAA", i)
			done++
		}
	}
}
