/* SPDX-License-Identifier: BSD-3-Clause */
/* Flows, each with the lookup that led to it, out of all agents' records. */
#ifndef COLLECTOR_CORRELATE_H_
#define COLLECTOR_CORRELATE_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "collector/flowcache.h"
#include "collector/modelnet.h"
#include "collector/sinksrc.h"
#include "wire/hash.h"
#include "wire/mono.h"
#include "wire/obs.h"

struct flowmap;

struct correlate_conf {
	const struct flowmap *map;      /* which end is the client; borrowed */
	const struct modelnet *covered; /* whose resolvers we all see */
	size_t n_covered;
	bool all_resolvers; /* see cover_new */
	int64_t window_ns;  /* records that come so late are put in order */
	size_t window_max;  /* records held back at most */
	int64_t skew_ns;  /* a packet may seem so much older than its lookup */
	int64_t lag_ns;   /* resolvers report answers within this time */
	int64_t grace_ns; /* an address is used for so long past its TTL */
	int64_t lookback_ns; /* how long before a flow lookups may have been */
	int64_t idle_ns, active_ns; /* timeouts of flows */
	size_t flows_max, names_max, clients_max;
	struct hash_key key;
	flowcache_fn *emit; /* gets each record of a flow */
	void *arg;
};

struct correlate;

/**
 * correlate_new(conf):
 * Return a correlator without flows (${conf} is copied), or NULL with errno.
 */
struct correlate *correlate_new(const struct correlate_conf *conf);

/**
 * correlate_put(c, src, first, o, n):
 * ${src} observed ${n} packets numbered from ${first}, or one observation of
 * another kind.  Times before 1970 count as 1970.
 */
void correlate_put(struct correlate *c, const struct sink_src *src,
    uint64_t first, const struct obs *o, size_t n);

/**
 * correlate_gone(c, src):
 * Until ${src} is heard again, what it observes is missed.
 */
void correlate_gone(struct correlate *c, const struct sink_src *src);

/**
 * correlate_clock(c, now):
 * It is ${now}: records that claim a much later time do not set the pace,
 * and flows end although no packets come.  For live input; with stored
 * input, records alone tell the time.
 */
void correlate_clock(struct correlate *c, wall_t now);

/**
 * correlate_flush(c):
 * The input ended: emit all flows.
 */
void correlate_flush(struct correlate *c);

/**
 * correlate_print(c, fp, prefix):
 * Print the totals as lines "PREFIX.NAME VALUE".
 */
void correlate_print(const struct correlate *c, FILE *fp, const char *prefix);

/**
 * correlate_free(c):
 * Free ${c} without emitting; NULL is fine.
 */
void correlate_free(struct correlate *c);

#endif
