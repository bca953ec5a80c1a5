/* SPDX-License-Identifier: BSD-3-Clause */
/* The clocks of sender and place in the delays of MGEN messages. */
#include "collector/mgenclock.h"

#include "collector/clockfix.h"

void
mgenclock_note(struct mgentab_clock *to, const struct sink_clock *c)
{
	to->known = c->known;
	to->low = c->offset_ns - c->bound_ns;
	to->high = c->offset_ns + c->bound_ns;
	to->fixed = c->applied;
	to->apart_ns = c->apart_ns;
}

void
mgenclock_join(struct mgentab_count *sum, const struct mgentab_count *c)
{
	struct mgentab_clock *to = &sum->clock;
	const struct mgentab_clock *k = &c->clock;

	if (k->known && (!to->known || k->low < to->low))
		to->low = k->low;
	if (k->known && (!to->known || k->high > to->high))
		to->high = k->high;
	to->known |= k->known;
	to->fixed =
	    (sum->packets == 0 || to->fixed) && (c->packets == 0 || k->fixed);
	to->bounded = (sum->delay.n == 0 || to->bounded) &&
		      (c->delay.n == 0 || k->bounded);
	if (k->apart_ns > to->apart_ns)
		to->apart_ns = k->apart_ns;
	if (k->bound_ns > to->bound_ns)
		to->bound_ns = k->bound_ns;
}

/* Delays are as sure as the clocks of two agents, or of one. */
static int64_t
bound_of(const struct mgentab_point *p)
{
	const struct sink_src *here = p->at.src;
	const struct sink_src *sender = p->flow->sender;

	return here == sender ? 0
			      : here->clock.apart_ns + sender->clock.apart_ns;
}

static void
count(struct mgentab_point *p, int64_t delay, bool right, size_t *room)
{
	struct mgentab_count *c = p->is_open ? &p->now : &p->total;
	const int64_t bound = right ? bound_of(p) : 0;

	c->clock.bounded = right && (c->delay.n == 0 || c->clock.bounded);
	if (bound > c->clock.bound_ns)
		c->clock.bound_ns = bound;
	mgendelay_add(&c->delay, delay);
	mgendelay_vary(&p->jitter, delay);
	mgendelay_place(&p->sketch, delay, room);
}

/* Delays at ${p} need not wait any more; they are ${more} longer. */
static void
stop_waiting(struct mgentab_point *p, int64_t more, bool right, size_t *room)
{
	for (size_t i = 0; i < p->wait.n; i++)
		count(p, mono_plus(p->wait.ns[i], more), right, room);
	mgenwait_clear(&p->wait, room);
}

void
mgenclock_sender(
    struct mgentab_flow *f, const struct sink_src *src, wall_t tx, size_t *room)
{
	const int64_t off =
	    mono_plus(tx.ns, -clockfix_time(src->clock.fix, tx).ns);
	struct mgentab_point *p;

	f->sender = src;
	STAILQ_FOREACH(p, &f->points, of_flow)
		stop_waiting(p, off, true, room);
}

static bool
is_right(const struct mgentab_point *p)
{
	return p->at.src->clock.applied && !p->alone;
}

wall_t
mgenclock_sent(const struct mgentab_point *p, wall_t tx)
{
	if (!is_right(p) || p->flow->sender == NULL)
		return tx;
	return clockfix_time(p->flow->sender->clock.fix, tx);
}

void
mgenclock_delay(struct mgentab_point *p, wall_t sent, wall_t here, size_t *room)
{
	const int64_t delay = mono_minus(here.ns, sent.ns);

	if (is_right(p) && p->flow->sender == NULL) {
		if (mgenwait_put(&p->wait, delay, room))
			return;
		mgenclock_settle(p, room);
		p->alone = true;
	}
	count(p, delay, is_right(p), room);
}

void
mgenclock_tick(struct mgentab_flow *f, size_t *room)
{
	struct mgentab_point *p;

	STAILQ_FOREACH(p, &f->points, of_flow) {
		if (p->wait.n == 0 || ++p->wait.ticks < MGENCLOCK_TICKS)
			continue;
		mgenclock_settle(p, room);
		p->alone = true;
	}
}

void
mgenclock_settle(struct mgentab_point *p, size_t *room)
{
	stop_waiting(p, 0, false, room);
}
