/* SPDX-License-Identifier: BSD-3-Clause */
/* The DNS log: one line per answer. */
#include "agent/dlog.h"

#include <stdlib.h>

#include "base/outfile.h"
#include "wire/dnsline.h"

struct dlog {
	struct outfile *out;
};

struct dlog *
dlog_open(const char *path)
{
	struct dlog *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return NULL;
	if ((l->out = outfile_open(path)) == NULL) {
		free(l);
		return NULL;
	}
	return l;
}

void
dlog_put(struct dlog *l, const struct obs *o)
{
	size_t len;

	if (o->kind != OBS_DNS && o->kind != OBS_LOSS)
		return;
	len = dnsline_put(outfile_room(l->out, dnsline_room(o)), o);
	outfile_commit(l->out, len, len > 0);
}

int
dlog_flush(struct dlog *l, mono_t now)
{
	return l == NULL ? 0 : outfile_flush(l->out, now);
}

void
dlog_reopen(struct dlog *l)
{
	if (l != NULL)
		outfile_reopen(l->out);
}

uint64_t
dlog_lost(const struct dlog *l)
{
	return l == NULL ? 0 : outfile_lost(l->out);
}

int
dlog_close(struct dlog *l)
{
	if (l == NULL)
		return 0;
	const int rc = outfile_close(l->out);
	free(l);
	return rc;
}
