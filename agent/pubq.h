/* SPDX-License-Identifier: BSD-3-Clause */
/* What waits for one collector, and what it lost because it was slow. */
#ifndef AGENT_PUBQ_H_
#define AGENT_PUBQ_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/obuf.h"
#include "wire/obs.h"

/*
 * A message that does not fit makes the queue lose: from then on every record
 * is lost and counted, until less than half of the queue is used.  Then the
 * owner calls pubq_resume, tells what pubq_owed returns, and goes on.
 */
struct pubq {
	struct obuf buf;
	size_t limit;
	bool losing;
	uint64_t *total;                   /* shared counter of lost records */
	uint64_t lost;                     /* records lost, ever */
	uint64_t gap;                      /* packets lost and not yet told */
	uint64_t missed[OBS_LOSS_MAX + 1]; /* lost losses by reason, not told */
};

/**
 * pubq_init(q, limit, total):
 * Make ${q} an empty queue of at most ${limit} octets that counts the records
 * it loses in ${total}, too.
 */
void pubq_init(struct pubq *q, size_t limit, uint64_t *total);

/**
 * pubq_put(q, data, len):
 * Queue one message of records.  Returns false when it is lost: then call
 * pubq_lose_obs with what was in it.
 */
bool pubq_put(struct pubq *q, const void *data, size_t len);

/**
 * pubq_tell(q, data, len):
 * Queue a message that carries no record, also while the queue is losing.
 * Returns whether it fitted.
 */
bool pubq_tell(struct pubq *q, const void *data, size_t len);

/**
 * pubq_lose_obs(q, o):
 * Count ${o} as lost.  A loss is remembered, to be told later.
 */
void pubq_lose_obs(struct pubq *q, const struct obs *o);

/**
 * pubq_ready(q):
 * Return whether the queue was losing and has room again.
 */
bool pubq_ready(const struct pubq *q);

/**
 * pubq_resume(q):
 * Stop losing.
 */
void pubq_resume(struct pubq *q);

/**
 * pubq_owed(q, now, ret_o):
 * Take the next loss that the collector has to be told, as a record of the
 * time ${now}.  Returns false when there is none.
 */
bool pubq_owed(struct pubq *q, wall_t now, struct obs *ret_o);

/**
 * pubq_behind(q):
 * Return whether more than half of the queue is used.
 */
bool pubq_behind(const struct pubq *q);

void pubq_done(struct pubq *q);

#endif
