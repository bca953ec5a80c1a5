/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/pubpeer agent/pubtalk agent/pubq agent/pubenc agent/pubfeed agent/pubdisk agent/pubaway agent/spool agent/spoolmem agent/spooldisk agent/spoolname base/fdio agent/spooldir agent/spoolmark agent/spoolowed agent/spoollist agent/spoolpos agent/ident agent/iftab base/lograte base/gate base/allow base/conn base/tls base/tlsctx base/tlslib base/psk base/net base/obuf base/log base/proc wire/enc wire/dnsrec wire/dnstab wire/dnsname wire/pack wire/cols wire/flowtab wire/dict wire/bits wire/zpack wire/unpack wire/stream wire/ifaces wire/dnsget wire/frame wire/ctl wire/hello wire/sess wire/rec28 wire/line wire/text tests/unit/gen tests/unit/gendns -lev -lz */
/*
 * The agent's side of a session as a whole, with a collector that says
 * anything: whatever it is, what the agent says stays a valid stream.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/pubpeer.h"
#include "base/log.h"
#include "tests/unit/gen.h"
#include "wire/ctl.h"
#include "wire/frame.h"
#include "wire/stream.h"

#define QUEUE  (64 << 10)
#define HEARD  (1 << 20)
#define ROUNDS 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What the invented collector does next. */
enum act {
	ACT_SAY,     /* any octets */
	ACT_HELLO,   /* a valid HELLO, perhaps with a place in the stream */
	ACT_FRAME,   /* a valid frame of any type with any payload */
	ACT_ACK,     /* a valid acknowledgement */
	ACT_LISTEN,  /* it reads */
	ACT_PACKETS, /* meanwhile the agent sees packets, */
	ACT_LOSS,    /* or loses some */
	ACT_TICK,
	ACTS
};

struct play {
	struct pubshare share;
	struct count count;
	struct ident id;
	struct gate gate;
	struct pubpeer *peer;
	int fd;
	struct gen gen;
	size_t heard;
	uint8_t buf[HEARD];
};

static const struct net_addr nowhere = { .len = 0 };
static struct play play;
static struct ev_loop *loop;
static struct iftab *tab;

static void
set_up(struct play *p, uint8_t how)
{
	struct pubshare *s = &p->share;

	memset(p, 0, offsetof(struct play, buf));
	if (loop == NULL && (loop = ev_loop_new(0)) == NULL)
		abort();
	log_init("fuzz", LOG_LEVEL_ERROR);
	iftab_free(tab);
	tab = iftab_new();
	if (tab == NULL || ident_init(&p->id, "n1", tab) != 0)
		abort();
	memset(p->id.hello.stream_id, 0xa5, sizeof(p->id.hello.stream_id));
	s->loop = loop;
	s->count = &p->count;
	s->gate = &p->gate;
	s->bad = s->moves = (struct lograte){ .what = "x", .max = 1 };
	s->queue = QUEUE;
	s->legacy_wait_ms = (how & 1) != 0 ? 60000 : 0;
	s->feed.id = &p->id;
	s->feed.mine = p->id.hello.par;
	s->feed.mine.tick_exp = 0;
	s->feed.mine.frame_max = QUEUE / 4;
	s->chunk_size = QUEUE / 4 + FRAME_OVERHEAD;
	s->chunk = malloc(s->chunk_size);
	pubaway_init(&s->feed.away, (how & 2) != 0 ? 60 : 0);
	pubenc_init(&s->feed.encs, 1, QUEUE);
	pubenc_start(&s->feed.encs, loop);
	if (s->chunk == NULL)
		abort();
}

static void
tear_down(struct play *p)
{
	pubaway_done(&p->share.feed.away);
	if (!LIST_EMPTY(&p->share.feed.encs.list))
		abort();
	free(p->share.chunk);
}

static void
connect_peer(struct play *p)
{
	int fd[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd) != 0)
		abort();
	p->fd = fd[1];
	p->heard = 0;
	p->peer = pubpeer_new(&p->share, fd[0], &nowhere, NULL);
	if (p->peer == NULL)
		abort();
}

static void
turn(struct play *p)
{
	pubenc_flush(&p->share.feed.encs);
	pubpeer_flush(p->peer);
	ev_run(loop, EVRUN_NOWAIT);
	pubpeer_flush(p->peer);
}

static void
say(struct play *p, const void *data, size_t len)
{
	if (len > 0 && send(p->fd, data, len, MSG_NOSIGNAL) < 0 &&
	    errno != EPIPE && errno != EAGAIN && errno != ECONNRESET)
		abort();
	turn(p);
}

static void
listen_to(struct play *p)
{
	ssize_t n;

	while (p->heard < HEARD &&
	       (n = recv(p->fd, p->buf + p->heard, HEARD - p->heard, 0)) > 0) {
		p->heard += (size_t)n;
		turn(p);
	}
}

static void
say_hello(struct play *p)
{
	struct gen *g = &p->gen;
	uint8_t buf[HELLO_MAX];
	struct hello h;

	hello_default(&h, false);
	h.par.codec = (uint8_t)gen_below(g, 2);
	h.par.block = (uint16_t)(1 + gen_below(g, 600));
	h.par.tick_exp = (uint8_t)gen_below(g, 10);
	h.par.caps = gen_below(g, 2);
	h.has_stream = gen_below(g, 2) != 0;
	h.seq = gen_below(g, 4096);
	h.dns_seq = gen_below(g, 4);
	memset(h.stream_id, gen_below(g, 4) != 0 ? 0xa5 : 0x5a,
	    sizeof(h.stream_id));
	say(p, buf, hello_put(buf, &h));
}

static void
say_frame(struct play *p, enum frame_type type, const uint8_t *body, size_t len)
{
	uint8_t frame[CTL_MAX + FRAME_OVERHEAD];

	say(p, frame, ctl_frame(frame, type, body, len));
}

static void
see(struct play *p, unsigned int n)
{
	struct hello_iface i = { .linktype = (uint16_t)n };
	struct obs o;

	memset(i.node, 'n', gen_below(&p->gen, sizeof(i.node)));
	const uint16_t index = iftab_append(tab, &i);

	while (n-- > 0) {
		gen_pkt(&p->gen, &o);
		o.pkt.iface = index;
		p->share.newest = o.time;
		pubenc_put(&p->share.feed.encs, &o);
	}
	turn(p);
}

static void
act(struct play *p, const uint8_t **data, const uint8_t *end)
{
	const unsigned int n = *(*data)++;
	const size_t left = (size_t)(end - *data);
	uint8_t body[CTL_MAX];
	const struct obs loss = { .kind = OBS_LOSS,
		.loss = { .reason = OBS_LOSS_KERNEL, .count = n + 1 } };
	const struct ctl_stats stats = { .next_seq = n };
	const size_t some = n / ACTS < left ? n / ACTS : left;

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
	case ACT_ACK:
		say_frame(p, FRAME_ACK, body,
		    ctl_ack_put(body, gen_below(&p->gen, 4096), 0));
		break;
	case ACT_LISTEN:
		listen_to(p);
		break;
	case ACT_PACKETS:
		see(p, 8 * n);
		break;
	case ACT_LOSS:
		pubenc_put(&p->share.feed.encs, &loss);
		turn(p);
		break;
	case ACT_TICK:
		pubpeer_stats(p->peer, &stats);
		turn(p);
		break;
	case ACTS:
		break;
	}
}

static void
ignore_iface(void *arg, unsigned int index, const struct hello_iface *i)
{
	(void)arg;
	(void)index;
	(void)i;
}

static void
ignore_obs(void *arg, uint64_t first, struct obs *o, size_t n)
{
	(void)arg;
	(void)first;
	(void)o;
	(void)n;
}

static void
ignore_hello(void *arg, const struct hello *h)
{
	(void)arg;
	(void)h;
}

static void
ignore_stats(void *arg, const struct ctl_stats *s)
{
	(void)arg;
	(void)s;
}

static void
ignore_time(void *arg, const struct ctl_time *t)
{
	(void)arg;
	(void)t;
}

static void
ignore_bye(void *arg, unsigned int why, uint64_t next)
{
	(void)arg;
	(void)why;
	(void)next;
}

/* What it said is HELLO and frames, or only a BYE, up to some octet. */
static void
check_heard(const struct play *p)
{
	static const struct stream_ops ops = { .hello = ignore_hello,
		.iface = ignore_iface,
		.obs = ignore_obs,
		.stats = ignore_stats,
		.time = ignore_time,
		.bye = ignore_bye };
	static struct stream_scratch *scratch;
	struct stream *s;

	if (p->heard < HELLO_MAGIC_LEN ||
	    memcmp(p->buf, HELLO_MAGIC, HELLO_MAGIC_LEN) != 0)
		return;
	if (scratch == NULL)
		scratch = stream_scratch_new();
	if (scratch == NULL || (s = stream_new(scratch, &ops, NULL)) == NULL)
		abort();
	if (stream_feed(s, p->buf, p->heard) < 0)
		abort();
	stream_free(s);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = data + size;
	struct play *p = &play;

	if (size < 2)
		return 0;
	set_up(p, *data++);
	gen_octets(&p->gen, data, size - 1);
	/* Twice, so that somebody may come back. */
	for (unsigned int times = 0; times < 2; times++) {
		connect_peer(p);
		for (unsigned int i = 0; i < ROUNDS && data < end; i++)
			act(p, &data, end);
		listen_to(p);
		check_heard(p);
		close(p->fd);
		turn(p);
		pubpeer_free(p->peer);
	}
	tear_down(p);
	return 0;
}
