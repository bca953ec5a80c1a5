/* SPDX-License-Identifier: BSD-3-Clause */
/* What several agents observed, put into one order by its time. */
#include "collector/order.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "collector/sinksrc.h"

/*
 * A ring of slots, each a list of the items of one stretch of time, sorted
 * when its time has come.  The ring spans the window and the slot in use.
 *
 *   passed on | base ...      held back       ... latest |
 *             ^-- whole slots, a window before the latest
 */
#define SLOTS 256         /* a power of two */
#define SPAN  (SLOTS - 2) /* slots of a window */
#define CHUNK 1024        /* items allocated at once */

struct chunk {
	struct chunk *next;
	struct order_item item[CHUNK];
};

struct order {
	int64_t window, width; /* ns; of a slot */
	size_t max, held;
	order_fn *emit;
	void *arg;
	struct chunk *chunks;
	struct order_item *spare;
	bool any;     /* the three below mean something */
	int64_t base; /* slots below this number were passed on */
	int64_t top;  /* no slot above this number is in use */
	wall_t latest;
	struct order_count count;
	struct {
		struct order_item *first, **end;
	} slot[SLOTS];
};

struct order *
order_new(int64_t window_ns, size_t max, order_fn *emit, void *arg)
{
	struct order *o = calloc(1, sizeof(*o));

	if (o == NULL)
		return NULL;
	o->window = window_ns;
	o->width = (window_ns + SPAN - 1) / SPAN;
	o->max = max;
	o->emit = emit;
	o->arg = arg;
	o->latest.ns = INT64_MIN;
	for (size_t i = 0; i < SLOTS; i++)
		o->slot[i].end = &o->slot[i].first;
	return o;
}

/* Floor division: times before 1970 have a slot, too. */
static int64_t
slot_of(const struct order *o, wall_t t)
{
	return t.ns / o->width - (t.ns % o->width < 0);
}

static bool
comes_before(const struct order_item *a, const struct order_item *b)
{
	if (a->at.ns != b->at.ns)
		return a->at.ns < b->at.ns;
	if (a->kind != b->kind)
		return a->kind < b->kind;
	if (a->src->host != b->src->host)
		return a->src->host < b->src->host;
	return a->nr < b->nr;
}

static struct order_item *
merge(struct order_item *a, struct order_item *b)
{
	struct order_item *first = NULL, **end = &first;

	while (a != NULL && b != NULL) {
		struct order_item **least = comes_before(b, a) ? &b : &a;

		*end = *least;
		end = &(*least)->next;
		*least = (*least)->next;
	}
	*end = a != NULL ? a : b;
	return first;
}

/* Cut the ascending run off the front of ${list}. */
static struct order_item *
take_run(struct order_item **list)
{
	struct order_item *run = *list, *last = run;

	while (last->next != NULL && !comes_before(last->next, last))
		last = last->next;
	*list = last->next;
	last->next = NULL;
	return run;
}

/* Sources send in order, so that there are few runs to merge. */
static struct order_item *
sort(struct order_item *list)
{
	struct order_item *pile[64] = { 0 }; /* pile[i]: 2^i runs */

	while (list != NULL) {
		struct order_item *run = take_run(&list);
		size_t i = 0;

		for (; pile[i] != NULL; i++) {
			run = merge(pile[i], run);
			pile[i] = NULL;
		}
		pile[i] = run;
	}
	for (size_t i = 0; i < sizeof(pile) / sizeof(pile[0]); i++)
		list = merge(pile[i], list);
	return list;
}

static void
release(struct order *o, struct order_item *it)
{
	if (it->kind == ORDER_DNS)
		free(it->dns);
	it->next = o->spare;
	o->spare = it;
	o->held--;
}

static void
pass_slot(struct order *o, int64_t nr)
{
	const size_t i = (uint64_t)nr % SLOTS;
	struct order_item *it = sort(o->slot[i].first);

	o->slot[i].first = NULL;
	o->slot[i].end = &o->slot[i].first;
	while (it != NULL) {
		struct order_item *next = it->next;

		o->emit(o->arg, it);
		release(o, it);
		it = next;
	}
}

/* Pass on the slots below number ${end}. */
static void
pass_below(struct order *o, int64_t end)
{
	if (end > o->top + 1) {
		pass_below(o, o->top + 1);
		o->base = end;
		o->top = end - 1;
		return;
	}
	for (; o->base < end; o->base++)
		pass_slot(o, o->base);
}

void
order_pass(struct order *o, wall_t now)
{
	if (now.ns <= o->latest.ns)
		return;
	o->latest = now;
	if (!o->any || now.ns < INT64_MIN + o->window)
		return;
	pass_below(o, slot_of(o, (wall_t){ now.ns - o->window }));
}

/* Make room: pass on the oldest slot that holds something. */
static void
pass_early(struct order *o)
{
	while (o->slot[(uint64_t)o->base % SLOTS].first == NULL)
		o->base++;
	for (const struct order_item *it =
		 o->slot[(uint64_t)o->base % SLOTS].first;
	     it != NULL; it = it->next)
		o->count.early++;
	pass_slot(o, o->base++);
}

static bool
grow(struct order *o)
{
	struct chunk *c = malloc(sizeof(*c));

	if (c == NULL)
		return false;
	c->next = o->chunks;
	o->chunks = c;
	for (size_t i = 0; i < CHUNK; i++) {
		c->item[i].next = o->spare;
		o->spare = &c->item[i];
	}
	return true;
}

struct order_item *
order_room(struct order *o, wall_t at, const struct sink_src *src,
    enum order_kind kind)
{
	struct order_item *it;

	if (o->held >= o->max)
		pass_early(o);
	if (o->spare == NULL && !grow(o)) {
		if (o->held == 0)
			return NULL;
		pass_early(o);
	}
	it = o->spare;
	o->spare = it->next;
	o->held++;
	it->next = NULL;
	it->at = at;
	it->src = src;
	it->kind = kind;
	return it;
}

void
order_put(struct order *o, struct order_item *it)
{
	const int64_t nr = slot_of(o, it->at);

	if (!o->any) {
		o->any = true;
		o->base = nr - SPAN;
		o->top = nr;
	}
	order_pass(o, it->at);
	if (nr < o->base) {
		o->count.late++;
		o->emit(o->arg, it);
		release(o, it);
		return;
	}
	if (nr > o->top)
		o->top = nr;
	*o->slot[(uint64_t)nr % SLOTS].end = it;
	o->slot[(uint64_t)nr % SLOTS].end = &it->next;
}

void
order_flush(struct order *o)
{
	if (o->any)
		pass_below(o, o->top + 1);
}

wall_t
order_latest(const struct order *o)
{
	return o->latest;
}

wall_t
order_passed(const struct order *o)
{
	return (wall_t){ o->any ? o->base * o->width : INT64_MIN };
}

size_t
order_held(const struct order *o)
{
	return o->held;
}

const struct order_count *
order_count(const struct order *o)
{
	return &o->count;
}

void
order_free(struct order *o)
{
	struct chunk *c;

	if (o == NULL)
		return;
	for (size_t i = 0; i < SLOTS; i++) {
		for (struct order_item *it = o->slot[i].first; it != NULL;
		     it = it->next) {
			if (it->kind == ORDER_DNS)
				free(it->dns);
		}
	}
	while ((c = o->chunks) != NULL) {
		o->chunks = c->next;
		free(c);
	}
	free(o);
}
