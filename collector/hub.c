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
#include "collector/outputs.h"
#include "collector/streams.h"
#include "collector/summary.h"

#define FLUSH_SECONDS 1.0
#define COMMIT_OCTETS 262144 /* received since the last commit */

TAILQ_HEAD(source_list, source);

struct hub {
	struct ev_loop *loop;
	struct outputs outs;
	struct streams streams;
	struct summary *summary; /* NULL: nobody asked for it */
	struct source_list sources;
	unsigned int top; /* highest host number */
	bool clock;       /* show the time of the newest record */
	hub_time_fn *now; /* outputs are told the time; NULL: they are not */
	void *now_arg;
	wall_t newest;
	size_t taken; /* octets since the last commit */
	ev_timer flush;
	ev_prepare prompt;
};

static wall_t
our_time(void *arg)
{
	(void)arg;
	return proc_wall();
}

static void
tell_time(struct hub *h)
{
	const wall_t t = h->now(h->now_arg);

	if (t.ns != INT64_MIN)
		outputs_clock(&h->outs, t);
}

static void
on_flush(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct hub *h = w->data;

	(void)loop;
	(void)revents;
	if (h->now != NULL)
		tell_time(h);
	hub_commit(h);
	outputs_flush(&h->outs);
}

static void
on_prompt(struct ev_loop *loop, ev_prepare *w, int revents)
{
	struct hub *h = w->data;

	(void)loop;
	(void)revents;
	if (h->taken >= COMMIT_OCTETS)
		hub_commit(h);
	outputs_turn(&h->outs);
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
	outputs_put(&h->outs, s->part, first, o, n);
	if (h->summary != NULL)
		summary_put(h->summary, &s->src, o, n);
	if (h->clock)
		show_clock(h, o[n - 1].time);
}

struct hub *
hub_new(struct ev_loop *loop, hub_gone_fn *gone, void *arg)
{
	struct hub *h = calloc(1, sizeof(*h));

	if (h == NULL || streams_init(&h->streams, &h->outs) != 0) {
		free(h);
		return NULL;
	}
	h->loop = loop;
	h->outs = (struct outputs){ .gone = gone, .arg = arg };
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
	if (strcmp(spec, "none") == 0)
		return 0;
	return outputs_add(&h->outs, conf, h->loop, spec);
}

uint32_t
hub_fields(const struct hub *h)
{
	return outputs_fields(&h->outs);
}

int
hub_keep(struct hub *h, struct state *st)
{
	h->streams.state = st;
	return outputs_keep(&h->outs, state_keep(st));
}

bool
hub_ready(struct hub *h)
{
	return outputs_are_ready(&h->outs);
}

struct source *
hub_source(struct hub *h, unsigned int host, const char *addr)
{
	struct source *s;

	if (host == 0)
		host = h->top + 1;
	if ((s = source_new(host, addr)) == NULL)
		return NULL;
	if ((s->part = outputs_parts(&h->outs, s)) == NULL) {
		source_free(s);
		return NULL;
	}
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

/* Numbers of earlier runs are not given to others. */
unsigned int
hub_host(const struct hub *h, const struct hello *hello)
{
	const struct source *s;
	unsigned int host = 0;
	unsigned int top;

	if (h->streams.state == NULL)
		return 0;
	top = state_top(h->streams.state);
	if (hello->has_stream)
		host = state_host(h->streams.state, hello->stream_id);
	TAILQ_FOREACH(s, &h->sources, entry)
		if (s->src.host == host)
			host = 0;
	if (host == 0)
		host = (h->top > top ? h->top : top) + 1;
	return host;
}

void
hub_offer(struct hub *h, struct source *s, struct hello *offer)
{
	const struct position *start = NULL;

	if (!s->has_stream && h->streams.state != NULL)
		start = state_stream(h->streams.state, s->addr);
	if (start != NULL)
		(void)streams_return(&h->streams, s, start->id);
	source_resume(s, offer);
}

int
hub_hello(struct hub *h, struct source *s, const struct hello *hello)
{
	bool same =
	    s->has_stream && hello->has_stream &&
	    memcmp(s->stream_id, hello->stream_id, sizeof(s->stream_id)) == 0;

	if (!same && streams_leave(&h->streams, s) != 0)
		return -1;
	if (same) {
		outputs_stream(&h->outs, s->part, LEDGER_RESUMED);
	} else if (hello->has_stream) {
		same = streams_return(&h->streams, s, hello->stream_id);
	}
	if (!same) {
		outputs_stream(&h->outs, s->part, LEDGER_ANEW);
		outputs_start(&h->outs, s->part, hello->seq, hello->dns_seq);
	}
	if (source_hello(s, hello) != 0)
		return -1;
	if (h->streams.state != NULL && hello->has_stream) {
		struct position start = { .next = hello->seq,
			.next_dns = hello->dns_seq };

		memcpy(start.id, hello->stream_id, sizeof(start.id));
		state_note(h->streams.state, &start, s->src.host, s->addr);
	}
	return 0;
}

void
hub_plain(struct hub *h, struct source *s)
{
	(void)streams_leave(
	    &h->streams, s); /* it may update itself and come back */
	outputs_stream(&h->outs, s->part, LEDGER_PLAIN);
	source_begin(s, LEDGER_PLAIN);
	s->has_stream = false;
}

void
hub_bye(struct hub *h, struct source *s, uint64_t next)
{
	ledger_bye(&s->led, next);
	outputs_bye(&h->outs, s->part, next);
}

void
hub_took(struct hub *h, size_t octets)
{
	h->taken += octets;
}

void
hub_commit(struct hub *h)
{
	h->taken = 0;
	outputs_commit(&h->outs);
}

void
hub_had(const struct hub *h, const struct source *s, struct position *ret_p)
{
	if (!outputs_had(&h->outs, s->part, ret_p))
		ledger_place(&s->led, ret_p);
}

bool
hub_is_held(const struct hub *h)
{
	return h->outs.keeps && outputs_are_full(&h->outs);
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
hub_offset(struct hub *h, struct source *s, wall_t now)
{
	if (source_has_news(s))
		outputs_offset(&h->outs, &s->src, now);
}

void
hub_silent(struct hub *h, struct source *s)
{
	outputs_silent(&h->outs, &s->src);
}

int
hub_correct(struct hub *h)
{
	return outputs_correct(&h->outs);
}

void
hub_live(struct hub *h, hub_time_fn *now, void *arg)
{
	h->now = now != NULL ? now : our_time;
	h->now_arg = arg;
}

void
hub_meters(struct hub *h, struct meterlog *meters)
{
	outputs_meters(&h->outs, meters);
}

int
hub_summary(struct hub *h, const struct class *class)
{
	return (h->summary = summary_new(class)) == NULL ? -1 : 0;
}

void
hub_stopping(struct hub *h)
{
	struct source *s;

	TAILQ_FOREACH(s, &h->sources, entry) {
		const bool known =
		    s->led.c.sessions + s->led.c.dials_failed > 0;

		/* An old agent never tells its end. */
		s->away = known && !s->busy && !s->led.ended && !s->led.plain;
	}
}

/* What outputs did not get is in the table all the same. */
static void
doubt_outputs(struct hub *h)
{
	char name[32];

	for (size_t i = 0; i < h->outs.n; i++) {
		const struct output *out = h->outs.out[i];

		snprintf(name, sizeof(name), "%s.lost", out->sink->type->name);
		summary_doubt(h->summary, name, out->sink->lost);
		snprintf(
		    name, sizeof(name), "%s.failed", out->sink->type->name);
		summary_doubt(h->summary, name, out->failed);
	}
}

void
hub_summarize(struct hub *h, uint64_t files, FILE *fp)
{
	const struct source *s;
	uint64_t away = 0;

	if (h->summary == NULL)
		return;
	TAILQ_FOREACH(s, &h->sources, entry) {
		away += s->away;
		if (s->led.c.sessions + s->led.c.octets > 0)
			summary_agent(h->summary, &s->src, &s->led);
	}
	summary_doubt(h->summary, "agents away", away);
	summary_doubt(h->summary, "files not read to their end", files);
	doubt_outputs(h);
	summary_print(h->summary, fp);
	fflush(fp);
}

bool
hub_full(const struct hub *h)
{
	return outputs_are_full(&h->outs);
}

void
hub_reopen(struct hub *h)
{
	outputs_reopen(&h->outs);
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
	while (!(all = outputs_drain(&h->outs)) && !*hurry)
		ev_run(h->loop, EVRUN_ONCE);
	ev_timer_stop(h->loop, &turn);
	return all && !outputs_failed(&h->outs) ? 0 : -1;
}

void
hub_print(struct hub *h, FILE *fp)
{
	struct ledger_counts sum = { 0 };
	const mono_t now = proc_mono();
	const struct source *s;

	TAILQ_FOREACH(s, &h->sources, entry) {
		source_print(s, now, fp);
		ledger_add(&sum, &s->led.c);
	}
	ledger_print(&sum, "total", true, fp);
	outputs_print(&h->outs, fp);
	fflush(fp);
}

void
hub_free(struct hub *h)
{
	struct source *s;

	if (h == NULL)
		return;
	outputs_done(&h->outs);
	summary_free(h->summary);
	while ((s = TAILQ_FIRST(&h->sources)) != NULL) {
		TAILQ_REMOVE(&h->sources, s, entry);
		source_free(s);
	}
	ev_timer_stop(h->loop, &h->flush);
	ev_prepare_stop(h->loop, &h->prompt);
	streams_done(&h->streams);
	free(h);
}
