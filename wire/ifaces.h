/* SPDX-License-Identifier: BSD-3-Clause */
/* The interfaces of a stream: a list that grows, and the frame that tells. */
#ifndef WIRE_IFACES_H_
#define WIRE_IFACES_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/hello.h"

#define IFACES_EXT       1 /* extended type of the frame */
#define IFACES_FRAME_MAX 160

/* All 0 is an empty list. */
struct ifaces {
	struct hello_iface *iface; /* owned, room for .room of them */
	unsigned int n, room;
	struct ifaces_index *index; /* owned; NULL: not needed yet */
};

enum ifaces_verdict {
	IFACES_NEW,   /* now it is in the list */
	IFACES_KNOWN, /* it was, and is the same */
	IFACES_WRONG, /* the list says something else, or would have a hole */
	IFACES_FULL   /* no memory: the list is as it was */
};

/**
 * ifaces_reserve(t, n):
 * Make sure that there is room for ${n} more.  Returns false when there is no
 * memory.
 */
bool ifaces_reserve(struct ifaces *t, unsigned int n);

/**
 * ifaces_add(t, index, i):
 * A stream says that its interface ${index} is ${i}.
 */
enum ifaces_verdict ifaces_add(
    struct ifaces *t, uint64_t index, const struct hello_iface *i);

/**
 * ifaces_find(t, i):
 * Return the index of the first interface with the node, name and link type of
 * ${i}, or t->n: there is none.
 */
unsigned int ifaces_find(struct ifaces *t, const struct hello_iface *i);

/**
 * ifaces_frame(dst, index, i):
 * Write the frame that says so.  Returns its octets.
 */
size_t ifaces_frame(uint8_t dst[static IFACES_FRAME_MAX], uint64_t index,
    const struct hello_iface *i);

/**
 * ifaces_get(ret_index, ret_i, body, len):
 * Read the ${len} octets of payload of a FRAME_EXT.  Returns 1 for an
 * interface, 0 for an extension of another kind, -1 when it is malformed.
 */
int ifaces_get(uint64_t *ret_index, struct hello_iface *ret_i,
    const uint8_t *body, size_t len);

/**
 * ifaces_done(t):
 * Free the list and make it empty.
 */
void ifaces_done(struct ifaces *t);

#endif
