/* SPDX-License-Identifier: BSD-3-Clause */
/* Flows along their paths: how many packets went from place to place, and when. */
#include "collector/hopflow.h"

#include <stdlib.h>
#include <string.h>

#include "collector/hopline.h"
#include "collector/joinpath.h"
#include "wire/obs.h"

enum { NOWHERE = UINT8_MAX };

/* The records of one packet at one place. */
struct run {
	const struct join_seen *seen;
	unsigned int n;
	uint8_t place; /* index, or NOWHERE */
};

int
hopflow_init(struct hopflow_tab *t, size_t max, size_t blocks,
    const struct hash_key *key)
{
	*t = (struct hopflow_tab){ .key = *key, .max = max, .room = blocks };
	TAILQ_INIT(&t->born);
	TAILQ_INIT(&t->used);
	for (t->chains = 1; t->chains < max; t->chains *= 2)
		continue;
	t->chain = calloc(t->chains, sizeof(struct hopflow *));
	return t->chain == NULL ? -1 : 0;
}

static struct hopflow **
chain_of(struct hopflow_tab *t, const struct hopflow_key *key)
{
	return &t->chain[hash_bytes(&t->key, key, sizeof(*key)) &
			 (t->chains - 1)];
}

/* ---- flows --------------------------------------------------------------- */

static void
forget(struct hopflow_tab *t, struct hopflow *f)
{
	struct hopflow **at = chain_of(t, &f->key);
	struct hopflow_edge *e;

	while (*at != f)
		at = &(*at)->next;
	*at = f->next;
	TAILQ_REMOVE(&t->born, f, born);
	TAILQ_REMOVE(&t->used, f, used);
	while ((e = STAILQ_FIRST(&f->edges)) != NULL) {
		STAILQ_REMOVE_HEAD(&f->edges, link);
		mgendelay_clear(&e->sketch, &t->room);
		free(e);
	}
	free(f);
	t->n--;
}

static void
end(struct hopflow_tab *t, struct hopflow *f)
{
	hopline_emit(f, t->emit, t->arg);
	forget(t, f);
}

/* The flow goes on; where it goes stays known. */
static void
begin_anew(struct hopflow_tab *t, struct hopflow *f)
{
	struct hopflow_edge *e;

	for (unsigned int i = 0; i < f->n_places; i++)
		f->place[i] = (struct hopflow_place){ .at = f->place[i].at };
	STAILQ_FOREACH(e, &f->edges, link) {
		mgendelay_clear(&e->sketch, &t->room);
		e->packets = e->octets = e->repeated = e->unpaired = 0;
		e->delay = (struct mgendelay){ 0 };
	}
	f->packets = 0;
}

static struct hopflow *
make(struct hopflow_tab *t, const struct hopflow_key *key)
{
	struct hopflow **chain = chain_of(t, key);
	struct hopflow *f;

	if (t->n == t->max) {
		t->ended_early++;
		end(t, TAILQ_FIRST(&t->used));
	}
	if ((f = calloc(1, sizeof(*f))) == NULL)
		return NULL;
	f->key = *key;
	STAILQ_INIT(&f->edges);
	f->next = *chain;
	*chain = f;
	TAILQ_INSERT_TAIL(&t->born, f, born);
	TAILQ_INSERT_TAIL(&t->used, f, used);
	t->n++;
	return f;
}

static struct hopflow *
flow_of(struct hopflow_tab *t, const struct join_key *k)
{
	struct hopflow_key key = { .sport = k->sport,
		.dport = k->dport,
		.ipver = k->ipver,
		.proto = k->proto };
	struct hopflow *f;

	memcpy(key.src, k->src, sizeof(key.src));
	memcpy(key.dst, k->dst, sizeof(key.dst));
	for (f = *chain_of(t, &key); f != NULL; f = f->next) {
		if (memcmp(&f->key, &key, sizeof(key)) != 0)
			continue;
		TAILQ_REMOVE(&t->used, f, used);
		TAILQ_INSERT_TAIL(&t->used, f, used);
		return f;
	}
	return make(t, &key);
}

/* ---- places -------------------------------------------------------------- */

static bool
is_at(const struct hopflow_at *at, const struct join_seen *s)
{
	return at->src == s->src && at->iface == s->iface &&
	       at->role == s->role;
}

/* Put the new place ${id} behind ${before}, or in front of all. */
static void
put_in_order(struct hopflow *f, uint8_t id, uint8_t before)
{
	unsigned int at = f->n_places;

	while (at > 0 && f->order[at - 1] != before) {
		f->order[at] = f->order[at - 1];
		at--;
	}
	f->order[at] = id;
}

/* The place of ${s}, which came to ${before} just before. */
static uint8_t
place_of(
    struct hopflow *f, const struct join_seen *s, uint8_t pass, uint8_t before)
{
	const uint8_t id = f->n_places;

	for (uint8_t i = 0; i < id; i++) {
		if (is_at(&f->place[i].at, s) && f->place[i].at.pass == pass)
			return i;
	}
	if (id == HOPFLOW_PLACES_MAX)
		return NOWHERE;
	f->place[id].at =
	    (struct hopflow_at){ s->src, s->iface, s->role, pass };
	put_in_order(f, id, before);
	f->n_places++;
	return id;
}

/* Cut the records of ${p} into runs of one place each.  Returns their number. */
static unsigned int
runs_of(struct run runs[static JOIN_SEEN_MAX], struct hopflow *f,
    const struct join_packet *p)
{
	uint8_t before = NOWHERE;
	unsigned int n = 0;

	for (unsigned int i = 0; i < p->n; i++) {
		const struct join_seen *s = &p->seen[i];
		uint8_t pass = 0;

		if (i > 0 && joinpath_same(s, s - 1)) {
			runs[n - 1].n++;
			continue;
		}
		for (unsigned int k = 0; k < n; k++) {
			if (runs[k].seen->src == s->src &&
			    runs[k].seen->iface == s->iface &&
			    runs[k].seen->role == s->role)
				pass++;
		}
		before = place_of(f, s, pass, before);
		runs[n++] = (struct run){ s, 1, before };
	}
	return n;
}

/* ---- packets ------------------------------------------------------------- */

static struct hopflow_edge *
edge_of(struct hopflow *f, uint8_t from, uint8_t to)
{
	struct hopflow_edge *e;

	STAILQ_FOREACH(e, &f->edges, link) {
		if (e->from == from && e->to == to)
			return e;
	}
	if (f->n_edges == HOPFLOW_EDGES_MAX ||
	    (e = calloc(1, sizeof(*e))) == NULL)
		return NULL;
	e->from = from;
	e->to = to;
	f->n_edges++;
	STAILQ_INSERT_TAIL(&f->edges, e, link);
	return e;
}

static void
delayed(struct hopflow_tab *t, struct hopflow_edge *e, wall_t from, wall_t to)
{
	/* join.h keeps them within some windows of each other */
	const int64_t ns = to.ns - from.ns;

	mgendelay_add(&e->delay, ns);
	mgendelay_place(&e->sketch, ns, &t->room);
}

/*
 * The packet ${p} and its copies went from ${a} to ${b}.  When as many came as
 * went, they came in this order; else nobody knows which one is which.
 */
static void
hop(struct hopflow_tab *t, struct hopflow *f, const struct run *a,
    const struct run *b, const struct join_packet *p)
{
	const unsigned int n = a->n < b->n ? a->n : b->n;
	struct hopflow_edge *e = edge_of(f, a->place, b->place);

	f->place[a->place].ended += a->n - n;
	if (e == NULL) {
		t->unplaced++;
		return;
	}
	e->packets += n;
	e->repeated += b->n - n;
	e->octets += (uint64_t)n * p->key.len;
	if (a->n != b->n || (p->mixed && p->copies > 1)) {
		e->unpaired += n;
		return;
	}
	for (unsigned int i = 0; i < n; i++)
		delayed(t, e, a->seen[i].time, b->seen[i].time);
}

/* Are there several receivers?  Then there is no one path. */
static bool
spreads(const struct join_packet *p)
{
	const struct sink_src *to = NULL;

	if (obs_is_group(p->key.ipver, p->key.dst))
		return true;
	for (unsigned int i = 0; i < p->n; i++) {
		if (p->seen[i].role != OBS_ROLE_DELIVERED)
			continue;
		if (to != NULL && to != p->seen[i].src)
			return true;
		to = p->seen[i].src;
	}
	return false;
}

static void
count_times(struct hopflow *f, const struct join_packet *p)
{
	for (unsigned int i = 0; i < p->n; i++) {
		const wall_t time = p->seen[i].time;

		if (f->packets == 0 || time.ns < f->first.ns)
			f->first = time;
		if (f->packets == 0 || time.ns > f->last.ns)
			f->last = time;
		f->packets++;
	}
}

void
hopflow_put(struct hopflow_tab *t, const struct join_packet *p)
{
	struct hopflow *f = flow_of(t, &p->key);
	struct run runs[JOIN_SEEN_MAX];
	const struct run *from = NULL;
	unsigned int n;

	if (f == NULL) {
		t->unplaced++;
		return;
	}
	count_times(f, p);
	f->spreads |= spreads(p);
	n = runs_of(runs, f, p);
	for (unsigned int i = 0; i < n; i++) {
		if (runs[i].place == NOWHERE) {
			t->unplaced++;
			continue;
		}
		f->place[runs[i].place].packets += runs[i].n;
		f->place[runs[i].place].octets +=
		    (uint64_t)runs[i].n * p->key.len;
		if (from != NULL)
			hop(t, f, from, &runs[i], p);
		if (from == NULL || !f->spreads)
			from = &runs[i];
	}
	if (from != NULL && !f->spreads)
		f->place[from->place].ended += from->n;
}

void
hopflow_until(
    struct hopflow_tab *t, wall_t done, int64_t idle_ns, int64_t active_ns)
{
	struct hopflow *next;

	for (struct hopflow *f = TAILQ_FIRST(&t->born); f != NULL; f = next) {
		next = TAILQ_NEXT(f, born);
		if (f->last.ns < done.ns - idle_ns) {
			if (f->packets > 0)
				hopline_emit(f, t->emit, t->arg);
			forget(t, f);
		} else if (f->packets > 0 &&
			   f->first.ns < done.ns - active_ns) {
			hopline_emit(f, t->emit, t->arg);
			begin_anew(t, f);
		}
	}
}

void
hopflow_flush(struct hopflow_tab *t)
{
	struct hopflow *next;

	for (struct hopflow *f = TAILQ_FIRST(&t->born); f != NULL; f = next) {
		next = TAILQ_NEXT(f, born);
		end(t, f);
	}
}

void
hopflow_done(struct hopflow_tab *t)
{
	struct hopflow *next;

	for (struct hopflow *f = TAILQ_FIRST(&t->born); f != NULL; f = next) {
		next = TAILQ_NEXT(f, born);
		forget(t, f);
	}
	free(t->chain);
}
