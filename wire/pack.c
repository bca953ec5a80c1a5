/* SPDX-License-Identifier: BSD-3-Clause */
/* Packet records to columns: what deflate then makes small. */
#include "wire/pack.h"

#include <stdlib.h>

#include "wire/bits.h"
#include "wire/bytes.h"
#include "wire/dict.h"

#define NO_SLOT      UINT16_MAX
#define RAW_MAX      24 /* octets: time and lag 8 each, sequence and digest 4 */
#define RAW_FLOW_MAX 4  /* octets: the low halves of two IPv4 addresses */
#define ADDR_BUCKETS 4096
#define RARE_MIN     8 /* definitions and quotes that any block can hold */

struct column {
	uint8_t *start;
	uint8_t *p;
};

struct pack {
	struct dict *dict;
	uint16_t *bucket; /* chains of slots by flow, twice as many */
	uint32_t bucket_mask;
	bool masks;          /* not all fields are sent */
	struct obs_pkt mask; /* ones where a member is sent; see leave_out */
	uint64_t salt;       /* of the buckets */
	uint8_t addr_at[ADDR_BUCKETS]; /* last address of each bucket */
	unsigned int tick_exp;
	unsigned int count, block;
	unsigned int messages;
	unsigned int rare, rare_max; /* definitions and quotes */
	struct column col[PACK_COLS];
	struct bits_wr raw;
	uint8_t *memory;
};

int64_t
pack_tick(unsigned int tick_exp)
{
	int64_t ns = 1;

	while (tick_exp-- > 0)
		ns *= 10;
	return ns;
}

/*
 * Floor division, with the common tick as a constant.  The one tick whose
 * start lies below INT64_MIN ns is not used: its times round up.
 */
static int64_t
to_tick(wall_t time, unsigned int tick_exp)
{
	const int64_t tick = tick_exp == 3 ? 1000 : pack_tick(tick_exp);
	const int64_t q = tick_exp == 3 ? time.ns / 1000 : time.ns / tick;

	return q - (time.ns - q * tick < 0 && q > INT64_MIN / tick);
}

static size_t
column_size(unsigned int c, unsigned int block, unsigned int rare)
{
	if (c < PACK_KIND)
		return block;
	switch (c) {
	case PACK_V4_0:
	case PACK_V4_1:
		return (size_t)rare * 2;
	case PACK_V6:
		return (size_t)rare * 32;
	case PACK_LAG:
	case PACK_SEQ:
		return block;
	case PACK_QUOTE:
		return (size_t)rare * 38;
	default:
		return rare;
	}
}

static unsigned int
rare_max(unsigned int block)
{
	return block / 2 + RARE_MIN;
}

size_t
pack_room(const struct hello_params *par)
{
	size_t room = (size_t)par->block * RAW_MAX +
		      (size_t)rare_max(par->block) * RAW_FLOW_MAX + 16;

	for (unsigned int c = 0; c < PACK_COLS; c++)
		room += column_size(c, par->block, rare_max(par->block));
	return room;
}

static void
lay_out(struct pack *p)
{
	uint8_t *at = p->memory;

	for (unsigned int c = 0; c < PACK_COLS; c++) {
		p->col[c].start = at;
		at += column_size(c, p->block, p->rare_max);
	}
	p->raw.start = at;
}

static uint8_t
ones(uint32_t fields, enum hello_field field)
{
	return fields & field ? UINT8_MAX : 0;
}

/* Only the two words from .vlan and .len on, and .has, are for use. */
static void
set_mask(struct obs_pkt *ret_mask, uint32_t fields)
{
	memset(ret_mask, UINT8_MAX, sizeof(*ret_mask));
	ret_mask->tcp_flags = ones(fields, HELLO_FIELD_TCP_FLAGS);
	ret_mask->ttl = ones(fields, HELLO_FIELD_TTL);
	ret_mask->tos = ones(fields, HELLO_FIELD_TOS);
	ret_mask->vlan = fields & HELLO_FIELD_VLAN ? UINT16_MAX : 0;
	ret_mask->iface = ones(fields, HELLO_FIELD_IFACE);
	ret_mask->role = ones(fields, HELLO_FIELD_ROLE);
	ret_mask->frag = ones(fields, HELLO_FIELD_FRAG);
	ret_mask->icmp_type = ones(fields, HELLO_FIELD_ICMP);
	ret_mask->icmp_code = ones(fields, HELLO_FIELD_ICMP);
	ret_mask->has =
	    (uint8_t)(OBS_HAS_PORTS | OBS_HAS_MGEN |
		      (fields & HELLO_FIELD_ICMP ? OBS_HAS_ICMP : 0) |
		      (fields & HELLO_FIELD_QUOTE ? OBS_HAS_QUOTE : 0) |
		      (fields & HELLO_FIELD_MSG ? OBS_HAS_MSG : 0) |
		      (fields & HELLO_FIELD_DIGEST ? OBS_HAS_DIGEST : 0));
}

struct pack *
pack_new(const struct hello_params *par)
{
	struct pack *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	p->masks = par->fields != HELLO_FIELD_ALL;
	set_mask(&p->mask, par->fields);
	p->tick_exp = par->tick_exp;
	p->block = par->block;
	p->rare_max = rare_max(par->block);
	p->dict = dict_new(par->slots_log2);
	p->bucket_mask = (2u << par->slots_log2) - 1;
	p->bucket = calloc((size_t)p->bucket_mask + 1, sizeof(*p->bucket));
	p->memory = malloc(pack_room(par));
	if (p->dict == NULL || p->bucket == NULL || p->memory == NULL) {
		pack_free(p);
		return NULL;
	}
	lay_out(p);
	/* Senders of packets cannot know where our memory lies (ASLR). */
	p->salt = hash_fold((uintptr_t)p->memory, 0x9e3779b97f4a7c15u) | 1;
	pack_clear(p);
	pack_reset(p, (wall_t){ 0 });
	return p;
}

void
pack_reset(struct pack *p, wall_t base)
{
	dict_reset(p->dict, to_tick(base, p->tick_exp));
	for (uint32_t i = 0; i <= p->bucket_mask; i++)
		p->bucket[i] = NO_SLOT;
	memset(p->addr_at, 0, sizeof(p->addr_at));
}

static inline void
put(struct pack *p, enum pack_col c, unsigned int v)
{
	*p->col[c].p++ = (uint8_t)v;
}

static inline uint64_t
load64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline void
store64(uint8_t *p, uint64_t v)
{
	memcpy(p, &v, sizeof(v));
}

static inline uint32_t
load32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* An end of a flow; both directions of one must meet in the same bucket. */
static inline uint64_t
hash_end(uint64_t salt, const uint8_t addr[static 16], uint16_t port)
{
	return hash_fold(
	    load64(addr) ^ salt, load64(addr + 8) + port + 0xd1342543de82ef95u);
}

static uint32_t
hash_flow(const struct pack *p, const struct obs_pkt *k)
{
	const uint64_t ends = hash_end(p->salt, k->src, k->sport) +
			      hash_end(p->salt, k->dst, k->dport);
	const uint64_t rest =
	    (uint64_t)k->mgen_flow << 32 ^ (uint64_t)k->vlan << 16 ^
	    (uint64_t)k->proto << 8 ^ (uint64_t)k->icmp_type << 24 ^
	    (uint64_t)k->iface << 4 ^ k->role;

	return (uint32_t)hash_fold(ends ^ rest, 0xbf58476d1ce4e5b9u) &
	       p->bucket_mask;
}

static inline bool
same16(const uint8_t *a, const uint8_t *b)
{
	return ((load64(a) ^ load64(b)) | (load64(a + 8) ^ load64(b + 8))) == 0;
}

#define AT(member) offsetof(struct obs_pkt, member)

/* Return the direction in which ${k} belongs to ${s}, -1 when it does not. */
static int
match(const struct dict_slot *s, const struct obs_pkt *k, uint8_t has)
{
	const uint8_t *own = s->key;
	const uint8_t *key = (const uint8_t *)k;

	if (s->has != has ||
	    load32(own + AT(mgen_flow)) != load32(key + AT(mgen_flow)) ||
	    load64(own + AT(vlan)) != load64(key + AT(vlan)))
		return -1;
	if (load32(own + AT(sport)) == load32(key + AT(sport)) &&
	    same16(own, key) && same16(own + 16, key + 16))
		return 0;
	if (memcmp(own + AT(sport), &k->dport, 2) == 0 &&
	    memcmp(own + AT(dport), &k->sport, 2) == 0 && same16(own, k->dst) &&
	    same16(own + 16, k->src))
		return 1;
	return -1;
}

/* Take the flow that is to lose its slot out of its bucket. */
static void
unchain(struct pack *p, const struct dict_slot *s)
{
	const uint16_t slot = (uint16_t)(s - p->dict->slot);
	struct obs_pkt key;
	uint16_t *at;

	memcpy(&key, s->key, DICT_KEY_LEN);
	at = &p->bucket[hash_flow(p, &key)];
	while (*at != slot)
		at = &p->dict->slot[*at].chain;
	*at = s->chain;
}

static void
put_addr(
    struct pack *p, enum pack_col c, const uint8_t addr[static 16], bool v6)
{
	struct dict *d = p->dict;
	/*
	 * No salt: the same input always makes the same stream, and who forces
	 * a collision only makes an address be sent again.
	 */
	uint8_t *at = &p->addr_at[hash_end(0, addr, 0) % ADDR_BUCKETS];

	if (*at != 0 && same16(d->addr[*at], addr)) {
		put(p, c, *at);
		return;
	}
	put(p, c, 0);
	*at = (uint8_t)dict_addr_add(d, addr);
	if (v6) {
		memcpy(p->col[PACK_V6].p, addr, 16);
		p->col[PACK_V6].p += 16;
		return;
	}
	put(p, PACK_V4_0, addr[0]);
	put(p, PACK_V4_1, addr[1]);
	bits_put(&p->raw, get_be16(addr + 2), 16);
}

static void
put_flow(struct pack *p, const struct obs_pkt *k, uint8_t has)
{
	const bool v6 = k->ipver == 6;

	put(p, PACK_KIND,
	    (v6 ? PACK_KIND_V6 : 0u) | (unsigned)has << PACK_KIND_HAS_SHIFT |
		(k->vlan != 0 ? PACK_KIND_VLAN : 0u) |
		(k->iface != 0 ? PACK_KIND_IFACE : 0u) |
		(k->role != 0 ? PACK_KIND_ROLE : 0u));
	put(p, PACK_PROTO, k->proto);
	put_addr(p, PACK_SRC, k->src, v6);
	put_addr(p, PACK_DST, k->dst, v6);
	if (has & OBS_HAS_PORTS) {
		put(p, PACK_SPORT_HI, k->sport >> 8);
		put(p, PACK_SPORT_LO, k->sport);
		put(p, PACK_DPORT_HI, k->dport >> 8);
		put(p, PACK_DPORT_LO, k->dport);
	}
	if (has & OBS_HAS_MGEN) {
		for (unsigned int i = 0; i < 4; i++)
			put(p, PACK_MGEN_0 + i, k->mgen_flow >> (24 - 8 * i));
	}
	if (has & OBS_HAS_ICMP) {
		put(p, PACK_ICMP_TYPE, k->icmp_type);
		put(p, PACK_ICMP_CODE, k->icmp_code);
	}
	if (k->vlan != 0) {
		put(p, PACK_VLAN_HI, k->vlan >> 8);
		put(p, PACK_VLAN_LO, k->vlan);
	}
	if (k->iface != 0)
		put(p, PACK_IFACE, k->iface);
	if (k->role != 0)
		put(p, PACK_ROLE, k->role);
}

/* Find or define the flow of ${k}.  Returns the high nibble of the token. */
static unsigned int
code_flow(struct pack *p, const struct obs_pkt *k, uint8_t has,
    struct dict_slot **ret_slot, unsigned int *ret_dir)
{
	uint16_t *bucket = &p->bucket[hash_flow(p, k)];
	struct dict *d = p->dict;
	struct dict_slot *s;
	unsigned int rank;
	int dir = -1;

	for (uint16_t i = *bucket; i != NO_SLOT; i = d->slot[i].chain) {
		if ((dir = match(&d->slot[i], k, has)) >= 0) {
			s = *ret_slot = &d->slot[i];
			break;
		}
	}
	*ret_dir = dir > 0;
	if (dir < 0) {
		if (d->slot[d->fifo].used)
			unchain(p, &d->slot[d->fifo]);
		s = *ret_slot = dict_add(d, k, has);
		s->chain = *bucket;
		*bucket = (uint16_t)(s - d->slot);
		put_flow(p, k, has);
		p->rare++;
		return PACK_FLOW_NEW;
	}
	rank = dict_rank(d, s);
	dict_use(d, s, rank);
	if (rank < PACK_FLOW_RANK / 2)
		return rank * 2 + *ret_dir;
	if (rank < DICT_RANKS) {
		put(p, PACK_RANK, rank | *ret_dir << 6);
		return PACK_FLOW_RANK;
	}
	put(p, PACK_SLOT_HI, (unsigned)(s - d->slot) >> 8 | *ret_dir << 7);
	put(p, PACK_SLOT_LO, (unsigned)(s - d->slot));
	return PACK_FLOW_SLOT;
}

static uint32_t
shape_of(const struct obs_pkt *k)
{
	uint32_t marks = (uint32_t)k->frag << DICT_MARK_FRAG_SHIFT;

	if (k->has & OBS_HAS_DIGEST)
		marks |= DICT_MARK_DIGEST;
	if (k->has & OBS_HAS_QUOTE)
		marks |= DICT_MARK_QUOTE;
	if (k->has & OBS_HAS_MSG)
		marks |= DICT_MARK_MSG;
	if (k->len > UINT16_MAX)
		marks |= DICT_MARK_LONG;
	return (k->len & UINT16_MAX) |
	       (uint32_t)k->tcp_flags << DICT_FLAGS_SHIFT |
	       marks << DICT_MARKS_SHIFT;
}

/* Code length, flags, marks, TTL, ToS.  Returns the low nibble. */
static unsigned int
code_shape(struct pack *p, const struct obs_pkt *k, struct dict_dir *dd)
{
	const uint32_t shape = shape_of(k);
	const uint32_t marks = shape >> DICT_MARKS_SHIFT;
	const bool ttl = k->ttl != dd->ttl || k->tos != dd->tos;
	unsigned int i = 0;
	unsigned int low;

	while (i < DICT_RECENT && dd->recent[i] != shape)
		i++;
	if (i < DICT_RECENT) {
		low = i | (ttl ? PACK_SHAPE_TTL : 0u);
	} else {
		const uint32_t diff = shape ^ dd->recent[0];

		low = PACK_SHAPE_NEW | (ttl ? PACK_SHAPE_NEW_TTL : 0u);
		put(p, PACK_LEN_HI, shape >> 8);
		put(p, PACK_LEN_LO, shape);
		if ((diff >> DICT_FLAGS_SHIFT & 0xff) != 0) {
			low |= PACK_SHAPE_FLAGS;
			put(p, PACK_FLAGS, k->tcp_flags);
		}
		if (diff >> DICT_MARKS_SHIFT != 0) {
			low |= PACK_SHAPE_MARKS;
			put(p, PACK_MARKS, marks);
		}
		if (marks & DICT_MARK_LONG) {
			put(p, PACK_LONG_HI, k->len >> 24);
			put(p, PACK_LONG_LO, k->len >> 16);
		}
	}
	if (ttl) {
		put(p, PACK_TTL, k->ttl);
		put(p, PACK_TOS, k->tos);
		dd->ttl = k->ttl;
		dd->tos = k->tos;
	}
	if (i > 0)
		dict_shape(dd, i, shape);
	return low;
}

/* Code ${v} < 2^40 as exponent and two mantissa bits; the rest goes raw. */
static unsigned int
code_number(struct bits_wr *raw, uint64_t v)
{
	unsigned int e;

	if (v < 4)
		return (unsigned int)v;
	e = 63 - (unsigned int)__builtin_clzll(v);
	bits_put(raw, v & ((UINT64_C(1) << (e - 2)) - 1), e - 2);
	return 4 * (e - 1) + (unsigned int)(v >> (e - 2) & 3);
}

static void
code_time(struct pack *p, const struct dict_dir *dd, int64_t tick)
{
	const uint64_t delta = (uint64_t)tick - (uint64_t)p->dict->last;
	const bool by_interval = dict_by_interval(dd);
	uint64_t v = delta;

	if (by_interval)
		v = zigzag((int32_t)((uint32_t)tick - dd->last - dd->interval));
	if (by_interval ? (int64_t)delta == (int32_t)delta
			: delta >> PACK_NUMBER_BITS == 0) {
		put(p, PACK_TIME, code_number(&p->raw, v));
	} else {
		put(p, PACK_TIME, PACK_ESCAPE);
		bits_put(&p->raw, zigzag((int64_t)delta), 64);
	}
}

/* Sequence and transmit time of an MGEN message; time as its age in us. */
static void
code_msg(
    struct pack *p, const struct obs_pkt *k, struct dict_slot *s, int64_t tick)
{
	const int64_t now = tick * pack_tick(p->tick_exp) / MONO_NS_PER_US;
	const int64_t lag = now - k->mgen_tx.ns / MONO_NS_PER_US;
	const int64_t diff = lag - s->mgen_lag;
	const int32_t skip = (int32_t)(k->mgen_seq - s->mgen_seq);

	p->messages++;
	put(p, PACK_SEQ, code_number(&p->raw, zigzag(skip)));
	s->mgen_seq = k->mgen_seq + 1;
	if (lag != (int32_t)lag) {
		put(p, PACK_LAG, PACK_ESCAPE);
		bits_put(&p->raw, zigzag(lag), 64);
		return;
	}
	put(p, PACK_LAG, code_number(&p->raw, zigzag(diff)));
	s->mgen_lag = (int32_t)lag;
}

static void
code_quote(struct pack *p, const struct obs_pkt *k)
{
	const size_t n = k->ipver == 6 ? 16 : 4;
	const bool src = !same16(k->q.src, k->dst);
	const bool dst = !same16(k->q.dst, k->src);
	struct wr w = wr_init(p->col[PACK_QUOTE].p, 38);

	wr_u8(&w,
	    (uint8_t)((src ? PACK_QUOTE_SRC : 0) | (dst ? PACK_QUOTE_DST : 0)));
	if (src)
		wr_mem(&w, k->q.src, n);
	if (dst)
		wr_mem(&w, k->q.dst, n);
	wr_u8(&w, k->q.proto);
	wr_u16(&w, k->q.sport);
	wr_u16(&w, k->q.dport);
	p->col[PACK_QUOTE].p = w.p;
	p->rare++;
}

/* Copy ${from} to ${ret_k} without the members that were not negotiated. */
static inline void
leave_out(
    const struct pack *p, struct obs_pkt *ret_k, const struct obs_pkt *from)
{
	uint8_t *k = (uint8_t *)ret_k;
	const uint8_t *mask = (const uint8_t *)&p->mask;

	*ret_k = *from;
	/* The maskable members lie in two words; .has decides on the others. */
	store64(k + AT(vlan), load64(k + AT(vlan)) & load64(mask + AT(vlan)));
	store64(k + AT(len), load64(k + AT(len)) & load64(mask + AT(len)));
	ret_k->has &= p->mask.has;
}

bool
pack_add(struct pack *p, const struct obs *o)
{
	const struct obs_pkt *k = &o->pkt;
	const int64_t tick = to_tick(o->time, p->tick_exp);
	struct obs_pkt masked;
	struct dict_slot *s;
	struct dict_dir *dd;
	unsigned int dir;
	unsigned int token;

	/* One record may define a flow and quote another. */
	if (p->count == p->block || p->rare + 2 > p->rare_max)
		return false;
	if (p->masks) {
		leave_out(p, &masked, k);
		k = &masked;
	}
	token = code_flow(p, k, k->has & DICT_KEY_HAS, &s, &dir) << 4;
	dd = dict_begin(p->dict, s, dir);
	token |= code_shape(p, k, dd);
	put(p, PACK_TOKEN, token);
	code_time(p, dd, tick);
	if (k->has & OBS_HAS_MSG)
		code_msg(p, k, s, tick);
	if (k->has & OBS_HAS_QUOTE)
		code_quote(p, k);
	if (k->has & OBS_HAS_DIGEST)
		bits_put(&p->raw, k->digest, 32);
	dict_finish(p->dict, s, dir, tick);
	p->count++;
	return true;
}

unsigned int
pack_count(const struct pack *p)
{
	return p->count;
}

void
pack_finish(struct pack *p, struct pack_out *ret_out)
{
	ret_out->count = p->count;
	ret_out->messages = p->messages;
	for (unsigned int c = 0; c < PACK_COLS; c++) {
		ret_out->col[c].data = p->col[c].start;
		ret_out->col[c].len = (size_t)(p->col[c].p - p->col[c].start);
	}
	ret_out->raw.data = p->raw.start;
	ret_out->raw.len = bits_finish(&p->raw);
}

void
pack_clear(struct pack *p)
{
	p->count = p->messages = p->rare = 0;
	for (unsigned int c = 0; c < PACK_COLS; c++)
		p->col[c].p = p->col[c].start;
	p->raw = (struct bits_wr){ .start = p->raw.start, .p = p->raw.start };
}

void
pack_free(struct pack *p)
{
	if (p == NULL)
		return;
	free(p->dict);
	free(p->bucket);
	free(p->memory);
	free(p);
}
