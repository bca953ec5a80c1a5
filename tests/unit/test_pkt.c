/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/pkt agent/pktip agent/pktlink agent/pkttun agent/pktfrag agent/pktown agent/mgen agent/mgentcp */
/* Whole frames: what is recorded, and what is counted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>

#include "agent/pkt.h"
#include "agent/pktlink.h"
#include "tests/unit/frames.h"
#include "tests/unit/guard.h"

static const struct hash_key hash = { { 0x9e3779b97f4a7c15,
    0xd6e8feb86659fd93 } };
static struct count count;
static struct pkt *pkt;

static int
start(void **state)
{
	memset(&count, 0, sizeof(count));
	pkt = pkt_new(&hash, &count, false);
	*state = pkt;
	return pkt == NULL ? -1 : 0;
}

static int
start_inner(void **state)
{
	memset(&count, 0, sizeof(count));
	pkt = pkt_new(&hash, &count, true);
	*state = pkt;
	return pkt == NULL ? -1 : 0;
}

static int
stop(void **state)
{
	pkt_free(*state);
	return 0;
}

static bool
parse_cut(struct obs *o, const struct frame *f, size_t n)
{
	const struct pkt_frame frame = { .data = guard_put(f->data, n),
		.caplen = n,
		.len = f->len,
		.time = { 5 },
		.linktype = PKTLINK_ETHERNET,
		.iface = 3 };

	return pkt_parse(pkt, o, &frame);
}

static bool
parse(struct obs *o, const struct frame *f)
{
	return parse_cut(o, f, f->len);
}

/* Records that are cut by the snap length: ${head} octets must be there. */
static void
expect_counts(const struct frame *f, size_t ip_head, size_t head)
{
	struct obs o;

	for (size_t n = 0; n <= f->len; n++) {
		const struct count was = count;
		const bool made = parse_cut(&o, f, n);

		assert_int_equal(made, n >= ip_head);
		assert_int_equal(count.pkt_received, was.pkt_received + 1);
		assert_int_equal(count.pkt_records, was.pkt_records + made);
		assert_int_equal(count.pkt_cut, was.pkt_cut + (n < 14));
		assert_int_equal(
		    count.pkt_unread, was.pkt_unread + (!made && n >= 14));
		assert_int_equal(count.pkt_truncated,
		    was.pkt_truncated + (n >= 14 && n < head));
		assert_int_equal(count.pkt_malformed, 0);
	}
}

static void
a_datagram_fills_the_record(void **state)
{
	struct frame f = { 0 };
	struct obs o;

	(void)state;
	frame_ether(&f, 0x8100);
	frame_add(&f, "\0\x07\x08\0");
	frame_ip4(&f, 17, 12, 0);
	frame_udp(&f, 5353, 53, 4);
	frame_zeros(&f, 4);
	assert_true(parse(&o, &f));
	assert_int_equal(o.kind, OBS_PKT);
	assert_int_equal(o.time.ns, 5);
	assert_int_equal(o.pkt.iface, 3);
	assert_int_equal(o.pkt.vlan, 0x8007);
	assert_int_equal(o.pkt.sport, 5353);
	assert_int_equal(o.pkt.dport, 53);
	assert_int_equal(o.pkt.has, OBS_HAS_PORTS);
	assert_int_equal(o.pkt.len, 32);
	assert_int_equal(o.pkt.role, OBS_ROLE_UNKNOWN);
	assert_int_equal(count.pkt_records, 1);
}

static void
records_begin_as_zeros(void **state)
{
	struct frame f = { 0 };
	struct obs o;
	struct obs again;

	(void)state;
	frame_ether(&f, 0x0800);
	frame_ip4(&f, 17, 8, 0);
	frame_udp(&f, 5353, 53, 0);
	memset(&o, 0xa5, sizeof(o));
	memset(&again, 0x5a, sizeof(again));
	assert_true(parse(&o, &f));
	assert_true(parse(&again, &f));
	assert_memory_equal(&o, &again, sizeof(o));
}

static void
a_udp_frame_is_cut_at_every_octet(void **state)
{
	struct frame f = { 0 };

	(void)state;
	frame_ether(&f, 0x0800);
	frame_ip4(&f, 17, 12, 0);
	frame_udp(&f, 5353, 53, 4);
	frame_zeros(&f, 4);
	expect_counts(&f, 34, 42);
}

static void
a_tcp_frame_is_cut_at_every_octet(void **state)
{
	struct frame f = { 0 };
	struct obs o;

	(void)state;
	frame_ether(&f, 0x86dd);
	frame_ip6(&f, 6, 24);
	frame_tcp(&f, 1, 0x12);
	frame_zeros(&f, 4);
	expect_counts(&f, 54, 74);
	assert_true(parse(&o, &f));
	assert_int_equal(o.pkt.tcp_flags, 0x12);
	assert_int_equal(o.pkt.sport, 1000);
	/* what was captured is used */
	assert_true(parse_cut(&o, &f, 68));
	assert_int_equal(o.pkt.tcp_flags, 0x12);
	assert_true(parse_cut(&o, &f, 67));
	assert_int_equal(o.pkt.tcp_flags, 0);
	assert_int_equal(o.pkt.has, OBS_HAS_PORTS);
	assert_true(parse_cut(&o, &f, 57));
	assert_int_equal(o.pkt.has, 0);
}

static void
upper_layers_that_cannot_be_are_malformed(void **state)
{
	struct frame udp = { 0 };
	struct frame tcp = { 0 };
	struct frame sctp = { 0 };
	struct obs o;

	(void)state;
	frame_ether(&udp, 0x0800);
	frame_ip4(&udp, 17, 7, 0);
	frame_zeros(&udp, 26);
	assert_true(parse(&o, &udp));
	assert_int_equal(o.pkt.has, 0);
	assert_int_equal(o.pkt.len, 27);
	assert_int_equal(count.pkt_malformed, 1);
	frame_ether(&tcp, 0x0800);
	frame_ip4(&tcp, 6, 20, 0);
	frame_tcp(&tcp, 1, 0x10);
	tcp.data[46] = 0x40; /* data offset 4 */
	assert_true(parse(&o, &tcp));
	assert_int_equal(o.pkt.has, 0);
	assert_int_equal(o.pkt.sport, 0);
	assert_int_equal(o.pkt.tcp_flags, 0);
	assert_int_equal(count.pkt_malformed, 2);
	frame_ether(&sctp, 0x0800);
	frame_ip4(&sctp, 132, 3, 0);
	frame_zeros(&sctp, 3);
	assert_true(parse(&o, &sctp));
	assert_int_equal(count.pkt_malformed, 3);
	assert_int_equal(count.pkt_records, 3);
}

static void
frames_that_are_not_ip_are_counted_by_kind(void **state)
{
	struct frame f = { 0 };
	struct obs o;

	(void)state;
	frame_ether(&f, 0x0806);
	frame_zeros(&f, 46);
	assert_false(parse(&o, &f));
	assert_int_equal(count.pkt_arp, 1);
	put_be16(&f.data[12], 38);
	assert_false(parse(&o, &f));
	assert_int_equal(count.pkt_llc, 1);
	put_be16(&f.data[12], 0x88cc);
	assert_false(parse(&o, &f));
	assert_int_equal(count.pkt_not_ip, 1);
	put_be16(&f.data[12], 0x0800); /* of version 0 */
	assert_false(parse(&o, &f));
	assert_int_equal(count.pkt_unread, 1);
	assert_int_equal(count.pkt_malformed, 1);
	assert_int_equal(count.pkt_records, 0);
	assert_int_equal(count.pkt_received, 4);
}

static void
protocols_with_and_without_ports(void **state)
{
	struct obs o;

	(void)state;
	for (unsigned int proto = 0; proto < 256; proto++) {
		const bool ports = proto == 6 || proto == 17 || proto == 33 ||
				   proto == 132 || proto == 136;
		struct frame f = { 0 };

		frame_ether(&f, 0x0800);
		frame_ip4(&f, (uint8_t)proto, 40, 0);
		frame_add(&f, "\x03\xe8\x07\xd0\0\0\0\0\0\0\0\0\x50\0");
		frame_zeros(&f, 26);
		assert_true(parse(&o, &f));
		assert_int_equal(o.pkt.proto, proto);
		assert_int_equal(o.pkt.sport, ports ? 1000 : 0);
		assert_int_equal(o.pkt.dport, ports ? 2000 : 0);
	}
	assert_int_equal(count.pkt_malformed, 0);
}

static void
fragments_carry_the_ports_of_the_first(void **state)
{
	struct frame f = { 0 };
	struct frame more = { 0 };
	struct obs o;

	(void)state;
	frame_ether(&f, 0x0800);
	frame_ip4(&f, 17, 36, 0x2000);
	frame_udp(&f, 1000, 2000, 1000);
	frame_mgen(&f, 1000, 7, 1);
	frame_ether(&more, 0x0800);
	frame_ip4(&more, 17, 24, 0x0010);
	frame_zeros(&more, 24);
	assert_true(parse(&o, &more)); /* too early */
	assert_int_equal(o.pkt.frag, OBS_FRAG_LATER);
	assert_int_equal(o.pkt.has, 0);
	assert_int_equal(o.pkt.len, 44);
	assert_int_equal(count.frag_unmatched, 1);
	assert_true(parse(&o, &f));
	assert_int_equal(o.pkt.frag, OBS_FRAG_FIRST);
	assert_int_equal(o.pkt.mgen_flow, 7);
	assert_true(parse(&o, &more));
	assert_int_equal(o.pkt.sport, 1000);
	assert_int_equal(o.pkt.dport, 2000);
	assert_int_equal(o.pkt.mgen_flow, 7);
	assert_int_equal(o.pkt.has, OBS_HAS_PORTS | OBS_HAS_MGEN);
	assert_int_equal(count.frag_unmatched, 1);
	assert_int_equal(count.mgen_messages, 1);
}

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
	assert_true(parse(&o, &f));
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
	assert_true(parse(&o, &f));
	assert_int_equal(o.pkt.has, OBS_HAS_PORTS | OBS_HAS_MGEN | OBS_HAS_MSG);
	frame_ether(&more, 0x0800);
	frame_ip4(&more, 6, 60, 0);
	frame_tcp(&more, 128, 0x10);
	frame_zeros(&more, 40);
	assert_true(parse(&o, &more));
	assert_int_equal(o.pkt.mgen_flow, 7);
	assert_int_equal(o.pkt.has, OBS_HAS_PORTS | OBS_HAS_MGEN);
	more.data[47] = 0x02; /* SYN */
	assert_true(parse(&o, &more));
	assert_int_equal(o.pkt.has, OBS_HAS_PORTS);
	assert_int_equal(count.mgen_messages, 1);
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
		assert_true(parse(&o, &f));
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
	assert_true(parse(&o, &f));
	assert_int_equal(o.pkt.has, OBS_HAS_ICMP);
	assert_int_equal(count.pkt_malformed, 0);
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
		assert_true(parse(&o, &f));
		assert_int_equal(o.pkt.has, type >= 1 && type <= 4
						? OBS_HAS_ICMP | OBS_HAS_QUOTE
						: OBS_HAS_ICMP);
	}
	f.data[54] = 1;
	assert_true(parse(&o, &f));
	assert_memory_equal(o.pkt.q.src, f.data + 22, 16);
	assert_int_equal(o.pkt.q.sport, 1000);
	/* ICMP of the other family is only a number */
	put_be16(&f.data[12], 0x86dd);
	f.data[20] = 1;
	assert_true(parse(&o, &f));
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
	assert_true(parse(&o, &f));
	assert_int_equal(o.pkt.has, OBS_HAS_ICMP);
	assert_int_equal(o.pkt.q.proto, 0);
	assert_int_equal(count.pkt_malformed, 0);
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
	assert_true(parse(&o, &f));
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
	assert_true(parse(&o, &f));
	assert_int_equal(o.pkt.ipver, 4);
	assert_int_equal(o.pkt.proto, 17);
	assert_int_equal(o.pkt.len, 28);
	assert_int_equal(o.pkt.dport, 2000);
	assert_int_equal(o.pkt.iface, 3);
	assert_int_equal(count.pkt_records, 1);
	/* what is inside cannot be read: the outer one */
	f.data[58] = 0x44;
	assert_true(parse(&o, &f));
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
	assert_true(parse(&o, &f));
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
	pkt_own(pkt, &own);
	assert_true(parse(&o, &f));
	assert_int_equal(o.pkt.role, OBS_ROLE_FORWARDED);
	pktown_add(&own, o.pkt.src, false);
	assert_true(parse(&o, &f));
	assert_int_equal(o.pkt.role, OBS_ROLE_ORIGINATED);
	pkt_own(pkt, NULL);
	assert_true(parse(&o, &f));
	assert_int_equal(o.pkt.role, OBS_ROLE_UNKNOWN);
}

#define OUTER(f) cmocka_unit_test_setup_teardown(f, start, stop)
#define INNER(f) cmocka_unit_test_setup_teardown(f, start_inner, stop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		OUTER(a_datagram_fills_the_record),
		OUTER(records_begin_as_zeros),
		OUTER(a_udp_frame_is_cut_at_every_octet),
		OUTER(a_tcp_frame_is_cut_at_every_octet),
		OUTER(upper_layers_that_cannot_be_are_malformed),
		OUTER(frames_that_are_not_ip_are_counted_by_kind),
		OUTER(protocols_with_and_without_ports),
		OUTER(fragments_carry_the_ports_of_the_first),
		OUTER(a_datagram_of_mgen_is_recognised),
		OUTER(segments_of_mgen_are_followed_until_a_new_connection),
		OUTER(an_icmp_error_quotes_its_flow),
		OUTER(an_icmpv6_error_quotes_its_flow),
		OUTER(a_quote_may_be_short_or_nonsense),
		OUTER(the_outer_packet_is_recorded_unless_told_otherwise),
		INNER(the_inner_packet_is_recorded_when_told),
		INNER(tunnels_are_opened_so_many_times),
		INNER(the_role_follows_the_packet_recorded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
