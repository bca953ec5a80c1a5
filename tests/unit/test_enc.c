/* SPDX-License-Identifier: BSD-3-Clause */
/* links: wire/enc wire/dnsrec wire/dnstab wire/dnsname wire/stream wire/ifaces wire/dnsget wire/hello wire/frame wire/ctl wire/pack wire/cols wire/flowtab wire/unpack wire/dict wire/bits wire/zpack tests/unit/gen tests/unit/gendns tests/unit/tape -lz */
/* Tests of the sending half: sequence numbers, KEY cadence, order. */
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
#include "wire/frame.h"

struct sender {
	struct hello_params par;
	struct tape tape;
	struct enc *enc;
	struct gen gen;
};

static int
set_up(void **state)
{
	struct sender *s = calloc(1, sizeof(*s));
	struct hello h;

	if (s == NULL)
		return -1;
	hello_default(&h, true);
	s->par = h.par;
	s->par.fields = HELLO_FIELD_ALL;
	s->enc = enc_new(&s->par, 6, 100, tape_block, &s->tape);
	gen_seed(&s->gen, 1);
	s->gen.calm = true;
	*state = s;
	return s->enc == NULL ? -1 : 0;
}

static int
tear_down(void **state)
{
	struct sender *s = *state;

	enc_free(s->enc);
	tape_done(&s->tape);
	free(s);
	return 0;
}

static void
send_packets(struct sender *s, unsigned int n)
{
	struct obs o;

	while (n-- > 0) {
		gen_pkt(&s->gen, &o);
		enc_put(s->enc, &o);
	}
}

static const struct enc_block *
block(const struct sender *s, size_t i)
{
	assert_true(i < s->tape.n_frames);
	return &s->tape.frame[i].b;
}

static void
blocks_are_full_or_flushed_and_numbered(void **state)
{
	struct sender *s = *state;

	send_packets(s, 511);
	assert_int_equal(s->tape.n_frames, 0);
	assert_int_equal(enc_pending(s->enc), 511);
	assert_int_equal(enc_next(s->enc), 611);
	send_packets(s, 1);
	assert_int_equal(s->tape.n_frames, 1);
	assert_int_equal(block(s, 0)->first, 100);
	assert_int_equal(block(s, 0)->count, 512);
	send_packets(s, 3);
	enc_flush(s->enc);
	enc_flush(s->enc);
	assert_int_equal(s->tape.n_frames, 2);
	assert_int_equal(block(s, 1)->first, 612);
	assert_int_equal(block(s, 1)->count, 3);
	assert_int_equal(enc_next(s->enc), 615);
}

static void
key_blocks_come_every_16384_records(void **state)
{
	struct sender *s = *state;

	s->gen.now = 0;
	for (unsigned int i = 0; i < 3 * 16384; i += 512) {
		s->gen.now = (int64_t)i * 1000; /* well below 60 s */
		send_packets(s, 512);
	}
	for (size_t i = 0; i < s->tape.n_frames; i++)
		assert_int_equal(block(s, i)->key, i % 32 == 0);
	assert_int_equal(s->tape.n_frames, 3 * 32);
}

static void
key_blocks_come_after_60_seconds_of_packet_time(void **state)
{
	struct sender *s = *state;
	struct obs o;

	gen_pkt(&s->gen, &o);
	for (int64_t sec = 0; sec <= 130; sec += 10) {
		o.time.ns = sec * MONO_NS_PER_S;
		enc_put(s->enc, &o);
		enc_flush(s->enc);
	}
	for (size_t i = 0; i < s->tape.n_frames; i++)
		assert_int_equal(block(s, i)->key, i == 0 || i == 7);
	o.time.ns = 8 * MONO_NS_PER_S; /* 62 s back */
	enc_put(s->enc, &o);
	enc_flush(s->enc);
	assert_true(block(s, s->tape.n_frames - 1)->key);
	o.time.ns = INT64_MIN;
	enc_put(s->enc, &o);
	enc_flush(s->enc);
	assert_true(block(s, s->tape.n_frames - 1)->key);
}

static void
a_key_block_can_be_asked_for(void **state)
{
	struct sender *s = *state;

	send_packets(s, 5);
	enc_key(s->enc);
	enc_level(s->enc, 1);
	send_packets(s, 5);
	enc_flush(s->enc);
	assert_int_equal(s->tape.n_frames, 2);
	assert_int_equal(block(s, 0)->count, 5);
	assert_true(block(s, 1)->key);
}

static void
host_and_loss_keep_their_place_among_packets(void **state)
{
	struct sender *s = *state;
	const struct obs host = { .kind = OBS_HOST,
		.host = { .has = OBS_HOST_CPU, .cpu_busy = 1 } };

	send_packets(s, 2);
	enc_put(s->enc, &host);
	send_packets(s, 1);
	enc_flush(s->enc);
	assert_int_equal(s->tape.n_frames, 3);
	assert_int_equal(block(s, 0)->type, FRAME_PKT);
	assert_int_equal(block(s, 1)->type, FRAME_SYSINFO);
	assert_int_equal(block(s, 1)->count, 0);
	assert_int_equal(block(s, 2)->type, FRAME_PKT);
	assert_int_equal(block(s, 2)->first, 102);
}

static void
a_gap_of_numbered_records_moves_the_sequence(void **state)
{
	struct sender *s = *state;
	struct obs gap = { .kind = OBS_LOSS,
		.loss = {
		    .reason = OBS_LOSS_QUEUE, .first = 102, .count = 50 } };

	send_packets(s, 2);
	enc_put(s->enc, &gap);
	assert_int_equal(enc_next(s->enc), 152);
	gap.loss.reason = OBS_LOSS_KERNEL;
	gap.loss.first = 0;
	enc_put(s->enc, &gap);
	assert_int_equal(enc_next(s->enc), 152);
	send_packets(s, 1);
	enc_flush(s->enc);
	assert_int_equal(block(s, 3)->first, 152);
}

#define WITH_SENDER(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_SENDER(blocks_are_full_or_flushed_and_numbered),
		WITH_SENDER(key_blocks_come_every_16384_records),
		WITH_SENDER(key_blocks_come_after_60_seconds_of_packet_time),
		WITH_SENDER(a_key_block_can_be_asked_for),
		WITH_SENDER(host_and_loss_keep_their_place_among_packets),
		WITH_SENDER(a_gap_of_numbered_records_moves_the_sequence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
