/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/pktlink */
/* Link layers, each made by hand and cut at every octet. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>

#include "agent/pktlink.h"
#include "tests/unit/frames.h"
#include "tests/unit/guard.h"

/* Parse ${f} as ${linktype}, first cut at every octet: never read too far. */
static enum pktlink_kind
parse(struct pktlink *ret_l, const struct frame *f, int linktype)
{
	for (size_t n = 0; n < f->len; n++) {
		(void)pktlink_parse(ret_l, guard_put(f->data, n), n, linktype);
		assert_int_equal(ret_l->head + ret_l->len, n);
	}
	return pktlink_parse(
	    ret_l, guard_put(f->data, f->len), f->len, linktype);
}

/* The frame is one of ${kind}, its network packet begins at ${head}. */
static void
expect(const struct frame *f, int linktype, enum pktlink_kind kind, size_t head)
{
	struct pktlink l;

	assert_int_equal(parse(&l, f, linktype), kind);
	assert_int_equal(l.head, head);
	assert_int_equal(l.len, f->len - head);
	if (head == 0)
		return;
	kind =
	    pktlink_parse(&l, guard_put(f->data, head - 1), head - 1, linktype);
	assert_int_equal(kind, PKTLINK_IS_CUT);
}

static void
ethernet_tells_type_and_both_macs(void **state)
{
	struct frame f = { 0 };
	struct pktlink l;

	(void)state;
	frame_ether(&f, 0x0800);
	frame_zeros(&f, 20);
	expect(&f, PKTLINK_ETHERNET, PKTLINK_IS_IPV4, 14);
	assert_int_equal(parse(&l, &f, PKTLINK_ETHERNET), PKTLINK_IS_IPV4);
	assert_memory_equal(l.dst_mac, "\x02\0\0\0\0\x02", 6);
	assert_memory_equal(l.src_mac, "\x02\0\0\0\0\x01", 6);
	assert_int_equal(l.vlan, 0);
	put_be16(&f.data[12], 0x86dd);
	expect(&f, PKTLINK_ETHERNET, PKTLINK_IS_IPV6, 14);
	put_be16(&f.data[12], 0x0806);
	expect(&f, PKTLINK_ETHERNET, PKTLINK_IS_ARP, 14);
	put_be16(&f.data[12], 0x88cc);
	expect(&f, PKTLINK_ETHERNET, PKTLINK_IS_OTHER, 14);
}

static void
the_outer_tag_of_vlan_and_qinq_is_told(void **state)
{
	static const uint16_t outer[] = { 0x8100, 0x88a8, 0x9100 };
	struct pktlink l;

	(void)state;
	for (size_t i = 0; i < sizeof(outer) / sizeof(outer[0]); i++) {
		struct frame f = { 0 };

		frame_ether(&f, outer[i]);
		frame_add(&f, "\xe0\x64\x81\x00\x00\xc8\x86\xdd");
		expect(&f, PKTLINK_ETHERNET, PKTLINK_IS_IPV6, 22);
		(void)parse(&l, &f, PKTLINK_ETHERNET);
		assert_int_equal(l.vlan, 0x8000 | 100);
	}
}

static void
a_priority_tag_is_a_tag_of_vlan_0(void **state)
{
	struct frame f = { 0 };
	struct pktlink l;

	(void)state;
	frame_ether(&f, 0x8100);
	frame_add(&f, "\xe0\x00\x81\x00\x00\x07\x08\x00");
	assert_int_equal(parse(&l, &f, PKTLINK_ETHERNET), PKTLINK_IS_IPV4);
	assert_int_equal(l.vlan, 0x8000);
}

static void
endless_tags_are_given_up(void **state)
{
	struct frame f = { 0 };
	struct pktlink l;

	(void)state;
	frame_ether(&f, 0x8100);
	for (int i = 0; i < 100; i++)
		frame_add(&f, "\0\x01\x81\0");
	assert_int_equal(parse(&l, &f, PKTLINK_ETHERNET), PKTLINK_IS_OTHER);
}

static void
the_version_tells_what_mpls_labels_carry(void **state)
{
	struct frame f = { 0 };

	(void)state;
	frame_ether(&f, 0x8847);
	frame_add(&f, "\x00\x01\x00\x40\x00\x02\x01\x40");
	frame_octets(&f, "\x45", 1);
	expect(&f, PKTLINK_ETHERNET, PKTLINK_IS_IPV4, 22);
	f.data[22] = 0x60;
	expect(&f, PKTLINK_ETHERNET, PKTLINK_IS_IPV6, 22);
	f.data[22] = 0x00; /* a pseudowire's control word */
	expect(&f, PKTLINK_ETHERNET, PKTLINK_IS_OTHER, 22);
	put_be16(&f.data[12], 0x8848);
	f.data[22] = 0x45;
	expect(&f, PKTLINK_ETHERNET, PKTLINK_IS_IPV4, 22);
}

static void
endless_labels_are_given_up(void **state)
{
	struct frame f = { 0 };
	struct pktlink l;

	(void)state;
	frame_ether(&f, 0x8847);
	for (int i = 0; i < 100; i++)
		frame_add(&f, "\x45\0\0\x40"); /* no IPv4 header either */
	assert_int_equal(parse(&l, &f, PKTLINK_ETHERNET), PKTLINK_IS_OTHER);
}

static void
pppoe_sessions_carry_ip_and_more(void **state)
{
	struct frame f = { 0 };

	(void)state;
	frame_ether(&f, 0x8864);
	frame_add(&f, "\x11\0\0\x01\0\x16\0\x21");
	expect(&f, PKTLINK_ETHERNET, PKTLINK_IS_IPV4, 22);
	f.data[21] = 0x57;
	expect(&f, PKTLINK_ETHERNET, PKTLINK_IS_IPV6, 22);
	put_be16(&f.data[20], 0xc021); /* LCP */
	expect(&f, PKTLINK_ETHERNET, PKTLINK_IS_OTHER, 22);
}

static void
llc_is_not_ip_but_snap_may_be(void **state)
{
	struct frame f = { 0 };
	struct frame stp = { 0 };

	(void)state;
	frame_ether(&stp, 38);
	frame_add(&stp, "\x42\x42\x03\0\0\0");
	expect(&stp, PKTLINK_ETHERNET, PKTLINK_IS_LLC, 20);
	frame_ether(&f, 100);
	frame_add(&f, "\xaa\xaa\x03\0\0\0\x08\0");
	expect(&f, PKTLINK_ETHERNET, PKTLINK_IS_IPV4, 22);
	put_be16(&f.data[20], 0x86dd);
	expect(&f, PKTLINK_ETHERNET, PKTLINK_IS_IPV6, 22);
	put_be16(&f.data[20], 0x0806);
	expect(&f, PKTLINK_ETHERNET, PKTLINK_IS_ARP, 22);
	put_be16(&f.data[20], 0x2000); /* CDP */
	expect(&f, PKTLINK_ETHERNET, PKTLINK_IS_LLC, 22);
}

static void
linux_cooked_headers_tell_the_source(void **state)
{
	struct frame f = { 0 };
	struct pktlink l;

	(void)state;
	frame_add(&f, "\0\x04\0\x01\0\x06\x02\0\0\0\0\x01\0\0\x08\0");
	expect(&f, PKTLINK_SLL, PKTLINK_IS_IPV4, 16);
	(void)parse(&l, &f, PKTLINK_SLL);
	assert_ptr_equal(l.src_mac, l.p - 10);
	assert_null(l.dst_mac);
	put_be16(&f.data[2], 772); /* loopback */
	(void)parse(&l, &f, PKTLINK_SLL);
	assert_null(l.src_mac);
	put_be16(&f.data[14], 0x0004); /* LLC follows */
	frame_add(&f, "\x42\x42\x03\0\0\0");
	assert_int_equal(parse(&l, &f, PKTLINK_SLL), PKTLINK_IS_LLC);
}

static void
the_second_linux_cooked_header_does_too(void **state)
{
	struct frame f = { 0 };
	struct pktlink l;

	(void)state;
	frame_add(
	    &f, "\x86\xdd\0\0\0\0\0\x03\0\x01\x04\x06\x02\0\0\0\0\x01\0\0");
	expect(&f, PKTLINK_SLL2, PKTLINK_IS_IPV6, 20);
	(void)parse(&l, &f, PKTLINK_SLL2);
	assert_ptr_equal(l.src_mac, l.p - 8);
	f.data[11] = 8;
	(void)parse(&l, &f, PKTLINK_SLL2);
	assert_null(l.src_mac);
}

static void
cooked_vlan_tags_are_told(void **state)
{
	struct frame f = { 0 };
	struct pktlink l;

	(void)state;
	frame_add(&f, "\0\x04\0\x01\0\x06\x02\0\0\0\0\x01\0\0\x81\0");
	frame_add(&f, "\0\x05\x08\0");
	expect(&f, PKTLINK_SLL, PKTLINK_IS_IPV4, 20);
	(void)parse(&l, &f, PKTLINK_SLL);
	assert_int_equal(l.vlan, 0x8005);
}

static void
without_a_type_the_version_tells(void **state)
{
	static const int raw[] = { PKTLINK_RAW, PKTLINK_RAW_OPENBSD,
		PKTLINK_RAW_FILE, PKTLINK_IPV4, PKTLINK_IPV6 };
	struct frame f = { .data = { 0x45 }, .len = 20 };
	struct frame loop = { .data = { 30, 0, 0, 0, 0x60 }, .len = 44 };
	struct pktlink l;

	(void)state;
	for (size_t i = 0; i < sizeof(raw) / sizeof(raw[0]); i++) {
		f.data[0] = 0x45;
		expect(&f, raw[i], PKTLINK_IS_IPV4, 0);
		f.data[0] = 0x60;
		expect(&f, raw[i], PKTLINK_IS_IPV6, 0);
		f.data[0] = 0;
		expect(&f, raw[i], PKTLINK_IS_OTHER, 0);
		assert_int_equal(
		    pktlink_parse(&l, f.data, 0, raw[i]), PKTLINK_IS_CUT);
	}
	expect(&loop, PKTLINK_NULL, PKTLINK_IS_IPV6, 4);
	expect(&loop, PKTLINK_LOOP, PKTLINK_IS_IPV6, 4);
}

static void
link_types_we_cannot_read_are_unknown(void **state)
{
	static const int known[] = { 0, 1, 12, 14, 101, 108, 113, 228, 229,
		276 };
	size_t n = 0;
	struct frame f = { .len = 64 };
	struct pktlink l;

	(void)state;
	for (int type = -1; type < 1000; type++) {
		if (n < sizeof(known) / sizeof(known[0]) && known[n] == type) {
			assert_true(pktlink_known(type));
			n++;
			continue;
		}
		assert_false(pktlink_known(type));
		assert_int_equal(parse(&l, &f, type), PKTLINK_IS_OTHER);
	}
	assert_int_equal(n, 10);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ethernet_tells_type_and_both_macs),
		cmocka_unit_test(the_outer_tag_of_vlan_and_qinq_is_told),
		cmocka_unit_test(a_priority_tag_is_a_tag_of_vlan_0),
		cmocka_unit_test(endless_tags_are_given_up),
		cmocka_unit_test(the_version_tells_what_mpls_labels_carry),
		cmocka_unit_test(endless_labels_are_given_up),
		cmocka_unit_test(pppoe_sessions_carry_ip_and_more),
		cmocka_unit_test(llc_is_not_ip_but_snap_may_be),
		cmocka_unit_test(linux_cooked_headers_tell_the_source),
		cmocka_unit_test(the_second_linux_cooked_header_does_too),
		cmocka_unit_test(cooked_vlan_tags_are_told),
		cmocka_unit_test(without_a_type_the_version_tells),
		cmocka_unit_test(link_types_we_cannot_read_are_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
