/* SPDX-License-Identifier: BSD-3-Clause */
/* Updates on their way to Redis: a ring, and a hash over its waiting part. */
#include "collector/sinkpend.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SINKPEND_NONE UINT32_MAX

/*
 * ring:  head | in flight ... | waiting ... | free ...
 * Their texts lie in the same order in another ring, each in one piece: from
 * that of the head to .tail.
 */
struct sinkpend {
	struct sinkpend_item *ring;
	uint32_t *chain;
	char *text;
	size_t max, n_chains, n_text;
	size_t head, flying, used;
	uint64_t finished, repeated; /* updates, ever */
	size_t tail; /* where the next text begins, unless it must wrap */
	struct hash_key key;
};

struct sinkpend *
sinkpend_new(size_t max, const struct hash_key *key)
{
	struct sinkpend *p;

	if (max == 0 || max >= SINKPEND_NONE / SINKPEND_OCTETS) {
		errno = EINVAL;
		return NULL;
	}
	if ((p = calloc(1, sizeof(*p))) == NULL)
		return NULL;
	for (p->n_chains = 1; p->n_chains < max; p->n_chains *= 2)
		continue;
	p->max = max;
	p->n_text = max * SINKPEND_OCTETS;
	p->key = *key;
	p->ring = calloc(max, sizeof(*p->ring));
	p->text = malloc(p->n_text);
	p->chain = malloc(p->n_chains * sizeof(*p->chain));
	if (p->ring == NULL || p->text == NULL || p->chain == NULL) {
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

const char *
sinkpend_key(const struct sinkpend *p, const struct sinkpend_item *item)
{
	return &p->text[item->text];
}

static uint64_t
sinkpend_hash(const struct sinkpend *p, const struct model_update *u)
{
	const uint64_t h = hash_bytes(&p->key, u->key, u->key_len);

	if (u->value_len == 0)
		return h;
	return hash_fold(h ^ p->key.k[1],
	    hash_bytes(&p->key, u->value, u->value_len) ^ p->key.k[0]);
}

static bool
sinkpend_equals(const struct sinkpend *p, const struct sinkpend_item *item,
    const struct model_update *u)
{
	const char *key = sinkpend_key(p, item);

	return item->key_len == u->key_len && item->value_len == u->value_len &&
	       memcmp(key, u->key, u->key_len) == 0 &&
	       (u->value_len == 0 ||
		   memcmp(&key[u->key_len], u->value, u->value_len) == 0);
}

static struct sinkpend_item *
sinkpend_find(struct sinkpend *p, const struct model_update *u, uint64_t hash)
{
	struct sinkpend_item *item;

	for (uint32_t at = *sinkpend_chain(p, hash); at != SINKPEND_NONE;
	     at = item->next) {
		item = &p->ring[at];
		if (item->hash == hash && sinkpend_equals(p, item, u))
			return item;
	}
	return NULL;
}

/*
 * Find room for ${len} octets of text in one piece; never all of it, so that
 * .tail is at the head's text only when there is none.
 */
static bool
sinkpend_room(struct sinkpend *p, size_t len, size_t *ret_at)
{
	const size_t head = p->ring[p->head].text;

	if (p->used == p->max)
		return false;
	if (p->used == 0)
		p->tail = 0;
	if (p->used == 0 || p->tail > head) {
		*ret_at = len <= p->n_text - p->tail ? p->tail : 0;
		return *ret_at == p->tail || len < head;
	}
	*ret_at = p->tail;
	return len < head - p->tail;
}

static void
sinkpend_push(struct sinkpend *p, const struct sinkpend_item *item, size_t text,
    const struct model_update *u)
{
	const size_t at = sinkpend_at(p, p->used++);

	p->ring[at] = *item;
	p->ring[at].text = (uint32_t)text;
	memcpy(&p->text[text], u->key, u->key_len);
	if (u->value_len > 0)
		memcpy(&p->text[text + u->key_len], u->value, u->value_len);
	p->tail = text + u->key_len + u->value_len;
	sinkpend_link(p, at);
}

bool
sinkpend_add(struct sinkpend *p, const struct model_update *u, uint64_t count,
    uint32_t expire)
{
	const struct sinkpend_item fresh = { .hash = sinkpend_hash(p, u),
		.count = count,
		.expire = expire,
		.key_len = u->key_len,
		.value_len = u->value_len };
	struct sinkpend_item *item = NULL;
	size_t text = 0;
	const bool room =
	    sinkpend_room(p, (size_t)u->key_len + u->value_len, &text);

	if (!room || sinkpend_waiting(p) >= SINKPEND_PLAIN)
		item = sinkpend_find(p, u, fresh.hash);
	if (item != NULL) {
		item->count += count;
		if (item->expire < expire)
			item->expire = expire;
		return true;
	}
	if (room)
		sinkpend_push(p, &fresh, text, u);
	return room;
}

/* Forget the head, which is done.  Returns what was lost with it. */
static uint64_t
sinkpend_pop(struct sinkpend *p)
{
	const struct sinkpend_item item = p->ring[p->head];
	char text[MODEL_UPDATE_MAX];
	const struct model_update u = { .key = text,
		.value = &text[item.key_len],
		.key_len = item.key_len,
		.value_len = item.value_len };

	if (item.again) {
		memcpy(text, sinkpend_key(p, &item),
		    (size_t)item.key_len + item.value_len);
	}
	p->head = sinkpend_at(p, 1);
	p->flying--;
	p->used--;
	p->finished++;
	if (!item.again)
		return 0;
	p->repeated++;
	if (sinkpend_add(p, &u, item.count, item.expire))
		return 0;
	return item.count;
}

uint64_t
sinkpend_finish(struct sinkpend *p, struct sinkpend_item *item)
{
	uint64_t lost = 0;

	item->done = true;
	while (p->flying > 0 && p->ring[p->head].done)
		lost += sinkpend_pop(p);
	return lost;
}

struct sinkpend_item *
sinkpend_take(struct sinkpend *p)
{
	while (sinkpend_waiting(p) > 0) {
		const size_t at = sinkpend_at(p, p->flying++);
		struct sinkpend_item *item = &p->ring[at];

		if (!item->done) {
			sinkpend_unlink(p, at);
			return item;
		}
		(void)sinkpend_finish(p, item); /* from before a cut */
	}
	return NULL;
}

uint64_t
sinkpend_cut(struct sinkpend *p)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < p->flying; i++) {
		struct sinkpend_item *item = &p->ring[sinkpend_at(p, i)];

		if (item->done && !item->again)
			continue;
		if (!item->again && item->value_len == 0) {
			sum += item->count;
			item->count = 0;
		}
		item->again = item->done = false;
		sinkpend_link(p, sinkpend_at(p, i));
	}
	p->flying = 0;
	return sum;
}

struct sinkpend_turn
sinkpend_turn(const struct sinkpend *p)
{
	return (struct sinkpend_turn){ p->finished + p->used, p->repeated };
}

uint64_t
sinkpend_finished(const struct sinkpend *p)
{
	return p->finished;
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

bool
sinkpend_is_tight(const struct sinkpend *p)
{
	const size_t head = p->ring[p->head].text;
	size_t octets = p->tail - head;

	if (p->used == 0)
		return false;
	if (p->tail <= head)
		octets += p->n_text;
	return p->used > p->max / 2 || octets > p->n_text / 2;
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
	free(p->text);
	free(p->chain);
	free(p);
}
