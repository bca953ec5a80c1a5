/* SPDX-License-Identifier: BSD-3-Clause */
/* Updates to Redis in numbered batches, each made once or not at all. */
#include "collector/sinkbatch.h"

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
#include "collector/sinktab.h"

enum {
	SINKBATCH_LISTS = 256,   /* asked for at once: they may be long */
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
	struct sinkconn *conn;
	char *mark;
	sinkbatch_fn *known;
	void *arg;
	bool is_known;
	enum sinkbatch_state state;
	struct sinktab *open, *sealed;
	uint64_t number; /* of .sealed */
	bool done;       /* .sealed is made */
	size_t next;     /* of .sealed: lists before were asked for */
	size_t due;      /* answers to come, lists among them */
	size_t lists;
	ev_timer hold; /* active: Redis asked for patience */
	bool again;    /* an answer like LOADING: hold, and repeat */
	bool warned;   /* about an error answer, on this connection */
	struct sinksend_count count;
};

static void sinkbatch_go(struct sinkbatch *b);

/* ${reply} is NULL for what a connection gone by left unanswered. */
static struct sinkbatch *
sinkbatch_of(const redisAsyncContext *redis, const redisReply *reply)
{
	struct sinkbatch *b = sinkconn_owner(redis);

	if (reply == NULL || sinkconn_redis(b->conn) != redis)
		return NULL;
	sinkconn_alive(b->conn);
	b->due--;
	return b;
}

static void
sinkbatch_send(struct sinkbatch *b, redisCallbackFn *on_answer, void *arg,
    const char *cmd, size_t len)
{
	b->due++;
	redisAsyncFormattedCommand(
	    sinkconn_redis(b->conn), on_answer, arg, cmd, len);
}

/* Whether ${reply} is an error, of which the log hears once. */
static bool
sinkbatch_failed(struct sinkbatch *b, const redisReply *reply)
{
	if (reply->type != REDIS_REPLY_ERROR)
		return false;
	if (!b->warned)
		log_warnx("redis: %s", reply->str);
	b->warned = true;
	return true;
}

static void
sinkbatch_hold(struct sinkbatch *b)
{
	b->again = false;
	b->state = SINKBATCH_IDLE;
	if (ev_is_active(&b->hold))
		return;
	ev_timer_set(&b->hold, SINKBATCH_HOLD_MS / 1000.0, 0.0);
	ev_timer_start(b->loop, &b->hold);
}

static void
sinkbatch_refuse(struct sinkbatch *b, struct sinktab_item *item)
{
	b->count.refused += item->count;
	item->state = SINKTAB_REFUSED;
}

/* ---- the mark ---- */

static void
sinkbatch_on_any(redisAsyncContext *redis, void *answer, void *arg)
{
	struct sinkbatch *b = sinkbatch_of(redis, answer);

	(void)arg;
	if (b != NULL && sinkbatch_failed(b, answer))
		b->again = true;
}

static void
sinkbatch_finish(struct sinkbatch *b)
{
	b->done = true;
	b->count.settled++;
	sinktab_clear(b->sealed);
}

/* The batch was made on a connection that did not live to tell. */
static void
sinkbatch_made_unseen(struct sinkbatch *b)
{
	for (size_t i = 0; i < sinktab_n(b->sealed); i++) {
		const struct sinktab_item *item = sinktab_at(b->sealed, i);

		if (item->state != SINKTAB_REFUSED)
			b->count.made += item->count;
	}
	sinkbatch_finish(b);
}

static void
sinkbatch_on_mark(redisAsyncContext *redis, void *answer, void *arg)
{
	struct sinkbatch *b = sinkbatch_of(redis, answer);
	const redisReply *reply = answer;

	(void)arg;
	if (b == NULL)
		return;
	if (sinkbatch_failed(b, reply)) {
		b->again = true;
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
	struct sinkbatch *b = sinkbatch_of(redis, answer);

	(void)arg;
	if (b == NULL)
		return;
	if (sinkbatch_failed(b, answer) || b->again) {
		sinkbatch_hold(b);
		return;
	}
	b->state = SINKBATCH_IDLE;
	sinkbatch_go(b);
}

static void
sinkbatch_watch(struct sinkbatch *b, redisCallbackFn *on_answer)
{
	char cmd[SINKCMD_MAX];
	const size_t len = sinkcmd_word(cmd, "WATCH", b->mark);

	sinkbatch_send(b, on_answer, NULL, cmd, len);
}

static void
sinkbatch_ask(struct sinkbatch *b)
{
	static const char unwatch[] = "*1\r\n$7\r\nUNWATCH\r\n";
	char cmd[SINKCMD_MAX];
	const size_t len =
	    sinkcmd_number(cmd, SINKCMD_INCRBY, b->mark, strlen(b->mark), 0);

	b->state = SINKBATCH_ASK;
	b->again = false;
	sinkbatch_send(b, sinkbatch_on_any, NULL, unwatch, strlen(unwatch));
	sinkbatch_send(b, sinkbatch_on_mark, NULL, cmd, len);
	sinkbatch_watch(b, sinkbatch_on_watch);
}

/* ---- the transaction ---- */

static void
sinkbatch_on_queued(redisAsyncContext *redis, void *answer, void *arg)
{
	struct sinkbatch *b = sinkbatch_of(redis, answer);
	const redisReply *reply = answer;
	struct sinktab_item *item = arg;

	if (b == NULL || !sinkbatch_failed(b, reply))
		return;
	if (item == NULL || sinkcmd_is_passing(reply->str)) {
		b->again = true;
	} else if (item->state != SINKTAB_REFUSED) {
		sinkbatch_refuse(b, item);
	}
}

/* What became of ${item}, whose ${n} answers begin at ${reply}. */
static void
sinkbatch_judge(struct sinkbatch *b, struct sinktab_item *item,
    redisReply *const *reply, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (sinkbatch_failed(b, reply[i])) {
			if (item->state != SINKTAB_REFUSED)
				sinkbatch_refuse(b, item);
			return;
		}
	}
	b->count.made += item->count;
	b->count.appended += item->state == SINKTAB_LACKS;
}

/* How many commands ${item} takes. */
static size_t
sinkbatch_commands(const struct sinktab_item *item)
{
	if (item->state == SINKTAB_REFUSED)
		return 0;
	return item->state == SINKTAB_HAS ? 1 : 2;
}

static void
sinkbatch_made(struct sinkbatch *b, const redisReply *reply)
{
	const size_t n = sinktab_n(b->sealed);
	size_t at = 0;

	for (size_t i = 0; i < n; i++) {
		struct sinktab_item *item = sinktab_at(b->sealed, i);
		const size_t k = sinkbatch_commands(item);

		if (k > 0 && at + k <= reply->elements)
			sinkbatch_judge(b, item, &reply->element[at], k);
		at += k;
	}
	sinkbatch_finish(b);
}

/*
 * Nothing was done when the answer is an error (a command was not queued) or
 * nil (somebody else changed the mark).
 */
static void
sinkbatch_on_exec(redisAsyncContext *redis, void *answer, void *arg)
{
	struct sinkbatch *b = sinkbatch_of(redis, answer);
	const redisReply *reply = answer;

	(void)arg;
	if (b == NULL)
		return;
	if (reply->type == REDIS_REPLY_ARRAY) {
		sinkbatch_made(b, reply);
	} else if (sinkbatch_failed(b, reply) && b->again) {
		sinkbatch_hold(b);
		return;
	}
	sinkbatch_ask(b);
}

static void
sinkbatch_command(struct sinkbatch *b, const char *head,
    struct sinktab_item *item, uint64_t v)
{
	char cmd[SINKCMD_MAX];
	const size_t len = sinkcmd_number(
	    cmd, head, sinktab_key(b->sealed, item), item->key_len, v);

	sinkbatch_send(b, sinkbatch_on_queued, item, cmd, len);
}

static void
sinkbatch_update(struct sinkbatch *b, struct sinktab_item *item)
{
	char cmd[SINKCMD_MAX];
	size_t len;

	if (item->state == SINKTAB_REFUSED)
		return;
	if (item->state == SINKTAB_LACKS) {
		len = sinkcmd_append(cmd, sinktab_key(b->sealed, item),
		    item->key_len, item->value_len);
		sinkbatch_send(b, sinkbatch_on_queued, item, cmd, len);
	} else if (item->state == SINKTAB_NEW) {
		sinkbatch_command(b, SINKCMD_INCRBY, item, item->count);
	}
	sinkbatch_command(b, SINKCMD_EXPIRE, item, item->expire);
}

static void
sinkbatch_exec(struct sinkbatch *b)
{
	static const char multi[] = "*1\r\n$5\r\nMULTI\r\n";
	static const char exec[] = "*1\r\n$4\r\nEXEC\r\n";
	char cmd[SINKCMD_MAX];
	uint64_t life = (uint64_t)b->conf->redis_ttl_grace;
	size_t len;

	if (life < SINKBATCH_LIFE)
		life = SINKBATCH_LIFE;
	b->state = SINKBATCH_EXEC;
	b->again = false;
	sinkbatch_send(b, sinkbatch_on_queued, NULL, multi, strlen(multi));
	for (size_t i = 0; i < sinktab_n(b->sealed); i++)
		sinkbatch_update(b, sinktab_at(b->sealed, i));
	len = sinkcmd_mark(cmd, b->mark, b->number, life);
	sinkbatch_send(b, sinkbatch_on_queued, NULL, cmd, len);
	sinkbatch_send(b, sinkbatch_on_exec, NULL, exec, strlen(exec));
}

/* ---- the lists ---- */

static bool
sinkbatch_has(const struct sinkbatch *b, const struct sinktab_item *item,
    const redisReply *reply)
{
	const char *value = sinktab_key(b->sealed, item) + item->key_len;

	return reply->type == REDIS_REPLY_STRING &&
	       memmem(reply->str, reply->len, value, item->value_len) != NULL;
}

static void
sinkbatch_on_list(redisAsyncContext *redis, void *answer, void *arg)
{
	struct sinkbatch *b = sinkbatch_of(redis, answer);
	const redisReply *reply = answer;
	struct sinktab_item *item = arg;

	if (b == NULL)
		return;
	b->lists--;
	if (!sinkbatch_failed(b, reply)) {
		item->state =
		    sinkbatch_has(b, item, reply) ? SINKTAB_HAS : SINKTAB_LACKS;
	} else if (sinkcmd_is_passing(reply->str)) {
		b->again = true;
	} else {
		sinkbatch_refuse(b, item);
	}
	sinkbatch_go(b);
}

/* Ask for lists while there are some.  Returns whether all are known. */
static bool
sinkbatch_lists(struct sinkbatch *b)
{
	char cmd[SINKCMD_MAX];

	for (; b->next < sinktab_n(b->sealed); b->next++) {
		struct sinktab_item *item = sinktab_at(b->sealed, b->next);
		size_t len;

		if (item->value_len == 0 || item->state != SINKTAB_NEW)
			continue;
		if (b->lists == SINKBATCH_LISTS || b->again)
			return false;
		len = sinkcmd_get(
		    cmd, sinktab_key(b->sealed, item), item->key_len);
		item->state = SINKTAB_ASKED;
		b->lists++;
		sinkbatch_send(b, sinkbatch_on_list, item, cmd, len);
	}
	return b->lists == 0;
}

/* Lists are asked for anew: they may have changed. */
static void
sinkbatch_begin(struct sinkbatch *b)
{
	for (size_t i = 0; i < sinktab_n(b->sealed); i++) {
		struct sinktab_item *item = sinktab_at(b->sealed, i);

		if (item->state != SINKTAB_REFUSED)
			item->state = SINKTAB_NEW;
	}
	b->state = SINKBATCH_LIST;
	b->next = 0;
}

/* Do what can be done now. */
static void
sinkbatch_go(struct sinkbatch *b)
{
	if (b->done || ev_is_active(&b->hold))
		return;
	if (b->state == SINKBATCH_IDLE)
		sinkbatch_begin(b);
	if (b->state != SINKBATCH_LIST)
		return;
	if (sinkbatch_lists(b)) {
		if (b->again) {
			sinkbatch_hold(b);
		} else {
			sinkbatch_exec(b);
		}
	} else if (b->again && b->lists == 0) {
		sinkbatch_hold(b);
	}
}

/* ---- */

static void
sinkbatch_on_hold(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct sinkbatch *b = w->data;

	(void)loop;
	(void)revents;
	if (sinkconn_redis(b->conn) != NULL)
		sinkbatch_ask(b);
}

static void
sinkbatch_up(void *arg)
{
	struct sinkbatch *b = arg;

	b->warned = false;
	ev_timer_stop(b->loop, &b->hold);
	sinkbatch_ask(b);
}

static void
sinkbatch_down(void *arg)
{
	struct sinkbatch *b = arg;

	b->state = SINKBATCH_DOWN;
	b->due = b->lists = 0;
}

static size_t
sinkbatch_due(void *arg)
{
	return ((struct sinkbatch *)arg)->due;
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
	struct hash_key key;

	if (b == NULL)
		return NULL;
	b->conf = conf;
	b->loop = loop;
	b->known = known;
	b->arg = arg;
	b->done = true;
	ev_timer_init(&b->hold, sinkbatch_on_hold, 0.0, 0.0);
	b->hold.data = b;
	if ((b->mark = strdup(mark)) == NULL || proc_hash_key(&key) != 0 ||
	    (b->open = sinktab_new(max, &key)) == NULL ||
	    (b->sealed = sinktab_new(max, &key)) == NULL ||
	    (b->conn = sinkconn_new(conf, loop, &sinkbatch_ops, b)) == NULL) {
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
	b->count.dropped++;
	return false;
}

void
sinkbatch_seal(struct sinkbatch *b, uint64_t number)
{
	struct sinktab *t = b->sealed;

	b->sealed = b->open;
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
	return sinktab_n(b->open) + sinktab_n(b->sealed);
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
	return sinktab_sum(b->open) + sinktab_sum(b->sealed);
}

const struct sinksend_count *
sinkbatch_count(const struct sinkbatch *b)
{
	return &b->count;
}

uint64_t
sinkbatch_ups(const struct sinkbatch *b)
{
	return sinkconn_ups(b->conn);
}

void
sinkbatch_free(struct sinkbatch *b)
{
	if (b == NULL)
		return;
	sinkconn_free(b->conn);
	ev_timer_stop(b->loop, &b->hold);
	sinktab_free(b->open);
	sinktab_free(b->sealed);
	free(b->mark);
	free(b);
}
