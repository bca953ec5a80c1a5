/* SPDX-License-Identifier: BSD-3-Clause */
/* How far the clock of another machine is from ours, and how sure that is. */
#ifndef COLLECTOR_CLOCKEST_H_
#define COLLECTOR_CLOCKEST_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/mono.h"

/*
 * An exchange that takes d (the time that the other end holds it left out)
 * proves an interval, d wide, for the offset: the question was not there before
 * it was sent, and the answer not sent after it was here, whatever the delays
 * of the two ways (RFC 5905, section 8).  Intervals of other times count, too,
 * as far as the clocks may have drifted since: by CLOCKEST_RATE_MAX, or what
 * pairs of exchanges prove of the rate, which is taken to stay within a range
 * of CLOCKEST_WANDER.  So does the estimate at any time: the middle of what all
 * intervals have in common; half of that is the bound.  When they have nothing
 * in common, one of the two clocks was set, or its rate was: the estimate
 * begins anew with the last exchange, which counts as a step.
 */
#define CLOCKEST_SAMPLES    16     /* exchanges that are remembered */
#define CLOCKEST_RATE_MAX   500000 /* 10^-9; RFC 5905, appendix A: MAXFREQ */
#define CLOCKEST_WANDER     15000  /* 10^-9; RFC 5905, figure 6: PHI */
#define CLOCKEST_RESOLUTION 1000   /* ns, of either clock in records */

/* One question and its answer. */
struct clockest_exchange {
	wall_t asked, came;        /* our clock */
	mono_t asked_at, came_at;  /* the same, which nobody sets */
	wall_t received, answered; /* the other end's clock */
};

/* At .at the offset was between these two. */
struct clockest_sample {
	mono_t at;
	int64_t low, high; /* ns */
};

struct clockest {
	struct clockest_sample sample[CLOCKEST_SAMPLES]; /* oldest first */
	size_t n;
	int64_t rate_low, rate_high; /* of the offset, 10^-9 */
	int64_t round_trip_ns;       /* of the last exchange */
	uint64_t samples;            /* exchanges, ever */
	uint64_t refused; /* those that cannot be, and are in no other number */
	uint64_t steps;
};

struct clockest_offset {
	int64_t ns;       /* the other end's clock minus ours */
	int64_t bound_ns; /* so far the truth may be from it */
};

/**
 * clockest_init(c):
 * Nothing is known.
 */
void clockest_init(struct clockest *c);

/**
 * clockest_add(c, x):
 * Learn from ${x}.  Returns false when it tells nothing: it ended before it
 * began, was held longer than it took, or our clock was set meanwhile.
 * Exchanges come in the order of their ends.
 */
bool clockest_add(struct clockest *c, const struct clockest_exchange *x);

/**
 * clockest_get(c, at, ret_o):
 * Set ${ret_o} to the offset at ${at}, which may be long after the last
 * exchange; a time before the first one remembered counts as that.  Returns
 * false when nothing is known.
 */
bool clockest_get(
    const struct clockest *c, mono_t at, struct clockest_offset *ret_o);

/**
 * clockest_rate(c, ret_ppb):
 * Set ${ret_ppb} to the rate at which the offset grows, in 10^-9, at most twice
 * CLOCKEST_WANDER off.  Returns false while that is not known.
 */
bool clockest_rate(const struct clockest *c, int64_t *ret_ppb);

#endif
