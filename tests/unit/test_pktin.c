/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/pkt agent/pktdigest agent/pktip agent/pktlink agent/pkttun agent/pktfrag agent/pktown agent/mgen agent/mgentcp tests/unit/parse */
/* What packets carry: MGEN, the flow that an error quotes, other packets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>

#include "agent/pktown.h"
#include "tests/unit/parse.h"

static void
a_datagram_of_mgen_is_recognised(void **state)
{
	struct frame f = { 0 };
	struct obs o;

	(void)state;
	frame_ether(&f, 0x86dd);
	frame_ip6(&f, 17, 108);
	frame_udp(&f, 1000, 2000, 100);
	frame_mgen(&f, 100, 0xffffffff, 9);
	frame_zeros(&f, 72);
	for (size_t n = 62; n <= f.len; n++) {
		const bool all = n >= 62 + 24;

		assert_true(parse_cut(&o, &f, n));
		assert_int_equal(
		    o.pkt.has, all ? OBS_HAS_PORTS | OBS_HAS_MGEN | OBS_HAS_MSG
				   : OBS_HAS_PORTS);
	}
	assert_int_equal(o.pkt.mgen_flow, 0xffffffff);
	assert_int_equal(o.pkt.mgen_seq, 9);
	assert_int_equal(o.pkt.mgen_tx.ns, 1000000002000);
	/* a datagram longer than its message is no MGEN */
	put_be16(&f.data[58], 109);
	assert_true(parse_whole(&o, &f));
	assert_int_equal(o.pkt.has, OBS_HAS_PORTS);
	assert_int_equal(o.pkt.mgen_flow, 0);
}

static void
segments_of_mgen_are_followed_until_a_new_connection(void **state)
{
	struct frame f = { 0 };
	struct frame more = { 0 };
	struct obs o;

	(void)state;
	frame_ether(&f, 0x0800);
	frame_ip4(&f, 6, 48, 0);
	frame_tcp(&f, 100, 0x18);
	frame_mgen(&f, 2000, 7, 1);
	assert_true(parse_whole(&o, &f));
	assert_int_equal(o.pkt.has, OBS_HAS_PORTS | OBS_HAS_MGEN | OBS_HAS_MSG);
	frame_ether(&more, 0x0800);
	frame_ip4(&more, 6, 60, 0);
	frame_tcp(&more, 128, 0x10);
	frame_zeros(&more, 40);
	assert_true(parse_whole(&o, &more));
	assert_int_equal(o.pkt.mgen_flow, 7);
	assert_int_equal(o.pkt.has, OBS_HAS_PORTS | OBS_HAS_MGEN);
	more.data[47] = 0x02; /* SYN */
	assert_true(parse_whole(&o, &more));
	assert_int_equal(o.pkt.has, OBS_HAS_PORTS);
	assert_int_equal(parse_count.mgen_messages, 1);
}

static void
an_icmp_error_quotes_its_flow(void **state)
{
	static const uint8_t errors[] = { 3, 4, 5, 11, 12 };
	struct frame f = { 0 };
	struct obs o;

	(void)state;
	frame_ether(&f, 0x0800);
	frame_ip4(&f, 1, 36, 0);
	frame_zeros(&f, 8);
	frame_ip4(&f, 17, 1000, 0); /* far longer than what is quoted */
	frame_udp(&f, 1000, 2000, 992);
	for (size_t i = 0; i < sizeof(errors); i++) {
		f.data[34] = errors[i];
		f.data[35] = 1;
		assert_true(parse_whole(&o, &f));
		assert_int_equal(o.pkt.has, OBS_HAS_ICMP | OBS_HAS_QUOTE);
		assert_int_equal(o.pkt.icmp_type, errors[i]);
		assert_int_equal(o.pkt.icmp_code, 1);
		assert_memory_equal(o.pkt.q.src, "\x0a\0\0\x01\0", 5);
		assert_memory_equal(o.pkt.q.dst, "\x0a\0\0\x02\0", 5);
		assert_int_equal(o.pkt.q.proto, 17);
		assert_int_equal(o.pkt.q.sport, 1000);
		assert_int_equal(o.pkt.q.dport, 2000);
	}
	f.data[34] = 8;
	assert_true(parse_whole(&o, &f));
	assert_int_equal(o.pkt.has, OBS_HAS_ICMP);
	assert_int_equal(parse_count.pkt_malformed, 0);
}

static void
an_icmpv6_error_quotes_its_flow(void **state)
{
	struct frame f = { 0 };
	struct obs o;

	(void)state;
	frame_ether(&f, 0x86dd);
	frame_ip6(&f, 58, 68);
	frame_zeros(&f, 8);
	frame_ip6(&f, 6, 1000);
	frame_tcp(&f, 1, 2);
	for (unsigned int type = 0; type < 256; type++) {
		f.data[54] = (uint8_t)type;
		assert_true(parse_whole(&o, &f));
		assert_int_equal(o.pkt.has, type >= 1 && type <= 4
						? OBS_HAS_ICMP | OBS_HAS_QUOTE
						: OBS_HAS_ICMP);
	}
	f.data[54] = 1;
	assert_true(parse_whole(&o, &f));
	assert_memory_equal(o.pkt.q.src, f.data + 22, 16);
	assert_int_equal(o.pkt.q.sport, 1000);
	/* ICMP of the other family is only a number */
	put_be16(&f.data[12], 0x86dd);
	f.data[20] = 1;
	assert_true(parse_whole(&o, &f));
	assert_int_equal(o.pkt.has, 0);
}

static void
a_quote_may_be_short_or_nonsense(void **state)
{
	struct frame f = { 0 };
	struct obs o;

	(void)state;
	frame_ether(&f, 0x0800);
	frame_ip4(&f, 1, 36, 0);
	frame_zeros(&f, 8);
	frame_ip4(&f, 17, 8, 0);
	frame_udp(&f, 1000, 2000, 0);
	f.data[34] = 3;
	for (size_t n = 36; n <= f.len; n++) {
		assert_true(parse_cut(&o, &f, n));
		assert_int_equal(
		    o.pkt.has & OBS_HAS_QUOTE, n >= 62 ? OBS_HAS_QUOTE : 0);
		assert_int_equal(o.pkt.q.sport, n >= 66 ? 1000 : 0);
	}
	f.data[42] = 0x60; /* IPv6 inside ICMP of IPv4 */
	assert_true(parse_whole(&o, &f));
	assert_int_equal(o.pkt.has, OBS_HAS_ICMP);
	assert_int_equal(o.pkt.q.proto, 0);
	assert_int_equal(parse_count.pkt_malformed, 0);
}

/* IPv4 in GRE in IPv6, and a fragment in front. */
static void
tunnel(struct frame *f)
{
	frame_ether(f, 0x86dd);
	frame_ip6(f, 47, 32);
	frame_add(f, "\0\0\x08\0");
	frame_ip4(f, 17, 8, 0);
	frame_udp(f, 1000, 2000, 0);
}

static void
the_outer_packet_is_recorded_unless_told_otherwise(void **state)
{
	struct frame f = { 0 };
	struct obs o;

	(void)state;
	tunnel(&f);
	assert_true(parse_whole(&o, &f));
	assert_int_equal(o.pkt.ipver, 6);
	assert_int_equal(o.pkt.proto, 47);
	assert_int_equal(o.pkt.len, 72);
}

static void
the_inner_packet_is_recorded_when_told(void **state)
{
	struct frame f = { 0 };
	struct obs o;

	(void)state;
	tunnel(&f);
	assert_true(parse_whole(&o, &f));
	assert_int_equal(o.pkt.ipver, 4);
	assert_int_equal(o.pkt.proto, 17);
	assert_int_equal(o.pkt.len, 28);
	assert_int_equal(o.pkt.dport, 2000);
	assert_int_equal(o.pkt.iface, 3);
	assert_int_equal(parse_count.pkt_records, 1);
	/* what is inside cannot be read: the outer one */
	f.data[58] = 0x44;
	assert_true(parse_whole(&o, &f));
	assert_int_equal(o.pkt.ipver, 6);
	assert_int_equal(o.pkt.len, 72);
	for (size_t n = 54; n <= f.len; n++)
		assert_true(parse_cut(&o, &f, n));
}

static void
tunnels_are_opened_so_many_times(void **state)
{
	struct frame f = { 0 };
	struct obs o;

	(void)state;
	frame_ether(&f, 0x0800);
	for (int i = 5; i >= 0; i--)
		frame_ip4(&f, 4, (uint16_t)(20 * i), 0);
	assert_true(parse_whole(&o, &f));
	assert_int_equal(o.pkt.len, 120 - 20 * PKT_NESTING);
}

static void
the_role_follows_the_packet_recorded(void **state)
{
	struct frame f = { 0 };
	struct pktown own;
	struct obs o;

	(void)state;
	tunnel(&f);
	pktown_clear(&own);
	pktown_add(&own, f.data + 22, false); /* the outer source */
	pkt_own(parse_pkt, &own);
	assert_true(parse_whole(&o, &f));
	assert_int_equal(o.pkt.role, OBS_ROLE_FORWARDED);
	pktown_add(&own, o.pkt.src, false);
	assert_true(parse_whole(&o, &f));
	assert_int_equal(o.pkt.role, OBS_ROLE_ORIGINATED);
	pkt_own(parse_pkt, NULL);
	assert_true(parse_whole(&o, &f));
	assert_int_equal(o.pkt.role, OBS_ROLE_UNKNOWN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		PARSE_OUTER(a_datagram_of_mgen_is_recognised),
		PARSE_OUTER(
		    segments_of_mgen_are_followed_until_a_new_connection),
		PARSE_OUTER(an_icmp_error_quotes_its_flow),
		PARSE_OUTER(an_icmpv6_error_quotes_its_flow),
		PARSE_OUTER(a_quote_may_be_short_or_nonsense),
		PARSE_OUTER(the_outer_packet_is_recorded_unless_told_otherwise),
		PARSE_INNER(the_inner_packet_is_recorded_when_told),
		PARSE_INNER(tunnels_are_opened_so_many_times),
		PARSE_INNER(the_role_follows_the_packet_recorded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
