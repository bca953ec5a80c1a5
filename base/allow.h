/* SPDX-License-Identifier: BSD-3-Clause */
/* From where connections are welcome: networks, and users of this host. */
#ifndef BASE_ALLOW_H_
#define BASE_ALLOW_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ALLOW_TEXT_MAX 56 /* of allow_text, with the final 0 */

struct net_addr;

enum allow_kind {
	ALLOW_NET,
	ALLOW_UNIX, /* everybody at a UNIX-domain socket, */
	ALLOW_UID   /* or one user there */
};

/* IPv4 is kept as the v4-mapped IPv6 addresses ::ffff:0:0/96. */
struct allow_net {
	enum allow_kind kind;
	uint32_t uid;
	uint8_t addr[16];
	uint8_t bits; /* of the prefix, 0..128 */
};

/* All zero: an empty list, which admits everybody. */
struct allow {
	struct allow_net *net;
	size_t n;
};

/**
 * allow_add(a, text):
 * Add the network ${text}: ADDRESS/BITS, or an ADDRESS alone; or who connects
 * to a UNIX-domain socket: "unix", "unix:UID" (a number).  Returns NULL, or
 * what is wrong (static text): bits after the prefix must be 0.
 */
const char *allow_add(struct allow *a, const char *text);

/**
 * allow_has(a, from):
 * Return whether ${a} is empty or names ${from}, a network that it lies in or
 * its user.  A v4-mapped address is an IPv4 address, and as such in no IPv6
 * network like ::/0.
 */
bool allow_has(const struct allow *a, const struct net_addr *from);

/**
 * allow_text(dst, net):
 * Write ${net} as allow_add reads it to ${dst}.  Returns ${dst}.
 */
char *allow_text(char dst[static ALLOW_TEXT_MAX], const struct allow_net *net);

void allow_done(struct allow *a);

#endif
