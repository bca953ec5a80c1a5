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

/* Is ${o}, which it knows, still there for it, and does it lack any of it? */
static bool
goes_on(const struct pubfeed *f, const struct spooldir_old *o,
    const struct hello *offer, const struct hello_params *par)
{
	const struct spoolmark *m = &o->mark;

	return (!o->done || o->readers > 0) &&
	       pubenc_fits(&o->hello.par, par) &&
	       is_before(
		   asked(f, offer, m->next_dns), m->next_seq, m->next_dns);
}

/* The stream of an earlier run that comes next for who says ${offer}. */
static struct spooldir_old *
pick(const struct pubfeed *f, const struct hello *offer,
    const struct hello_params *par)
{
	struct spooldir *dir = f->env->dir;
	struct spooldir_old *o = NULL;

	if (dir == NULL)
		return NULL;
	if (offer->has_stream) {
		if (memcmp(offer->stream_id, f->env->id->hello.stream_id,
			sizeof(offer->stream_id)) == 0)
			return NULL;
		o = spooldir_find(dir, offer->stream_id);
	}
	if (o != NULL && goes_on(f, o, offer, par))
		return o;
	o = spooldir_after(dir, o == NULL ? NULL : o->hello.stream_id);
	while (o != NULL && !pubenc_fits(&o->hello.par, par))
		o = spooldir_after(dir, o->hello.stream_id);
	return o;
}

static size_t
begin_old(struct pubfeed *f, struct spooldir_old *old,
    const struct hello *offer, uint8_t dst[static HELLO_MAX])
{
	struct place from = { old->mark.acked_seq, old->mark.acked_dns };
	struct hello h = old->hello;

	if (offer->has_stream &&
	    memcmp(offer->stream_id, h.stream_id, sizeof(h.stream_id)) == 0)
		from = asked(f, offer, old->mark.next_dns);
	f->old = old;
	spooldir_hold(old);
	f->spool = old->spool;
	spool_seek(f->spool, &f->cur, from.seq, from.dns);
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
begin_at(struct pubfeed *f, const struct hello *offer, const char *who,
    struct place *ret_keep)
{
	struct pubfeed_env *env = f->env;
	const struct place now = { env->encs.next, env->encs.next_dns };
	struct place from = now, had;
	const bool back =
	    pubaway_back(&env->away, who, f->enc, &had.seq, &had.dns);
	const bool known =
	    offer->has_stream &&
	    memcmp(offer->stream_id, env->id->hello.stream_id,
		sizeof(offer->stream_id)) == 0 &&
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
begin_new(struct pubfeed *f, const struct hello *offer, const char *who,
    const struct hello_params *par, uint8_t dst[static HELLO_MAX])
{
	struct place from, keep;

	if ((f->enc = pubenc_join(&f->env->encs, par)) == NULL)
		return 0;
	f->spool = pubenc_spool(f->enc);
	from = begin_at(f, offer, who, &keep);
	pubenc_claim(f->enc, &f->claim, keep.seq, keep.dns);
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
		.dns = (chosen.par.caps & HELLO_CAP_DNS) != 0 };
	old = pick(f, offer, &chosen.par);
	*ret_len = old != NULL ? begin_old(f, old, offer, dst)
			       : begin_new(f, offer, who, &chosen.par, dst);
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

bool
pubfeed_acked(struct pubfeed *f, uint64_t seq, uint64_t dns)
{
	struct pubfeed_env *env = f->env;
	const struct place end = end_of(f);

	if (!f->dns)
		dns = end.dns;
	if (is_before(end, seq, dns))
		return false;
	f->acked = seq;
	f->acked_dns = dns;
	if (f->old != NULL) {
		spooldir_acked(env->dir, f->old, seq, dns);
		return true;
	}
	if (f->enc == env->kept && seq >= env->acked && dns >= env->acked_dns) {
		env->acked = seq;
		env->acked_dns = dns;
		/* It stands there before anything goes. */
		pubdisk_mark(env);
	}
	pubenc_acked(&f->claim, seq, dns);
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

void
pubfeed_end(struct pubfeed *f, const char *who, mono_t now)
{
	const uint64_t lost = pubfeed_lost(f);

	if (who != NULL && f->enc != NULL)
		pubaway_keep(&f->env->away, who, &f->claim, now);
	pubenc_waive(&f->claim);
	pubenc_leave(f->enc);
	if (f->old != NULL)
		spooldir_release(f->env->dir, f->old);
	*f = (struct pubfeed){ .env = f->env, .told = lost };
}
