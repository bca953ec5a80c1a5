/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/pktip */
/* IPv4 and IPv6 headers, whole, cut and contradicting themselves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>

#include "agent/pktip.h"
#include "tests/unit/frames.h"
#include "tests/unit/guard.h"

static enum pktip_verdict
parse_cut(struct obs_pkt *ret_k, struct pktip *ret_ip, const struct frame *f,
    size_t n)
{
	memset(ret_k, 0, sizeof(*ret_k));
	return pktip_parse(ret_k, ret_ip, guard_put(f->data, n), n, f->len);
}

/* The verdict on ${f}: OK when the headers are there, else CUT. */
static void
expect_headers(const struct frame *f, size_t headers)
{
	struct obs_pkt k;
	struct pktip ip;

	for (size_t n = 0; n <= f->len; n++) {
		assert_int_equal(parse_cut(&k, &ip, f, n),
		    n < headers ? PKTIP_CUT : PKTIP_OK);
		if (n < headers)
			continue;
		assert_int_equal(ip.len, n - headers);
		assert_int_equal(ip.size, f->len - headers);
	}
}

static enum pktip_verdict
parse(struct obs_pkt *ret_k, struct pktip *ret_ip, const struct frame *f)
{
	return parse_cut(ret_k, ret_ip, f, f->len);
}

static void
ipv4_fills_the_record(void **state)
{
	struct frame f = { 0 };
	struct obs_pkt k;
	struct pktip ip;

	(void)state;
	frame_ip4(&f, 17, 30, 0x4000);
	frame_zeros(&f, 30);
	expect_headers(&f, 20);
	assert_int_equal(parse(&k, &ip, &f), PKTIP_OK);
	assert_int_equal(k.ipver, 4);
	assert_memory_equal(k.src, "\x0a\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\0", 16);
	assert_memory_equal(k.dst, "\x0a\0\0\x02\0\0\0\0\0\0\0\0\0\0\0\0", 16);
	assert_int_equal(k.len, 50);
	assert_int_equal(k.proto, 17);
	assert_int_equal(k.ttl, 64);
	assert_int_equal(k.tos, 0x10);
	assert_int_equal(k.frag, OBS_FRAG_NONE);
	assert_int_equal(ip.id, 0x1234);
}

static void
ipv6_fills_the_record(void **state)
{
	struct frame f = { 0 };
	struct obs_pkt k;
	struct pktip ip;

	(void)state;
	frame_ip6(&f, 17, 30);
	frame_zeros(&f, 30);
	expect_headers(&f, 40);
	assert_int_equal(parse(&k, &ip, &f), PKTIP_OK);
	assert_int_equal(k.ipver, 6);
	assert_memory_equal(k.src, f.data + 8, 16);
	assert_memory_equal(k.dst, f.data + 24, 16);
	assert_int_equal(k.len, 70);
	assert_int_equal(k.proto, 17);
	assert_int_equal(k.ttl, 64);
	assert_int_equal(k.tos, 0x10);
}

static void
ipv4_options_are_skipped(void **state)
{
	struct frame f = { 0 };
	struct obs_pkt k;
	struct pktip ip;

	(void)state;
	frame_ip4(&f, 6, 40, 0);
	f.data[0] = 0x4f;
	frame_zeros(&f, 40);
	assert_int_equal(parse(&k, &ip, &f), PKTIP_OK);
	assert_int_equal(ip.size, 0);
	f.data[0] = 0x46;
	assert_int_equal(parse(&k, &ip, &f), PKTIP_OK);
	assert_int_equal(ip.size, 36);
	assert_int_equal(parse_cut(&k, &ip, &f, 23), PKTIP_CUT);
	assert_int_equal(k.ipver, 4);
	assert_int_equal(k.len, 60);
}

static void
padding_of_the_link_is_no_part_of_the_packet(void **state)
{
	struct frame f = { 0 };
	struct obs_pkt k;
	struct pktip ip;

	(void)state;
	frame_ip4(&f, 17, 8, 0);
	frame_zeros(&f, 26);
	assert_int_equal(parse(&k, &ip, &f), PKTIP_OK);
	assert_int_equal(ip.len, 8);
	assert_int_equal(k.len, 28);
	f.len = 0;
	frame_ip6(&f, 17, 8);
	frame_zeros(&f, 26);
	assert_int_equal(parse(&k, &ip, &f), PKTIP_OK);
	assert_int_equal(ip.len, 8);
	assert_int_equal(k.len, 48);
}

static void
a_packet_without_a_length_is_as_long_as_its_frame(void **state)
{
	static uint8_t big[40] = { 0x60, [6] = 6 };
	struct frame f = { 0 };
	struct obs_pkt k = { 0 };
	struct pktip ip;

	(void)state;
	frame_ip4(&f, 6, 0, 0);
	put_be16(&f.data[2], 0);
	assert_int_equal(
	    pktip_parse(&k, &ip, guard_put(f.data, 20), 20, 70000), PKTIP_OK);
	assert_int_equal(k.len, 70000);
	assert_int_equal(
	    pktip_parse(&k, &ip, guard_put(big, 40), 40, 70000), PKTIP_OK);
	assert_int_equal(k.len, 70000);
	big[6] = 59; /* nothing follows, and link padding is not it */
	assert_int_equal(
	    pktip_parse(&k, &ip, guard_put(big, 40), 40, 46), PKTIP_OK);
	assert_int_equal(k.len, 40);
}

static void
contradicting_headers_are_malformed(void **state)
{
	struct frame f = { 0 };
	struct obs_pkt k;
	struct pktip ip;

	(void)state;
	frame_ip4(&f, 17, 8, 0);
	frame_zeros(&f, 8);
	f.data[0] = 0x44; /* shorter than a header */
	assert_int_equal(parse(&k, &ip, &f), PKTIP_MALFORMED);
	assert_int_equal(k.ipver, 0);
	f.data[0] = 0x45;
	put_be16(&f.data[2], 19);
	assert_int_equal(parse(&k, &ip, &f), PKTIP_MALFORMED);
	assert_int_equal(k.ipver, 0);
	f.data[0] = 0x50; /* version 5 */
	assert_int_equal(parse(&k, &ip, &f), PKTIP_MALFORMED);
	f.data[0] = 0x45;
	f.len = 19; /* nor can a frame end there */
	assert_int_equal(parse(&k, &ip, &f), PKTIP_MALFORMED);
	f.data[0] = 0x60;
	assert_int_equal(parse(&k, &ip, &f), PKTIP_MALFORMED);
}

static void
ipv4_fragments_are_marked(void **state)
{
	struct frame f = { 0 };
	struct obs_pkt k;
	struct pktip ip;

	(void)state;
	frame_ip4(&f, 17, 16, 0x2000);
	frame_zeros(&f, 16);
	assert_int_equal(parse(&k, &ip, &f), PKTIP_OK);
	assert_int_equal(k.frag, OBS_FRAG_FIRST);
	assert_non_null(ip.p);
	put_be16(&f.data[6], 0x2001);
	assert_int_equal(parse(&k, &ip, &f), PKTIP_OK);
	assert_int_equal(k.frag, OBS_FRAG_LATER);
	assert_null(ip.p);
	put_be16(&f.data[6], 0x1fff); /* the last one possible */
	assert_int_equal(parse(&k, &ip, &f), PKTIP_OK);
	assert_int_equal(k.frag, OBS_FRAG_LATER);
}

static void
ipv6_extension_headers_lead_to_the_upper_layer(void **state)
{
	/* header, its octets; the first octet says what follows */
	static const struct {
		uint8_t type, units;
		size_t len;
	} ext[] = { { 0, 0, 8 }, { 43, 2, 24 }, { 60, 1, 16 }, { 51, 4, 24 },
		{ 135, 0, 8 }, { 139, 0, 8 }, { 140, 0, 8 }, { 44, 0, 8 } };
	const size_t n = sizeof(ext) / sizeof(ext[0]);
	struct frame f = { 0 };
	struct obs_pkt k;
	struct pktip ip;
	size_t head = 40;

	(void)state;
	frame_ip6(&f, ext[0].type, 0);
	for (size_t i = 0; i < n; i++) {
		f.data[head] = i + 1 < n ? ext[i + 1].type : 17;
		f.data[head + 1] = ext[i].units;
		head += ext[i].len;
	}
	f.len = head + 8;
	put_be16(&f.data[4], (uint16_t)(f.len - 40));
	expect_headers(&f, head);
	assert_int_equal(parse(&k, &ip, &f), PKTIP_OK);
	assert_int_equal(k.proto, 17);
	assert_int_equal(ip.size, 8);
	assert_int_equal(k.frag, OBS_FRAG_NONE); /* RFC 6946: atomic */
}

static void
ipv6_fragments_are_marked(void **state)
{
	struct frame f = { 0 };
	struct obs_pkt k;
	struct pktip ip;

	(void)state;
	frame_ip6(&f, 44, 16);
	frame_add(&f, "\x11\0\0\x01\xde\xad\xbe\xef");
	frame_zeros(&f, 8);
	assert_int_equal(parse(&k, &ip, &f), PKTIP_OK);
	assert_int_equal(k.frag, OBS_FRAG_FIRST);
	assert_int_equal(ip.id, 0xdeadbeef);
	assert_int_equal(ip.size, 8);
	put_be16(&f.data[42], 8);
	assert_int_equal(parse(&k, &ip, &f), PKTIP_OK);
	assert_int_equal(k.frag, OBS_FRAG_LATER);
	assert_int_equal(k.proto, 17);
	assert_null(ip.p);
}

static void
extension_headers_beyond_the_packet_are_malformed(void **state)
{
	struct frame f = { 0 };
	struct obs_pkt k;
	struct pktip ip;

	(void)state;
	frame_ip6(&f, 0, 8);
	frame_add(&f, "\x11\x01\0\0\0\0\0\0");
	assert_int_equal(parse(&k, &ip, &f), PKTIP_MALFORMED);
	assert_int_equal(k.ipver, 6);
	assert_int_equal(k.len, 48);
	f.data[5] = 7;
	assert_int_equal(parse(&k, &ip, &f), PKTIP_MALFORMED);
}

static void
endless_extension_headers_are_malformed(void **state)
{
	struct frame f = { 0 };
	struct obs_pkt k;
	struct pktip ip;

	(void)state;
	frame_ip6(&f, 60, 320);
	for (int i = 0; i < 39; i++)
		frame_add(&f, "\x3c\0\0\0\0\0\0\0");
	frame_add(&f, "\x11\0\0\0\0\0\0\0"); /* UDP in the end */
	assert_int_equal(parse(&k, &ip, &f), PKTIP_MALFORMED);
	assert_int_equal(k.ipver, 6);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ipv4_fills_the_record),
		cmocka_unit_test(ipv6_fills_the_record),
		cmocka_unit_test(ipv4_options_are_skipped),
		cmocka_unit_test(padding_of_the_link_is_no_part_of_the_packet),
		cmocka_unit_test(
		    a_packet_without_a_length_is_as_long_as_its_frame),
		cmocka_unit_test(contradicting_headers_are_malformed),
		cmocka_unit_test(ipv4_fragments_are_marked),
		cmocka_unit_test(
		    ipv6_extension_headers_lead_to_the_upper_layer),
		cmocka_unit_test(ipv6_fragments_are_marked),
		cmocka_unit_test(
		    extension_headers_beyond_the_packet_are_malformed),
		cmocka_unit_test(endless_extension_headers_are_malformed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
