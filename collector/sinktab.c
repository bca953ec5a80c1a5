/* SPDX-License-Identifier: BSD-3-Clause */
/* The updates of one batch: an array and its texts under a chained hash. */
#include "collector/sinktab.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SINKTAB_NONE UINT32_MAX

struct sinktab {
	struct sinktab_item *item;
	uint32_t *chain;
	char *text;
	size_t max, n_chains, n_text;
	size_t n, used; /* items, octets of text */
	uint64_t sum;
	struct hash_key key;
};

struct sinktab *
sinktab_new(size_t max, const struct hash_key *key)
{
	struct sinktab *t;

	if (max == 0 || max >= SINKTAB_NONE / SINKTAB_OCTETS) {
		errno = EINVAL;
		return NULL;
	}
	if ((t = calloc(1, sizeof(*t))) == NULL)
		return NULL;
	for (t->n_chains = 1; t->n_chains < max; t->n_chains *= 2)
		continue;
	t->max = max;
	t->n_text = max * SINKTAB_OCTETS;
	t->key = *key;
	t->item = malloc(max * sizeof(*t->item));
	t->text = malloc(t->n_text);
	t->chain = malloc(t->n_chains * sizeof(*t->chain));
	if (t->item == NULL || t->text == NULL || t->chain == NULL) {
		sinktab_free(t);
		return NULL;
	}
	memset(t->chain, 0xff, t->n_chains * sizeof(*t->chain));
	return t;
}

static uint64_t
sinktab_hash(const struct sinktab *t, const struct model_update *u)
{
	const uint64_t h = hash_bytes(&t->key, u->key, u->key_len);

	if (u->value_len == 0)
		return h;
	return hash_fold(h ^ t->key.k[1],
	    hash_bytes(&t->key, u->value, u->value_len) ^ t->key.k[0]);
}

static uint32_t *
sinktab_chain(struct sinktab *t, uint64_t hash)
{
	return &t->chain[hash & (t->n_chains - 1)];
}

static struct sinktab_item *
sinktab_find(struct sinktab *t, const struct model_update *u, uint64_t hash)
{
	struct sinktab_item *i;

	for (uint32_t at = *sinktab_chain(t, hash); at != SINKTAB_NONE;
	     at = i->next) {
		i = &t->item[at];
		if (i->hash == hash && i->key_len == u->key_len &&
		    i->value_len == u->value_len &&
		    memcmp(&t->text[i->text], u->key, u->key_len) == 0 &&
		    (u->value_len == 0 || memcmp(&t->text[i->text + u->key_len],
					      u->value, u->value_len) == 0))
			return i;
	}
	return NULL;
}

bool
sinktab_add(struct sinktab *t, const struct model_update *u, uint32_t expire)
{
	const uint64_t hash = sinktab_hash(t, u);
	const size_t len = (size_t)u->key_len + u->value_len;
	struct sinktab_item *i = sinktab_find(t, u, hash);
	uint32_t *chain = sinktab_chain(t, hash);

	if (i != NULL) {
		i->count++;
		if (i->expire < expire)
			i->expire = expire;
		t->sum++;
		return true;
	}
	if (t->n == t->max || t->n_text - t->used < len)
		return false;
	t->item[t->n] = (struct sinktab_item){ .hash = hash,
		.count = 1,
		.next = *chain,
		.text = (uint32_t)t->used,
		.expire = expire,
		.key_len = u->key_len,
		.value_len = u->value_len };
	*chain = (uint32_t)t->n++;
	memcpy(&t->text[t->used], u->key, u->key_len);
	if (u->value_len > 0)
		memcpy(&t->text[t->used + u->key_len], u->value, u->value_len);
	t->used += len;
	t->sum++;
	return true;
}

struct sinktab_item *
sinktab_at(struct sinktab *t, size_t i)
{
	return &t->item[i];
}

const char *
sinktab_key(const struct sinktab *t, const struct sinktab_item *item)
{
	return &t->text[item->text];
}

size_t
sinktab_n(const struct sinktab *t)
{
	return t->n;
}

size_t
sinktab_octets(const struct sinktab *t)
{
	return t->used;
}

uint64_t
sinktab_sum(const struct sinktab *t)
{
	return t->sum;
}

void
sinktab_clear(struct sinktab *t)
{
	for (size_t i = 0; i < t->n; i++)
		*sinktab_chain(t, t->item[i].hash) = SINKTAB_NONE;
	t->n = t->used = 0;
	t->sum = 0;
}

void
sinktab_free(struct sinktab *t)
{
	if (t == NULL)
		return;
	free(t->item);
	free(t->text);
	free(t->chain);
	free(t);
}
