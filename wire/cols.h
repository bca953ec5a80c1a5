/* SPDX-License-Identifier: BSD-3-Clause */
/* The columns of a block: where each begins, for who writes and who reads. */
#ifndef WIRE_COLS_H_
#define WIRE_COLS_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/bits.h"
#include "wire/bytes.h"
#include "wire/pack.h"

#define COLS_QUOTE_MAX 38 /* octets of a quote */

/* Of a block that is written. */
struct cols_wr {
	uint8_t *start[PACK_COLS];
	uint8_t *p[PACK_COLS]; /* next octet */
	struct bits_wr raw;
	uint8_t *memory; /* owned */
};

/**
 * cols_rare(block):
 * Return how many definitions and quotes together a block of ${block} records
 * has room for.
 */
unsigned int cols_rare(unsigned int block);

/**
 * cols_room(block):
 * Return the octets that columns and raw bits of ${block} records can fill.
 */
size_t cols_room(unsigned int block);

/**
 * cols_new(w, block):
 * Take memory for blocks of ${block} records, and empty the columns.  Returns
 * 0, or -1 with errno.
 */
int cols_new(struct cols_wr *w, unsigned int block);

/**
 * cols_clear(w):
 * Empty the columns and the raw bits.
 */
void cols_clear(struct cols_wr *w);
void cols_free(struct cols_wr *w);

static inline void
cols_put(struct cols_wr *w, enum pack_col c, unsigned int v)
{
	*w->p[c]++ = (uint8_t)v;
}

/* Of a block that is read. */
struct cols_rd {
	const uint8_t *p[PACK_COLS]; /* next octet; long enough */
	struct rd rest;              /* what no column claimed yet */
};

/**
 * cols_open(r, cols, count, messages):
 * Find the columns of ${count} records with ${messages} MGEN headers in
 * ${cols}; only the quotes stay in .rest.  Returns 0, or -1 when there are
 * not that many octets, or a token or kind is reserved.
 */
int cols_open(struct cols_rd *r, const struct pack_span *cols,
    unsigned int count, unsigned int messages);

static inline unsigned int
cols_get(struct cols_rd *r, enum pack_col c)
{
	return *r->p[c]++;
}

/* The octet of the column ${hi}, and below it that of the next column. */
static inline unsigned int
cols_get16(struct cols_rd *r, enum pack_col hi)
{
	const unsigned int v = cols_get(r, hi) << 8;

	return v | cols_get(r, hi + 1);
}

#endif
