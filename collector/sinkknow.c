/* SPDX-License-Identifier: BSD-3-Clause */
/* A ring of links in the order they were made, under a chained hash. */
#include "collector/sinkknow.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SINKKNOW_NONE UINT32_MAX

struct sinkknow {
	struct sinkknow_link *ring;
	uint32_t *chain;
	size_t max, n_chains;
	size_t used, next; /* .next is the oldest one when all are used */
};

struct sinkknow *
sinkknow_new(size_t max)
{
	struct sinkknow *k;

	if (max == 0 || max >= SINKKNOW_NONE) {
		errno = EINVAL;
		return NULL;
	}
	if ((k = calloc(1, sizeof(*k))) == NULL)
		return NULL;
	for (k->n_chains = 1; k->n_chains < max; k->n_chains *= 2)
		continue;
	k->max = max;
	k->ring = calloc(max, sizeof(*k->ring));
	k->chain = malloc(k->n_chains * sizeof(*k->chain));
	if (k->ring == NULL || k->chain == NULL) {
		sinkknow_free(k);
		return NULL;
	}
	sinkknow_forget(k);
	return k;
}

struct sinkknow_link *
sinkknow_find(const struct sinkknow *k, uint64_t hash)
{
	uint32_t at = k->chain[hash & (k->n_chains - 1)];

	while (at != SINKKNOW_NONE && k->ring[at].hash != hash)
		at = k->ring[at].next;
	return at == SINKKNOW_NONE ? NULL : &k->ring[at];
}

static void
sinkknow_unlink(struct sinkknow *k, uint32_t at)
{
	uint32_t *link = &k->chain[k->ring[at].hash & (k->n_chains - 1)];

	while (*link != at)
		link = &k->ring[*link].next;
	*link = k->ring[at].next;
}

struct sinkknow_link *
sinkknow_get(struct sinkknow *k, uint64_t hash)
{
	struct sinkknow_link *link = sinkknow_find(k, hash);
	uint32_t *chain = &k->chain[hash & (k->n_chains - 1)];
	const uint32_t at = (uint32_t)k->next;

	if (link != NULL)
		return link;
	if (k->used == k->max) {
		sinkknow_unlink(k, at);
	} else {
		k->used++;
	}
	if (++k->next == k->max)
		k->next = 0;
	link = &k->ring[at];
	*link = (struct sinkknow_link){ .hash = hash, .next = *chain };
	*chain = at;
	return link;
}

void
sinkknow_forget(struct sinkknow *k)
{
	k->used = k->next = 0;
	memset(k->chain, 0xff, k->n_chains * sizeof(*k->chain));
}

void
sinkknow_free(struct sinkknow *k)
{
	if (k == NULL)
		return;
	free(k->ring);
	free(k->chain);
	free(k);
}
