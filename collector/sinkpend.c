/* SPDX-License-Identifier: BSD-3-Clause */
/* Updates on their way to Redis: a ring, and a hash over its waiting part. */
#include "collector/sinkpend.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SINKPEND_NONE UINT32_MAX

/* ring:  head | in flight ... | waiting ... | free ... */
struct sinkpend {
	struct sinkpend_item *ring;
	uint32_t *chain;
	size_t max, n_chains;
	size_t head, flying, used;
	struct hash_key key;
};

struct sinkpend *
sinkpend_new(size_t max, const struct hash_key *key)
{
	struct sinkpend *p;

	if (max == 0 || max >= SINKPEND_NONE) {
		errno = EINVAL;
		return NULL;
	}
	if ((p = calloc(1, sizeof(*p))) == NULL)
		return NULL;
	for (p->n_chains = 1; p->n_chains < max; p->n_chains *= 2)
		continue;
	p->max = max;
	p->key = *key;
	p->ring = calloc(max, sizeof(*p->ring));
	p->chain = malloc(p->n_chains * sizeof(*p->chain));
	if (p->ring == NULL || p->chain == NULL) {
		sinkpend_free(p);
		return NULL;
	}
	memset(p->chain, 0xff, p->n_chains * sizeof(*p->chain));
	return p;
}

/* The place in the ring of the item number ${i} from the head. */
static size_t
sinkpend_at(const struct sinkpend *p, size_t i)
{
	const size_t at = p->head + i;

	return at >= p->max ? at - p->max : at;
}

static uint32_t *
sinkpend_chain(struct sinkpend *p, uint64_t hash)
{
	return &p->chain[hash & (p->n_chains - 1)];
}

static void
sinkpend_link(struct sinkpend *p, size_t at)
{
	uint32_t *chain = sinkpend_chain(p, p->ring[at].hash);

	p->ring[at].next = *chain;
	*chain = (uint32_t)at;
}

static void
sinkpend_unlink(struct sinkpend *p, size_t at)
{
	uint32_t *link = sinkpend_chain(p, p->ring[at].hash);

	while (*link != at)
		link = &p->ring[*link].next;
	*link = p->ring[at].next;
}

static struct sinkpend_item *
sinkpend_find(struct sinkpend *p, const struct model_key *k, uint64_t hash)
{
	struct sinkpend_item *item;

	for (uint32_t at = *sinkpend_chain(p, hash); at != SINKPEND_NONE;
	     at = item->next) {
		item = &p->ring[at];
		if (item->hash == hash && item->key.len == k->len &&
		    memcmp(item->key.text, k->text, k->len) == 0)
			return item;
	}
	return NULL;
}

bool
sinkpend_add(struct sinkpend *p, const struct model_key *k, uint64_t count)
{
	const uint64_t hash = hash_bytes(&p->key, k->text, k->len);
	struct sinkpend_item *item;
	size_t at;

	if (p->used == p->max || sinkpend_waiting(p) >= SINKPEND_PLAIN) {
		if ((item = sinkpend_find(p, k, hash)) != NULL) {
			item->count += count;
			return true;
		}
	}
	if (p->used == p->max)
		return false;
	at = sinkpend_at(p, p->used++);
	item = &p->ring[at];
	item->hash = hash;
	item->count = count;
	item->again = false;
	item->key.len = k->len;
	memcpy(item->key.text, k->text, k->len);
	sinkpend_link(p, at);
	return true;
}

const struct sinkpend_item *
sinkpend_take(struct sinkpend *p)
{
	size_t at;

	if (sinkpend_waiting(p) == 0)
		return NULL;
	at = sinkpend_at(p, p->flying++);
	sinkpend_unlink(p, at);
	return &p->ring[at];
}

struct sinkpend_item *
sinkpend_oldest(struct sinkpend *p)
{
	return p->flying == 0 ? NULL : &p->ring[p->head];
}

void
sinkpend_finish(struct sinkpend *p)
{
	const struct sinkpend_item item = p->ring[p->head];

	p->head = sinkpend_at(p, 1);
	p->flying--;
	p->used--;
	if (item.again)
		(void)sinkpend_add(p, &item.key, item.count);
}

uint64_t
sinkpend_cut(struct sinkpend *p)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < p->flying; i++) {
		struct sinkpend_item *item = &p->ring[sinkpend_at(p, i)];

		if (!item->again) {
			sum += item->count;
			item->count = 0;
		}
		item->again = false;
		sinkpend_link(p, sinkpend_at(p, i));
	}
	p->flying = 0;
	return sum;
}

size_t
sinkpend_waiting(const struct sinkpend *p)
{
	return p->used - p->flying;
}

size_t
sinkpend_in_flight(const struct sinkpend *p)
{
	return p->flying;
}

uint64_t
sinkpend_sum(const struct sinkpend *p)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < p->used; i++)
		sum += p->ring[sinkpend_at(p, i)].count;
	return sum;
}

void
sinkpend_free(struct sinkpend *p)
{
	if (p == NULL)
		return;
	free(p->ring);
	free(p->chain);
	free(p);
}
