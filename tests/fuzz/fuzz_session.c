/* SPDX-License-Identifier: BSD-3-Clause */
/* links: collector/session collector/sesstell collector/sessrest collector/legacy collector/hub collector/streams collector/summary collector/sinksrc collector/class collector/outputs collector/output collector/position collector/positions collector/state collector/journal base/fdio collector/timing base/meterlog base/meter collector/source collector/clockfix collector/clockest collector/dayoff collector/ledger base/log base/obuf base/proc wire/stream wire/ifaces wire/dnsget wire/enc wire/dnsrec wire/dnstab wire/dnsname wire/sess wire/hello wire/ctl wire/frame wire/pack wire/cols wire/flowtab wire/unpack wire/dict wire/bits wire/zpack wire/rec28 tests/unit/gen tests/unit/gendns -lev -lz */
/*
 * The collector's side of a session as a whole, with an agent that says
 * anything, comes back, and repeats itself: an output gets each packet once,
 * in its order, and every number is stored or lost.
 */
#include <ev.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "collector/session.h"
#include "tests/unit/gen.h"
#include "wire/ctl.h"
#include "wire/enc.h"
#include "wire/frame.h"

#define SAID  (1 << 18)
#define TIMES 3

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What the invented agent does next. */
enum act {
	ACT_SAY,     /* any octets */
	ACT_HELLO,   /* a valid HELLO */
	ACT_FRAME,   /* a valid frame of any type with any payload */
	ACT_PACKETS, /* packets in a valid stream */
	ACT_SKIP,    /* it loses some, and may say so */
	ACT_BYE,
	ACT_TICK,
	ACT_FEED, /* what was said arrives */
	ACTS
};

struct play {
	struct gen gen;
	struct hub *hub;
	struct source *src;
	struct session *sess;
	struct enc *enc;
	mono_t now;
	uint64_t next;  /* packet that the output wants */
	uint8_t id[16]; /* of the stream that .next is of */
	size_t len;
	uint8_t said[SAID];
};

static struct play play;
static struct sink sink;

static void
out_put(struct sink *s, const struct sink_src *src, uint64_t first,
    const struct obs *o, size_t n)
{
	(void)s;
	for (size_t i = 0; i < n && o->kind == OBS_PKT; i++) {
		const unsigned int at = o[i].pkt.iface;

		if (at < src->ifs.n && memchr(src->ifs.iface[at].name, '\0',
					   LINE_IFNAME_MAX) == NULL)
			abort();
	}
	/* Without a name, nothing is known about the numbers. */
	if (o->kind != OBS_PKT || !play.src->has_stream)
		return;
	if (memcmp(play.id, play.src->stream_id, sizeof(play.id)) != 0)
		play.next = 0;
	memcpy(play.id, play.src->stream_id, sizeof(play.id));
	if (n == 0 || first < play.next)
		abort();
	play.next = first + n;
}

static int
out_flush(struct sink *s, mono_t now)
{
	(void)s;
	(void)now;
	return 0;
}

static void
out_close(struct sink *s)
{
	(void)s;
}

static const struct sink_type out_type = {
	.name = "fuzz", .put = out_put, .flush = out_flush, .close = out_close
};

struct sink *
sink_open(const struct conf *conf, const char *spec, struct ev_loop *loop)
{
	(void)conf;
	(void)spec;
	(void)loop;
	sink = (struct sink){ .type = &out_type };
	return &sink;
}

static void
on_gone(void *arg, const char *name)
{
	(void)arg;
	(void)name;
}

static struct source *
nobody(void *arg, const struct hello *h)
{
	(void)arg;
	(void)h;
	return NULL;
}

static void
say(struct play *p, const void *data, size_t len)
{
	if (len > SAID - p->len)
		return;
	memcpy(p->said + p->len, data, len);
	p->len += len;
}

static void
on_block(void *arg, const struct enc_block *b)
{
	say(arg, b->data, b->len);
}

static void
say_frame(struct play *p, enum frame_type type, const uint8_t *body, size_t len)
{
	uint8_t frame[CTL_MAX + FRAME_OVERHEAD];

	say(p, frame,
	    ctl_frame(frame, type, body, len < CTL_MAX ? len : CTL_MAX));
}

static void
say_hello(struct play *p)
{
	struct gen *g = &p->gen;
	uint8_t buf[HELLO_MAX];
	const uint8_t stream = (uint8_t)gen_below(g, 2);
	struct hello h;

	hello_default(&h, true);
	h.par.block = (uint16_t)(1 + gen_below(g, 64));
	h.par.caps = gen_below(g, 2);
	h.has_stream = gen_below(g, 8) != 0;
	memset(h.stream_id, stream, sizeof(h.stream_id));
	h.seq = gen_below(g, 2) != 0 ? p->src->led.next : gen_below(g, 2048);
	h.dns_seq = gen_below(g, 16);
	say(p, buf, hello_put(buf, &h));
	enc_free(p->enc);
	p->enc = enc_new(&h.par, 1, h.seq, on_block, p);
	if (p->enc == NULL)
		abort();
}

static void
send_packets(struct play *p, unsigned int n)
{
	struct obs o;

	while (n-- > 0 && p->enc != NULL) {
		gen_pkt(&p->gen, &o);
		(void)enc_put(p->enc, &o);
	}
	if (p->enc != NULL)
		enc_flush(p->enc);
}

/* Told, it is a GAP; untold, numbers that are missing. */
static void
skip(struct play *p, unsigned int n)
{
	struct obs o = { .kind = OBS_LOSS };
	const size_t was = p->len;

	if (p->enc == NULL)
		return;
	o.loss.reason =
	    gen_below(&p->gen, 2) != 0 ? OBS_LOSS_SPOOL : OBS_LOSS_KERNEL;
	o.loss.first = enc_next(p->enc);
	o.loss.count = n + 1u;
	(void)enc_put(p->enc, &o);
	if (gen_below(&p->gen, 2) != 0)
		p->len = was;
	enc_key(p->enc);
}

static void
feed(struct play *p)
{
	size_t at = 0;

	while (at < p->len && session_state(p->sess) < SESS_ENDING) {
		const size_t n =
		    1 + gen_below(&p->gen, (uint32_t)(p->len - at));

		(void)session_feed(
		    p->sess, p->said + at, n, p->now, (wall_t){ p->now.ns });
		at += n;
	}
	p->len = 0;
}

static void
act(struct play *p, const uint8_t **data, const uint8_t *end)
{
	const unsigned int n = *(*data)++;
	const size_t left = (size_t)(end - *data);
	const size_t some = n / ACTS < left ? n / ACTS : left;
	uint8_t body[CTL_MAX];

	switch ((enum act)(n % ACTS)) {
	case ACT_SAY:
		say(p, *data, some);
		*data += some;
		break;
	case ACT_HELLO:
		say_hello(p);
		break;
	case ACT_FRAME:
		say_frame(
		    p, (enum frame_type)(gen_below(&p->gen, 16)), *data, some);
		*data += some;
		break;
	case ACT_PACKETS:
		send_packets(p, n);
		break;
	case ACT_SKIP:
		skip(p, n);
		break;
	case ACT_BYE:
		say_frame(p, FRAME_BYE, body,
		    ctl_bye_put(body, (enum ctl_bye)gen_below(&p->gen, 7),
			p->enc == NULL ? 0 : enc_next(p->enc)));
		break;
	case ACT_TICK:
		p->now.ns += n * MONO_NS_PER_MS * 40;
		(void)session_tick(p->sess, p->now, (wall_t){ p->now.ns });
		break;
	case ACT_FEED:
		feed(p);
		break;
	case ACTS:
		break;
	}
}

/* One connection. */
static void
connect_once(struct play *p, const struct session_env *env,
    const uint8_t **data, const uint8_t *end)
{
	p->sess = session_new(env, p->src, NULL, p->now);
	if (p->sess == NULL)
		abort();
	p->len = 0;
	for (unsigned int i = 0; i < 32 && *data < end; i++)
		act(p, data, end);
	feed(p);
	session_eof(p->sess);
	session_free(p->sess);
	enc_free(p->enc);
	p->enc = NULL;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct session_env env;
	static struct ev_loop *loop;
	const uint8_t *end = data + size;
	struct play *p = &play;

	if (size < 2)
		return 0;
	log_init("fuzz", LOG_LEVEL_ERROR);
	if (loop == NULL) {
		loop = ev_loop_new(0);
		env.scratch = stream_scratch_new();
		env.who = nobody;
		hello_default(&env.offer, false);
		env.offer.par.caps = HELLO_CAP_DNS;
	}
	if (loop == NULL || env.scratch == NULL)
		abort();
	memset(p, 0, offsetof(struct play, said));
	env.legacy = (*data & 1) != 0;
	gen_octets(&p->gen, data + 1, size - 1);
	data++;
	if ((p->hub = hub_new(loop, on_gone, NULL)) == NULL ||
	    hub_output(p->hub, NULL, "fuzz") != 0 ||
	    (p->src = hub_source(p->hub, 1, "fuzz")) == NULL)
		abort();
	env.hub = p->hub;
	for (unsigned int i = 0; i < TIMES && data < end; i++)
		connect_once(p, &env, &data, end);
	hub_free(p->hub);
	return 0;
}
