/* SPDX-License-Identifier: BSD-3-Clause */
/* The DNS agents that send datagrams, and which of these are missing. */
#include "collector/dnspeer.h"

#include <stdlib.h>
#include <string.h>

#define BUCKETS 1024 /* a power of two */

LIST_HEAD(dnspeer_bucket, dnspeer);
TAILQ_HEAD(dnspeer_age, dnspeer);

struct dnspeers {
	struct hash_key key;
	dnspeer_gone_fn *gone;
	void *arg;
	size_t n;
	uint32_t number;        /* of the newest */
	struct dnspeer_age age; /* the longest unheard first */
	struct dnspeer_bucket bucket[BUCKETS];
};

struct dnspeers *
dnspeer_table_new(const struct hash_key *key, dnspeer_gone_fn *gone, void *arg)
{
	struct dnspeers *ps = calloc(1, sizeof(*ps));

	if (ps == NULL)
		return NULL;
	ps->key = *key;
	ps->gone = gone;
	ps->arg = arg;
	TAILQ_INIT(&ps->age);
	return ps;
}

static void
forget(struct dnspeers *ps, struct dnspeer *p)
{
	ps->gone(ps->arg, p);
	TAILQ_REMOVE(&ps->age, p, age);
	LIST_REMOVE(p, bucket);
	ps->n--;
	free(p);
}

static struct dnspeer *
add(struct dnspeers *ps, struct dnspeer_bucket *b,
    const struct dnspeer_key *key)
{
	struct dnspeer *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	if (ps->n == DNSPEER_MAX)
		forget(ps, TAILQ_FIRST(&ps->age));
	p->key = *key;
	p->number = ++ps->number;
	LIST_INSERT_HEAD(b, p, bucket);
	TAILQ_INSERT_TAIL(&ps->age, p, age);
	ps->n++;
	return p;
}

struct dnspeer *
dnspeer_get(struct dnspeers *ps, const struct dnspeer_key *key, mono_t now)
{
	const uint64_t h = hash_bytes(&ps->key, key, sizeof(*key));
	struct dnspeer_bucket *b = &ps->bucket[h % BUCKETS];
	struct dnspeer *p;

	LIST_FOREACH(p, b, bucket)
		if (memcmp(&p->key, key, sizeof(*key)) == 0)
			break;
	if (p == NULL && (p = add(ps, b, key)) == NULL)
		return NULL;
	p->heard = now;
	TAILQ_REMOVE(&ps->age, p, age);
	TAILQ_INSERT_TAIL(&ps->age, p, age);
	return p;
}

/* Those before the first one are none of ours: never late. */
static void
restart(struct dnspeer *p, uint64_t id)
{
	p->last = id;
	p->seen = UINT64_MAX;
}

/* The number is higher than any before. */
static enum dnspeer_seq
ahead(struct dnspeer *p, uint64_t id, uint64_t *ret_missing)
{
	const uint64_t step = id - p->last;

	if (step > DNSPEER_GAP_MAX) {
		restart(p, id);
		return DNSPEER_ANEW;
	}
	p->seen = step < DNSPEER_WINDOW ? p->seen << step | 1 : 1;
	p->last = id;
	*ret_missing = step - 1;
	return step == 1 ? DNSPEER_NEXT : DNSPEER_GAP;
}

/* The number is not higher than the last one. */
static enum dnspeer_seq
behind(struct dnspeer *p, uint64_t id)
{
	const uint64_t back = p->last - id;
	const uint64_t bit = UINT64_C(1) << (back % DNSPEER_WINDOW);
	const bool again = (p->seen & bit) != 0;

	if (back >= DNSPEER_WINDOW) {
		restart(p, id);
		return DNSPEER_ANEW;
	}
	p->seen |= bit;
	return again ? DNSPEER_REPEAT : DNSPEER_LATE;
}

enum dnspeer_seq
dnspeer_seq(struct dnspeer *p, uint64_t id, uint64_t *ret_missing)
{
	*ret_missing = 0;
	if (p->seen == 0) {
		restart(p, id);
		return DNSPEER_FIRST;
	}
	return id > p->last ? ahead(p, id, ret_missing) : behind(p, id);
}

void
dnspeer_reap(struct dnspeers *ps, mono_t now)
{
	const int64_t idle = DNSPEER_IDLE_S * MONO_NS_PER_S;
	struct dnspeer *p;
	struct dnspeer *next;

	for (p = TAILQ_FIRST(&ps->age); p != NULL; p = next) {
		if (now.ns - p->heard.ns <= idle)
			return;
		next = TAILQ_NEXT(p, age);
		forget(ps, p);
	}
}

size_t
dnspeer_n(const struct dnspeers *ps)
{
	return ps->n;
}

void
dnspeer_table_free(struct dnspeers *ps)
{
	struct dnspeer *p;
	struct dnspeer *next;

	if (ps == NULL)
		return;
	for (p = TAILQ_FIRST(&ps->age); p != NULL; p = next) {
		next = TAILQ_NEXT(p, age);
		free(p);
	}
	free(ps);
}
