/* SPDX-License-Identifier: BSD-3-Clause */
/* Addresses and networks: text both ways, and membership. */
#include "collector/modelnet.h"

#include <arpa/inet.h>
#include <string.h>

#include "wire/bytes.h"

enum { MODELNET_WORDS = 8 };

/* Whether all bits of ${addr} after the first ${bits} are 0. */
static bool
modelnet_rest_is_0(const uint8_t *addr, size_t len, unsigned int bits)
{
	for (size_t i = bits / 8; i < len; i++) {
		const unsigned int keep = i == bits / 8 ? bits % 8 : 0;

		if ((addr[i] & (0xffU >> keep)) != 0)
			return false;
	}
	return true;
}

static int
modelnet_bits(const char *text, unsigned int max)
{
	unsigned int v = 0;

	if (*text == '\0' || strlen(text) > 3)
		return -1;
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9')
			return -1;
		v = 10 * v + (unsigned int)(*text - '0');
	}
	return v > max ? -1 : (int)v;
}

const char *
modelnet_parse(struct modelnet *ret_net, const char *text)
{
	struct modelnet net = { .ipver = 4 };
	char host[INET6_ADDRSTRLEN];
	const char *slash = strchrnul(text, '/');
	const size_t len = (size_t)(slash - text);
	unsigned int max = 32;
	int bits;

	if (len >= sizeof(host))
		return "is no address or network";
	memcpy(host, text, len);
	host[len] = '\0';
	if (inet_pton(AF_INET, host, net.addr) != 1) {
		net.ipver = 6;
		max = 128;
		if (inet_pton(AF_INET6, host, net.addr) != 1)
			return "is no address or network";
	}
	bits = *slash == '\0' ? (int)max : modelnet_bits(slash + 1, max);
	if (bits < 0)
		return "has a wrong prefix length";
	net.bits = (uint8_t)bits;
	if (!modelnet_rest_is_0(net.addr, max / 8, net.bits))
		return "has host bits set";
	*ret_net = net;
	return NULL;
}

static size_t
modelnet_dec(char *dst, unsigned int v)
{
	char *p = dst;

	if (v >= 100)
		*p++ = (char)('0' + v / 100);
	if (v >= 10)
		*p++ = (char)('0' + v / 10 % 10);
	*p++ = (char)('0' + v % 10);
	return (size_t)(p - dst);
}

char *
modelnet_text(char dst[static MODELNET_TEXT_MAX], const struct modelnet *net)
{
	size_t n = modelnet_addr(dst, net->ipver, net->addr);

	dst[n++] = '/';
	n += modelnet_dec(&dst[n], net->bits);
	dst[n] = '\0';
	return dst;
}

static bool
modelnet_in(const struct modelnet *net, uint8_t ipver, const uint8_t *addr)
{
	const size_t whole = net->bits / 8;
	const unsigned int rest = net->bits % 8;

	if (net->ipver != ipver || memcmp(net->addr, addr, whole) != 0)
		return false;
	return rest == 0 ||
	       ((net->addr[whole] ^ addr[whole]) & ~(0xffU >> rest)) == 0;
}

bool
modelnet_has(
    const struct modelnet *net, size_t n, uint8_t ipver, const uint8_t *addr)
{
	for (size_t i = 0; i < n; i++) {
		if (modelnet_in(&net[i], ipver, addr))
			return true;
	}
	return false;
}

static size_t
modelnet_v4(char *dst, const uint8_t *addr)
{
	size_t n = 0;

	for (size_t i = 0; i < 4; i++) {
		if (i > 0)
			dst[n++] = '.';
		n += modelnet_dec(&dst[n], addr[i]);
	}
	return n;
}

static size_t
modelnet_hex(char *dst, unsigned int v)
{
	static const char digit[] = "0123456789abcdef";
	size_t n = 0;

	for (int shift = 12; shift >= 0; shift -= 4) {
		if (n > 0 || shift == 0 || v >> shift != 0)
			dst[n++] = digit[(v >> shift) & 0xf];
	}
	return n;
}

/* The first of the longest runs of zeros; 0 or at least 2 words. */
static size_t
modelnet_zeros(const unsigned int *word, size_t *ret_at)
{
	size_t best = 1;
	size_t run = 0;

	for (size_t i = 0; i < MODELNET_WORDS; i++) {
		run = word[i] == 0 ? run + 1 : 0;
		if (run > best) {
			best = run;
			*ret_at = i + 1 - run;
		}
	}
	return best > 1 ? best : 0;
}

size_t
modelnet_addr(
    char dst[static MODELNET_ADDR_MAX], uint8_t ipver, const uint8_t *addr)
{
	unsigned int word[MODELNET_WORDS];
	size_t at = MODELNET_WORDS;
	size_t zeros;
	size_t n = 0;

	if (ipver == 4)
		return modelnet_v4(dst, addr);
	for (size_t i = 0; i < MODELNET_WORDS; i++)
		word[i] = get_be16(&addr[2 * i]);
	zeros = modelnet_zeros(word, &at);
	for (size_t i = 0; i < MODELNET_WORDS; i++) {
		if (zeros > 0 && i == at) {
			dst[n++] = ':';
			dst[n++] = ':';
			i += zeros - 1;
			continue;
		}
		if (n > 0 && dst[n - 1] != ':')
			dst[n++] = ':';
		n += modelnet_hex(&dst[n], word[i]);
	}
	return n;
}
