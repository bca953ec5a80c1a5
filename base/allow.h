/* SPDX-License-Identifier: BSD-3-Clause */
/* Networks from which connections are welcome, IPv4 and IPv6. */
#ifndef BASE_ALLOW_H_
#define BASE_ALLOW_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ALLOW_TEXT_MAX 56 /* of allow_text, with the final 0 */

struct sockaddr;

/* IPv4 is kept as the v4-mapped IPv6 addresses ::ffff:0:0/96. */
struct allow_net {
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
 * Add the network ${text}: ADDRESS/BITS, or an ADDRESS alone.  Returns NULL,
 * or what is wrong (static text): bits after the prefix must be 0.
 */
const char *allow_add(struct allow *a, const char *text);

/**
 * allow_has(a, sa):
 * Return whether ${a} is empty or the address ${sa} lies in one of its
 * networks.  A v4-mapped address is an IPv4 address, and as such in no IPv6
 * network like ::/0.
 */
bool allow_has(const struct allow *a, const struct sockaddr *sa);

/**
 * allow_text(dst, net):
 * Write ${net} as ADDRESS/BITS to ${dst}.  Returns ${dst}.
 */
char *allow_text(char dst[static ALLOW_TEXT_MAX], const struct allow_net *net);

void allow_done(struct allow *a);

#endif
