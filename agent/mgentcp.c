/* SPDX-License-Identifier: BSD-3-Clause */
/* MGEN over TCP: which flow a segment belongs to. */
#include "agent/mgentcp.h"

#include <stdlib.h>
#include <string.h>

/* One direction of a connection. */
struct key {
	uint8_t src[16], dst[16];
	uint16_t sport, dport;
	uint16_t vlan;
	uint8_t iface, ipver;
};

struct state {
	struct key key;
	uint32_t used; /* age of the last use; 0: empty */
	uint32_t flow; /* of the message under way */
	uint32_t seq;  /* its sequence number in the flow */
	uint32_t next; /* TCP sequence of the next header */
	uint32_t left; /* octets of the message from .next on, 0: it ends */
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

/* A header ${m} stands at the TCP sequence number ${at}: what comes next? */
static void
step(struct state *s, const struct mgen *m, uint32_t at, bool repeated)
{
	const uint32_t rest = repeated ? s->left : m->size;
	const uint32_t part = rest < MGEN_SEGMENT ? rest : MGEN_SEGMENT;

	s->flow = m->flow;
	s->seq = m->seq;
	s->next = at + part;
	s->left = rest - part;
}

/* Read the header that is expected at ${off} within the segment. */
static bool
header_at(const struct mgentcp_seg *seg, size_t off, struct mgen *ret_m)
{
	return off < seg->captured &&
	       mgen_get(ret_m, seg->p + off, seg->captured - off);
}

static void
note(struct mgentcp_hit *hit, const struct mgen *m, bool repeated)
{
	if (!hit->header)
		hit->msg = *m;
	hit->header = true;
	hit->starts += !repeated;
}

/* Follow the headers from the one expected at s->next, inside the segment. */
static void
follow(struct state *s, const struct mgentcp_seg *seg, struct mgentcp_hit *hit)
{
	struct mgen m;

	while (s->next - seg->seq < seg->len) {
		const uint32_t at = s->next;
		bool repeated;

		if (!header_at(seg, at - seg->seq, &m)) {
			s->used = 0; /* out of step until a header leads */
			return;
		}
		repeated = s->left > 0 && m.flow == s->flow && m.seq == s->seq;
		step(s, &m, at, repeated);
		note(hit, &m, repeated);
	}
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
	if (leads) {
		const bool repeated = s->next == seg->seq && s->left > 0 &&
				      m.flow == s->flow && m.seq == s->seq;

		step(s, &m, seg->seq, repeated);
		note(ret_hit, &m, repeated);
		ret_hit->flow = m.flow;
	} else if (s->next - seg->seq > MGEN_SEGMENT + seg->len) {
		/* Before what we know, or behind a hole. */
		return false;
	} else if (s->next == seg->seq) {
		s->used = 0;
		return false;
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
