/* SPDX-License-Identifier: BSD-3-Clause */
/* A v1 stream in memory: what an encoder sent, what a reader reported. */
#include "tests/unit/tape.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/gen.h"
#include "tests/unit/gendns.h"

static void *
grow(void *p, size_t n, size_t size)
{
	p = reallocarray(p, n, size);
	if (p == NULL)
		abort();
	return p;
}

void
tape_add(struct tape *t, const void *data, size_t len)
{
	if (len > t->room - t->len) {
		t->room = 2 * t->room + len;
		t->data = grow(t->data, t->room, 1);
	}
	memcpy(t->data + t->len, data, len);
	t->len += len;
}

void
tape_hello(struct tape *t, const struct hello_params *par)
{
	uint8_t buf[HELLO_MAX];
	struct hello h;
	size_t n;

	hello_default(&h, true);
	h.par = *par;
	n = hello_put(buf, &h);
	tape_add(t, buf, n);
}

void
tape_block(void *arg, const struct enc_block *b)
{
	struct tape *t = arg;

	t->frame = grow(t->frame, t->n_frames + 1, sizeof(*t->frame));
	t->frame[t->n_frames++] = (struct tape_frame){ t->len, *b };
	tape_add(t, b->data, b->len);
}

static void
on_hello(void *arg, const struct hello *h)
{
	struct tape_seen *s = arg;

	s->frame_max = h->par.frame_max;
	s->hellos++;
	s->ifaces = h->n_ifaces;
}

static void
on_iface(void *arg, unsigned int index, const struct hello_iface *i)
{
	struct tape_seen *s = arg;

	(void)index;
	s->ifaces++;
	s->last_iface = *i;
}

static void
on_obs(void *arg, uint64_t first, struct obs *o, size_t n)
{
	struct tape_seen *s = arg;

	if (n > s->room - s->n) {
		s->room = 2 * s->room + n;
		s->obs = grow(s->obs, s->room, sizeof(*s->obs));
		s->seq = grow(s->seq, s->room, sizeof(*s->seq));
	}
	for (size_t i = 0; i < n; i++) {
		s->obs[s->n] = o[i];
		if (o[i].kind == OBS_DNS) {
			struct obs *copy = gendns_copy(&o[i]);

			s->obs[s->n] = *copy;
			s->copies = grow(
			    s->copies, s->n_copies + 1, sizeof(struct obs *));
			s->copies[s->n_copies++] = copy;
		}
		s->seq[s->n++] = first + i;
	}
}

static void
on_stats(void *arg, const struct ctl_stats *st)
{
	struct tape_seen *s = arg;

	s->last_stats = *st;
	s->stats++;
}

static void
on_time(void *arg, const struct ctl_time *t)
{
	struct tape_seen *s = arg;

	(void)t;
	s->times++;
}

static void
on_bye(void *arg, unsigned int why, uint64_t next_seq)
{
	struct tape_seen *s = arg;

	s->byes++;
	s->why = why;
	s->bye_next = next_seq;
}

const struct stream_ops tape_ops = { .hello = on_hello,
	.iface = on_iface,
	.obs = on_obs,
	.stats = on_stats,
	.time = on_time,
	.bye = on_bye };

/* Feed octets ${from}..${to} of ${t}.  Returns octets used, or -1. */
static ptrdiff_t
feed(struct stream *s, const struct tape *t, size_t from, size_t to)
{
	const uint8_t *p = gen_guard(t->data + from, to - from);
	const ptrdiff_t n = stream_feed(s, p, to - from);

	gen_unguard(p, to - from);
	return n;
}

const char *
tape_read(const struct tape *t, size_t cut, struct tape_seen *ret_seen,
    enum ctl_bye *ret_why)
{
	struct stream_scratch *sc = stream_scratch_new();
	struct stream *s = stream_new(sc, &tape_ops, ret_seen);
	const char *error;
	size_t used = 0;
	ptrdiff_t n = 0;

	if (sc == NULL || s == NULL)
		abort();
	*ret_seen = (struct tape_seen){ 0 };
	for (size_t to = 0; n >= 0 && to < t->len;) {
		to = cut == 0 || t->len - to < cut ? t->len : to + cut;
		n = feed(s, t, used, to);
		if (n > (ptrdiff_t)(to - used))
			abort();
		used += n > 0 ? (size_t)n : 0;
	}
	error = stream_error(s, ret_why);
	if ((error != NULL) != (n < 0))
		abort();
	stream_free(s);
	stream_scratch_free(sc);
	return error;
}

void
tape_done(struct tape *t)
{
	free(t->data);
	free(t->frame);
}

void
tape_seen_done(struct tape_seen *s)
{
	for (size_t i = 0; i < s->n_copies; i++)
		gendns_free(s->copies[i]);
	free(s->copies);
	free(s->obs);
	free(s->seq);
}
