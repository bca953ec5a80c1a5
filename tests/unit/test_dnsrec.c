/* SPDX-License-Identifier: BSD-3-Clause */
/* links: wire/enc wire/dnsrec wire/dnstab wire/dnsname wire/stream wire/ifaces wire/dnsget wire/hello wire/frame wire/ctl wire/pack wire/cols wire/flowtab wire/unpack wire/dict wire/bits wire/zpack tests/unit/gen tests/unit/gendns tests/unit/tape tests/unit/tapedns -lz */
/* Tests of DNS records through a stream: whole, bent, lost and hostile. */
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
#include "wire/bytes.h"
#include "wire/dnsget.h"
#include "wire/frame.h"
#include "wire/zpack.h"

static void
assert_seen(const struct tape_seen *got, const struct tape_seen *want)
{
	assert_int_equal(got->n, want->n);
	for (size_t i = 0; i < got->n; i++) {
		assert_int_equal(got->seq[i], want->seq[i]);
		assert_true(gen_same(&got->obs[i], &want->obs[i]));
	}
}

static void
dns_records_of_every_kind_come_back(void **state)
{
	(void)state;
	for (int way = 0; way < 40; way++) {
		struct hello_params par =
		    tapedns_params((enum hello_codec)(way % 2));
		struct tape t = { 0 };
		struct tape_seen sent = { 0 };
		struct tape_seen got;
		enum ctl_bye why;

		par.tick_exp = (uint8_t)(way / 4);
		par.block = way % 3 == 0 ? 4096 : 100;
		tapedns_record(&t, &par, &sent, 700, (way & 2) != 0);
		assert_null(tape_read(&t, way % 5 == 0 ? 999 : 0, &got, &why));
		assert_seen(&got, &sent);
		tape_seen_done(&sent);
		tape_seen_done(&got);
		tape_done(&t);
	}
}

static void
read_same(const struct tape *t, const struct tape_seen *sent, size_t cut)
{
	struct tape_seen got;
	enum ctl_bye why;

	assert_null(tape_read(t, cut, &got, &why));
	assert_seen(&got, sent);
	tape_seen_done(&got);
}

static void
the_largest_answers_fit_a_frame(void **state)
{
	(void)state;
	for (unsigned int way = 0; way < 4; way++) {
		const struct hello_params par =
		    tapedns_params((enum hello_codec)(way % 2));
		struct obs *o = gendns_max(way < 2 ? 4 : 6);
		struct tape t = { 0 };
		struct tape_seen sent = { 0 };
		struct enc *e = enc_new(&par, 6, 0, tape_block, &t);

		assert_non_null(e);
		tape_hello(&t, &par);
		for (unsigned int i = 0; i < 3; i++) {
			assert_true(enc_put(e, o));
			tape_ops.obs(&sent, i, o, 1);
		}
		enc_flush(e);
		assert_int_equal(t.n_frames, 3);
		read_same(&t, &sent, 0);
		enc_free(e);
		gendns_free(o);
		tape_done(&t);
		tape_seen_done(&sent);
	}
}

/* 64 names of 127 labels each, all their own. */
static void
many_names(uint8_t names[static OBS_DNS_NAMES_MAX * DNSNAME_MAX])
{
	for (size_t k = 0; k < OBS_DNS_NAMES_MAX; k++) {
		uint8_t *n = &names[k * DNSNAME_MAX];

		for (size_t at = 0; at < 254; at += 2) {
			n[at] = 1;
			n[at + 1] = (uint8_t)(k + at);
		}
		n[254] = 0;
		dnsname_lower(n);
	}
}

/* Clients and resolvers run out in short records, names in one long record. */
static void
more_names_than_have_numbers_come_back(void **state)
{
	struct hello_params par = tapedns_params(HELLO_CODEC_STORED);
	struct tape t = { 0 };
	struct tape_seen sent = { 0 };
	uint8_t names[OBS_DNS_NAMES_MAX * DNSNAME_MAX] = { 1, 'a', 0 };
	char resolver[] = "resolver 0000";
	struct obs o = { .kind = OBS_DNS,
		.dns = { .qtype = 1,
		    .n_names = 1,
		    .ipver = 6,
		    .names = names,
		    .resolver = resolver } };
	struct enc *e;

	(void)state;
	par.block = 8192;
	e = enc_new(&par, 6, 0, tape_block, &t);
	assert_non_null(e);
	tape_hello(&t, &par);
	for (unsigned int i = 0; i < 3000; i++) {
		put_be16(&o.dns.client[14], (uint16_t)i);
		resolver[12] = (char)(' ' + i % 90);
		if (i % 1000 == 999) {
			o.dns.n_names = OBS_DNS_NAMES_MAX;
			many_names(names);
		}
		assert_true(enc_put(e, &o));
		tape_ops.obs(&sent, i, &o, 1);
		o.dns.n_names = 1;
	}
	enc_flush(e);
	read_same(&t, &sent, 0);
	enc_free(e);
	tape_done(&t);
	tape_seen_done(&sent);
}

static void
a_dns_record_too_large_for_a_frame_leaves_a_hole(void **state)
{
	struct hello_params par = tapedns_params(HELLO_CODEC_DEFLATE);
	struct obs *large = gendns_max(4);
	struct tape t = { 0 };
	struct tape_seen got;
	struct enc *e;
	struct gen g;
	enum ctl_bye why;

	(void)state;
	par.frame_max = 4096;
	gen_seed(&g, 5);
	g.calm = true;
	e = enc_new(&par, 6, 0, tape_block, &t);
	assert_non_null(e);
	enc_dns_start(e, 40);
	tape_hello(&t, &par);
	for (unsigned int i = 0; i < 100; i++) {
		struct obs *o = i == 40 ? large : gendns_new(&g);

		assert_int_equal(enc_put(e, o), i != 40);
		assert_int_equal(enc_dns_next(e), 41 + i);
		gendns_free(o);
	}
	enc_flush(e);
	assert_null(tape_read(&t, 0, &got, &why));
	assert_int_equal(got.n, 101);
	/* The stream's HELLO says 0: what was before is missing, too. */
	assert_int_equal(got.obs[0].kind, OBS_LOSS);
	assert_int_equal(got.obs[0].loss.count, 40);
	assert_int_equal(got.seq[40], 79);
	assert_int_equal(got.obs[41].loss.reason, OBS_LOSS_DNS_QUEUE);
	assert_int_equal(got.obs[41].loss.first, 80);
	assert_int_equal(got.obs[41].loss.count, 1);
	assert_int_equal(got.seq[42], 81);
	tape_seen_done(&got);
	enc_free(e);
	tape_done(&t);
}

/* Put ${o} with one thing wrong: it must not be sent. */
static void
refuse(struct obs o)
{
	const struct hello_params par = tapedns_params(HELLO_CODEC_STORED);
	struct tape t = { 0 };
	struct enc *e = enc_new(&par, 6, 0, tape_block, &t);

	assert_non_null(e);
	assert_false(dnsrec_valid(&o.dns));
	assert_false(enc_put(e, &o));
	enc_flush(e);
	assert_int_equal(t.n_frames, 0);
	assert_int_equal(enc_dns_next(e), 1);
	enc_free(e);
	tape_done(&t);
}

static void
only_valid_dns_records_are_sent(void **state)
{
	static const struct obs_dns_addr addr[1] = { { .ttl = 1 } };
	const struct obs good = { .kind = OBS_DNS,
		.dns = { .qtype = 1,
		    .n_names = 1,
		    .n_addrs = 1,
		    .names = (const uint8_t *)"\3org",
		    .addrs = addr,
		    .resolver = "r" } };
	struct obs o;

	(void)state;
	assert_true(dnsrec_valid(&good.dns));
	o = good;
	o.dns.what = OBS_DNS_WHAT_MAX + 1;
	refuse(o);
	o = good;
	o.dns.what = OBS_DNS_UP;
	refuse(o);
	o = good;
	o.dns.ipver = 5;
	refuse(o);
	o = good;
	o.dns.n_names = 0;
	refuse(o);
	o = good;
	o.dns.n_names = OBS_DNS_NAMES_MAX + 1;
	refuse(o);
	o = good;
	o.dns.n_addrs = OBS_DNS_ADDRS_MAX + 1;
	refuse(o);
	o = good;
	o.dns.qtype = 65;
	refuse(o);
	o = good;
	o.dns.names = (const uint8_t *)"\3oRg";
	refuse(o);
	o = good;
	o.dns.names = (const uint8_t *)"\100"
				       "abc";
	refuse(o);
	o = good;
	o.dns.resolver = "a\n";
	refuse(o);
	o = good;
	o.dns.resolver = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
			 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
	refuse(o);
}

static void
every_prefix_of_a_dns_stream_needs_more(void **state)
{
	const struct hello_params par = tapedns_params(HELLO_CODEC_DEFLATE);
	struct tape t = { 0 };
	struct tape_seen sent = { 0 };

	(void)state;
	tapedns_record(&t, &par, &sent, 60, true);
	for (size_t len = 0; len < t.len; len++) {
		const struct tape cut = { .data = t.data, .len = len };
		struct tape_seen got;
		enum ctl_bye why;

		assert_null(tape_read(&cut, 0, &got, &why));
		assert_int_equal(got.n, 0);
		tape_seen_done(&got);
	}
	tape_done(&t);
	tape_seen_done(&sent);
}

static void
a_flipped_bit_is_never_a_wrong_dns_record(void **state)
{
	const struct hello_params par = tapedns_params(HELLO_CODEC_DEFLATE);
	struct tape t = { 0 };
	struct tape_seen sent = { 0 };

	(void)state;
	tapedns_record(&t, &par, &sent, 60, true);
	for (size_t bit = 0; bit < t.len * 8; bit++) {
		struct tape_seen got;
		enum ctl_bye why;

		t.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		(void)tape_read(&t, 0, &got, &why);
		t.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_equal(got.n, 0);
		tape_seen_done(&got);
	}
	tape_done(&t);
	tape_seen_done(&sent);
}

/* Lies that the checksum cannot see: all of a block is right, or none. */
static void
a_dns_block_with_one_wrong_octet_gives_no_record_or_a_valid_one(void **state)
{
	const struct hello_params par = tapedns_params(HELLO_CODEC_STORED);
	struct tape t = { 0 };
	struct tape_seen sent = { 0 };
	size_t at, end, refused = 0;

	(void)state;
	tapedns_record(&t, &par, &sent, 40, true);
	assert_int_equal(t.n_frames, 1);
	at = t.frame[0].at;
	end = t.len - 4;
	for (size_t i = at + 3; i < end; i++) {
		const uint8_t was = t.data[i];

		for (unsigned int v = 1; v < 256; v = 3 * v + 1) {
			struct tape_seen got;
			enum ctl_bye why;
			size_t n = 0;

			t.data[i] = (uint8_t)(was ^ v);
			put_be32(
			    &t.data[end], zpack_crc(&t.data[at], end - at));
			refused += tape_read(&t, 0, &got, &why) != NULL;
			for (size_t k = 0; k < got.n; k++) {
				if (got.obs[k].kind != OBS_DNS)
					continue;
				assert_true(dnsrec_valid(&got.obs[k].dns));
				n++;
			}
			assert_true(n == 0 || n == sent.n);
			tape_seen_done(&got);
		}
		t.data[i] = was;
	}
	assert_true(refused > 0);
	tape_done(&t);
	tape_seen_done(&sent);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dns_records_of_every_kind_come_back),
		cmocka_unit_test(the_largest_answers_fit_a_frame),
		cmocka_unit_test(more_names_than_have_numbers_come_back),
		cmocka_unit_test(
		    a_dns_record_too_large_for_a_frame_leaves_a_hole),
		cmocka_unit_test(only_valid_dns_records_are_sent),
		cmocka_unit_test(every_prefix_of_a_dns_stream_needs_more),
		cmocka_unit_test(a_flipped_bit_is_never_a_wrong_dns_record),
		cmocka_unit_test(
		    a_dns_block_with_one_wrong_octet_gives_no_record_or_a_valid_one),
	};

	return cmocka_run_group_tests_name("dnsrec", tests, NULL, NULL);
}
