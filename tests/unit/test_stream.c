/* SPDX-License-Identifier: BSD-3-Clause */
/* links: tests/unit/gen wire/enc wire/stream wire/unpack wire/pack wire/dict wire/bits wire/zpack wire/frame wire/hello wire/ctl -lz */
/* The whole v1 path: observations to octets and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/gen.h"
#include "wire/bytes.h"
#include "wire/ctl.h"
#include "wire/enc.h"
#include "wire/frame.h"
#include "wire/stream.h"
#include "wire/zpack.h"

#define RECORDS 3000
#define ROOM    (1u << 20)
#define FRAMES  4096

/* A stream in memory: HELLO, frames, where they begin. */
struct tape {
	uint8_t data[ROOM];
	size_t used, hello;
	size_t frame[FRAMES];
	bool key[FRAMES];
	size_t n_frames;
};

/* What a reader saw. */
struct seen {
	struct obs obs[RECORDS + 64];
	uint64_t seq[RECORDS + 64];
	size_t n, byes;
};

static struct tape tape;
static struct seen seen;
static struct obs sent[RECORDS];

static void
on_block(void *arg, const struct enc_block *b)
{
	struct tape *t = arg;

	assert_true(t->used + b->len <= ROOM && t->n_frames < FRAMES);
	t->frame[t->n_frames] = t->used;
	t->key[t->n_frames++] = b->key;
	memcpy(t->data + t->used, b->data, b->len);
	t->used += b->len;
}

static void
on_hello(void *arg, const struct hello *h)
{
	(void)arg;
	assert_true(h->from_agent);
}

static void
on_obs(void *arg, uint64_t first, const struct obs *o, size_t n)
{
	struct seen *s = arg;

	assert_true(s->n + n <= sizeof(s->obs) / sizeof(s->obs[0]));
	for (size_t i = 0; i < n; i++) {
		s->obs[s->n] = o[i];
		s->seq[s->n++] = first + (o[i].kind == OBS_PKT ? i : 0);
	}
}

static void
on_stats(void *arg, const struct ctl_stats *s)
{
	(void)arg;
	(void)s;
}

static void
on_time(void *arg, const struct ctl_time *t)
{
	(void)arg;
	(void)t;
}

static void
on_bye(void *arg, unsigned int why, uint64_t next)
{
	(void)why;
	(void)next;
	((struct seen *)arg)->byes++;
}

static const struct stream_ops ops = { on_hello, on_obs, on_stats, on_time,
	on_bye };

static struct hello
hello_of(const struct hello_params *par)
{
	struct hello h;

	hello_default(&h, true);
	h.par = *par;
	h.has_stream = true;
	return h;
}

static struct enc *
start_tape(const struct hello_params *par)
{
	const struct hello h = hello_of(par);

	tape.n_frames = 0;
	tape.used = tape.hello = hello_put(tape.data, &h);
	return enc_new(par, 6, 0, on_block, &tape);
}

/* Encode ${n} records of the generator ${g} with ${par}. */
static void
record(struct gen *g, size_t n, const struct hello_params *par)
{
	struct enc *e = start_tape(par);

	assert_non_null(e);
	for (size_t i = 0; i < n; i++) {
		gen_pkt(g, &sent[i]);
		enc_put(e, &sent[i]);
	}
	enc_flush(e);
	assert_int_equal(enc_next(e), n);
	enc_free(e);
}

/* Feed ${len} octets, in pieces of ${piece} at most.  Returns what was used. */
static ptrdiff_t
play(const uint8_t *data, size_t len, size_t piece)
{
	struct stream_scratch *sc = stream_scratch_new();
	struct stream *s = stream_new(sc, &ops, &seen);
	size_t used = 0;
	size_t end = 0;
	ptrdiff_t n = 0;

	memset(&seen, 0, sizeof(seen));
	while (end < len && n >= 0) {
		end = len - end < piece ? len : end + piece;
		n = stream_feed(s, data + used, end - used);
		used += n > 0 ? (size_t)n : 0;
		assert_true(used <= end);
	}
	stream_free(s);
	stream_scratch_free(sc);
	return n < 0 ? -1 : (ptrdiff_t)used;
}

static void
expect_sent(size_t from, size_t n, const struct hello_params *par)
{
	assert_int_equal(seen.n, n);
	for (size_t i = 0; i < n; i++) {
		const struct obs want = gen_expect(&sent[from + i], par);

		if (!gen_same(&seen.obs[i], &want))
			fail_msg("record %zu differs", from + i);
		assert_int_equal(seen.seq[i], from + i);
	}
}

static struct hello_params
default_params(void)
{
	struct hello h;

	hello_default(&h, true);
	return h.par;
}

static void
records_of_every_kind_come_back_with_all_parameters(void **state)
{
	static const uint16_t blocks[] = { 1, 2, 77, 512, 8192 };
	struct gen g;

	(void)state;
	for (unsigned int i = 0; i < 60; i++) {
		struct hello_params par = default_params();

		gen_seed(&g, i);
		g.flows = i % 3 == 0 ? 20 : i % 3 == 1 ? 200 : GEN_FLOWS;
		par.block = blocks[i % 5];
		par.tick_exp = (uint8_t)(i % 10);
		par.codec =
		    i % 4 == 0 ? HELLO_CODEC_STORED : HELLO_CODEC_DEFLATE;
		par.slots_log2 = (uint8_t)(6 + i % 8);
		par.wbits = (uint8_t)(9 + i % 7);
		par.frame_max = FRAME_MAX;
		par.fields = i % 2 == 0 ? HELLO_FIELD_ALL
					: gen_below(&g, HELLO_FIELD_ALL + 1);
		record(&g, RECORDS, &par);
		assert_int_equal(
		    play(tape.data, tape.used, tape.used), tape.used);
		expect_sent(0, RECORDS, &par);
	}
}

static void
pieces_of_any_size_give_the_same(void **state)
{
	static const size_t piece[] = { 1, 2, 3, 7, 64, 1000 };
	const struct hello_params par = default_params();
	struct gen g;

	(void)state;
	gen_seed(&g, 1);
	record(&g, 300, &par);
	for (unsigned int i = 0; i < sizeof(piece) / sizeof(piece[0]); i++) {
		assert_int_equal(
		    play(tape.data, tape.used, piece[i]), tape.used);
		expect_sent(0, 300, &par);
	}
}

static void
every_prefix_needs_more_and_gives_no_wrong_record(void **state)
{
	const struct hello_params par = { .codec = HELLO_CODEC_DEFLATE,
		.wbits = 12,
		.slots_log2 = 6,
		.tick_exp = 3,
		.block = 16,
		.latency_ms = 100,
		.frame_max = 65536,
		.fields = HELLO_FIELD_ALL };
	struct gen g;

	(void)state;
	gen_seed(&g, 2);
	record(&g, 64, &par);
	for (size_t n = 0; n < tape.used; n++) {
		const uint8_t *p = gen_guard(tape.data, n);

		assert_true(play(p, n, n + 1) >= 0);
		gen_unguard(p, n);
		expect_sent(0, seen.n, &par);
	}
}

static void
a_flipped_bit_is_never_a_wrong_record(void **state)
{
	struct hello_params par = default_params();
	struct gen g;

	(void)state;
	par.block = 16;
	gen_seed(&g, 3);
	record(&g, 48, &par);
	for (size_t bit = 0; bit < tape.used * 8; bit++) {
		tape.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		(void)play(tape.data, tape.used, tape.used);
		tape.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_true(seen.n < 48);
		expect_sent(0, seen.n, &par);
	}
}

static void
a_reader_may_begin_at_any_key_block(void **state)
{
	const struct hello_params par = default_params();
	const struct hello h = hello_of(&par);
	struct enc *e;
	struct gen g;
	uint8_t late[ROOM];

	(void)state;
	gen_seed(&g, 4);
	g.calm = true; /* a jump in time is a KEY block of its own */
	e = start_tape(&par);
	for (size_t i = 0; i < 1000; i++) {
		gen_pkt(&g, &sent[i]);
		if (i == 600)
			enc_key(e);
		enc_put(e, &sent[i]);
	}
	enc_flush(e);
	enc_free(e);
	for (size_t f = 1; f < tape.n_frames; f++) {
		const size_t hello = hello_put(late, &h);
		const size_t rest = tape.used - tape.frame[f];
		ptrdiff_t n;

		memcpy(late + hello, tape.data + tape.frame[f], rest);
		n = play(late, hello + rest, hello + rest);
		if (!tape.key[f]) {
			assert_int_equal(n, -1);
			assert_int_equal(seen.n, 0);
			continue;
		}
		assert_int_equal(n, hello + rest);
		assert_int_equal(seen.seq[0], 600);
		expect_sent(600, 400, &par);
	}
}

static void
key_blocks_come_every_16384_records_and_60_seconds(void **state)
{
	const struct hello_params par = default_params();
	struct obs o = { .kind = OBS_PKT };
	struct enc *e = start_tape(&par);
	size_t keys = 0;

	(void)state;
	o.pkt.ipver = 4;
	for (unsigned int i = 0; i < 40000; i++)
		enc_put(e, &o);
	enc_flush(e);
	for (size_t f = 0; f < tape.n_frames; f++)
		keys += tape.key[f];
	assert_int_equal(keys, 3);
	o.time = wall_make(61, 0);
	enc_put(e, &o);
	enc_flush(e);
	assert_true(tape.key[tape.n_frames - 1]);
	enc_free(e);
}

static void
a_gap_moves_the_sequence_and_keeps_its_place(void **state)
{
	const struct hello_params par = default_params();
	struct obs gap = { .kind = OBS_LOSS, .time = wall_make(5, 0) };
	struct obs load = { .kind = OBS_HOST, .time = wall_make(6, 0) };
	struct enc *e = start_tape(&par);
	struct gen g;

	(void)state;
	gen_seed(&g, 5);
	gen_pkt(&g, &sent[0]);
	gap.loss = (struct obs_loss){ OBS_LOSS_QUEUE, 1, 41 };
	load.host = (struct obs_host){ OBS_HOST_ALL, 12, 3456 };
	enc_put(e, &sent[0]);
	enc_put(e, &gap);
	enc_put(e, &sent[0]);
	gap.loss = (struct obs_loss){ OBS_LOSS_KERNEL, 0, 9 };
	enc_put(e, &gap);
	enc_put(e, &load);
	enc_put(e, &sent[0]);
	enc_flush(e);
	enc_free(e);
	assert_int_equal(play(tape.data, tape.used, tape.used), tape.used);
	assert_int_equal(seen.n, 6);
	assert_int_equal(seen.seq[0], 0);
	assert_int_equal(seen.obs[1].loss.count, 41);
	assert_int_equal(seen.seq[2], 42);
	assert_int_equal(seen.obs[3].loss.reason, OBS_LOSS_KERNEL);
	assert_int_equal(seen.obs[4].host.mem_used, 3456);
	assert_int_equal(seen.seq[5], 43);
}

/* Append a frame made by hand to a fresh tape.  Returns what play says. */
static ptrdiff_t
play_frame(uint8_t type_flags, const uint8_t *body, size_t len)
{
	const struct hello_params par = default_params();
	const struct frame f = { .type = type_flags >> 4,
		.flags = type_flags & 15,
		.body = body,
		.len = len };
	struct enc *e = start_tape(&par);

	enc_free(e);
	tape.used += frame_put(tape.data + tape.used, &f);
	return play(tape.data, tape.used, tape.used);
}

static void
unknown_extensions_are_skipped_and_other_types_end_the_session(void **state)
{
	static const uint8_t body[] = { 7, 1, 2, 3 };

	(void)state;
	for (unsigned int type = 0; type < 16; type++) {
		const bool known = type == FRAME_STATS || type == FRAME_PKT ||
				   type == FRAME_SYSINFO || type == FRAME_GAP ||
				   type == FRAME_TIME || type == FRAME_BYE;
		const ptrdiff_t n =
		    play_frame((uint8_t)(type << 4), body, sizeof(body));

		if (type == FRAME_EXT)
			assert_true(n > 0);
		else if (!known)
			assert_int_equal(n, -1);
	}
}

static void
an_inflating_bomb_is_refused(void **state)
{
	static uint8_t zeros[1u << 20];
	static uint8_t body[1u << 16];
	struct zpack *z = zpack_new(9, 12);
	struct wr w = wr_init(body, sizeof(body));
	uint8_t packed[8192];
	size_t n;

	(void)state;
	zpack_start(z, packed, sizeof(packed));
	zpack_add(z, zeros, sizeof(zeros), false);
	n = zpack_end(z);
	zpack_free(z);
	wr_var(&w, 1);
	wr_var(&w, 0);
	wr_var(&w, 0);
	wr_u64(&w, 0);
	wr_u8(&w, 3);
	wr_var(&w, HELLO_FIELD_DEFAULT);
	wr_u8(&w, 10);
	wr_var(&w, n);
	wr_mem(&w, packed, n);
	assert_int_equal(play_frame(FRAME_PKT << 4 | FRAME_FLAG_KEY, body,
			     (size_t)(w.p - body)),
	    -1);
	assert_int_equal(seen.n, 0);
}

static void
a_frame_over_the_negotiated_size_is_refused_unread(void **state)
{
	const struct hello_params par = default_params();
	struct enc *e = start_tape(&par);
	struct wr w = wr_init(tape.data + tape.used, 8);

	(void)state;
	enc_free(e);
	wr_u8(&w, FRAME_PKT << 4);
	wr_var(&w, par.frame_max + 1);
	tape.used += (size_t)(w.p - (tape.data + tape.used));
	assert_int_equal(play(tape.data, tape.used, tape.used), -1);
}

static void
nothing_follows_bye(void **state)
{
	uint8_t body[CTL_MAX];
	const size_t n = ctl_bye_put(body, CTL_BYE_END, 0);
	ptrdiff_t used;

	(void)state;
	used = play_frame(FRAME_BYE << 4, body, n);
	assert_int_equal(used, tape.used);
	assert_int_equal(seen.byes, 1);
	tape.data[tape.used] = 0xff;
	assert_int_equal(play(tape.data, tape.used + 1, ROOM), used);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    records_of_every_kind_come_back_with_all_parameters),
		cmocka_unit_test(pieces_of_any_size_give_the_same),
		cmocka_unit_test(
		    every_prefix_needs_more_and_gives_no_wrong_record),
		cmocka_unit_test(a_flipped_bit_is_never_a_wrong_record),
		cmocka_unit_test(a_reader_may_begin_at_any_key_block),
		cmocka_unit_test(
		    key_blocks_come_every_16384_records_and_60_seconds),
		cmocka_unit_test(a_gap_moves_the_sequence_and_keeps_its_place),
		cmocka_unit_test(
		    unknown_extensions_are_skipped_and_other_types_end_the_session),
		cmocka_unit_test(an_inflating_bomb_is_refused),
		cmocka_unit_test(
		    a_frame_over_the_negotiated_size_is_refused_unread),
		cmocka_unit_test(nothing_follows_bye),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
