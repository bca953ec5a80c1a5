/* SPDX-License-Identifier: BSD-3-Clause */
/* The first step of a batch for Redis: which names are not in their list. */
#include "collector/sinklist.h"

#include <string.h>

#include "collector/sinkcmd.h"
#include "collector/sinkwork.h"

#define SINKLIST_MAX 256 /* asked for at once: they may be long */

static bool
sinklist_has(const struct sinkwork *w, const struct sinktab_item *item,
    const redisReply *reply)
{
	const char *value = sinktab_key(w->tab, item) + item->key_len;

	return reply->type == REDIS_REPLY_STRING &&
	       memmem(reply->str, reply->len, value, item->value_len) != NULL;
}

static void
sinklist_on_answer(redisAsyncContext *redis, void *answer, void *arg)
{
	struct sinkwork *w = sinkwork_of(redis, answer);
	const redisReply *reply = answer;
	struct sinktab_item *item = arg;

	if (w == NULL)
		return;
	w->lists--;
	if (!sinkwork_failed(w, reply)) {
		item->state =
		    sinklist_has(w, item, reply) ? SINKTAB_HAS : SINKTAB_LACKS;
	} else if (sinkcmd_is_passing(reply->str)) {
		w->again = true;
	} else {
		sinkwork_refuse(w, item);
	}
	w->ops->listed(w->arg);
}

void
sinklist_begin(struct sinkwork *w)
{
	for (size_t i = 0; i < sinktab_n(w->tab); i++) {
		struct sinktab_item *item = sinktab_at(w->tab, i);

		if (item->state != SINKTAB_REFUSED)
			item->state = SINKTAB_NEW;
	}
	w->next = 0;
}

bool
sinklist_ask(struct sinkwork *w)
{
	char cmd[SINKCMD_MAX];

	for (; w->next < sinktab_n(w->tab); w->next++) {
		struct sinktab_item *item = sinktab_at(w->tab, w->next);
		size_t len;

		if (item->value_len == 0 || item->state != SINKTAB_NEW)
			continue;
		if (w->lists == SINKLIST_MAX || w->again)
			return false;
		len =
		    sinkcmd_get(cmd, sinktab_key(w->tab, item), item->key_len);
		item->state = SINKTAB_ASKED;
		w->lists++;
		sinkwork_send(w, sinklist_on_answer, item, cmd, len);
	}
	return w->lists == 0;
}
