/* SPDX-License-Identifier: BSD-3-Clause */
/* MGEN flows and their places, under two chained hashes. */
#include "collector/mgentab.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int
mgentab_init(struct mgentab *t, const struct mgentab_room *room,
    const struct hash_key *key)
{
	*t = (struct mgentab){ .key = *key,
		.max = room->points,
		.room = room->blocks,
		.path_room = room->paths };
	TAILQ_INIT(&t->born);
	TAILQ_INIT(&t->used);
	for (t->chains = 1; t->chains < room->points; t->chains *= 2)
		continue;
	t->flows = calloc(t->chains, sizeof(struct mgentab_flow *));
	t->points = calloc(t->chains, sizeof(struct mgentab_point *));
	if (t->flows == NULL || t->points == NULL) {
		mgentab_done(t);
		return -1;
	}
	return 0;
}

const char *
mgentab_node(const struct mgentab_place *at)
{
	return sinksrc_node(at->src, at->iface);
}

struct mgentab_key
mgentab_key_of(const struct obs_pkt *k)
{
	struct mgentab_key key = { .sport = k->sport,
		.dport = k->dport,
		.flow = k->mgen_flow,
		.ipver = k->ipver,
		.proto = k->proto };

	memcpy(key.src, k->src, sizeof(key.src));
	memcpy(key.dst, k->dst, sizeof(key.dst));
	return key;
}

static struct mgentab_flow **
flow_chain(struct mgentab *t, const struct mgentab_key *key)
{
	return &t->flows[hash_bytes(&t->key, key, sizeof(*key)) &
			 (t->chains - 1)];
}

static struct mgentab_point **
point_chain(struct mgentab *t, const struct mgentab_key *key,
    const struct mgentab_place *at)
{
	const uint64_t place =
	    (uint64_t)at->src->host << 32 | (uint64_t)at->iface << 8 | at->role;
	const uint64_t hash = hash_bytes(&t->key, key, sizeof(*key));

	return &t->points[hash_fold(hash ^ t->key.k[1], place ^ t->key.k[0]) &
			  (t->chains - 1)];
}

struct mgentab_point *
mgentab_find(struct mgentab *t, const struct mgentab_key *key,
    const struct mgentab_place *at)
{
	struct mgentab_point *p = *point_chain(t, key, at);

	while (p != NULL && (p->at.src != at->src || p->at.iface != at->iface ||
				p->at.role != at->role ||
				memcmp(&p->flow->key, key, sizeof(*key)) != 0))
		p = p->next;
	if (p != NULL) {
		TAILQ_REMOVE(&t->used, p->flow, used);
		TAILQ_INSERT_TAIL(&t->used, p->flow, used);
	}
	return p;
}

static struct mgentab_flow *
find_flow(struct mgentab *t, const struct mgentab_key *key)
{
	struct mgentab_flow *f = *flow_chain(t, key);

	while (f != NULL && memcmp(&f->key, key, sizeof(*key)) != 0)
		f = f->next;
	return f;
}

static struct mgentab_flow *
make_flow(struct mgentab *t, const struct mgentab_key *key)
{
	struct mgentab_flow **chain = flow_chain(t, key);
	struct mgentab_flow *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return NULL;
	f->key = *key;
	STAILQ_INIT(&f->points);
	f->path =
	    mgenpath_new(obs_is_group(key->ipver, key->dst), &t->path_room);
	f->partial = f->path == NULL;
	f->untold.ns = INT64_MIN;
	f->next = *chain;
	*chain = f;
	TAILQ_INSERT_TAIL(&t->born, f, born);
	TAILQ_INSERT_TAIL(&t->used, f, used);
	return f;
}

/*
 * What is overheard is beside the way, and is not waited for.  Agents may have
 * the same name by accident: each has nodes of its own.
 */
static void
place_point(struct mgentab *t, struct mgentab_point *p)
{
	struct mgentab_flow *f = p->flow;
	struct mgentab_point *q;

	p->place = -1;
	p->node = p;
	STAILQ_FOREACH(q, &f->points, of_flow) {
		if (q->at.role == OBS_ROLE_OVERHEARD ||
		    q->at.src != p->at.src ||
		    strcmp(mgentab_node(&q->at), mgentab_node(&p->at)) != 0)
			continue;
		p->node = q->node;
		break;
	}
	if (p->at.role == OBS_ROLE_OVERHEARD || f->path == NULL)
		return;
	p->place = mgenpath_add(&f->path, p->at.role,
	    p->node->place < 0 ? mgenpath_n(f->path)
			       : (unsigned int)p->node->place,
	    &t->path_room);
	f->partial |= p->place < 0;
}

struct mgentab_point *
mgentab_add(struct mgentab *t, const struct mgentab_key *key,
    const struct mgentab_place *at)
{
	struct mgentab_point **chain = point_chain(t, key, at);
	struct mgentab_point *p;
	struct mgentab_flow *f;

	if (t->n == t->max) {
		errno = ENOSPC;
		return NULL;
	}
	if ((p = calloc(1, sizeof(*p))) == NULL)
		return NULL;
	if ((f = find_flow(t, key)) == NULL &&
	    (f = make_flow(t, key)) == NULL) {
		free(p);
		return NULL;
	}
	p->flow = f;
	p->at = *at;
	p->next = *chain;
	*chain = p;
	place_point(t, p);
	STAILQ_INSERT_TAIL(&f->points, p, of_flow);
	t->n++;
	return p;
}

static void
free_point(struct mgentab *t, struct mgentab_point *p)
{
	struct mgentab_point **at = point_chain(t, &p->flow->key, &p->at);

	while (*at != p)
		at = &(*at)->next;
	*at = p->next;
	mgendelay_clear(&p->sketch, &t->room);
	mgenwait_clear(&p->wait, &t->room);
	free(p);
	t->n--;
}

void
mgentab_remove(struct mgentab *t, struct mgentab_flow *f)
{
	struct mgentab_flow **at = flow_chain(t, &f->key);

	while (*at != f)
		at = &(*at)->next;
	*at = f->next;
	TAILQ_REMOVE(&t->born, f, born);
	TAILQ_REMOVE(&t->used, f, used);
	for (struct mgentab_point *p; (p = STAILQ_FIRST(&f->points)) != NULL;) {
		STAILQ_REMOVE_HEAD(&f->points, of_flow);
		free_point(t, p);
	}
	mgenpath_free(f->path, &t->path_room);
	free(f);
}

void
mgentab_done(struct mgentab *t)
{
	while (!TAILQ_EMPTY(&t->born))
		mgentab_remove(t, TAILQ_FIRST(&t->born));
	free(t->flows);
	free(t->points);
}
