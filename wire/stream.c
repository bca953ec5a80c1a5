/* SPDX-License-Identifier: BSD-3-Clause */
/* The receiving half of a v1 stream: bytes in, observations out. */
#include "wire/stream.h"

#include <stdlib.h>

#include "wire/bytes.h"
#include "wire/dnsget.h"
#include "wire/frame.h"
#include "wire/ifaces.h"
#include "wire/pack.h"
#include "wire/unpack.h"
#include "wire/zpack.h"

struct stream_scratch {
	uint8_t cols[PACK_RECORDS_MAX * PACK_RECORD_MAX];
	struct obs obs[PACK_RECORDS_MAX];
	struct dnsget dns;
	struct zpack_in *z; /* NULL before the first deflated DNS frame */
};

struct stream {
	struct stream_scratch *sc;
	const struct stream_ops *ops;
	void *arg;
	struct hello_params par;
	bool open;  /* HELLO was seen */
	bool keyed; /* a KEY block was seen */
	bool ended;
	uint64_t next;
	uint64_t next_dns;
	wall_t dns_time; /* of the latest DNS record */
	struct ifaces ifaces;
	struct unpack *unpack;
	struct zpack_in *z;
	const char *error;
	enum ctl_bye why;
};

struct stream_scratch *
stream_scratch_new(void)
{
	struct stream_scratch *sc = malloc(sizeof(*sc));

	if (sc != NULL)
		sc->z = NULL;
	return sc;
}

void
stream_scratch_free(struct stream_scratch *sc)
{
	if (sc == NULL)
		return;
	zpack_in_free(sc->z);
	free(sc);
}

struct stream *
stream_new(struct stream_scratch *sc, const struct stream_ops *ops, void *arg)
{
	struct stream *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->sc = sc;
	s->ops = ops;
	s->arg = arg;
	return s;
}

static int
fail(struct stream *s, enum ctl_bye why, const char *error)
{
	s->error = error;
	s->why = why;
	return -1;
}

static int
wrong(struct stream *s, const char *error)
{
	return fail(s, CTL_BYE_PROTOCOL, error);
}

/* Returns octets used, 0 for more, -1 on error. */
static int
feed_hello(struct stream *s, const uint8_t *buf, size_t len)
{
	struct hello h;
	const int n = hello_get(&h, buf, len);

	if (n == 0)
		return 0;
	if (n == -2)
		return fail(s, CTL_BYE_UNSUPPORTED, "HELLO is not supported");
	if (n < 0 || !h.from_agent)
		return wrong(s, "HELLO is malformed");
	s->par = h.par;
	s->next = h.seq;
	s->next_dns = h.dns_seq;
	s->unpack = unpack_new(&h.par);
	if (h.par.codec == HELLO_CODEC_DEFLATE)
		s->z = zpack_in_new(h.par.wbits);
	if (s->unpack == NULL ||
	    (h.par.codec == HELLO_CODEC_DEFLATE && s->z == NULL))
		return fail(s, CTL_BYE_LIMIT, "out of memory");
	for (unsigned int i = 0; i < h.n_ifaces; i++) {
		if (ifaces_add(&s->ifaces, i, &h.iface[i]) != IFACES_NEW)
			return fail(s, CTL_BYE_LIMIT, "out of memory");
	}
	s->open = true;
	s->ops->hello(s->arg, &h);
	return n;
}

/* Read what a KEY block tells; it must be what HELLO said. */
static int
read_key(struct stream *s, struct rd *r)
{
	const uint64_t seq = rd_var(r);
	const wall_t base = { (int64_t)rd_u64(r) };
	const uint8_t tick_exp = rd_u8(r);
	const uint64_t fields = rd_var(r);
	const uint8_t slots_log2 = rd_u8(r);

	if (r->bad || tick_exp != s->par.tick_exp || fields != s->par.fields ||
	    slots_log2 != s->par.slots_log2)
		return wrong(s, "KEY block contradicts HELLO");
	s->next = seq;
	s->keyed = true;
	unpack_reset(s->unpack, base);
	if (s->z != NULL)
		zpack_in_reset(s->z);
	return 0;
}

/* Inflate, or just find, the columns of a block of ${count} records. */
static int
read_columns(
    struct stream *s, struct rd *r, size_t count, struct pack_span *ret)
{
	const uint64_t len = rd_var(r);
	const uint8_t *data = rd_take(r, len);
	ptrdiff_t n;

	if (r->bad)
		return wrong(s, "PKT payload is cut");
	if (s->z == NULL) {
		*ret = (struct pack_span){ data, len };
		return 0;
	}
	n = zpack_in(s->z, s->sc->cols, count * PACK_RECORD_MAX, data, len);
	if (n < 0)
		return wrong(s, "columns do not inflate");
	*ret = (struct pack_span){ s->sc->cols, (size_t)n };
	return 0;
}

static int
feed_pkt(struct stream *s, const struct frame *f)
{
	struct rd r = rd_init(f->body, f->len);
	const uint64_t count = rd_var(&r);
	const uint64_t messages = rd_var(&r);
	struct unpack_in in;
	uint64_t first;

	if (r.bad || count == 0 || count > s->par.block || messages > count)
		return wrong(s, "PKT counts are out of range");
	if (f->flags & FRAME_FLAG_KEY) {
		if (read_key(s, &r) != 0)
			return -1;
	} else if (!s->keyed) {
		return wrong(s, "PKT before the first KEY block");
	}
	first = s->next;
	in.count = (unsigned int)count;
	in.messages = (unsigned int)messages;
	if (first > UINT64_MAX - count)
		return wrong(s, "sequence is out of range");
	if (read_columns(s, &r, count, &in.cols) != 0)
		return -1;
	in.raw = (struct pack_span){ r.p, rd_left(&r) };
	if (unpack(s->unpack, s->sc->obs, &in) != 0)
		return wrong(s, "PKT columns contradict themselves");
	s->next = first + count;
	s->ops->obs(s->arg, first, s->sc->obs, count);
	return 0;
}

/* DNS records up to the number ${first} did not come. */
static void
tell_dns_gap(struct stream *s, uint64_t first, wall_t time)
{
	struct obs o = { .kind = OBS_LOSS,
		.time = time,
		.loss = {
		    OBS_LOSS_DNS_QUEUE, s->next_dns, first - s->next_dns } };

	if (first <= s->next_dns)
		return;
	s->next_dns = first;
	s->ops->obs(s->arg, s->next, &o, 1);
}

/* Inflate, or just find, the columns of a DNS block. */
static int
read_dns_columns(struct stream *s, struct rd *r, struct dnsget_in *in)
{
	const uint32_t most = s->par.frame_max;
	ptrdiff_t n;

	in->body = r->p;
	in->len = rd_left(r);
	if (s->z == NULL)
		return 0;
	if (s->sc->z == NULL && (s->sc->z = zpack_in_new(15)) == NULL)
		return fail(s, CTL_BYE_LIMIT, "out of memory");
	zpack_in_reset(s->sc->z);
	n = zpack_in(s->sc->z, s->sc->cols, most, in->body, in->len);
	if (n < 0)
		return wrong(s, "DNS columns do not inflate");
	in->body = s->sc->cols;
	in->len = (size_t)n;
	return 0;
}

/* Returns 0 when all of the block is as it should be: then it is passed on. */
static int
check_dns(struct stream *s, const struct dnsget_in *in)
{
	struct obs o;
	int r;

	if (dnsget_open(&s->sc->dns, in) != 0)
		return -1;
	while ((r = dnsget_next(&s->sc->dns, &o)) > 0)
		;
	return r;
}

static int
feed_dns(struct stream *s, const struct frame *f)
{
	struct rd r = rd_init(f->body, f->len);
	uint64_t first = rd_var(&r);
	const uint64_t count = rd_var(&r);
	struct dnsget_in in = { .tick = pack_tick(s->par.tick_exp),
		.base = { (int64_t)rd_u64(&r) },
		.count = (unsigned int)count };
	struct obs o;

	if (r.bad || count == 0 || count > s->par.block)
		return wrong(s, "DNS counts are out of range");
	if (first > UINT64_MAX - count)
		return wrong(s, "DNS number is out of range");
	if (read_dns_columns(s, &r, &in) != 0)
		return -1;
	if (check_dns(s, &in) != 0)
		return wrong(s, "DNS columns contradict themselves");
	tell_dns_gap(s, first, in.base);
	(void)dnsget_open(&s->sc->dns, &in);
	while (dnsget_next(&s->sc->dns, &o) > 0) {
		s->dns_time = o.time;
		s->ops->obs(s->arg, first++, &o, 1);
	}
	if (first > s->next_dns)
		s->next_dns = first;
	return 0;
}

static int
feed_gap(struct stream *s, const struct frame *f)
{
	struct obs o;

	if (ctl_gap_get(&o, f->body, f->len) != 0 ||
	    o.loss.reason == OBS_LOSS_DNS_QUEUE)
		return wrong(s, "GAP is malformed");
	if (o.loss.reason < OBS_LOSS_UNSEEN)
		s->next = o.loss.first + o.loss.count;
	s->ops->obs(s->arg, s->next, &o, 1);
	return 0;
}

static int
feed_sysinfo(struct stream *s, const struct frame *f)
{
	struct obs o;

	if (ctl_sysinfo_get(&o, f->body, f->len) != 0)
		return wrong(s, "SYSINFO is malformed");
	s->ops->obs(s->arg, s->next, &o, 1);
	return 0;
}

static int
feed_stats(struct stream *s, const struct frame *f)
{
	struct ctl_stats st;

	if (ctl_stats_get(&st, f->body, f->len) != 0)
		return wrong(s, "STATS is malformed");
	s->ops->stats(s->arg, &st);
	return 0;
}

static int
feed_time(struct stream *s, const struct frame *f)
{
	struct ctl_time t;

	if (ctl_time_get(&t, f->body, f->len) != 0)
		return wrong(s, "TIME is malformed");
	s->ops->time(s->arg, &t);
	return 0;
}

static int
feed_bye(struct stream *s, const struct frame *f)
{
	unsigned int why;
	uint64_t next;

	if (ctl_bye_get(&why, &next, f->body, f->len) != 0)
		return wrong(s, "BYE is malformed");
	s->ended = true;
	if ((why == CTL_BYE_END || why == CTL_BYE_AGAIN) &&
	    (s->par.caps & HELLO_CAP_DNS))
		tell_dns_gap(s, ctl_bye_dns_get(f->body, f->len), s->dns_time);
	s->ops->bye(s->arg, why, next);
	return 0;
}

static int
feed_ext(struct stream *s, const struct frame *f)
{
	struct hello_iface i;
	uint64_t index;
	const int kind = ifaces_get(&index, &i, f->body, f->len);

	if (kind < 0)
		return wrong(s, "extension is malformed");
	if (kind == 0)
		return 0;
	if (f->flags != 0)
		return wrong(s, "reserved flags are set");
	switch (ifaces_add(&s->ifaces, index, &i)) {
	case IFACES_NEW:
		s->ops->iface(s->arg, (unsigned int)index, &i);
		return 0;
	case IFACES_KNOWN:
		return 0;
	case IFACES_FULL:
		return fail(s, CTL_BYE_LIMIT, "out of memory");
	case IFACES_WRONG:
		break;
	}
	return wrong(s, "interface contradicts what was told");
}

static int
feed_frame(struct stream *s, const struct frame *f)
{
	if ((f->flags & ~(f->type == FRAME_PKT ? FRAME_FLAG_KEY : 0)) != 0 &&
	    f->type != FRAME_EXT)
		return wrong(s, "reserved flags are set");
	switch ((enum frame_type)f->type) {
	case FRAME_PKT:
		return feed_pkt(s, f);
	case FRAME_STATS:
		return feed_stats(s, f);
	case FRAME_SYSINFO:
		return feed_sysinfo(s, f);
	case FRAME_GAP:
		return feed_gap(s, f);
	case FRAME_TIME:
		return feed_time(s, f);
	case FRAME_BYE:
		return feed_bye(s, f);
	case FRAME_EXT:
		return feed_ext(s, f);
	case FRAME_DNS:
		if (!(s->par.caps & HELLO_CAP_DNS))
			break;
		return feed_dns(s, f);
	case FRAME_HELLO:
	case FRAME_FLOW:
	case FRAME_ACK:
	case FRAME_CONTROL:
	case FRAME_PRIVATE:
		break;
	}
	return wrong(s, "unknown frame type");
}

ptrdiff_t
stream_feed(struct stream *s, const uint8_t *buf, size_t len)
{
	const uint8_t *p = buf;
	const uint8_t *const end = buf + len;
	struct frame f;
	int n;

	if (s->error != NULL)
		return -1;
	if (!s->open && len > 0) {
		if ((n = feed_hello(s, buf, len)) <= 0)
			return n;
		p += n;
	}
	while (s->open && !s->ended && p < end) {
		n = frame_get(&f, p, (size_t)(end - p), s->par.frame_max);
		if (n < 0)
			return wrong(s, "frame length or checksum is wrong");
		if (n == 0)
			break;
		if (feed_frame(s, &f) != 0)
			return -1;
		p += n;
	}
	return p - buf;
}

const char *
stream_error(const struct stream *s, enum ctl_bye *ret_why)
{
	*ret_why = s->why;
	return s->error;
}

bool
stream_ended(const struct stream *s)
{
	return s->ended;
}

void
stream_free(struct stream *s)
{
	if (s == NULL)
		return;
	unpack_free(s->unpack);
	zpack_in_free(s->z);
	ifaces_done(&s->ifaces);
	free(s);
}
