/* SPDX-License-Identifier: BSD-3-Clause */
/* Output "flows": records of flows with the names behind them. */
#include "collector/sinkflow.h"

#include "base/log.h"
#include "base/proc.h"
#include "collector/correlate.h"
#include "collector/sinkflowfmt.h"
#include "collector/sinkform.h"

static sinkform_heads head = {
	[SINKROW_TEXT] = sinkflowfmt_text_head,
	[SINKROW_CSV] = sinkflowfmt_csv_head,
};

/* "-o flows:FORM[:PATH]" */
struct sinkflow {
	struct sinkform form;
	struct correlate *correlate;
	bool drained;
	char line[SINKFLOWFMT_MAX];
};

static void
on_flow(void *arg, struct flow *f, enum flow_end why)
{
	struct sinkflow *s = arg;

	sinkform_line(&s->form, s->line,
	    sinkflowfmt_line(
		s->line, s->form.form, f, why, s->form.conf->time_format));
}

static struct correlate *
make_correlate(struct sinkflow *s)
{
	const struct conf *conf = s->form.conf;
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
	sinkform_free(&s->form);
}

static struct sink *
sinkflow_open(const struct conf *conf, const char *arg, struct ev_loop *loop)
{
	struct sinkflow *s =
	    sinkform_new(sizeof(*s), &sinkflow_type, conf, arg, head);

	(void)loop;
	if (s == NULL)
		return NULL;
	if ((s->correlate = make_correlate(s)) == NULL) {
		log_error("output flows");
		sinkform_free(&s->form);
		return NULL;
	}
	return &s->form.sink;
}

static void
sinkflow_put(struct sink *sink, const struct sink_src *src, uint64_t first,
    const struct obs *o, size_t n)
{
	struct sinkflow *s = (struct sinkflow *)sink;

	correlate_put(s->correlate, src, first, o, n);
	sinkform_done(&s->form);
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
sinkflow_drain(struct sink *sink)
{
	struct sinkflow *s = (struct sinkflow *)sink;

	if (!s->drained)
		correlate_flush(s->correlate);
	s->drained = true;
	return sinkform_drain(sink);
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
	.flush = sinkform_flush,
	.drain = sinkflow_drain,
	.reopen = sinkform_reopen,
	.stats = sinkflow_stats,
	.close = sinkflow_close,
};
