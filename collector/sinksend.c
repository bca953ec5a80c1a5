/* SPDX-License-Identifier: BSD-3-Clause */
/* Updates to Redis: pipelined commands, and what their answers mean. */
#include "collector/sinksend.h"

#include <ev.h>
#include <hiredis/async.h>
#include <hiredis/hiredis.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/proc.h"
#include "collector/conf.h"
#include "collector/sinkcmd.h"
#include "collector/sinkconn.h"
#include "collector/sinkknow.h"
#include "collector/sinkpend.h"

enum {
	SINKSEND_FLIGHT = 8192, /* updates sent and not finished */
	SINKSEND_REFILL = SINKSEND_FLIGHT / 2,
	SINKSEND_LINKS = 256,   /* lists asked for: they may be long */
	SINKSEND_KNOWN = 65536, /* links; more than may be in flight */
	SINKSEND_HOLD_MS = 1000 /* after an answer like LOADING or OOM */
};

struct sinksend {
	const struct conf *conf;
	struct ev_loop *loop;
	struct sinkpend *pend;
	struct sinkconn *conn;
	struct sinkknow *know;
	ev_timer hold;   /* active: Redis asked for patience */
	size_t links;    /* lists asked for and not answered */
	bool in_order;   /* nothing is sent until .links is 0 */
	bool warned;     /* about an error answer, on this connection */
	uint64_t serial; /* of the last GET or APPEND */
	struct sinkpend_turn asked; /* of the last one for sinksend_had */
	struct sinksend_count count;
};

/* ${reply} is NULL for what a connection gone by left unanswered. */
static struct sinksend *
sinksend_of(const redisAsyncContext *redis, const redisReply *reply)
{
	struct sinksend *s = sinkconn_owner(redis);

	if (reply == NULL || sinkconn_redis(s->conn) != redis)
		return NULL;
	sinkconn_alive(s->conn);
	return s;
}

static void
sinksend_hold(struct sinksend *s)
{
	if (ev_is_active(&s->hold))
		return;
	ev_timer_set(&s->hold, SINKSEND_HOLD_MS / 1000.0, 0.0);
	ev_timer_start(s->loop, &s->hold);
}

/* Judge an answer.  Returns whether it says that ${item} was not done. */
static bool
sinksend_failed(struct sinksend *s, struct sinkpend_item *item,
    const redisReply *reply, bool counts)
{
	if (reply->type != REDIS_REPLY_ERROR)
		return false;
	if (!s->warned)
		log_warnx("redis: %s", reply->str);
	s->warned = true;
	if (sinkcmd_is_passing(reply->str)) {
		item->again = true;
		sinksend_hold(s);
	} else if (counts) {
		s->count.refused += item->count;
		item->count = 0;
	}
	return true;
}

static void
sinksend_made(struct sinksend *s, struct sinkpend_item *item)
{
	s->count.made += item->count;
	item->count = 0;
}

/* One of the answers to ${item} came, perhaps the last one. */
static void
sinksend_answered(struct sinksend *s, struct sinkpend_item *item)
{
	if (--item->due == 0) {
		if (!item->again)
			s->count.settled++;
		s->count.dropped += sinkpend_finish(s->pend, item);
	}
	if (s->in_order ? s->links == 0
			: sinkpend_in_flight(s->pend) < SINKSEND_REFILL) {
		s->in_order = false;
		sinksend_pump(s);
	}
}

static void
sinksend_on_add(redisAsyncContext *redis, void *answer, void *arg)
{
	struct sinksend *s = sinksend_of(redis, answer);

	if (s == NULL)
		return;
	if (!sinksend_failed(s, arg, answer, true))
		sinksend_made(s, arg);
	sinksend_answered(s, arg);
}

static void
sinksend_on_append(redisAsyncContext *redis, void *answer, void *arg)
{
	struct sinksend *s = sinksend_of(redis, answer);
	struct sinkpend_item *item = arg;

	if (s == NULL)
		return;
	if (!sinksend_failed(s, item, answer, true)) {
		s->count.appended++;
		sinksend_made(s, item);
	}
	sinksend_answered(s, item);
}

static void
sinksend_on_expire(redisAsyncContext *redis, void *answer, void *arg)
{
	struct sinksend *s = sinksend_of(redis, answer);

	if (s == NULL)
		return;
	(void)sinksend_failed(s, arg, answer, false);
	sinksend_answered(s, arg);
}

static void
sinksend_command(struct sinksend *s, redisCallbackFn *on_answer,
    struct sinkpend_item *item, const char *cmd, size_t len)
{
	item->due++;
	redisAsyncFormattedCommand(
	    sinkconn_redis(s->conn), on_answer, item, cmd, len);
}

static void
sinksend_expire(struct sinksend *s, struct sinkpend_item *item)
{
	char cmd[SINKCMD_MAX];
	const size_t len = sinkcmd_number(cmd, SINKCMD_EXPIRE,
	    sinkpend_key(s->pend, item), item->key_len, item->expire);

	sinksend_command(s, sinksend_on_expire, item, cmd, len);
}

static void
sinksend_append(struct sinksend *s, struct sinkpend_item *item)
{
	char cmd[SINKCMD_MAX];
	const size_t len = sinkcmd_append(
	    cmd, sinkpend_key(s->pend, item), item->key_len, item->value_len);

	sinkknow_get(s->know, item->hash)->appended = ++s->serial;
	sinksend_command(s, sinksend_on_append, item, cmd, len);
	sinksend_expire(s, item);
}

/*
 * Whether the list in ${reply} has the value; also when we appended it after
 * the list was asked for.
 */
static bool
sinksend_has(const struct sinksend *s, const struct sinkpend_item *item,
    const redisReply *reply)
{
	const char *value = sinkpend_key(s->pend, item) + item->key_len;
	const struct sinkknow_link *link;

	if (reply->type == REDIS_REPLY_STRING &&
	    memmem(reply->str, reply->len, value, item->value_len) != NULL)
		return true;
	link = sinkknow_find(s->know, item->hash);
	return link != NULL && link->appended > item->mark;
}

static void
sinksend_on_get(redisAsyncContext *redis, void *answer, void *arg)
{
	struct sinksend *s = sinksend_of(redis, answer);
	struct sinkpend_item *item = arg;
	const bool known = item->due > 1; /* EXPIRE is on its way */

	if (s == NULL)
		return;
	s->links--;
	if (!sinksend_failed(s, item, answer, true)) {
		if (sinksend_has(s, item, answer)) {
			sinksend_made(s, item);
			if (!known)
				sinksend_expire(s, item);
		} else {
			sinksend_append(s, item);
		}
		sinkknow_get(s->know, item->hash)->seen = proc_mono();
	}
	sinksend_answered(s, item);
}

/* Whether Redis surely has had it so lately that it can not have expired. */
static bool
sinksend_is_known(const struct sinksend *s, const struct sinkpend_item *item)
{
	const struct sinkknow_link *link = sinkknow_find(s->know, item->hash);
	const int64_t life = s->conf->redis_ttl_grace * MONO_NS_PER_S;

	return link != NULL && proc_mono().ns - link->seen.ns < life;
}

static void
sinksend_link(struct sinksend *s, struct sinkpend_item *item)
{
	char cmd[SINKCMD_MAX];
	const size_t len =
	    sinkcmd_get(cmd, sinkpend_key(s->pend, item), item->key_len);

	item->mark = ++s->serial;
	s->links++;
	sinksend_command(s, sinksend_on_get, item, cmd, len);
	if (sinksend_is_known(s, item)) {
		sinksend_expire(s, item);
	} else if (sinkpend_waiting(s->pend) < SINKPEND_PLAIN) {
		s->in_order = true;
	}
}

static void
sinksend_counter(struct sinksend *s, struct sinkpend_item *item)
{
	char cmd[SINKCMD_MAX];

	if (item->count > 0) {
		const size_t len = sinkcmd_number(cmd, SINKCMD_INCRBY,
		    sinkpend_key(s->pend, item), item->key_len, item->count);

		sinksend_command(s, sinksend_on_add, item, cmd, len);
	}
	sinksend_expire(s, item);
}

void
sinksend_pump(struct sinksend *s)
{
	struct sinkpend_item *item;

	if (sinkconn_redis(s->conn) == NULL || ev_is_active(&s->hold))
		return;
	while (!s->in_order && s->links < SINKSEND_LINKS &&
	       sinkpend_in_flight(s->pend) < SINKSEND_FLIGHT &&
	       (item = sinkpend_take(s->pend)) != NULL) {
		item->due = 0;
		if (item->value_len > 0) {
			sinksend_link(s, item);
		} else {
			sinksend_counter(s, item);
		}
	}
}

static void
sinksend_on_hold(struct ev_loop *loop, ev_timer *w, int revents)
{
	(void)loop;
	(void)revents;
	sinksend_pump(w->data);
}

static void
sinksend_up(void *arg)
{
	struct sinksend *s = arg;

	s->warned = false;
	sinksend_pump(s);
}

static void
sinksend_down(void *arg)
{
	struct sinksend *s = arg;
	const uint64_t n = sinkpend_cut(s->pend);

	s->links = 0;
	s->in_order = false;
	sinkknow_forget(s->know); /* it may come back empty */
	s->count.unconfirmed += n;
	if (n > 0) {
		log_warnx("redis: %ju updates were sent and not confirmed",
		    (uintmax_t)n);
	}
}

static size_t
sinksend_due(void *arg)
{
	return sinkpend_in_flight(((struct sinksend *)arg)->pend);
}

static const struct sinkconn_ops sinksend_ops = {
	.up = sinksend_up,
	.down = sinksend_down,
	.due = sinksend_due,
};

struct sinksend *
sinksend_new(
    const struct conf *conf, struct ev_loop *loop, const struct hash_key *key)
{
	struct sinksend *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->conf = conf;
	s->loop = loop;
	ev_timer_init(&s->hold, sinksend_on_hold, 0.0, 0.0);
	s->hold.data = s;
	s->pend = sinkpend_new((size_t)conf->redis_pending, key);
	s->know = sinkknow_new(SINKSEND_KNOWN);
	if (s->pend == NULL || s->know == NULL ||
	    (s->conn = sinkconn_new(conf, loop, &sinksend_ops, s)) == NULL) {
		sinksend_free(s);
		return NULL;
	}
	return s;
}

uint32_t
sinksend_life(const struct conf *conf, const struct model_update *u)
{
	uint64_t life = (uint64_t)conf->redis_ttl_grace;

	if (conf->redis_expire == CONF_EXPIRE_TTL && u->ttl <= INT32_MAX)
		life += u->ttl; /* RFC 2181: what is larger means 0 */
	return life > INT32_MAX ? INT32_MAX : (uint32_t)life;
}

bool
sinksend_add(struct sinksend *s, const struct model_update *u)
{
	if (sinkpend_add(s->pend, u, 1, sinksend_life(s->conf, u)))
		return true;
	s->count.dropped++;
	return false;
}

bool
sinksend_commit(struct sinksend *s)
{
	s->asked = sinkpend_turn(s->pend);
	return sinksend_had(s);
}

/* What is repeated stands behind later ones now: ask for those too. */
bool
sinksend_had(struct sinksend *s)
{
	const struct sinkpend_turn now = sinkpend_turn(s->pend);

	if (now.repeated != s->asked.repeated)
		s->asked = now;
	return sinkpend_finished(s->pend) >= s->asked.end;
}

size_t
sinksend_left(const struct sinksend *s)
{
	return sinkpend_waiting(s->pend) + sinkpend_in_flight(s->pend);
}

bool
sinksend_is_tight(const struct sinksend *s)
{
	return sinkpend_is_tight(s->pend);
}

uint64_t
sinksend_pending(const struct sinksend *s)
{
	return sinkpend_sum(s->pend);
}

const struct sinksend_count *
sinksend_count(const struct sinksend *s)
{
	return &s->count;
}

uint64_t
sinksend_ups(const struct sinksend *s)
{
	return sinkconn_ups(s->conn);
}

void
sinksend_free(struct sinksend *s)
{
	if (s == NULL)
		return;
	sinkconn_free(s->conn);
	ev_timer_stop(s->loop, &s->hold);
	sinkpend_free(s->pend);
	sinkknow_free(s->know);
	free(s);
}
