/* SPDX-License-Identifier: BSD-3-Clause */
/* The keys in Redis: what packets and DNS answers mean, handed to the sender. */
#include "collector/sinkredis.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/proc.h"
#include "collector/conf.h"
#include "collector/model.h"
#include "collector/modeldns.h"
#include "collector/sinkbatch.h"
#include "collector/sinkmark.h"
#include "collector/sinksend.h"

/* Updates that are worth a batch before its time. */
#define SINKREDIS_BATCH 8192

struct sinkredis {
	struct sink sink;
	const struct conf *conf;
	struct ev_loop *loop;
	struct model *model;
	struct modeldns *dns;
	struct sinksend *send;   /* either this */
	struct sinkbatch *batch; /* or, to remember what Redis has, these */
	struct sinkmark *mark;
	bool loaded;        /* .mark is */
	bool whole;         /* all updates of this observation were queued */
	mono_t progress_at; /* last seen progress */
	uint64_t progress;  /* sinksend_count.settled then */
	bool draining;
};

static void
sinkredis_close(struct sink *sink)
{
	struct sinkredis *s = (struct sinkredis *)sink;

	if (s == NULL)
		return;
	sinksend_free(s->send);
	sinkbatch_free(s->batch);
	sinkmark_free(s->mark);
	modeldns_free(s->dns);
	model_free(s->model);
	free(s);
}

static struct sink *
sinkredis_open(const struct conf *conf, const char *arg, struct ev_loop *loop)
{
	const struct model_conf mc = { .suppress_own = conf->suppress_own,
		.icmp6 = conf->icmp6,
		.recent_max = (size_t)conf->recent_max };
	struct hash_key key;
	struct sinkredis *s;

	if (arg != NULL) {
		log_errorx("output redis takes no path: see [redis]");
		return NULL;
	}
	if ((s = calloc(1, sizeof(*s))) == NULL)
		goto fail;
	s->sink.type = &sinkredis_type;
	s->conf = conf;
	s->loop = loop;
	s->progress_at = proc_mono();
	if (proc_hash_key(&key) != 0 ||
	    (s->model = model_new(conf->flowmap, &mc, &key)) == NULL ||
	    (s->dns = modeldns_new(conf->skip)) == NULL ||
	    (s->send = sinksend_new(conf, loop, &key)) == NULL)
		goto fail;
	return &s->sink;

fail:
	log_error("output redis");
	if (s != NULL)
		sinkredis_close(&s->sink);
	return NULL;
}

/* ---- what Redis has ---- */

/*
 * Redis tells the number of its last batch.  When it does not know, an empty
 * batch teaches it.
 */
static void
sinkredis_known(void *arg, uint64_t number)
{
	struct sinkredis *s = arg;

	if (sinkmark_load(s->mark, number) != 0) {
		s->sink.broken = true;
		return;
	}
	s->sink.has = sinkmark_positions(s->mark);
	s->sink.fresh = sinkmark_is_fresh(s->mark);
	s->loaded = true;
	if (number != 0)
		return;
	number = sinkmark_number(s->mark) + 1;
	if (sinkmark_write(s->mark, number, NULL, 0) == 0) {
		sinkbatch_seal(s->batch, number);
	} else {
		log_error("output redis: its journal");
		s->sink.broken = true;
	}
}

static int
sinkredis_keep(struct sink *sink, const struct sink_keep *k)
{
	struct sinkredis *s = (struct sinkredis *)sink;

	sinksend_free(s->send);
	s->send = NULL;
	if ((s->mark = sinkmark_new(k, model_recent(s->model))) == NULL ||
	    (s->batch = sinkbatch_new(s->conf, s->loop, sinkmark_key(s->mark),
		 sinkredis_known, s)) == NULL) {
		log_error("output redis");
		return -1;
	}
	return 0;
}

static bool
sinkredis_ready(const struct sink *sink)
{
	const struct sinkredis *s = (const struct sinkredis *)sink;

	return s->batch == NULL || (s->loaded && sinkbatch_is_done(s->batch));
}

/* Without any update there is no batch: it goes with the last one. */
static int
sinkredis_commit(struct sink *sink, const struct position *p, size_t n)
{
	struct sinkredis *s = (struct sinkredis *)sink;
	uint64_t number;

	if (s->batch == NULL) {
		sinksend_pump(s->send);
		return sinksend_commit(s->send) ? 1 : 0;
	}
	if (!sinkredis_ready(sink))
		return -1;
	number = sinkmark_number(s->mark) + (sinkbatch_gathered(s->batch) > 0);
	if (sinkmark_write(s->mark, number, p, n) != 0)
		return -1;
	if (sinkbatch_gathered(s->batch) == 0)
		return 1;
	sinkbatch_seal(s->batch, number);
	return 0;
}

static bool
sinkredis_had(struct sink *sink)
{
	struct sinkredis *s = (struct sinkredis *)sink;

	if (s->batch == NULL)
		return sinksend_had(s->send);
	if (!sinkbatch_is_done(s->batch))
		return false;
	sinkmark_settle(s->mark);
	return true;
}

/* ---- */

static void
sinkredis_update(void *arg, const struct model_update *u)
{
	struct sinkredis *s = arg;

	s->whole &= s->batch != NULL ? sinkbatch_add(s->batch, u)
				     : sinksend_add(s->send, u);
}

static void
sinkredis_packet(struct sinkredis *s, const struct obs *o)
{
	struct model_key key[MODEL_KEYS];
	const size_t n = model_put(s->model, o, key);

	for (size_t i = 0; i < n; i++) {
		const struct model_update u = { .key = key[i].text,
			.key_len = key[i].len };

		sinkredis_update(s, &u);
	}
}

static void
sinkredis_put(struct sink *sink, const struct sink_src *src, uint64_t first,
    const struct obs *o, size_t n)
{
	struct sinkredis *s = (struct sinkredis *)sink;

	(void)src;
	(void)first;
	for (size_t i = 0; i < n; i++) {
		s->whole = true;
		if (o[i].kind == OBS_DNS) {
			modeldns_put(s->dns, &o[i].dns, sinkredis_update, s);
		} else {
			sinkredis_packet(s, &o[i]);
		}
		if (s->whole) {
			sink->written++;
		} else {
			sink->lost++;
		}
	}
	if (s->batch != NULL) {
		sink->due = sinkbatch_gathered(s->batch) >= SINKREDIS_BATCH;
	} else {
		sinksend_pump(s->send);
	}
}

static size_t
sinkredis_left(const struct sinkredis *s)
{
	return s->batch != NULL ? sinkbatch_left(s->batch)
				: sinksend_left(s->send);
}

static const struct sinksend_count *
sinkredis_count(const struct sinkredis *s)
{
	return s->batch != NULL ? sinkbatch_count(s->batch)
				: sinksend_count(s->send);
}

static uint64_t
sinkredis_pending(const struct sinkredis *s)
{
	return s->batch != NULL ? sinkbatch_pending(s->batch)
				: sinksend_pending(s->send);
}

/* Whether Redis took nothing that waits for longer than is bearable. */
static bool
sinkredis_is_stuck(struct sinkredis *s, mono_t now)
{
	const uint64_t progress = sinkredis_count(s)->settled;

	if (progress != s->progress || sinkredis_left(s) == 0) {
		s->progress = progress;
		s->progress_at = now;
	}
	return now.ns - s->progress_at.ns >
	       s->conf->redis_drain_ms * MONO_NS_PER_MS;
}

static int
sinkredis_flush(struct sink *sink, mono_t now)
{
	struct sinkredis *s = (struct sinkredis *)sink;

	(void)sinkredis_is_stuck(s, now);
	if (s->send != NULL)
		sinksend_pump(s->send);
	return s->sink.broken ? -1 : 0;
}

static int
sinkredis_drain(struct sink *sink)
{
	struct sinkredis *s = (struct sinkredis *)sink;
	const mono_t now = proc_mono();

	if (sinkredis_left(s) == 0)
		return 1;
	if (s->send != NULL)
		sinksend_pump(s->send);
	if (!s->draining) {
		s->draining = true;
		s->progress_at = now;
	}
	if (!sinkredis_is_stuck(s, now))
		return 0;
	log_warnx("redis: %ju updates could not be written",
	    (uintmax_t)sinkredis_pending(s));
	return -1;
}

static size_t
sinkredis_waiting(const struct sink *sink)
{
	const struct sinkredis *s = (const struct sinkredis *)sink;

	return sinkredis_left(s);
}

static void
sinkredis_reopen(struct sink *sink)
{
	(void)sink; /* there is no file */
}

static bool
sinkredis_full(const struct sink *sink)
{
	const struct sinkredis *s = (const struct sinkredis *)sink;

	if (s->batch != NULL)
		return sinkbatch_is_tight(s->batch);
	return sinksend_is_tight(s->send) &&
	       proc_mono().ns - s->progress_at.ns <=
		   s->conf->redis_drain_ms * MONO_NS_PER_MS;
}

static void
sinkredis_stats(const struct sink *sink, FILE *fp)
{
	const struct sinkredis *s = (const struct sinkredis *)sink;
	const struct model_count *n = model_count(s->model);
	const struct modeldns_count *dns = modeldns_count(s->dns);
	const struct sinksend_count *sent = sinkredis_count(s);
	const uint64_t ups =
	    s->batch != NULL ? sinkbatch_ups(s->batch) : sinksend_ups(s->send);
	const struct {
		const char *name;
		uint64_t v;
	} row[] = {
		{ "written", sink->written },
		{ "lost", sink->lost },
		{ "events", n->events },
		{ "silenced", n->silenced },
		{ "recent", n->recent },
		{ "ignored", n->ignored },
		{ "forgotten_early", model_forced(s->model) },
#define SINKREDIS_ROW(name, help) { "dns_" #name, dns->name },
		MODELDNS_LIST(SINKREDIS_ROW)
#undef SINKREDIS_ROW
		    { "updates_made", sent->made },
		{ "updates_pending", sinkredis_pending(s) },
		{ "updates_dropped", sent->dropped },
		{ "updates_unconfirmed", sent->unconfirmed },
		{ "updates_refused", sent->refused },
		{ "names_appended", sent->appended },
		{ "connections", ups },
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++)
		fprintf(fp, "redis.%s %ju\n", row[i].name, (uintmax_t)row[i].v);
}

const struct sink_type sinkredis_type = {
	.name = "redis",
	.open = sinkredis_open,
	.put = sinkredis_put,
	.keep = sinkredis_keep,
	.ready = sinkredis_ready,
	.commit = sinkredis_commit,
	.had = sinkredis_had,
	.flush = sinkredis_flush,
	.drain = sinkredis_drain,
	.reopen = sinkredis_reopen,
	.full = sinkredis_full,
	.waiting = sinkredis_waiting,
	.stats = sinkredis_stats,
	.close = sinkredis_close,
};
