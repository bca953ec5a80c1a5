/* SPDX-License-Identifier: BSD-3-Clause */
/* Updates to Redis in numbered batches, each made once or not at all. */
#include "collector/sinkbatch.h"

#include <ev.h>
#include <stdlib.h>
#include <string.h>

#include "base/proc.h"
#include "collector/conf.h"
#include "collector/sinkcmd.h"
#include "collector/sinkconn.h"
#include "collector/sinklist.h"
#include "collector/sinkmulti.h"
#include "collector/sinktab.h"
#include "collector/sinkwork.h"

enum {
	SINKBATCH_SLACK = 65536, /* updates beyond redis.pending: what one
				    turn of the loop may bring */
	SINKBATCH_HOLD_MS = 1000 /* after an answer like LOADING or OOM */
};

enum sinkbatch_state {
	SINKBATCH_DOWN, /* no connection */
	SINKBATCH_ASK,  /* the mark was asked for */
	SINKBATCH_IDLE, /* nothing is under way */
	SINKBATCH_LIST, /* lists were asked for */
	SINKBATCH_EXEC  /* the transaction was sent */
};

struct sinkbatch {
	const struct conf *conf;
	struct ev_loop *loop;
	char *mark;
	sinkbatch_fn *known;
	void *arg;
	bool is_known;
	enum sinkbatch_state state;
	struct sinktab *open;
	struct sinkwork sealed;
	uint64_t number; /* of .sealed */
	bool done;       /* .sealed is made */
	ev_timer hold;   /* active: Redis asked for patience */
};

static void sinkbatch_go(struct sinkbatch *b);

static void
sinkbatch_hold(struct sinkbatch *b)
{
	b->sealed.again = false;
	b->state = SINKBATCH_IDLE;
	if (ev_is_active(&b->hold))
		return;
	ev_timer_set(&b->hold, SINKBATCH_HOLD_MS / 1000.0, 0.0);
	ev_timer_start(b->loop, &b->hold);
}

/* ---- the mark ---- */

static void
sinkbatch_on_any(redisAsyncContext *redis, void *answer, void *arg)
{
	struct sinkwork *w = sinkwork_of(redis, answer);

	(void)arg;
	if (w != NULL && sinkwork_failed(w, answer))
		w->again = true;
}

static void
sinkbatch_finish(struct sinkbatch *b)
{
	b->done = true;
	b->sealed.count.settled++;
	sinktab_clear(b->sealed.tab);
}

/* The batch was made on a connection that did not live to tell. */
static void
sinkbatch_made_unseen(struct sinkbatch *b)
{
	struct sinkwork *w = &b->sealed;

	for (size_t i = 0; i < sinktab_n(w->tab); i++) {
		const struct sinktab_item *item = sinktab_at(w->tab, i);

		if (item->state != SINKTAB_REFUSED)
			w->count.made += item->count;
	}
	sinkbatch_finish(b);
}

static void
sinkbatch_on_mark(redisAsyncContext *redis, void *answer, void *arg)
{
	struct sinkwork *w = sinkwork_of(redis, answer);
	struct sinkbatch *b = arg;
	const redisReply *reply = answer;

	if (w == NULL)
		return;
	if (sinkwork_failed(w, reply)) {
		w->again = true;
		return;
	}
	if (!b->done && (uint64_t)reply->integer >= b->number)
		sinkbatch_made_unseen(b);
	if (!b->is_known) {
		b->is_known = true;
		b->known(b->arg, (uint64_t)reply->integer);
	}
}

static void
sinkbatch_on_watch(redisAsyncContext *redis, void *answer, void *arg)
{
	struct sinkwork *w = sinkwork_of(redis, answer);
	struct sinkbatch *b = arg;

	if (w == NULL)
		return;
	if (sinkwork_failed(w, answer) || w->again) {
		sinkbatch_hold(b);
		return;
	}
	b->state = SINKBATCH_IDLE;
	sinkbatch_go(b);
}

static void
sinkbatch_ask(struct sinkbatch *b)
{
	static const char unwatch[] = "*1\r\n$7\r\nUNWATCH\r\n";
	struct sinkwork *w = &b->sealed;
	char cmd[SINKCMD_MAX];
	size_t len;

	b->state = SINKBATCH_ASK;
	w->again = false;
	sinkwork_send(w, sinkbatch_on_any, NULL, unwatch, strlen(unwatch));
	len = sinkcmd_number(cmd, SINKCMD_INCRBY, b->mark, strlen(b->mark), 0);
	sinkwork_send(w, sinkbatch_on_mark, b, cmd, len);
	len = sinkcmd_word(cmd, "WATCH", b->mark);
	sinkwork_send(w, sinkbatch_on_watch, b, cmd, len);
}

/* ---- the steps of a batch ---- */

static void
sinkbatch_exec(struct sinkbatch *b)
{
	uint64_t life = (uint64_t)b->conf->redis_ttl_grace;

	if (life < SINKBATCH_LIFE)
		life = SINKBATCH_LIFE;
	b->state = SINKBATCH_EXEC;
	sinkmulti_send(&b->sealed, b->mark, b->number, life);
}

/* Do what can be done now. */
static void
sinkbatch_go(struct sinkbatch *b)
{
	if (b->done || ev_is_active(&b->hold))
		return;
	if (b->state == SINKBATCH_IDLE) {
		b->state = SINKBATCH_LIST;
		sinklist_begin(&b->sealed);
	}
	if (b->state != SINKBATCH_LIST)
		return;
	if (sinklist_ask(&b->sealed)) {
		if (b->sealed.again) {
			sinkbatch_hold(b);
		} else {
			sinkbatch_exec(b);
		}
	} else if (b->sealed.again && b->sealed.lists == 0) {
		sinkbatch_hold(b);
	}
}

static void
sinkbatch_listed(void *arg)
{
	sinkbatch_go(arg);
}

static void
sinkbatch_ended(void *arg, enum sinkwork_end end)
{
	struct sinkbatch *b = arg;

	switch (end) {
	case SINKWORK_HOLD:
		sinkbatch_hold(b);
		return;
	case SINKWORK_MADE:
		sinkbatch_finish(b);
		break;
	case SINKWORK_VOID:
		break;
	}
	sinkbatch_ask(b);
}

static const struct sinkwork_ops sinkbatch_steps = {
	.listed = sinkbatch_listed,
	.ended = sinkbatch_ended,
};

/* ---- the connection ---- */

static void
sinkbatch_on_hold(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct sinkbatch *b = w->data;

	(void)loop;
	(void)revents;
	if (sinkconn_redis(b->sealed.conn) != NULL)
		sinkbatch_ask(b);
}

static void
sinkbatch_up(void *arg)
{
	struct sinkbatch *b = ((struct sinkwork *)arg)->arg;

	b->sealed.warned = false;
	ev_timer_stop(b->loop, &b->hold);
	sinkbatch_ask(b);
}

static void
sinkbatch_down(void *arg)
{
	struct sinkwork *w = arg;
	struct sinkbatch *b = w->arg;

	b->state = SINKBATCH_DOWN;
	w->due = w->lists = 0;
}

static size_t
sinkbatch_due(void *arg)
{
	return ((struct sinkwork *)arg)->due;
}

static const struct sinkconn_ops sinkbatch_ops = {
	.up = sinkbatch_up,
	.down = sinkbatch_down,
	.due = sinkbatch_due,
};

struct sinkbatch *
sinkbatch_new(const struct conf *conf, struct ev_loop *loop, const char *mark,
    sinkbatch_fn *known, void *arg)
{
	const size_t max = (size_t)conf->redis_pending + SINKBATCH_SLACK;
	struct sinkbatch *b = calloc(1, sizeof(*b));
	struct sinkwork *w;
	struct hash_key key;

	if (b == NULL)
		return NULL;
	b->conf = conf;
	b->loop = loop;
	b->known = known;
	b->arg = arg;
	b->done = true;
	w = &b->sealed;
	w->ops = &sinkbatch_steps;
	w->arg = b;
	ev_timer_init(&b->hold, sinkbatch_on_hold, 0.0, 0.0);
	b->hold.data = b;
	if ((b->mark = strdup(mark)) == NULL || proc_hash_key(&key) != 0 ||
	    (b->open = sinktab_new(max, &key)) == NULL ||
	    (w->tab = sinktab_new(max, &key)) == NULL ||
	    (w->conn = sinkconn_new(conf, loop, &sinkbatch_ops, w)) == NULL) {
		sinkbatch_free(b);
		return NULL;
	}
	return b;
}

bool
sinkbatch_add(struct sinkbatch *b, const struct model_update *u)
{
	if (sinktab_add(b->open, u, sinksend_life(b->conf, u)))
		return true;
	b->sealed.count.dropped++;
	return false;
}

void
sinkbatch_seal(struct sinkbatch *b, uint64_t number)
{
	struct sinktab *t = b->sealed.tab;

	b->sealed.tab = b->open;
	b->open = t;
	b->number = number;
	b->done = false;
	sinkbatch_go(b);
}

bool
sinkbatch_is_done(const struct sinkbatch *b)
{
	return b->done;
}

size_t
sinkbatch_gathered(const struct sinkbatch *b)
{
	return sinktab_n(b->open);
}

size_t
sinkbatch_left(const struct sinkbatch *b)
{
	return sinktab_n(b->open) + sinktab_n(b->sealed.tab);
}

bool
sinkbatch_is_tight(const struct sinkbatch *b)
{
	const size_t half = (size_t)b->conf->redis_pending / 2;

	return sinktab_n(b->open) > half ||
	       sinktab_octets(b->open) > half * SINKTAB_OCTETS;
}

uint64_t
sinkbatch_pending(const struct sinkbatch *b)
{
	return sinktab_sum(b->open) + sinktab_sum(b->sealed.tab);
}

const struct sinksend_count *
sinkbatch_count(const struct sinkbatch *b)
{
	return &b->sealed.count;
}

uint64_t
sinkbatch_ups(const struct sinkbatch *b)
{
	return sinkconn_ups(b->sealed.conn);
}

void
sinkbatch_free(struct sinkbatch *b)
{
	if (b == NULL)
		return;
	sinkconn_free(b->sealed.conn);
	ev_timer_stop(b->loop, &b->hold);
	sinktab_free(b->open);
	sinktab_free(b->sealed.tab);
	free(b->mark);
	free(b);
}
