/* SPDX-License-Identifier: BSD-3-Clause */
/* From the question over CNAMEs to the addresses. */
#include "agent/dnschain.h"

#include <stdlib.h>
#include <string.h>

#include "agent/dnsrr.h"
#include "wire/bytes.h"

#define NONE        UINT16_MAX
#define SLOTS_LEAST 16
#define SLOTS_MAX   16384 /* a power of two above twice the records */

_Static_assert(SLOTS_MAX > 2 * DNSMSG_RRS_MAX, "the tables never fill up");

/* Records of one owner, class and type. */
struct group {
	uint64_t hash;  /* of the owner */
	uint16_t owner; /* where its name is in the message */
	uint16_t type, class;
	uint16_t first, last; /* records, a list over .next */
	bool visited;
};

struct dnschain {
	struct hash_key key;
	size_t mask; /* slots in use, less one */
	unsigned int n_groups;
	uint16_t by_group[SLOTS_MAX]; /* owner, class and type to group */
	uint16_t by_owner[SLOTS_MAX]; /* owner to the group that counts */
	struct group group[DNSMSG_RRS_MAX];
	uint16_t next[DNSMSG_RRS_MAX]; /* record of the same group */
	size_t names_len;
	uint8_t names[OBS_DNS_NAMES_MAX * DNSNAME_MAX];
	unsigned int n_addrs;
	struct obs_dns_addr addr[OBS_DNS_ADDRS_MAX];
};

struct dnschain *
dnschain_new(const struct hash_key *key)
{
	struct dnschain *c = calloc(1, sizeof(*c));

	if (c != NULL)
		c->key = *key;
	return c;
}

static void
clear(uint16_t *table, size_t slots)
{
	memset(table, 0xff, slots * sizeof(*table));
}

/* A name in the message, without compression. */
struct name {
	uint8_t wire[DNSNAME_MAX];
	size_t len;
	uint64_t hash;
	uint16_t at;
};

static void
unpack(const struct dnschain *c, struct name *n, const struct dnsmsg *m,
    uint16_t at)
{
	n->at = at;
	n->len = dnsrr_unpack(n->wire, m->msg, m->len, at);
	n->hash = hash_bytes(&c->key, n->wire, n->len);
}

/* Whether the owner of ${g} is ${n}. */
static bool
owns(const struct group *g, const struct dnsmsg *m, const struct name *n)
{
	uint8_t wire[DNSNAME_MAX];

	if (g->hash != n->hash)
		return false;
	return g->owner == n->at ||
	       (dnsrr_unpack(wire, m->msg, m->len, g->owner) == n->len &&
		   memcmp(wire, n->wire, n->len) == 0);
}

/* The slot of the group with the owner ${n}, or the one where it belongs. */
static uint16_t *
owner_slot(struct dnschain *c, const struct dnsmsg *m, const struct name *n)
{
	size_t i = n->hash & c->mask;

	while (c->by_owner[i] != NONE && !owns(&c->group[c->by_owner[i]], m, n))
		i = (i + 1) & c->mask;
	return &c->by_owner[i];
}

/* The same for owner, class and type; all owners with a hash are one. */
static uint16_t *
group_slot(struct dnschain *c, const struct dnsmsg *m, const struct name *n,
    const struct dnsmsg_rr *rr)
{
	const uint64_t kind = (uint64_t)rr->class << 16 | rr->type;
	size_t i = hash_fold(n->hash ^ kind, c->key.k[1] | 1) & c->mask;

	for (; c->by_group[i] != NONE; i = (i + 1) & c->mask) {
		const struct group *g = &c->group[c->by_group[i]];

		if (g->type == rr->type && g->class == rr->class &&
		    owns(g, m, n))
			break;
	}
	return &c->by_group[i];
}

static struct group *
group_of(struct dnschain *c, const struct dnsmsg *m, const struct name *n,
    const struct dnsmsg_rr *rr)
{
	uint16_t *slot = group_slot(c, m, n, rr);

	if (*slot == NONE) {
		*slot = (uint16_t)c->n_groups;
		*owner_slot(c, m, n) = (uint16_t)c->n_groups;
		c->group[c->n_groups++] = (struct group){ .hash = n->hash,
			.owner = rr->owner,
			.type = rr->type,
			.class = rr->class,
			.first = NONE };
	}
	return &c->group[*slot];
}

static void
add_record(struct dnschain *c, struct group *g, uint16_t i)
{
	c->next[i] = NONE;
	if (g->first == NONE) {
		g->first = i;
	} else {
		c->next[g->last] = i;
	}
	g->last = i;
}

/* Whether both names are the same pointer, as they mostly are. */
static bool
same_place(const uint8_t *msg, uint16_t a, uint16_t b)
{
	return msg[a] >= 0xc0 && get_be16(msg + a) == get_be16(msg + b);
}

static void
group_records(struct dnschain *c, const struct dnsmsg *m)
{
	const struct dnsmsg_rr *last = NULL;
	struct group *g = NULL;
	size_t slots = SLOTS_LEAST;
	struct name n;

	while (slots < 2 * (size_t)m->n_rrs)
		slots *= 2;
	c->mask = slots - 1;
	clear(c->by_group, slots);
	clear(c->by_owner, slots);
	c->n_groups = 0;
	for (unsigned int i = 0; i < m->n_rrs; i++) {
		const struct dnsmsg_rr *rr = &m->rr[i];
		const bool same =
		    last != NULL && same_place(m->msg, last->owner, rr->owner);

		if (!same)
			unpack(c, &n, m, rr->owner);
		if (!same || g == NULL || rr->type != last->type ||
		    rr->class != last->class)
			g = group_of(c, m, &n, rr);
		add_record(c, g, (uint16_t)i);
		last = rr;
	}
}

/* Store the address of ${rr} unless it is there.  Returns 0, -1 when full. */
static int
put_address(struct dnschain *c, const uint8_t *p, size_t len, uint32_t ttl)
{
	size_t i = hash_bytes(&c->key, p, len) & c->mask;

	for (; c->by_group[i] != NONE; i = (i + 1) & c->mask) {
		struct obs_dns_addr *a = &c->addr[c->by_group[i]];

		if (memcmp(a->addr, p, len) == 0) {
			if (ttl < a->ttl)
				a->ttl = ttl;
			return 0;
		}
	}
	if (c->n_addrs == OBS_DNS_ADDRS_MAX)
		return -1;
	c->by_group[i] = (uint16_t)c->n_addrs;
	c->addr[c->n_addrs] = (struct obs_dns_addr){ .ttl = ttl };
	memcpy(c->addr[c->n_addrs++].addr, p, len);
	return 0;
}

static enum dnschain_end
put_addresses(struct dnschain *c, const struct dnsmsg *m, const struct group *g,
    uint32_t ttl)
{
	const size_t len = g->type == DNSRR_TYPE_A ? 4 : 16;

	if (g->class != DNSRR_CLASS_IN)
		return DNSCHAIN_NOWHERE;
	clear(c->by_group, c->mask + 1);
	for (uint16_t i = g->first; i != NONE; i = c->next[i]) {
		const struct dnsmsg_rr *rr = &m->rr[i];

		if (put_address(c, m->msg + rr->rdata, len,
			rr->ttl < ttl ? rr->ttl : ttl) < 0)
			return DNSCHAIN_TOO_LARGE;
	}
	return DNSCHAIN_ADDRESS;
}

static void
put_name(struct dnschain *c, struct obs_dns *d, const struct name *n)
{
	memcpy(c->names + c->names_len, n->wire, n->len);
	c->names_len += n->len;
	d->n_names++;
}

static enum dnschain_end
follow(struct dnschain *c, struct obs_dns *d, const struct dnsmsg *m,
    struct name *n)
{
	uint32_t ttl = UINT32_MAX;
	uint16_t at;

	while ((at = *owner_slot(c, m, n)) != NONE && !c->group[at].visited) {
		struct group *g = &c->group[at];

		g->visited = true;
		if (g->type != DNSRR_TYPE_CNAME)
			return put_addresses(c, m, g, ttl);
		if (d->n_names == OBS_DNS_NAMES_MAX)
			return DNSCHAIN_TOO_LARGE;
		if (m->rr[g->last].ttl < ttl)
			ttl = m->rr[g->last].ttl;
		unpack(c, n, m, m->rr[g->last].rdata);
		put_name(c, d, n);
	}
	return DNSCHAIN_NOWHERE;
}

void
dnschain_question(
    struct dnschain *c, struct obs_dns *ret, const struct dnsmsg *m)
{
	memcpy(c->names, m->qname, m->qname_len);
	c->names_len = m->qname_len;
	c->n_addrs = 0;
	ret->names = c->names;
	ret->addrs = c->addr;
	ret->n_names = 1;
	ret->n_addrs = 0;
}

enum dnschain_end
dnschain_walk(struct dnschain *c, struct obs_dns *ret, const struct dnsmsg *m)
{
	enum dnschain_end end;
	struct name n;

	dnschain_question(c, ret, m);
	group_records(c, m);
	memcpy(n.wire, m->qname, m->qname_len);
	n.len = m->qname_len;
	n.hash = hash_bytes(&c->key, n.wire, n.len);
	n.at = 0; /* no record's owner is there */
	end = follow(c, ret, m, &n);
	if (end == DNSCHAIN_TOO_LARGE) {
		ret->n_names = ret->n_addrs = 0;
	} else {
		ret->n_addrs = (uint16_t)c->n_addrs;
	}
	return end;
}
