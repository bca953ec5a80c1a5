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
bits_len(const struct bits_wr *w)
{
	return (size_t)(w->p - w->start) * 8 + w->n;
}

size_t
bits_finish(struct bits_wr *w)
{
	if (w->n > 0)
		put_some(w, 0, 8 - w->n);
	return (size_t)(w->p - w->start);
}

static uint64_t
get_some(struct bits_rd *r, unsigned int n)
{
	uint64_t v;

	for (; r->n < n; r->n += 8) {
		if (r->p == r->end) {
			r->bad = true;
			return 0;
		}
		r->acc |= (uint64_t)*r->p++ << r->n;
	}
	v = r->acc & ((UINT64_C(1) << n) - 1);
	r->acc >>= n;
	r->n -= n;
	return v;
}

uint64_t
bits_get(struct bits_rd *r, unsigned int n)
{
	uint64_t low = 0;

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
