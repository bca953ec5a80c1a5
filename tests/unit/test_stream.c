/* SPDX-License-Identifier: BSD-3-Clause */
/* links: wire/enc wire/dnsrec wire/dnstab wire/dnsname wire/stream wire/ifaces wire/dnsget wire/hello wire/frame wire/ctl wire/pack wire/cols wire/flowtab wire/unpack wire/dict wire/bits wire/zpack tests/unit/gen tests/unit/gendns tests/unit/tape -lz */
/* Tests of the receiving half against the sending half, cut and bent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/gen.h"
#include "tests/unit/tape.h"
#include "wire/bytes.h"
#include "wire/frame.h"
#include "wire/pack.h"
#include "wire/zpack.h"

#define LATER 300 /* records before a late joiner's KEY block */

static struct hello_params
params(enum hello_codec codec)
{
	struct hello h;

	hello_default(&h, true);
	h.par.codec = (uint8_t)codec;
	h.par.fields = HELLO_FIELD_ALL;
	h.par.block = 64;
	return h.par;
}

static void
add_ctl(struct tape *t, enum frame_type type, const uint8_t *body, size_t len)
{
	uint8_t buf[CTL_MAX + FRAME_OVERHEAD];

	tape_add(t, buf, ctl_frame(buf, type, body, len));
}

static void
add_frame(
    struct tape *t, uint8_t type, uint8_t flags, const void *body, size_t len)
{
	const struct frame f = {
		.type = type, .flags = flags, .body = body, .len = len
	};
	uint8_t *buf = malloc(len + FRAME_OVERHEAD);

	assert_non_null(buf);
	tape_add(t, buf, frame_put(buf, &f));
	free(buf);
}

static void
add_bye(struct tape *t, uint64_t next)
{
	uint8_t body[CTL_MAX];

	add_ctl(t, FRAME_BYE, body, ctl_bye_put(body, CTL_BYE_END, next));
}

/* Record a stream of ${n} packets with a host and a loss observation, BYE. */
static void
record(struct tape *t, const struct hello_params *par, struct tape_seen *sent,
    size_t n)
{
	struct obs extra[2] = {
		{ .kind = OBS_HOST, .host = { .has = OBS_HOST_MEM } },
		{ .kind = OBS_LOSS,
		    .loss = { .reason = OBS_LOSS_KERNEL, .count = 3 } },
	};
	struct enc *e = enc_new(par, 6, 0, tape_block, t);
	struct gen g;
	struct obs o;

	assert_non_null(e);
	gen_seed(&g, n);
	tape_hello(t, par);
	for (size_t i = 0; i < n; i++) {
		if (i == LATER)
			enc_key(e);
		if (i % 200 == 100) {
			enc_put(e, &extra[i / 200 % 2]);
			tape_ops.obs(sent, i, &extra[i / 200 % 2], 1);
		}
		gen_pkt(&g, &o);
		enc_put(e, &o);
		o = gen_expect(&o, par);
		tape_ops.obs(sent, i, &o, 1);
	}
	enc_flush(e);
	add_bye(t, enc_next(e));
	enc_free(e);
}

static void
assert_seen(
    const struct tape_seen *got, const struct tape_seen *want, size_t from)
{
	assert_int_equal(got->n, want->n - from);
	for (size_t i = 0; i < got->n; i++) {
		assert_int_equal(got->seq[i], want->seq[from + i]);
		assert_true(gen_same(&got->obs[i], &want->obs[from + i]));
	}
}

static void
a_stream_cut_anywhere_reads_alike(void **state)
{
	static const size_t cuts[] = { 0, 1, 2, 3, 7, 100, 1460, 5000 };

	(void)state;
	for (int codec = 0; codec <= HELLO_CODEC_DEFLATE; codec++) {
		const struct hello_params par = params((enum hello_codec)codec);
		struct tape t = { 0 };
		struct tape_seen sent = { 0 };

		record(&t, &par, &sent, 1000);
		for (size_t i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
			struct tape_seen got;
			enum ctl_bye why;

			assert_null(tape_read(&t, cuts[i], &got, &why));
			assert_seen(&got, &sent, 0);
			assert_int_equal(got.hellos, 1);
			assert_int_equal(got.byes, 1);
			assert_int_equal(got.bye_next, 1000);
			tape_seen_done(&got);
		}
		tape_done(&t);
		tape_seen_done(&sent);
	}
}

static void
every_prefix_of_a_stream_needs_more(void **state)
{
	const struct hello_params par = params(HELLO_CODEC_DEFLATE);
	struct tape t = { 0 };
	struct tape_seen sent = { 0 };

	(void)state;
	record(&t, &par, &sent, 150);
	for (size_t len = 0; len < t.len; len++) {
		const struct tape cut = { .data = t.data, .len = len };
		struct tape_seen got;
		enum ctl_bye why;

		assert_null(tape_read(&cut, 0, &got, &why));
		assert_true(got.n <= sent.n);
		for (size_t i = 0; i < got.n; i++)
			assert_true(gen_same(&got.obs[i], &sent.obs[i]));
		assert_int_equal(got.byes, 0);
		tape_seen_done(&got);
	}
	tape_done(&t);
	tape_seen_done(&sent);
}

static void
a_flipped_bit_is_never_a_wrong_record(void **state)
{
	const struct hello_params par = params(HELLO_CODEC_DEFLATE);
	struct tape t = { 0 };
	struct tape_seen sent = { 0 };

	(void)state;
	record(&t, &par, &sent, 150);
	for (size_t bit = 0; bit < t.len * 8; bit++) {
		struct tape_seen got;
		enum ctl_bye why;

		t.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		(void)tape_read(&t, 0, &got, &why);
		t.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_equal(got.byes, 0);
		assert_true(got.n <= sent.n);
		for (size_t i = 0; i < got.n; i++)
			assert_true(gen_same(&got.obs[i], &sent.obs[i]));
		tape_seen_done(&got);
	}
	tape_done(&t);
	tape_seen_done(&sent);
}

/* Read ${t} from frame ${i} on; expect all but the first ${skipped} of ${sent}. */
static void
join(const struct tape *t, size_t i, const struct tape_seen *sent,
    size_t skipped)
{
	const struct hello_params par = params(HELLO_CODEC_DEFLATE);
	struct tape late = { 0 };
	struct tape_seen got;
	enum ctl_bye why;

	tape_hello(&late, &par);
	tape_add(&late, t->data + t->frame[i].at, t->len - t->frame[i].at);
	assert_null(tape_read(&late, 0, &got, &why));
	assert_int_equal(got.seq[0], t->frame[i].b.first);
	assert_seen(&got, sent, skipped);
	tape_seen_done(&got);
	tape_done(&late);
}

static void
a_late_joiner_can_start_at_any_key_block(void **state)
{
	const struct hello_params par = params(HELLO_CODEC_DEFLATE);
	struct tape t = { 0 };
	struct tape_seen sent = { 0 };
	size_t skipped = 0;
	unsigned int keys = 0;

	(void)state;
	record(&t, &par, &sent, 1000);
	for (size_t i = 0; i < t.n_frames; i++) {
		const struct enc_block *b = &t.frame[i].b;

		if (b->key) {
			join(&t, i, &sent, skipped);
			keys++;
		}
		skipped += b->type == FRAME_PKT ? b->count : 1;
	}
	assert_true(keys >= 2);
	tape_seen_done(&sent);
	tape_done(&t);
}

static void
a_gap_moves_the_sequence_of_what_follows(void **state)
{
	const struct hello_params par = params(HELLO_CODEC_DEFLATE);
	const struct obs gap = { .kind = OBS_LOSS,
		.loss = { .reason = OBS_LOSS_QUEUE, .first = 1, .count = 41 } };
	struct tape t = { 0 };
	struct tape_seen got;
	enum ctl_bye why;
	struct enc *e = enc_new(&par, 6, 0, tape_block, &t);
	struct gen g;
	struct obs o;

	(void)state;
	gen_seed(&g, 1);
	tape_hello(&t, &par);
	gen_pkt(&g, &o);
	enc_put(e, &o);
	enc_put(e, &gap);
	enc_put(e, &o);
	enc_flush(e);
	assert_null(tape_read(&t, 0, &got, &why));
	assert_int_equal(got.n, 3);
	assert_int_equal(got.seq[0], 0);
	assert_true(gen_same(&got.obs[1], &gap));
	assert_int_equal(got.seq[2], 42);
	tape_seen_done(&got);
	tape_done(&t);
	enc_free(e);
}

/* Read HELLO and the octets of ${t}; expect an error with reason ${want}. */
static void
refuse(const struct tape *t, enum ctl_bye want)
{
	const struct hello_params par = params(HELLO_CODEC_STORED);
	struct tape all = { 0 };
	struct tape_seen got;
	enum ctl_bye why;

	tape_hello(&all, &par);
	tape_add(&all, t->data, t->len);
	assert_non_null(tape_read(&all, 0, &got, &why));
	assert_int_equal(why, want);
	assert_int_equal(got.n, 0);
	tape_seen_done(&got);
	tape_done(&all);
}

static void
refuse_frame(uint8_t type, uint8_t flags, const void *body, size_t len)
{
	struct tape t = { 0 };

	add_frame(&t, type, flags, body, len);
	refuse(&t, CTL_BYE_PROTOCOL);
	tape_done(&t);
}

static void
unknown_frames_end_the_session_and_extended_ones_are_skipped(void **state)
{
	static const uint8_t unknown[] = { 0, 2, 4, 5, 10, 11, 12, 13, 14 };
	const struct hello_params par = params(HELLO_CODEC_STORED);
	struct tape t = { 0 };
	struct tape_seen got;
	enum ctl_bye why;

	(void)state;
	for (size_t i = 0; i < sizeof(unknown); i++)
		refuse_frame(unknown[i], 0, "", 0);
	tape_hello(&t, &par);
	add_frame(&t, FRAME_EXT, 0xf, "\x63whatever", 9);
	add_bye(&t, 0);
	assert_null(tape_read(&t, 0, &got, &why));
	assert_int_equal(got.byes, 1);
	tape_seen_done(&got);
	tape_done(&t);
}

static void
interfaces_come_once_and_in_order(void **state)
{
	static const char eth0[] = "\1\0\0\1\4eth0\0ip";
	static const char other[] = "\1\1\0\1\4eth0\2n3";
	const struct hello_params par = params(HELLO_CODEC_STORED);
	struct tape t = { 0 };
	struct tape_seen got;
	enum ctl_bye why;

	(void)state;
	tape_hello(&t, &par);
	add_frame(&t, FRAME_EXT, 0, eth0, sizeof(eth0) - 1);
	add_frame(&t, FRAME_EXT, 0, eth0, sizeof(eth0) - 1);
	add_frame(&t, FRAME_EXT, 0, other, sizeof(other) - 1);
	add_bye(&t, 0);
	assert_null(tape_read(&t, 1, &got, &why));
	assert_int_equal(got.ifaces, 2);
	assert_string_equal(got.last_iface.name, "eth0");
	assert_string_equal(got.last_iface.node, "n3");
	tape_seen_done(&got);
	tape_done(&t);
	refuse_frame(FRAME_EXT, 0, other, sizeof(other) - 1); /* a hole */
	refuse_frame(FRAME_EXT, 0, "\1\0\0\1\x10", 5);
	refuse_frame(FRAME_EXT, 0, "", 0);
	refuse_frame(FRAME_EXT, 1, eth0, sizeof(eth0) - 1);
	t = (struct tape){ 0 };
	tape_hello(&t, &par);
	add_frame(&t, FRAME_EXT, 0, eth0, sizeof(eth0) - 1);
	add_frame(&t, FRAME_EXT, 0, eth0, sizeof(eth0) - 2);
	refuse(&t, CTL_BYE_PROTOCOL);
	tape_done(&t);
}

static void
reserved_flags_are_refused(void **state)
{
	(void)state;
	refuse_frame(FRAME_PKT, 0x3, "\1\0", 2);
	refuse_frame(FRAME_BYE, 0x1, "\0\0", 2);
	refuse_frame(FRAME_GAP, 0x8, "\0\0\0\0\0\0\0\0\1\1\1", 11);
}

/* KEY header after the counts: sequence, base, tick, fields, slots. */
#define KEY_HEAD "\0\0\0\0\0\0\0\0\0\x03\xff\x0f\x0a"
#define REFUSE_KEY(body) \
	refuse_frame(FRAME_PKT, FRAME_FLAG_KEY, body, sizeof(body) - 1)

static void
pkt_heads_that_cannot_be_are_refused(void **state)
{
	(void)state;
	refuse_frame(FRAME_PKT, 0, "\1\0\0", 3); /* before any KEY block */
	REFUSE_KEY("\0\0" KEY_HEAD "\0");        /* no record */
	REFUSE_KEY("\x41\0" KEY_HEAD "\0");      /* over the block of HELLO */
	REFUSE_KEY("\1\2" KEY_HEAD "\0");        /* messages > records */
	REFUSE_KEY("\1\0" KEY_HEAD "\x10"
		   "ab");                                       /* cut */
	REFUSE_KEY("\1\0\0\0\0\0\0\0\0\0\0\x04\xff\x0f\x0a\0"); /* tick */
	REFUSE_KEY("\1\0\0\0\0\0\0\0\0\0\0\x03\xff\x07\x0a\0"); /* fields */
	REFUSE_KEY("\1\0\0\0\0\0\0\0\0\0\0\x03\xff\x0f\x0b\0"); /* slots */
	REFUSE_KEY("\2\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\1"
		   "\0\0\0\0\0\0\0\0\x03\xff\x0f\x0a\0"); /* sequence */
}

static void
malformed_small_frames_are_refused(void **state)
{
	(void)state;
	refuse_frame(FRAME_STATS, 0, "\0", 1);
	refuse_frame(FRAME_SYSINFO, 0, "\0", 1);
	refuse_frame(FRAME_GAP, 0, "\0", 1);
	refuse_frame(FRAME_TIME, 0, "\0", 1);
	refuse_frame(FRAME_BYE, 0, "", 0);
}

static void
an_inflation_bomb_is_refused_within_128_octets_a_record(void **state)
{
	const struct hello_params par = params(HELLO_CODEC_DEFLATE);
	static uint8_t zero[100000];
	uint8_t body[2000] = "\1\0" KEY_HEAD;
	struct wr w = wr_init(body, sizeof(body));
	struct zpack *z = zpack_new(9, 12);
	uint8_t *bomb = malloc(zpack_bound(z, sizeof(zero)));
	struct tape t = { 0 };
	struct tape_seen got;
	enum ctl_bye why;
	size_t n;

	(void)state;
	zpack_start(z, bomb, zpack_bound(z, sizeof(zero)));
	zpack_add(z, zero, sizeof(zero), false);
	n = zpack_end(z);
	wr_mem(&w, "\1\0" KEY_HEAD, 15);
	wr_var(&w, n);
	wr_mem(&w, bomb, n);
	assert_false(w.bad);
	tape_hello(&t, &par);
	add_frame(&t, FRAME_PKT, FRAME_FLAG_KEY, body, (size_t)(w.p - body));
	assert_string_equal(
	    tape_read(&t, 0, &got, &why), "columns do not inflate");
	zpack_free(z);
	free(bomb);
	tape_seen_done(&got);
	tape_done(&t);
}

static void
a_frame_over_the_negotiated_size_is_refused_at_its_length(void **state)
{
	struct tape t = { 0 };

	(void)state;
	tape_add(&t, "\x10\x81\x80\x08", 4); /* 2^17 + 1 */
	refuse(&t, CTL_BYE_PROTOCOL);
	tape_done(&t);
}

static void
nothing_is_read_after_bye(void **state)
{
	const struct hello_params par = params(HELLO_CODEC_STORED);
	struct tape t = { 0 };
	struct tape_seen got;
	enum ctl_bye why;

	(void)state;
	tape_hello(&t, &par);
	add_bye(&t, 0);
	add_bye(&t, 0);
	assert_null(tape_read(&t, 0, &got, &why));
	assert_int_equal(got.byes, 1);
	tape_seen_done(&got);
	tape_done(&t);
}

static void
an_offer_is_no_answer_and_an_unknown_version_is_unsupported(void **state)
{
	uint8_t buf[HELLO_MAX] = HELLO_MAGIC "\2\0\0";
	struct tape t = { 0 };
	struct tape_seen got;
	enum ctl_bye why;
	struct hello h;

	(void)state;
	put_be32(buf + 12, zpack_crc(buf, 12));
	tape_add(&t, buf, 16);
	assert_non_null(tape_read(&t, 0, &got, &why));
	assert_int_equal(why, CTL_BYE_UNSUPPORTED);
	tape_done(&t);
	t = (struct tape){ 0 };
	hello_default(&h, false);
	tape_add(&t, buf, hello_put(buf, &h));
	assert_non_null(tape_read(&t, 0, &got, &why));
	assert_int_equal(why, CTL_BYE_PROTOCOL);
	assert_int_equal(got.hellos, 0);
	tape_done(&t);
}

static void
stats_and_time_are_reported(void **state)
{
	const struct hello_params par = params(HELLO_CODEC_STORED);
	const struct ctl_stats st = { .next_seq = 4, .cpu_us = 5 };
	const struct ctl_time tm = { .id = 1 };
	uint8_t body[CTL_MAX];
	struct tape t = { 0 };
	struct tape_seen got;
	enum ctl_bye why;

	(void)state;
	tape_hello(&t, &par);
	add_ctl(&t, FRAME_STATS, body, ctl_stats_put(body, &st));
	add_ctl(&t, FRAME_TIME, body, ctl_time_put(body, &tm));
	assert_null(tape_read(&t, 1, &got, &why));
	assert_int_equal(got.stats, 1);
	assert_memory_equal(&got.last_stats, &st, sizeof(st));
	assert_int_equal(got.times, 1);
	tape_seen_done(&got);
	tape_done(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stream_cut_anywhere_reads_alike),
		cmocka_unit_test(every_prefix_of_a_stream_needs_more),
		cmocka_unit_test(a_flipped_bit_is_never_a_wrong_record),
		cmocka_unit_test(a_late_joiner_can_start_at_any_key_block),
		cmocka_unit_test(a_gap_moves_the_sequence_of_what_follows),
		cmocka_unit_test(
		    unknown_frames_end_the_session_and_extended_ones_are_skipped),
		cmocka_unit_test(interfaces_come_once_and_in_order),
		cmocka_unit_test(reserved_flags_are_refused),
		cmocka_unit_test(pkt_heads_that_cannot_be_are_refused),
		cmocka_unit_test(malformed_small_frames_are_refused),
		cmocka_unit_test(
		    an_inflation_bomb_is_refused_within_128_octets_a_record),
		cmocka_unit_test(
		    a_frame_over_the_negotiated_size_is_refused_at_its_length),
		cmocka_unit_test(nothing_is_read_after_bye),
		cmocka_unit_test(
		    an_offer_is_no_answer_and_an_unknown_version_is_unsupported),
		cmocka_unit_test(stats_and_time_are_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
