/* SPDX-License-Identifier: BSD-3-Clause */
/* Keys seen lately: three buckets that rotate on event time. */
#ifndef COLLECTOR_RECENT_H_
#define COLLECTOR_RECENT_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/bytes.h"
#include "wire/hash.h"
#include "wire/mono.h"

#define RECENT_BUCKETS 3
#define RECENT_CYCLE_S 30 /* the shortest time between two rotations */
#define RECENT_EVERY   10 /* calls between two looks at the time */
#define RECENT_KEY_MAX 48 /* octets of a key */

/*
 * When event time is this far behind the last rotation, that one was made on
 * a wrong clock: rotation starts anew from the present one.
 */
#define RECENT_BACK_S 3600

struct recent;

/**
 * recent_new(max, key):
 * Return an empty memory of at most ${max} keys, hashed with ${key} (copied).
 * It takes 80 octets a key.  NULL with errno on failure.
 */
struct recent *recent_new(size_t max, const struct hash_key *key);

/**
 * recent_start(r, now):
 * Let the first cycle begin at ${now}; otherwise it begins at the first call
 * of recent_seen.
 */
void recent_start(struct recent *r, wall_t now);

/**
 * recent_seen(r, data, len, now):
 * Return whether the ${len} octets (<= RECENT_KEY_MAX) at ${data} are
 * remembered; if not, remember them.  A key is forgotten 60 to 90 s of busy
 * time after it was first seen.  When the memory is full, its oldest bucket
 * is forgotten early.
 */
bool recent_seen(struct recent *r, const void *data, size_t len, wall_t now);

/*
 * What changed can be stored: a head, and the keys that are new.  Applied one
 * after the other, such changes make an empty memory what ${r} is now; the
 * first one must have all keys.
 */
#define RECENT_HEAD_MAX  64                   /* octets of a head */
#define RECENT_ENTRY_MAX (1 + RECENT_KEY_MAX) /* of a key */

/**
 * recent_stored(r):
 * From now on keys are new that are remembered from now on.
 */
void recent_stored(struct recent *r);

/**
 * recent_new_keys(r, all):
 * Return how many new keys there are, or how many with ${all}.
 */
size_t recent_new_keys(const struct recent *r, bool all);

/**
 * recent_put_head(r, all, w):
 * Write the head for the new keys, or for all.
 */
void recent_put_head(const struct recent *r, bool all, struct wr *w);

/**
 * recent_put_key(r, n, w):
 * Write the key that was remembered ${n}th last, the last one being number 1.
 * Keys are to be written from the highest number on.
 */
void recent_put_key(const struct recent *r, size_t n, struct wr *w);

/**
 * recent_get(r, head, keys):
 * Apply a stored change, whose keys are all of ${keys}; none is new then.
 * Returns 0, or -1 when it does not fit, and ${r} is undefined.
 */
int recent_get(struct recent *r, struct rd *head, struct rd *keys);

/**
 * recent_forced(r):
 * Return how often a full memory forgot a bucket early.
 */
uint64_t recent_forced(const struct recent *r);

/**
 * recent_free(r):
 * Free ${r}; NULL is fine.
 */
void recent_free(struct recent *r);

#endif
