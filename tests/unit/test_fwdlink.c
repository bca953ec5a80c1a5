/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/fwdlink */
/* What of a frame goes into the tunnel, for each link type. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>

#include "agent/fwdlink.h"
#include "agent/pktlink.h"
#include "tests/unit/guard.h"
#include "wire/bytes.h"

#define WIRE_MORE 7 /* octets that were not captured */

static uint8_t frame[64];

static bool
inner(struct fwdlink *l, int linktype, size_t caplen)
{
	const struct pkt_frame f = { .data = guard_put(frame, caplen),
		.caplen = caplen,
		.len = caplen + WIRE_MORE,
		.linktype = linktype };

	return fwdlink_inner(l, &f);
}

/* Of ${linktype} the octets behind ${head} go, as ${type}; less is nothing. */
static void
expect(int linktype, size_t head, uint16_t type)
{
	struct fwdlink l;

	assert_true(inner(&l, linktype, sizeof(frame)));
	assert_int_equal(l.type, type);
	assert_int_equal(l.caplen, sizeof(frame) - head);
	assert_int_equal(l.len, sizeof(frame) - head + WIRE_MORE);
	assert_memory_equal(l.data, frame + head, l.caplen);
	for (size_t n = 0; n < head; n++)
		assert_false(inner(&l, linktype, n));
}

static void
ethernet_goes_as_it_is(void **state)
{
	struct fwdlink l;

	(void)state;
	expect(PKTLINK_ETHERNET, 0, 0);
	assert_true(inner(&l, PKTLINK_ETHERNET, 3));
	assert_null(l.src_mac);
}

static void
ip_goes_by_its_version(void **state)
{
	static const int types[] = { PKTLINK_RAW, PKTLINK_RAW_FILE,
		PKTLINK_RAW_OPENBSD, PKTLINK_IPV4, PKTLINK_IPV6 };
	struct fwdlink l;

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		frame[0] = 0x45;
		expect(types[i], 0, 0x0800);
		frame[0] = 0x60;
		expect(types[i], 0, 0x86dd);
		frame[0] = 0x50;
		assert_false(inner(&l, types[i], 40));
		assert_false(inner(&l, types[i], 0));
	}
}

static void
bsd_loopback_loses_its_4_octets(void **state)
{
	struct fwdlink l;

	(void)state;
	put_be32(&frame[0], 0x02000000);
	frame[4] = 0x45;
	expect(PKTLINK_NULL, 4, 0x0800);
	put_be32(&frame[0], 28);
	frame[4] = 0x60;
	expect(PKTLINK_LOOP, 4, 0x86dd);
	assert_false(inner(&l, PKTLINK_LOOP, 4));
}

static void
cooked_frames_keep_type_and_sender(void **state)
{
	static const uint8_t mac[6] = { 2, 3, 4, 5, 6, 7 };
	struct fwdlink l;

	(void)state;
	memset(frame, 0, sizeof(frame));
	put_be16(&frame[2], 1);
	put_be16(&frame[4], 6);
	memcpy(&frame[6], mac, 6);
	put_be16(&frame[14], 0x0806);
	expect(PKTLINK_SLL, 16, 0x0806);
	assert_true(inner(&l, PKTLINK_SLL, sizeof(frame)));
	assert_memory_equal(l.src_mac, mac, 6);
	put_be16(&frame[2], 512);
	assert_true(inner(&l, PKTLINK_SLL, sizeof(frame)));
	assert_null(l.src_mac);

	memset(frame, 0, sizeof(frame));
	put_be16(&frame[0], 0x8100);
	put_be16(&frame[8], 1);
	frame[11] = 6;
	memcpy(&frame[12], mac, 6);
	expect(PKTLINK_SLL2, 20, 0x8100);
	assert_true(inner(&l, PKTLINK_SLL2, sizeof(frame)));
	assert_memory_equal(l.src_mac, mac, 6);
}

static void
an_llc_frame_has_its_length_for_a_type(void **state)
{
	struct fwdlink l;

	(void)state;
	memset(frame, 0, sizeof(frame));
	put_be16(&frame[14], 4);
	expect(PKTLINK_SLL, 16, (uint16_t)(sizeof(frame) - 16 + WIRE_MORE));
	put_be16(&frame[14], 1); /* Novell's 802.3 without LLC */
	assert_false(inner(&l, PKTLINK_SLL, sizeof(frame)));
}

static void
what_has_no_ether_type_is_not_carried(void **state)
{
	struct fwdlink l;

	(void)state;
	memset(frame, 0, sizeof(frame));
	put_be16(&frame[14], 0x0800);
	put_be16(&frame[2], 824); /* netlink */
	assert_false(inner(&l, PKTLINK_SLL, sizeof(frame)));
	put_be16(&frame[2], 803); /* radiotap */
	assert_false(inner(&l, PKTLINK_SLL, sizeof(frame)));
	put_be16(&frame[2], 772); /* loopback */
	assert_true(inner(&l, PKTLINK_SLL, sizeof(frame)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ethernet_goes_as_it_is),
		cmocka_unit_test(ip_goes_by_its_version),
		cmocka_unit_test(bsd_loopback_loses_its_4_octets),
		cmocka_unit_test(cooked_frames_keep_type_and_sender),
		cmocka_unit_test(an_llc_frame_has_its_length_for_a_type),
		cmocka_unit_test(what_has_no_ether_type_is_not_carried),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
