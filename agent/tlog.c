/* SPDX-License-Identifier: BSD-3-Clause */
/* The text logs: one of packets, one of DNS answers. */
#include "agent/tlog.h"

#include <stdlib.h>

#include "base/outfile.h"
#include "wire/dnsline.h"

struct tlog {
	struct outfile *out;
	bool dns; /* the log of DNS answers */
	enum line_format format;
	const struct line_ifaces *ifs;
};

static struct tlog *
open_log(const char *path, const struct tlog *like)
{
	struct tlog *l = malloc(sizeof(*l));

	if (l == NULL)
		return NULL;
	*l = *like;
	if ((l->out = outfile_open(path)) == NULL) {
		free(l);
		return NULL;
	}
	return l;
}

struct tlog *
tlog_open(
    const char *path, enum line_format format, const struct line_ifaces *ifs)
{
	return open_log(path, &(struct tlog){ .format = format, .ifs = ifs });
}

struct tlog *
tlog_open_dns(const char *path)
{
	return open_log(path, &(struct tlog){ .dns = true });
}

static void
put_dns(struct tlog *l, const struct obs *o)
{
	size_t len;

	if (o->kind != OBS_DNS && o->kind != OBS_LOSS)
		return;
	len = dnsline_put(outfile_room(l->out, dnsline_room(o)), o);
	outfile_commit(l->out, len, len > 0);
}

void
tlog_put(struct tlog *l, const struct obs *o)
{
	if (l->dns) {
		put_dns(l, o);
	} else if (o->kind != OBS_DNS) {
		char *line = outfile_room(l->out, LINE_MAX_LEN);

		outfile_commit(l->out, line_put(line, o, l->format, l->ifs), 1);
	}
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
