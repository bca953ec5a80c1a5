/* SPDX-License-Identifier: BSD-3-Clause */
/* A batch on its way to Redis: commands sent, their answers awaited. */
#include "collector/sinkwork.h"

#include "base/log.h"
#include "collector/sinkconn.h"

struct sinkwork *
sinkwork_of(const redisAsyncContext *redis, const redisReply *reply)
{
	struct sinkwork *w = sinkconn_owner(redis);

	if (reply == NULL || sinkconn_redis(w->conn) != redis)
		return NULL;
	sinkconn_alive(w->conn);
	w->due--;
	return w;
}

void
sinkwork_send(struct sinkwork *w, redisCallbackFn *on_answer, void *arg,
    const char *cmd, size_t len)
{
	w->due++;
	redisAsyncFormattedCommand(
	    sinkconn_redis(w->conn), on_answer, arg, cmd, len);
}

bool
sinkwork_failed(struct sinkwork *w, const redisReply *reply)
{
	if (reply->type != REDIS_REPLY_ERROR)
		return false;
	if (!w->warned)
		log_warnx("redis: %s", reply->str);
	w->warned = true;
	return true;
}

void
sinkwork_refuse(struct sinkwork *w, struct sinktab_item *item)
{
	w->count.refused += item->count;
	item->state = SINKTAB_REFUSED;
}
