/* SPDX-License-Identifier: BSD-3-Clause */
/* The updates of one batch for Redis: each once, in the order they came. */
#ifndef COLLECTOR_SINKTAB_H_
#define COLLECTOR_SINKTAB_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/model.h"
#include "wire/hash.h"

/* Room for text that comes with the room for one update. */
#define SINKTAB_OCTETS 128

enum sinktab_state {
	SINKTAB_NEW,   /* nothing is known about it */
	SINKTAB_ASKED, /* a link: its list was asked for */
	SINKTAB_HAS,   /* a link: it is in its list */
	SINKTAB_LACKS, /* a link: it is not */
	SINKTAB_REFUSED
};

struct sinktab_item {
	uint64_t hash;               /* of key and value */
	uint64_t count;              /* to be added, or asked for */
	uint32_t next;               /* of the same chain */
	uint32_t text;               /* where key and value begin */
	uint32_t expire;             /* seconds */
	uint16_t key_len, value_len; /* no value: a counter */
	enum sinktab_state state;    /* for the user */
};

struct sinktab;

/**
 * sinktab_new(max, key):
 * Return an empty table for ${max} updates with SINKTAB_OCTETS octets of text
 * each on average, hashed with ${key} (copied).  NULL with errno on failure.
 */
struct sinktab *sinktab_new(size_t max, const struct hash_key *key);

/**
 * sinktab_add(t, u, expire):
 * Add ${u} (copied), with ${expire} seconds to live, to the one that is equal,
 * or at the end.  Returns false when there is no room.
 */
bool sinktab_add(
    struct sinktab *t, const struct model_update *u, uint32_t expire);

/**
 * sinktab_at(t, i):
 * Return update number ${i}, from 0 to sinktab_n.
 */
struct sinktab_item *sinktab_at(struct sinktab *t, size_t i);

/**
 * sinktab_key(t, item):
 * Return the key of ${item}, and behind it the value; no final 0.
 */
const char *sinktab_key(
    const struct sinktab *t, const struct sinktab_item *item);

size_t sinktab_n(const struct sinktab *t);

/**
 * sinktab_octets(t):
 * Return the octets of text that are used.
 */
size_t sinktab_octets(const struct sinktab *t);

/**
 * sinktab_sum(t):
 * Return the sum of all counts.
 */
uint64_t sinktab_sum(const struct sinktab *t);

/**
 * sinktab_clear(t):
 * Forget all.
 */
void sinktab_clear(struct sinktab *t);

/**
 * sinktab_free(t):
 * Free ${t}; NULL is fine.
 */
void sinktab_free(struct sinktab *t);

#endif
