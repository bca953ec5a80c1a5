/* SPDX-License-Identifier: BSD-3-Clause */
/* The second step of a batch for Redis: the transaction, and what it made. */
#include "collector/sinkmulti.h"

#include <string.h>

#include "collector/sinkcmd.h"
#include "collector/sinkwork.h"

/* ---- what came of it ---- */

/* ${arg} is the update, NULL for what belongs to all. */
static void
sinkmulti_on_queued(redisAsyncContext *redis, void *answer, void *arg)
{
	struct sinkwork *w = sinkwork_of(redis, answer);
	const redisReply *reply = answer;
	struct sinktab_item *item = arg;

	if (w == NULL || !sinkwork_failed(w, reply))
		return;
	if (item == NULL || sinkcmd_is_passing(reply->str)) {
		w->again = true;
	} else if (item->state != SINKTAB_REFUSED) {
		sinkwork_refuse(w, item);
	}
}

/* What became of ${item}, whose ${n} answers begin at ${reply}. */
static void
sinkmulti_judge(struct sinkwork *w, struct sinktab_item *item,
    redisReply *const *reply, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (sinkwork_failed(w, reply[i])) {
			if (item->state != SINKTAB_REFUSED)
				sinkwork_refuse(w, item);
			return;
		}
	}
	w->count.made += item->count;
	w->count.appended += item->state == SINKTAB_LACKS;
}

/* How many commands ${item} takes. */
static size_t
sinkmulti_commands(const struct sinktab_item *item)
{
	if (item->state == SINKTAB_REFUSED)
		return 0;
	return item->state == SINKTAB_HAS ? 1 : 2;
}

static void
sinkmulti_made(struct sinkwork *w, const redisReply *reply)
{
	const size_t n = sinktab_n(w->tab);
	size_t at = 0;

	for (size_t i = 0; i < n; i++) {
		struct sinktab_item *item = sinktab_at(w->tab, i);
		const size_t k = sinkmulti_commands(item);

		if (k > 0 && at + k <= reply->elements)
			sinkmulti_judge(w, item, &reply->element[at], k);
		at += k;
	}
}

/*
 * Nothing was done when the answer is an error (a command was not queued) or
 * nil (somebody else changed the mark).
 */
static void
sinkmulti_on_exec(redisAsyncContext *redis, void *answer, void *arg)
{
	struct sinkwork *w = sinkwork_of(redis, answer);
	const redisReply *reply = answer;
	enum sinkwork_end end = SINKWORK_VOID;

	(void)arg;
	if (w == NULL)
		return;
	if (reply->type == REDIS_REPLY_ARRAY) {
		sinkmulti_made(w, reply);
		end = SINKWORK_MADE;
	} else if (sinkwork_failed(w, reply) && w->again) {
		end = SINKWORK_HOLD;
	}
	w->ops->ended(w->arg, end);
}

/* ---- what is sent ---- */

static void
sinkmulti_command(
    struct sinkwork *w, const char *head, struct sinktab_item *item, uint64_t v)
{
	char cmd[SINKCMD_MAX];
	const size_t len = sinkcmd_number(
	    cmd, head, sinktab_key(w->tab, item), item->key_len, v);

	sinkwork_send(w, sinkmulti_on_queued, item, cmd, len);
}

static void
sinkmulti_update(struct sinkwork *w, struct sinktab_item *item)
{
	char cmd[SINKCMD_MAX];
	size_t len;

	if (item->state == SINKTAB_REFUSED)
		return;
	if (item->state == SINKTAB_LACKS) {
		len = sinkcmd_append(cmd, sinktab_key(w->tab, item),
		    item->key_len, item->value_len);
		sinkwork_send(w, sinkmulti_on_queued, item, cmd, len);
	} else if (item->state == SINKTAB_NEW) {
		sinkmulti_command(w, SINKCMD_INCRBY, item, item->count);
	}
	sinkmulti_command(w, SINKCMD_EXPIRE, item, item->expire);
}

void
sinkmulti_send(
    struct sinkwork *w, const char *mark, uint64_t number, uint64_t life)
{
	static const char multi[] = "*1\r\n$5\r\nMULTI\r\n";
	static const char exec[] = "*1\r\n$4\r\nEXEC\r\n";
	char cmd[SINKCMD_MAX];
	size_t len;

	w->again = false;
	sinkwork_send(w, sinkmulti_on_queued, NULL, multi, strlen(multi));
	for (size_t i = 0; i < sinktab_n(w->tab); i++)
		sinkmulti_update(w, sinktab_at(w->tab, i));
	len = sinkcmd_mark(cmd, mark, number, life);
	sinkwork_send(w, sinkmulti_on_queued, NULL, cmd, len);
	sinkwork_send(w, sinkmulti_on_exec, NULL, exec, strlen(exec));
}
