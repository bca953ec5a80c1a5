/* SPDX-License-Identifier: BSD-3-Clause */
/* One-way delays: extremes, mean, percentiles, jitter; they may be negative. */
#ifndef COLLECTOR_MGENDELAY_H_
#define COLLECTOR_MGENDELAY_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MGENDELAY_STEPS  1024 /* buckets of an octave: values are 1/2048 off */
#define MGENDELAY_BLOCKS 54   /* octaves of 63 bits; the first one is linear */

/* Exact, of any number of delays; in nanoseconds.  Begins as zeroes. */
struct mgendelay {
	uint64_t n, negative; /* all, and those below 0 */
	int64_t min, max;     /* when .n > 0 */
	__extension__ __int128 sum;
};

/* RFC 3550 section 6.4.1, as in A.8.  Begins as zeroes. */
struct mgendelay_jitter {
	bool any;
	int64_t last;    /* the delay before */
	uint64_t scaled; /* 16 times the jitter, in nanoseconds */
};

/* How many delays lie where.  Begins as zeroes. */
struct mgendelay_sketch {
	uint32_t *block[2][MGENDELAY_BLOCKS]; /* [1]: of negative ones */
	uint64_t n;
	uint64_t unplaced; /* there was no room for them */
};

/* The percentiles that lines have, in nanoseconds. */
struct mgendelay_ranks {
	bool placed; /* all delays were: the others mean something */
	int64_t p50, p95, p99;
};

void mgendelay_add(struct mgendelay *d, int64_t ns);

/**
 * mgendelay_join(d, other):
 * Add all of ${other} to ${d}.
 */
void mgendelay_join(struct mgendelay *d, const struct mgendelay *other);

/**
 * mgendelay_mean(d):
 * Return the mean, cut towards 0; 0 without any.
 */
int64_t mgendelay_mean(const struct mgendelay *d);

void mgendelay_vary(struct mgendelay_jitter *j, int64_t ns);

/**
 * mgendelay_jitter(j):
 * Return the jitter as it is now, in nanoseconds.
 */
int64_t mgendelay_jitter(const struct mgendelay_jitter *j);

/**
 * mgendelay_place(k, ns, room):
 * Count ${ns}.  Takes a block of 4 KiB for each octave that is new, as long as
 * ${room}, which is counted down, is not 0.
 */
void mgendelay_place(struct mgendelay_sketch *k, int64_t ns, size_t *room);

/**
 * mgendelay_percentile(k, percent, d):
 * Return the smallest delay which so many percent (1 to 100) do not exceed, at
 * most 1/2048 of it off, and between the extremes ${d}; exact below 1024 ns.
 * ${k} must not be empty.
 */
int64_t mgendelay_percentile(const struct mgendelay_sketch *k,
    unsigned int percent, const struct mgendelay *d);

/**
 * mgendelay_ranks_of(k, d):
 * Return the percentiles of ${k}, between the extremes ${d}: none when ${k} is
 * empty, or had no room for some delay.
 */
struct mgendelay_ranks mgendelay_ranks_of(
    const struct mgendelay_sketch *k, const struct mgendelay *d);

/**
 * mgendelay_clear(k, room):
 * Free what ${k} took, and give it back to ${room}.
 */
void mgendelay_clear(struct mgendelay_sketch *k, size_t *room);

#endif
