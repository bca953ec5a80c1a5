/* SPDX-License-Identifier: BSD-3-Clause */
/* Keys seen lately: a pool in the order of arrival under a chained hash. */
#include "collector/recent.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "wire/hash.h"
#include "wire/mono.h"

#define RECENT_NONE UINT32_MAX

struct recent_entry {
	uint8_t key[RECENT_KEY_MAX];
	uint64_t hash;
	uint32_t next; /* of the same chain */
	uint8_t len;
};

/*
 * Entries live in a ring: buckets are runs of it, the oldest first, so that
 * forgetting one means to step over it.
 */
struct recent {
	struct recent_entry *ring;
	uint32_t *chain;
	size_t max, n_chains;
	size_t head;                  /* oldest entry */
	size_t count[RECENT_BUCKETS]; /* entries of each, the oldest first */
	size_t used;                  /* their sum */
	size_t fresh;                 /* the last ones, not stored yet */
	unsigned int calls;           /* since the last look at the time */
	bool started;
	wall_t last; /* rotation */
	uint64_t forced;
	struct hash_key key;
};

struct recent *
recent_new(size_t max, const struct hash_key *key)
{
	struct recent *r;

	if (max == 0 || max >= RECENT_NONE) {
		errno = EINVAL;
		return NULL;
	}
	if ((r = calloc(1, sizeof(*r))) == NULL)
		return NULL;
	for (r->n_chains = 1; r->n_chains < max; r->n_chains *= 2)
		continue;
	r->max = max;
	r->key = *key;
	r->ring = calloc(max, sizeof(*r->ring));
	r->chain = malloc(r->n_chains * sizeof(*r->chain));
	if (r->ring == NULL || r->chain == NULL) {
		recent_free(r);
		return NULL;
	}
	memset(r->chain, 0xff, r->n_chains * sizeof(*r->chain));
	return r;
}

void
recent_start(struct recent *r, wall_t now)
{
	r->last = now;
	r->started = true;
}

static uint32_t *
recent_chain(struct recent *r, uint64_t hash)
{
	return &r->chain[hash & (r->n_chains - 1)];
}

static void
recent_unlink(struct recent *r, uint32_t at)
{
	uint32_t *link = recent_chain(r, r->ring[at].hash);

	while (*link != at)
		link = &r->ring[*link].next;
	*link = r->ring[at].next;
}

static void
recent_rotate(struct recent *r)
{
	for (size_t n = r->count[0]; n > 0; n--) {
		recent_unlink(r, (uint32_t)r->head);
		if (++r->head == r->max)
			r->head = 0;
	}
	r->used -= r->count[0];
	if (r->fresh > r->used)
		r->fresh = r->used;
	for (size_t i = 1; i < RECENT_BUCKETS; i++)
		r->count[i - 1] = r->count[i];
	r->count[RECENT_BUCKETS - 1] = 0;
}

static void
recent_clock(struct recent *r, wall_t now)
{
	if (!r->started)
		recent_start(r, now);
	if (++r->calls < RECENT_EVERY)
		return;
	r->calls = 0;
	if (now.ns >= r->last.ns + RECENT_CYCLE_S * MONO_NS_PER_S) {
		recent_rotate(r);
		r->last = now;
	} else if (now.ns < r->last.ns - RECENT_BACK_S * MONO_NS_PER_S) {
		r->last = now;
	}
}

static bool
recent_find(struct recent *r, const void *data, size_t len, uint64_t hash)
{
	const struct recent_entry *e;

	for (uint32_t at = *recent_chain(r, hash); at != RECENT_NONE;
	     at = e->next) {
		e = &r->ring[at];
		if (e->hash == hash && e->len == len &&
		    memcmp(e->key, data, len) == 0)
			return true;
	}
	return false;
}

static void
recent_add(struct recent *r, const void *data, size_t len, uint64_t hash)
{
	struct recent_entry *e;
	uint32_t *chain = recent_chain(r, hash);
	size_t at;

	if (r->used == r->max)
		r->forced++;
	while (r->used == r->max)
		recent_rotate(r);
	at = r->head + r->used;
	if (at >= r->max)
		at -= r->max;
	e = &r->ring[at];
	memcpy(e->key, data, len);
	e->len = (uint8_t)len;
	e->hash = hash;
	e->next = *chain;
	*chain = (uint32_t)at;
	r->count[RECENT_BUCKETS - 1]++;
	r->used++;
	r->fresh++;
}

bool
recent_seen(struct recent *r, const void *data, size_t len, wall_t now)
{
	const uint64_t hash = hash_bytes(&r->key, data, len);

	recent_clock(r, now);
	if (recent_find(r, data, len, hash))
		return true;
	recent_add(r, data, len, hash);
	return false;
}

void
recent_stored(struct recent *r)
{
	r->fresh = 0;
}

size_t
recent_new_keys(const struct recent *r, bool all)
{
	return all ? r->used : r->fresh;
}

void
recent_put_head(const struct recent *r, bool all, struct wr *w)
{
	wr_u8(w, r->started);
	wr_u64(w, (uint64_t)r->last.ns);
	wr_var(w, r->calls);
	wr_var(w, r->forced);
	for (size_t i = 0; i < RECENT_BUCKETS; i++)
		wr_var(w, r->count[i]);
	wr_var(w, recent_new_keys(r, all));
}

void
recent_put_key(const struct recent *r, size_t n, struct wr *w)
{
	const struct recent_entry *e =
	    &r->ring[(r->head + r->used - n) % r->max];

	wr_u8(w, e->len);
	wr_mem(w, e->key, e->len);
}

/* Forget the oldest keys until ${n} are left. */
static void
recent_shrink(struct recent *r, size_t n)
{
	memset(r->count, 0, sizeof(r->count));
	r->count[0] = r->used - n;
	recent_rotate(r);
	r->count[0] = n;
}

int
recent_get(struct recent *r, struct rd *head, struct rd *keys)
{
	const bool started = rd_u8(head) != 0;
	const wall_t last = { (int64_t)rd_u64(head) };
	const uint64_t calls = rd_var(head);
	const uint64_t forced = rd_var(head);
	size_t count[RECENT_BUCKETS];
	size_t used = 0;
	size_t fresh;

	for (size_t i = 0; i < RECENT_BUCKETS; i++) {
		count[i] = rd_var(head);
		if (count[i] > r->max - used)
			return -1;
		used += count[i];
	}
	fresh = rd_var(head);
	if (head->bad || fresh > used || used - fresh > r->used ||
	    calls >= RECENT_EVERY)
		return -1;
	recent_shrink(r, used - fresh);
	while (fresh-- > 0) {
		const size_t len = rd_u8(keys);
		const uint8_t *key = rd_take(keys, len);

		if (keys->bad || len > RECENT_KEY_MAX)
			return -1;
		recent_add(r, key, len, hash_bytes(&r->key, key, len));
	}
	memcpy(r->count, count, sizeof(r->count));
	r->started = started;
	r->last = last;
	r->calls = (unsigned int)calls;
	r->forced = forced;
	r->fresh = 0;
	return rd_left(keys) > 0 ? -1 : 0;
}

uint64_t
recent_forced(const struct recent *r)
{
	return r->forced;
}

void
recent_free(struct recent *r)
{
	if (r == NULL)
		return;
	free(r->ring);
	free(r->chain);
	free(r);
}
