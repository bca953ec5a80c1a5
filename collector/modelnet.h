/* SPDX-License-Identifier: BSD-3-Clause */
/* Addresses and networks of the flow model, IPv4 and IPv6. */
#ifndef COLLECTOR_MODELNET_H_
#define COLLECTOR_MODELNET_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MODELNET_ADDR_MAX 40 /* octets modelnet_addr may write */
#define MODELNET_TEXT_MAX 48 /* of modelnet_text, with the final 0 */

struct modelnet {
	uint8_t addr[16]; /* network order; IPv4 uses the first 4 */
	uint8_t ipver;    /* 4 or 6 */
	uint8_t bits;     /* of the prefix */
};

/**
 * modelnet_parse(ret_net, text):
 * Read ADDRESS/BITS, or ADDRESS alone for a network of one.  Returns NULL, or
 * what is wrong (static text): bits after the prefix must be 0.
 */
const char *modelnet_parse(struct modelnet *ret_net, const char *text);

/**
 * modelnet_text(dst, net):
 * Write ${net} as ADDRESS/BITS to ${dst}, with a final 0.  Returns ${dst}.
 */
char *modelnet_text(
    char dst[static MODELNET_TEXT_MAX], const struct modelnet *net);

/**
 * modelnet_has(net, n, ipver, addr):
 * Return whether ${addr} lies in one of the ${n} networks at ${net}.
 */
bool modelnet_has(
    const struct modelnet *net, size_t n, uint8_t ipver, const uint8_t *addr);

/**
 * modelnet_addr(dst, ipver, addr):
 * Write ${addr} as Redis keys spell it, no final 0: dotted quad, or IPv6 with
 * the longest run of zeros as "::" and never a dotted quad at its end.
 * Returns the octets written.
 */
size_t modelnet_addr(
    char dst[static MODELNET_ADDR_MAX], uint8_t ipver, const uint8_t *addr);

#endif
