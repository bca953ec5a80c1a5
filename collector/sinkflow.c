/* SPDX-License-Identifier: BSD-3-Clause */
/* Output "flows": records of flows with the names behind them. */
#include "collector/sinkflow.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/outfile.h"
#include "base/proc.h"
#include "collector/correlate.h"
#include "collector/sinkfile.h"
#include "collector/sinkflowfmt.h"

/* "-o flows:FORMAT[:PATH]" */
struct format {
	const char *name;
	sinkflowfmt_fn *put;
	const char *head; /* first line of a new file, or NULL */
	enum outfile_end end;
};

static const struct format formats[] = {
	{ "text", sinkflowfmt_text, sinkflowfmt_text_head, OUTFILE_END_COUNT },
	{ "csv", sinkflowfmt_csv, sinkflowfmt_csv_head, OUTFILE_END_NONE },
	{ "json", sinkflowfmt_json, NULL, OUTFILE_END_NONE },
};

struct sinkflow {
	struct sink sink;
	struct sinkfile *file;
	const struct format *format;
	const struct conf *conf;
	struct correlate *correlate;
	bool drained;
	uint64_t next; /* number of the next flow, for the file alone */
	char line[SINKFLOWFMT_MAX];
};

static void
on_flow(void *arg, struct flow *f, enum flow_end why)
{
	struct sinkflow *s = arg;
	const size_t len =
	    s->format->put(s->line, f, why, s->conf->time_format);

	outfile_number(s->file->file, s->next++);
	outfile_put(s->file->file, s->line, len, 1);
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
	log_errorx("output flows: needs a form: flows:text, flows:csv or "
		   "flows:json, then maybe :PATH");
	return NULL;
}

static struct correlate *
make_correlate(struct sinkflow *s)
{
	const struct conf *conf = s->conf;
	struct correlate_conf c = { .map = conf->flowmap,
		.covered = conf->covered,
		.n_covered = conf->n_covered,
		.all_resolvers = conf->all_resolvers,
		.window_ns = conf->reorder_ms * MONO_NS_PER_MS,
		.window_max = (size_t)conf->reorder_max,
		.skew_ns = conf->skew_ms * MONO_NS_PER_MS,
		.lag_ns = conf->lag_ms * MONO_NS_PER_MS,
		.grace_ns = conf->grace_s * MONO_NS_PER_S,
		.lookback_ns = conf->lookback_s * MONO_NS_PER_S,
		.idle_ns = conf->idle_s * MONO_NS_PER_S,
		.active_ns = conf->active_s * MONO_NS_PER_S,
		.flows_max = (size_t)conf->flows_max,
		.names_max = (size_t)conf->names_max,
		.clients_max = (size_t)conf->clients_max,
		.emit = on_flow,
		.arg = s };

	if (proc_hash_key(&c.key) != 0)
		return NULL;
	return correlate_new(&c);
}

static void
sinkflow_close(struct sink *sink)
{
	struct sinkflow *s = (struct sinkflow *)sink;

	if (s == NULL)
		return;
	correlate_free(s->correlate);
	if (s->file != NULL)
		sinkfile_close(&s->file->sink);
	free(s);
}

static struct sink *
sinkflow_open(const struct conf *conf, const char *arg, struct ev_loop *loop)
{
	const char *path;
	const struct format *format = find_format(arg, &path);
	struct sinkflow *s;

	(void)loop;
	if (format == NULL)
		return NULL;
	if ((s = calloc(1, sizeof(*s))) == NULL) {
		log_error("output flows");
		return NULL;
	}
	s->sink.type = &sinkflow_type;
	s->format = format;
	s->conf = conf;
	s->file = sinkfile_new(&sinkflow_type, conf, path, format->end);
	if (s->file == NULL)
		goto close;
	if (format->head != NULL)
		outfile_head(s->file->file, format->head);
	if ((s->correlate = make_correlate(s)) == NULL) {
		log_error("output flows");
		goto close;
	}
	return &s->sink;

close:
	sinkflow_close(&s->sink);
	return NULL;
}

/* The file's counters are ours. */
static void
done(struct sinkflow *s)
{
	sinkfile_put_done(s->file);
	s->sink.written = s->file->sink.written;
	s->sink.lost = s->file->sink.lost;
}

static void
sinkflow_put(struct sink *sink, const struct sink_src *src, uint64_t first,
    const struct obs *o, size_t n)
{
	struct sinkflow *s = (struct sinkflow *)sink;

	correlate_put(s->correlate, src, first, o, n);
	done(s);
}

static void
sinkflow_gone(struct sink *sink, const struct sink_src *src)
{
	correlate_gone(((struct sinkflow *)sink)->correlate, src);
}

static void
sinkflow_clock(struct sink *sink, wall_t now)
{
	correlate_clock(((struct sinkflow *)sink)->correlate, now);
}

static int
sinkflow_flush(struct sink *sink, mono_t now)
{
	struct sinkflow *s = (struct sinkflow *)sink;
	const int rc = sinkfile_flush(&s->file->sink, now);

	done(s);
	return rc;
}

static int
sinkflow_drain(struct sink *sink)
{
	struct sinkflow *s = (struct sinkflow *)sink;
	int rc;

	if (!s->drained)
		correlate_flush(s->correlate);
	s->drained = true;
	rc = sinkfile_drain(&s->file->sink);
	done(s);
	return rc;
}

static void
sinkflow_reopen(struct sink *sink)
{
	sinkfile_reopen(&((struct sinkflow *)sink)->file->sink);
}

static void
sinkflow_stats(const struct sink *sink, FILE *fp)
{
	const struct sinkflow *s = (const struct sinkflow *)sink;

	sinkfile_stats(sink, fp);
	correlate_print(s->correlate, fp, "flows");
}

const struct sink_type sinkflow_type = {
	.name = "flows",
	.open = sinkflow_open,
	.put = sinkflow_put,
	.gone = sinkflow_gone,
	.clock = sinkflow_clock,
	.flush = sinkflow_flush,
	.drain = sinkflow_drain,
	.reopen = sinkflow_reopen,
	.stats = sinkflow_stats,
	.close = sinkflow_close,
};
