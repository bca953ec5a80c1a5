/* SPDX-License-Identifier: BSD-3-Clause */
/* What became of each packet that capture-fwd read. */
#include "agent/fwdcount.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

static const struct stat_row rows[] = {
#define STAT(name, help) { #name, offsetof(struct fwdcount, name), help },
	FWDCOUNT_LIST(STAT)
#undef STAT
};

void
fwdcount_error(struct fwdcount *c, int err)
{
	c->error[err > 0 && err < FWDCOUNT_ERRNO_MAX ? err : 0]++;
}

void
fwdcount_print(const struct fwdcount *c, FILE *fp)
{
	stat_print(rows, sizeof(rows) / sizeof(rows[0]), c, fp);
	for (int i = 0; i < FWDCOUNT_ERRNO_MAX; i++) {
		const char *name = i > 0 ? strerrorname_np(i) : NULL;

		if (c->error[i] > 0) {
			(void)fprintf(fp, "send_error.%s %" PRIu64 "\n",
			    name == NULL ? "other" : name, c->error[i]);
		}
	}
	(void)fflush(fp);
}
