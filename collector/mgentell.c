/* SPDX-License-Identifier: BSD-3-Clause */
/* Lines about whole MGEN flows: totals, hops, receivers. */
#include "collector/mgentell.h"

#include "collector/mgenhop.h"
#include "collector/mgenpath.h"
#include "wire/obs.h"

enum { PROTO_TCP = 6 };

/* What every line needs to know. */
struct telling {
	const struct mgenstat_conf *conf;
	const struct mgentab_flow *f;
	enum mgenstat_kind kind; /* of hops */
	int64_t second;          /* HOP_SECOND */
	struct mgentab_count span;
	uint64_t sent;
	bool sender;
};

static void
tell_hop(void *arg, const struct mgenhop *h)
{
	const struct telling *t = arg;
	const struct mgentab_point *p = h->to == NULL ? h->from : h->to;
	const struct mgenstat_line line = { .kind = t->kind,
		.key = &t->f->key,
		.at = h->to == NULL ? NULL : &h->to->at,
		.count = t->kind == MGENSTAT_HOP ? &p->total : &t->span,
		.second = t->second,
		.sent = h->sent,
		.sender = t->sender,
		.hop = h };

	t->conf->emit(t->conf->arg, &line);
}

/* ---- a second of hops ---------------------------------------------------- */

static int64_t
second_of(wall_t t)
{
	return t.ns / MONO_NS_PER_S - (t.ns % MONO_NS_PER_S < 0);
}

/* Its first nanosecond, or that of all times. */
static wall_t
begin_of(int64_t second)
{
	wall_t t;

	if (__builtin_mul_overflow(second, MONO_NS_PER_S, &t.ns))
		t.ns = second < 0 ? INT64_MIN : INT64_MAX;
	return t;
}

static void
tell_second(
    const struct mgenstat_conf *conf, struct mgentab_flow *f, int64_t second)
{
	struct telling t = { .conf = conf,
		.f = f,
		.kind = MGENSTAT_HOP_SECOND,
		.second = second,
		.span = {
		    .first = begin_of(second), .last = begin_of(second + 1) } };
	uint64_t sent;
	size_t room = 0;
	struct mgenpath *part =
	    mgenpath_part(f->path, t.span.first, t.span.last, &sent);

	if (part == NULL)
		return;
	mgenhop_each(f, part, sent, tell_hop, &t);
	mgenpath_free(part, &room);
}

void
mgentell_seconds(
    const struct mgenstat_conf *conf, struct mgentab_flow *f, int64_t before)
{
	const wall_t end = begin_of(before);
	wall_t tx = begin_of(before - 1);

	if (f->path == NULL || f->key.proto == PROTO_TCP ||
	    mgenpath_n(f->path) < 2)
		return;
	/* one second more than the last time is what usually comes */
	if (f->untold.ns == tx.ns) {
		tell_second(conf, f, before - 1);
		f->untold = end;
	}
	while (f->untold.ns < end.ns &&
	       mgenpath_next(f->path, f->untold, &tx) && tx.ns < end.ns) {
		tell_second(conf, f, second_of(tx));
		f->untold = begin_of(second_of(tx) + 1);
	}
	if (f->untold.ns < end.ns && before != INT64_MAX)
		f->untold = end;
}

/* ---- the end ------------------------------------------------------------- */

static struct mgenstat_line
line_of(const struct telling *t, enum mgenstat_kind kind,
    const struct mgentab_point *p)
{
	return (struct mgenstat_line){ .kind = kind,
		.key = &t->f->key,
		.at = &p->at,
		.count = &p->total,
		.jitter_ns = mgendelay_jitter(&p->jitter),
		.sent = t->sent,
		.sender = t->sender,
		.before = p->seq.any ? (uint64_t)p->seq.low : 0,
		.ranks = mgendelay_ranks_of(&p->sketch, &p->total.delay) };
}

static void
tell_total(const struct telling *t, struct mgentab_point *p)
{
	struct mgenstat_line line;

	p->total.stray += p->seq.holds;
	line = line_of(t, MGENSTAT_TOTAL, p);
	t->conf->emit(t->conf->arg, &line);
}

/* ${p} is the first of its node. */
static void
tell_receiver(const struct telling *t, const struct mgentab_point *p)
{
	const struct mgentab_point *at = p;
	struct mgentab_count count;
	struct mgenstat_line line;
	const unsigned int n = mgenhop_received(t->f, p, &count);

	if (n == 0)
		return;
	while (at->node != p || at->at.role != OBS_ROLE_DELIVERED)
		at = STAILQ_NEXT(at, of_flow);
	line = line_of(t, MGENSTAT_RECEIVER, at);
	line.ifaces = n;
	line.count = &count;
	line.ranks.placed &= n == 1;
	t->conf->emit(t->conf->arg, &line);
}

void
mgentell_flow(const struct mgenstat_conf *conf, struct mgentab_flow *f)
{
	struct telling t = { .conf = conf, .f = f, .kind = MGENSTAT_HOP };
	struct mgentab_point *p;

	STAILQ_FOREACH(p, &f->points, of_flow) {
		const uint64_t n = mgenseq_sent(&p->seq);

		t.sender |= p->at.role == OBS_ROLE_ORIGINATED && p->seq.any;
		t.sent = n > t.sent ? n : t.sent;
	}
	if (f->path != NULL)
		mgenpath_settle(f->path);
	STAILQ_FOREACH(p, &f->points, of_flow)
		tell_total(&t, p);
	mgenhop_each(f, NULL, t.sent, tell_hop, &t);
	STAILQ_FOREACH(p, &f->points, of_flow) {
		if (p->node == p)
			tell_receiver(&t, p);
	}
}
