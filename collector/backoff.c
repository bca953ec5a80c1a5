/* SPDX-License-Identifier: BSD-3-Clause */
/* How long to wait before the next attempt: longer each time, never alike. */
#include "collector/backoff.h"

void
backoff_init(struct backoff *b, double min, double max, uint64_t seed)
{
	*b = (struct backoff){
		.min = min, .max = max, .delay = min, .rnd = seed
	};
}

double
backoff_next(struct backoff *b)
{
	const double delay = b->delay;

	b->rnd = b->rnd * 6364136223846793005u + 1442695040888963407u;
	b->delay = delay > 0. ? 2 * delay : b->min;
	if (b->delay > b->max)
		b->delay = b->max;
	return delay * (0.75 + 0.5 * (double)(b->rnd >> 40) / (1 << 24));
}

void
backoff_reset(struct backoff *b)
{
	b->delay = b->min;
}

void
backoff_none(struct backoff *b)
{
	b->delay = 0.;
}
