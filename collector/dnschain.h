/* SPDX-License-Identifier: BSD-3-Clause */
/* Chains of names that many lookups and flows share. */
#ifndef COLLECTOR_DNSCHAIN_H_
#define COLLECTOR_DNSCHAIN_H_

#include <stddef.h>
#include <stdint.h>

#include "wire/hash.h"
#include "wire/obs.h"

/* The question, then CNAME targets, back to back as in obs_dns. */
struct dnschain {
	struct dnschain *next; /* private, as .hash and .refs */
	uint32_t hash;
	uint32_t refs;
	uint16_t n; /* names */
	uint16_t len;
	uint8_t names[];
};

struct dnschain_set;

/**
 * dnschain_set_new(key):
 * Return an empty set, hashed with ${key}; NULL with errno on failure.
 */
struct dnschain_set *dnschain_set_new(const struct hash_key *key);

/**
 * dnschain_take(set, d):
 * Return the chain of the answer ${d}, held once more; NULL with errno when
 * there is no memory for a new one.
 */
struct dnschain *dnschain_take(
    struct dnschain_set *set, const struct obs_dns *d);

/**
 * dnschain_hold(chain) / dnschain_drop(set, chain):
 * Keep ${chain}; and let it go, for the last time freeing it.  NULL is fine.
 */
struct dnschain *dnschain_hold(struct dnschain *chain);
void dnschain_drop(struct dnschain_set *set, struct dnschain *chain);

/**
 * dnschain_count(set):
 * Return the number of chains.
 */
size_t dnschain_count(const struct dnschain_set *set);

/**
 * dnschain_set_free(set):
 * Free ${set} and its chains, held or not; NULL is fine.
 */
void dnschain_set_free(struct dnschain_set *set);

#endif
