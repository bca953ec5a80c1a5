/* SPDX-License-Identifier: BSD-3-Clause */
/* Output "mgen": statistics of MGEN flows, a line a second and at the end. */
#include "collector/sinkmgen.h"

#include "base/log.h"
#include "base/proc.h"
#include "collector/mgenstat.h"
#include "collector/sinkform.h"
#include "collector/sinkmgenfmt.h"

static sinkform_heads head = {
	[SINKROW_TEXT] = sinkmgenfmt_text_head,
	[SINKROW_CSV] = sinkmgenfmt_csv_head,
};

/* "-o mgen:FORM[:PATH]" */
struct sinkmgen {
	struct sinkform form;
	struct mgenstat *stat;
	bool drained;
};

static void
on_line(void *arg, const struct mgenstat_line *l)
{
	struct sinkmgen *s = arg;
	char line[SINKMGENFMT_MAX];

	sinkform_line(&s->form, line,
	    sinkmgenfmt_line(line, s->form.form, l, s->form.conf->time_format));
}

static struct mgenstat *
make_stat(struct sinkmgen *s)
{
	struct mgenstat_conf c = { .room = { .points = SINKMGEN_POINTS,
				       .blocks = SINKMGEN_BLOCKS,
				       .paths = SINKMGEN_PATHS },
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
	sinkform_free(&s->form);
}

static struct sink *
sinkmgen_open(const struct conf *conf, const char *arg, struct ev_loop *loop)
{
	struct sinkmgen *s =
	    sinkform_new(sizeof(*s), &sinkmgen_type, conf, arg, head);

	(void)loop;
	if (s == NULL)
		return NULL;
	if ((s->stat = make_stat(s)) == NULL) {
		log_error("output mgen");
		sinkform_free(&s->form);
		return NULL;
	}
	return &s->form.sink;
}

static void
sinkmgen_put(struct sink *sink, const struct sink_src *src, uint64_t first,
    const struct obs *o, size_t n)
{
	struct sinkmgen *s = (struct sinkmgen *)sink;

	(void)first;
	mgenstat_put(s->stat, src, o, n);
	sinkform_done(&s->form);
}

static void
sinkmgen_clock(struct sink *sink, wall_t now)
{
	struct sinkmgen *s = (struct sinkmgen *)sink;

	mgenstat_clock(s->stat, now);
	sinkform_done(&s->form);
}

static int
sinkmgen_drain(struct sink *sink)
{
	struct sinkmgen *s = (struct sinkmgen *)sink;

	if (!s->drained)
		mgenstat_flush(s->stat);
	s->drained = true;
	return sinkform_drain(sink);
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
	.flush = sinkform_flush,
	.drain = sinkmgen_drain,
	.reopen = sinkform_reopen,
	.stats = sinkmgen_stats,
	.close = sinkmgen_close,
};
