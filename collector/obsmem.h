/* SPDX-License-Identifier: BSD-3-Clause */
/* Memory for what observations point to, while they wait in a queue. */
#ifndef COLLECTOR_OBSMEM_H_
#define COLLECTOR_OBSMEM_H_

#include <stdbool.h>
#include <stddef.h>

#include "wire/obs.h"

#define OBSMEM_MAX ((size_t)256 << 20) /* octets */

struct obsmem_chunk;

/* All zero is empty. */
struct obsmem {
	struct obsmem_chunk *chunk;
	size_t total;
};

/**
 * obsmem_keep(m, o):
 * Copy what ${o} points to into ${m}, and let ${o} point there.  Returns
 * false when there is no memory, or more than OBSMEM_MAX would be needed.
 */
bool obsmem_keep(struct obsmem *m, struct obs *o);

/**
 * obsmem_clear(m):
 * Forget all that was kept; some memory stays for later use.
 */
void obsmem_clear(struct obsmem *m);

void obsmem_done(struct obsmem *m);

#endif
