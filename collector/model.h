/* SPDX-License-Identifier: BSD-3-Clause */
/* What a packet means for the keys in Redis: flows, resets, ICMP errors. */
#ifndef COLLECTOR_MODEL_H_
#define COLLECTOR_MODEL_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/hash.h"
#include "wire/obs.h"

#define MODEL_KEY_MAX 128 /* octets of one key */
#define MODEL_KEYS    4   /* keys of one packet, at most */

struct flowmap;
struct model;

/* The name of a counter in Redis; no final 0. */
struct model_key {
	uint8_t len;
	char text[MODEL_KEY_MAX - 1];
};

/* What became of packets; the sum is what model_put was given. */
struct model_count {
	uint64_t events;  /* made keys */
	uint64_t recent;  /* like one seen lately */
	uint64_t ignored; /* mean nothing here (protocol, SYN, own network) */
};

/**
 * model_new(map, suppress_own, recent_max, key):
 * Return a model that asks ${map} (borrowed) about flows, leaves out packets
 * between own networks if ${suppress_own}, and remembers ${recent_max} events,
 * hashed with ${key}.  NULL with errno on failure.
 */
struct model *model_new(const struct flowmap *map, bool suppress_own,
    size_t recent_max, const struct hash_key *key);

/**
 * model_put(m, o, ret_key):
 * Classify ${o}.  Returns how many keys it adds 1 to, in the order in which
 * that is to be done, the client's first; 0 when it adds nothing.
 */
size_t model_put(struct model *m, const struct obs *o,
    struct model_key ret_key[static MODEL_KEYS]);

/**
 * model_count(m):
 * Return the counters.
 */
const struct model_count *model_count(const struct model *m);

/**
 * model_forced(m):
 * Return how often events were forgotten early because there were too many.
 */
uint64_t model_forced(const struct model *m);

/**
 * model_free(m):
 * Free ${m}; NULL is fine.
 */
void model_free(struct model *m);

#endif
