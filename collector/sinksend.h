/* SPDX-License-Identifier: BSD-3-Clause */
/* Updates to Redis: queued, sent, their answers judged, repeated if need be. */
#ifndef COLLECTOR_SINKSEND_H_
#define COLLECTOR_SINKSEND_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/model.h"
#include "wire/hash.h"

struct conf;
struct ev_loop;
struct sinksend;

/*
 * What became of updates; with those pending it is all that were added.  An
 * update that has all of these behind it, but whose expiry could not be set,
 * is pending with a count of 0.
 */
struct sinksend_count {
	uint64_t made;        /* Redis confirmed them */
	uint64_t dropped;     /* no room */
	uint64_t unconfirmed; /* the connection ended first */
	uint64_t refused;     /* Redis said no, for good */
	uint64_t appended;    /* of those made: names that were new to a list */
	uint64_t settled;     /* steps forward, of whatever kind */
};

/**
 * sinksend_new(conf, loop, key):
 * Begin to connect to the Redis server of ${conf} (borrowed).  ${key} is for
 * hashes.  NULL with errno on failure.
 */
struct sinksend *sinksend_new(
    const struct conf *conf, struct ev_loop *loop, const struct hash_key *key);

/**
 * sinksend_life(conf, u):
 * Return for how many seconds ${u} lives.
 */
uint32_t sinksend_life(const struct conf *conf, const struct model_update *u);

/**
 * sinksend_add(s, u):
 * Queue ${u} (copied).  Returns false when it was dropped, counted.
 *
 * A counter becomes INCRBY and EXPIRE.  A link becomes GET, APPEND when the
 * value is not in the list, and EXPIRE.  While the queue is short, a link that
 * may be new is waited for: all commands are sent in the order of the updates.
 * While it is long (SINKPEND_PLAIN), a few hundred lists are asked for
 * at once, and commands of different links mix; names still appear in a list
 * in the order of the updates, and once.
 */
bool sinksend_add(struct sinksend *s, const struct model_update *u);

/**
 * sinksend_pump(s):
 * Send as much as may be sent now.
 */
void sinksend_pump(struct sinksend *s);

/**
 * sinksend_commit(s):
 * From now on sinksend_had asks for what was queued until now.  Returns
 * sinksend_had.
 */
bool sinksend_commit(struct sinksend *s);

/**
 * sinksend_had(s):
 * Return whether all that was queued until sinksend_commit is finished.
 */
bool sinksend_had(struct sinksend *s);

/**
 * sinksend_left(s):
 * Return how many queued updates are not finished.
 */
size_t sinksend_left(const struct sinksend *s);

/**
 * sinksend_is_tight(s):
 * Return whether half of the queue is used.
 */
bool sinksend_is_tight(const struct sinksend *s);

/**
 * sinksend_pending(s):
 * Return the sum of the counts of all updates that are not finished.
 */
uint64_t sinksend_pending(const struct sinksend *s);

const struct sinksend_count *sinksend_count(const struct sinksend *s);

/**
 * sinksend_ups(s):
 * Return how often a connection was made.
 */
uint64_t sinksend_ups(const struct sinksend *s);

/**
 * sinksend_free(s):
 * Close and free; NULL is fine.
 */
void sinksend_free(struct sinksend *s);

#endif
