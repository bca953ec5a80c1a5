/* SPDX-License-Identifier: BSD-3-Clause */
/* From where connections are welcome: networks, and users of this host. */
#include "base/allow.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/net.h"

#define UNIX        "unix"
#define MAPPED_BITS 96 /* of ::ffff:0:0 */

static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

static bool
is_mapped(const uint8_t addr[static 16])
{
	return memcmp(addr, mapped, sizeof(mapped)) == 0;
}

/* Whether the first ${bits} bits of both are alike. */
static bool
same_prefix(const uint8_t *a, const uint8_t *b, unsigned int bits)
{
	const unsigned int whole = bits / 8, rest = bits % 8;

	return memcmp(a, b, whole) == 0 &&
	       (rest == 0 || (a[whole] ^ b[whole]) >> (8 - rest) == 0);
}

/* Read a decimal number up to ${max}; -1 when it is none. */
static int64_t
parse_number(const char *text, int64_t max)
{
	int64_t v = 0;

	if (*text == '\0')
		return -1;
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9' ||
		    (v = v * 10 + *text - '0') > max)
			return -1;
	}
	return v;
}

/* ${text} is what follows the word: nothing, or a colon and a number. */
static const char *
parse_unix(struct allow_net *ret_net, const char *text)
{
	int64_t uid;

	if (*text == '\0') {
		*ret_net = (struct allow_net){ .kind = ALLOW_UNIX };
		return NULL;
	}
	if (*text != ':' || (uid = parse_number(text + 1, UINT32_MAX)) < 0)
		return "has no number of a user after " UNIX;
	*ret_net =
	    (struct allow_net){ .kind = ALLOW_UID, .uid = (uint32_t)uid };
	return NULL;
}

static const char *
parse(struct allow_net *ret_net, const char *text)
{
	const char *slash = strchrnul(text, '/');
	const size_t len = (size_t)(slash - text);
	struct allow_net net = { .bits = 128 };
	char addr[INET6_ADDRSTRLEN];
	int off = 0;
	int64_t bits;

	if (strncmp(text, UNIX, strlen(UNIX)) == 0)
		return parse_unix(ret_net, text + strlen(UNIX));
	if (len >= sizeof(addr))
		return "is no address";
	memcpy(addr, text, len);
	addr[len] = '\0';
	if (inet_pton(AF_INET, addr, &net.addr[12]) == 1) {
		memcpy(net.addr, mapped, sizeof(mapped));
		off = MAPPED_BITS;
	} else if (inet_pton(AF_INET6, addr, net.addr) != 1) {
		return "is no address";
	}
	if (*slash != '\0') {
		if ((bits = parse_number(slash + 1, 128 - off)) < 0)
			return "has no prefix length after the slash";
		net.bits = (uint8_t)(bits + off);
	}
	for (unsigned int i = net.bits; i < 128; i++) {
		if ((net.addr[i / 8] & 0x80 >> i % 8) != 0)
			return "has bits set after the prefix";
	}
	*ret_net = net;
	return NULL;
}

const char *
allow_add(struct allow *a, const char *text)
{
	struct allow_net net, *grown;
	const char *why = parse(&net, text);

	if (why != NULL)
		return why;
	grown = reallocarray(a->net, a->n + 1, sizeof(net));
	if (grown == NULL)
		return "does not fit the memory";
	a->net = grown;
	a->net[a->n++] = net;
	return NULL;
}

static bool
net_has(const struct allow_net *net, const uint8_t addr[static 16])
{
	if (net->kind != ALLOW_NET ||
	    (is_mapped(addr) && net->bits < MAPPED_BITS))
		return false;
	return same_prefix(net->addr, addr, net->bits);
}

static bool
has_user(const struct allow *a, uid_t uid)
{
	for (size_t i = 0; i < a->n; i++) {
		if (a->net[i].kind == ALLOW_UNIX ||
		    (a->net[i].kind == ALLOW_UID && a->net[i].uid == uid))
			return true;
	}
	return false;
}

bool
allow_has(const struct allow *a, const struct net_addr *from)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	uint8_t addr[16];

	if (a->n == 0)
		return true;
	if (from->ss.ss_family == AF_INET) {
		memcpy(&v4, &from->ss, sizeof(v4));
		memcpy(addr, mapped, sizeof(mapped));
		memcpy(addr + sizeof(mapped), &v4.sin_addr, 4);
	} else if (from->ss.ss_family == AF_INET6) {
		memcpy(&v6, &from->ss, sizeof(v6));
		memcpy(addr, &v6.sin6_addr, sizeof(addr));
	} else {
		return from->ss.ss_family == AF_UNIX &&
		       has_user(a, from->cred.uid);
	}
	for (size_t i = 0; i < a->n; i++) {
		if (net_has(&a->net[i], addr))
			return true;
	}
	return false;
}

char *
allow_text(char dst[static ALLOW_TEXT_MAX], const struct allow_net *net)
{
	char addr[INET6_ADDRSTRLEN];
	const bool v4 = is_mapped(net->addr) && net->bits >= MAPPED_BITS;

	if (net->kind == ALLOW_UNIX) {
		(void)snprintf(dst, ALLOW_TEXT_MAX, UNIX);
		return dst;
	}
	if (net->kind == ALLOW_UID) {
		(void)snprintf(dst, ALLOW_TEXT_MAX, UNIX ":%" PRIu32, net->uid);
		return dst;
	}
	if (v4) {
		(void)inet_ntop(AF_INET, &net->addr[12], addr, sizeof(addr));
	} else {
		(void)inet_ntop(AF_INET6, net->addr, addr, sizeof(addr));
	}
	(void)snprintf(dst, ALLOW_TEXT_MAX, "%s/%d", addr,
	    v4 ? net->bits - MAPPED_BITS : net->bits);
	return dst;
}

void
allow_done(struct allow *a)
{
	free(a->net);
	*a = (struct allow){ NULL, 0 };
}
