/* SPDX-License-Identifier: BSD-3-Clause */
/* The columns of a block: where each begins, for who writes and who reads. */
#include "wire/cols.h"

#include <stdlib.h>

#include "wire/dict.h"

#define RAW_MAX      24 /* octets: time and lag 8 each, sequence and digest 4 */
#define RAW_FLOW_MAX 4  /* octets: the low halves of two IPv4 addresses */
#define RARE_MIN     8  /* definitions and quotes that any block can hold */

/* ---- written ---- */

static size_t
col_size(unsigned int c, unsigned int block, unsigned int rare)
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
		return (size_t)rare * COLS_QUOTE_MAX;
	default:
		return rare;
	}
}

unsigned int
cols_rare(unsigned int block)
{
	return block / 2 + RARE_MIN;
}

size_t
cols_room(unsigned int block)
{
	size_t room = (size_t)block * RAW_MAX +
		      (size_t)cols_rare(block) * RAW_FLOW_MAX + 16;

	for (unsigned int c = 0; c < PACK_COLS; c++)
		room += col_size(c, block, cols_rare(block));
	return room;
}

int
cols_new(struct cols_wr *w, unsigned int block)
{
	uint8_t *at = malloc(cols_room(block));

	w->memory = at;
	if (at == NULL)
		return -1;
	for (unsigned int c = 0; c < PACK_COLS; c++) {
		w->start[c] = at;
		at += col_size(c, block, cols_rare(block));
	}
	w->raw.start = at;
	cols_clear(w);
	return 0;
}

void
cols_clear(struct cols_wr *w)
{
	for (unsigned int c = 0; c < PACK_COLS; c++)
		w->p[c] = w->start[c];
	w->raw = (struct bits_wr){ .start = w->raw.start, .p = w->raw.start };
}

void
cols_free(struct cols_wr *w)
{
	free(w->memory);
}

/* ---- read ---- */

static void
claim(struct cols_rd *r, enum pack_col c, size_t n)
{
	r->p[c] = rd_take(&r->rest, n);
}

/* Claim the columns that the tokens and marks decide. */
static void
claim_records(struct cols_rd *r, unsigned int count, unsigned int *ret_flows)
{
	unsigned int low[16] = { 0 };
	unsigned int high[16] = { 0 };
	unsigned int n;
	unsigned int longs = 0;

	claim(r, PACK_TOKEN, count);
	claim(r, PACK_TIME, count);
	if (r->rest.bad)
		return;
	for (unsigned int i = 0; i < count; i++) {
		low[r->p[PACK_TOKEN][i] & 15]++;
		high[r->p[PACK_TOKEN][i] >> 4]++;
	}
	n = low[8] + low[9] + low[10] + low[11] + low[12] + low[13] + low[14] +
	    low[15];
	claim(r, PACK_LEN_HI, n);
	claim(r, PACK_LEN_LO, n);
	claim(r, PACK_FLAGS, low[9] + low[11] + low[13] + low[15]);
	n = low[12] + low[13] + low[14] + low[15];
	claim(r, PACK_MARKS, n);
	for (unsigned int i = 0; !r->rest.bad && i < n; i++)
		longs += (r->p[PACK_MARKS][i] & DICT_MARK_LONG) != 0;
	claim(r, PACK_LONG_HI, longs);
	claim(r, PACK_LONG_LO, longs);
	n = low[4] + low[5] + low[6] + low[7] + low[10] + low[11] + low[14] +
	    low[15];
	claim(r, PACK_TTL, n);
	claim(r, PACK_TOS, n);
	claim(r, PACK_RANK, high[PACK_FLOW_RANK]);
	claim(r, PACK_SLOT_HI, high[PACK_FLOW_SLOT]);
	claim(r, PACK_SLOT_LO, high[PACK_FLOW_SLOT]);
	*ret_flows = high[PACK_FLOW_NEW];
	r->rest.bad |= high[15] != 0;
}

static void
claim_many(struct cols_rd *r, enum pack_col first, enum pack_col last, size_t n)
{
	for (enum pack_col c = first; c <= last; c++)
		claim(r, c, n);
}

/* Claim the columns of the definitions of ${n} new flows. */
static void
claim_flows(struct cols_rd *r, unsigned int n)
{
	unsigned int ports = 0;
	unsigned int icmp = 0;
	unsigned int mgen = 0;
	unsigned int vlan = 0;
	unsigned int iface = 0;
	unsigned int iface_hi = 0;
	unsigned int role = 0;
	unsigned int v4 = 0;
	unsigned int v6 = 0;

	claim_many(r, PACK_KIND, PACK_DST, n);
	for (unsigned int i = 0; !r->rest.bad && i < n; i++) {
		const uint8_t kind = r->p[PACK_KIND][i];
		const uint8_t has = kind >> PACK_KIND_HAS_SHIFT;
		const unsigned int fresh =
		    (r->p[PACK_SRC][i] == 0) + (r->p[PACK_DST][i] == 0);

		r->rest.bad |=
		    (kind & (PACK_KIND_IFACE | PACK_KIND_IFACE_HI)) ==
		    PACK_KIND_IFACE_HI;
		ports += (has & OBS_HAS_PORTS) != 0;
		icmp += (has & OBS_HAS_ICMP) != 0;
		mgen += (has & OBS_HAS_MGEN) != 0;
		vlan += (kind & PACK_KIND_VLAN) != 0;
		iface += (kind & PACK_KIND_IFACE) != 0;
		iface_hi += (kind & PACK_KIND_IFACE_HI) != 0;
		role += (kind & PACK_KIND_ROLE) != 0;
		if (kind & PACK_KIND_V6) {
			v6 += fresh;
		} else {
			v4 += fresh;
		}
	}
	claim_many(r, PACK_SPORT_HI, PACK_DPORT_LO, ports);
	claim_many(r, PACK_MGEN_0, PACK_MGEN_3, mgen);
	claim_many(r, PACK_ICMP_TYPE, PACK_ICMP_CODE, icmp);
	claim_many(r, PACK_VLAN_HI, PACK_VLAN_LO, vlan);
	claim(r, PACK_IFACE, iface);
	claim(r, PACK_IFACE_HI, iface_hi);
	claim(r, PACK_ROLE, role);
	claim_many(r, PACK_V4_0, PACK_V4_1, v4);
	claim(r, PACK_V6, (size_t)v6 * 16);
}

int
cols_open(struct cols_rd *r, const struct pack_span *cols, unsigned int count,
    unsigned int messages)
{
	unsigned int flows = 0;

	r->rest = rd_init(cols->data, cols->len);
	claim_records(r, count, &flows);
	if (!r->rest.bad)
		claim_flows(r, flows);
	claim_many(r, PACK_LAG, PACK_SEQ, messages);
	return r->rest.bad ? -1 : 0;
}
