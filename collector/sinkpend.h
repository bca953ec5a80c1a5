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
 * finished, in any order.  Up to SINKPEND_PLAIN waiting updates keep their
 * order one by one; with more, or when there is no room, an update equal to
 * one that waits already is added to it.
 */
#define SINKPEND_PLAIN 4096

/* Room for text that comes with the room for one update. */
#define SINKPEND_OCTETS 128

struct sinkpend_item {
	uint64_t hash;   /* of key and value */
	uint64_t count;  /* to be added, or asked for; 0: only the expiry is */
	uint64_t mark;   /* for the user */
	uint32_t next;   /* of the same chain, while it waits */
	uint32_t text;   /* where key and value begin */
	uint32_t expire; /* seconds */
	uint16_t key_len, value_len; /* no value: a counter */
	uint8_t due;                 /* for the user: answers to come */
	bool again; /* for the user: to be repeated when finished */
	bool done;
};

struct sinkpend;

/**
 * sinkpend_new(max, key):
 * Return an empty queue for ${max} updates with SINKPEND_OCTETS octets of text
 * each on average, hashed with ${key}.  NULL with errno on failure.
 */
struct sinkpend *sinkpend_new(size_t max, const struct hash_key *key);

/**
 * sinkpend_add(p, u, count, expire):
 * Queue ${u} (copied), made ${count} times, with ${expire} seconds to live.
 * Returns false when there is no room and no equal one waits.
 */
bool sinkpend_add(struct sinkpend *p, const struct model_update *u,
    uint64_t count, uint32_t expire);

/**
 * sinkpend_take(p):
 * Return the oldest waiting update, which is in flight from now on; NULL when
 * none waits.  It stays where it is until it is finished.
 */
struct sinkpend_item *sinkpend_take(struct sinkpend *p);

/**
 * sinkpend_key(p, item):
 * Return the key of ${item}, and behind it the value; no final 0.
 */
const char *sinkpend_key(
    const struct sinkpend *p, const struct sinkpend_item *item);

/**
 * sinkpend_finish(p, item):
 * Forget ${item}, which is in flight; if its .again is set, queue it again.
 * Returns the updates that were lost because there was no room for that.
 */
uint64_t sinkpend_finish(struct sinkpend *p, struct sinkpend_item *item);

/**
 * sinkpend_cut(p):
 * The connection ended: nobody knows which updates in flight were made.
 * No addition is repeated, but each waits again to have its expiry set; links,
 * which can be repeated, wait again.  Returns the sum of the counts lost.
 */
uint64_t sinkpend_cut(struct sinkpend *p);

/* A place in the queue, counted from its beginning. */
struct sinkpend_turn {
	uint64_t end;      /* updates ever queued */
	uint64_t repeated; /* of them, those for the second time and more */
};

/**
 * sinkpend_turn(p):
 * Return the place behind the last update.
 */
struct sinkpend_turn sinkpend_turn(const struct sinkpend *p);

/**
 * sinkpend_finished(p):
 * Return how many updates are gone, from the beginning of the queue.
 */
uint64_t sinkpend_finished(const struct sinkpend *p);

size_t sinkpend_waiting(const struct sinkpend *p);
size_t sinkpend_in_flight(const struct sinkpend *p);

/**
 * sinkpend_is_tight(p):
 * Return whether less than half of the room is left.
 */
bool sinkpend_is_tight(const struct sinkpend *p);

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
