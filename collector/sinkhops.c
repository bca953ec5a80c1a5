/* SPDX-License-Identifier: BSD-3-Clause */
/* Output "hops": paths, loss and delay of packets that several agents saw. */
#include "collector/sinkhops.h"

#include "base/log.h"
#include "base/proc.h"
#include "collector/hopstat.h"
#include "collector/sinkform.h"
#include "collector/sinkhopsfmt.h"
#include "wire/hello.h"

static sinkform_heads head = {
	[SINKROW_TEXT] = sinkhopsfmt_text_head,
	[SINKROW_CSV] = sinkhopsfmt_csv_head,
};

/* "-o hops:FORM[:PATH]" */
struct sinkhops {
	struct sinkform form;
	struct hopstat *stat;
	bool drained;
};

static void
on_line(void *arg, const struct hopflow_line *l)
{
	struct sinkhops *s = arg;
	char line[SINKHOPSFMT_MAX];

	sinkform_line(&s->form, line,
	    sinkhopsfmt_line(line, s->form.form, l, s->form.conf));
}

static struct hopstat *
make_stat(struct sinkhops *s)
{
	const struct conf *conf = s->form.conf;
	struct hopstat_conf c = {
		.window_ns = conf->hops_window_ms * MONO_NS_PER_MS,
		.packets = (size_t)conf->hops_packets,
		.flows = SINKHOPS_FLOWS,
		.blocks = SINKHOPS_BLOCKS,
		.digest_max = conf_digest_max(conf),
		.idle_ns = conf->idle_s * MONO_NS_PER_S,
		.active_ns = conf->active_s * MONO_NS_PER_S,
		.emit = on_line,
		.arg = s,
	};

	if (proc_hash_key(&c.key) != 0)
		return NULL;
	return hopstat_new(&c);
}

static void
sinkhops_close(struct sink *sink)
{
	struct sinkhops *s = (struct sinkhops *)sink;

	if (s == NULL)
		return;
	hopstat_free(s->stat);
	sinkform_free(&s->form);
}

static struct sink *
sinkhops_open(const struct conf *conf, const char *arg, struct ev_loop *loop)
{
	struct sinkhops *s =
	    sinkform_new(sizeof(*s), &sinkhops_type, conf, arg, head);

	(void)loop;
	if (s == NULL)
		return NULL;
	if ((s->stat = make_stat(s)) == NULL) {
		log_error("output hops");
		sinkform_free(&s->form);
		return NULL;
	}
	return &s->form.sink;
}

static void
sinkhops_put(struct sink *sink, const struct sink_src *src, uint64_t first,
    const struct obs *o, size_t n)
{
	struct sinkhops *s = (struct sinkhops *)sink;

	(void)first;
	hopstat_put(s->stat, src, o, n);
	sinkform_done(&s->form);
}

static void
sinkhops_gone(struct sink *sink, const struct sink_src *src)
{
	hopstat_gone(((struct sinkhops *)sink)->stat, src);
}

static int
sinkhops_drain(struct sink *sink)
{
	struct sinkhops *s = (struct sinkhops *)sink;

	if (!s->drained)
		hopstat_flush(s->stat);
	s->drained = true;
	return sinkform_drain(sink);
}

static void
sinkhops_stats(const struct sink *sink, FILE *fp)
{
	const struct sinkhops *s = (const struct sinkhops *)sink;

	sinkfile_stats(sink, fp);
	hopstat_print(s->stat, fp, "hops");
}

const struct sink_type sinkhops_type = {
	.name = "hops",
	.fields = HELLO_FIELD_DIGEST | HELLO_FIELD_TTL | HELLO_FIELD_IFACE |
		  HELLO_FIELD_ROLE | HELLO_FIELD_FRAG,
	.open = sinkhops_open,
	.put = sinkhops_put,
	.gone = sinkhops_gone,
	.flush = sinkform_flush,
	.drain = sinkhops_drain,
	.reopen = sinkform_reopen,
	.stats = sinkhops_stats,
	.close = sinkhops_close,
};
