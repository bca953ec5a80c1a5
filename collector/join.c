/* SPDX-License-Identifier: BSD-3-Clause */
/* One packet, seen at several places: records with equal digests are joined. */
#include "collector/join.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "collector/joinpath.h"

enum {
	COPIES_MAX = 64,
	PER_PACKET = 4 /* records that there is room for, on average */
};

#define NONE     UINT32_MAX
#define SLACK_NS (MONO_NS_PER_S / 2) /* disorder of one agent's records */

struct group {
	struct join_key key;
	uint16_t sport, dport; /* as far as anyone knows */
	uint8_t proto;
	uint8_t copies;
	bool mixed;
	uint16_t n;
	uint32_t head, tail; /* records */
	uint32_t next;       /* of the same chain, later ones follow */
	wall_t first;        /* time of the earliest record */
	int64_t until;       /* no record joins after that */
	TAILQ_ENTRY(group) order;
};

TAILQ_HEAD(group_list, group);

struct join {
	struct join_conf conf;
	struct join_count c;
	struct group *group;
	struct join_seen *seen;
	uint32_t *chain;
	size_t chains; /* a power of two */
	size_t n_seen;
	size_t new_group, new_seen; /* from there on: never used, not touched */
	struct group_list busy, idle;
	uint32_t idle_seen;
	int64_t done; /* packets that ended before are over */
};

struct join *
join_new(const struct join_conf *conf)
{
	struct join *j = calloc(1, sizeof(*j));

	if (j == NULL)
		return NULL;
	j->conf = *conf;
	j->done = INT64_MIN;
	j->n_seen = conf->packets * PER_PACKET;
	j->idle_seen = NONE;
	TAILQ_INIT(&j->busy);
	TAILQ_INIT(&j->idle);
	for (j->chains = 1; j->chains < conf->packets; j->chains *= 2)
		continue;
	j->group = calloc(conf->packets, sizeof(*j->group));
	j->seen = calloc(j->n_seen, sizeof(*j->seen));
	j->chain = malloc(j->chains * sizeof(*j->chain));
	if (j->group == NULL || j->seen == NULL || j->chain == NULL) {
		join_free(j);
		return NULL;
	}
	memset(j->chain, 0xff, j->chains * sizeof(*j->chain));
	return j;
}

static uint32_t *
chain_of(struct join *j, const struct join_key *key)
{
	return &j->chain[hash_bytes(&j->conf.key, key, sizeof(*key)) &
			 (j->chains - 1)];
}

/*
 * What a later fragment belongs to is known where the first one was seen, and
 * only there.
 */
static struct join_key
key_of(const struct obs_pkt *k)
{
	const bool later = k->frag == OBS_FRAG_LATER;
	struct join_key key = { .digest = k->digest,
		.len = k->len,
		.sport = later ? 0 : k->sport,
		.dport = later ? 0 : k->dport,
		.ipver = k->ipver,
		.proto = later ? 0 : k->proto,
		.frag = k->frag };

	memcpy(key.src, k->src, sizeof(key.src));
	memcpy(key.dst, k->dst, sizeof(key.dst));
	return key;
}

/* ---- packets ------------------------------------------------------------- */

static void
unchain(struct join *j, const struct group *g)
{
	uint32_t *at = chain_of(j, &g->key);

	while (&j->group[*at] != g)
		at = &j->group[*at].next;
	*at = g->next;
}

/* Nothing joins ${g} any more. */
static void
end(struct join *j, struct group *g)
{
	struct join_seen seen[JOIN_SEEN_MAX];
	struct join_packet p = { .key = g->key,
		.copies = g->copies,
		.mixed = g->mixed,
		.n = g->n,
		.seen = seen };
	unsigned int n = 0;

	for (uint32_t i = g->head; i != NONE; i = j->seen[i].next)
		seen[n++] = j->seen[i];
	j->seen[g->tail].next = j->idle_seen;
	j->idle_seen = g->head;
	unchain(j, g);
	TAILQ_REMOVE(&j->busy, g, order);
	TAILQ_INSERT_HEAD(&j->idle, g, order);
	joinpath_sort(seen, n);
	p.key.sport = g->sport;
	p.key.dport = g->dport;
	p.key.proto = g->proto;
	j->conf.emit(j->conf.arg, &p);
}

static void
end_oldest(struct join *j)
{
	j->c.early++;
	end(j, TAILQ_FIRST(&j->busy));
}

static struct group *
begin(struct join *j, const struct join_key *key, wall_t time)
{
	uint32_t *at = chain_of(j, key);
	struct group *g;

	if (TAILQ_EMPTY(&j->idle) && j->new_group < j->conf.packets) {
		g = &j->group[j->new_group++];
	} else {
		if (TAILQ_EMPTY(&j->idle))
			end_oldest(j);
		g = TAILQ_FIRST(&j->idle);
		TAILQ_REMOVE(&j->idle, g, order);
	}
	TAILQ_INSERT_TAIL(&j->busy, g, order);
	*g = (struct group){ .key = *key,
		.order = g->order,
		.proto = key->proto,
		.head = NONE,
		.tail = NONE,
		.next = NONE,
		.first = time,
		.until = time.ns };
	for (; *at != NONE; at = &j->group[*at].next) {
		struct group *old = &j->group[*at];

		if (old->until >= time.ns &&
		    memcmp(&old->key, key, sizeof(*key)) == 0)
			old->mixed = g->mixed = true;
	}
	*at = (uint32_t)(g - j->group);
	return g;
}

/*
 * May ${s} be of the packet ${g}, which was seen ${here} times at its place?
 * The n-th copy at one place is the n-th at another, so one more than at all
 * other places is a new copy; it must be within the window of the first one.
 */
static bool
fits(const struct join *j, const struct group *g, const struct join_seen *s,
    unsigned int here)
{
	const int64_t window = j->conf.window_ns;

	if (g->n == JOIN_SEEN_MAX || s->time.ns < g->first.ns - window)
		return false;
	if (here < g->copies)
		return s->time.ns <= g->until;
	return s->time.ns <= g->first.ns + window && g->copies < COPIES_MAX;
}

static unsigned int
times_at(const struct join *j, const struct group *g, const struct join_seen *s)
{
	unsigned int n = 0;

	for (uint32_t i = g->head; i != NONE; i = j->seen[i].next)
		n += joinpath_same(&j->seen[i], s);
	return n;
}

static struct group *
find(struct join *j, const struct join_key *key, const struct join_seen *s,
    unsigned int *ret_here)
{
	uint32_t i = *chain_of(j, key);

	for (; i != NONE; i = j->group[i].next) {
		struct group *g = &j->group[i];

		if (memcmp(&g->key, key, sizeof(*key)) != 0)
			continue;
		*ret_here = times_at(j, g, s);
		if (fits(j, g, s, *ret_here))
			return g;
	}
	*ret_here = 0;
	return NULL;
}

/* There is room for it. */
static void
add(struct join *j, struct group *g, const struct join_seen *s)
{
	uint32_t at = j->idle_seen;

	if (at == NONE) {
		at = (uint32_t)j->new_seen++;
	} else {
		j->idle_seen = j->seen[at].next;
	}
	j->seen[at] = *s;
	j->seen[at].next = NONE;
	if (g->tail == NONE) {
		g->head = at;
	} else {
		j->seen[g->tail].next = at;
	}
	g->tail = at;
	g->n++;
}

bool
join_put(struct join *j, const struct sink_src *src, wall_t time,
    const struct obs_pkt *k)
{
	const struct join_key key = key_of(k);
	const struct join_seen s = { .time = time,
		.src = src,
		.iface = k->iface,
		.role = k->role,
		.ttl = k->ttl };
	const int64_t window = j->conf.window_ns;
	unsigned int here;
	struct group *g;

	/* Times that no window can be added to are of no use. */
	if (time.ns > INT64_MAX - 2 * window ||
	    time.ns < INT64_MIN + 2 * window || time.ns + window < j->done) {
		j->c.late++;
		return false;
	}
	if (j->idle_seen == NONE && j->new_seen == j->n_seen)
		end_oldest(j);
	if ((g = find(j, &key, &s, &here)) == NULL)
		g = begin(j, &key, time);
	if (here == g->copies) {
		g->copies++;
		if (time.ns + window > g->until)
			g->until = time.ns + window;
	}
	if (time.ns < g->first.ns)
		g->first = time;
	if ((k->has & OBS_HAS_PORTS) || g->proto == 0) {
		g->sport = k->sport;
		g->dport = k->dport;
		g->proto = k->proto;
	}
	add(j, g, &s);
	return true;
}

void
join_until(struct join *j, wall_t done)
{
	struct group *g;

	if (done.ns < INT64_MIN + SLACK_NS || done.ns - SLACK_NS <= j->done)
		return;
	j->done = done.ns - SLACK_NS;
	while ((g = TAILQ_FIRST(&j->busy)) != NULL && g->until < j->done)
		end(j, g);
}

void
join_flush(struct join *j)
{
	struct group *g;

	while ((g = TAILQ_FIRST(&j->busy)) != NULL)
		end(j, g);
	j->done = INT64_MIN;
}

struct join_count
join_counted(const struct join *j)
{
	return j->c;
}

void
join_free(struct join *j)
{
	if (j == NULL)
		return;
	free(j->group);
	free(j->seen);
	free(j->chain);
	free(j);
}
