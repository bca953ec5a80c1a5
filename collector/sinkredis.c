/* SPDX-License-Identifier: BSD-3-Clause */
/* Counters in Redis: model events as pipelined INCRBY and EXPIRE. */
#include "collector/sinkredis.h"

#include <ev.h>
#include <hiredis/async.h>
#include <hiredis/hiredis.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/proc.h"
#include "collector/conf.h"
#include "collector/model.h"
#include "collector/sinkconn.h"
#include "collector/sinkfmt.h"
#include "collector/sinkpend.h"

enum {
	SINKREDIS_FLIGHT = 8192, /* updates sent and not answered */
	SINKREDIS_REFILL = SINKREDIS_FLIGHT / 2,
	SINKREDIS_CMD_MAX = MODEL_KEY_MAX + 96,
	SINKREDIS_HOLD_MS = 1000 /* after an answer like LOADING or OOM */
};

struct sinkredis {
	struct sink sink;
	const struct conf *conf;
	struct ev_loop *loop;
	struct model *model;
	struct sinkpend *pend;
	struct sinkconn *conn;
	ev_timer hold; /* active: Redis asked for patience */
	bool warned;   /* about an error answer, on this connection */
	bool draining;
	mono_t drain_at;      /* last progress */
	uint64_t drain_mark;  /* .answers then */
	uint64_t answers;     /* of any kind */
	uint64_t added;       /* sum of the counts that Redis confirmed */
	uint64_t dropped;     /* no room */
	uint64_t unconfirmed; /* the connection ended first */
	uint64_t refused;     /* Redis said no, for good */
};

/* "$<len>\r\n<data>\r\n" */
static char *
sinkredis_bulk(char *p, const char *data, size_t len)
{
	*p++ = '$';
	p = sinkfmt_text(sinkfmt_u64(p, len), "\r\n");
	memcpy(p, data, len);
	return sinkfmt_text(p + len, "\r\n");
}

static char *
sinkredis_bulk_u64(char *p, uint64_t v)
{
	char digit[SINKFMT_U64_MAX] = "";
	const char *end = sinkfmt_u64(digit, v);

	return sinkredis_bulk(p, digit, (size_t)(end - digit));
}

static size_t
sinkredis_command(char dst[static SINKREDIS_CMD_MAX], const char *head,
    const struct model_key *key, uint64_t v)
{
	char *p = sinkfmt_text(dst, head);

	p = sinkredis_bulk(p, key->text, key->len);
	return (size_t)(sinkredis_bulk_u64(p, v) - dst);
}

/* Errors that pass: the update was not made and may be repeated. */
static bool
sinkredis_is_passing(const char *error)
{
	static const char *const word[] = { "LOADING ", "OOM ", "READONLY ",
		"BUSY ", "MISCONF ", "MASTERDOWN ", "NOREPLICAS ",
		"CLUSTERDOWN ", "TRYAGAIN ", "NOAUTH " };

	for (size_t i = 0; i < sizeof(word) / sizeof(word[0]); i++) {
		if (strncmp(error, word[i], strlen(word[i])) == 0)
			return true;
	}
	return false;
}

static void
sinkredis_wait(struct sinkredis *s)
{
	if (ev_is_active(&s->hold))
		return;
	ev_timer_set(&s->hold, SINKREDIS_HOLD_MS / 1000.0, 0.0);
	ev_timer_start(s->loop, &s->hold);
}

static void
sinkredis_error(struct sinkredis *s, const redisReply *reply)
{
	if (!s->warned)
		log_warnx("redis: %s", reply->str);
	s->warned = true;
}

/* The update that ${reply} answers; NULL for one of a connection gone by. */
static struct sinkpend_item *
sinkredis_answered(struct sinkredis *s, const redisAsyncContext *redis,
    const redisReply *reply)
{
	if (reply == NULL || sinkconn_redis(s->conn) != redis)
		return NULL;
	s->answers++;
	sinkconn_alive(s->conn);
	return sinkpend_oldest(s->pend);
}

static void
sinkredis_on_add(redisAsyncContext *redis, void *answer, void *arg)
{
	struct sinkredis *s = arg;
	const redisReply *reply = answer;
	struct sinkpend_item *item = sinkredis_answered(s, redis, reply);

	if (item == NULL)
		return;
	if (reply->type != REDIS_REPLY_ERROR) {
		s->added += item->count;
		item->count = 0;
		return;
	}
	sinkredis_error(s, reply);
	if (sinkredis_is_passing(reply->str)) {
		item->again = true;
		sinkredis_wait(s);
	} else {
		s->refused += item->count;
		item->count = 0;
	}
}

static void sinkredis_pump(struct sinkredis *s);

static void
sinkredis_on_expire(redisAsyncContext *redis, void *answer, void *arg)
{
	struct sinkredis *s = arg;
	const redisReply *reply = answer;
	struct sinkpend_item *item = sinkredis_answered(s, redis, reply);

	if (item == NULL)
		return;
	if (reply->type == REDIS_REPLY_ERROR) {
		sinkredis_error(s, reply);
		if (sinkredis_is_passing(reply->str)) {
			item->again = true;
			sinkredis_wait(s);
		}
	}
	sinkpend_finish(s->pend);
	if (sinkpend_in_flight(s->pend) < SINKREDIS_REFILL)
		sinkredis_pump(s);
}

static void
sinkredis_send(struct sinkredis *s, redisAsyncContext *redis,
    const struct sinkpend_item *item)
{
	static const char add[] = "*3\r\n$6\r\nINCRBY\r\n";
	static const char expire[] = "*3\r\n$6\r\nEXPIRE\r\n";
	char cmd[SINKREDIS_CMD_MAX];
	size_t len;

	if (item->count > 0) {
		len = sinkredis_command(cmd, add, &item->key, item->count);
		redisAsyncFormattedCommand(
		    redis, sinkredis_on_add, s, cmd, len);
	}
	len = sinkredis_command(
	    cmd, expire, &item->key, (uint64_t)s->conf->redis_ttl_grace);
	redisAsyncFormattedCommand(redis, sinkredis_on_expire, s, cmd, len);
}

static void
sinkredis_pump(struct sinkredis *s)
{
	redisAsyncContext *redis = sinkconn_redis(s->conn);
	const struct sinkpend_item *item;

	if (redis == NULL || ev_is_active(&s->hold))
		return;
	while (sinkpend_in_flight(s->pend) < SINKREDIS_FLIGHT &&
	       (item = sinkpend_take(s->pend)) != NULL)
		sinkredis_send(s, redis, item);
}

static void
sinkredis_on_hold(struct ev_loop *loop, ev_timer *w, int revents)
{
	(void)loop;
	(void)revents;
	sinkredis_pump(w->data);
}

static void
sinkredis_up(void *arg)
{
	struct sinkredis *s = arg;

	s->warned = false;
	sinkredis_pump(s);
}

static void
sinkredis_down(void *arg)
{
	struct sinkredis *s = arg;
	const uint64_t n = sinkpend_cut(s->pend);

	s->unconfirmed += n;
	if (n > 0) {
		log_warnx("redis: %ju updates were sent and not confirmed",
		    (uintmax_t)n);
	}
}

static size_t
sinkredis_due(void *arg)
{
	return sinkpend_in_flight(((struct sinkredis *)arg)->pend);
}

static const struct sinkconn_ops sinkredis_ops = {
	.up = sinkredis_up,
	.down = sinkredis_down,
	.due = sinkredis_due,
};

static void
sinkredis_close(struct sink *sink)
{
	struct sinkredis *s = (struct sinkredis *)sink;

	if (s == NULL)
		return;
	sinkconn_free(s->conn);
	ev_timer_stop(s->loop, &s->hold);
	sinkpend_free(s->pend);
	model_free(s->model);
	free(s);
}

static struct sink *
sinkredis_open(const struct conf *conf, const char *arg, struct ev_loop *loop)
{
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
	ev_timer_init(&s->hold, sinkredis_on_hold, 0.0, 0.0);
	s->hold.data = s;
	if (proc_hash_key(&key) != 0 ||
	    (s->model = model_new(conf->flowmap, conf->suppress_own,
		 (size_t)conf->recent_max, &key)) == NULL ||
	    (s->pend = sinkpend_new((size_t)conf->redis_pending, &key)) ==
		NULL ||
	    (s->conn = sinkconn_new(conf, loop, &sinkredis_ops, s)) == NULL)
		goto fail;
	return &s->sink;

fail:
	log_error("output redis");
	if (s != NULL)
		sinkredis_close(&s->sink);
	return NULL;
}

static void
sinkredis_put(struct sink *sink, const struct sink_src *src, uint64_t first,
    const struct obs *o, size_t n)
{
	struct sinkredis *s = (struct sinkredis *)sink;
	struct model_key key[MODEL_KEYS];

	(void)src;
	(void)first;
	for (size_t i = 0; i < n; i++) {
		const size_t n_keys = model_put(s->model, &o[i], key);
		bool whole = true;

		for (size_t k = 0; k < n_keys; k++) {
			if (sinkpend_add(s->pend, &key[k], 1))
				continue;
			s->dropped++;
			whole = false;
		}
		if (whole) {
			sink->written++;
		} else {
			sink->lost++;
		}
	}
	sinkredis_pump(s);
}

static int
sinkredis_flush(struct sink *sink, mono_t now)
{
	(void)now;
	sinkredis_pump((struct sinkredis *)sink);
	return 0;
}

static int
sinkredis_drain(struct sink *sink)
{
	struct sinkredis *s = (struct sinkredis *)sink;
	const mono_t now = proc_mono();

	if (sinkpend_waiting(s->pend) + sinkpend_in_flight(s->pend) == 0)
		return 1;
	sinkredis_pump(s);
	if (!s->draining || s->answers != s->drain_mark) {
		s->draining = true;
		s->drain_at = now;
		s->drain_mark = s->answers;
	}
	if (now.ns - s->drain_at.ns <= s->conf->redis_drain_ms * MONO_NS_PER_MS)
		return 0;
	log_warnx("redis: %ju updates could not be written",
	    (uintmax_t)sinkpend_sum(s->pend));
	return -1;
}

static size_t
sinkredis_waiting(const struct sink *sink)
{
	const struct sinkredis *s = (const struct sinkredis *)sink;

	return sinkpend_waiting(s->pend) + sinkpend_in_flight(s->pend);
}

static void
sinkredis_reopen(struct sink *sink)
{
	(void)sink; /* there is no file */
}

static void
sinkredis_stats(const struct sink *sink, FILE *fp)
{
	const struct sinkredis *s = (const struct sinkredis *)sink;
	const struct model_count *n = model_count(s->model);
	const struct {
		const char *name;
		uint64_t v;
	} row[] = {
		{ "written", sink->written },
		{ "lost", sink->lost },
		{ "events", n->events },
		{ "recent", n->recent },
		{ "ignored", n->ignored },
		{ "forgotten_early", model_forced(s->model) },
		{ "updates_made", s->added },
		{ "updates_pending", sinkpend_sum(s->pend) },
		{ "updates_dropped", s->dropped },
		{ "updates_unconfirmed", s->unconfirmed },
		{ "updates_refused", s->refused },
		{ "connections", sinkconn_ups(s->conn) },
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
	.waiting = sinkredis_waiting,
	.stats = sinkredis_stats,
	.close = sinkredis_close,
};
