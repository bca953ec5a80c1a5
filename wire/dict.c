/* SPDX-License-Identifier: BSD-3-Clause */
/* What both ends of a packet stream remember between records. */
#include "wire/dict.h"

#include <stdlib.h>
#include <string.h>

#include "wire/bytes.h"

#define DICT_SCORE_MAX 8

struct dict *
dict_new(unsigned int log2)
{
	const size_t n = (size_t)1 << log2;
	struct dict *d = calloc(1, sizeof(*d) + n * sizeof(d->slot[0]));

	if (d != NULL)
		d->n_slots = (uint32_t)n;
	return d;
}

void
dict_reset(struct dict *d, int64_t base)
{
	/* Most streams have fewer flows than slots: clear what was used. */
	memset(d->slot, 0, d->touched * sizeof(d->slot[0]));
	memset(d->guess, 0, sizeof(d->guess));
	d->touched = 0;
	d->fifo = 0;
	d->n_ranks = 0;
	d->n_addrs = 1;
	d->addr_fifo = 1;
	d->last = base;
}

/* Flows of one protocol and service port are alike; the lower port is it. */
static uint8_t
class_of(const struct obs_pkt *key)
{
	const uint32_t port = key->sport < key->dport ? key->sport : key->dport;
	const uint32_t mix = (port * 2654435761u) >> 20;

	return (
	    uint8_t)((mix ^ key->proto * 7u ^ key->icmp_type) % DICT_CLASSES);
}

static void
to_front(struct dict *d, unsigned int rank, uint16_t slot)
{
	memmove(&d->rank[1], &d->rank[0], rank * sizeof(d->rank[0]));
	d->rank[0] = slot;
}

/* Give ${s}, which has no rank, rank 0; the last one may lose its rank. */
static void
push(struct dict *d, struct dict_slot *s)
{
	if (d->n_ranks == DICT_RANKS) {
		d->slot[d->rank[DICT_RANKS - 1]].ranked = false;
	} else {
		d->n_ranks++;
	}
	to_front(d, d->n_ranks - 1, (uint16_t)(s - d->slot));
	s->ranked = true;
}

static void
unrank(struct dict *d, const struct dict_slot *s)
{
	const unsigned int at = dict_rank(d, s);

	d->n_ranks--;
	memmove(&d->rank[at], &d->rank[at + 1],
	    (d->n_ranks - at) * sizeof(d->rank[0]));
}

struct dict_slot *
dict_add(struct dict *d, const struct obs_pkt *key, uint8_t has)
{
	struct dict_slot *s = &d->slot[d->fifo];

	if (s->ranked)
		unrank(d, s);
	if (d->touched <= d->fifo)
		d->touched = d->fifo + 1;
	d->fifo = (d->fifo + 1) & (d->n_slots - 1);
	memset(s, 0, sizeof(*s));
	memcpy(s->key, key, DICT_KEY_LEN);
	s->has = has;
	s->class = class_of(key);
	s->used = true;
	push(d, s);
	return s;
}

unsigned int
dict_rank(const struct dict *d, const struct dict_slot *s)
{
	const uint16_t slot = (uint16_t)(s - d->slot);
	unsigned int i = 0;

	if (!s->ranked)
		return DICT_RANKS;
	while (d->rank[i] != slot)
		i++;
	return i;
}

void
dict_use(struct dict *d, struct dict_slot *s, unsigned int rank)
{
	if (rank == DICT_RANKS) {
		push(d, s);
	} else if (rank > 0) {
		to_front(d, rank, (uint16_t)(s - d->slot));
	}
}

unsigned int
dict_addr_add(struct dict *d, const uint8_t addr[static 16])
{
	const unsigned int i = d->addr_fifo;

	memcpy(d->addr[i], addr, 16);
	if (d->n_addrs < DICT_ADDRS)
		d->n_addrs++;
	d->addr_fifo = i == DICT_ADDRS - 1 ? 1 : i + 1;
	return i;
}

static void
remember(uint32_t recent[static DICT_RECENT], unsigned int i, uint32_t shape)
{
	if (i == DICT_RECENT)
		i = DICT_RECENT - 1;
	for (; i > 0; i--)
		recent[i] = recent[i - 1];
	recent[0] = shape;
}

void
dict_shape(struct dict_dir *dd, unsigned int i, uint32_t shape)
{
	if ((shape >> DICT_MARKS_SHIFT & DICT_MARK_LONG) == 0)
		remember(dd->recent, i, shape);
}

/* The number of significant bits of ${v}: what a value costs, roughly. */
static int
width(uint64_t v)
{
	return v == 0 ? 0 : 64 - __builtin_clzll(v);
}

/* ${delta}, mod 2^64, with its top bit set is backward: that has no width. */
static void
keep_score(struct dict_dir *dd, int64_t tick, uint64_t delta)
{
	const uint32_t due = dd->last + dd->interval;
	const int by_interval = width(zigzag((int32_t)((uint32_t)tick - due)));
	const int by_delta = width(delta);

	if (by_interval < by_delta && dd->score < DICT_SCORE_MAX) {
		dd->score++;
	} else if (by_interval > by_delta && dd->score > -DICT_SCORE_MAX) {
		dd->score--;
	}
}

static void
learn(struct dict_guess *g, const struct dict_dir *dd)
{
	unsigned int i = 0;

	while (i < DICT_RECENT && g->recent[i] != dd->recent[0])
		i++;
	remember(g->recent, i, dd->recent[0]);
	g->ttl = dd->ttl;
	g->tos = dd->tos;
}

void
dict_finish(struct dict *d, struct dict_slot *s, unsigned int dir, int64_t tick)
{
	struct dict_dir *dd = &s->dir[dir];

	if (!dd->seen) {
		learn(&d->guess[s->class][dir], dd);
		dd->seen = true;
	} else {
		if (dd->interval != 0) {
			keep_score(
			    dd, tick, (uint64_t)tick - (uint64_t)d->last);
		}
		dd->interval = (uint32_t)tick - dd->last;
	}
	dd->last = (uint32_t)tick;
	d->last = tick;
}
