/* SPDX-License-Identifier: BSD-3-Clause */
/* What became of the messages of MGEN flows, at every place that saw them. */
#ifndef COLLECTOR_MGENSTAT_H_
#define COLLECTOR_MGENSTAT_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "collector/mgenhop.h"
#include "collector/mgentab.h"
#include "collector/sinksrc.h"
#include "wire/hash.h"
#include "wire/mono.h"
#include "wire/obs.h"

enum mgenstat_kind {
	MGENSTAT_SECOND,     /* of a place */
	MGENSTAT_TOTAL,      /* of a place */
	MGENSTAT_HOP_SECOND, /* to a place from the one before: sent in it */
	MGENSTAT_HOP,        /* the same, of all */
	MGENSTAT_RECEIVER,   /* of a node */
};

/* A line about one place: an interface of an agent, in one role. */
struct mgenstat_line {
	enum mgenstat_kind kind;
	const struct mgentab_key *key;
	const struct mgentab_place *at; /* hops: NULL, nothing more is known */
	const struct mgentab_count *count; /* hops: only times mean something */
	int64_t second;                    /* SECOND, HOP_SECOND: since 1970 */
	int64_t jitter_ns;
	/* all below not of SECOND */
	uint64_t sent;   /* as far as any place knows */
	bool sender;     /* one of them was the sender's */
	uint64_t before; /* of those lost: before the first one that came */
	struct mgendelay_ranks ranks; /* of .count->delay */
	unsigned int ifaces;          /* RECEIVER: so many of the node */
	const struct mgenhop *hop;    /* HOP, HOP_SECOND */
};

/* Valid during the call. */
typedef void mgenstat_fn(void *arg, const struct mgenstat_line *line);

struct mgenstat_conf {
	struct mgentab_room room;
	struct hash_key key; /* for the tables */
	mgenstat_fn *emit;
	void *arg;
};

struct mgenstat;

/**
 * mgenstat_new(conf):
 * Return statistics without flows (${conf} is copied), or NULL with errno.
 * When a place is new and there are ${conf}->room.points, the flow that was silent
 * longest ends: its totals are emitted.
 */
struct mgenstat *mgenstat_new(const struct mgenstat_conf *conf);

/**
 * mgenstat_put(ms, src, o, n):
 * ${src} observed ${n} things, in this order.  Seconds of ${src} that are over
 * are emitted: a second later at a place that goes on, two at one that is
 * silent, by the times of records of ${src} alone.  Hops of messages sent in a
 * second are emitted four seconds after it, by the times of MGEN's records.
 * ${src} must outlive ${ms}.
 */
void mgenstat_put(struct mgenstat *ms, const struct sink_src *src,
    const struct obs *o, size_t n);

/**
 * mgenstat_clock(ms, now):
 * It is ${now}: emit seconds that ended three seconds before, hops four.  For
 * live input, every second.
 */
void mgenstat_clock(struct mgenstat *ms, wall_t now);

/**
 * mgenstat_flush(ms):
 * The input ended: emit what is left, then totals, and forget all flows.
 */
void mgenstat_flush(struct mgenstat *ms);

/**
 * mgenstat_print(ms, fp, prefix):
 * Print counters as lines "PREFIX.NAME VALUE".
 */
void mgenstat_print(const struct mgenstat *ms, FILE *fp, const char *prefix);

/**
 * mgenstat_free(ms):
 * Free ${ms} without emitting; NULL is fine.
 */
void mgenstat_free(struct mgenstat *ms);

#endif
