/* SPDX-License-Identifier: BSD-3-Clause */
/* Counters: one row makes the struct member, the dump and the manual table. */
#include "base/stat.h"

#include <inttypes.h>
#include <string.h>

void
stat_print(
    const struct stat_row *rows, size_t n, const void *counters, FILE *fp)
{
	uint64_t v;

	for (size_t i = 0; i < n; i++) {
		memcpy(&v, (const char *)counters + rows[i].offset, sizeof(v));
		(void)fprintf(fp, "%s %" PRIu64 "\n", rows[i].name, v);
	}
}
