/* SPDX-License-Identifier: BSD-3-Clause */
/* A connection to Redis that is made again whenever it is lost. */
#ifndef COLLECTOR_SINKCONN_H_
#define COLLECTOR_SINKCONN_H_

#include <stddef.h>
#include <stdint.h>

#include "wire/mono.h"

#define SINKCONN_RETRY_MIN_MS 100
#define SINKCONN_RETRY_MAX_MS 5000

struct conf;
struct ev_loop;
struct redisAsyncContext;
struct sinkconn;

/* What the owner is told.  No member may be NULL. */
struct sinkconn_ops {
	/* Connected and logged in: sinkconn_redis is not NULL any more. */
	void (*up)(void *arg);
	/* What was sent and not answered never will be. */
	void (*down)(void *arg);
	/* How many answers are due? */
	size_t (*due)(void *arg);
};

/**
 * sinkconn_new(conf, loop, ops, arg):
 * Begin to connect to the server that [redis] of ${conf} names (borrowed).
 * NULL with errno on failure.
 */
struct sinkconn *sinkconn_new(const struct conf *conf, struct ev_loop *loop,
    const struct sinkconn_ops *ops, void *arg);

/**
 * sinkconn_redis(c):
 * Return the context to send commands on, or NULL while there is none.
 */
struct redisAsyncContext *sinkconn_redis(const struct sinkconn *c);

/**
 * sinkconn_owner(redis):
 * Return the ${arg} of sinkconn_new for a context that sinkconn_redis
 * returned once, while its connection is not freed.
 */
void *sinkconn_owner(const struct redisAsyncContext *redis);

/**
 * sinkconn_alive(c):
 * To be called for every answer: the server is there.
 */
void sinkconn_alive(struct sinkconn *c);

/**
 * sinkconn_ups(c):
 * Return how often a connection was made.
 */
uint64_t sinkconn_ups(const struct sinkconn *c);

/**
 * sinkconn_free(c):
 * Close and free without calling ops; NULL is fine.
 */
void sinkconn_free(struct sinkconn *c);

#endif
