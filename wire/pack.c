/* SPDX-License-Identifier: BSD-3-Clause */
/* Packet records to columns: what deflate then makes small. */
#include "wire/pack.h"

#include <stdlib.h>

#include "wire/bits.h"
#include "wire/bytes.h"
#include "wire/cols.h"
#include "wire/dict.h"
#include "wire/flowtab.h"
#include "wire/hash.h"

#define ADDR_BUCKETS 4096
#define ADDR_SALT    0xd1342543de82ef95u

struct pack {
	struct dict *dict;
	struct flowtab *tab;
	bool masks; /* not all fields, or digests, are sent */
	uint32_t digest_max;
	struct obs_pkt mask; /* ones where a member is sent; see leave_out */
	uint8_t addr_at[ADDR_BUCKETS]; /* last address of each bucket */
	unsigned int tick_exp;
	unsigned int count, block;
	unsigned int messages;
	unsigned int rare, rare_max; /* definitions and quotes */
	struct cols_wr cols;
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

static uint8_t
ones(uint32_t fields, enum hello_field field)
{
	return fields & field ? UINT8_MAX : 0;
}

/* Only the two words from .vlan and .role on are for use. */
static void
set_mask(struct obs_pkt *ret_mask, uint32_t fields)
{
	memset(ret_mask, UINT8_MAX, sizeof(*ret_mask));
	ret_mask->tcp_flags = ones(fields, HELLO_FIELD_TCP_FLAGS);
	ret_mask->ttl = ones(fields, HELLO_FIELD_TTL);
	ret_mask->tos = ones(fields, HELLO_FIELD_TOS);
	ret_mask->vlan = fields & HELLO_FIELD_VLAN ? UINT16_MAX : 0;
	ret_mask->iface = fields & HELLO_FIELD_IFACE ? UINT16_MAX : 0;
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

size_t
pack_room(const struct hello_params *par)
{
	return cols_room(par->block);
}

struct pack *
pack_new(const struct hello_params *par)
{
	struct pack *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	p->masks =
	    par->fields != HELLO_FIELD_ALL || par->digest_max != UINT32_MAX;
	p->digest_max = par->digest_max;
	set_mask(&p->mask, par->fields);
	p->tick_exp = par->tick_exp;
	p->block = par->block;
	p->rare_max = cols_rare(par->block);
	p->dict = dict_new(par->slots_log2);
	p->tab = p->dict == NULL ? NULL : flowtab_new(p->dict);
	if (p->tab == NULL || cols_new(&p->cols, par->block) != 0) {
		pack_free(p);
		return NULL;
	}
	pack_reset(p, (wall_t){ 0 });
	return p;
}

void
pack_reset(struct pack *p, wall_t base)
{
	dict_reset(p->dict, to_tick(base, p->tick_exp));
	flowtab_reset(p->tab);
	memset(p->addr_at, 0, sizeof(p->addr_at));
}

#define AT(member) offsetof(struct obs_pkt, member)

static void
put_addr(
    struct pack *p, enum pack_col c, const uint8_t addr[static 16], bool v6)
{
	struct dict *d = p->dict;
	/*
	 * No salt: the same input always makes the same stream, and who forces
	 * a collision only makes an address be sent again.
	 */
	uint8_t *at = &p->addr_at[hash_fold(load64(addr) ^ ADDR_SALT,
				      load64(addr + 8) ^ ADDR_SALT) %
				  ADDR_BUCKETS];

	if (*at != 0 && same16(d->addr[*at], addr)) {
		cols_put(&p->cols, c, *at);
		return;
	}
	cols_put(&p->cols, c, 0);
	*at = (uint8_t)dict_addr_add(d, addr);
	if (v6) {
		memcpy(p->cols.p[PACK_V6], addr, 16);
		p->cols.p[PACK_V6] += 16;
		return;
	}
	cols_put(&p->cols, PACK_V4_0, addr[0]);
	cols_put(&p->cols, PACK_V4_1, addr[1]);
	bits_put(&p->cols.raw, get_be16(addr + 2), 16);
}

static void
put_flow(struct pack *p, const struct obs_pkt *k, uint8_t has)
{
	const bool v6 = k->ipver == 6;

	cols_put(&p->cols, PACK_KIND,
	    (v6 ? PACK_KIND_V6 : 0u) | (unsigned)has << PACK_KIND_HAS_SHIFT |
		(k->vlan != 0 ? PACK_KIND_VLAN : 0u) |
		(k->iface != 0 ? PACK_KIND_IFACE : 0u) |
		(k->iface > UINT8_MAX ? PACK_KIND_IFACE_HI : 0u) |
		(k->role != 0 ? PACK_KIND_ROLE : 0u));
	cols_put(&p->cols, PACK_PROTO, k->proto);
	put_addr(p, PACK_SRC, k->src, v6);
	put_addr(p, PACK_DST, k->dst, v6);
	if (has & OBS_HAS_PORTS) {
		cols_put(&p->cols, PACK_SPORT_HI, k->sport >> 8);
		cols_put(&p->cols, PACK_SPORT_LO, k->sport);
		cols_put(&p->cols, PACK_DPORT_HI, k->dport >> 8);
		cols_put(&p->cols, PACK_DPORT_LO, k->dport);
	}
	if (has & OBS_HAS_MGEN) {
		for (unsigned int i = 0; i < 4; i++) {
			cols_put(&p->cols, PACK_MGEN_0 + i,
			    k->mgen_flow >> (24 - 8 * i));
		}
	}
	if (has & OBS_HAS_ICMP) {
		cols_put(&p->cols, PACK_ICMP_TYPE, k->icmp_type);
		cols_put(&p->cols, PACK_ICMP_CODE, k->icmp_code);
	}
	if (k->vlan != 0) {
		cols_put(&p->cols, PACK_VLAN_HI, k->vlan >> 8);
		cols_put(&p->cols, PACK_VLAN_LO, k->vlan);
	}
	if (k->iface != 0)
		cols_put(&p->cols, PACK_IFACE, k->iface);
	if (k->iface > UINT8_MAX)
		cols_put(&p->cols, PACK_IFACE_HI, k->iface >> 8);
	if (k->role != 0)
		cols_put(&p->cols, PACK_ROLE, k->role);
}

/* Find or define the flow of ${k}.  Returns the high nibble of the token. */
static unsigned int
code_flow(struct pack *p, const struct obs_pkt *k, uint8_t has,
    struct dict_slot **ret_slot, unsigned int *ret_dir)
{
	struct dict *d = p->dict;
	struct dict_slot *s = flowtab_get(p->tab, k, has, ret_dir);
	unsigned int rank;

	*ret_slot = s;
	if (*ret_dir == FLOWTAB_NEW) {
		*ret_dir = 0;
		put_flow(p, k, has);
		p->rare++;
		return PACK_FLOW_NEW;
	}
	rank = dict_rank(d, s);
	if (rank > 0)
		dict_use(d, s, rank);
	if (rank < PACK_FLOW_RANK / 2)
		return rank * 2 + *ret_dir;
	if (rank < DICT_RANKS) {
		cols_put(&p->cols, PACK_RANK, rank | *ret_dir << 6);
		return PACK_FLOW_RANK;
	}
	cols_put(&p->cols, PACK_SLOT_HI,
	    (unsigned)(s - d->slot) >> 8 | *ret_dir << 7);
	cols_put(&p->cols, PACK_SLOT_LO, (unsigned)(s - d->slot));
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
		cols_put(&p->cols, PACK_LEN_HI, shape >> 8);
		cols_put(&p->cols, PACK_LEN_LO, shape);
		if ((diff >> DICT_FLAGS_SHIFT & 0xff) != 0) {
			low |= PACK_SHAPE_FLAGS;
			cols_put(&p->cols, PACK_FLAGS, k->tcp_flags);
		}
		if (diff >> DICT_MARKS_SHIFT != 0) {
			low |= PACK_SHAPE_MARKS;
			cols_put(&p->cols, PACK_MARKS, marks);
		}
		if (marks & DICT_MARK_LONG) {
			cols_put(&p->cols, PACK_LONG_HI, k->len >> 24);
			cols_put(&p->cols, PACK_LONG_LO, k->len >> 16);
		}
	}
	if (ttl) {
		cols_put(&p->cols, PACK_TTL, k->ttl);
		cols_put(&p->cols, PACK_TOS, k->tos);
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
		cols_put(&p->cols, PACK_TIME, code_number(&p->cols.raw, v));
	} else {
		cols_put(&p->cols, PACK_TIME, PACK_ESCAPE);
		bits_put(&p->cols.raw, zigzag((int64_t)delta), 64);
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
	cols_put(&p->cols, PACK_SEQ, code_number(&p->cols.raw, zigzag(skip)));
	s->mgen_seq = k->mgen_seq + 1;
	if (lag != (int32_t)lag) {
		cols_put(&p->cols, PACK_LAG, PACK_ESCAPE);
		bits_put(&p->cols.raw, zigzag(lag), 64);
		return;
	}
	cols_put(&p->cols, PACK_LAG, code_number(&p->cols.raw, zigzag(diff)));
	s->mgen_lag = (int32_t)lag;
}

static void
code_quote(struct pack *p, const struct obs_pkt *k)
{
	const size_t n = k->ipver == 6 ? 16 : 4;
	const bool src = !same16(k->q.src, k->dst);
	const bool dst = !same16(k->q.dst, k->src);
	struct wr w = wr_init(p->cols.p[PACK_QUOTE], COLS_QUOTE_MAX);

	wr_u8(&w,
	    (uint8_t)((src ? PACK_QUOTE_SRC : 0) | (dst ? PACK_QUOTE_DST : 0)));
	if (src)
		wr_mem(&w, k->q.src, n);
	if (dst)
		wr_mem(&w, k->q.dst, n);
	wr_u8(&w, k->q.proto);
	wr_u16(&w, k->q.sport);
	wr_u16(&w, k->q.dport);
	p->cols.p[PACK_QUOTE] = w.p;
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
	/* What can be masked, .has for other members, lies in two words. */
	store64(k + AT(vlan), load64(k + AT(vlan)) & load64(mask + AT(vlan)));
	store64(k + AT(role), load64(k + AT(role)) & load64(mask + AT(role)));
	if (ret_k->digest > p->digest_max)
		ret_k->has &= (uint8_t)~OBS_HAS_DIGEST;
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
	cols_put(&p->cols, PACK_TOKEN, token);
	code_time(p, dd, tick);
	if (k->has & OBS_HAS_MSG)
		code_msg(p, k, s, tick);
	if (k->has & OBS_HAS_QUOTE)
		code_quote(p, k);
	if (k->has & OBS_HAS_DIGEST)
		bits_put(&p->cols.raw, k->digest, 32);
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
		ret_out->col[c].data = p->cols.start[c];
		ret_out->col[c].len = (size_t)(p->cols.p[c] - p->cols.start[c]);
	}
	ret_out->raw.data = p->cols.raw.start;
	ret_out->raw.len = bits_finish(&p->cols.raw);
}

void
pack_clear(struct pack *p)
{
	p->count = p->messages = p->rare = 0;
	cols_clear(&p->cols);
}

void
pack_free(struct pack *p)
{
	if (p == NULL)
		return;
	free(p->dict);
	flowtab_free(p->tab);
	cols_free(&p->cols);
	free(p);
}
