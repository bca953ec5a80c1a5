/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/pktdigest agent/pktip agent/pkt agent/pktlink agent/pkttun agent/pktfrag agent/pktown agent/mgen agent/mgentcp tests/unit/parse */
/* The digest: what counts, what does not, wherever the packet is seen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>

#include "agent/pktdigest.h"
#include "tests/unit/frames.h"
#include "tests/unit/guard.h"
#include "tests/unit/parse.h"

enum { V4 = 20, V6 = 40 };

/* Of the first ${n} octets of the IP packet ${f}; -1 when there is none. */
static int64_t
digest_cut(const struct frame *f, size_t n)
{
	struct obs_pkt k = { 0 };
	struct pktip ip;
	uint32_t d;

	(void)pktip_parse(&k, &ip, guard_put(f->data, n), n, f->len);
	return pktdigest_get(&d, &k, &ip) ? (int64_t)d : -1;
}

static int64_t
digest(const struct frame *f)
{
	return digest_cut(f, f->len);
}

static void
fill(struct frame *f, size_t n)
{
	for (size_t i = 0; i < n; i++)
		f->data[f->len++] = (uint8_t)(i * 37 + 11);
}

static struct frame
udp4(size_t payload)
{
	struct frame f = { 0 };

	frame_ip4(&f, 17, (uint16_t)(payload + 8), 0);
	frame_udp(&f, 1000, 2000, (uint16_t)payload);
	fill(&f, payload);
	return f;
}

static struct frame
udp6(size_t payload)
{
	struct frame f = { 0 };

	frame_ip6(&f, 17, (uint16_t)(payload + 8));
	frame_udp(&f, 1000, 2000, (uint16_t)payload);
	fill(&f, payload);
	return f;
}

static bool
changes_at(const struct frame *f, size_t at, uint8_t bits)
{
	struct frame other = *f;

	other.data[at] ^= bits;
	return digest(&other) != digest(f);
}

/* A change between ${from} and ${to} counts, or it does not. */
static void
expect_range(const struct frame *f, size_t from, size_t to, bool counts)
{
	for (size_t i = from; i < to; i++)
		assert_int_equal(changes_at(f, i, 0x40), counts);
}

static void
digests_are_those_of_the_protocol(void **state)
{
	struct frame f = udp4(100);

	(void)state;
	assert_int_equal(digest(&f), 0x9e267ce7);
	f = udp6(3);
	assert_int_equal(digest(&f), 0x312fcbc2);
}

static void
what_a_router_changes_does_not_count(void **state)
{
	const struct frame f = udp4(100), g = udp6(100);

	(void)state;
	assert_false(changes_at(&f, 1, 0xff)); /* ToS */
	assert_false(changes_at(&f, 6, 0x40)); /* don't fragment */
	assert_false(changes_at(&f, 8, 0xff)); /* TTL */
	expect_range(&f, 10, 12, false);       /* checksum */
	assert_false(changes_at(&g, 0, 0x0f)); /* traffic class */
	assert_false(changes_at(&g, 1, 0xff)); /* flow label */
	expect_range(&g, 2, 4, false);
	assert_false(changes_at(&g, 7, 0xff)); /* hop limit */
}

static void
what_tells_packets_apart_counts(void **state)
{
	const struct frame f = udp4(100), g = udp6(100);

	(void)state;
	expect_range(&f, 4, 6, true); /* identification */
	assert_true(changes_at(&f, 9, 0x40));
	expect_range(&f, 12, V4, true);
	assert_true(changes_at(&g, 6, 0x40));
	expect_range(&g, 8, V6, true);
	expect_range(&f, V4, V4 + 6, true);
	expect_range(&f, V4 + 8, V4 + PKTDIGEST_BODY, true);
	expect_range(&g, V6 + 8, V6 + PKTDIGEST_BODY, true);
	expect_range(&f, V4 + PKTDIGEST_BODY, f.len, false);
	/* The length alone, with the same octets */
	for (size_t n = 70; n < 100; n++) {
		const struct frame shorter = udp4(n);

		assert_int_not_equal(digest(&shorter), digest(&f));
	}
}

static void
checksums_that_interfaces_fill_in_do_not_count(void **state)
{
	static const struct {
		uint8_t proto;
		size_t from, to;
	} sums[] = { { 6, 16, 18 }, { 17, 6, 8 }, { 136, 6, 8 }, { 33, 6, 8 },
		{ 1, 2, 4 }, { 132, 8, 12 } };

	(void)state;
	for (size_t i = 0; i < sizeof(sums) / sizeof(sums[0]); i++) {
		struct frame f = { 0 };

		frame_ip4(&f, sums[i].proto, 60, 0);
		fill(&f, 60);
		expect_range(&f, V4, V4 + sums[i].from, true);
		expect_range(&f, V4 + sums[i].from, V4 + sums[i].to, false);
		expect_range(&f, V4 + sums[i].to, f.len, true);
		/* Of a later fragment, any octet counts. */
		f.data[7] = 1;
		expect_range(&f, V4, f.len, true);
	}
}

static void
the_snap_length_gives_the_same_digest_or_none(void **state)
{
	const struct frame whole[] = { udp4(0), udp4(3), udp4(56), udp4(200),
		udp6(0), udp6(56), udp6(200) };

	(void)state;
	for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++) {
		const struct frame *f = &whole[i];
		const size_t reach = (i < 4 ? V4 : V6) + PKTDIGEST_BODY;
		const size_t need = f->len < reach ? f->len : reach;

		for (size_t n = 0; n <= f->len; n++) {
			assert_int_equal(
			    digest_cut(f, n), n < need ? -1 : digest(f));
		}
	}
}

static void
fragments_are_packets_of_their_own(void **state)
{
	struct frame f = { 0 }, other;

	(void)state;
	frame_ip4(&f, 17, 80, 0x2000);
	fill(&f, 80);
	other = f;
	other.data[6] = 0; /* no more follow */
	assert_int_not_equal(digest(&f), digest(&other));
	other.data[7] = 10; /* the last one, of another place */
	assert_int_not_equal(digest(&f), digest(&other));
	assert_true(digest(&other) >= 0);
	assert_true(changes_at(&other, 7, 1));
	assert_true(changes_at(&other, V4 + 6, 1));
}

/* The fragment header of ${f} stands behind a header of ${options} octets. */
static struct frame
fragment6(size_t options, uint16_t place)
{
	struct frame f = { 0 };

	frame_ip6(&f, options > 0 ? 0 : 44, (uint16_t)(options + 8 + 64));
	if (options > 0) {
		frame_octets(
		    &f, (uint8_t[]){ 44, (uint8_t)(options / 8 - 1) }, 2);
		frame_zeros(&f, options - 2);
	}
	frame_octets(&f, (uint8_t[]){ 17, 0 }, 2);
	frame_be16(&f, place);
	frame_add(&f, "\0\0\x12\x34");
	fill(&f, 64);
	return f;
}

static void
fragments_of_ipv6_have_an_identification(void **state)
{
	const struct frame f = fragment6(0, 0x0101), g = fragment6(0, 0x0109);
	const struct frame h = fragment6(16, 0x0101);

	(void)state;
	assert_true(digest(&f) >= 0 && digest(&g) >= 0 && digest(&h) >= 0);
	assert_int_not_equal(digest(&f), digest(&g));
	assert_int_not_equal(digest(&f), digest(&h)); /* another length */
	expect_range(&f, V6 + 4, V6 + 8, true);
	assert_true(changes_at(&f, V6, 1)); /* what the first one begins with */
	/* An option that routers change */
	assert_false(changes_at(&h, V6 + 10, 0xff));
}

/* What the parser makes of the packet ${ip} in a frame that begins so. */
static struct obs
seen(const struct frame *head, const struct frame *ip)
{
	struct frame f = *head;
	struct obs o;

	frame_octets(&f, ip->data, ip->len);
	assert_true(parse_whole(&o, &f));
	return o;
}

static void
the_link_does_not_count(void **state)
{
	struct frame plain = { 0 }, tag = { 0 }, mpls = { 0 };
	const struct frame ip = udp4(100);
	struct obs o;

	(void)state;
	frame_ether(&plain, 0x0800);
	frame_ether(&tag, 0x8100);
	frame_add(&tag, "\0\x07\x08\0");
	frame_ether(&mpls, 0x8847);
	frame_add(&mpls, "\0\x01\x01\x40");
	pkt_digest(parse_pkt);
	o = seen(&plain, &ip);
	assert_true(o.pkt.has & OBS_HAS_DIGEST);
	assert_int_equal(o.pkt.digest, digest(&ip));
	assert_int_equal(seen(&tag, &ip).pkt.digest, digest(&ip));
	assert_int_equal(seen(&mpls, &ip).pkt.digest, digest(&ip));
}

static void
a_later_fragment_does_not_need_the_first_one(void **state)
{
	struct frame head = { 0 };
	const struct frame first = fragment6(0, 1), later = fragment6(0, 0x40);
	uint32_t alone;

	(void)state;
	frame_ether(&head, 0x86dd);
	pkt_digest(parse_pkt);
	alone = seen(&head, &later).pkt.digest;
	assert_true(seen(&head, &first).pkt.has & OBS_HAS_PORTS);
	assert_true(seen(&head, &later).pkt.has & OBS_HAS_PORTS);
	assert_int_equal(seen(&head, &later).pkt.digest, alone);
}

static void
no_digest_unless_asked_for(void **state)
{
	struct frame head = { 0 };
	const struct frame ip = udp4(100);
	struct obs o;

	(void)state;
	frame_ether(&head, 0x0800);
	o = seen(&head, &ip);
	assert_false(o.pkt.has & OBS_HAS_DIGEST);
	assert_int_equal(o.pkt.digest, 0);
}

static void
packets_cut_too_short_are_counted(void **state)
{
	struct frame f = { 0 };
	const struct frame ip = udp4(100);
	struct obs o;

	(void)state;
	frame_ether(&f, 0x0800);
	frame_octets(&f, ip.data, ip.len);
	pkt_digest(parse_pkt);
	assert_true(parse_cut(&o, &f, 14 + V4 + PKTDIGEST_BODY - 1));
	assert_false(o.pkt.has & OBS_HAS_DIGEST);
	assert_int_equal(parse_count.pkt_no_digest, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digests_are_those_of_the_protocol),
		cmocka_unit_test(what_a_router_changes_does_not_count),
		cmocka_unit_test(what_tells_packets_apart_counts),
		cmocka_unit_test(
		    checksums_that_interfaces_fill_in_do_not_count),
		cmocka_unit_test(the_snap_length_gives_the_same_digest_or_none),
		cmocka_unit_test(fragments_are_packets_of_their_own),
		cmocka_unit_test(fragments_of_ipv6_have_an_identification),
		PARSE_OUTER(the_link_does_not_count),
		PARSE_OUTER(a_later_fragment_does_not_need_the_first_one),
		PARSE_OUTER(no_digest_unless_asked_for),
		PARSE_OUTER(packets_cut_too_short_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
