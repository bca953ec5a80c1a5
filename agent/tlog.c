/* SPDX-License-Identifier: BSD-3-Clause */
/* The text log: one line per observation. */
#include "agent/tlog.h"

#include <stdlib.h>

#include "base/outfile.h"

struct tlog {
	struct outfile *out;
	enum line_format format;
	const struct line_ifaces *ifs;
};

struct tlog *
tlog_open(
    const char *path, enum line_format format, const struct line_ifaces *ifs)
{
	struct tlog *l = malloc(sizeof(*l));

	if (l == NULL)
		return NULL;
	*l = (struct tlog){ .format = format, .ifs = ifs };
	if ((l->out = outfile_open(path)) == NULL) {
		free(l);
		return NULL;
	}
	return l;
}

void
tlog_put(struct tlog *l, const struct obs *o)
{
	char *line = outfile_room(l->out, LINE_MAX_LEN);

	outfile_commit(l->out, line_put(line, o, l->format, l->ifs), 1);
}

int
tlog_flush(struct tlog *l, mono_t now)
{
	return l == NULL ? 0 : outfile_flush(l->out, now);
}

void
tlog_reopen(struct tlog *l)
{
	if (l != NULL)
		outfile_reopen(l->out);
}

uint64_t
tlog_lost(const struct tlog *l)
{
	return l == NULL ? 0 : outfile_lost(l->out);
}

int
tlog_close(struct tlog *l)
{
	if (l == NULL)
		return 0;
	const int rc = outfile_close(l->out);
	free(l);
	return rc;
}
