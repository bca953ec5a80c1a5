/* SPDX-License-Identifier: BSD-3-Clause */
/* The encoders of the publisher: one per set of parameters in use. */
#include "agent/pubenc.h"

#include <ev.h>
#include <stdlib.h>

struct pubenc {
	LIST_ENTRY(pubenc) link;
	struct pubenc_set *set;
	struct enc *enc;
	struct hello_params par;
	unsigned int refs;
	ev_timer late;
};

void
pubenc_init(struct pubenc_set *set, int level, pubenc_fn *emit, void *arg)
{
	*set = (struct pubenc_set){ .level = level, .emit = emit, .arg = arg };
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
	       a->caps == b->caps;
}

static void
on_block(void *arg, const struct enc_block *b)
{
	struct pubenc *e = arg;

	if (e->set->loop != NULL && enc_pending(e->enc) == 0)
		ev_timer_stop(e->set->loop, &e->late);
	e->set->emit(e->set->arg, e, b);
}

static void
on_late(struct ev_loop *loop, ev_timer *w, int revents)
{
	const struct pubenc *e = w->data;

	(void)loop;
	(void)revents;
	enc_flush(e->enc);
}

static struct pubenc *
new_encoder(struct pubenc_set *set, const struct hello_params *par)
{
	struct pubenc *e = calloc(1, sizeof(*e));

	if (e == NULL)
		return NULL;
	e->set = set;
	e->par = *par;
	e->enc = enc_new(par, set->level, set->next, on_block, e);
	if (e->enc == NULL) {
		free(e);
		return NULL;
	}
	enc_dns_start(e->enc, set->next_dns);
	ev_timer_init(&e->late, on_late, par->latency_ms / 1000.0, 0);
	e->late.data = e;
	LIST_INSERT_HEAD(&set->list, e, link);
	return e;
}

struct pubenc *
pubenc_join(struct pubenc_set *set, const struct hello_params *par)
{
	struct pubenc *e;

	LIST_FOREACH(e, &set->list, link)
		if (same(&e->par, par))
			break;
	if (e != NULL) {
		enc_key(e->enc);
	} else if ((e = new_encoder(set, par)) == NULL) {
		return NULL;
	}
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
	free(e);
}

void
pubenc_key(struct pubenc *e)
{
	enc_key(e->enc);
}

void
pubenc_put(struct pubenc_set *set, const struct obs *o)
{
	struct pubenc *e;

	LIST_FOREACH(e, &set->list, link)
		if (!enc_put(e->enc, o) && set->unencodable != NULL)
			++*set->unencodable;
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
