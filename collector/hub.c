/* SPDX-License-Identifier: BSD-3-Clause */
/* Where all sources meet: ledger first, then every output. */
#include "collector/hub.h"

#include <ev.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/proc.h"
#include "collector/timing.h"

#define FLUSH_SECONDS 1.0

TAILQ_HEAD(source_list, source);

struct output {
	struct sink *sink;
	bool prompt; /* flushed before every wait, not once a second */
	bool dirty;  /* given something since */
	bool gone;   /* its reader left: nothing more goes there */
	bool failed; /* at the end: could not write all */
	struct meterlog *meters; /* NULL: not measured */
	struct timing_backlog backlog;
};

struct hub {
	struct ev_loop *loop;
	hub_gone_fn *gone;
	void *arg;
	struct output *out;
	size_t n_out;
	struct source_list sources;
	unsigned int top; /* highest host number */
	bool clock;       /* show the time of the newest record */
	bool live;        /* outputs are told the time */
	wall_t newest;
	ev_timer flush;
	ev_prepare prompt;
};

/* Standard output has a reader who waits; files have not. */
static bool
is_prompt(const char *spec)
{
	const char *colon = strchr(spec, ':');

	return strcmp(spec, "out") == 0 ||
	       (colon == NULL && strcmp(spec, "redis") != 0) ||
	       (colon != NULL && strcmp(colon, ":-") == 0);
}

static void
output_flush(struct hub *h, struct output *out)
{
	out->dirty = false;
	if (out->gone || out->sink->type->flush(out->sink, proc_mono()) == 0)
		return;
	out->gone = true;
	h->gone(h->arg, out->sink->type->name);
}

static void
on_flush(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct hub *h = w->data;

	(void)loop;
	(void)revents;
	for (size_t i = 0; i < h->n_out; i++) {
		struct sink *k = h->out[i].sink;

		if (h->live && k->type->clock != NULL)
			k->type->clock(k, proc_wall());
		output_flush(h, &h->out[i]);
	}
}

static void
on_prompt(struct ev_loop *loop, ev_prepare *w, int revents)
{
	struct hub *h = w->data;

	(void)loop;
	(void)revents;
	for (size_t i = 0; i < h->n_out; i++) {
		struct output *out = &h->out[i];

		if (out->prompt && out->dirty)
			output_flush(h, out);
		if (out->meters != NULL) {
			timing_backlog(out->meters, &out->backlog,
			    out->sink->type->waiting(out->sink));
		}
	}
}

/* The old program's sign of life, for people only. */
static void
show_clock(struct hub *h, wall_t t)
{
	const time_t sec = (time_t)(t.ns / MONO_NS_PER_S);
	struct tm tm;

	if (t.ns <= h->newest.ns)
		return;
	if (sec != (time_t)(h->newest.ns / MONO_NS_PER_S) &&
	    localtime_r(&sec, &tm) != NULL) {
		fprintf(stderr, "\r%02d:%02d:%02d", tm.tm_hour, tm.tm_min,
		    tm.tm_sec);
	}
	h->newest = t;
}

static void
give(struct hub *h, struct source *s, uint64_t first, const struct obs *o,
    size_t n)
{
	for (size_t i = 0; i < h->n_out; i++) {
		struct output *out = &h->out[i];
		const mono_t since = meterlog_now(out->meters);

		out->sink->type->put(out->sink, &s->src, first, o, n);
		out->dirty = true;
		if (out->meters != NULL)
			timing_put(out->meters, o, n, since);
	}
	if (h->clock)
		show_clock(h, o[n - 1].time);
}

struct hub *
hub_new(struct ev_loop *loop, hub_gone_fn *gone, void *arg)
{
	struct hub *h = calloc(1, sizeof(*h));

	if (h == NULL)
		return NULL;
	h->loop = loop;
	h->gone = gone;
	h->arg = arg;
	h->clock = isatty(STDERR_FILENO) == 1;
	TAILQ_INIT(&h->sources);
	ev_timer_init(&h->flush, on_flush, FLUSH_SECONDS, FLUSH_SECONDS);
	h->flush.data = h;
	ev_timer_start(loop, &h->flush);
	ev_prepare_init(&h->prompt, on_prompt);
	h->prompt.data = h;
	ev_prepare_start(loop, &h->prompt);
	return h;
}

int
hub_output(struct hub *h, const struct conf *conf, const char *spec)
{
	struct output *out;

	if (strcmp(spec, "none") == 0)
		return 0;
	out = realloc(h->out, (h->n_out + 1) * sizeof(*out));
	if (out == NULL) {
		log_error("output %s", spec);
		return -1;
	}
	h->out = out;
	out += h->n_out;
	*out = (struct output){ .prompt = is_prompt(spec) };
	if ((out->sink = sink_open(conf, spec, h->loop)) == NULL)
		return -1;
	h->n_out++;
	return 0;
}

struct source *
hub_source(struct hub *h, unsigned int host, const char *addr)
{
	struct source *s;

	if (host == 0)
		host = h->top + 1;
	if ((s = source_new(host, addr)) == NULL)
		return NULL;
	if (host > h->top)
		h->top = host;
	TAILQ_INSERT_TAIL(&h->sources, s, entry);
	return s;
}

struct source *
hub_find(struct hub *h, bool (*match)(const struct source *s, const void *arg),
    const void *arg)
{
	struct source *s;

	TAILQ_FOREACH(s, &h->sources, entry)
		if (match(s, arg))
			return s;
	return NULL;
}

size_t
hub_put(struct hub *h, struct source *s, uint64_t first, const struct obs *o,
    size_t n)
{
	struct obs part;
	size_t known = n;

	switch (o->kind) {
	case OBS_PKT:
		known = ledger_packets(&s->led, first, n);
		break;
	case OBS_HOST:
		known = ledger_host(&s->led, first, o) ? 0 : 1;
		break;
	case OBS_LOSS:
		if (ledger_loss(&s->led, first, o, &part))
			give(h, s, first, &part, 1);
		return n;
	case OBS_DNS:
		known = ledger_dns(&s->led, first, n, o->time, &part);
		if (part.loss.count > 0)
			give(h, s, s->led.next, &part, 1);
		break;
	}
	if (known < n)
		give(h, s, first + known, o + known, n - known);
	return known;
}

void
hub_silent(struct hub *h, struct source *s)
{
	for (size_t i = 0; i < h->n_out; i++) {
		struct sink *k = h->out[i].sink;

		if (k->type->gone != NULL)
			k->type->gone(k, &s->src);
	}
}

void
hub_live(struct hub *h)
{
	h->live = true;
}

void
hub_meters(struct hub *h, struct meterlog *meters)
{
	for (size_t i = 0; i < h->n_out; i++) {
		if (h->out[i].sink->type->waiting != NULL)
			h->out[i].meters = meters;
	}
}

bool
hub_full(const struct hub *h)
{
	for (size_t i = 0; i < h->n_out; i++) {
		const struct sink *k = h->out[i].sink;

		if (k->type->full != NULL && k->type->full(k))
			return true;
	}
	return false;
}

void
hub_reopen(struct hub *h)
{
	for (size_t i = 0; i < h->n_out; i++) {
		struct sink *k = h->out[i].sink;

		k->type->reopen(k);
	}
}

/* One round of drains.  Returns whether nothing is left that could be. */
static bool
drain_round(struct hub *h)
{
	bool all = true;

	for (size_t i = 0; i < h->n_out; i++) {
		struct output *out = &h->out[i];
		int r = 1;

		if (!out->gone && !out->failed)
			r = out->sink->type->drain(out->sink);
		out->failed |= r < 0;
		if (r == 0)
			all = false;
	}
	return all;
}

static void
on_turn(struct ev_loop *loop, ev_timer *w, int revents)
{
	(void)loop;
	(void)w;
	(void)revents;
}

int
hub_drain(struct hub *h, const bool *hurry)
{
	ev_timer turn; /* outputs may finish without any event of ours */
	bool all;

	ev_timer_init(&turn, on_turn, 0.02, 0.02);
	ev_timer_start(h->loop, &turn);
	while (!(all = drain_round(h)) && !*hurry)
		ev_run(h->loop, EVRUN_ONCE);
	ev_timer_stop(h->loop, &turn);
	for (size_t i = 0; i < h->n_out; i++)
		all &= !h->out[i].failed;
	return all ? 0 : -1;
}

void
hub_print(struct hub *h, FILE *fp)
{
	struct ledger_counts sum = { 0 };
	const struct source *s;

	TAILQ_FOREACH(s, &h->sources, entry) {
		source_print(s, fp);
		ledger_add(&sum, &s->led.c);
	}
	ledger_print(&sum, "total", true, fp);
	for (size_t i = 0; i < h->n_out; i++)
		h->out[i].sink->type->stats(h->out[i].sink, fp);
	fflush(fp);
}

void
hub_free(struct hub *h)
{
	struct source *s;

	if (h == NULL)
		return;
	for (size_t i = 0; i < h->n_out; i++)
		h->out[i].sink->type->close(h->out[i].sink);
	while ((s = TAILQ_FIRST(&h->sources)) != NULL) {
		TAILQ_REMOVE(&h->sources, s, entry);
		source_free(s);
	}
	ev_timer_stop(h->loop, &h->flush);
	ev_prepare_stop(h->loop, &h->prompt);
	free(h->out);
	free(h);
}
