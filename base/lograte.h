/* SPDX-License-Identifier: BSD-3-Clause */
/* How often strangers may make us say something of one kind. */
#ifndef BASE_LOGRATE_H_
#define BASE_LOGRATE_H_

#include <stdbool.h>
#include <stdint.h>

#include "wire/mono.h"

#define LOGRATE_NS (60 * MONO_NS_PER_S) /* a period */

/* Initialise .what and .max, and the rest with 0. */
struct lograte {
	const char *what; /* the kind, "bad collectors" */
	unsigned int max; /* messages in a period */
	unsigned int said;
	uint64_t more; /* that were left out of it */
	mono_t since;
};

/**
 * lograte_may(r, now):
 * Return whether one more message may be printed; count it in any case.  The
 * first one after a period in which some were left out is preceded by a line
 * that tells how many: "bad collectors: 12 more messages like these".
 */
bool lograte_may(struct lograte *r, mono_t now);

/**
 * lograte_tick(r, now):
 * Print that line when the period is over.  Call it now and then.
 */
void lograte_tick(struct lograte *r, mono_t now);

/**
 * lograte_done(r):
 * No more will come: print what is left.
 */
void lograte_done(struct lograte *r);

#endif
