/* SPDX-License-Identifier: BSD-3-Clause */
/* Output "mgen": statistics of MGEN flows, a line a second and at the end. */
#include "collector/sinkmgen.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/outfile.h"
#include "base/proc.h"
#include "collector/mgenstat.h"
#include "collector/sinkfile.h"
#include "collector/sinkmgenfmt.h"

/* "-o mgen:FORMAT[:PATH]" */
struct format {
	const char *name;
	sinkmgenfmt_fn *put;
	const char *head; /* first line of a new file, or NULL */
	enum outfile_end end;
};

static const struct format formats[] = {
	{ "text", sinkmgenfmt_text, sinkmgenfmt_text_head, OUTFILE_END_COUNT },
	{ "csv", sinkmgenfmt_csv, sinkmgenfmt_csv_head, OUTFILE_END_NONE },
	{ "json", sinkmgenfmt_json, NULL, OUTFILE_END_NONE },
};

struct sinkmgen {
	struct sink sink;
	struct sinkfile *file;
	const struct format *format;
	const struct conf *conf;
	struct mgenstat *stat;
	bool drained;
	uint64_t next; /* number of the next line, for the file alone */
};

static void
on_line(void *arg, const struct mgenstat_line *l)
{
	struct sinkmgen *s = arg;
	char *p = outfile_room(s->file->file, SINKMGENFMT_MAX);

	outfile_number(s->file->file, s->next++);
	outfile_commit(
	    s->file->file, s->format->put(p, l, s->conf->time_format), 1);
}

static const struct format *
find_format(const char *arg, const char **ret_path)
{
	const size_t len = arg == NULL ? 0 : strcspn(arg, ":");

	if (arg == NULL)
		arg = "";
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		const struct format *f = &formats[i];

		if (strlen(f->name) != len || strncmp(f->name, arg, len) != 0)
			continue;
		*ret_path = arg[len] == ':' ? &arg[len + 1] : NULL;
		return f;
	}
	log_errorx("output mgen: needs a form: mgen:text, mgen:csv or "
		   "mgen:json, then maybe :PATH");
	return NULL;
}

static struct mgenstat *
make_stat(struct sinkmgen *s)
{
	struct mgenstat_conf c = { .points = SINKMGEN_POINTS,
		.blocks = SINKMGEN_BLOCKS,
		.emit = on_line,
		.arg = s };

	if (proc_hash_key(&c.key) != 0)
		return NULL;
	return mgenstat_new(&c);
}

static void
sinkmgen_close(struct sink *sink)
{
	struct sinkmgen *s = (struct sinkmgen *)sink;

	if (s == NULL)
		return;
	mgenstat_free(s->stat);
	if (s->file != NULL)
		sinkfile_close(&s->file->sink);
	free(s);
}

static struct sink *
sinkmgen_open(const struct conf *conf, const char *arg, struct ev_loop *loop)
{
	const char *path;
	const struct format *format = find_format(arg, &path);
	struct sinkmgen *s;

	(void)loop;
	if (format == NULL)
		return NULL;
	if ((s = calloc(1, sizeof(*s))) == NULL) {
		log_error("output mgen");
		return NULL;
	}
	s->sink.type = &sinkmgen_type;
	s->format = format;
	s->conf = conf;
	s->file = sinkfile_new(&sinkmgen_type, conf, path, format->end);
	if (s->file == NULL)
		goto close;
	if (format->head != NULL)
		outfile_head(s->file->file, format->head);
	if ((s->stat = make_stat(s)) == NULL) {
		log_error("output mgen");
		goto close;
	}
	return &s->sink;

close:
	sinkmgen_close(&s->sink);
	return NULL;
}

/* The file's counters are ours. */
static void
done(struct sinkmgen *s)
{
	sinkfile_put_done(s->file);
	s->sink.written = s->file->sink.written;
	s->sink.lost = s->file->sink.lost;
}

static void
sinkmgen_put(struct sink *sink, const struct sink_src *src, uint64_t first,
    const struct obs *o, size_t n)
{
	struct sinkmgen *s = (struct sinkmgen *)sink;

	(void)first;
	mgenstat_put(s->stat, src, o, n);
	done(s);
}

static void
sinkmgen_clock(struct sink *sink, wall_t now)
{
	struct sinkmgen *s = (struct sinkmgen *)sink;

	mgenstat_clock(s->stat, now);
	done(s);
}

static int
sinkmgen_flush(struct sink *sink, mono_t now)
{
	struct sinkmgen *s = (struct sinkmgen *)sink;
	const int rc = sinkfile_flush(&s->file->sink, now);

	done(s);
	return rc;
}

static int
sinkmgen_drain(struct sink *sink)
{
	struct sinkmgen *s = (struct sinkmgen *)sink;
	int rc;

	if (!s->drained)
		mgenstat_flush(s->stat);
	s->drained = true;
	rc = sinkfile_drain(&s->file->sink);
	done(s);
	return rc;
}

static void
sinkmgen_reopen(struct sink *sink)
{
	sinkfile_reopen(&((struct sinkmgen *)sink)->file->sink);
}

static void
sinkmgen_stats(const struct sink *sink, FILE *fp)
{
	const struct sinkmgen *s = (const struct sinkmgen *)sink;

	sinkfile_stats(sink, fp);
	mgenstat_print(s->stat, fp, "mgen");
}

const struct sink_type sinkmgen_type = {
	.name = "mgen",
	.open = sinkmgen_open,
	.put = sinkmgen_put,
	.clock = sinkmgen_clock,
	.flush = sinkmgen_flush,
	.drain = sinkmgen_drain,
	.reopen = sinkmgen_reopen,
	.stats = sinkmgen_stats,
	.close = sinkmgen_close,
};
