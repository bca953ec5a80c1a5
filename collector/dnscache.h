/* SPDX-License-Identifier: BSD-3-Clause */
/* Who looked up which names, and what addresses came back. */
#ifndef COLLECTOR_DNSCACHE_H_
#define COLLECTOR_DNSCACHE_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/dnschain.h"
#include "wire/hash.h"
#include "wire/mono.h"
#include "wire/obs.h"

/* What the cache knows about an address. */
enum dnscache_find {
	DNSCACHE_NOTHING,
	DNSCACHE_OWN,       /* one name, looked up by this client */
	DNSCACHE_AMBIGUOUS, /* several names at once, looked up by it */
	DNSCACHE_EXPIRED,   /* looked up by it, past TTL and grace */
	DNSCACHE_OTHER      /* only other clients looked it up */
};

struct dnscache_hit {
	struct dnschain *chain; /* borrowed: dnschain_hold to keep it */
	wall_t time;            /* of the latest lookup */
	int64_t past_ns;        /* EXPIRED: since the end of TTL plus grace */
	unsigned int names;     /* questions that led there and are in force */
};

struct dnscache_count {
	uint64_t lookups;   /* addresses put in */
	uint64_t forgotten; /* early, for want of room */
};

/* A lookup of this client is forgotten before its time. */
typedef void dnscache_forgot_fn(
    void *arg, uint8_t ipver, const uint8_t client[static 16]);

struct dnscache_conf {
	size_t max;          /* lookups remembered, of all clients */
	int64_t grace_ns;    /* an address is used for so long past its TTL */
	int64_t keep_ns;     /* remembered for so long past TTL plus grace */
	struct hash_key key; /* of this process */
	dnscache_forgot_fn *forgot;
	void *arg;
};

struct dnscache;

/**
 * dnscache_new(conf):
 * Return an empty cache (${conf} is copied).  A lookup is one address of one
 * answer to one client; it takes 88 octets and
 * its place in two tables; its chain of names takes 24 and their octets, once
 * for all lookups with the same chain.  Of one client and address, 64 chains
 * are remembered.  NULL with errno on failure.
 */
struct dnscache *dnscache_new(const struct dnscache_conf *conf);

/**
 * dnscache_put(c, time, d):
 * Remember the answer ${d} of ${time}: an answer without error to a known
 * client.  The same lookup made again is in force until the later
 * of the two ends.
 */
void dnscache_put(struct dnscache *c, wall_t time, const struct obs_dns *d);

/**
 * dnscache_find(c, now, ipver, client, addr, ret_hit):
 * Return what is known at ${now} about ${addr}, to which ${client} talks (both
 * of the version ${ipver}).  ${ret_hit} is untouched for DNSCACHE_NOTHING.
 */
enum dnscache_find dnscache_find(const struct dnscache *c, wall_t now,
    uint8_t ipver, const uint8_t *client, const uint8_t *addr,
    struct dnscache_hit *ret_hit);

/**
 * dnscache_size(c):
 * Return the number of lookups.
 */
size_t dnscache_size(const struct dnscache *c);

/**
 * dnscache_chains(c):
 * Return the set that the chains of names belong to; ${c} owns it.
 */
struct dnschain_set *dnscache_chains(const struct dnscache *c);

const struct dnscache_count *dnscache_count(const struct dnscache *c);

/**
 * dnscache_free(c):
 * Free ${c} and its set of chains; NULL is fine.
 */
void dnscache_free(struct dnscache *c);

#endif
