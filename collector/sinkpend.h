/* SPDX-License-Identifier: BSD-3-Clause */
/* Updates on their way to Redis: a bounded queue that coalesces when long. */
#ifndef COLLECTOR_SINKPEND_H_
#define COLLECTOR_SINKPEND_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/model.h"
#include "wire/hash.h"

/*
 * An update waits, is taken (then it is in flight, in the same order), and is
 * finished.  Up to SINKPEND_PLAIN waiting updates keep their order one by one;
 * with more, an update to a key that waits already is added to it.
 */
#define SINKPEND_PLAIN 4096

struct sinkpend_item {
	uint64_t hash;
	uint64_t count; /* to be added; 0: only the expiry is to be set */
	uint32_t next;  /* of the same chain, while it waits */
	bool again;     /* for the user: to be repeated when finished */
	struct model_key key;
};

struct sinkpend;

/**
 * sinkpend_new(max, key):
 * Return an empty queue for ${max} updates, hashed with ${key}.  It takes
 * 170 octets an update.  NULL with errno on failure.
 */
struct sinkpend *sinkpend_new(size_t max, const struct hash_key *key);

/**
 * sinkpend_add(p, k, count):
 * Queue the addition of ${count} to ${k}.  Returns false when there is no
 * room and ${k} does not wait.
 */
bool sinkpend_add(
    struct sinkpend *p, const struct model_key *k, uint64_t count);

/**
 * sinkpend_take(p):
 * Return the oldest waiting update, which is in flight from now on; NULL when
 * none waits.
 */
const struct sinkpend_item *sinkpend_take(struct sinkpend *p);

/**
 * sinkpend_oldest(p):
 * Return the oldest update in flight, NULL when there is none.
 */
struct sinkpend_item *sinkpend_oldest(struct sinkpend *p);

/**
 * sinkpend_finish(p):
 * Forget the oldest update in flight; if its .again is set, queue it again.
 */
void sinkpend_finish(struct sinkpend *p);

/**
 * sinkpend_cut(p):
 * The connection ended: nobody knows which updates in flight were made.
 * None is repeated, but each waits again to have its expiry set.  Returns
 * the sum of their counts.
 */
uint64_t sinkpend_cut(struct sinkpend *p);

size_t sinkpend_waiting(const struct sinkpend *p);
size_t sinkpend_in_flight(const struct sinkpend *p);

/**
 * sinkpend_sum(p):
 * Return the sum of all counts, waiting and in flight.
 */
uint64_t sinkpend_sum(const struct sinkpend *p);

/**
 * sinkpend_free(p):
 * Free ${p}; NULL is fine.
 */
void sinkpend_free(struct sinkpend *p);

#endif
