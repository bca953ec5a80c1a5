/* SPDX-License-Identifier: BSD-3-Clause */
/* Strings of a DNS block by number: what the encoder has sent already. */
#include "wire/dnstab.h"

#include <stdlib.h>
#include <string.h>

#include "wire/hash.h"

struct entry {
	uint32_t at;
	uint16_t tag;
	uint16_t hash;
};

struct dnstab {
	unsigned int n, max;
	uint32_t mask;
	struct hash_key key;
	struct entry *entry;
	uint16_t *slot; /* number + 1, 0 is free */
};

struct dnstab *
dnstab_new(unsigned int max)
{
	struct dnstab *t = calloc(1, sizeof(*t));
	size_t slots = 2;

	if (t == NULL)
		return NULL;
	while (slots < 2 * (size_t)max)
		slots *= 2;
	t->max = max;
	t->mask = (uint32_t)(slots - 1);
	t->entry = malloc(max * sizeof(*t->entry));
	t->slot = calloc(slots, sizeof(*t->slot));
	hash_key_draw(&t->key);
	if (t->entry == NULL || t->slot == NULL) {
		dnstab_free(t);
		return NULL;
	}
	return t;
}

void
dnstab_clear(struct dnstab *t)
{
	if (t->n > 0)
		memset(t->slot, 0, (t->mask + (size_t)1) * sizeof(*t->slot));
	t->n = 0;
}

static uint32_t
hash(const struct dnstab *t, unsigned int tag, const uint8_t *string)
{
	const uint64_t h = hash_bytes(&t->key, string, string[0] + 1u);

	return (uint32_t)hash_fold(h ^ tag, t->key.k[1] | 1);
}

unsigned int
dnstab_find(const struct dnstab *t, const uint8_t *text, unsigned int tag,
    const uint8_t *string)
{
	const uint32_t h = hash(t, tag, string);

	for (uint32_t i = h & t->mask; t->slot[i] != 0; i = (i + 1) & t->mask) {
		const struct entry *e = &t->entry[t->slot[i] - 1];

		if (e->hash == (uint16_t)(h >> 16) && e->tag == tag &&
		    text[e->at] == string[0] &&
		    memcmp(&text[e->at], string, string[0] + 1u) == 0)
			return t->slot[i] - 1u;
	}
	return DNSTAB_NONE;
}

unsigned int
dnstab_add(struct dnstab *t, size_t at, unsigned int tag, const uint8_t *string)
{
	const uint32_t h = hash(t, tag, string);
	uint32_t i = h & t->mask;

	if (t->n == t->max)
		return DNSTAB_NONE;
	while (t->slot[i] != 0)
		i = (i + 1) & t->mask;
	t->entry[t->n] = (struct entry){ .at = (uint32_t)at,
		.tag = (uint16_t)tag,
		.hash = (uint16_t)(h >> 16) };
	t->slot[i] = (uint16_t)++t->n;
	return t->n - 1;
}

void
dnstab_free(struct dnstab *t)
{
	if (t == NULL)
		return;
	free(t->entry);
	free(t->slot);
	free(t);
}
