/* SPDX-License-Identifier: BSD-3-Clause */
/* MGEN over TCP: which flow a segment belongs to. */
#include "agent/mgentcp.h"

#include <stdlib.h>
#include <string.h>

/* Octets that may be sent again, or follow a header that we did not see. */
#define WINDOW (1u << 20)

/* One direction of a connection. */
struct key {
	uint8_t src[16], dst[16];
	uint16_t sport, dport;
	uint16_t vlan, iface;
	uint8_t ipver;
	uint8_t zero; /* it is compared as octets */
};

struct state {
	struct key key;
	uint32_t used; /* age of the last use; 0: empty */
	uint32_t flow; /* of the message under way */
	uint32_t seq;  /* its sequence number in the flow */
	uint32_t next; /* TCP sequence of the next header */
	uint32_t left; /* octets of the message from .next on, 0: it ends */
	bool any;      /* a header was seen: the four above mean something */
	bool lost;     /* no header was where one had to be */
};

struct mgentcp {
	struct hash_key hash;
	uint32_t uses;
	struct state set[MGENTCP_SETS][MGENTCP_WAYS];
};

struct mgentcp *
mgentcp_new(const struct hash_key *key)
{
	struct mgentcp *t = calloc(1, sizeof(*t));

	if (t != NULL)
		t->hash = *key;
	return t;
}

static struct key
key_of(const struct obs_pkt *k)
{
	struct key key = { .sport = k->sport,
		.dport = k->dport,
		.vlan = k->vlan,
		.iface = k->iface,
		.ipver = k->ipver };

	memcpy(key.src, k->src, sizeof(key.src));
	memcpy(key.dst, k->dst, sizeof(key.dst));
	return key;
}

/* Find the state of ${key}; with ${make}, the least recently used gives way. */
static struct state *
find(struct mgentcp *t, const struct key *key, bool make)
{
	struct state *s =
	    t->set[hash_bytes(&t->hash, key, sizeof(*key)) % MGENTCP_SETS];
	struct state *oldest = s;

	for (int i = 0; i < MGENTCP_WAYS; i++) {
		if (s[i].used != 0 &&
		    memcmp(&s[i].key, key, sizeof(*key)) == 0) {
			s[i].used = ++t->uses;
			return &s[i];
		}
		if (s[i].used < oldest->used)
			oldest = &s[i];
	}
	if (!make)
		return NULL;
	*oldest = (struct state){ .key = *key, .used = ++t->uses };
	return oldest;
}

/* Read the header that is expected at ${off} within the segment. */
static bool
header_at(const struct mgentcp_seg *seg, size_t off, struct mgen *ret_m)
{
	return off < seg->captured &&
	       mgen_get(ret_m, seg->p + off, seg->captured - off);
}

/* The message or its part goes on from ${at} for ${rest} octets. */
static void
expect(struct state *s, uint32_t at, uint32_t rest)
{
	const uint32_t part = rest < MGEN_SEGMENT ? rest : MGEN_SEGMENT;

	s->next = at + part;
	s->left = rest - part;
}

/* The header ${m} stands at the TCP sequence number ${at}. */
static void
enter(
    struct state *s, const struct mgen *m, uint32_t at, struct mgentcp_hit *hit)
{
	const bool same = s->any && m->flow == s->flow && m->seq == s->seq;

	expect(s, at, same && s->left > 0 && at == s->next ? s->left : m->size);
	s->any = true;
	s->lost = false;
	s->flow = m->flow;
	s->seq = m->seq;
	if (!hit->header)
		hit->msg = *m;
	hit->header = true;
	hit->starts += !same;
}

/* Follow the headers from the one expected at s->next, inside the segment. */
static void
follow(struct state *s, const struct mgentcp_seg *seg, struct mgentcp_hit *hit)
{
	struct mgen m;

	while (s->next - seg->seq < seg->len) {
		const size_t off = s->next - seg->seq;

		if (header_at(seg, off, &m)) {
			enter(s, &m, s->next, hit);
		} else if (off + MGEN_HEAD <= seg->captured) {
			s->lost = true;
			return;
		} else if (s->left > 0) {
			/* repeated and not seen: we know what it says */
			expect(s, s->next, s->left);
		} else {
			return; /* s->next stays behind */
		}
	}
}

/* Out of step: look for a header anywhere in the segment. */
static bool
resume(struct state *s, const struct mgentcp_seg *seg, struct mgentcp_hit *hit)
{
	struct mgen m;

	for (size_t off = 1; off + MGEN_HEAD <= seg->captured; off++) {
		if (!header_at(seg, off, &m))
			continue;
		enter(s, &m, seg->seq + (uint32_t)off, hit);
		hit->flow = m.flow;
		return true;
	}
	return false;
}

/* A segment that does not begin with a header: is it MGEN's? */
static bool
goes_on(struct state *s, const struct mgentcp_seg *seg, struct mgentcp_hit *hit)
{
	const uint32_t ahead = s->next - seg->seq;

	if (ahead != 0 && ahead <= WINDOW)
		return !s->lost && ahead <= MGEN_SEGMENT;
	if (resume(s, seg, hit))
		return true;
	if (ahead == 0 && seg->captured >= MGEN_HEAD)
		s->lost = true;
	return !s->lost && seg->seq - s->next < WINDOW;
}

bool
mgentcp_seen(struct mgentcp *t, const struct obs_pkt *k,
    const struct mgentcp_seg *seg, struct mgentcp_hit *ret_hit)
{
	struct mgen m;
	const bool leads = header_at(seg, 0, &m);
	struct key key;
	struct state *s;

	if (!leads && t->uses == 0)
		return false;
	key = key_of(k);
	s = find(t, &key, leads);
	if (s == NULL)
		return false;
	*ret_hit = (struct mgentcp_hit){ .flow = s->flow };
	if (!leads) {
		if (!goes_on(s, seg, ret_hit))
			return false;
	} else if (s->any && s->next - seg->seq - 1 < WINDOW) {
		/* sent again: counted before */
		ret_hit->flow = m.flow;
		ret_hit->header = true;
		ret_hit->msg = m;
	} else {
		ret_hit->flow = m.flow;
		enter(s, &m, seg->seq, ret_hit);
	}
	follow(s, seg, ret_hit);
	return true;
}

void
mgentcp_reset(struct mgentcp *t, const struct obs_pkt *k)
{
	struct key key;
	struct state *s;

	if (t->uses == 0)
		return;
	key = key_of(k);
	s = find(t, &key, false);
	if (s != NULL)
		s->used = 0;
}
