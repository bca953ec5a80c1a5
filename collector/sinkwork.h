/* SPDX-License-Identifier: BSD-3-Clause */
/* A batch on its way to Redis: commands sent, their answers awaited. */
#ifndef COLLECTOR_SINKWORK_H_
#define COLLECTOR_SINKWORK_H_

#include <hiredis/async.h>
#include <hiredis/hiredis.h>
#include <stdbool.h>
#include <stddef.h>

#include "collector/sinksend.h"
#include "collector/sinktab.h"

struct sinkconn;

enum sinkwork_end {
	SINKWORK_MADE, /* the transaction was made */
	SINKWORK_HOLD, /* it was not: Redis asks for patience */
	SINKWORK_VOID /* it was not: somebody else changed the mark, or worse */
};

/* What the owner is told. */
struct sinkwork_ops {
	/* Something is known about a list that sinklist_ask asked for. */
	void (*listed)(void *arg);
	/* What sinkmulti_send sent has ended. */
	void (*ended)(void *arg, enum sinkwork_end end);
};

struct sinkwork {
	struct sinkconn *conn; /* its arg is this */
	struct sinktab *tab;   /* the batch */
	const struct sinkwork_ops *ops;
	void *arg;
	size_t due;   /* answers to come, lists among them */
	size_t next;  /* of .tab: lists before were asked for */
	size_t lists; /* due */
	bool again;   /* an answer like LOADING: hold, and repeat */
	bool warned;  /* about an error answer, on this connection */
	struct sinksend_count count;
};

/**
 * sinkwork_of(redis, reply):
 * An answer ${reply} came on ${redis}: return whose it is, one less being due.
 * Returns NULL when it is not to be heeded: it is NULL, or of a connection
 * gone by.
 */
struct sinkwork *sinkwork_of(
    const struct redisAsyncContext *redis, const struct redisReply *reply);

/**
 * sinkwork_send(w, on_answer, arg, cmd, len):
 * Send the command of ${len} octets at ${cmd}; its answer goes to
 * ${on_answer}, with ${arg}.
 */
void sinkwork_send(struct sinkwork *w, redisCallbackFn *on_answer, void *arg,
    const char *cmd, size_t len);

/**
 * sinkwork_failed(w, reply):
 * Return whether ${reply} is an error, of which the log hears once.
 */
bool sinkwork_failed(struct sinkwork *w, const struct redisReply *reply);

/**
 * sinkwork_refuse(w, item):
 * Redis will not have ${item}, which is counted.
 */
void sinkwork_refuse(struct sinkwork *w, struct sinktab_item *item);

#endif
