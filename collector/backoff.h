/* SPDX-License-Identifier: BSD-3-Clause */
/* How long to wait before the next attempt: longer each time, never alike. */
#ifndef COLLECTOR_BACKOFF_H_
#define COLLECTOR_BACKOFF_H_

#include <stdint.h>

struct backoff {
	double min, max; /* seconds */
	double delay;    /* before the next attempt, about */
	uint64_t rnd;
};

/**
 * backoff_init(b, min, max, seed):
 * The first wait is ${min}, none is longer than ${max}, both in seconds and
 * but for the jitter, which ${seed} decides.
 */
void backoff_init(struct backoff *b, double min, double max, uint64_t seed);

/**
 * backoff_next(b):
 * Return for how many seconds to wait now: 3/4 to 5/4 of the delay, so that
 * agents that fell together rise apart.  The next delay is twice as long.
 */
double backoff_next(struct backoff *b);

/**
 * backoff_reset(b):
 * Things went well: begin with the shortest delay again.
 */
void backoff_reset(struct backoff *b);

/**
 * backoff_none(b):
 * There will be no wait before the next attempt.
 */
void backoff_none(struct backoff *b);

#endif
