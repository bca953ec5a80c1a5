/* SPDX-License-Identifier: BSD-3-Clause */
/* Updates to Redis in numbered batches, each made once or not at all. */
#ifndef COLLECTOR_SINKBATCH_H_
#define COLLECTOR_SINKBATCH_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/model.h"
#include "collector/sinksend.h"
#include "wire/hash.h"

struct conf;
struct ev_loop;
struct sinkbatch;

/* Seconds until Redis forgets the number of the last batch, at least. */
#define SINKBATCH_LIFE (UINT64_C(30) * 86400)

/*
 * One batch is sent while the next one is gathered.  The number of the last
 * batch that was made is the value of one key, the mark, which is set in the
 * same transaction:
 *	GET LIST ...                          which names are not in their list
 *	MULTI; INCRBY, APPEND, EXPIRE ...; SET MARK NUMBER; EXEC; WATCH MARK
 * Each connection begins with INCRBY MARK 0, which tells the number and breaks
 * whatever an earlier connection still has under way, since that one watches
 * the mark; then it watches the mark itself.
 */

/* The mark is known, for the first time: ${mark}, 0 when there is none. */
typedef void sinkbatch_fn(void *arg, uint64_t mark);

/**
 * sinkbatch_new(conf, loop, mark, known, arg):
 * Begin to connect to the Redis server of ${conf} (borrowed); ${mark} is the
 * key for the number.  NULL with errno on failure.
 */
struct sinkbatch *sinkbatch_new(const struct conf *conf, struct ev_loop *loop,
    const char *mark, sinkbatch_fn *known, void *arg);

/**
 * sinkbatch_add(b, u):
 * Add ${u} (copied) to the batch that is gathered.  Returns false when it was
 * dropped, counted.
 */
bool sinkbatch_add(struct sinkbatch *b, const struct model_update *u);

/**
 * sinkbatch_seal(b, number):
 * What was gathered is batch ${number}, larger than all before, and is made
 * now.  The one before must be done.
 */
void sinkbatch_seal(struct sinkbatch *b, uint64_t number);

/**
 * sinkbatch_is_done(b):
 * Return whether the last batch that was sealed is made.
 */
bool sinkbatch_is_done(const struct sinkbatch *b);

/**
 * sinkbatch_gathered(b):
 * Return how many updates wait to be sealed.
 */
size_t sinkbatch_gathered(const struct sinkbatch *b);

/**
 * sinkbatch_left(b):
 * Return how many updates are not made.
 */
size_t sinkbatch_left(const struct sinkbatch *b);

/**
 * sinkbatch_is_tight(b):
 * Return whether input should wait: half of redis.pending is gathered.
 */
bool sinkbatch_is_tight(const struct sinkbatch *b);

/**
 * sinkbatch_pending(b):
 * Return the sum of the counts of all updates that are not made.
 */
uint64_t sinkbatch_pending(const struct sinkbatch *b);

const struct sinksend_count *sinkbatch_count(const struct sinkbatch *b);

/**
 * sinkbatch_ups(b):
 * Return how often a connection was made.
 */
uint64_t sinkbatch_ups(const struct sinkbatch *b);

/**
 * sinkbatch_free(b):
 * Close and free; NULL is fine.
 */
void sinkbatch_free(struct sinkbatch *b);

#endif
