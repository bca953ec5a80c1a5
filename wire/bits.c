/* SPDX-License-Identifier: BSD-3-Clause */
/* Bits in a row, least significant first, for what deflate cannot shrink. */
#include "wire/bits.h"

static void
put_some(struct bits_wr *w, uint64_t v, unsigned int n)
{
	w->acc |= v << w->n;
	for (w->n += n; w->n >= 8; w->n -= 8) {
		*w->p++ = (uint8_t)w->acc;
		w->acc >>= 8;
	}
}

void
bits_put(struct bits_wr *w, uint64_t v, unsigned int n)
{
	if (n > 32) {
		put_some(w, v & UINT32_MAX, 32);
		v >>= 32;
		n -= 32;
	}
	put_some(w, v, n);
}

size_t
bits_finish(struct bits_wr *w)
{
	if (w->n > 0)
		put_some(w, 0, 8 - w->n);
	return (size_t)(w->p - w->start);
}

/* Written out, compilers make one load of it. */
static uint64_t
get_le64(const uint8_t *p)
{
	return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 |
	       (uint64_t)p[3] << 24 | (uint64_t)p[4] << 32 |
	       (uint64_t)p[5] << 40 | (uint64_t)p[6] << 48 |
	       (uint64_t)p[7] << 56;
}

/*
 * Bring 56 bits or more into .acc, or all there are.  Bits of .acc from .n on
 * may be those of the octet at .p already: it brings the same ones again.
 */
static void
refill(struct bits_rd *r)
{
	if (r->end - r->p >= 8) {
		r->acc |= get_le64(r->p) << r->n;
		r->p += (63 - r->n) / 8;
		r->n |= 56;
		return;
	}
	for (; r->n < 56 && r->p < r->end; r->n += 8)
		r->acc |= (uint64_t)*r->p++ << r->n;
}

static uint64_t
get_some(struct bits_rd *r, unsigned int n)
{
	uint64_t v;

	if (r->n < n) {
		refill(r);
		if (r->n < n) {
			r->bad = true;
			return 0;
		}
	}
	v = r->acc & ((UINT64_C(1) << n) - 1);
	r->acc >>= n;
	r->n -= n;
	return v;
}

uint64_t
bits_get(struct bits_rd *r, unsigned int n)
{
	uint64_t low;

	if (n <= 32)
		return get_some(r, n);
	low = get_some(r, 32);
	return low | get_some(r, n - 32) << 32;
}

bool
bits_over(const struct bits_rd *r)
{
	return !r->bad && r->p == r->end && r->n < 8 && r->acc == 0;
}
