/* SPDX-License-Identifier: BSD-3-Clause */
/* Hops: pairs of places, from what they share, else from their totals. */
#include "collector/mgenhop.h"

#include "collector/mgenclock.h"
#include "wire/obs.h"

enum {
	PROTO_TCP = 6,
	NONE = MGENPATH_PLACES,
	SLACK = 100 /* a part of so many is missing: the agent lost records */
};

/* The places of a flow, in the order of its path. */
struct way {
	const struct mgentab_flow *f;
	const struct mgenpath *path;
	const struct mgentab_point *point[MGENPATH_PLACES]; /* by number */
	unsigned int n;
	bool matched;
	uint64_t sent;
	mgenhop_fn *fn;
	void *arg;
};

static void
tell(const struct way *w, struct mgenhop *h)
{
	h->matched = w->matched && h->to != NULL;
	w->fn(w->arg, h);
}

/* Is a path complete enough to count by?  Over TCP few messages are named. */
static bool
is_matched(const struct mgentab_flow *f)
{
	if (f->path == NULL || f->partial || f->key.proto == PROTO_TCP)
		return false;
	for (unsigned int i = 0; i < mgenpath_n(f->path); i++) {
		if (mgenpath_place(f->path, i)->late > 0)
			return false;
	}
	return true;
}

/* ---- one hop ------------------------------------------------------------- */

/* All that a place saw. */
static uint64_t
seen(const struct way *w, unsigned int at)
{
	const struct mgentab_point *p = w->point[at];

	return w->matched || p == NULL ? mgenpath_place(w->path, at)->since.n
				       : p->total.received;
}

/* Both saw messages, but no message was seen to be the same. */
static void
by_means(struct mgenhop *h)
{
	const struct mgendelay *a = &h->from->total.delay;
	const struct mgendelay *b = &h->to->total.delay;

	h->has_mean = a->n > 0 && b->n > 0 &&
		      !__builtin_sub_overflow(
			  mgendelay_mean(b), mgendelay_mean(a), &h->mean_ns);
}

/* How far the delay of ${h} may be from the truth; false: that is not known. */
static bool
is_bounded(const struct mgenhop *h, int64_t *ret_ns)
{
	const struct mgentab_clock *to = &h->to->total.clock;
	const struct mgentab_clock *from;

	if (h->from == NULL) {
		*ret_ns = to->bound_ns;
		return to->bounded;
	}
	from = &h->from->total.clock;
	*ret_ns = h->from->at.src == h->to->at.src
		      ? 0
		      : from->apart_ns + to->apart_ns;
	return from->fixed && to->fixed;
}

static void
hop(const struct way *w, unsigned int from, unsigned int to, uint64_t received,
    uint64_t lost)
{
	struct mgenhop h = { .to = w->point[to], .received = received };

	if (from == NONE) {
		h.sent = w->sent;
		h.delay = mgenpath_place(w->path, to)->since;
	} else {
		h.from = w->point[from];
		h.sent = seen(w, from);
		h.delay = mgenpath_pair(w->path, from, to).delay;
	}
	if (!w->matched) {
		h.received = seen(w, to);
		lost = h.sent - h.received;
	}
	h.has_lost = true;
	h.lost = (int64_t)lost;
	if (h.delay.n == 0 && h.from != NULL && h.to != NULL)
		by_means(&h);
	if (h.to != NULL)
		h.bounded = is_bounded(&h, &h.bound_ns);
	tell(w, &h);
}

/* ---- one receiver: each message has one way ------------------------------ */

static uint64_t
next(const struct way *w, unsigned int from, unsigned int to)
{
	return from == NONE ? mgenpath_place(w->path, to)->first
			    : mgenpath_pair(w->path, from, to).next;
}

/* The place where most go from ${from}; NONE: none goes anywhere. */
static unsigned int
main_next(const struct way *w, unsigned int from)
{
	unsigned int best = NONE;

	for (unsigned int i = 0; i < w->n; i++) {
		if (i != from && next(w, from, i) > 0 &&
		    (best == NONE || next(w, from, i) > next(w, from, best)))
			best = i;
	}
	return best;
}

/* What no place after ${from} saw. */
static uint64_t
ended(const struct way *w, unsigned int from)
{
	uint64_t n = w->sent;

	if (from != NONE)
		return mgenpath_place(w->path, from)->last;
	for (unsigned int i = 0; i < w->n; i++)
		n -= mgenpath_place(w->path, i)->first;
	return n;
}

static void
chain_hop(const struct way *w, unsigned int from, unsigned int to)
{
	const uint64_t n = next(w, from, to);

	if (n == 0)
		return;
	hop(w, from, to, n, main_next(w, from) == to ? ended(w, from) : 0);
}

/* Where most come from, as far as is known, to the place of this rank. */
static unsigned int
main_before(const struct way *w, unsigned int rank)
{
	const unsigned int to = mgenpath_at(w->path, rank);
	unsigned int best = rank == 0 ? NONE : mgenpath_at(w->path, rank - 1);
	uint64_t most = 0;

	for (unsigned int i = 0; i < rank; i++) {
		const unsigned int from = mgenpath_at(w->path, i);

		if (next(w, from, to) > most) {
			most = next(w, from, to);
			best = from;
		}
	}
	return best;
}

/* Totals cannot tell several ways apart: one place before each. */
static void
each_of_line(const struct way *w)
{
	for (unsigned int i = 0; i < w->n; i++) {
		const unsigned int to = mgenpath_at(w->path, i);

		if (seen(w, to) > 0)
			hop(w, main_before(w, i), to, 0, 0);
	}
}

static void
each_of_chain(const struct way *w)
{
	for (unsigned int i = 0; i < w->n; i++) {
		const unsigned int to = mgenpath_at(w->path, i);

		chain_hop(w, NONE, to);
		for (unsigned int k = 0; k < i; k++)
			chain_hop(w, mgenpath_at(w->path, k), to);
	}
}

/* Of places that nobody was seen behind it is not known what became of all. */
static void
each_end(const struct way *w)
{
	for (unsigned int i = 0; i < w->n; i++) {
		const unsigned int at = mgenpath_at(w->path, i);
		struct mgenhop h = { .from = w->point[at],
			.sent = seen(w, at) };

		if (mgenpath_place(w->path, at)->role != OBS_ROLE_DELIVERED &&
		    h.sent > 0 && main_next(w, at) == NONE)
			tell(w, &h);
	}
}

/* ---- a group: each place has one before it ------------------------------- */

static bool
is_same_node(const struct way *w, unsigned int a, unsigned int b)
{
	return mgenpath_place(w->path, a)->node ==
	       mgenpath_place(w->path, b)->node;
}

static bool
is_only_one(const struct way *w, unsigned int at)
{
	for (unsigned int i = 0; i < w->n; i++) {
		if (i != at && is_same_node(w, i, at))
			return false;
	}
	return true;
}

/* Can ${from} be before ${to}, both of different nodes? */
static bool
can_be_before(const struct way *w, unsigned int from, unsigned int to)
{
	const struct mgenpath_pair p = mgenpath_pair(w->path, from, to);

	if (p.delay.n == 0 || is_same_node(w, from, to))
		return false;
	/* a receiver does not pass on, unless it is seen to */
	return mgenpath_place(w->path, from)->role != OBS_ROLE_DELIVERED ||
	       !is_only_one(w, from);
}

/* Of those that share most with ${to}, never after it: the latest. */
static unsigned int
before_in_tree(const struct way *w, unsigned int rank)
{
	const unsigned int to = mgenpath_at(w->path, rank);
	unsigned int best = NONE;
	uint64_t best_n = 0;
	bool best_never = false;

	for (unsigned int i = 0; i < rank; i++) {
		const unsigned int at = mgenpath_at(w->path, i);
		const struct mgendelay d = mgenpath_pair(w->path, at, to).delay;
		const bool never = d.n > 0 && d.min >= 0;

		if (is_same_node(w, at, to))
			return at;
		if (!can_be_before(w, at, to) || (best_never && !never))
			continue;
		if (never == best_never && d.n < best_n - best_n / SLACK)
			continue;
		best = at;
		best_n = never == best_never && best_n > d.n ? best_n : d.n;
		best_never = never;
	}
	return best;
}

static void
each_of_tree(const struct way *w)
{
	for (unsigned int i = 0; i < w->n; i++) {
		const unsigned int to = mgenpath_at(w->path, i);
		const unsigned int from = before_in_tree(w, i);
		const uint64_t all = from == NONE ? w->sent : seen(w, from);
		const uint64_t n =
		    from == NONE ? seen(w, to)
				 : mgenpath_pair(w->path, from, to).delay.n;

		if (seen(w, to) > 0)
			hop(w, from, to, n, all - n);
	}
}

void
mgenhop_each(const struct mgentab_flow *f, const struct mgenpath *part,
    uint64_t sent, mgenhop_fn *fn, void *arg)
{
	const struct mgentab_point *p;
	struct way w = { .f = f,
		.path = part == NULL ? f->path : part,
		.matched = part != NULL || is_matched(f),
		.sent = sent,
		.fn = fn,
		.arg = arg };

	if (w.path == NULL)
		return;
	w.n = mgenpath_n(w.path);
	STAILQ_FOREACH(p, &f->points, of_flow) {
		if (p->place >= 0)
			w.point[p->place] = p;
	}
	if (mgenpath_is_tree(w.path)) {
		each_of_tree(&w);
		return;
	}
	if (w.matched) {
		each_of_chain(&w);
	} else {
		each_of_line(&w);
	}
	each_end(&w);
}

/* ---- receivers ----------------------------------------------------------- */

void
mgenhop_join(struct mgentab_count *sum, const struct mgentab_count *c)
{
	mgenclock_join(sum, c);
	if (sum->packets == 0 || c->first.ns < sum->first.ns)
		sum->first = c->first;
	if (sum->packets == 0 || c->last.ns > sum->last.ns)
		sum->last = c->last;
	sum->packets += c->packets;
	sum->octets += c->octets;
	sum->messages += c->messages;
	sum->advance += c->advance;
	sum->received += c->received;
	sum->duplicated += c->duplicated;
	sum->reordered += c->reordered;
	sum->late += c->late;
	sum->stray += c->stray;
	sum->restarts += c->restarts;
	mgendelay_join(&sum->delay, &c->delay);
}

/* What came to a node over two interfaces came once. */
static void
count_once(const struct mgentab_flow *f, const struct mgentab_point *node,
    const struct mgentab_point *most, struct mgentab_count *c)
{
	const struct mgentab_point *p;

	c->received = most->total.received;
	c->delay = most->total.delay;
	if (!is_matched(f))
		return;
	c->received = 0;
	c->delay = (struct mgendelay){ 0 };
	STAILQ_FOREACH(p, &f->points, of_flow) {
		if (p->node != node || p->place < 0)
			continue;
		mgendelay_join(&c->delay,
		    &mgenpath_place(f->path, (unsigned int)p->place)->came);
	}
	c->received = c->delay.n;
}

unsigned int
mgenhop_received(const struct mgentab_flow *f, const struct mgentab_point *node,
    struct mgentab_count *ret_count)
{
	const struct mgentab_point *p, *most = NULL;
	struct mgentab_count c = { 0 };
	unsigned int n = 0;

	STAILQ_FOREACH(p, &f->points, of_flow) {
		if (p->node != node || p->at.role != OBS_ROLE_DELIVERED)
			continue;
		mgenhop_join(&c, &p->total);
		if (most == NULL || p->total.received > most->total.received)
			most = p;
		n++;
	}
	if (n > 1)
		count_once(f, node, most, &c);
	if (n > 0)
		*ret_count = c;
	return n;
}
