/* SPDX-License-Identifier: BSD-3-Clause */
/* Whether the times of records lie within a day of their stream's clock. */
#ifndef COLLECTOR_DAYOFF_H_
#define COLLECTOR_DAYOFF_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/mono.h"
#include "wire/obs.h"

#define DAYOFF_NS (86400 * MONO_NS_PER_S)

struct dayoff {
	int64_t first, last; /* ns: times that are near enough */
	bool known;          /* these are: */
	wall_t clock;        /* what it showed */
	mono_t at;           /* when */
};

/**
 * dayoff_init(d):
 * No clock is known: no time is off.
 */
void dayoff_init(struct dayoff *d);

/**
 * dayoff_set(d, clock, now):
 * The stream's clock shows ${clock} now, at ${now}; it goes on from there.
 * A ${clock} of 0 tells nothing.
 */
void dayoff_set(struct dayoff *d, wall_t clock, mono_t now);

/**
 * dayoff_now(d, now):
 * It is ${now}: where the clock is known, it went on.
 */
void dayoff_now(struct dayoff *d, mono_t now);

/**
 * dayoff_stored(d, clock):
 * The clock of a stored stream showed ${clock} here; 0 tells nothing.  What
 * is older is not off: a stream may be made from a capture of any age.
 */
void dayoff_stored(struct dayoff *d, wall_t clock);

/**
 * dayoff_count(d, o, n):
 * Return how many of the ${n} observations at ${o} are off.  Losses never are:
 * their times are those of records.
 */
size_t dayoff_count(const struct dayoff *d, const struct obs *o, size_t n);

#endif
