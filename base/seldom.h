/* SPDX-License-Identifier: BSD-3-Clause */
/* A message that strangers can provoke is printed now and then, not always. */
#ifndef BASE_SELDOM_H_
#define BASE_SELDOM_H_

#include <stdint.h>

#include "wire/mono.h"

#define SELDOM_NS (10 * MONO_NS_PER_S) /* between two messages of a kind */

/* One kind of message; all zero: none was printed yet. */
struct seldom {
	mono_t next;     /* when another one may be printed */
	uint64_t hidden; /* not printed since the last one */
};

/**
 * seldom_warnx(s, now, fmt, ...):
 * Print a warning as log_warnx, and how many were left out before it, unless
 * the last one of this kind was less than SELDOM_NS before ${now}.
 */
void seldom_warnx(struct seldom *s, mono_t now, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
