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
#include "collector/sinksend.h"

struct sinkredis {
	struct sink sink;
	const struct conf *conf;
	struct model *model;
	struct modeldns *dns;
	struct sinksend *send;
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

static void
sinkredis_update(void *arg, const struct model_update *u)
{
	struct sinkredis *s = arg;

	s->whole &= sinksend_add(s->send, u);
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
	sinksend_pump(s->send);
}

/* Whether Redis took nothing that waits for longer than is bearable. */
static bool
sinkredis_is_stuck(struct sinkredis *s, mono_t now)
{
	const uint64_t progress = sinksend_count(s->send)->settled;

	if (progress != s->progress || sinksend_left(s->send) == 0) {
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
	sinksend_pump(s->send);
	return 0;
}

static int
sinkredis_drain(struct sink *sink)
{
	struct sinkredis *s = (struct sinkredis *)sink;
	const mono_t now = proc_mono();

	if (sinksend_left(s->send) == 0)
		return 1;
	sinksend_pump(s->send);
	if (!s->draining) {
		s->draining = true;
		s->progress_at = now;
	}
	if (!sinkredis_is_stuck(s, now))
		return 0;
	log_warnx("redis: %ju updates could not be written",
	    (uintmax_t)sinksend_pending(s->send));
	return -1;
}

static size_t
sinkredis_waiting(const struct sink *sink)
{
	const struct sinkredis *s = (const struct sinkredis *)sink;

	return sinksend_left(s->send);
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
	const struct sinksend_count *sent = sinksend_count(s->send);
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
		{ "updates_pending", sinksend_pending(s->send) },
		{ "updates_dropped", sent->dropped },
		{ "updates_unconfirmed", sent->unconfirmed },
		{ "updates_refused", sent->refused },
		{ "names_appended", sent->appended },
		{ "connections", sinksend_ups(s->send) },
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++)
		fprintf(fp, "redis.%s %ju\n", row[i].name, (uintmax_t)row[i].v);
}

const struct sink_type sinkredis_type = {
	.name = "redis",
	.open = sinkredis_open,
	.put = sinkredis_put,
	.flush = sinkredis_flush,
	.drain = sinkredis_drain,
	.reopen = sinkredis_reopen,
	.full = sinkredis_full,
	.waiting = sinkredis_waiting,
	.stats = sinkredis_stats,
	.close = sinkredis_close,
};
