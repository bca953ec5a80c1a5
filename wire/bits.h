/* SPDX-License-Identifier: BSD-3-Clause */
/* Bits in a row, least significant first, for what deflate cannot shrink. */
#ifndef WIRE_BITS_H_
#define WIRE_BITS_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Writes to memory that it borrows and that must be large enough. */
struct bits_wr {
	uint8_t *start, *p;
	uint64_t acc;
	unsigned int n; /* bits in .acc, below 8 between calls */
};

/* Reads octets that it borrows; past the end it yields 0 and is bad. */
struct bits_rd {
	const uint8_t *p, *end;
	uint64_t acc;   /* what was taken from .p and not yet used */
	unsigned int n; /* bits of it, below 64 */
	bool bad;
};

/**
 * bits_put(w, v, n):
 * Append the low ${n} (0..64) bits of ${v}; the other bits of ${v} are 0.
 */
void bits_put(struct bits_wr *w, uint64_t v, unsigned int n);

/**
 * bits_finish(w):
 * Fill up the last octet with 0 and return the octets written.
 */
size_t bits_finish(struct bits_wr *w);

uint64_t bits_get(struct bits_rd *r, unsigned int n);

/**
 * bits_over(r):
 * Return whether all octets were used, and the bits that fill up are 0.
 */
bool bits_over(const struct bits_rd *r);

#endif
