/* SPDX-License-Identifier: BSD-3-Clause */
/* HELLO: what the two ends of a v1 stream agree on. */
#include "wire/hello.h"

#include <string.h>

#include "wire/bytes.h"
#include "wire/frame.h"
#include "wire/zpack.h"

/*
 *	+-------+-------+-------+--------+----------------+--------+
 *	| magic | major | minor | length | TLV, TLV, ...  | CRC-32 |
 *	+-------+-------+-------+--------+----------------+--------+
 *	    8       1       1       2         length          4
 *
 * A TLV is a varint type, a varint length and a value.  The low bit of the
 * type says that a reader who does not know it must give up.
 */
#define MAJOR      1
#define MINOR      0
#define FIXED      (HELLO_MAGIC_LEN + 4)
#define CRC_OCTETS 4
#define CRITICAL   1
#define TLV_HEAD   2    /* octets of the type and length of a small TLV */
#define IFACE_ROOM 3600 /* octets that surely fit beside all other TLVs */

enum tlv {
	TLV_ROLE = 1 << 1 | CRITICAL,
	TLV_CODEC = 2 << 1 | CRITICAL,
	TLV_SLOTS = 3 << 1 | CRITICAL,
	TLV_BLOCK = 4 << 1 | CRITICAL,
	TLV_FRAME_MAX = 5 << 1 | CRITICAL,
	TLV_LATENCY = 6 << 1,
	TLV_TICK = 7 << 1 | CRITICAL,
	TLV_FIELDS = 8 << 1 | CRITICAL,
	TLV_NODE = 9 << 1,
	TLV_STREAM = 10 << 1,
	TLV_HOST = 11 << 1,
	TLV_VERSION = 12 << 1,
	TLV_CLOCK = 13 << 1,
	TLV_IFACE = 14 << 1,
	TLV_CAPS = 15 << 1,
	TLV_DIGEST = 16 << 1
};

#define ROLE_COLLECTOR 0
#define ROLE_AGENT     1

/* Octets of a block that a record needs at most, and what stands around. */
#define RECORD_OCTETS 112
#define BLOCK_OCTETS  2048

void
hello_default(struct hello *ret_h, bool from_agent)
{
	*ret_h = (struct hello){ .major = MAJOR,
		.minor = MINOR,
		.from_agent = from_agent,
		.par = { .codec = HELLO_CODEC_DEFLATE,
		    .wbits = 12,
		    .slots_log2 = 10,
		    .tick_exp = 3,
		    .block = 512,
		    .latency_ms = 1000,
		    .frame_max = 1u << 17,
		    .fields = HELLO_FIELD_DEFAULT,
		    .digest_max = UINT32_MAX } };
}

static void
put_tlv(struct wr *w, enum tlv type, const void *value, size_t len)
{
	wr_var(w, type);
	wr_var(w, len);
	wr_mem(w, value, len);
}

static void
put_number(struct wr *w, enum tlv type, uint64_t v)
{
	uint8_t value[10];
	struct wr n = wr_init(value, sizeof(value));

	wr_var(&n, v);
	put_tlv(w, type, value, (size_t)(n.p - value));
}

static void
put_text(struct wr *w, enum tlv type, const char *text)
{
	if (text[0] != '\0')
		put_tlv(w, type, text, strlen(text));
}

static void
put_stream(struct wr *w, const struct hello *h)
{
	uint8_t value[26];
	struct wr n = wr_init(value, sizeof(value));

	wr_mem(&n, h->stream_id, sizeof(h->stream_id));
	wr_var(&n, h->seq);
	put_tlv(w, TLV_STREAM, value, (size_t)(n.p - value));
}

static void
put_caps(struct wr *w, const struct hello *h)
{
	uint8_t value[20];
	struct wr n = wr_init(value, sizeof(value));

	wr_var(&n, h->par.caps);
	if ((h->par.caps & HELLO_CAP_DNS) && (h->from_agent || h->has_stream))
		wr_var(&n, h->dns_seq);
	put_tlv(w, TLV_CAPS, value, (size_t)(n.p - value));
}

static void
put_iface(struct wr *w, const struct hello_iface *i)
{
	uint8_t value[3 + LINE_IFNAME_MAX + HELLO_FILTER_MAX];
	struct wr n = wr_init(value, sizeof(value));
	const size_t len = strlen(i->name);

	wr_u16(&n, i->linktype);
	wr_u8(&n, (uint8_t)len);
	wr_mem(&n, i->name, len);
	wr_mem(&n, i->filter, strlen(i->filter));
	put_tlv(w, TLV_IFACE, value, (size_t)(n.p - value));
}

static void
put_ifaces(struct wr *w, const struct hello *h)
{
	for (unsigned int i = 0; i < h->n_ifaces; i++) {
		const struct wr before = *w;

		put_iface(w, &h->iface[i]);
		if (w->bad) {
			*w = before;
			return;
		}
	}
}

unsigned int
hello_fit(const struct hello_iface *i, unsigned int n)
{
	size_t octets = 0;
	unsigned int fit = 0;

	for (; fit < n && fit < HELLO_IFACE_MAX && i[fit].node[0] == '\0';
	     fit++) {
		octets +=
		    TLV_HEAD + 3 + strlen(i[fit].name) + strlen(i[fit].filter);
		if (octets > IFACE_ROOM)
			break;
	}
	return fit;
}

size_t
hello_put(uint8_t dst[static HELLO_MAX], const struct hello *h)
{
	const struct hello_params *par = &h->par;
	const uint8_t codec[2] = { par->codec, par->wbits };
	uint8_t clock[16];
	struct wr w = wr_init(dst, HELLO_MAX - CRC_OCTETS);
	size_t len;

	wr_mem(&w, HELLO_MAGIC, HELLO_MAGIC_LEN);
	wr_u8(&w, MAJOR);
	wr_u8(&w, MINOR);
	wr_u16(&w, 0);
	put_number(&w, TLV_ROLE, h->from_agent ? ROLE_AGENT : ROLE_COLLECTOR);
	put_tlv(&w, TLV_CODEC, codec, sizeof(codec));
	put_number(&w, TLV_SLOTS, par->slots_log2);
	put_number(&w, TLV_BLOCK, par->block);
	put_number(&w, TLV_FRAME_MAX, par->frame_max);
	put_number(&w, TLV_LATENCY, par->latency_ms);
	put_number(&w, TLV_TICK, par->tick_exp);
	put_number(&w, TLV_FIELDS, par->fields);
	if ((par->fields & HELLO_FIELD_DIGEST) && par->digest_max != UINT32_MAX)
		put_number(&w, TLV_DIGEST, par->digest_max);
	put_text(&w, TLV_NODE, h->node);
	if (h->has_stream)
		put_stream(&w, h);
	if (par->caps != 0)
		put_caps(&w, h);
	if (h->from_agent) {
		put_text(&w, TLV_HOST, h->host);
		put_text(&w, TLV_VERSION, h->version);
		put_be64(clock, (uint64_t)h->wall.ns);
		put_be64(clock + 8, (uint64_t)h->boot_ns);
		put_tlv(&w, TLV_CLOCK, clock, sizeof(clock));
		put_ifaces(&w, h);
	}
	len = (size_t)(w.p - dst);
	put_be16(dst + HELLO_MAGIC_LEN + 2, (uint16_t)(len - FIXED));
	put_be32(dst + len, zpack_crc(dst, len));
	return len + CRC_OCTETS;
}

void
hello_text(char *dst, size_t room, const void *src, size_t len)
{
	const uint8_t *p = src;
	size_t n = 0;

	for (; n < len && n < room - 1; n++)
		dst[n] = (char)(p[n] < 0x20 || p[n] == 0x7f ? '?' : p[n]);
	memset(dst + n, 0, room - n);
}

void
hello_no_colon(char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == ':')
			*text = '?';
	}
}

/* Read a number that must lie in ${min}..${max}; else mark ${r}. */
static uint64_t
get_number(struct rd *r, uint64_t min, uint64_t max)
{
	const uint64_t v = rd_var(r);

	if (v < min || v > max)
		r->bad = true;
	return v;
}

static void
get_iface(struct hello *h, struct rd *r)
{
	struct hello_iface *i = &h->iface[h->n_ifaces];
	const uint16_t linktype = rd_u16(r);
	const uint8_t len = rd_u8(r);
	const uint8_t *name = rd_take(r, len);

	if (r->bad || h->n_ifaces == HELLO_IFACE_MAX)
		return;
	i->linktype = linktype;
	hello_text(i->name, sizeof(i->name), name, len);
	hello_no_colon(i->name);
	hello_text(i->filter, sizeof(i->filter), r->p, rd_left(r));
	rd_skip(r, rd_left(r));
	h->n_ifaces++;
}

static void
get_stream(struct hello *h, struct rd *r)
{
	const uint8_t *id = rd_take(r, sizeof(h->stream_id));

	h->seq = rd_var(r);
	if (r->bad)
		return;
	memcpy(h->stream_id, id, sizeof(h->stream_id));
	h->has_stream = true;
}

static void
get_clock(struct hello *h, struct rd *r)
{
	h->wall.ns = (int64_t)rd_u64(r);
	h->boot_ns = (int64_t)rd_u64(r);
}

static void
get_codec(struct hello_params *par, struct rd *r)
{
	par->codec = rd_u8(r);
	par->wbits = rd_u8(r);
	if (par->codec > HELLO_CODEC_DEFLATE || par->wbits < 9 ||
	    par->wbits > 15)
		r->bad = true;
}

/* An offer may name fields that we do not know; an answer may not. */
static void
get_fields(struct hello *h, struct rd *r)
{
	const uint64_t v = rd_var(r);

	if (h->from_agent && (v & ~(uint64_t)HELLO_FIELD_ALL) != 0)
		r->bad = true;
	h->par.fields = (uint32_t)(v & HELLO_FIELD_ALL);
}

/*
 * As with fields.  An agent that sends DNS says from which record on; a
 * collector that resumes, which one it wants next.
 */
static void
get_caps(struct hello *h, struct rd *r)
{
	const uint64_t v = rd_var(r);

	if (h->from_agent && (v & ~(uint64_t)HELLO_CAP_ALL) != 0)
		r->bad = true;
	h->par.caps = (uint32_t)(v & HELLO_CAP_ALL);
	if ((v & HELLO_CAP_DNS) && (h->from_agent || rd_left(r) > 0))
		h->dns_seq = rd_var(r);
}

/* Read the value of one TLV.  Returns false for an unknown one. */
static bool
get_value(struct hello *h, enum tlv type, struct rd *r)
{
	struct hello_params *par = &h->par;

	switch (type) {
	case TLV_ROLE:
		h->from_agent = get_number(r, 0, ROLE_AGENT) == ROLE_AGENT;
		return true;
	case TLV_CODEC:
		get_codec(par, r);
		return true;
	case TLV_SLOTS:
		par->slots_log2 = (uint8_t)get_number(r, 6, 13);
		return true;
	case TLV_BLOCK:
		par->block = (uint16_t)get_number(r, 1, 8192);
		return true;
	case TLV_FRAME_MAX:
		par->frame_max = (uint32_t)get_number(r, 4096, FRAME_MAX);
		return true;
	case TLV_LATENCY:
		par->latency_ms = (uint16_t)get_number(r, 10, 60000);
		return true;
	case TLV_TICK:
		par->tick_exp = (uint8_t)get_number(r, 0, 9);
		return true;
	case TLV_FIELDS:
		get_fields(h, r);
		return true;
	case TLV_NODE:
		hello_text(h->node, sizeof(h->node), r->p, rd_left(r));
		return true;
	case TLV_STREAM:
		get_stream(h, r);
		return true;
	case TLV_HOST:
		hello_text(h->host, sizeof(h->host), r->p, rd_left(r));
		return true;
	case TLV_VERSION:
		hello_text(h->version, sizeof(h->version), r->p, rd_left(r));
		return true;
	case TLV_CLOCK:
		get_clock(h, r);
		return true;
	case TLV_IFACE:
		get_iface(h, r);
		return true;
	case TLV_CAPS:
		get_caps(h, r);
		return true;
	case TLV_DIGEST:
		par->digest_max = (uint32_t)get_number(r, 0, UINT32_MAX);
		return true;
	}
	return false;
}

/* Returns 0, -1 for a malformed one, -2 for an unknown critical one. */
static int
get_tlv(struct hello *h, uint64_t type, struct rd *r)
{
	if (type > TLV_DIGEST || !get_value(h, (enum tlv)type, r))
		return type & CRITICAL ? -2 : 0;
	return r->bad ? -1 : 0;
}

static int
get_tlvs(struct hello *h, struct rd r)
{
	bool first = true;

	while (rd_left(&r) > 0) {
		const uint64_t type = rd_var(&r);
		const uint64_t len = rd_var(&r);
		const uint8_t *value = rd_take(&r, len);
		struct rd v;
		int err;

		/* The role decides how others are read. */
		if (r.bad || (type == TLV_ROLE && !first))
			return -1;
		first = false;
		v = rd_init(value, len);
		if ((err = get_tlv(h, type, &v)) != 0)
			return err;
	}
	return 0;
}

int
hello_get(struct hello *ret_h, const uint8_t *buf, size_t len)
{
	const size_t n = len < HELLO_MAGIC_LEN ? len : HELLO_MAGIC_LEN;
	struct hello h;
	size_t body;
	int err;

	if (memcmp(buf, HELLO_MAGIC, n) != 0)
		return -1;
	if (len < FIXED)
		return 0;
	body = get_be16(buf + HELLO_MAGIC_LEN + 2);
	if (FIXED + body + CRC_OCTETS > HELLO_MAX)
		return -1;
	if (len < FIXED + body + CRC_OCTETS)
		return 0;
	if (get_be32(buf + FIXED + body) != zpack_crc(buf, FIXED + body))
		return -1;
	hello_default(&h, false);
	h.major = buf[HELLO_MAGIC_LEN];
	h.minor = buf[HELLO_MAGIC_LEN + 1];
	if (h.major != MAJOR)
		return -2;
	if ((err = get_tlvs(&h, rd_init(buf + FIXED, body))) != 0)
		return err;
	*ret_h = h;
	return (int)(FIXED + body + CRC_OCTETS);
}

static uint32_t
smaller(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

void
hello_answer(struct hello *ret_h, const struct hello *offer,
    const struct hello_params *mine)
{
	const struct hello_params *his = &offer->par;
	struct hello_params *par = &ret_h->par;

	par->codec = (uint8_t)smaller(his->codec, mine->codec);
	par->wbits = (uint8_t)smaller(his->wbits, mine->wbits);
	par->slots_log2 = (uint8_t)smaller(his->slots_log2, mine->slots_log2);
	par->tick_exp =
	    his->tick_exp > mine->tick_exp ? his->tick_exp : mine->tick_exp;
	par->latency_ms = his->latency_ms;
	par->frame_max = smaller(his->frame_max, mine->frame_max);
	par->fields = his->fields & mine->fields;
	par->caps = his->caps & mine->caps;
	par->digest_max = smaller(his->digest_max, mine->digest_max);
	par->block = (uint16_t)smaller(smaller(his->block, mine->block),
	    (par->frame_max - BLOCK_OCTETS) / RECORD_OCTETS);
}
