/* SPDX-License-Identifier: BSD-3-Clause */
/* Fragments of an IP packet that is longer than the path allows. */
#ifndef AGENT_FWDFRAG_H_
#define AGENT_FWDFRAG_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FWDFRAG_MTU_MIN    576 /* octets; RFC 791 */
#define FWDFRAG_MTU_MIN_V6 1280

/* One packet on its way to pieces.  Borrows it. */
struct fwdfrag {
	const uint8_t *ip; /* its header, without options or extensions */
	size_t head;       /* octets of that */
	size_t len;        /* octets behind it, */
	size_t done;       /* and how many of them are in fragments */
	size_t mtu;
	uint32_t id;
};

/**
 * fwdfrag_init(f, ip, len, mtu, id):
 * Begin with the packet of ${len} octets at ${ip}.  ${mtu} is at least the
 * minimum of its version; ${id} is another one for each packet.  That of IPv4
 * is never 0: for a raw socket the kernel would put in one of its own then,
 * another one for each fragment.
 */
void fwdfrag_init(
    struct fwdfrag *f, const uint8_t *ip, size_t len, size_t mtu, uint32_t id);

/**
 * fwdfrag_next(f, dst):
 * Write the next fragment (RFC 791 section 3.2, RFC 8200 section 4.5) to
 * ${dst}, which has room for the MTU.  Returns its octets, 0 after the last.
 */
size_t fwdfrag_next(struct fwdfrag *f, uint8_t *dst);

/**
 * fwdfrag_done(f):
 * Return whether fwdfrag_next has written the last fragment.
 */
bool fwdfrag_done(const struct fwdfrag *f);

#endif
