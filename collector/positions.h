/* SPDX-License-Identifier: BSD-3-Clause */
/* A bounded table of places, one in each stream. */
#ifndef COLLECTOR_POSITIONS_H_
#define COLLECTOR_POSITIONS_H_

#include <stddef.h>
#include <stdint.h>

#include "collector/position.h"
#include "wire/hash.h"

struct positions;

/**
 * positions_new(max, key):
 * Return an empty table for ${max} streams, hashed with ${key} (copied); NULL
 * with errno on failure.
 */
struct positions *positions_new(size_t max, const struct hash_key *key);

/**
 * positions_find(t, id):
 * Return the place in the stream ${id}, NULL if that is unknown.
 */
const struct position *positions_find(
    const struct positions *t, const uint8_t id[static POSITION_ID]);

/**
 * positions_set(t, p):
 * Note ${p} (copied), the latest of all; the one that was set longest ago
 * makes room if need be.  Returns 0, or -1 with errno.
 */
int positions_set(struct positions *t, const struct position *p);

/**
 * positions_next(t, p):
 * Return the one set next after ${p}; the first one if that is NULL; NULL at
 * the end.
 */
const struct position *positions_next(
    const struct positions *t, const struct position *p);

size_t positions_n(const struct positions *t);

/**
 * positions_free(t):
 * Free ${t}; NULL is fine.
 */
void positions_free(struct positions *t);

#endif
