/* SPDX-License-Identifier: BSD-3-Clause */
/* Finds the slot of a flow: the hash table that only an encoder needs. */
#include "wire/flowtab.h"

#include <stdlib.h>
#include <string.h>

#include "wire/bytes.h"
#include "wire/hash.h"

#define NO_SLOT UINT16_MAX

struct flowtab {
	struct dict *dict;
	uint64_t salt[3]; /* secret: who sends packets chooses the flows */
	uint32_t mask;
	uint16_t bucket[]; /* chains of slots, twice as many as those */
};

struct flowtab *
flowtab_new(struct dict *d)
{
	const size_t n = (size_t)d->n_slots * 2;
	struct hash_key key;
	struct flowtab *t = malloc(sizeof(*t) + n * sizeof(t->bucket[0]));

	if (t == NULL)
		return NULL;
	t->dict = d;
	t->mask = (uint32_t)n - 1;
	hash_key_draw(&key);
	t->salt[0] = key.k[0] | 1;
	t->salt[1] = key.k[1] | 1;
	t->salt[2] = hash_fold(key.k[0] ^ key.k[1], 0x94d049bb133111ebu) | 1;
	flowtab_reset(t);
	return t;
}

void
flowtab_reset(struct flowtab *t)
{
	for (uint32_t i = 0; i <= t->mask; i++)
		t->bucket[i] = NO_SLOT;
}

/*
 * An end of a flow; both directions of one must meet in the same bucket.  No
 * port makes up for another address, as a sum with the port itself would let
 * it.
 */
static inline uint64_t
hash_end(const struct flowtab *t, const uint8_t addr[static 16], uint16_t port)
{
	return hash_fold(load64(addr) ^ t->salt[0],
	    (load64(addr + 8) ^ t->salt[1]) + port * t->salt[2]);
}

static inline uint16_t *
bucket_of(struct flowtab *t, const struct obs_pkt *k)
{
	const uint64_t ends =
	    hash_end(t, k->src, k->sport) + hash_end(t, k->dst, k->dport);
	const uint64_t rest =
	    (uint64_t)k->mgen_flow << 32 ^ (uint64_t)k->vlan << 16 ^
	    (uint64_t)k->proto << 8 ^ (uint64_t)k->icmp_type << 24 ^
	    (uint64_t)k->iface << 48 ^ k->role;

	return &t->bucket[(uint32_t)hash_fold(ends ^ rest, t->salt[2]) &
			  t->mask];
}

#define AT(member) offsetof(struct obs_pkt, member)

/* Return the direction in which ${k} belongs to ${s}, or FLOWTAB_NEW. */
static inline unsigned int
match(const struct dict_slot *s, const struct obs_pkt *k, uint8_t has)
{
	const uint8_t *own = s->key;
	const uint8_t *key = (const uint8_t *)k;

	if (s->has != has ||
	    load32(own + AT(mgen_flow)) != load32(key + AT(mgen_flow)) ||
	    load64(own + AT(vlan)) != load64(key + AT(vlan)) ||
	    own[AT(role)] != k->role)
		return FLOWTAB_NEW;
	if (load32(own + AT(sport)) == load32(key + AT(sport)) &&
	    same16(own, key) && same16(own + 16, key + 16))
		return 0;
	if (memcmp(own + AT(sport), &k->dport, 2) == 0 &&
	    memcmp(own + AT(dport), &k->sport, 2) == 0 && same16(own, k->dst) &&
	    same16(own + 16, k->src))
		return 1;
	return FLOWTAB_NEW;
}

/* Take the flow that is to lose its slot out of its bucket. */
static void
unchain(struct flowtab *t, const struct dict_slot *s)
{
	const uint16_t slot = (uint16_t)(s - t->dict->slot);
	struct obs_pkt key;
	uint16_t *at;

	memcpy(&key, s->key, DICT_KEY_LEN);
	at = bucket_of(t, &key);
	while (*at != slot)
		at = &t->dict->slot[*at].chain;
	*at = s->chain;
}

struct dict_slot *
flowtab_get(struct flowtab *t, const struct obs_pkt *k, uint8_t has,
    unsigned int *ret_dir)
{
	uint16_t *bucket = bucket_of(t, k);
	struct dict *d = t->dict;
	struct dict_slot *s;

	for (uint16_t i = *bucket; i != NO_SLOT; i = s->chain) {
		s = &d->slot[i];
		*ret_dir = match(s, k, has);
		if (*ret_dir != FLOWTAB_NEW)
			return s;
	}
	if (d->slot[d->fifo].used)
		unchain(t, &d->slot[d->fifo]);
	s = dict_add(d, k, has);
	s->chain = *bucket;
	*bucket = (uint16_t)(s - d->slot);
	*ret_dir = FLOWTAB_NEW;
	return s;
}

void
flowtab_free(struct flowtab *t)
{
	free(t);
}
