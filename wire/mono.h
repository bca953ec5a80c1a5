/* SPDX-License-Identifier: BSD-3-Clause */
/* Time has a type: packet time and loop time cannot be mixed. */
#ifndef WIRE_MONO_H_
#define WIRE_MONO_H_

#include <stdint.h>

#define MONO_NS_PER_US 1000LL
#define MONO_NS_PER_MS 1000000LL
#define MONO_NS_PER_S  1000000000LL

/* Time in a record: nanoseconds since 1970-01-01 UTC, may be negative. */
typedef struct {
	int64_t ns;
} wall_t;

/* Time of the event loop: nanoseconds of CLOCK_MONOTONIC. */
typedef struct {
	int64_t ns;
} mono_t;

/**
 * wall_make(sec, ns):
 * Return the wall time ${sec} seconds and ${ns} nanoseconds after the epoch.
 */
static inline wall_t
wall_make(int64_t sec, int64_t ns)
{
	return (wall_t){ sec * MONO_NS_PER_S + ns };
}

/**
 * mono_plus(a, b) / mono_minus(a, b):
 * Return ${a} + ${b} and ${a} - ${b}, in ns: what is out of range becomes the
 * nearest number that is in it.  Times from outside may be anything.
 */
static inline int64_t
mono_plus(int64_t a, int64_t b)
{
	int64_t sum;

	if (__builtin_add_overflow(a, b, &sum))
		return a < 0 ? INT64_MIN : INT64_MAX;
	return sum;
}

static inline int64_t
mono_minus(int64_t a, int64_t b)
{
	int64_t diff;

	if (__builtin_sub_overflow(a, b, &diff))
		return a < 0 ? INT64_MIN : INT64_MAX;
	return diff;
}

#endif
