/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/pktown */
/* Own addresses and the role of a packet. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <string.h>

#include "agent/pktown.h"

static const uint8_t mine[16] = { 10, 0, 0, 1 };
static const uint8_t other[16] = { 10, 0, 0, 2 };
static const uint8_t everybody[16] = { 10, 0, 0, 255 };
static const uint8_t mac[6] = { 2, 0, 0, 0, 0, 1 };
static const uint8_t other_mac[6] = { 2, 0, 0, 0, 0, 2 };

static struct pktown own;

static int
set_own(void **state)
{
	(void)state;
	memset(&own, 0xa5, sizeof(own)); /* pktown_clear is all it takes */
	pktown_clear(&own);
	pktown_add(&own, mine, false);
	pktown_add(&own, everybody, true);
	pktown_add_mac(&own, mac);
	return 0;
}

static uint8_t
role(uint8_t ipver, const uint8_t src[static 16], const uint8_t dst[static 16],
    const uint8_t *dst_mac, const uint8_t *src_mac)
{
	struct obs_pkt k = { .ipver = ipver };

	memcpy(k.src, src, 16);
	memcpy(k.dst, dst, 16);
	return pktown_role(&own, &k, dst_mac, src_mac);
}

static void
addresses_are_known_and_broadcasts_are_no_addresses(void **state)
{
	(void)state;
	assert_true(pktown_has(&own, mine));
	assert_false(pktown_has(&own, other));
	assert_false(pktown_has(&own, everybody));
	pktown_clear(&own);
	assert_false(pktown_has(&own, mine));
}

static void
what_we_send_is_originated(void **state)
{
	(void)state;
	assert_int_equal(
	    role(4, mine, other, other_mac, mac), OBS_ROLE_ORIGINATED);
	assert_int_equal(
	    role(4, mine, everybody, other_mac, mac), OBS_ROLE_ORIGINATED);
	assert_int_equal(role(4, mine, mine, NULL, NULL), OBS_ROLE_ORIGINATED);
}

static void
what_is_for_us_or_for_a_group_is_delivered(void **state)
{
	static const uint8_t group4[16] = { 239, 1, 2, 3 };
	static const uint8_t last4[16] = { 224 };
	static const uint8_t ones[16] = { 255, 255, 255, 255 };
	static const uint8_t group6[16] = { 0xff, 2 };

	(void)state;
	assert_int_equal(
	    role(4, other, mine, mac, other_mac), OBS_ROLE_DELIVERED);
	assert_int_equal(
	    role(4, other, everybody, other_mac, NULL), OBS_ROLE_DELIVERED);
	assert_int_equal(
	    role(4, other, group4, other_mac, NULL), OBS_ROLE_DELIVERED);
	assert_int_equal(
	    role(4, other, last4, other_mac, NULL), OBS_ROLE_DELIVERED);
	assert_int_equal(
	    role(4, other, ones, other_mac, NULL), OBS_ROLE_DELIVERED);
	assert_int_equal(
	    role(6, other, group6, other_mac, NULL), OBS_ROLE_DELIVERED);
	/* a group of the one family is an address of the other */
	assert_int_equal(
	    role(6, other, group4, other_mac, NULL), OBS_ROLE_OVERHEARD);
}

static void
what_crosses_our_mac_is_forwarded(void **state)
{
	(void)state;
	assert_int_equal(
	    role(4, other, other, mac, other_mac), OBS_ROLE_FORWARDED);
	assert_int_equal(
	    role(4, other, other, other_mac, mac), OBS_ROLE_FORWARDED);
	assert_int_equal(role(4, other, other, NULL, NULL), OBS_ROLE_FORWARDED);
}

static void
what_is_for_another_mac_is_overheard(void **state)
{
	static const uint8_t zero[6] = { 0 };

	(void)state;
	assert_int_equal(
	    role(4, other, other, other_mac, other_mac), OBS_ROLE_OVERHEARD);
	/* the loopback interface has the MAC 0, and so have broken frames */
	pktown_add_mac(&own, zero);
	assert_int_equal(role(4, other, other, zero, zero), OBS_ROLE_OVERHEARD);
}

static void
more_than_there_is_room_for_is_ignored(void **state)
{
	uint8_t addr[16] = { 0x20, 1 };
	uint8_t m[6] = { 2, 9 };

	(void)state;
	for (int i = 0; i < 2 * PKTOWN_MAX; i++) {
		addr[14] = (uint8_t)(i >> 8);
		addr[15] = (uint8_t)i;
		pktown_add(&own, addr, false);
		pktown_add(&own, addr, false);
		/* two are there from the start */
		assert_int_equal(
		    pktown_has(&own, addr), i < PKTOWN_MAX - 2 ? 1 : 0);
	}
	assert_int_equal(own.n, PKTOWN_MAX);
	assert_true(pktown_has(&own, mine));
	for (int i = 0; i < 2 * PKTOWN_MACS; i++) {
		m[5] = (uint8_t)i;
		pktown_add_mac(&own, m);
	}
	assert_int_equal(own.n_macs, PKTOWN_MACS);
	assert_int_equal(
	    role(4, other, other, mac, other_mac), OBS_ROLE_FORWARDED);
}

#define TEST(f) cmocka_unit_test_setup(f, set_own)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(addresses_are_known_and_broadcasts_are_no_addresses),
		TEST(what_we_send_is_originated),
		TEST(what_is_for_us_or_for_a_group_is_delivered),
		TEST(what_crosses_our_mac_is_forwarded),
		TEST(what_is_for_another_mac_is_overheard),
		TEST(more_than_there_is_room_for_is_ignored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
