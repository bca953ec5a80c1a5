/* SPDX-License-Identifier: BSD-3-Clause */
/* What the collector measures of itself with --stats. */
#ifndef COLLECTOR_TIMING_H_
#define COLLECTOR_TIMING_H_

#include "base/meterlog.h"
#include "wire/obs.h"

/* The meters, in the order of their names. */
enum timing {
	TIMING_ANSWER_TO_REDIS, /* a DNS answer, until its keys are queued */
	TIMING_CONSUME,         /* all datagrams that wait, and what follows */
	TIMING_DATAGRAM,        /* one datagram, and what follows */
	TIMING_FLOW_TO_REDIS,   /* a packet, until its keys are queued */
	TIMING_NX_TO_REDIS,     /* the same as the first, of NXDOMAIN */
	TIMING_REDIS_BACKLOG,   /* a queued update, until Redis confirms it */
	TIMING_N
};

/**
 * timing_new(loop, seconds):
 * Return the meters, of which lines are logged every ${seconds}; NULL with
 * errno on failure.
 */
struct meterlog *timing_new(struct ev_loop *loop, long seconds);

/**
 * timing_put(l, o, n, since):
 * The ${n} observations ${o}, all of one kind, were given to Redis' output
 * between ${since} and now.
 */
void timing_put(
    struct meterlog *l, const struct obs *o, size_t n, mono_t since);

/* What waits for Redis.  Begins with 0. */
struct timing_backlog {
	size_t n;
	double since_ns; /* the mean of when they began to wait */
};

/**
 * timing_backlog(l, b, n):
 * Now ${n} updates wait.  Those that left are taken for as old as the mean.
 */
void timing_backlog(struct meterlog *l, struct timing_backlog *b, size_t n);

#endif
