/* SPDX-License-Identifier: BSD-3-Clause */
/* Chains of names that many lookups and flows share. */
#include "collector/dnschain.h"

#include <stdlib.h>
#include <string.h>

#include "wire/dnsname.h"

enum { HEADS_MIN = 256 };

struct dnschain_set {
	struct hash_key key;
	struct dnschain **head; /* a power of two of lists */
	size_t n_heads, n;
};

struct dnschain_set *
dnschain_set_new(const struct hash_key *key)
{
	struct dnschain_set *set = calloc(1, sizeof(*set));

	if (set == NULL)
		return NULL;
	set->key = *key;
	set->n_heads = HEADS_MIN;
	set->head = calloc(HEADS_MIN, sizeof(struct dnschain *));
	if (set->head == NULL) {
		free(set);
		return NULL;
	}
	return set;
}

static struct dnschain **
list_of(const struct dnschain_set *set, uint32_t hash)
{
	return &set->head[hash & (set->n_heads - 1)];
}

/* Twice the lists, when there is memory for them. */
static void
widen(struct dnschain_set *set)
{
	const size_t n_old = set->n_heads;
	struct dnschain **old = set->head;
	struct dnschain **wide = calloc(n_old * 2, sizeof(struct dnschain *));
	struct dnschain *p;

	if (wide == NULL)
		return;
	set->head = wide;
	set->n_heads = n_old * 2;
	for (size_t i = 0; i < n_old; i++) {
		while ((p = old[i]) != NULL) {
			struct dnschain **to = list_of(set, p->hash);

			old[i] = p->next;
			p->next = *to;
			*to = p;
		}
	}
	free(old);
}

static size_t
names_len(const struct obs_dns *d)
{
	size_t len = 0;

	for (unsigned int i = 0; i < d->n_names; i++)
		len += dnsname_get(d->names + len, DNSNAME_MAX);
	return len;
}

static struct dnschain *
make(struct dnschain_set *set, const struct obs_dns *d, size_t len,
    uint32_t hash)
{
	struct dnschain *p = malloc(sizeof(*p) + len);
	struct dnschain **to;

	if (p == NULL)
		return NULL;
	if (set->n >= set->n_heads)
		widen(set);
	p->hash = hash;
	p->refs = 1;
	p->n = d->n_names;
	p->len = (uint16_t)len;
	memcpy(p->names, d->names, len);
	to = list_of(set, hash);
	p->next = *to;
	*to = p;
	set->n++;
	return p;
}

struct dnschain *
dnschain_take(struct dnschain_set *set, const struct obs_dns *d)
{
	const size_t len = names_len(d);
	const uint32_t hash = (uint32_t)hash_bytes(&set->key, d->names, len);

	for (struct dnschain *p = *list_of(set, hash); p != NULL; p = p->next) {
		if (p->hash == hash && p->len == len &&
		    memcmp(p->names, d->names, len) == 0)
			return dnschain_hold(p);
	}
	return make(set, d, len, hash);
}

struct dnschain *
dnschain_hold(struct dnschain *chain)
{
	if (chain != NULL)
		chain->refs++;
	return chain;
}

void
dnschain_drop(struct dnschain_set *set, struct dnschain *chain)
{
	struct dnschain **link;

	if (chain == NULL || --chain->refs > 0)
		return;
	link = list_of(set, chain->hash);
	while (*link != chain)
		link = &(*link)->next;
	*link = chain->next;
	set->n--;
	free(chain);
}

size_t
dnschain_count(const struct dnschain_set *set)
{
	return set->n;
}

void
dnschain_set_free(struct dnschain_set *set)
{
	struct dnschain *p;

	if (set == NULL)
		return;
	for (size_t i = 0; i < set->n_heads; i++) {
		while ((p = set->head[i]) != NULL) {
			set->head[i] = p->next;
			free(p);
		}
	}
	free(set->head);
	free(set);
}
