/* SPDX-License-Identifier: BSD-3-Clause */
/* How many records an agent may send in a second, and when it may go on. */
#ifndef COLLECTOR_RATECAP_H_
#define COLLECTOR_RATECAP_H_

#include <stdint.h>

#include "wire/mono.h"

struct ratecap {
	uint64_t max; /* records a second; 0: any number */
	uint64_t n;   /* that came since .since and are not forgiven */
	mono_t since; /* begin of a second */
};

/**
 * ratecap_init(r, max, now):
 * Allow ${max} (0..10^9) records a second from ${now} on.
 */
void ratecap_init(struct ratecap *r, uint64_t max, mono_t now);

/**
 * ratecap_add(r, n, now):
 * ${n} records came at ${now}.  Returns the nanoseconds for which no more
 * should be taken: 0, or up to the end of the second; when more than one
 * second's worth came at once, of as many seconds as that is worth.
 */
int64_t ratecap_add(struct ratecap *r, uint64_t n, mono_t now);

#endif
