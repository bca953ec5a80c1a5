/* SPDX-License-Identifier: BSD-3-Clause */
/* links: wire/enc wire/dnsrec wire/dnstab wire/dnsname wire/stream wire/ifaces wire/dnsget wire/hello wire/frame wire/ctl wire/pack wire/cols wire/flowtab wire/unpack wire/dict wire/bits wire/zpack tests/unit/gen tests/unit/gendns tests/unit/tape tests/unit/tapedns -lz */
/* Tests of the numbers of DNS records in a stream, and who gets it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/gen.h"
#include "tests/unit/gendns.h"
#include "tests/unit/tape.h"
#include "tests/unit/tapedns.h"
#include "wire/frame.h"

/* Add frames ${from}..${to} of ${src}. */
static void
add_frames(struct tape *t, const struct tape *src, size_t from, size_t to)
{
	const size_t at = src->frame[from].at;
	const size_t end = to == src->n_frames ? src->len : src->frame[to].at;

	tape_add(t, src->data + at, end - at);
}

static void
dns_blocks_are_read_in_any_order(void **state)
{
	struct hello_params par = tapedns_params(HELLO_CODEC_DEFLATE);
	struct tape t = { 0 };
	struct tape turned = { 0 };
	struct tape_seen sent = { 0 };
	struct tape_seen got;
	enum ctl_bye why;
	size_t lost = 0;

	(void)state;
	par.block = 10;
	tapedns_record(&t, &par, &sent, 100, true);
	assert_int_equal(t.n_frames, 10);
	tape_hello(&turned, &par);
	for (size_t i = 10; i-- > 0;)
		add_frames(&turned, &t, i, i + 1);
	assert_null(tape_read(&turned, 0, &got, &why));
	/* All that was before the last one seemed lost, once. */
	assert_int_equal(got.n, 101);
	for (size_t i = 0; i < got.n; i++) {
		if (got.obs[i].kind == OBS_LOSS) {
			lost += got.obs[i].loss.count;
			continue;
		}
		assert_true(gen_same(&got.obs[i], &sent.obs[got.seq[i]]));
	}
	assert_int_equal(lost, 90);
	tape_seen_done(&got);
	tape_seen_done(&sent);
	tape_done(&turned);
	tape_done(&t);
}

static void
missing_dns_numbers_are_a_loss(void **state)
{
	struct hello_params par = tapedns_params(HELLO_CODEC_DEFLATE);
	struct tape t = { 0 };
	struct tape holed = { 0 };
	struct tape_seen sent = { 0 };
	struct tape_seen got;
	enum ctl_bye why;

	(void)state;
	par.block = 10;
	tapedns_record(&t, &par, &sent, 100, true);
	tape_hello(&holed, &par);
	add_frames(&holed, &t, 0, 3);
	add_frames(&holed, &t, 5, 10);
	assert_null(tape_read(&holed, 0, &got, &why));
	assert_int_equal(got.n, 81);
	assert_int_equal(got.obs[30].kind, OBS_LOSS);
	assert_int_equal(got.obs[30].loss.reason, OBS_LOSS_DNS_QUEUE);
	assert_int_equal(got.obs[30].loss.first, 30);
	assert_int_equal(got.obs[30].loss.count, 20);
	assert_int_equal(got.obs[30].time.ns, got.obs[31].time.ns);
	assert_int_equal(got.seq[31], 50);
	tape_seen_done(&got);
	tape_seen_done(&sent);
	tape_done(&holed);
	tape_done(&t);
}

static void
bye_tells_of_dns_records_lost_at_the_end(void **state)
{
	const struct hello_params par = tapedns_params(HELLO_CODEC_DEFLATE);
	uint8_t body[CTL_MAX], frame[CTL_MAX + FRAME_OVERHEAD];
	struct tape t = { 0 };
	struct tape_seen sent = { 0 };
	struct tape_seen got;
	enum ctl_bye why;
	size_t n;

	(void)state;
	tapedns_record(&t, &par, &sent, 20, true);
	n = ctl_bye_put(body, CTL_BYE_END, 0);
	n = ctl_bye_dns_put(body, n, 27);
	tape_add(&t, frame, ctl_frame(frame, FRAME_BYE, body, n));
	assert_null(tape_read(&t, 0, &got, &why));
	assert_int_equal(got.n, 21);
	assert_int_equal(got.obs[20].kind, OBS_LOSS);
	assert_int_equal(got.obs[20].loss.first, 20);
	assert_int_equal(got.obs[20].loss.count, 7);
	assert_int_equal(got.byes, 1);
	tape_seen_done(&got);
	tape_seen_done(&sent);
	tape_done(&t);
}

static void
dns_is_sent_only_to_those_who_offered_it(void **state)
{
	struct hello_params par = tapedns_params(HELLO_CODEC_DEFLATE);
	struct hello offer, answer;
	struct tape t = { 0 };
	struct enc *e;
	struct gen g;
	struct obs *o;

	(void)state;
	hello_default(&offer, false);
	hello_default(&answer, true);
	hello_answer(&answer, &offer, &par);
	assert_int_equal(answer.par.caps, 0);
	offer.par.caps = HELLO_CAP_DNS;
	hello_answer(&answer, &offer, &par);
	assert_int_equal(answer.par.caps, HELLO_CAP_DNS);
	par.caps = 0;
	hello_answer(&answer, &offer, &par);
	assert_int_equal(answer.par.caps, 0);

	e = enc_new(&par, 6, 0, tape_block, &t);
	assert_non_null(e);
	gen_seed(&g, 1);
	o = gendns_new(&g);
	assert_true(enc_put(e, o));
	assert_int_equal(enc_pending(e), 0);
	enc_flush(e);
	assert_int_equal(t.n_frames, 0);
	gendns_free(o);
	enc_free(e);
	tape_done(&t);
}

static void
losses_keep_their_place_among_dns_records(void **state)
{
	const struct hello_params par = tapedns_params(HELLO_CODEC_DEFLATE);
	const struct obs loss = { .kind = OBS_LOSS,
		.loss = { .reason = OBS_LOSS_DNSTAP, .count = 1 } };
	const struct obs host = { .kind = OBS_HOST };
	struct tape t = { 0 };
	struct enc *e = enc_new(&par, 6, 0, tape_block, &t);
	struct gen g;
	struct obs *o;

	(void)state;
	assert_non_null(e);
	gen_seed(&g, 1);
	o = gendns_new(&g);
	(void)enc_put(e, o);
	(void)enc_put(e, &host);
	assert_int_equal(enc_pending(e), 1);
	(void)enc_put(e, &loss);
	assert_int_equal(t.n_frames, 3);
	assert_int_equal(t.frame[0].b.type, FRAME_SYSINFO);
	assert_int_equal(t.frame[1].b.type, FRAME_DNS);
	assert_int_equal(t.frame[1].b.count, 1);
	assert_int_equal(t.frame[2].b.type, FRAME_GAP);
	gendns_free(o);
	enc_free(e);
	tape_done(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dns_blocks_are_read_in_any_order),
		cmocka_unit_test(missing_dns_numbers_are_a_loss),
		cmocka_unit_test(bye_tells_of_dns_records_lost_at_the_end),
		cmocka_unit_test(dns_is_sent_only_to_those_who_offered_it),
		cmocka_unit_test(losses_keep_their_place_among_dns_records),
	};

	return cmocka_run_group_tests_name("dnsnum", tests, NULL, NULL);
}
