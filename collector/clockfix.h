/* SPDX-License-Identifier: BSD-3-Clause */
/* Times of another machine's clock put right, without ever going backward. */
#ifndef COLLECTOR_CLOCKFIX_H_
#define COLLECTOR_CLOCKFIX_H_

#include <stdbool.h>
#include <stdint.h>

#include "wire/mono.h"

#define CLOCKFIX_SLEW 100 /* what is taken off changes by 1/100 of the time */

/*
 * What is taken off a time: ${off0} up to ${t0}, ${off1} from ${t1} on, and on
 * the line between.
 */
struct clockfix {
	bool on;
	int64_t t0, t1; /* ns, of the other clock */
	int64_t off0, off1;
};

/**
 * clockfix_aim(f, last, offset):
 * The times that come next end at ${last}, where the other clock is ${offset}
 * ns ahead of ours: go there from where ${f} is, as fast as CLOCKFIX_SLEW
 * allows.  Without f->on it begins there.
 */
void clockfix_aim(struct clockfix *f, wall_t last, int64_t offset);

/**
 * clockfix_time(f, t):
 * Return ${t} by our clock.  Between two calls of clockfix_aim, and over them
 * for times of the last call or later ones, what is not before stays so.
 */
wall_t clockfix_time(const struct clockfix *f, wall_t t);

#endif
