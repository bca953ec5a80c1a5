/* SPDX-License-Identifier: BSD-3-Clause */
/* DNS answers for tests, made of text. */
#include "tests/unit/answer.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/dnsname.h"

uint8_t
answer_addr(uint8_t ret_addr[static 16], const char *text)
{
	memset(ret_addr, 0, 16);
	if (inet_pton(AF_INET, text, ret_addr) == 1)
		return 4;
	if (inet_pton(AF_INET6, text, ret_addr) == 1)
		return 6;
	abort();
}

static uint16_t
get_names(uint8_t *dst, const char *text)
{
	char copy[512], *rest = copy, *word;
	uint16_t n = 0;

	(void)snprintf(copy, sizeof(copy), "%s", text);
	while ((word = strsep(&rest, " ")) != NULL) {
		const size_t len = dnsname_parse(dst, word, strlen(word));

		if (len == 0)
			abort();
		dst += len;
		n++;
	}
	return n;
}

static uint16_t
get_addrs(struct obs_dns_addr *dst, const char *text, uint8_t *ret_ver)
{
	char copy[512], *rest = copy, *word;
	uint16_t n = 0;

	(void)snprintf(copy, sizeof(copy), "%s", text);
	while ((word = strsep(&rest, " ")) != NULL && *word != '\0') {
		char *ttl = strchr(word, '/');

		if (ttl == NULL)
			abort();
		*ttl++ = '\0';
		*ret_ver = answer_addr(dst[n].addr, word);
		dst[n++].ttl = (uint32_t)strtoul(ttl, NULL, 10);
	}
	return n;
}

void
answer_make(struct obs *ret_o, int64_t ms, const char *client,
    const char *chain, const char *addrs)
{
	static uint8_t names[1024];
	static struct obs_dns_addr addr[16];
	struct obs_dns d = { .what = OBS_DNS_ANSWER, .resolver = "" };
	uint8_t ver = 4;

	d.ipver = answer_addr(d.client, client);
	d.n_names = get_names(names, chain);
	d.names = names;
	d.n_addrs = get_addrs(addr, addrs, &ver);
	d.addrs = addr;
	d.qtype = ver == 4 ? 1 : 28;
	*ret_o = (struct obs){
		.kind = OBS_DNS, .time = { ms * MONO_NS_PER_MS }, .dns = d
	};
}
