/* SPDX-License-Identifier: BSD-3-Clause */
/* The sending half of a v1 stream: observations in, frames out. */
#include "wire/enc.h"

#include <errno.h>
#include <stdlib.h>

#include "wire/bytes.h"
#include "wire/ctl.h"
#include "wire/dnsrec.h"
#include "wire/frame.h"
#include "wire/pack.h"
#include "wire/zpack.h"

#define KEY_RECORDS 16384 /* between KEY blocks, at most */
#define KEY_NS      (60 * MONO_NS_PER_S)
#define MIX_NS      MONO_NS_PER_S /* packets and DNS records apart, at most */
#define APART_MIN   128 /* records that pay for code tables of their own */
#define HEAD_MAX    64  /* octets of a PKT payload before its columns */

struct enc {
	struct hello_params par;
	int level;
	enc_fn *emit;
	void *arg;
	uint64_t first;   /* sequence of the first record in the block */
	uint32_t keyed;   /* records since KEY, without those in the block */
	wall_t base;      /* time of the first record since KEY */
	wall_t begun;     /* time of the first record in the block */
	wall_t dns_begun; /* the same of DNS records */
	bool want_key;    /* the next block is KEY */
	bool key;         /* the block under construction is KEY */
	struct pack *pack;
	struct zpack *z; /* NULL when blocks are stored */
	uint8_t *frame;
	size_t room;        /* for columns and raw bits in .frame */
	struct dnsrec *dns; /* NULL before the first DNS observation */
	uint64_t dns_first; /* number of the first record in .dns */
};

struct enc *
enc_new(const struct hello_params *par, int level, uint64_t seq, enc_fn *emit,
    void *arg)
{
	const bool deflate = par->codec == HELLO_CODEC_DEFLATE;
	struct enc *e = calloc(1, sizeof(*e));

	if (e == NULL)
		return NULL;
	e->par = *par;
	e->level = level;
	e->emit = emit;
	e->arg = arg;
	e->first = seq;
	e->want_key = true;
	e->pack = pack_new(par);
	e->room = pack_room(par);
	if (deflate && (e->z = zpack_new(level, par->wbits)) != NULL)
		e->room += zpack_bound(e->z, e->room);
	e->frame = malloc(FRAME_OVERHEAD + HEAD_MAX + e->room + 4);
	if (e->pack == NULL || (deflate && e->z == NULL) || e->frame == NULL) {
		enc_free(e);
		errno = ENOMEM;
		return NULL;
	}
	return e;
}

/* Are the two times so far apart?  Mod 2^64: one comparison sees both sides. */
static bool
are_apart(wall_t a, wall_t b, uint64_t ns)
{
	return (uint64_t)a.ns - (uint64_t)b.ns + ns > 2 * ns;
}

/* Start a block with a record of time ${time}: KEY when it is due. */
static void
start_block(struct enc *e, wall_t time)
{
	e->begun = time;
	e->key = e->want_key || e->keyed >= KEY_RECORDS ||
		 are_apart(time, e->base, KEY_NS);
	if (!e->key)
		return;
	e->want_key = false;
	e->keyed = 0;
	e->base = time;
	pack_reset(e->pack, time);
	if (e->z != NULL)
		zpack_reset(e->z, e->level);
}

/* Write the columns to ${dst}.  Returns their octets. */
static size_t
write_columns(struct enc *e, const struct pack_out *out, uint8_t *dst)
{
	/* Under load (level 1), code tables cost more than they are worth. */
	const bool apart = out->count >= APART_MIN && e->level > 1;
	struct wr w = wr_init(dst, e->room);

	if (e->z == NULL) {
		for (unsigned int c = 0; c < PACK_COLS; c++)
			wr_mem(&w, out->col[c].data, out->col[c].len);
		return (size_t)(w.p - dst);
	}
	zpack_start(e->z, dst, e->room);
	for (unsigned int c = 0; c < PACK_COLS; c++) {
		if (out->col[c].len > 0) {
			zpack_add(e->z, out->col[c].data, out->col[c].len,
			    c <= PACK_TIME && apart);
		}
	}
	return zpack_end(e->z);
}

/* Write what stands before the columns to ${dst}.  Returns its octets. */
static size_t
write_head(const struct enc *e, const struct pack_out *out, size_t cols,
    uint8_t dst[static HEAD_MAX])
{
	struct wr w = wr_init(dst, HEAD_MAX);

	wr_var(&w, out->count);
	wr_var(&w, out->messages);
	if (e->key) {
		wr_var(&w, e->first);
		wr_u64(&w, (uint64_t)e->base.ns);
		wr_u8(&w, e->par.tick_exp);
		wr_var(&w, e->par.fields);
		wr_u8(&w, e->par.slots_log2);
	}
	wr_var(&w, cols);
	return (size_t)(w.p - dst);
}

static void
flush_pkt(struct enc *e)
{
	uint8_t *cols = e->frame + FRAME_OVERHEAD + HEAD_MAX;
	struct enc_block b = { .type = FRAME_PKT, .key = e->key };
	uint8_t head[HEAD_MAX];
	struct pack_out out;
	size_t n;
	size_t len;

	if (pack_count(e->pack) == 0)
		return;
	pack_finish(e->pack, &out);
	len = write_columns(e, &out, cols);
	n = write_head(e, &out, len, head);
	memcpy(cols - n, head, n);
	memcpy(cols + len, out.raw.data, out.raw.len);
	b.data = frame_wrap(cols - n, n + len + out.raw.len,
	    FRAME_PKT << 4 | (e->key ? FRAME_FLAG_KEY : 0), &b.len);
	b.first = e->first;
	b.count = out.count;
	e->first += out.count;
	e->keyed += out.count;
	pack_clear(e->pack);
	e->emit(e->arg, &b);
}

static bool
has_dns(const struct enc *e)
{
	return e->dns != NULL && dnsrec_count(e->dns) > 0;
}

static void
flush_dns(struct enc *e)
{
	struct enc_block b = { .type = FRAME_DNS };

	if (!has_dns(e))
		return;
	b.first = e->dns_first;
	b.count = dnsrec_count(e->dns);
	b.data = dnsrec_finish(e->dns, b.first, &b.len);
	e->dns_first += b.count;
	e->emit(e->arg, &b);
}

void
enc_flush(struct enc *e)
{
	flush_dns(e);
	flush_pkt(e);
}

/* Returns false, one number further, when ${o} is lost. */
static bool
put_dns(struct enc *e, const struct obs *o)
{
	int r = -1;

	if (!(e->par.caps & HELLO_CAP_DNS))
		return true;
	if (pack_count(e->pack) > 0 && are_apart(o->time, e->begun, MIX_NS))
		flush_pkt(e);
	if (e->dns == NULL)
		e->dns = dnsrec_new(&e->par, e->level);
	if (e->dns != NULL && (r = dnsrec_add(e->dns, o)) == 0) {
		flush_dns(e);
		r = dnsrec_add(e->dns, o);
	}
	if (r == 1) {
		if (dnsrec_count(e->dns) == 1)
			e->dns_begun = o->time;
		return true;
	}
	flush_dns(e);
	e->dns_first++;
	return false;
}

static void
put_ctl(struct enc *e, const struct obs *o)
{
	uint8_t body[CTL_MAX];
	uint8_t frame[CTL_MAX + FRAME_OVERHEAD];
	struct enc_block b = { .data = frame };
	size_t n;

	flush_pkt(e);
	if (o->kind == OBS_HOST) {
		b.type = FRAME_SYSINFO;
		n = ctl_sysinfo_put(body, o);
	} else {
		flush_dns(e);
		b.type = FRAME_GAP;
		n = ctl_gap_put(body, o);
		if (o->loss.reason < OBS_LOSS_UNSEEN)
			e->first = o->loss.first + o->loss.count;
	}
	b.len = ctl_frame(frame, b.type, body, n);
	e->emit(e->arg, &b);
}

static void
put_pkt(struct enc *e, const struct obs *o)
{
	if (has_dns(e) && are_apart(o->time, e->dns_begun, MIX_NS))
		flush_dns(e);
	if (pack_count(e->pack) == 0)
		start_block(e, o->time);
	if (!pack_add(e->pack, o)) {
		flush_pkt(e);
		start_block(e, o->time);
		(void)pack_add(e->pack, o);
	}
	if (pack_count(e->pack) == e->par.block)
		flush_pkt(e);
}

bool
enc_put(struct enc *e, const struct obs *o)
{
	switch (o->kind) {
	case OBS_PKT:
		put_pkt(e, o);
		return true;
	case OBS_HOST:
	case OBS_LOSS:
		put_ctl(e, o);
		return true;
	case OBS_DNS:
		break;
	}
	return put_dns(e, o);
}

unsigned int
enc_pending(const struct enc *e)
{
	return pack_count(e->pack) +
	       (e->dns == NULL ? 0 : dnsrec_count(e->dns));
}

void
enc_key(struct enc *e)
{
	enc_flush(e);
	e->want_key = true;
}

void
enc_level(struct enc *e, int level)
{
	e->level = level;
	if (e->dns != NULL)
		dnsrec_level(e->dns, level);
}

uint64_t
enc_next(const struct enc *e)
{
	return e->first + pack_count(e->pack);
}

void
enc_dns_start(struct enc *e, uint64_t next)
{
	e->dns_first = next;
}

uint64_t
enc_dns_next(const struct enc *e)
{
	return e->dns_first + (e->dns == NULL ? 0 : dnsrec_count(e->dns));
}

void
enc_free(struct enc *e)
{
	if (e == NULL)
		return;
	pack_free(e->pack);
	zpack_free(e->z);
	free(e->frame);
	dnsrec_free(e->dns);
	free(e);
}
