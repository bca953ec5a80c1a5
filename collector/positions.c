/* SPDX-License-Identifier: BSD-3-Clause */
/* A bounded table of places, one in each stream. */
#include "collector/positions.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

struct entry {
	struct position pos; /* first: positions_next goes back from it */
	LIST_ENTRY(entry) bucket;
	TAILQ_ENTRY(entry) age;
};

LIST_HEAD(bucket, entry);
TAILQ_HEAD(ages, entry);

struct positions {
	struct hash_key key;
	size_t max, n, n_buckets;
	struct ages ages; /* the first was set longest ago */
	struct bucket *bucket;
};

struct positions *
positions_new(size_t max, const struct hash_key *key)
{
	struct positions *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->key = *key;
	t->max = max;
	for (t->n_buckets = 1; t->n_buckets < max; t->n_buckets *= 2)
		continue;
	TAILQ_INIT(&t->ages);
	t->bucket = calloc(t->n_buckets, sizeof(*t->bucket));
	if (t->bucket == NULL) {
		free(t);
		return NULL;
	}
	return t;
}

static struct bucket *
bucket_of(const struct positions *t, const uint8_t *id)
{
	return &t->bucket[hash_bytes(&t->key, id, POSITION_ID) &
			  (t->n_buckets - 1)];
}

static struct entry *
find(const struct positions *t, const uint8_t *id)
{
	struct entry *e;

	LIST_FOREACH(e, bucket_of(t, id), bucket)
		if (memcmp(e->pos.id, id, POSITION_ID) == 0)
			return e;
	return NULL;
}

const struct position *
positions_find(const struct positions *t, const uint8_t id[static POSITION_ID])
{
	const struct entry *e = find(t, id);

	return e == NULL ? NULL : &e->pos;
}

static void
take_out(struct positions *t, struct entry *e)
{
	LIST_REMOVE(e, bucket);
	TAILQ_REMOVE(&t->ages, e, age);
	t->n--;
}

int
positions_set(struct positions *t, const struct position *p)
{
	struct entry *e = find(t, p->id);

	if (e == NULL && t->n == t->max)
		e = TAILQ_FIRST(&t->ages);
	if (e != NULL) {
		take_out(t, e);
	} else if ((e = malloc(sizeof(*e))) == NULL) {
		return -1;
	}
	e->pos = *p;
	LIST_INSERT_HEAD(bucket_of(t, p->id), e, bucket);
	TAILQ_INSERT_TAIL(&t->ages, e, age);
	t->n++;
	return 0;
}

const struct position *
positions_next(const struct positions *t, const struct position *p)
{
	const struct entry *e = p == NULL
				    ? TAILQ_FIRST(&t->ages)
				    : TAILQ_NEXT((const struct entry *)p, age);

	return e == NULL ? NULL : &e->pos;
}

size_t
positions_n(const struct positions *t)
{
	return t->n;
}

void
positions_free(struct positions *t)
{
	struct entry *e;
	struct entry *next;

	if (t == NULL)
		return;
	for (e = TAILQ_FIRST(&t->ages); e != NULL; e = next) {
		next = TAILQ_NEXT(e, age);
		free(e);
	}
	free(t->bucket);
	free(t);
}
