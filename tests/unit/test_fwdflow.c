/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/fwdflow agent/pktip agent/pktlink */
/* The source port of the outer packet, by the flow of the inner one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <stdlib.h>

#include "agent/fwdflow.h"
#include "tests/unit/frames.h"
#include "tests/unit/guard.h"

static uint16_t
port_of(const struct frame *f, uint16_t type)
{
	const struct fwdlink l = { .data = guard_put(f->data, f->len),
		.caplen = f->len,
		.len = f->len,
		.type = type };
	struct fwdflow flow;

	memset(&flow, 0xa5, sizeof(flow));
	fwdflow_read(&flow, &l);
	assert_in_range(fwdflow_port(&flow), FWDFLOW_PORT_MIN,
	    FWDFLOW_PORT_MIN + FWDFLOW_PORTS - 1);
	return fwdflow_port(&flow);
}

/* An IPv4 packet of UDP between hosts ${a} and ${b}; ${frag} as in IP. */
static struct frame
udp4(uint8_t a, uint16_t sport, uint8_t b, uint16_t dport, uint16_t frag)
{
	struct frame f = { 0 };

	frame_ip4(&f, 17, 12, frag);
	f.data[15] = a;
	f.data[19] = b;
	frame_udp(&f, sport, dport, 4);
	frame_zeros(&f, 4);
	return f;
}

static void
both_directions_have_one_port(void **state)
{
	const struct frame there = udp4(1, 5000, 2, 53, 0);
	const struct frame back = udp4(2, 53, 1, 5000, 0);
	struct frame f = { 0 };
	struct frame g = { 0 };
	uint8_t addr[16];

	(void)state;
	assert_int_equal(port_of(&there, 0x0800), port_of(&back, 0x0800));
	frame_ip6(&f, 6, 20);
	frame_be16(&f, 1);
	frame_be16(&f, 2);
	frame_zeros(&f, 16);
	g = f;
	memcpy(addr, g.data + 8, 16);
	memcpy(g.data + 8, g.data + 24, 16);
	memcpy(g.data + 24, addr, 16);
	put_be16(&g.data[40], 2);
	put_be16(&g.data[42], 1);
	assert_int_equal(port_of(&f, 0x86dd), port_of(&g, 0x86dd));
	assert_true(port_of(&f, 0x86dd) != port_of(&there, 0x0800));
}

static void
a_flow_is_addresses_ports_and_protocol(void **state)
{
	const struct frame f = udp4(1, 5000, 2, 53, 0);
	const uint16_t port = port_of(&f, 0x0800);
	struct frame g = udp4(1, 5001, 2, 53, 0);

	(void)state;
	assert_true(port_of(&g, 0x0800) != port);
	g = udp4(3, 5000, 2, 53, 0);
	assert_true(port_of(&g, 0x0800) != port);
	/* ports the other way round: that is another flow */
	g = udp4(1, 53, 2, 5000, 0);
	assert_true(port_of(&g, 0x0800) != port);
	g = f;
	g.data[9] = 6;
	assert_true(port_of(&g, 0x0800) != port);
	g = f;
	g.data[8] = 3; /* TTL */
	g.data[30] = 9;
	assert_int_equal(port_of(&g, 0x0800), port);
}

static void
all_fragments_have_one_port(void **state)
{
	const struct frame first = udp4(1, 5000, 2, 53, 0x2000);
	const struct frame later = udp4(1, 77, 2, 99, 0x0010);

	(void)state;
	assert_int_equal(port_of(&first, 0x0800), port_of(&later, 0x0800));
}

static void
link_headers_and_tags_make_no_difference(void **state)
{
	const struct frame f = udp4(1, 5000, 2, 53, 0);
	const uint16_t port = port_of(&f, 0x0800);
	struct frame g = { 0 };

	(void)state;
	frame_ether(&g, 0x0800);
	frame_octets(&g, f.data, f.len);
	assert_int_equal(port_of(&g, 0), port);
	g.len = 0;
	frame_ether(&g, 0x8100);
	frame_add(&g, "\x00\x05\x08\x00");
	frame_octets(&g, f.data, f.len);
	assert_int_equal(port_of(&g, 0), port);
	g.len = 0;
	frame_add(&g, "\x00\x05\x08\x00");
	frame_octets(&g, f.data, f.len);
	assert_int_equal(port_of(&g, 0x8100), port);
}

static void
what_is_not_ip_goes_by_its_macs(void **state)
{
	struct frame f = { 0 };
	uint16_t port;

	(void)state;
	frame_ether(&f, 0x88b5);
	frame_zeros(&f, 46);
	port = port_of(&f, 0);
	for (int i = 0; i < 6; i++) {
		const uint8_t x = f.data[i];

		f.data[i] = f.data[i + 6];
		f.data[i + 6] = x;
	}
	assert_int_equal(port_of(&f, 0), port);
	f.data[3]++;
	assert_true(port_of(&f, 0) != port);
}

static void
cut_packets_are_read_as_far_as_they_go(void **state)
{
	const struct frame f = udp4(1, 5000, 2, 53, 0);
	struct frame g = { 0 };

	(void)state;
	frame_ether(&g, 0x0800);
	frame_octets(&g, f.data, f.len);
	for (; g.len > 0; g.len--)
		(void)port_of(&g, 0);
	(void)port_of(&g, 0);
	(void)port_of(&g, 0x8100);
	(void)port_of(&g, 0x0800);
}

static void
runs_and_machines_agree(void **state)
{
	const struct frame f = udp4(1, 5000, 2, 53, 0);

	(void)state;
	assert_int_equal(port_of(&f, 0x0800), 0x2a20);
}

static void
flows_spread_over_all_ports(void **state)
{
	static unsigned int seen[16];
	const unsigned int flows = 16000;

	(void)state;
	for (unsigned int i = 0; i < flows; i++) {
		const struct frame f = udp4(1, (uint16_t)(1024 + i), 2, 80, 0);

		seen[(port_of(&f, 0x0800) - FWDFLOW_PORT_MIN) * 16 /
		     FWDFLOW_PORTS]++;
	}
	/* 1000 each are expected, with a deviation of 31 */
	for (unsigned int i = 0; i < 16; i++)
		assert_in_range(seen[i], 850, 1150);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_directions_have_one_port),
		cmocka_unit_test(a_flow_is_addresses_ports_and_protocol),
		cmocka_unit_test(all_fragments_have_one_port),
		cmocka_unit_test(link_headers_and_tags_make_no_difference),
		cmocka_unit_test(what_is_not_ip_goes_by_its_macs),
		cmocka_unit_test(cut_packets_are_read_as_far_as_they_go),
		cmocka_unit_test(runs_and_machines_agree),
		cmocka_unit_test(flows_spread_over_all_ports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
