/* SPDX-License-Identifier: BSD-3-Clause */
/* The text logs: one of packets, one of DNS answers. */
#include "agent/tlog.h"

#include <stdlib.h>

#include "base/outfile.h"
#include "wire/dnsline.h"

#define BEGIN "#-0123456789" /* of lines, in both logs */

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
	outfile_mend(l->out, BEGIN);
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

void
tlog_rotate(struct tlog *l, const struct rotate *r)
{
	outfile_rotate(l->out, r, OUTFILE_END_RANGE);
}

static void
put_dns(struct tlog *l, const struct obs *o, uint64_t seq)
{
	size_t len;

	if (o->kind != OBS_DNS && o->kind != OBS_LOSS)
		return;
	len = dnsline_put(outfile_room(l->out, dnsline_room(o)), o);
	if (o->kind == OBS_DNS)
		outfile_number(l->out, seq);
	outfile_commit(l->out, len, len > 0);
	outfile_turn(l->out);
}

void
tlog_put(struct tlog *l, const struct obs *o, uint64_t seq)
{
	char *line;

	if (l->dns) {
		put_dns(l, o, seq);
		return;
	}
	if (o->kind == OBS_DNS)
		return;
	line = outfile_room(l->out, LINE_MAX_LEN);
	if (o->kind == OBS_PKT)
		outfile_number(l->out, seq);
	outfile_commit(l->out, line_put(line, o, l->format, l->ifs), 1);
	outfile_turn(l->out);
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
