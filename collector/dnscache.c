/* SPDX-License-Identifier: BSD-3-Clause */
/* Who looked up which names, and what addresses came back. */
#include "collector/dnscache.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "wire/dnsname.h"

#define NONE UINT32_MAX

enum {
	FIRST_ROOM = 1024,
	HEADS_MIN = 256,
	PAIR_MAX = 64 /* lookups of one client for one address */
};

/* What the two tables look for. */
struct lookup_key {
	uint8_t client[16], addr[16];
	uint8_t client_ver, addr_ver;
};

/* One address of one answer. */
struct lookup {
	struct lookup_key k;
	struct dnschain *chain;
	wall_t time;                 /* of the latest answer */
	wall_t until;                /* the end of the longest TTL */
	uint32_t own_next;           /* of a client and address, latest first */
	uint32_t age_next, age_prev; /* of all, oldest first */
	/*
	 * Of all lookups of an address, the latest one stands for it in the
	 * table of addresses.  It is also the last one to be forgotten.
	 */
	bool is_latest;
	uint32_t addr_next; /* if so: another address */
};

struct dnscache {
	struct dnscache_conf conf;
	struct lookup *look; /* grows up to conf.max */
	size_t room, used;
	uint32_t spare;            /* list of unused ones by age_next */
	uint32_t oldest, youngest; /* ends of the list of all */
	uint32_t *own, *addr;      /* tables of n_heads lists each */
	size_t n_heads;
	struct dnschain_set *chains;
	struct dnscache_count count;
};

/* ---- lists of lookups ---------------------------------------------------- */

static uint32_t *
own_head(const struct dnscache *c, const struct lookup_key *k)
{
	const uint64_t h = hash_bytes(&c->conf.key, k, sizeof(*k));

	return &c->own[h & (c->n_heads - 1)];
}

static uint32_t *
addr_head(const struct dnscache *c, uint8_t ver, const uint8_t addr[static 16])
{
	const uint64_t h = hash_bytes(&c->conf.key, addr, 16) + ver;

	return &c->addr[h & (c->n_heads - 1)];
}

static void
age_unlink(struct dnscache *c, uint32_t i)
{
	const struct lookup *l = &c->look[i];

	if (l->age_prev != NONE) {
		c->look[l->age_prev].age_next = l->age_next;
	} else {
		c->oldest = l->age_next;
	}
	if (l->age_next != NONE) {
		c->look[l->age_next].age_prev = l->age_prev;
	} else {
		c->youngest = l->age_prev;
	}
}

static void
age_link(struct dnscache *c, uint32_t i)
{
	c->look[i].age_next = NONE;
	c->look[i].age_prev = c->youngest;
	if (c->youngest != NONE) {
		c->look[c->youngest].age_next = i;
	} else {
		c->oldest = i;
	}
	c->youngest = i;
}

/* The link to the latest lookup of the address in ${k}; to NONE without. */
static uint32_t *
addr_link(const struct dnscache *c, const struct lookup_key *k)
{
	uint32_t *link = addr_head(c, k->addr_ver, k->addr);

	while (*link != NONE && (c->look[*link].k.addr_ver != k->addr_ver ||
				    memcmp(c->look[*link].k.addr, k->addr,
					sizeof(k->addr)) != 0))
		link = &c->look[*link].addr_next;
	return link;
}

static void
addr_clear(struct dnscache *c, uint32_t i)
{
	if (!c->look[i].is_latest)
		return;
	*addr_link(c, &c->look[i].k) = c->look[i].addr_next;
	c->look[i].is_latest = false;
}

/* Let ${i} stand for its address. */
static void
addr_set(struct dnscache *c, uint32_t i)
{
	uint32_t *link = addr_link(c, &c->look[i].k);
	const uint32_t was = *link;

	if (was == i)
		return;
	c->look[i].addr_next = was == NONE ? NONE : c->look[was].addr_next;
	c->look[i].is_latest = true;
	if (was != NONE)
		c->look[was].is_latest = false;
	*link = i;
}

static void
own_link(struct dnscache *c, uint32_t i)
{
	uint32_t *head = own_head(c, &c->look[i].k);

	c->look[i].own_next = *head;
	*head = i;
}

static void
own_unlink(struct dnscache *c, uint32_t i)
{
	uint32_t *link = own_head(c, &c->look[i].k);

	while (*link != i)
		link = &c->look[*link].own_next;
	*link = c->look[i].own_next;
}

static void
forget(struct dnscache *c, uint32_t i)
{
	age_unlink(c, i);
	addr_clear(c, i);
	own_unlink(c, i);
	dnschain_drop(c->chains, c->look[i].chain);
	c->look[i].age_next = c->spare;
	c->spare = i;
	c->used--;
}

/* ---- room ---------------------------------------------------------------- */

static int
make_heads(struct dnscache *c, size_t n)
{
	uint32_t *own = malloc(n * sizeof(*own));
	uint32_t *addr = malloc(n * sizeof(*addr));

	if (own == NULL || addr == NULL) {
		free(own);
		free(addr);
		return -1;
	}
	memset(own, 0xff, n * sizeof(*own));
	memset(addr, 0xff, n * sizeof(*addr));
	free(c->own);
	free(c->addr);
	c->own = own;
	c->addr = addr;
	c->n_heads = n;
	return 0;
}

/* Twice the room, up to the limit. */
static int
grow(struct dnscache *c)
{
	size_t room = c->room * 2 < FIRST_ROOM ? FIRST_ROOM : c->room * 2;
	struct lookup *look;
	size_t heads = HEADS_MIN;

	if (room > c->conf.max)
		room = c->conf.max;
	if (room == c->room)
		return -1;
	while (heads < room)
		heads *= 2;
	if ((look = realloc(c->look, room * sizeof(*look))) == NULL)
		return -1;
	c->look = look;
	for (size_t i = room; i-- > c->room;) {
		look[i].age_next = c->spare;
		c->spare = (uint32_t)i;
	}
	c->room = room;
	if (heads == c->n_heads || make_heads(c, heads) != 0)
		return 0;
	for (uint32_t i = c->oldest; i != NONE; i = look[i].age_next) {
		addr_set(c, i);
		own_link(c, i);
	}
	return 0;
}

static bool
is_done(const struct dnscache *c, const struct lookup *l, wall_t now)
{
	return now.ns - l->until.ns > c->conf.grace_ns + c->conf.keep_ns;
}

static void
say_forgotten(struct dnscache *c, const struct lookup *l)
{
	c->count.forgotten++;
	c->conf.forgot(c->conf.arg, l->k.client_ver, l->k.client);
}

static uint32_t
take_room(struct dnscache *c, wall_t now)
{
	uint32_t i;

	/* Two at a time, so that the past does not pile up. */
	for (int n = 0; n < 2 && c->oldest != NONE; n++) {
		if (!is_done(c, &c->look[c->oldest], now))
			break;
		forget(c, c->oldest);
	}
	if (c->spare == NONE && grow(c) != 0) {
		const struct lookup *l = &c->look[c->oldest];

		if (!is_done(c, l, now))
			say_forgotten(c, l);
		forget(c, c->oldest);
	}
	i = c->spare;
	c->spare = c->look[i].age_next;
	c->used++;
	return i;
}

/* ---- the cache ----------------------------------------------------------- */

struct dnscache *
dnscache_new(const struct dnscache_conf *conf)
{
	struct dnscache *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->conf = *conf;
	c->spare = c->oldest = c->youngest = NONE;
	c->chains = dnschain_set_new(&conf->key);
	if (c->chains == NULL || make_heads(c, HEADS_MIN) != 0 ||
	    grow(c) != 0) {
		dnscache_free(c);
		errno = ENOMEM;
		return NULL;
	}
	return c;
}

static void
copy_addr(uint8_t dst[static 16], uint8_t ver, const uint8_t *addr)
{
	memset(dst, 0, 16);
	memcpy(dst, addr, ver == 4 ? 4 : 16);
}

static void
make_key(struct lookup_key *ret_k, uint8_t client_ver, const uint8_t *client,
    uint8_t addr_ver, const uint8_t *addr)
{
	copy_addr(ret_k->client, client_ver, client);
	copy_addr(ret_k->addr, addr_ver, addr);
	ret_k->client_ver = client_ver;
	ret_k->addr_ver = addr_ver;
}

static bool
same_key(const struct lookup_key *a, const struct lookup_key *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

/*
 * The lookup of ${k} with ${chain}, or NONE.  When there are PAIR_MAX others,
 * the oldest of them is forgotten.
 */
static uint32_t
find_same(struct dnscache *c, const struct lookup_key *k,
    const struct dnschain *chain)
{
	uint32_t last = NONE;
	unsigned int n = 0;

	for (uint32_t i = *own_head(c, k); i != NONE; i = c->look[i].own_next) {
		if (!same_key(&c->look[i].k, k))
			continue;
		if (c->look[i].chain == chain)
			return i;
		last = i;
		n++;
	}
	if (n >= PAIR_MAX) {
		say_forgotten(c, &c->look[last]);
		forget(c, last);
	}
	return NONE;
}

static void
put_one(struct dnscache *c, wall_t time, const struct lookup_key *k,
    struct dnschain *chain, uint32_t ttl)
{
	const wall_t until = { time.ns + (int64_t)ttl * MONO_NS_PER_S };
	uint32_t i = find_same(c, k, chain);

	c->count.lookups++;
	if (i != NONE) {
		if (time.ns < c->look[i].time.ns)
			return;
		age_unlink(c, i);
		own_unlink(c, i);
	} else {
		i = take_room(c, time);
		c->look[i].k = *k;
		c->look[i].chain = dnschain_hold(chain);
		c->look[i].is_latest = false;
		c->look[i].until = until;
	}
	c->look[i].time = time;
	if (until.ns > c->look[i].until.ns)
		c->look[i].until = until;
	age_link(c, i);
	own_link(c, i);
	addr_set(c, i);
}

void
dnscache_put(struct dnscache *c, wall_t time, const struct obs_dns *d)
{
	struct dnschain *chain = dnschain_take(c->chains, d);
	struct lookup_key k = { 0 };

	if (chain == NULL) {
		c->count.forgotten++;
		c->conf.forgot(c->conf.arg, d->ipver, d->client);
		return;
	}
	for (unsigned int i = 0; i < d->n_addrs; i++) {
		make_key(&k, d->ipver, d->client, d->qtype == 1 ? 4 : 6,
		    d->addrs[i].addr);
		put_one(c, time, &k, chain, d->addrs[i].ttl);
	}
	dnschain_drop(c->chains, chain);
}

/* Does the question of ${chain} stand in one of the lookups before ${end}? */
static bool
is_known_question(const struct dnscache *c, const struct lookup_key *k,
    uint32_t end, wall_t now)
{
	const struct dnschain *chain = c->look[end].chain;
	const size_t len = dnsname_get(chain->names, DNSNAME_MAX);

	for (uint32_t i = *own_head(c, k); i != end; i = c->look[i].own_next) {
		const struct lookup *l = &c->look[i];

		if (same_key(&l->k, k) &&
		    now.ns - l->until.ns <= c->conf.grace_ns &&
		    memcmp(l->chain->names, chain->names,
			len < l->chain->len ? len : l->chain->len) == 0)
			return true;
	}
	return false;
}

static void
set_hit(struct dnscache_hit *ret_hit, const struct lookup *l)
{
	ret_hit->chain = l->chain;
	ret_hit->time = l->time;
}

static enum dnscache_find
find_own(const struct dnscache *c, wall_t now, const struct lookup_key *k,
    struct dnscache_hit *ret_hit)
{
	enum dnscache_find found = DNSCACHE_NOTHING;
	unsigned int names = 0;

	for (uint32_t i = *own_head(c, k); i != NONE; i = c->look[i].own_next) {
		const struct lookup *l = &c->look[i];
		int64_t past;

		if (!same_key(&l->k, k))
			continue;
		past = now.ns - l->until.ns - c->conf.grace_ns;
		if (past <= 0 && !is_known_question(c, k, i, now)) {
			if (names++ == 0)
				set_hit(ret_hit, l);
			found = names > 1 ? DNSCACHE_AMBIGUOUS : DNSCACHE_OWN;
		} else if (past > 0 && found == DNSCACHE_NOTHING) {
			found = DNSCACHE_EXPIRED;
			ret_hit->past_ns = past;
			set_hit(ret_hit, l);
		}
	}
	ret_hit->names = names;
	return found;
}

enum dnscache_find
dnscache_find(const struct dnscache *c, wall_t now, uint8_t ipver,
    const uint8_t *client, const uint8_t *addr, struct dnscache_hit *ret_hit)
{
	struct dnscache_hit hit = { 0 };
	struct lookup_key k = { 0 };
	enum dnscache_find found;

	make_key(&k, ipver, client, ipver, addr);
	found = find_own(c, now, &k, &hit);
	if (found == DNSCACHE_NOTHING) {
		const uint32_t i = *addr_link(c, &k);

		if (i != NONE) {
			set_hit(&hit, &c->look[i]);
			hit.names = 1;
			found = DNSCACHE_OTHER;
		}
	}
	if (found != DNSCACHE_NOTHING)
		*ret_hit = hit;
	return found;
}

size_t
dnscache_size(const struct dnscache *c)
{
	return c->used;
}

struct dnschain_set *
dnscache_chains(const struct dnscache *c)
{
	return c->chains;
}

const struct dnscache_count *
dnscache_count(const struct dnscache *c)
{
	return &c->count;
}

void
dnscache_free(struct dnscache *c)
{
	if (c == NULL)
		return;
	dnschain_set_free(c->chains);
	free(c->own);
	free(c->addr);
	free(c->look);
	free(c);
}
