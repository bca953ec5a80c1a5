/* SPDX-License-Identifier: BSD-3-Clause */
/* Columns to packet records: the inverse of pack, for hostile input. */
#include "wire/unpack.h"

#include <stdlib.h>

#include "wire/bits.h"
#include "wire/bytes.h"
#include "wire/cols.h"
#include "wire/dict.h"

struct unpack {
	struct dict *dict;
	unsigned int tick_exp;
	int64_t tick;               /* ns */
	int64_t tick_min, tick_max; /* beyond, the ns would overflow */
};

/* One block on its way. */
struct block {
	struct unpack *u;
	struct cols_rd cols;
	struct bits_rd raw;
	unsigned int messages; /* MGEN headers still to come */
};

struct unpack *
unpack_new(const struct hello_params *par)
{
	struct unpack *u = calloc(1, sizeof(*u));

	if (u == NULL)
		return NULL;
	u->tick_exp = par->tick_exp;
	u->tick = pack_tick(par->tick_exp);
	u->tick_min = INT64_MIN / u->tick;
	u->tick_max = INT64_MAX / u->tick;
	u->dict = dict_new(par->slots_log2);
	if (u->dict == NULL) {
		free(u);
		return NULL;
	}
	unpack_reset(u, (wall_t){ 0 });
	return u;
}

void
unpack_reset(struct unpack *u, wall_t base)
{
	int64_t q = base.ns / u->tick;

	q -= base.ns - q * u->tick < 0 && q > u->tick_min;
	dict_reset(u->dict, q);
}

static int
get_addr(struct block *b, enum pack_col c, bool v6, uint8_t ret[static 16])
{
	struct dict *d = b->u->dict;
	const unsigned int i = cols_get(&b->cols, c);

	if (i != 0) {
		if (i >= d->n_addrs)
			return -1;
		memcpy(ret, d->addr[i], 16);
		return 0;
	}
	memset(ret, 0, 16);
	if (v6) {
		memcpy(ret, b->cols.p[PACK_V6], 16);
		b->cols.p[PACK_V6] += 16;
	} else {
		ret[0] = (uint8_t)cols_get(&b->cols, PACK_V4_0);
		ret[1] = (uint8_t)cols_get(&b->cols, PACK_V4_1);
		put_be16(ret + 2, (uint16_t)bits_get(&b->raw, 16));
	}
	(void)dict_addr_add(d, ret);
	return 0;
}

/* Whether the octets behind an IPv4 address, which may come by index, are 0. */
static bool
is_v4(const uint8_t addr[static 16])
{
	static const uint8_t zero[12];

	return memcmp(addr + 4, zero, sizeof(zero)) == 0;
}

static struct dict_slot *
get_flow(struct block *b)
{
	const unsigned int kind = cols_get(&b->cols, PACK_KIND);
	const uint8_t has = kind >> PACK_KIND_HAS_SHIFT & DICT_KEY_HAS;
	const bool v6 = (kind & PACK_KIND_V6) != 0;
	struct obs_pkt k = { .ipver = v6 ? 6 : 4 };

	k.proto = (uint8_t)cols_get(&b->cols, PACK_PROTO);
	if (get_addr(b, PACK_SRC, v6, k.src) != 0 ||
	    get_addr(b, PACK_DST, v6, k.dst) != 0 ||
	    (!v6 && !(is_v4(k.src) && is_v4(k.dst))))
		return NULL;
	if (has & OBS_HAS_PORTS) {
		k.sport = (uint16_t)cols_get16(&b->cols, PACK_SPORT_HI);
		k.dport = (uint16_t)cols_get16(&b->cols, PACK_DPORT_HI);
	}
	if (has & OBS_HAS_MGEN) {
		k.mgen_flow = (uint32_t)cols_get16(&b->cols, PACK_MGEN_0)
				  << 16 |
			      cols_get16(&b->cols, PACK_MGEN_2);
	}
	if (has & OBS_HAS_ICMP) {
		k.icmp_type = (uint8_t)cols_get(&b->cols, PACK_ICMP_TYPE);
		k.icmp_code = (uint8_t)cols_get(&b->cols, PACK_ICMP_CODE);
	}
	if (kind & PACK_KIND_VLAN)
		k.vlan = (uint16_t)cols_get16(&b->cols, PACK_VLAN_HI);
	if (kind & PACK_KIND_IFACE)
		k.iface = (uint16_t)cols_get(&b->cols, PACK_IFACE);
	if (kind & PACK_KIND_IFACE_HI) {
		k.iface |= (uint16_t)(cols_get(&b->cols, PACK_IFACE_HI) << 8);
		if (k.iface <= UINT8_MAX || k.iface >= HELLO_STREAM_IFACES)
			return NULL;
	}
	if (kind & PACK_KIND_ROLE)
		k.role = (uint8_t)cols_get(&b->cols, PACK_ROLE);
	if (k.role > OBS_ROLE_MAX)
		return NULL;
	return dict_add(b->u->dict, &k, has);
}

/* Find the flow that the high nibble ${high} names, NULL when there is none. */
static struct dict_slot *
find_flow(struct block *b, unsigned int high, unsigned int *ret_dir)
{
	struct dict *d = b->u->dict;
	struct dict_slot *s;
	unsigned int v;

	if (high == PACK_FLOW_NEW) {
		*ret_dir = 0;
		return get_flow(b);
	}
	if (high == PACK_FLOW_SLOT) {
		v = cols_get16(&b->cols, PACK_SLOT_HI);
		*ret_dir = v >> 15;
		v &= 0x7fff;
		if (v >= d->n_slots || !d->slot[v].used || d->slot[v].ranked)
			return NULL;
		s = &d->slot[v];
		v = DICT_RANKS;
	} else {
		v = high >> 1;
		*ret_dir = high & 1;
		if (high == PACK_FLOW_RANK) {
			v = cols_get(&b->cols, PACK_RANK);
			*ret_dir = v >> 6;
			v &= 0x3f;
		}
		if (v >= d->n_ranks || *ret_dir > 1)
			return NULL;
		s = &d->slot[d->rank[v]];
	}
	if (v > 0)
		dict_use(d, s, v);
	return s;
}

static void
put_key(struct obs_pkt *k, const struct dict_slot *s, unsigned int dir)
{
	memcpy(k, s->key, DICT_KEY_LEN);
	if (dir == 1) {
		memcpy(k->src, s->key + offsetof(struct obs_pkt, dst), 16);
		memcpy(k->dst, s->key + offsetof(struct obs_pkt, src), 16);
		memcpy(&k->sport, s->key + offsetof(struct obs_pkt, dport), 2);
		memcpy(&k->dport, s->key + offsetof(struct obs_pkt, sport), 2);
	}
	memset((uint8_t *)k + DICT_KEY_LEN, 0, sizeof(*k) - DICT_KEY_LEN);
	k->has = s->has;
}

/* Most shapes have no marks. */
static int
get_marks(struct block *b, struct obs_pkt *k, uint32_t marks)
{
	k->frag = (marks & DICT_MARK_FRAG) >> DICT_MARK_FRAG_SHIFT;
	k->has |= (marks & DICT_MARK_DIGEST ? OBS_HAS_DIGEST : 0) |
		  (marks & DICT_MARK_QUOTE ? OBS_HAS_QUOTE : 0) |
		  (marks & DICT_MARK_MSG ? OBS_HAS_MSG : 0);
	if ((marks & DICT_MARK_RESERVED) || k->frag > OBS_FRAG_MAX)
		return -1;
	if (marks & DICT_MARK_LONG) {
		k->len |= (uint32_t)cols_get16(&b->cols, PACK_LONG_HI) << 16;
		if (k->len <= UINT16_MAX)
			return -1;
	}
	return 0;
}

static int
get_shape(
    struct block *b, struct obs_pkt *k, unsigned int low, struct dict_dir *dd)
{
	unsigned int i = low & (DICT_RECENT - 1);
	uint32_t shape = dd->recent[i];
	uint32_t marks;

	if (low & PACK_SHAPE_NEW) {
		i = DICT_RECENT;
		shape = (dd->recent[0] & ~(uint32_t)UINT16_MAX) |
			cols_get16(&b->cols, PACK_LEN_HI);
		if (low & PACK_SHAPE_FLAGS) {
			shape = (shape & 0xff00ffff) |
				cols_get(&b->cols, PACK_FLAGS)
				    << DICT_FLAGS_SHIFT;
		}
		if (low & PACK_SHAPE_MARKS) {
			shape = (shape & 0x00ffffff) |
				(uint32_t)cols_get(&b->cols, PACK_MARKS)
				    << DICT_MARKS_SHIFT;
		}
	}
	marks = shape >> DICT_MARKS_SHIFT;
	k->len = shape & UINT16_MAX;
	k->tcp_flags = (uint8_t)(shape >> DICT_FLAGS_SHIFT);
	if (marks != 0 && get_marks(b, k, marks) != 0)
		return -1;
	if (low &
	    (low & PACK_SHAPE_NEW ? PACK_SHAPE_NEW_TTL : PACK_SHAPE_TTL)) {
		dd->ttl = (uint8_t)cols_get(&b->cols, PACK_TTL);
		dd->tos = (uint8_t)cols_get(&b->cols, PACK_TOS);
	}
	k->ttl = dd->ttl;
	k->tos = dd->tos;
	if (i > 0)
		dict_shape(dd, i, shape);
	return 0;
}

/* Read what code_number of pack.c wrote; reserved codes make .bad. */
static uint64_t
get_number(struct bits_rd *raw, unsigned int code)
{
	const unsigned int e = code / 4 + 1;

	if (code < 4)
		return code;
	if (e >= PACK_NUMBER_BITS) {
		raw->bad = true;
		return 0;
	}
	return (UINT64_C(4) | (code & 3)) << (e - 2) | bits_get(raw, e - 2);
}

static int64_t
get_tick(struct block *b, const struct dict_dir *dd)
{
	const int64_t last = b->u->dict->last;
	const unsigned int code = cols_get(&b->cols, PACK_TIME);
	uint32_t low;

	if (code == PACK_ESCAPE) {
		return (int64_t)((uint64_t)last +
				 (uint64_t)unzigzag(bits_get(&b->raw, 64)));
	}
	if (!dict_by_interval(dd))
		return (int64_t)((uint64_t)last + get_number(&b->raw, code));
	low = dd->last + dd->interval +
	      (uint32_t)unzigzag(get_number(&b->raw, code));
	return (int64_t)((uint64_t)last +
			 (uint64_t)(int64_t)(int32_t)(low - (uint32_t)last));
}

static int
get_msg(struct block *b, struct obs_pkt *k, struct dict_slot *s, int64_t tick)
{
	const int64_t now = tick * b->u->tick / MONO_NS_PER_US;
	unsigned int code;
	int64_t lag;
	int64_t tx;

	if (b->messages == 0)
		return -1;
	b->messages--;
	k->mgen_seq = s->mgen_seq + (uint32_t)unzigzag(get_number(
					&b->raw, cols_get(&b->cols, PACK_SEQ)));
	s->mgen_seq = k->mgen_seq + 1;
	code = cols_get(&b->cols, PACK_LAG);
	if (code == PACK_ESCAPE) {
		lag = unzigzag(bits_get(&b->raw, 64));
	} else {
		lag = s->mgen_lag + unzigzag(get_number(&b->raw, code));
		if (lag != (int32_t)lag)
			return -1;
		s->mgen_lag = (int32_t)lag;
	}
	/* Any 32-bit number of seconds may be in an MGEN header. */
	if (__builtin_sub_overflow(now, lag, &tx) || tx > INT64_MAX / 1000 ||
	    tx < INT64_MIN / 1000)
		return -1;
	k->mgen_tx.ns = tx * MONO_NS_PER_US;
	return 0;
}

static int
get_quote(struct block *b, struct obs_pkt *k)
{
	const size_t n = k->ipver == 6 ? 16 : 4;
	struct rd *r = &b->cols.rest;
	const uint8_t what = rd_u8(r);
	const uint8_t *src = what & PACK_QUOTE_SRC ? rd_take(r, n) : NULL;
	const uint8_t *dst = what & PACK_QUOTE_DST ? rd_take(r, n) : NULL;

	k->q.proto = rd_u8(r);
	k->q.sport = rd_u16(r);
	k->q.dport = rd_u16(r);
	if (r->bad || (what & PACK_QUOTE_RESERVED))
		return -1;
	memcpy(k->q.src, src != NULL ? src : k->dst, src != NULL ? n : 16);
	memcpy(k->q.dst, dst != NULL ? dst : k->src, dst != NULL ? n : 16);
	return 0;
}

static int
get_record(struct block *b, struct obs *o)
{
	const unsigned int token = cols_get(&b->cols, PACK_TOKEN);
	struct unpack *u = b->u;
	struct dict_slot *s;
	struct dict_dir *dd;
	unsigned int dir;
	int64_t tick;

	s = find_flow(b, token >> 4, &dir);
	if (s == NULL)
		return -1;
	o->kind = OBS_PKT;
	put_key(&o->pkt, s, dir);
	dd = dict_begin(u->dict, s, dir);
	if (get_shape(b, &o->pkt, token & 15, dd) != 0)
		return -1;
	tick = get_tick(b, dd);
	if (tick > u->tick_max || tick < u->tick_min)
		return -1;
	o->time.ns = tick * u->tick;
	if ((o->pkt.has & OBS_HAS_MSG) && get_msg(b, &o->pkt, s, tick) != 0)
		return -1;
	if ((o->pkt.has & OBS_HAS_QUOTE) && get_quote(b, &o->pkt) != 0)
		return -1;
	if (o->pkt.has & OBS_HAS_DIGEST)
		o->pkt.digest = (uint32_t)bits_get(&b->raw, 32);
	dict_finish(u->dict, s, dir, tick);
	return b->raw.bad ? -1 : 0;
}

int
unpack(struct unpack *u, struct obs *ret_o, const struct unpack_in *in)
{
	struct block b = { .u = u,
		.raw = { .p = in->raw.data, .end = in->raw.data + in->raw.len },
		.messages = in->messages };

	if (in->messages > in->count ||
	    cols_open(&b.cols, &in->cols, in->count, in->messages) != 0)
		return -1;
	for (unsigned int i = 0; i < in->count; i++) {
		if (get_record(&b, &ret_o[i]) != 0)
			return -1;
	}
	return b.messages == 0 && !b.cols.rest.bad &&
		       rd_left(&b.cols.rest) == 0 && bits_over(&b.raw)
		   ? 0
		   : -1;
}

void
unpack_free(struct unpack *u)
{
	if (u == NULL)
		return;
	free(u->dict);
	free(u);
}
