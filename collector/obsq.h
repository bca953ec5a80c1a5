/* SPDX-License-Identifier: BSD-3-Clause */
/* A queue of observations and their numbers. */
#ifndef COLLECTOR_OBSQ_H_
#define COLLECTOR_OBSQ_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/obsmem.h"
#include "wire/mono.h"
#include "wire/obs.h"

#define OBSQ_RUN_MAX 512 /* so that outputs may rotate files in between */

/* All zero is empty.  .head .. .n - 1 wait. */
struct obsq {
	struct obs *o;
	uint64_t *seq; /* their numbers */
	size_t size, head, n;
	struct obsmem mem; /* what they point to */
};

/**
 * obsq_put(q, first, o, n):
 * Add copies of ${n} observations with the numbers from ${first} on, and of
 * what they point to.  Returns false when there is no memory: not all were
 * added.
 */
bool obsq_put(struct obsq *q, uint64_t first, const struct obs *o, size_t n);

/**
 * obsq_head(q):
 * Return the first observation, NULL when there is none.
 */
const struct obs *obsq_head(const struct obsq *q);

/**
 * obsq_run(q, until, ret_first, ret_n):
 * Take from ${q}, which is not empty, its first observation and those that can
 * be passed on with it: packets with successive numbers, not later than
 * ${until}, OBSQ_RUN_MAX of them at most.  Returns them, valid until the next
 * obsq_put or obsq_clear.
 */
const struct obs *obsq_run(
    struct obsq *q, wall_t until, uint64_t *ret_first, size_t *ret_n);

/**
 * obsq_skip(q) / obsq_clear(q):
 * Take all that is left; and forget it and what was taken, too: some memory
 * stays for later use.
 */
void obsq_skip(struct obsq *q);
void obsq_clear(struct obsq *q);

void obsq_done(struct obsq *q);

#endif
