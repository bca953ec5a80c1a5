/* SPDX-License-Identifier: BSD-3-Clause */
/* The encoders of the publisher, one per set of parameters, with spools. */
#include "agent/pubenc.h"

#include <ev.h>
#include <stdlib.h>
#include <string.h>

#include "agent/spoolmem.h"

struct pubenc {
	LIST_ENTRY(pubenc) link;
	struct pubenc_set *set;
	struct enc *enc;
	struct spool *spool;
	struct hello_params par;
	LIST_HEAD(, pubenc_claim) claims;
	unsigned int refs;
	bool kept;    /* for whatever collector comes */
	bool cut_due; /* the next block should be KEY */
	ev_timer late;
};

void
pubenc_init(struct pubenc_set *set, int level, size_t limit)
{
	*set = (struct pubenc_set){ .level = level, .limit = limit };
	LIST_INIT(&set->list);
}

void
pubenc_start(struct pubenc_set *set, struct ev_loop *loop)
{
	set->loop = loop;
}

static bool
same(const struct hello_params *a, const struct hello_params *b)
{
	return a->codec == b->codec && a->wbits == b->wbits &&
	       a->slots_log2 == b->slots_log2 && a->tick_exp == b->tick_exp &&
	       a->block == b->block && a->latency_ms == b->latency_ms &&
	       a->frame_max == b->frame_max && a->fields == b->fields &&
	       a->caps == b->caps && a->digest_max == b->digest_max;
}

bool
pubenc_fits(const struct hello_params *have, const struct hello_params *want)
{
	return have->codec <= want->codec && have->wbits <= want->wbits &&
	       have->slots_log2 <= want->slots_log2 &&
	       have->tick_exp >= want->tick_exp && have->block <= want->block &&
	       have->frame_max <= want->frame_max &&
	       (have->fields & ~want->fields) == 0 &&
	       (have->caps & ~want->caps) == 0 &&
	       have->digest_max >= want->digest_max;
}

static void
on_block(void *arg, const struct enc_block *b)
{
	struct pubenc *e = arg;

	if (e->set->loop != NULL && enc_pending(e->enc) == 0)
		ev_timer_stop(e->set->loop, &e->late);
	spool_put(e->spool, b);
	e->cut_due |= spool_wants_cut(e->spool);
}

static void
on_late(struct ev_loop *loop, ev_timer *w, int revents)
{
	const struct pubenc *e = w->data;

	(void)loop;
	(void)revents;
	enc_flush(e->enc);
}

/* Let reading begin with the next frame. */
static void
cut(struct pubenc *e)
{
	enc_key(e->enc);
	spool_cut(e->spool);
	e->cut_due = false;
}

struct pubenc *
pubenc_keep(
    struct pubenc_set *set, const struct hello_params *par, struct spool *spool)
{
	struct pubenc *e = calloc(1, sizeof(*e));

	if (e == NULL || spool == NULL)
		goto fail;
	e->set = set;
	e->par = *par;
	e->spool = spool;
	e->kept = true;
	e->refs = 1;
	LIST_INIT(&e->claims);
	e->enc = enc_new(par, set->level, set->next, on_block, e);
	if (e->enc == NULL)
		goto fail;
	enc_dns_start(e->enc, set->next_dns);
	spool_start(spool, set->next, set->next_dns);
	spool_cut(spool);
	ev_timer_init(&e->late, on_late, par->latency_ms / 1000.0, 0);
	e->late.data = e;
	LIST_INSERT_HEAD(&set->list, e, link);
	return e;

fail:
	spool_free(spool);
	free(e);
	return NULL;
}

static struct pubenc *
new_encoder(struct pubenc_set *set, const struct hello_params *par)
{
	struct spoolstore *store = spoolmem_new(set->limit);
	struct pubenc *e;

	if (store == NULL)
		return NULL;
	e = pubenc_keep(set, par, spool_new(store, set->limit));
	if (e != NULL)
		e->kept = false;
	return e;
}

struct pubenc *
pubenc_join(struct pubenc_set *set, const struct hello_params *par)
{
	struct pubenc *e;

	LIST_FOREACH(e, &set->list, link) {
		if (e->kept ? pubenc_fits(&e->par, par) : same(&e->par, par))
			break;
	}
	if (e == NULL)
		return new_encoder(set, par);
	if (par->latency_ms < e->par.latency_ms)
		e->par.latency_ms = par->latency_ms;
	cut(e);
	return pubenc_again(e);
}

struct pubenc *
pubenc_again(struct pubenc *e)
{
	e->refs++;
	return e;
}

void
pubenc_leave(struct pubenc *e)
{
	if (e == NULL || --e->refs > 0)
		return;
	if (e->set->loop != NULL)
		ev_timer_stop(e->set->loop, &e->late);
	LIST_REMOVE(e, link);
	enc_free(e->enc);
	spool_free(e->spool);
	free(e);
}

void
pubenc_claim(
    struct pubenc *e, struct pubenc_claim *c, uint64_t seq, uint64_t dns)
{
	*c = (struct pubenc_claim){ .enc = e, .seq = seq, .dns = dns };
	LIST_INSERT_HEAD(&e->claims, c, link);
}

void
pubenc_waive(struct pubenc_claim *c)
{
	if (c->enc != NULL)
		LIST_REMOVE(c, link);
	c->enc = NULL;
}

bool
pubenc_inherit(
    struct pubenc *e, const char *who, uint64_t *ret_seq, uint64_t *ret_dns)
{
	struct pubenc_claim *c;

	LIST_FOREACH(c, &e->claims, link) {
		if (c->who != NULL && strcmp(c->who, who) == 0) {
			*ret_seq = c->seq;
			*ret_dns = c->dns;
			pubenc_waive(c);
			return true;
		}
	}
	return false;
}

bool
pubenc_acked(struct pubenc_claim *c, uint64_t seq, uint64_t dns)
{
	if (c->enc == NULL || (seq == c->seq && dns == c->dns))
		return false;
	c->seq = seq;
	c->dns = dns;
	return true;
}

void
pubenc_trim(struct pubenc *e)
{
	uint64_t seq = UINT64_MAX, dns = UINT64_MAX;
	const struct pubenc_claim *c;

	LIST_FOREACH(c, &e->claims, link) {
		if (c->seq < seq)
			seq = c->seq;
		if (c->dns < dns)
			dns = c->dns;
	}
	spool_trim(e->spool, seq, dns);
}

const struct pubenc_claim *
pubenc_claims(const struct pubenc *e)
{
	return LIST_FIRST(&e->claims);
}

const struct hello_params *
pubenc_params(const struct pubenc *e)
{
	return &e->par;
}

struct spool *
pubenc_spool(const struct pubenc *e)
{
	return e->spool;
}

void
pubenc_put(struct pubenc_set *set, const struct obs *o)
{
	struct pubenc *e;

	LIST_FOREACH(e, &set->list, link) {
		if (e->cut_due)
			cut(e);
		if (!enc_put(e->enc, o) && set->unencodable != NULL)
			++*set->unencodable;
	}
	set->next += o->kind == OBS_PKT;
	set->next_dns += o->kind == OBS_DNS;
}

void
pubenc_wait(struct pubenc_set *set)
{
	struct pubenc *e;

	LIST_FOREACH(e, &set->list, link) {
		if (enc_pending(e->enc) == 0 || ev_is_active(&e->late))
			continue;
		ev_timer_set(&e->late, e->par.latency_ms / 1000.0, 0);
		ev_timer_start(set->loop, &e->late);
	}
}

void
pubenc_flush(struct pubenc_set *set)
{
	struct pubenc *e;

	LIST_FOREACH(e, &set->list, link)
		enc_flush(e->enc);
}

void
pubenc_level(struct pubenc_set *set, int level)
{
	struct pubenc *e;

	if (level == set->level)
		return;
	set->level = level;
	LIST_FOREACH(e, &set->list, link)
		enc_level(e->enc, level);
}
