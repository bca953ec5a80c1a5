/* SPDX-License-Identifier: BSD-3-Clause */
/* When what is played back is due, and how far it should be. */
#ifndef COLLECTOR_PACE_H_
#define COLLECTOR_PACE_H_

#include <stdbool.h>

#include "wire/mono.h"

/*
 * An absolute schedule: every time is reckoned from the first one, so that
 * being late once makes nothing after it late.
 */
struct pace {
	double speed; /* 2.0: in half the time; above 0 */
	bool begun;   /* the two below mean something */
	wall_t first; /* the time that is due at .start */
	mono_t start;
};

/**
 * pace_begin(p, first, now):
 * Begin with a record of ${first}, which is due ${now}; does nothing when ${p}
 * has begun.
 */
void pace_begin(struct pace *p, wall_t first, mono_t now);

/**
 * pace_due(p, t):
 * Return when a record of ${t} is due; INT64_MAX ns when never.
 */
mono_t pace_due(const struct pace *p, wall_t t);

/**
 * pace_at(p, now):
 * Return the time of the records that are due ${now}.
 */
wall_t pace_at(const struct pace *p, mono_t now);

#endif
