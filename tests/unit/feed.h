/* SPDX-License-Identifier: BSD-3-Clause */
/* For tests of what collectors are sent: an agent's run, and collectors. */
#ifndef TESTS_UNIT_FEED_H_
#define TESTS_UNIT_FEED_H_

#include "agent/pubfeed.h"

/* One run of an agent, as far as its collectors are concerned. */
struct run {
	struct ident id;
	struct pubfeed_env env;
	uint64_t unencodable;
	uint32_t rnd;
};

/* A collector and what came to it. */
struct client {
	struct pubfeed f;
	struct hello h; /* of the agent */
	uint64_t next;  /* number of the next packet */
	uint64_t next_dns;
	uint64_t at; /* of the next PKT; UINT64_MAX: KEY must come */
	uint64_t pkts, dns, again, lost, nameless;
};

/**
 * feed_begin(r, path, size) / feed_end(r):
 * Begin a run that keeps its stream in ${path}, in ${size} octets, or with NULL
 * in memory; end it well.
 */
void feed_begin(struct run *r, const char *path, size_t size);
void feed_end(struct run *r);

/**
 * feed_put(r, n) / feed_put_dns(r, n):
 * Let the agent see ${n} packets, DNS observations.
 */
void feed_put(struct run *r, unsigned int n);
void feed_put_dns(struct run *r, unsigned int n);

/**
 * feed_offer(caps) / feed_offer_of(c, caps):
 * Return the HELLO of a new collector; of ${c}, which goes on where it got.
 */
struct hello feed_offer(unsigned int caps);
struct hello feed_offer_of(const struct client *c, unsigned int caps);

/**
 * feed_come(r, c, what, who):
 * Let ${c} be the collector ${who} (borrowed) that connects and says ${what}.
 */
void feed_come(
    struct run *r, struct client *c, const struct hello *what, const char *who);

/**
 * feed_read_some(c, some) / feed_read_all(c):
 * Read all that there is, or up to ${some} octets.
 */
void feed_read_some(struct client *c, size_t some);
void feed_read_all(struct client *c);

/**
 * feed_ack(c):
 * It has stored all that it read.
 */
void feed_ack(struct client *c);

/**
 * feed_go(c, who):
 * Its connection ends; with ${who} NULL, for good.
 */
void feed_go(struct client *c, const char *who);

#endif
