/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/pkttun agent/pktlink */
/* Tunnels: what is opened, what is not, and where it is cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <netinet/in.h>

#include "agent/pkttun.h"
#include "tests/unit/frames.h"
#include "tests/unit/guard.h"

/*
 * Open the packet of ${proto} to port ${dport} whose upper layer is ${f}, of
 * which ${n} octets were captured.
 */
static bool
open_cut(struct pkttun *t, const struct frame *f, size_t n, uint8_t proto,
    uint16_t dport)
{
	const struct obs_pkt k = { .proto = proto, .dport = dport };
	const struct pktip ip = {
		.p = guard_put(f->data, n), .len = n, .size = f->len
	};

	return pkttun_open(t, &k, &ip);
}

/* The tunnel's own headers are the first ${head} octets of ${f}. */
static void
expect_inside(const struct frame *f, size_t head, uint8_t proto, uint16_t dport)
{
	struct pkttun t;

	for (size_t n = 0; n <= f->len; n++) {
		assert_int_equal(
		    open_cut(&t, f, n, proto, dport), n > head ? 1 : 0);
		if (n <= head)
			continue;
		assert_int_equal(t.len, n - head);
		assert_int_equal(t.size, f->len - head);
	}
}

static bool
opens(const struct frame *f, uint8_t proto, uint16_t dport)
{
	struct pkttun t;

	return open_cut(&t, f, f->len, proto, dport);
}

static void
ip_in_ip_begins_at_once(void **state)
{
	struct frame f = { 0 };

	(void)state;
	frame_ip4(&f, 17, 8, 0);
	frame_zeros(&f, 8);
	expect_inside(&f, 0, IPPROTO_IPIP, 0);
	expect_inside(&f, 0, IPPROTO_IPV6, 0);
	assert_false(opens(&f, IPPROTO_UDP, 53));
	assert_false(opens(&f, IPPROTO_ESP, 0));
}

static void
gre_has_optional_fields(void **state)
{
	static const struct {
		uint16_t flags;
		size_t head;
	} with[] = { { 0, 4 }, { 0x8000, 8 }, { 0x2000, 8 }, { 0x1000, 8 },
		{ 0xb000, 16 } };

	(void)state;
	for (size_t i = 0; i < sizeof(with) / sizeof(with[0]); i++) {
		struct frame f = { 0 };

		frame_be16(&f, with[i].flags);
		frame_be16(&f, 0x0800);
		frame_zeros(&f, with[i].head - 4);
		frame_ip4(&f, 17, 0, 0);
		expect_inside(&f, with[i].head, IPPROTO_GRE, 0);
		put_be16(&f.data[2], 0x86dd);
		expect_inside(&f, with[i].head, IPPROTO_GRE, 0);
		put_be16(&f.data[2], 0x880b); /* PPP */
		assert_false(opens(&f, IPPROTO_GRE, 0));
	}
}

static void
other_versions_of_gre_stay_closed(void **state)
{
	struct frame f = { 0 };

	(void)state;
	frame_add(&f, "\x00\x01\x08\x00");
	frame_ip4(&f, 17, 0, 0);
	assert_false(opens(&f, IPPROTO_GRE, 0));
	put_be16(f.data, 0x4000); /* source routes, RFC 1701 */
	assert_false(opens(&f, IPPROTO_GRE, 0));
}

static void
ethernet_in_gre_tells_its_macs(void **state)
{
	struct frame f = { 0 };
	struct pkttun t;

	(void)state;
	frame_add(&f, "\0\0\x65\x58");
	frame_ether(&f, 0x0800);
	frame_ip4(&f, 17, 0, 0);
	expect_inside(&f, 18, IPPROTO_GRE, 0);
	assert_true(open_cut(&t, &f, f.len, IPPROTO_GRE, 0));
	assert_memory_equal(t.dst_mac, "\x02\0\0\0\0\x02", 6);
	assert_memory_equal(t.src_mac, "\x02\0\0\0\0\x01", 6);
	put_be16(&f.data[16], 0x0806);
	assert_false(opens(&f, IPPROTO_GRE, 0));
}

static void
vxlan_carries_ethernet(void **state)
{
	struct frame f = { 0 };

	(void)state;
	frame_udp(&f, 40000, 4789, 42);
	frame_add(&f, "\x08\0\0\0\0\0\x07\0");
	frame_ether(&f, 0x0800);
	frame_ip4(&f, 17, 0, 0);
	expect_inside(&f, 30, IPPROTO_UDP, 4789);
	assert_false(opens(&f, IPPROTO_UDP, 4788));
	assert_false(opens(&f, IPPROTO_TCP, 4789));
	f.data[8] = 0; /* no network identifier */
	assert_false(opens(&f, IPPROTO_UDP, 4789));
}

static void
geneve_has_options_and_carries_anything(void **state)
{
	struct frame f = { 0 };

	(void)state;
	frame_udp(&f, 40000, 6081, 36);
	frame_add(&f, "\x02\0\x08\0\0\0\x07\0");
	frame_zeros(&f, 8);
	frame_ip4(&f, 17, 0, 0);
	expect_inside(&f, 24, IPPROTO_UDP, 6081);
	put_be16(&f.data[10], 0x86dd);
	expect_inside(&f, 24, IPPROTO_UDP, 6081);
	f.data[8] |= 0x40; /* version 1 */
	assert_false(opens(&f, IPPROTO_UDP, 6081));
}

static void
fragments_stay_closed(void **state)
{
	struct frame f = { 0 };
	struct obs_pkt k = { .proto = IPPROTO_IPIP, .frag = OBS_FRAG_FIRST };
	struct pktip ip = { .p = f.data, .len = 20, .size = 20 };
	struct pkttun t;

	(void)state;
	frame_ip4(&f, 17, 0, 0);
	assert_false(pkttun_open(&t, &k, &ip));
	k.frag = OBS_FRAG_NONE;
	assert_true(pkttun_open(&t, &k, &ip));
	ip = (struct pktip){ 0 }; /* the upper layer was not reached */
	assert_false(pkttun_open(&t, &k, &ip));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ip_in_ip_begins_at_once),
		cmocka_unit_test(gre_has_optional_fields),
		cmocka_unit_test(other_versions_of_gre_stay_closed),
		cmocka_unit_test(ethernet_in_gre_tells_its_macs),
		cmocka_unit_test(vxlan_carries_ethernet),
		cmocka_unit_test(geneve_has_options_and_carries_anything),
		cmocka_unit_test(fragments_stay_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
