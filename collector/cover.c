/* SPDX-License-Identifier: BSD-3-Clause */
/* Whose lookups cannot have been missed: the proof behind "none". */
#include "collector/cover.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

enum {
	TAPS_MAX = 65536, /* connections known at once */
	TAP_HEADS = 1024,
	HEADS_MIN = 256,
	CLIENT_TAPS = 4 /* resolvers that one client asks */
};

/*
 * A connection of a resolver to an agent.  When it ends, it stays with the
 * clients that asked this resolver, who are not covered until it is back.
 */
struct tap {
	LIST_ENTRY(tap) of_src; /* those that are up, by source */
	LIST_ENTRY(tap) of_all; /* those that are up */
	unsigned int src;
	uint32_t conn;
	uint64_t resolver; /* hash of its name, once it is known */
	wall_t since;      /* nothing is missing from then on, */
	wall_t until;      /* until then */
	bool up;
	unsigned int users; /* clients that refer to it */
};

struct client {
	TAILQ_ENTRY(client) age;
	struct client *next; /* in the same list of the table */
	uint8_t addr[16];
	uint8_t ipver;
	uint8_t n_taps;
	bool crowded;  /* there are more resolvers than places */
	wall_t forgot; /* lookups before may be forgotten */
	struct tap *tap[CLIENT_TAPS];
};

TAILQ_HEAD(client_list, client);
LIST_HEAD(tap_list, tap);

struct cover {
	size_t max, used;
	int64_t lag_ns;
	bool all;
	struct hash_key key;
	const struct modelnet *net;
	size_t n_net;
	struct tap_list taps;
	struct tap_list by_src[TAP_HEADS];
	size_t n_taps;         /* up or not */
	unsigned int up, want; /* connections, and how many there should be */
	wall_t whole; /* since then there are as many as there should be */
	struct client_list clients; /* longest silent first */
	bool forgetful;             /* clients were forgotten */
	struct client **head;
	size_t n_heads;
};

struct cover *
cover_new(size_t max, int64_t lag_ns, bool all, const struct hash_key *key)
{
	struct cover *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->max = max;
	c->lag_ns = lag_ns;
	c->all = all;
	c->key = *key;
	c->whole.ns = INT64_MAX;
	LIST_INIT(&c->taps);
	TAILQ_INIT(&c->clients);
	c->n_heads = HEADS_MIN;
	while (c->n_heads < max)
		c->n_heads *= 2;
	c->head = calloc(c->n_heads, sizeof(struct client *));
	if (c->head == NULL) {
		free(c);
		errno = ENOMEM;
		return NULL;
	}
	return c;
}

void
cover_declare(struct cover *c, const struct modelnet *nets, size_t n)
{
	c->net = nets;
	c->n_net = n;
}

/* ---- connections --------------------------------------------------------- */

static struct tap_list *
taps_of(struct cover *c, unsigned int src)
{
	return &c->by_src[src % TAP_HEADS];
}

static struct tap *
find_tap(struct cover *c, unsigned int src, uint32_t conn)
{
	struct tap *t;

	LIST_FOREACH(t, taps_of(c, src), of_src)
		if (t->src == src && t->conn == conn)
			return t;
	return NULL;
}

static void
free_tap(struct cover *c, struct tap *t)
{
	if (t->up || t->users > 0)
		return;
	c->n_taps--;
	free(t);
}

static void
end_tap(struct cover *c, struct tap *t)
{
	LIST_REMOVE(t, of_src);
	LIST_REMOVE(t, of_all);
	t->up = false;
	c->up--;
	c->whole.ns = INT64_MAX;
	free_tap(c, t);
}

void
cover_up(struct cover *c, unsigned int src, uint32_t conn, wall_t at)
{
	struct tap *t = find_tap(c, src, conn);

	if (t != NULL)
		end_tap(c, t);
	if (c->n_taps == TAPS_MAX || (t = calloc(1, sizeof(*t))) == NULL) {
		c->want = UINT32_MAX; /* nothing is certain any more */
		c->whole.ns = INT64_MAX;
		return;
	}
	t->src = src;
	t->conn = conn;
	t->since = t->until = at;
	t->up = true;
	LIST_INSERT_HEAD(taps_of(c, src), t, of_src);
	LIST_INSERT_HEAD(&c->taps, t, of_all);
	c->n_taps++;
	if (++c->up >= c->want) {
		c->want = c->up;
		c->whole = at;
	}
}

void
cover_down(struct cover *c, unsigned int src, uint32_t conn)
{
	struct tap *t = find_tap(c, src, conn);

	if (t != NULL)
		end_tap(c, t);
}

static void
live_until(struct tap *t, wall_t at)
{
	if (at.ns > t->until.ns)
		t->until = at;
}

void
cover_alive(struct cover *c, unsigned int src, wall_t at)
{
	struct tap *t;

	LIST_FOREACH(t, taps_of(c, src), of_src)
		if (t->src == src)
			live_until(t, at);
}

void
cover_gap(struct cover *c, unsigned int src, wall_t at)
{
	struct tap *t;

	LIST_FOREACH(t, taps_of(c, src), of_src) {
		if (t->src != src)
			continue;
		if (at.ns > t->since.ns)
			t->since = at;
		if (c->whole.ns != INT64_MAX && at.ns > c->whole.ns)
			c->whole = at;
	}
}

void
cover_gone(struct cover *c, unsigned int src)
{
	struct tap *t, *next;

	for (t = LIST_FIRST(taps_of(c, src)); t != NULL; t = next) {
		next = LIST_NEXT(t, of_src);
		if (t->src == src)
			end_tap(c, t);
	}
}

/* ---- clients ------------------------------------------------------------- */

static struct client **
find_client(const struct cover *c, uint8_t ipver, const uint8_t *addr)
{
	const size_t len = ipver == 4 ? 4 : 16;
	const uint64_t h = hash_bytes(&c->key, addr, len);
	struct client **link = &c->head[h & (c->n_heads - 1)];

	while (*link != NULL && ((*link)->ipver != ipver ||
				    memcmp((*link)->addr, addr, len) != 0))
		link = &(*link)->next;
	return link;
}

static void
leave_tap(struct cover *c, struct client *k, unsigned int i)
{
	struct tap *t = k->tap[i];

	k->tap[i] = k->tap[--k->n_taps];
	t->users--;
	free_tap(c, t);
}

static void
drop_client(struct cover *c, struct client *k)
{
	struct client **link = find_client(c, k->ipver, k->addr);

	*link = k->next;
	TAILQ_REMOVE(&c->clients, k, age);
	while (k->n_taps > 0)
		leave_tap(c, k, 0);
	c->used--;
	free(k);
}

static struct client *
add_client(struct cover *c, wall_t at, uint8_t ipver, const uint8_t *addr)
{
	struct client *k, **link;

	if (c->used == c->max) {
		drop_client(c, TAILQ_FIRST(&c->clients));
		c->forgetful = true;
	}
	if ((k = calloc(1, sizeof(*k))) == NULL)
		return NULL;
	memcpy(k->addr, addr, ipver == 4 ? 4 : 16);
	k->ipver = ipver;
	/* It may be one that was forgotten: what it asked before is not known. */
	k->forgot.ns = c->forgetful ? at.ns : INT64_MIN;
	link = find_client(c, ipver, addr);
	*link = k;
	TAILQ_INSERT_TAIL(&c->clients, k, age);
	c->used++;
	return k;
}

/* The client asks the resolver behind ${t}, maybe back after a pause. */
static void
join_tap(struct cover *c, struct client *k, struct tap *t)
{
	for (unsigned int i = k->n_taps; i-- > 0;) {
		const struct tap *was = k->tap[i];

		if (was == t)
			return;
		if (!was->up && was->src == t->src &&
		    was->resolver == t->resolver)
			leave_tap(c, k, i);
	}
	if (k->n_taps == CLIENT_TAPS) {
		k->crowded = true;
		return;
	}
	k->tap[k->n_taps++] = t;
	t->users++;
}

void
cover_answer(
    struct cover *c, unsigned int src, wall_t at, const struct obs_dns *d)
{
	struct tap *t = find_tap(c, src, d->conn);
	struct client *k;

	if (t == NULL) { /* its beginning was before we listened */
		cover_up(c, src, d->conn, at);
		t = find_tap(c, src, d->conn);
	}
	if ((k = *find_client(c, d->ipver, d->client)) == NULL &&
	    (k = add_client(c, at, d->ipver, d->client)) == NULL)
		return;
	if (t == NULL) { /* no room: nothing is certain about it */
		k->crowded = true;
		return;
	}
	live_until(t, at);
	t->resolver = hash_bytes(&c->key, d->resolver, strlen(d->resolver));
	TAILQ_REMOVE(&c->clients, k, age);
	TAILQ_INSERT_TAIL(&c->clients, k, age);
	join_tap(c, k, t);
}

void
cover_forget(struct cover *c, wall_t at, uint8_t ipver, const uint8_t *client)
{
	struct client *k = *find_client(c, ipver, client);

	if (k != NULL && at.ns > k->forgot.ns)
		k->forgot = at;
}

static bool
tap_proves(const struct tap *t, wall_t from, int64_t until)
{
	return t->up && t->since.ns <= from.ns && t->until.ns >= until;
}

static bool
all_prove(const struct cover *c, wall_t from, int64_t until)
{
	const struct tap *t;

	if (c->whole.ns > from.ns)
		return false;
	LIST_FOREACH(t, &c->taps, of_all) {
		if (!tap_proves(t, from, until))
			return false;
	}
	return c->up > 0;
}

bool
cover_proves(const struct cover *c, uint8_t ipver, const uint8_t *client,
    wall_t from, wall_t until)
{
	const struct client *k = *find_client(c, ipver, client);
	const int64_t seen = until.ns + c->lag_ns;

	if (k != NULL && k->forgot.ns > from.ns)
		return false;
	if (k == NULL || k->n_taps == 0) {
		return modelnet_has(c->net, c->n_net, ipver, client) &&
		       all_prove(c, from, seen);
	}
	if (c->all && !all_prove(c, from, seen))
		return false;
	for (unsigned int i = 0; i < k->n_taps; i++) {
		if (!tap_proves(k->tap[i], from, seen))
			return false;
	}
	return !k->crowded;
}

size_t
cover_clients(const struct cover *c)
{
	return c->used;
}

void
cover_free(struct cover *c)
{
	struct client *k;
	struct tap *t;

	if (c == NULL)
		return;
	while ((k = TAILQ_FIRST(&c->clients)) != NULL) {
		TAILQ_REMOVE(&c->clients, k, age);
		while (k->n_taps > 0)
			leave_tap(c, k, 0);
		free(k);
	}
	while ((t = LIST_FIRST(&c->taps)) != NULL) {
		LIST_REMOVE(t, of_all);
		free(t);
	}
	free(c->head);
	free(c);
}
