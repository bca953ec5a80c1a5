/* SPDX-License-Identifier: BSD-3-Clause */
/* One-way delays (RFC 7679): sums, and a histogram of fixed precision. */
#include "collector/mgendelay.h"

#include <stdlib.h>

enum { STEP_BITS = 10 }; /* MGENDELAY_STEPS are 2^10 */

void
mgendelay_add(struct mgendelay *d, int64_t ns)
{
	if (d->n == 0 || ns < d->min)
		d->min = ns;
	if (d->n == 0 || ns > d->max)
		d->max = ns;
	d->n++;
	d->negative += ns < 0;
	d->sum += ns;
}

void
mgendelay_join(struct mgendelay *d, const struct mgendelay *other)
{
	if (other->n == 0)
		return;
	if (d->n == 0 || other->min < d->min)
		d->min = other->min;
	if (d->n == 0 || other->max > d->max)
		d->max = other->max;
	d->n += other->n;
	d->negative += other->negative;
	d->sum += other->sum;
}

int64_t
mgendelay_mean(const struct mgendelay *d)
{
	return d->n == 0 ? 0 : (int64_t)(d->sum / (int64_t)d->n);
}

static uint64_t
absolute(int64_t ns)
{
	return ns < 0 ? -(uint64_t)ns : (uint64_t)ns;
}

void
mgendelay_vary(struct mgendelay_jitter *j, int64_t ns)
{
	int64_t diff;

	if (j->any && !__builtin_sub_overflow(ns, j->last, &diff))
		j->scaled += absolute(diff) - ((j->scaled + 8) >> 4);
	j->any = true;
	j->last = ns;
}

int64_t
mgendelay_jitter(const struct mgendelay_jitter *j)
{
	return (int64_t)(j->scaled >> 4);
}

/* ---- percentiles --------------------------------------------------------- */

/* The block of ${m}, and its bucket there. */
static unsigned int
place_of(uint64_t m, unsigned int *ret_step)
{
	const unsigned int top =
	    m < MGENDELAY_STEPS ? 0 : 63U - (unsigned int)__builtin_clzll(m);

	if (top == 0) {
		*ret_step = (unsigned int)m;
		return 0;
	}
	*ret_step = (unsigned int)(m >> (top - STEP_BITS)) % MGENDELAY_STEPS;
	return top - STEP_BITS + 1;
}

/* The middle of a bucket. */
static int64_t
value_of(unsigned int block, unsigned int step)
{
	const unsigned int shift = block - 1;

	if (block == 0)
		return step;
	return (int64_t)((((uint64_t)MGENDELAY_STEPS + step) << shift) +
			 ((UINT64_C(1) << shift) >> 1));
}

void
mgendelay_place(struct mgendelay_sketch *k, int64_t ns, size_t *room)
{
	unsigned int step;
	const bool below = ns < 0;
	const uint64_t m = ns == INT64_MIN ? INT64_MAX : absolute(ns);
	uint32_t **block = &k->block[below][place_of(m, &step)];

	if (*block == NULL && *room > 0 &&
	    (*block = calloc(MGENDELAY_STEPS, sizeof(**block))) != NULL)
		--*room;
	if (*block == NULL || (*block)[step] == UINT32_MAX) {
		k->unplaced++;
		return;
	}
	(*block)[step]++;
	k->n++;
}

/*
 * Go through one sign from the delay next to 0 on, or towards it.  Returns
 * whether the one with the rank ${rank}, which is counted down, is there.
 */
static bool
seek(uint32_t *const *block, bool inward, uint64_t *rank, int64_t *ret_value)
{
	for (unsigned int i = 0; i < MGENDELAY_BLOCKS; i++) {
		const unsigned int b = inward ? MGENDELAY_BLOCKS - 1 - i : i;

		for (unsigned int k = 0;
		     block[b] != NULL && k < MGENDELAY_STEPS; k++) {
			const unsigned int step =
			    inward ? MGENDELAY_STEPS - 1 - k : k;

			if (*rank <= block[b][step]) {
				*ret_value = value_of(b, step);
				return true;
			}
			*rank -= block[b][step];
		}
	}
	return false;
}

int64_t
mgendelay_percentile(const struct mgendelay_sketch *k, unsigned int percent,
    const struct mgendelay *d)
{
	uint64_t rank =
	    k->n / 100 * percent + (k->n % 100 * percent + 99) / 100;
	int64_t value = 0;

	if (rank == 0)
		rank = 1;
	if (seek(k->block[1], true, &rank, &value)) {
		value = -value;
	} else {
		(void)seek(k->block[0], false, &rank, &value);
	}
	if (value < d->min)
		return d->min;
	return value > d->max ? d->max : value;
}

struct mgendelay_ranks
mgendelay_ranks_of(const struct mgendelay_sketch *k, const struct mgendelay *d)
{
	if (k->n == 0 || k->unplaced > 0)
		return (struct mgendelay_ranks){ 0 };
	return (struct mgendelay_ranks){ .placed = true,
		.p50 = mgendelay_percentile(k, 50, d),
		.p95 = mgendelay_percentile(k, 95, d),
		.p99 = mgendelay_percentile(k, 99, d) };
}

void
mgendelay_clear(struct mgendelay_sketch *k, size_t *room)
{
	for (unsigned int sign = 0; sign < 2; sign++) {
		for (unsigned int b = 0; b < MGENDELAY_BLOCKS; b++) {
			*room += k->block[sign][b] != NULL;
			free(k->block[sign][b]);
		}
	}
	*k = (struct mgendelay_sketch){ 0 };
}
