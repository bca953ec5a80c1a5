/* SPDX-License-Identifier: BSD-3-Clause */
/* De-duplication: which questions were answered a moment ago. */
#include "agent/dnsdup.h"

#include <stdlib.h>
#include <string.h>

#include "wire/bytes.h"
#include "wire/dnsname.h"

#define HEADS 65536 /* chains of keys with the same low bits */

struct key {
	uint64_t hash;
	uint32_t next; /* index + 1 in the chain; 0 ends it */
};

struct dnsdup {
	enum dnsdup_mode mode;
	int64_t window_ns;
	struct hash_key secret;
	bool begun;
	int64_t since; /* when all was last forgotten */
	uint32_t n;
	uint32_t head[HEADS]; /* index + 1, 0 none */
	struct key key[DNSDUP_MAX];
};

struct dnsdup *
dnsdup_new(enum dnsdup_mode mode, int64_t window_ns, const struct hash_key *key)
{
	struct dnsdup *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return NULL;
	d->mode = mode;
	d->window_ns = window_ns;
	d->secret = *key;
	return d;
}

/* Empty the table by its keys: costs what filling it did. */
static void
forget(struct dnsdup *d)
{
	for (uint32_t i = 0; i < d->n; i++)
		d->head[d->key[i].hash % HEADS] = 0;
	d->n = 0;
}

static bool
is_over(const struct dnsdup *d, int64_t now)
{
	int64_t diff;

	if (__builtin_sub_overflow(now, d->since, &diff))
		return true;
	return diff > d->window_ns || diff < -d->window_ns;
}

/* Names and addresses of the answer; in which order they stand is chance. */
static uint64_t
hash_answer(const struct dnsdup *d, const struct obs_dns *o)
{
	uint64_t sum = o->n_addrs;
	size_t len = 0;

	for (unsigned int i = 0; i < o->n_names; i++)
		len += dnsname_get(o->names + len, DNSNAME_MAX);
	for (unsigned int i = 0; i < o->n_addrs; i++)
		sum += hash_bytes(&d->secret, o->addrs[i].addr, 16);
	return sum ^ hash_bytes(&d->secret, o->names, len);
}

static uint64_t
hash_of(const struct dnsdup *d, const struct obs_dns *o)
{
	const bool by_name = d->mode == DNSDUP_NAME;
	uint8_t buf[2 + 1 + 16 + DNSNAME_MAX] = { 0 };
	const size_t len = dnsname_get(o->names, DNSNAME_MAX);
	uint64_t hash;

	put_be16(buf, o->qtype);
	if (!by_name) {
		buf[2] = o->ipver;
		memcpy(buf + 3, o->client, 16);
	}
	memcpy(buf + 19, o->names, len);
	hash = hash_bytes(&d->secret, buf, 19 + len);
	return by_name ? hash : hash_fold(hash, hash_answer(d, o) | 1);
}

bool
dnsdup_seen(struct dnsdup *d, wall_t now, const struct obs_dns *o)
{
	uint32_t *head;
	uint64_t hash;

	if (d->mode == DNSDUP_OFF)
		return false;
	if (!d->begun || is_over(d, now.ns)) {
		forget(d);
		d->begun = true;
		d->since = now.ns;
	}
	hash = hash_of(d, o);
	head = &d->head[hash % HEADS];
	for (uint32_t i = *head; i > 0; i = d->key[i - 1].next) {
		if (d->key[i - 1].hash == hash)
			return true;
	}
	if (d->n < DNSDUP_MAX) {
		d->key[d->n++] = (struct key){ .hash = hash, .next = *head };
		*head = d->n;
	}
	return false;
}
