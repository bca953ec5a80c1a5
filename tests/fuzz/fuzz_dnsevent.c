/* SPDX-License-Identifier: BSD-3-Clause */
/* links: collector/dnsevent wire/dnsjson wire/dnsname wire/text -ljansson */
/* JSON datagrams: what is an answer makes a datagram that is the same one. */
#include <stdlib.h>
#include <string.h>

#include "collector/dnsevent.h"
#include "wire/dnsjson.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct dnsevent first, again;

static void
check(bool ok)
{
	if (!ok)
		abort();
}

/* The octets of all names; each must be one, in lower case. */
static size_t
names_len(const struct dnsevent *e)
{
	uint8_t name[DNSNAME_MAX];
	size_t at = 0;

	for (unsigned int i = 0; i < e->dns.n_names; i++) {
		const size_t n = dnsname_get(&e->names[at], DNSNAME_MAX);

		check(n > 0 && at + n <= sizeof(e->names));
		memcpy(name, &e->names[at], n);
		dnsname_lower(name);
		check(memcmp(name, &e->names[at], n) == 0);
		at += n;
	}
	return at;
}

static void
parse_again(void *arg, const char *text, size_t len)
{
	size_t n;

	(void)arg;
	check(len <= DNSJSON_MAX);
	check(dnsevent_parse(&again, text, len) == 1);
	n = names_len(&first);
	check(again.id == first.id && again.dns.rcode == first.dns.rcode &&
	      again.dns.qtype == first.dns.qtype &&
	      again.dns.ipver == first.dns.ipver &&
	      again.dns.n_addrs == first.dns.n_addrs);
	check(memcmp(again.dns.client, first.dns.client, 16) == 0);
	if (first.dns.n_addrs > 0)
		check(memcmp(again.addr.addr, first.addr.addr, 16) == 0);
	/* a datagram about NXDOMAIN tells the question alone */
	if (first.dns.rcode == 0) {
		check(again.dns.n_names == first.dns.n_names);
		check(memcmp(again.names, first.names, n) == 0);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const int n = dnsevent_parse(&first, (const char *)data, size);

	check(n >= -1 && n <= 1);
	check(n != 1 || first.text[0] == '\0');
	check(strlen(first.text) < sizeof(first.text));
	if (n == 1) {
		check(
		    dnsjson_put(&first.dns, first.id, parse_again, NULL) == 1);
	}
	return 0;
}
