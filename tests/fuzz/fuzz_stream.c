/* SPDX-License-Identifier: BSD-3-Clause */
/* links: tests/unit/gen wire/enc wire/stream wire/unpack wire/pack wire/dict wire/bits wire/zpack wire/frame wire/hello wire/ctl -lz */
/* A stream of strangers in pieces, and records through a stream of ours. */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/gen.h"
#include "wire/enc.h"
#include "wire/stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define RECORDS 256

struct tape {
	uint8_t data[1u << 20];
	size_t used;
};

struct sum {
	uint64_t records, hash;
	struct obs *keep; /* RECORDS of them, or NULL */
};

static void
on_hello(void *arg, const struct hello *h)
{
	struct sum *s = arg;

	s->hash = s->hash * 31 + h->par.block;
}

static void
on_obs(void *arg, uint64_t first, const struct obs *o, size_t n)
{
	struct sum *s = arg;

	for (size_t i = 0; i < n; i++) {
		s->hash = (s->hash ^ (first + i)) * 1099511628211u;
		s->hash ^= (uint64_t)o[i].time.ns;
		if (s->keep != NULL && s->records + i < RECORDS)
			s->keep[s->records + i] = o[i];
	}
	s->records += n;
}

static void
on_stats(void *arg, const struct ctl_stats *c)
{
	((struct sum *)arg)->hash += c->next_seq;
}

static void
on_time(void *arg, const struct ctl_time *t)
{
	((struct sum *)arg)->hash += t->id;
}

static void
on_bye(void *arg, unsigned int why, uint64_t next)
{
	((struct sum *)arg)->hash += why + next;
}

static const struct stream_ops ops = { on_hello, on_obs, on_stats, on_time,
	on_bye };
static struct stream_scratch *scratch;

/* Feed everything in pieces of ${piece} octets. */
static void
play(struct sum *sum, const uint8_t *data, size_t len, size_t piece)
{
	struct stream *s = stream_new(scratch, &ops, sum);
	size_t used = 0;
	size_t end = 0;

	while (s != NULL && end < len) {
		ptrdiff_t n;

		end = len - end < piece ? len : end + piece;
		n = stream_feed(s, data + used, end - used);
		if (n < 0)
			break;
		if ((size_t)n > end - used)
			abort();
		used += (size_t)n;
	}
	stream_free(s);
}

static void
on_block(void *arg, const struct enc_block *b)
{
	struct tape *t = arg;

	if (t->used + b->len > sizeof(t->data))
		abort();
	memcpy(t->data + t->used, b->data, b->len);
	t->used += b->len;
}

/* What a generator makes of the octets goes through a stream and comes back. */
static void
through(const uint8_t *data, size_t len)
{
	static struct obs sent[RECORDS];
	static struct obs got[RECORDS];
	static struct tape tape;
	struct sum sum = { .keep = got };
	struct hello h;
	struct enc *e;
	struct gen g;
	size_t n = 0;

	hello_default(&h, true);
	h.par.fields = HELLO_FIELD_ALL;
	h.par.frame_max = 1u << 20;
	h.par.block = 32;
	tape.used = hello_put(tape.data, &h);
	if ((e = enc_new(&h.par, 1, 0, on_block, &tape)) == NULL)
		abort();
	gen_octets(&g, data, len);
	for (; n < RECORDS && g.p < g.end; n++) {
		gen_pkt(&g, &sent[n]);
		enc_put(e, &sent[n]);
	}
	enc_flush(e);
	enc_free(e);
	play(&sum, tape.data, tape.used, tape.used);
	if (sum.records != n)
		abort();
	for (size_t i = 0; i < n; i++) {
		const struct obs want = gen_expect(&sent[i], &h.par);

		if (!gen_same(&got[i], &want))
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct sum whole = { .records = 0 };
	struct sum parts = { .records = 0 };

	if (scratch == NULL && (scratch = stream_scratch_new()) == NULL)
		abort();
	play(&whole, data, len, len);
	play(&parts, data, len, len > 0 ? data[0] % 64u + 1 : 1);
	if (whole.records != parts.records || whole.hash != parts.hash)
		abort();
	through(data, len);
	return 0;
}
