/* SPDX-License-Identifier: BSD-3-Clause */
/* What a packet means for the keys in Redis: flows, resets, ICMP errors. */
#ifndef COLLECTOR_MODEL_H_
#define COLLECTOR_MODEL_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/hash.h"
#include "wire/obs.h"

#define MODEL_KEY_MAX    128 /* octets of one key */
#define MODEL_KEYS       4   /* keys of one packet, at most */

#define MODEL_UPDATE_MAX 2112 /* octets of key and value of an update */

struct flowmap;
struct model;
struct recent;

/* The name of a counter in Redis; no final 0. */
struct model_key {
	uint8_t len;
	char text[MODEL_KEY_MAX - 1];
};

/* One change in Redis; no final 0 anywhere. */
struct model_update {
	const char *key;
	const char *value; /* to be part of the list at .key */
	uint16_t key_len;
	uint16_t value_len; /* 0: there is no value, .key counts one more */
	uint32_t ttl; /* seconds that what it tells is valid; 0 not known */
};

struct model_conf {
	bool suppress_own; /* leave out packets between own networks */
	bool icmp6;        /* ICMPv6 type 1 counts like ICMP type 3 */
	size_t recent_max; /* events remembered */
};

/* What became of packets; the sum is what model_put was given. */
struct model_count {
	uint64_t events;  /* made keys, also those of which .silenced tells */
	uint64_t recent;  /* like one seen lately */
	uint64_t ignored; /* mean nothing here (protocol, SYN, own network) */
	/* events that made the client's key alone (flowmap_is_ignored) */
	uint64_t silenced;
};

/**
 * model_new(map, conf, key):
 * Return a model that asks ${map} (borrowed) about flows and remembers events
 * hashed with ${key}.  NULL with errno on failure.
 */
struct model *model_new(const struct flowmap *map,
    const struct model_conf *conf, const struct hash_key *key);

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
 * model_recent(m):
 * Return the memory of events, to be stored.
 */
struct recent *model_recent(struct model *m);

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
