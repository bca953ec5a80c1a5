/* SPDX-License-Identifier: BSD-3-Clause */
/* What belongs to the batches that Redis has: places, and events seen. */
#ifndef COLLECTOR_SINKMARK_H_
#define COLLECTOR_SINKMARK_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/positions.h"
#include "collector/sink.h"

#define SINKMARK_STREAMS 10000 /* remembered; the longest unheard make way */

struct recent;
struct sinkmark;

/*
 * A journal, DIR/redis.  What a batch changes is written before the batch goes
 * to Redis; Redis knows the number of the last batch that it has.
 */

/**
 * sinkmark_new(k, recent):
 * Return a mark that remembers ${recent} (borrowed), in k->dir.  NULL with
 * errno on failure.
 */
struct sinkmark *sinkmark_new(const struct sink_keep *k, struct recent *recent);

/**
 * sinkmark_key(m):
 * Return the key in Redis that has the number of the last batch.
 */
const char *sinkmark_key(const struct sinkmark *m);

/**
 * sinkmark_load(m, number):
 * Redis has the batches up to ${number}; 0: it does not know.  Read what
 * belongs to them into the memory given to sinkmark_new, and forget the rest.
 * Returns 0, or -1 after a message.
 */
int sinkmark_load(struct sinkmark *m, uint64_t number);

/**
 * sinkmark_is_fresh(m):
 * Return whether there was no journal.
 */
bool sinkmark_is_fresh(const struct sinkmark *m);

/**
 * sinkmark_positions(m):
 * Return what Redis has, or is about to have.
 */
const struct positions *sinkmark_positions(const struct sinkmark *m);

/**
 * sinkmark_number(m):
 * Return the number of the last batch that was written, or loaded.
 */
uint64_t sinkmark_number(const struct sinkmark *m);

/**
 * sinkmark_write(m, number, p, n):
 * Batch ${number} has everything before the ${n} places ${p}.  If it is not
 * the number of the batch before, sinkmark_settle must follow when Redis has
 * it, and nothing else before that.  Returns 0; or -1 with errno: nothing was
 * written, try again.
 */
int sinkmark_write(
    struct sinkmark *m, uint64_t number, const struct position *p, size_t n);

/**
 * sinkmark_settle(m):
 * Redis has the last batch.
 */
void sinkmark_settle(struct sinkmark *m);

/**
 * sinkmark_free(m):
 * NULL is fine.
 */
void sinkmark_free(struct sinkmark *m);

#endif
