/* SPDX-License-Identifier: BSD-3-Clause */
/* A meter: how often something was done, how long it took, how many at once. */
#ifndef BASE_METER_H_
#define BASE_METER_H_

#include <stddef.h>
#include <stdint.h>

#include "wire/mono.h"

#define METER_SECONDS  60   /* complete ones that are remembered */
#define METER_LINE_MAX 1024 /* octets of a line, with the final 0 */

struct meter_second {
	double mean;      /* seconds that took what ended in it; 0: nothing */
	uint32_t active;  /* under way when it ended */
	uint32_t started; /* in it */
};

struct meter {
	const char *name;
	int64_t second; /* the running one, since the zero of the clock */
	uint32_t active, started, stopped;
	double spent; /* seconds, by those that stopped */
	struct meter_second done[METER_SECONDS]; /* a ring: */
	unsigned int next; /* the place of the running second, the oldest's */
};

/**
 * meter_init(m, name, now):
 * Begin with an idle minute.  ${name} is borrowed.
 */
void meter_init(struct meter *m, const char *name, mono_t now);

/**
 * meter_start(m, n, now):
 * ${n} things began.  Each must be stopped.
 */
void meter_start(struct meter *m, uint32_t n, mono_t now);

/**
 * meter_stop(m, n, since, now):
 * ${n} of the things that began at ${since} ended.
 */
void meter_stop(struct meter *m, uint32_t n, mono_t since, mono_t now);

/**
 * meter_line(dst, m, now):
 * Write the line "NAME: emin=... emax=... e1=... e10=... e60=... dmin=...
 * nmin=... n60=..." to ${dst}: e the mean time in seconds of what ended in a
 * second, d how many were under way at its end, n how many started in it;
 * least and most of the last 60 complete seconds, and the means of the last 1,
 * 10 and 60.  Returns ${dst}.
 */
char *meter_line(char dst[static METER_LINE_MAX], struct meter *m, mono_t now);

#endif
