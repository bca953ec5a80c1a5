/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/pktfrag */
/* The cache of first fragments: its key, its life, its bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <stdlib.h>

#include "agent/pktfrag.h"

static const struct hash_key hash = { { 0x9e3779b97f4a7c15,
    0xd6e8feb86659fd93 } };
static const struct obs first = { .kind = OBS_PKT,
	.time = { 1000 * MONO_NS_PER_S },
	.pkt = { .src = { 10, 0, 0, 1 },
	    .dst = { 10, 0, 0, 2 },
	    .sport = 1000,
	    .dport = 2000,
	    .mgen_flow = 7,
	    .ipver = 4,
	    .proto = 17,
	    .frag = OBS_FRAG_FIRST,
	    .has = OBS_HAS_PORTS | OBS_HAS_MGEN | OBS_HAS_MSG } };

/* A later fragment of ${first}: what IP says, and no more. */
static struct obs
later(void)
{
	struct obs o = first;

	o.pkt.sport = o.pkt.dport = 0;
	o.pkt.mgen_flow = 0;
	o.pkt.has = 0;
	o.pkt.frag = OBS_FRAG_LATER;
	return o;
}

static int
new_cache(void **state)
{
	*state = pktfrag_new(&hash);
	return *state == NULL ? -1 : 0;
}

static int
free_cache(void **state)
{
	free(*state);
	return 0;
}

static void
later_fragments_get_ports_and_flow(void **state)
{
	struct obs o = later();

	assert_int_equal(pktfrag_later(*state, &o, 9), -1);
	assert_int_equal(o.pkt.has, 0);
	pktfrag_first(*state, &first, 9);
	assert_int_equal(pktfrag_later(*state, &o, 9), 0);
	assert_int_equal(o.pkt.sport, 1000);
	assert_int_equal(o.pkt.dport, 2000);
	assert_int_equal(o.pkt.mgen_flow, 7);
	/* but not the message: its header is in the first one */
	assert_int_equal(o.pkt.has, OBS_HAS_PORTS | OBS_HAS_MGEN);
	assert_int_equal(o.pkt.frag, OBS_FRAG_LATER);
}

static void
every_part_of_the_key_counts(void **state)
{
	struct obs o;

	pktfrag_first(*state, &first, 9);
	o = later();
	assert_int_equal(pktfrag_later(*state, &o, 8), -1);
	o.pkt.src[3]++;
	assert_int_equal(pktfrag_later(*state, &o, 9), -1);
	o = later();
	o.pkt.dst[3]++;
	assert_int_equal(pktfrag_later(*state, &o, 9), -1);
	o = later();
	o.pkt.proto = 6;
	assert_int_equal(pktfrag_later(*state, &o, 9), -1);
	o = later();
	o.pkt.vlan = 0x8001;
	assert_int_equal(pktfrag_later(*state, &o, 9), -1);
	o = later();
	o.pkt.ipver = 6;
	assert_int_equal(pktfrag_later(*state, &o, 9), -1);
	o = later();
	o.pkt.iface = 0x100;
	assert_int_equal(pktfrag_later(*state, &o, 9), -1);
}

static void
a_later_ipv6_fragment_gets_the_protocol_of_its_first(void **state)
{
	struct obs o = first;

	o.pkt.ipver = 6;
	pktfrag_first(*state, &o, 9);
	o = later();
	o.pkt.ipver = 6;
	o.pkt.proto = 60; /* destination options began the fragmented part */
	assert_int_equal(pktfrag_later(*state, &o, 9), 0);
	assert_int_equal(o.pkt.proto, 17);
}

static void
icmp_is_told_too(void **state)
{
	struct obs o = first;

	o.pkt.proto = 1;
	o.pkt.icmp_type = 8;
	o.pkt.icmp_code = 1;
	o.pkt.has = OBS_HAS_ICMP | OBS_HAS_QUOTE;
	pktfrag_first(*state, &o, 9);
	o = later();
	o.pkt.proto = 1;
	assert_int_equal(pktfrag_later(*state, &o, 9), 0);
	assert_int_equal(o.pkt.icmp_type, 8);
	assert_int_equal(o.pkt.icmp_code, 1);
	assert_int_equal(o.pkt.has, OBS_HAS_ICMP);
}

static void
a_minute_later_the_packet_is_forgotten(void **state)
{
	struct obs o = later();

	pktfrag_first(*state, &first, 9);
	o.time.ns = first.time.ns + PKTFRAG_LIFE_S * MONO_NS_PER_S;
	assert_int_equal(pktfrag_later(*state, &o, 9), 0);
	o = later();
	o.time.ns = first.time.ns + PKTFRAG_LIFE_S * MONO_NS_PER_S + 1;
	assert_int_equal(pktfrag_later(*state, &o, 9), -1);
}

static void
an_identification_used_again_means_the_newer_packet(void **state)
{
	struct obs o = first;

	pktfrag_first(*state, &first, 9);
	o.pkt.sport = 1001;
	pktfrag_first(*state, &o, 9);
	o = later();
	assert_int_equal(pktfrag_later(*state, &o, 9), 0);
	assert_int_equal(o.pkt.sport, 1001);
}

/* Of more packets than there is room for, the newest are known. */
static void
the_oldest_packets_give_way(void **state)
{
	const uint32_t room = PKTFRAG_SETS * PKTFRAG_WAYS;
	unsigned int known = 0;
	struct obs o = first;

	for (uint32_t id = 0; id < 10 * room; id++) {
		o.time.ns++;
		pktfrag_first(*state, &o, id);
	}
	for (uint32_t id = 0; id < 10 * room; id++) {
		o = later();
		known += pktfrag_later(*state, &o, id) == 0;
		if (id < 5 * room)
			assert_int_equal(known, 0);
	}
	assert_int_equal(known, room);
	o = later();
	assert_int_equal(pktfrag_later(*state, &o, 10 * room - 1), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, new_cache, free_cache)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(later_fragments_get_ports_and_flow),
		TEST(every_part_of_the_key_counts),
		TEST(a_later_ipv6_fragment_gets_the_protocol_of_its_first),
		TEST(icmp_is_told_too),
		TEST(a_minute_later_the_packet_is_forgotten),
		TEST(an_identification_used_again_means_the_newer_packet),
		TEST(the_oldest_packets_give_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
