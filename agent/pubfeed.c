/* SPDX-License-Identifier: BSD-3-Clause */
/* What one collector is sent: a stream, from some place on. */
#include "agent/pubfeed.h"

#include <string.h>

#include "agent/pubdisk.h"
#include "wire/ifaces.h"

/* Its place, from the numbers of a collector that may not know those of DNS. */
struct place {
	uint64_t seq, dns;
};

static bool
is_before(struct place p, uint64_t seq, uint64_t dns)
{
	return p.seq < seq || p.dns < dns;
}

static struct place
least(struct place a, struct place b)
{
	return (struct place){ a.seq < b.seq ? a.seq : b.seq,
		a.dns < b.dns ? a.dns : b.dns };
}

static struct place
asked(const struct pubfeed *f, const struct hello *offer, uint64_t dns)
{
	return (struct place){ offer->seq, f->dns ? offer->dns_seq : dns };
}

/*
 * Where it was in the stream of this run, if it was there.  One with an id may
 * be back before we hear that its connection broke.
 */
static bool
was_at(struct pubfeed *f, struct place *ret_had)
{
	struct place had;
	bool back =
	    pubaway_back(&f->env->away, f->who, f->enc, &had.seq, &had.dns);

	if (!back && spoolowed_has_id(f->who))
		back = pubenc_inherit(f->enc, f->who, &had.seq, &had.dns);
	if (back)
		*ret_had = had;
	return back;
}

/* Where a stream is, seen from the one that a collector names. */
enum side { BEFORE, NAMED, AFTER };

/*
 * Should it get ${o}?  Who is owed some of it is asked once more to acknowledge
 * it, also when it seems to have all, and has gone on: it need not have stored
 * that.
 */
static bool
lacks(const struct pubfeed *f, struct spooldir_old *o,
    const struct hello *offer, enum side side)
{
	const struct spoolmark *m = &o->mark;
	const struct spoolowed_one *one = spoolowed_find(&o->mark.owed, f->who);
	const bool got =
	    side == BEFORE ||
	    (side == NAMED && !is_before(asked(f, offer, m->next_dns),
				  m->next_seq, m->next_dns));

	if (o->gone)
		return false;
	if (one != NULL)
		return !got || !one->sent;
	return side == NAMED ? !got : side == AFTER && !spoolmark_was_had(m);
}

static bool
is_named(const struct hello *offer, const uint8_t id[static 16])
{
	return offer->has_stream && memcmp(offer->stream_id, id, 16) == 0;
}

/* The stream of an earlier run that comes next for who says ${offer}. */
static struct spooldir_old *
pick(const struct pubfeed *f, const struct hello *offer,
    const struct hello_params *par)
{
	struct spooldir *dir = f->env->dir;
	struct spooldir_old *o = NULL, *named = NULL;
	enum side side = AFTER;

	if (dir == NULL)
		return NULL;
	if (offer->has_stream)
		named = spooldir_find(dir, offer->stream_id);
	if (named != NULL || is_named(offer, f->env->id->hello.stream_id))
		side = BEFORE;
	while ((o = spooldir_next(dir, o)) != NULL) {
		if (o == named)
			side = NAMED;
		if (pubenc_fits(&o->hello.par, par) && lacks(f, o, offer, side))
			return o;
		if (o == named)
			side = AFTER;
	}
	return NULL;
}

/* Where ${old} begins for it. */
static struct place
begin_old_at(const struct pubfeed *f, struct spooldir_old *old,
    const struct hello *offer)
{
	const struct spoolmark *m = &old->mark;
	const struct spoolowed_one *one =
	    spoolowed_find(&old->mark.owed, f->who);

	if (is_named(offer, old->hello.stream_id)) {
		/* It may have more than that run could say. */
		return least(asked(f, offer, m->next_dns),
		    (struct place){ m->next_seq, m->next_dns });
	}
	if (one != NULL)
		return (struct place){ one->seq, one->dns };
	return (struct place){ m->acked_seq, m->acked_dns };
}

/* Meanwhile, what it will want of the stream of this run is kept. */
static void
claim_ahead(struct pubfeed *f, const struct hello_params *par)
{
	struct pubfeed_env *env = f->env;
	struct place had = { env->acked, env->acked_dns };

	if (!pubenc_fits(pubenc_params(env->kept), par))
		return;
	f->enc = pubenc_again(env->kept);
	(void)was_at(f, &had);
	pubenc_claim(f->enc, &f->claim, had.seq, had.dns);
	f->claim.who = f->who;
}

static size_t
begin_old(struct pubfeed *f, struct spooldir_old *old,
    const struct hello *offer, uint8_t dst[static HELLO_MAX])
{
	const struct spoolmark *m = &old->mark;
	const struct place from = begin_old_at(f, old, offer);
	struct hello h = old->hello;

	f->old = old;
	f->spool = old->spool;
	spooldir_hold(old, f->who, from.seq, from.dns);
	if (is_before(from, m->next_seq, m->next_dns)) {
		spool_seek(f->spool, &f->cur, from.seq, from.dns);
	} else {
		spool_seek_end(f->spool, &f->cur);
	}
	h.seq = from.seq;
	h.dns_seq = from.dns;
	f->ifaces = h.n_ifaces;
	return hello_put(dst, &h);
}

/*
 * Where the stream of this run begins for it.  Sets ${ret_keep} to what it may
 * ask for again: it need not have stored all that came before.
 */
static struct place
begin_at(struct pubfeed *f, const struct hello *offer, struct place *ret_keep)
{
	struct pubfeed_env *env = f->env;
	const struct place now = { env->encs.next, env->encs.next_dns };
	struct place from = now, had;
	const bool back = was_at(f, &had);
	const bool known =
	    is_named(offer, env->id->hello.stream_id) &&
	    !is_before(now, offer->seq, f->dns ? offer->dns_seq : 0);

	if (known) {
		from = asked(f, offer, now.dns);
	} else if (back) {
		from = had;
	} else if (f->enc == env->kept) {
		from = (struct place){ env->acked, env->acked_dns };
	}
	*ret_keep = back ? least(from, had) : from;
	if (known || back || f->enc == env->kept) {
		spool_seek(f->spool, &f->cur, from.seq, from.dns);
	} else {
		spool_seek_end(f->spool, &f->cur);
	}
	return from;
}

/* All that its records may name. */
static const struct ifaces *
ifaces_of(const struct pubfeed *f)
{
	return f->old != NULL ? &f->old->ifaces : iftab_list(f->env->id->tab);
}

static size_t
begin_new(struct pubfeed *f, const struct hello *offer,
    const struct hello_params *par, uint8_t dst[static HELLO_MAX])
{
	struct place from, keep;

	if ((f->enc = pubenc_join(&f->env->encs, par)) == NULL)
		return 0;
	f->spool = pubenc_spool(f->enc);
	from = begin_at(f, offer, &keep);
	pubenc_claim(f->enc, &f->claim, keep.seq, keep.dns);
	f->claim.who = f->who;
	f->ifaces = hello_fit(ifaces_of(f)->iface, ifaces_of(f)->n);
	return ident_hello(
	    f->env->id, pubenc_params(f->enc), from.seq, from.dns, dst);
}

bool
pubfeed_begin(struct pubfeed *f, struct pubfeed_env *env,
    const struct hello *offer, const char *who, uint8_t dst[static HELLO_MAX],
    size_t *ret_len)
{
	struct spooldir_old *old;
	struct hello chosen;

	hello_default(&chosen, true);
	hello_answer(&chosen, offer, &env->mine);
	*f = (struct pubfeed){ .env = env,
		.who = who,
		.dns = (chosen.par.caps & HELLO_CAP_DNS) != 0 };
	old = pick(f, offer, &chosen.par);
	if (old == NULL) {
		*ret_len = begin_new(f, offer, &chosen.par, dst);
	} else {
		claim_ahead(f, &chosen.par);
		*ret_len = begin_old(f, old, offer, dst);
	}
	return *ret_len > 0;
}

bool
pubfeed_loss(struct pubfeed *f, wall_t now, struct obs *ret_o)
{
	if (f->spool == NULL || !spool_owed(f->spool, &f->cur, now, ret_o))
		return false;
	if (ret_o->loss.reason < OBS_LOSS_UNSEEN)
		f->told += ret_o->loss.count;
	/* Nobody is too slow for what an earlier run did not write. */
	if (f->old != NULL && ret_o->loss.reason == OBS_LOSS_QUEUE)
		ret_o->loss.reason = OBS_LOSS_SPOOL;
	return true;
}

bool
pubfeed_owes(struct pubfeed *f)
{
	uint64_t dns, pkts = 0;

	if (f->spool != NULL)
		spool_lost(f->spool, &f->cur, &pkts, &dns);
	return pkts > 0;
}

uint64_t
pubfeed_lost(struct pubfeed *f)
{
	uint64_t dns = 0, pkts = 0;

	if (f->spool != NULL)
		spool_lost(f->spool, &f->cur, &pkts, &dns);
	return f->told + pkts + (f->dns ? dns : 0);
}

/* What it does not know yet of the interfaces, as much as fits. */
static size_t
read_ifaces(struct pubfeed *f, uint8_t *dst, size_t size)
{
	const struct ifaces *l = ifaces_of(f);
	size_t n = 0;

	for (; f->ifaces < l->n && size - n >= IFACES_FRAME_MAX; f->ifaces++)
		n += ifaces_frame(dst + n, f->ifaces, &l->iface[f->ifaces]);
	return n;
}

size_t
pubfeed_read(struct pubfeed *f, uint8_t *dst, size_t size)
{
	size_t n;

	if (f->spool == NULL)
		return 0;
	n = read_ifaces(f, dst, size);
	return n > 0 ? n : spool_read(f->spool, &f->cur, dst, size);
}

uint64_t
pubfeed_left(const struct pubfeed *f)
{
	return f->spool == NULL ? 0 : spool_lag(f->spool, &f->cur);
}

bool
pubfeed_is_over(const struct pubfeed *f)
{
	return f->old != NULL && pubfeed_left(f) == 0;
}

static struct place
end_of(const struct pubfeed *f)
{
	const struct pubfeed_env *env = f->env;

	if (f->old != NULL) {
		return (struct place){ f->old->mark.next_seq,
			f->old->mark.next_dns };
	}
	return (struct place){ env->encs.next, env->encs.next_dns };
}

size_t
pubfeed_bye(
    const struct pubfeed *f, enum ctl_bye why, uint8_t dst[static CTL_MAX])
{
	struct place end = { 0 };
	size_t n;

	if (f->spool != NULL)
		end = end_of(f);
	n = ctl_bye_put(dst, why, end.seq);
	return ctl_bye_dns_put(dst, n, end.dns);
}

/* Of the stream of this run. */
static void
acked_new(struct pubfeed *f, uint64_t seq, uint64_t dns)
{
	struct pubfeed_env *env = f->env;
	const bool news = pubenc_acked(&f->claim, seq, dns);

	if (f->enc == env->kept) {
		if (seq >= env->acked && dns >= env->acked_dns) {
			env->acked = seq;
			env->acked_dns = dns;
		}
		/* It stands there before anything goes. */
		pubdisk_mark(env);
	}
	if (news)
		pubenc_trim(f->enc);
}

bool
pubfeed_acked(struct pubfeed *f, uint64_t seq, uint64_t dns)
{
	const struct place end = end_of(f);
	struct place to = { seq, f->dns ? dns : end.dns };

	/* Of an earlier run it may have more than that could write. */
	if (f->old != NULL)
		to = least(to, end);
	if (is_before(end, to.seq, to.dns))
		return false;
	f->acked = to.seq;
	f->acked_dns = to.dns;
	if (f->old != NULL) {
		spooldir_acked(f->env->dir, f->old, f->who, to.seq, to.dns);
	} else {
		acked_new(f, to.seq, to.dns);
	}
	return true;
}

bool
pubfeed_has_all(const struct pubfeed *f)
{
	struct place end;

	if (f->spool == NULL)
		return true;
	end = end_of(f);
	return f->acked == end.seq && (!f->dns || f->acked_dns == end.dns);
}

/* It ends to read the stream of an earlier run. */
static void
end_old(struct pubfeed *f, mono_t now)
{
	struct spoolowed_one *one = spoolowed_find(&f->old->mark.owed, f->who);

	if (one != NULL && pubfeed_is_over(f))
		one->sent = true;
	spooldir_release(f->env->dir, f->old, f->who, now);
}

void
pubfeed_again(struct pubfeed *f, mono_t now)
{
	if (f->enc != NULL)
		pubaway_keep(&f->env->away, f->who, &f->claim, now);
	pubenc_waive(&f->claim);
}

void
pubfeed_end(struct pubfeed *f, bool back, mono_t now)
{
	struct pubfeed_env *env = f->env;
	const uint64_t lost = pubfeed_lost(f);

	if (f->old != NULL)
		end_old(f, now);
	if (back)
		pubfeed_again(f, now);
	if (!back && f->spool != NULL && env->dir != NULL)
		spooldir_forget(env->dir, f->who);
	pubenc_waive(&f->claim);
	pubenc_leave(f->enc);
	*f = (struct pubfeed){ .env = env, .told = lost };
}
