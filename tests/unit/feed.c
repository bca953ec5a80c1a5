/* SPDX-License-Identifier: BSD-3-Clause */
/* For tests of what collectors are sent: an agent's run, and collectors. */
#include "tests/unit/feed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <string.h>

#include "agent/pubdisk.h"
#include "wire/bytes.h"
#include "wire/frame.h"

#define MEMORY (256 << 10)

void
feed_begin(struct run *r, const char *path, size_t size)
{
	struct hello_params *mine = &r->env.mine;

	*r = (struct run){ .rnd = 1 };
	assert_int_equal(ident_init(&r->id, "node", iftab_new()), 0);
	r->env.id = &r->id;
	*mine = r->id.hello.par;
	mine->tick_exp = 0;
	mine->wbits = 15;
	mine->frame_max = FRAME_MAX;
	pubaway_init(&r->env.away, 60);
	pubenc_init(&r->env.encs, 6, MEMORY);
	r->env.encs.unencodable = &r->unencodable;
	assert_int_equal(pubdisk_open(&r->env, path, size), 0);
}

void
feed_end(struct run *r)
{
	pubenc_flush(&r->env.encs);
	pubdisk_close(&r->env);
	pubaway_done(&r->env.away);
	iftab_free(r->id.tab);
}

void
feed_put(struct run *r, unsigned int n)
{
	struct obs o = { .kind = OBS_PKT, .pkt = { .ipver = 4, .len = 60 } };

	while (n-- > 0) {
		for (unsigned int i = 0; i < 4; i++) {
			r->rnd = r->rnd * 1664525u + 1013904223u;
			o.pkt.src[i] = (uint8_t)(r->rnd >> 24);
			o.pkt.dst[i] = (uint8_t)(r->rnd >> 16);
		}
		pubenc_put(&r->env.encs, &o);
	}
}

void
feed_put_dns(struct run *r, unsigned int n)
{
	const struct obs o = { .kind = OBS_DNS,
		.dns = { .what = OBS_DNS_ALIVE, .resolver = "" } };

	while (n-- > 0)
		pubenc_put(&r->env.encs, &o);
}

struct hello
feed_offer(unsigned int caps)
{
	struct hello h;

	hello_default(&h, false);
	h.par.caps = caps;
	return h;
}

/* Where ${c} got in its stream, as it would tell it. */
struct hello
feed_offer_of(const struct client *c, unsigned int caps)
{
	struct hello h = feed_offer(caps);

	h.has_stream = true;
	memcpy(h.stream_id, c->h.stream_id, sizeof(h.stream_id));
	h.seq = c->next;
	h.dns_seq = c->next_dns;
	return h;
}

void
feed_come(
    struct run *r, struct client *c, const struct hello *what, const char *who)
{
	uint8_t buf[HELLO_MAX];
	size_t len;

	*c = (struct client){ 0 };
	assert_true(pubfeed_begin(&c->f, &r->env, what, who, buf, &len));
	assert_int_equal(hello_get(&c->h, buf, len), len);
	c->next = c->h.seq;
	c->next_dns = c->h.dns_seq;
	c->at = UINT64_MAX;
}

static void
count(
    struct client *c, uint64_t *next, uint64_t *sum, uint64_t first, uint64_t n)
{
	const uint64_t seen = *next > first ? *next - first : 0;

	if (first > *next)
		c->nameless += first - *next;
	c->again += seen < n ? seen : n;
	*sum += seen < n ? n - seen : 0;
	if (first + n > *next)
		*next = first + n;
}

static void
take_frame(struct client *c, const struct frame *f)
{
	struct rd r = rd_init(f->body, f->len);
	uint64_t n = rd_var(&r);

	if (f->type == FRAME_DNS) {
		const uint64_t first = n;

		count(c, &c->next_dns, &c->dns, first, rd_var(&r));
	} else if (f->type == FRAME_PKT) {
		(void)rd_var(&r);
		if ((f->flags & FRAME_FLAG_KEY) != 0)
			c->at = rd_var(&r);
		assert_true(c->at != UINT64_MAX);
		count(c, &c->next, &c->pkts, c->at, n);
		c->at += n;
	}
}

/* Read all that there is, or up to ${some} octets. */
void
feed_read_some(struct client *c, size_t some)
{
	static uint8_t buf[FRAME_MAX + FRAME_OVERHEAD];
	struct frame f;
	struct obs o;
	size_t n, from, all = 0;

	do {
		while (pubfeed_loss(&c->f, (wall_t){ 0 }, &o)) {
			assert_int_equal(o.loss.first, c->next);
			assert_true(c->f.old == NULL ||
				    o.loss.reason == OBS_LOSS_SPOOL);
			c->next += o.loss.count;
			c->lost += o.loss.count;
			c->at = UINT64_MAX;
		}
		n = pubfeed_read(&c->f, buf,
		    some - all < sizeof(buf) ? some - all : sizeof(buf));
		for (from = 0; from < n;) {
			from += (size_t)frame_get(
			    &f, buf + from, n - from, FRAME_MAX);
			take_frame(c, &f);
		}
		all += n;
	} while ((n > 0 || pubfeed_owes(&c->f)) && all < some);
}

void
feed_read_all(struct client *c)
{
	feed_read_some(c, SIZE_MAX);
}

void
feed_ack(struct client *c)
{
	assert_true(pubfeed_acked(&c->f, c->next, c->next_dns));
}

void
feed_go(struct client *c, const char *who)
{
	pubfeed_end(&c->f, who != NULL, (mono_t){ 1 });
}
