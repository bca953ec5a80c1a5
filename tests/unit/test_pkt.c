/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/pkt agent/pktdigest agent/pktip agent/pktlink agent/pkttun agent/pktfrag agent/pktown agent/mgen agent/mgentcp tests/unit/parse */
/* Whole frames: what is recorded, and what is counted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>

#include "tests/unit/parse.h"

/* Records that are cut by the snap length: ${head} octets must be there. */
static void
expect_counts(const struct frame *f, size_t ip_head, size_t head)
{
	struct obs o;

	for (size_t n = 0; n <= f->len; n++) {
		const struct count was = parse_count;
		const bool made = parse_cut(&o, f, n);

		assert_int_equal(made, n >= ip_head);
		assert_int_equal(
		    parse_count.pkt_received, was.pkt_received + 1);
		assert_int_equal(
		    parse_count.pkt_records, was.pkt_records + made);
		assert_int_equal(parse_count.pkt_cut, was.pkt_cut + (n < 14));
		assert_int_equal(parse_count.pkt_unread,
		    was.pkt_unread + (!made && n >= 14));
		assert_int_equal(parse_count.pkt_truncated,
		    was.pkt_truncated + (n >= 14 && n < head));
		assert_int_equal(parse_count.pkt_malformed, 0);
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
	assert_true(parse_whole(&o, &f));
	assert_int_equal(o.kind, OBS_PKT);
	assert_int_equal(o.time.ns, 5);
	assert_int_equal(o.pkt.iface, 3);
	assert_int_equal(o.pkt.vlan, 0x8007);
	assert_int_equal(o.pkt.sport, 5353);
	assert_int_equal(o.pkt.dport, 53);
	assert_int_equal(o.pkt.has, OBS_HAS_PORTS);
	assert_int_equal(o.pkt.len, 32);
	assert_int_equal(o.pkt.role, OBS_ROLE_UNKNOWN);
	assert_int_equal(parse_count.pkt_records, 1);
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
	assert_true(parse_whole(&o, &f));
	assert_true(parse_whole(&again, &f));
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
	assert_true(parse_whole(&o, &f));
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
	assert_true(parse_whole(&o, &udp));
	assert_int_equal(o.pkt.has, 0);
	assert_int_equal(o.pkt.len, 27);
	assert_int_equal(parse_count.pkt_malformed, 1);
	frame_ether(&tcp, 0x0800);
	frame_ip4(&tcp, 6, 20, 0);
	frame_tcp(&tcp, 1, 0x10);
	tcp.data[46] = 0x40; /* data offset 4 */
	assert_true(parse_whole(&o, &tcp));
	assert_int_equal(o.pkt.has, 0);
	assert_int_equal(o.pkt.sport, 0);
	assert_int_equal(o.pkt.tcp_flags, 0);
	assert_int_equal(parse_count.pkt_malformed, 2);
	frame_ether(&sctp, 0x0800);
	frame_ip4(&sctp, 132, 3, 0);
	frame_zeros(&sctp, 3);
	assert_true(parse_whole(&o, &sctp));
	assert_int_equal(parse_count.pkt_malformed, 3);
	assert_int_equal(parse_count.pkt_records, 3);
}

static void
frames_that_are_not_ip_are_counted_by_kind(void **state)
{
	struct frame f = { 0 };
	struct obs o;

	(void)state;
	frame_ether(&f, 0x0806);
	frame_zeros(&f, 46);
	assert_false(parse_whole(&o, &f));
	assert_int_equal(parse_count.pkt_arp, 1);
	put_be16(&f.data[12], 38);
	assert_false(parse_whole(&o, &f));
	assert_int_equal(parse_count.pkt_llc, 1);
	put_be16(&f.data[12], 0x88cc);
	assert_false(parse_whole(&o, &f));
	assert_int_equal(parse_count.pkt_not_ip, 1);
	put_be16(&f.data[12], 0x0800); /* of version 0 */
	assert_false(parse_whole(&o, &f));
	assert_int_equal(parse_count.pkt_unread, 1);
	assert_int_equal(parse_count.pkt_malformed, 1);
	assert_int_equal(parse_count.pkt_records, 0);
	assert_int_equal(parse_count.pkt_received, 4);
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
		assert_true(parse_whole(&o, &f));
		assert_int_equal(o.pkt.proto, proto);
		assert_int_equal(o.pkt.sport, ports ? 1000 : 0);
		assert_int_equal(o.pkt.dport, ports ? 2000 : 0);
	}
	assert_int_equal(parse_count.pkt_malformed, 0);
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
	assert_true(parse_whole(&o, &more)); /* too early */
	assert_int_equal(o.pkt.frag, OBS_FRAG_LATER);
	assert_int_equal(o.pkt.has, 0);
	assert_int_equal(o.pkt.len, 44);
	assert_int_equal(parse_count.frag_unmatched, 1);
	assert_true(parse_whole(&o, &f));
	assert_int_equal(o.pkt.frag, OBS_FRAG_FIRST);
	assert_int_equal(o.pkt.mgen_flow, 7);
	assert_true(parse_whole(&o, &more));
	assert_int_equal(o.pkt.sport, 1000);
	assert_int_equal(o.pkt.dport, 2000);
	assert_int_equal(o.pkt.mgen_flow, 7);
	assert_int_equal(o.pkt.has, OBS_HAS_PORTS | OBS_HAS_MGEN);
	assert_int_equal(parse_count.frag_unmatched, 1);
	assert_int_equal(parse_count.mgen_messages, 1);
}

/* The end of a message of flow 7, and a header of the flow ${next}. */
static void
parse_two_messages(struct obs *ret_second, uint32_t next)
{
	struct frame first = { 0 };
	struct frame second = { 0 };
	struct obs o;

	frame_ether(&first, 0x0800);
	frame_ip4(&first, 6, 20 + 28, 0);
	frame_tcp(&first, 1, 0x10);
	frame_mgen(&first, 48, 7, 1);
	assert_true(parse_whole(&o, &first));
	assert_int_equal(o.pkt.mgen_seq, 1);
	frame_ether(&second, 0x0800);
	frame_ip4(&second, 6, 20 + 20 + 28, 0);
	frame_tcp(&second, 29, 0x10);
	frame_zeros(&second, 20);
	frame_mgen(&second, 28, next, 2);
	assert_true(parse_whole(ret_second, &second));
	assert_int_equal(ret_second->pkt.mgen_flow, 7);
}

static void
a_segment_names_no_number_of_another_flow(void **state)
{
	struct obs o;

	(void)state;
	parse_two_messages(&o, 8);
	assert_int_equal(o.pkt.has & OBS_HAS_MSG, 0);
	assert_int_equal(o.pkt.mgen_seq, 0);
	assert_int_equal(parse_count.mgen_messages, 2);
}

static void
a_segment_names_the_next_number_of_its_flow(void **state)
{
	struct obs o;

	(void)state;
	parse_two_messages(&o, 7);
	assert_int_equal(o.pkt.has & OBS_HAS_MSG, OBS_HAS_MSG);
	assert_int_equal(o.pkt.mgen_seq, 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		PARSE_OUTER(a_datagram_fills_the_record),
		PARSE_OUTER(records_begin_as_zeros),
		PARSE_OUTER(a_udp_frame_is_cut_at_every_octet),
		PARSE_OUTER(a_tcp_frame_is_cut_at_every_octet),
		PARSE_OUTER(a_segment_names_no_number_of_another_flow),
		PARSE_OUTER(a_segment_names_the_next_number_of_its_flow),
		PARSE_OUTER(upper_layers_that_cannot_be_are_malformed),
		PARSE_OUTER(frames_that_are_not_ip_are_counted_by_kind),
		PARSE_OUTER(protocols_with_and_without_ports),
		PARSE_OUTER(fragments_carry_the_ports_of_the_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
