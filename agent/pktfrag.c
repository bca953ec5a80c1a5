/* SPDX-License-Identifier: BSD-3-Clause */
/* Fragments: what the first one of a packet told, for the later ones. */
#include "agent/pktfrag.h"

#include <stdlib.h>
#include <string.h>

/*
 * RFC 791 section 3.2: source, destination, protocol and identification; and
 * where it was seen, as two networks may use the same addresses.
 */
struct key {
	uint8_t src[16], dst[16];
	uint32_t id;
	uint16_t vlan, iface;
	uint8_t ipver, proto;
	uint8_t zero[2]; /* it is compared as octets */
};

struct entry {
	struct key key;
	uint16_t sport, dport;
	uint32_t mgen_flow;
	uint8_t proto, has, icmp_type, icmp_code;
	int64_t since; /* ns; 0 is an empty entry */
};

struct pktfrag {
	struct hash_key hash;
	struct entry set[PKTFRAG_SETS][PKTFRAG_WAYS];
};

struct pktfrag *
pktfrag_new(const struct hash_key *key)
{
	struct pktfrag *f = calloc(1, sizeof(*f));

	if (f != NULL)
		f->hash = *key;
	return f;
}

static struct key
key_of(const struct obs_pkt *k, uint32_t id)
{
	struct key key = { .id = id,
		.vlan = k->vlan,
		.iface = k->iface,
		.ipver = k->ipver,
		/* RFC 8200: the next header is no part of an IPv6 key */
		.proto = k->ipver == 4 ? k->proto : 0 };

	memcpy(key.src, k->src, sizeof(key.src));
	memcpy(key.dst, k->dst, sizeof(key.dst));
	return key;
}

static struct entry *
set_of(struct pktfrag *f, const struct key *key)
{
	return f->set[hash_bytes(&f->hash, key, sizeof(*key)) % PKTFRAG_SETS];
}

void
pktfrag_first(struct pktfrag *f, const struct obs *o, uint32_t id)
{
	const struct obs_pkt *k = &o->pkt;
	const struct key key = key_of(k, id);
	struct entry *e = set_of(f, &key);
	struct entry *at = e;

	for (int i = 0; i < PKTFRAG_WAYS; i++) {
		if (e[i].since != 0 &&
		    memcmp(&e[i].key, &key, sizeof(key)) == 0) {
			at = &e[i];
			break;
		}
		if (e[i].since < at->since)
			at = &e[i];
	}
	*at = (struct entry){ .key = key,
		.sport = k->sport,
		.dport = k->dport,
		.mgen_flow = k->mgen_flow,
		.proto = k->proto,
		.has = k->has & (OBS_HAS_PORTS | OBS_HAS_ICMP | OBS_HAS_MGEN),
		.icmp_type = k->icmp_type,
		.icmp_code = k->icmp_code,
		.since = o->time.ns == 0 ? 1 : o->time.ns };
}

int
pktfrag_later(struct pktfrag *f, struct obs *o, uint32_t id)
{
	struct obs_pkt *k = &o->pkt;
	const struct key key = key_of(k, id);
	const struct entry *e = set_of(f, &key);

	for (int i = 0; i < PKTFRAG_WAYS; i++, e++) {
		if (e->since == 0 || memcmp(&e->key, &key, sizeof(key)) != 0)
			continue;
		if (o->time.ns - e->since > PKTFRAG_LIFE_S * MONO_NS_PER_S)
			return -1;
		/* An IPv6 one names the header that its first one began with */
		k->proto = e->proto;
		k->sport = e->sport;
		k->dport = e->dport;
		k->mgen_flow = e->mgen_flow;
		k->icmp_type = e->icmp_type;
		k->icmp_code = e->icmp_code;
		k->has |= e->has;
		return 0;
	}
	return -1;
}
