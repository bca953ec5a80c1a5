/* SPDX-License-Identifier: BSD-3-Clause */
/* Several threads for what each has to wait for. */
#ifndef AGENT_CREW_H_
#define AGENT_CREW_H_

#include <stddef.h>

#define CREW_THREADS 16 /* at a time */

typedef void *crew_fn(void *arg);

/**
 * crew_run(fn, arg, n):
 * Call ${fn} with each of the ${n} of ${arg}, in up to CREW_THREADS threads,
 * and return when all are done.  What they return is not looked at.
 */
void crew_run(crew_fn *fn, void *const *arg, size_t n);

#endif
