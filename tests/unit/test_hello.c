/* SPDX-License-Identifier: BSD-3-Clause */
/* links: wire/hello wire/zpack wire/dnsname tests/unit/gen tests/unit/gendns -lz */
/* Tests of HELLO. */
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
#include "wire/frame.h"
#include "wire/hello.h"
#include "wire/zpack.h"

static struct hello
full(bool from_agent)
{
	struct hello h;

	hello_default(&h, from_agent);
	h.par = (struct hello_params){ .codec = HELLO_CODEC_STORED,
		.wbits = 9,
		.slots_log2 = 13,
		.tick_exp = 9,
		.block = 8192,
		.latency_ms = 60000,
		.frame_max = FRAME_MAX,
		.fields = HELLO_FIELD_ALL,
		.digest_max = UINT32_MAX };
	strcpy(h.node, "n1");
	h.has_stream = true;
	memcpy(h.stream_id, "0123456789abcdef", 16);
	h.seq = UINT64_MAX;
	if (!from_agent)
		return h;
	strcpy(h.host, "host.example");
	strcpy(h.version, "recollect 1");
	h.wall.ns = -5;
	h.boot_ns = INT64_MAX;
	h.n_ifaces = 2;
	strcpy(h.iface[0].name, "eth0");
	h.iface[0].linktype = 1;
	strcpy(h.iface[0].filter, "udp or tcp");
	strcpy(h.iface[1].name, "tun0");
	h.iface[1].linktype = 0x6500;
	return h;
}

static void
assert_same(const struct hello *a, const struct hello *b)
{
	assert_int_equal(a->major, b->major);
	assert_int_equal(a->from_agent, b->from_agent);
	assert_memory_equal(&a->par, &b->par, sizeof(a->par));
	assert_string_equal(a->node, b->node);
	assert_int_equal(a->has_stream, b->has_stream);
	assert_memory_equal(a->stream_id, b->stream_id, 16);
	assert_int_equal(a->seq, b->seq);
	assert_string_equal(a->host, b->host);
	assert_string_equal(a->version, b->version);
	assert_int_equal(a->wall.ns, b->wall.ns);
	assert_int_equal(a->boot_ns, b->boot_ns);
	assert_int_equal(a->n_ifaces, b->n_ifaces);
	for (unsigned int i = 0; i < a->n_ifaces; i++) {
		assert_string_equal(a->iface[i].name, b->iface[i].name);
		assert_string_equal(a->iface[i].filter, b->iface[i].filter);
		assert_int_equal(a->iface[i].linktype, b->iface[i].linktype);
	}
}

static void
offer_and_answer_come_back(void **state)
{
	uint8_t buf[HELLO_MAX];
	struct hello got;

	(void)state;
	for (int agent = 0; agent < 2; agent++) {
		const struct hello h = full(agent == 1);
		const size_t n = hello_put(buf, &h);
		const uint8_t *p = gen_guard(buf, n);

		assert_int_equal(hello_get(&got, p, n), n);
		assert_same(&got, &h);
		gen_unguard(p, n);
	}
	hello_default(&got, true);
	got.n_ifaces = 0;
	assert_int_equal(
	    hello_get(&got, buf, hello_put(buf, &got)), hello_put(buf, &got));
}

static void
every_prefix_of_hello_needs_more(void **state)
{
	const struct hello h = full(true);
	uint8_t buf[HELLO_MAX];
	const size_t n = hello_put(buf, &h);
	struct hello got;

	(void)state;
	for (size_t cut = 0; cut < n; cut++) {
		const uint8_t *p = gen_guard(buf, cut);

		assert_int_equal(hello_get(&got, p, cut), 0);
		gen_unguard(p, cut);
	}
}

static void
a_flipped_bit_in_hello_is_never_accepted(void **state)
{
	const struct hello h = full(true);
	uint8_t buf[HELLO_MAX];
	const size_t n = hello_put(buf, &h);
	struct hello got;

	(void)state;
	for (size_t bit = 0; bit < n * 8; bit++) {
		buf[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_true(hello_get(&got, buf, n) <= 0);
		buf[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}

/* HELLO with nothing but the ${len} octets ${tlvs}. */
static int
with(const char *tlvs, size_t len, struct hello *ret_h)
{
	uint8_t buf[HELLO_MAX];
	struct wr w = wr_init(buf, sizeof(buf));
	const uint8_t *p;
	int n;

	wr_mem(&w, HELLO_MAGIC "\1\0", 10);
	wr_u16(&w, (uint16_t)len);
	wr_mem(&w, tlvs, len);
	wr_u32(&w, zpack_crc(buf, 12 + len));
	p = gen_guard(buf, 16 + len);
	n = hello_get(ret_h, p, 16 + len);
	gen_unguard(p, 16 + len);
	return n == (int)(16 + len) ? 1 : n;
}
#define WITH(tlvs) with(tlvs, sizeof(tlvs) - 1, &h)

static void
unknown_tlvs_are_ignored_unless_critical(void **state)
{
	struct hello h;

	(void)state;
	assert_int_equal(WITH(""), 1);
	assert_int_equal(WITH("\x60\x03xyz"), 1);
	assert_int_equal(WITH("\x61\x03xyz"), -2);
	assert_int_equal(WITH("\x60\x04xyz"), -1);
	assert_int_equal(WITH("\xe0\x80\x00\x01x"), -1); /* overlong type */
}

static void
values_out_of_range_are_refused(void **state)
{
	struct hello h;

	(void)state;
	assert_int_equal(WITH("\x03\x01\x02"), -1);     /* role */
	assert_int_equal(WITH("\x05\x02\x02\x0c"), -1); /* codec */
	assert_int_equal(WITH("\x05\x02\x01\x08"), -1); /* window bits */
	assert_int_equal(WITH("\x05\x02\x01\x10"), -1);
	assert_int_equal(WITH("\x05\x01\x01"), -1);
	assert_int_equal(WITH("\x07\x01\x05"), -1); /* slots */
	assert_int_equal(WITH("\x07\x01\x0e"), -1);
	assert_int_equal(WITH("\x09\x01\x00"), -1); /* block */
	assert_int_equal(WITH("\x09\x02\x81\x40"), -1);
	assert_int_equal(WITH("\x0b\x02\xff\x1f"), -1); /* frame-max */
	assert_int_equal(WITH("\x0b\x03\x81\x80\x40"), -1);
	assert_int_equal(WITH("\x0c\x01\x09"), -1); /* latency */
	assert_int_equal(WITH("\x0f\x01\x0a"), -1); /* tick */
	assert_int_equal(WITH("\x14\x0f"
			      "0123456789abcde"),
	    -1);                                            /* stream */
	assert_int_equal(WITH("\x1a\x01x"), -1);            /* clock */
	assert_int_equal(WITH("\x1c\x03\x00\x01\x09"), -1); /* iface */
}

static void
unknown_capabilities_are_like_unknown_fields(void **state)
{
	struct hello h;

	(void)state;
	assert_int_equal(WITH("\x03\x01\x00\x1e\x01\x03"), 1);
	assert_int_equal(h.par.caps, HELLO_CAP_DNS);
	assert_int_equal(WITH("\x03\x01\x00\x1e\x01\x02"), 1);
	assert_int_equal(h.par.caps, 0);
	assert_int_equal(WITH("\x03\x01\x01\x1e\x02\x03\x07"), -1);
	assert_int_equal(WITH("\x03\x01\x01\x1e\x02\x01\x07"), 1);
	assert_int_equal(h.par.caps, HELLO_CAP_DNS);
	assert_int_equal(h.dns_seq, 7);
	/* A collector that resumes says which one it wants next. */
	assert_int_equal(WITH("\x03\x01\x00\x1e\x02\x01\x09"), 1);
	assert_int_equal(h.dns_seq, 9);
	/* An agent that sends DNS says from which record on. */
	assert_int_equal(WITH("\x03\x01\x01\x1e\x01\x01"), -1);
}

static void
the_role_comes_first_and_once(void **state)
{
	struct hello h;

	(void)state;
	assert_int_equal(WITH("\x03\x01\x01\x0f\x01\x02"), 1);
	assert_true(h.from_agent);
	assert_int_equal(WITH("\x0f\x01\x02\x03\x01\x01"), -1);
	assert_int_equal(WITH("\x60\x00\x03\x01\x01"), -1);
	assert_int_equal(WITH("\x03\x01\x01\x03\x01\x01"), -1);
}

static void
a_repeated_tlv_overrides_the_one_before(void **state)
{
	struct hello h;

	(void)state;
	assert_int_equal(WITH("\x0f\x01\x02\x0f\x01\x05"), 1);
	assert_int_equal(h.par.tick_exp, 5);
	assert_int_equal(WITH("\x12\x04long\x12\x01n"), 1);
	assert_string_equal(h.node, "n");
	/* But for interfaces: those are a list. */
	assert_int_equal(
	    WITH("\x1c\x04\x00\x01\x01\x61\x1c\x04\x00\x01\x01\x62"), 1);
	assert_int_equal(h.n_ifaces, 2);
	assert_string_equal(h.iface[0].name, "a");
	assert_string_equal(h.iface[1].name, "b");
}

static void
octets_after_the_known_part_of_a_tlv_are_ignored(void **state)
{
	struct hello h;

	(void)state;
	assert_int_equal(WITH("\x03\x02\x01\xff\x0f\x03\x05\xff\xff"
			      "\x05\x03\x00\x09\xff"),
	    1);
	assert_true(h.from_agent);
	assert_int_equal(h.par.tick_exp, 5);
	assert_int_equal(h.par.codec, HELLO_CODEC_STORED);
	assert_int_equal(h.par.wbits, 9);
	assert_int_equal(WITH("\x14\x12"
			      "0123456789abcdef\x07\xff"),
	    1);
	assert_int_equal(h.seq, 7);
}

static void
no_more_than_64_interfaces_are_kept(void **state)
{
	char tlvs[70 * 6];
	struct hello h;

	(void)state;
	for (unsigned int i = 0; i < 70; i++) {
		const char tlv[] = { 0x1c, 4, 0, 1, 1, (char)('0' + i) };

		memcpy(tlvs + i * sizeof(tlv), tlv, sizeof(tlv));
	}
	assert_int_equal(with(tlvs, sizeof(tlvs), &h), 1);
	assert_int_equal(h.n_ifaces, 64);
	assert_int_equal(h.iface[63].name[0], '0' + 63);
}

static void
only_an_offer_may_name_unknown_fields(void **state)
{
	struct hello h;

	(void)state;
	assert_int_equal(WITH("\x03\x01\x00\x11\x02\x81\x10"), 1);
	assert_int_equal(h.par.fields, 1);
	assert_int_equal(WITH("\x03\x01\x01\x11\x02\x81\x10"), -1);
}

static void
texts_are_cut_and_cleaned(void **state)
{
	struct hello h;
	char tlv[2 + 100];

	(void)state;
	assert_int_equal(WITH("\x12\x04"
			      "a\nb\x7f"),
	    1);
	assert_string_equal(h.node, "a?b?");
	memset(tlv, 'x', sizeof(tlv));
	tlv[0] = 0x12;
	tlv[1] = 100;
	assert_int_equal(with(tlv, sizeof(tlv), &h), 1);
	assert_int_equal(strlen(h.node), HELLO_NAME_MAX - 1);
}

static void
another_major_version_is_unsupported_not_malformed(void **state)
{
	uint8_t buf[16] = HELLO_MAGIC "\2\0\0";
	struct hello h;

	(void)state;
	put_be32(buf + 12, zpack_crc(buf, 12));
	assert_int_equal(hello_get(&h, buf, 16), -2);
}

static void
hello_over_4096_octets_is_refused_at_its_length(void **state)
{
	struct hello h;

	(void)state;
	assert_int_equal(
	    hello_get(&h, (const uint8_t *)HELLO_MAGIC "\1\0\x0f\xf1", 12), -1);
	assert_int_equal(
	    hello_get(&h, (const uint8_t *)HELLO_MAGIC "\1\0\x0f\xf0", 12), 0);
}

static void
interfaces_that_do_not_fit_are_left_out(void **state)
{
	struct hello h = full(true);
	uint8_t buf[HELLO_MAX];
	struct hello got;
	size_t n;

	(void)state;
	h.n_ifaces = HELLO_IFACE_MAX;
	for (unsigned int i = 0; i < h.n_ifaces; i++) {
		memset(h.iface[i].name, 'i', LINE_IFNAME_MAX - 1);
		memset(h.iface[i].filter, 'f', HELLO_FILTER_MAX - 1);
		h.iface[i].name[LINE_IFNAME_MAX - 1] = '\0';
		h.iface[i].filter[HELLO_FILTER_MAX - 1] = '\0';
	}
	n = hello_put(buf, &h);
	assert_in_range(n, HELLO_MAX - 80, HELLO_MAX);
	assert_int_equal(hello_get(&got, buf, n), n);
	assert_in_range(got.n_ifaces, 50, HELLO_IFACE_MAX - 1);
}

/* Of all lengths, so that the last one that fits ends everywhere. */
static void
what_is_for_hello_fits_whatever_else_it_says(void **state)
{
	static struct hello_iface list[80];
	struct hello h = full(true);
	uint8_t buf[HELLO_MAX];
	struct hello got;
	size_t n;

	(void)state;
	memset(h.node, 'n', sizeof(h.node) - 1);
	memset(h.host, 'h', sizeof(h.host) - 1);
	memset(h.version, 'v', sizeof(h.version) - 1);
	h.par.caps = HELLO_CAP_DNS;
	h.par.digest_max = UINT32_MAX - 1;
	h.dns_seq = UINT64_MAX;
	for (unsigned int len = 0; len < 63; len++) {
		memset(list, 0, sizeof(list));
		for (unsigned int i = 0; i < 80; i++) {
			memset(list[i].name, 'i', len < 15 ? len : 15);
			memset(list[i].filter, 'f', len < 15 ? 0 : len - 15);
		}
		h.n_ifaces = hello_fit(list, 80);
		assert_in_range(h.n_ifaces, 50, HELLO_IFACE_MAX);
		memcpy(h.iface, list, sizeof(h.iface));
		n = hello_put(buf, &h);
		assert_int_equal(hello_get(&got, buf, n), n);
		assert_int_equal(got.n_ifaces, h.n_ifaces);
	}
	list[7].node[0] = 'n';
	assert_int_equal(hello_fit(list, 80), 7);
	assert_int_equal(hello_fit(list, 5), 5);
}

static void
the_range_of_digests_goes_with_their_field(void **state)
{
	uint8_t buf[HELLO_MAX];
	struct hello h, got;
	size_t n;

	(void)state;
	hello_default(&h, true);
	h.par.fields |= HELLO_FIELD_DIGEST;
	n = hello_put(buf, &h);
	h.par.digest_max = 0;
	assert_true(hello_put(buf, &h) > n); /* the default is not sent */
	assert_true(hello_get(&got, buf, sizeof(buf)) > 0);
	assert_int_equal(got.par.digest_max, 0);
	h.par.fields &= ~(uint32_t)HELLO_FIELD_DIGEST;
	(void)hello_put(buf, &h);
	assert_true(hello_get(&got, buf, sizeof(buf)) > 0);
	assert_int_equal(got.par.digest_max, UINT32_MAX);
}

static void
the_answer_takes_the_smaller_limits_and_the_coarser_tick(void **state)
{
	struct hello offer;
	struct hello mine;
	struct hello got;

	(void)state;
	hello_default(&offer, false);
	hello_default(&mine, true);
	hello_default(&got, true);
	offer.par.wbits = 15;
	mine.par.slots_log2 = 8;
	offer.par.tick_exp = 6;
	offer.par.latency_ms = 100;
	offer.par.fields = HELLO_FIELD_TTL | HELLO_FIELD_TOS;
	mine.par.fields = HELLO_FIELD_TTL | HELLO_FIELD_ROLE;
	offer.par.frame_max = 4096;
	offer.par.digest_max = 1000;
	hello_answer(&got, &offer, &mine.par);
	assert_int_equal(got.par.wbits, 12);
	assert_int_equal(got.par.slots_log2, 8);
	assert_int_equal(got.par.tick_exp, 6);
	assert_int_equal(got.par.latency_ms, 100);
	assert_int_equal(got.par.fields, HELLO_FIELD_TTL);
	assert_int_equal(got.par.block, 18);
	assert_int_equal(got.par.digest_max, 1000);
	offer.par.codec = HELLO_CODEC_STORED;
	hello_answer(&got, &offer, &mine.par);
	assert_int_equal(got.par.codec, HELLO_CODEC_STORED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(offer_and_answer_come_back),
		cmocka_unit_test(every_prefix_of_hello_needs_more),
		cmocka_unit_test(a_flipped_bit_in_hello_is_never_accepted),
		cmocka_unit_test(unknown_tlvs_are_ignored_unless_critical),
		cmocka_unit_test(values_out_of_range_are_refused),
		cmocka_unit_test(the_role_comes_first_and_once),
		cmocka_unit_test(a_repeated_tlv_overrides_the_one_before),
		cmocka_unit_test(
		    octets_after_the_known_part_of_a_tlv_are_ignored),
		cmocka_unit_test(no_more_than_64_interfaces_are_kept),
		cmocka_unit_test(only_an_offer_may_name_unknown_fields),
		cmocka_unit_test(unknown_capabilities_are_like_unknown_fields),
		cmocka_unit_test(texts_are_cut_and_cleaned),
		cmocka_unit_test(
		    another_major_version_is_unsupported_not_malformed),
		cmocka_unit_test(
		    hello_over_4096_octets_is_refused_at_its_length),
		cmocka_unit_test(interfaces_that_do_not_fit_are_left_out),
		cmocka_unit_test(what_is_for_hello_fits_whatever_else_it_says),
		cmocka_unit_test(the_range_of_digests_goes_with_their_field),
		cmocka_unit_test(
		    the_answer_takes_the_smaller_limits_and_the_coarser_tick),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
