/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/fwdencap agent/fwdsum */
/* Outer packets, octet by octet; the vectors were not made by this code. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "agent/fwdencap.h"
#include "tests/unit/guard.h"
#include "wire/bytes.h"

#define V4_MAX (65535 - 20 - 8 - 8) /* octets of an inner packet */

static const uint8_t frame[] = { 0x02, 0, 0, 0, 0, 2, 0x02, 0, 0, 0, 0, 1, 0x88,
	0xb5, 'a', 'b', 'c' };
static const uint8_t packet[] = { 0x45, 0, 0, 0x15, 0, 0, 0, 0, 0x40, 0x11,
	0x66, 0xd2, 10, 0, 0, 1, 10, 0, 0, 2, 'x' };

/* An IPv4 link from 192.0.2.1 to 192.0.2.2, where packets are sent. */
static const struct fwdencap_conf sent_v4 = { .sent = true,
	.from = FWDENCAP_FROM_IP,
	.vni = 4242,
	.port = 4789,
	.ttl = 64,
	.src = { 192, 0, 2, 1 },
	.dst = { 192, 0, 2, 2 } };

static struct fwdencap_conf
written(bool geneve, bool v6)
{
	struct fwdencap_conf c = { .geneve = geneve,
		.v6 = v6,
		.from = FWDENCAP_FROM_ETHER,
		.ttl = 32,
		.src_mac = { 0x0c, 0x55, 0x21, 0x83, 0x13, 0x6d },
		.dst_mac = { 0x0c, 0x55, 0x21, 0x83, 0x13, 0x6e } };

	if (v6) {
		c.src[15] = 1;
		memcpy(c.dst, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x09", 16);
	} else {
		memcpy(c.src, "\x7f\0\0\x01", 4);
		memcpy(c.dst, "\x0a\x01\x02\x03", 4);
	}
	return c;
}

/* What ${c} makes of ${l} is the octets ${hex}. */
static void
expect(const struct fwdencap_conf *c, const struct fwdlink *l, uint16_t port,
    const char *hex)
{
	struct fwdencap_made m;
	struct fwdencap e;
	uint8_t dst[256];
	char text[513];

	assert_true(sizeof(dst) >= FWDENCAP_ROOM + l->caplen);
	fwdencap_init(&e, c);
	memset(dst, 0xa5, sizeof(dst));
	assert_true(fwdencap_put(&e, dst, l, port, &m));
	assert_int_equal(dst[m.caplen], 0xa5);
	for (size_t i = 0; i < m.caplen; i++)
		(void)snprintf(&text[2 * i], 3, "%02x", dst[i]);
	assert_string_equal(text, hex);
}

static struct fwdlink
whole(const uint8_t *data, size_t len, uint16_t type)
{
	return (struct fwdlink){ .data = guard_put(data, len),
		.caplen = len,
		.len = len,
		.type = type };
}

static void
vxlan_over_ipv4_is_that_of_rfc_7348(void **state)
{
	struct fwdencap_conf c = written(false, false);
	const struct fwdlink l = whole(frame, sizeof(frame), 0);

	(void)state;
	c.vni = 4242;
	c.port = 4789;
	expect(&c, &l, 5000,
	    "0c552183136e0c552183136d0800450000350000000020110fb47f0000010a01"
	    "0203138812b50021633e080000000010920002000000000202000000000188b5"
	    "616263");
}

static void
geneve_over_ipv6_is_that_of_rfc_8926(void **state)
{
	struct fwdencap_conf c = written(true, true);
	const struct fwdlink l = whole(frame, sizeof(frame), 0);

	(void)state;
	c.vni = 0xfffffe;
	c.port = 6081;
	expect(&c, &l, 51023,
	    "0c552183136e0c552183136d86dd600000000021112000000000000000000000"
	    "00000000000120010db8000000000000000000000009c74f17c100213e640000"
	    "6558fffffe0002000000000202000000000188b5616263");
}

static void
vxlan_gives_ip_packets_an_ethernet_header(void **state)
{
	const struct fwdlink l = whole(packet, sizeof(packet), 0x0800);

	(void)state;
	expect(&sent_v4, &l, 1024,
	    "45000047000000004011f6a2c0000201c0000202040012b5003346bf08000000"
	    "0010920002000000000202000000000108004500001500000000401166d20a00"
	    "00010a00000278");
}

static void
geneve_tells_the_type_of_ip_packets(void **state)
{
	struct fwdencap_conf c = sent_v4;
	const struct fwdlink l = whole(packet, sizeof(packet), 0x0800);

	(void)state;
	c.geneve = true;
	c.vni = 0xfffffe;
	c.port = 6081;
	expect(&c, &l, 1024,
	    "45000039000000004011f6b0c0000201c0000202040017c10025e1e100000800"
	    "fffffe004500001500000000401166d20a0000010a00000278");
}

static void
an_udp_socket_needs_only_the_tunnel_header(void **state)
{
	static const uint8_t mac[6] = { 2, 9, 9, 9, 9, 9 };
	struct fwdencap_conf c = sent_v4;
	struct fwdlink l = whole(packet, 2, 0x86dd);

	(void)state;
	c.from = FWDENCAP_FROM_TUNNEL;
	l.src_mac = mac;
	expect(&c, &l, 7, "080000000010920002000000000202090909090986dd4500");
	c.geneve = true;
	expect(&c, &l, 7, "000086dd001092004500");
	/* a length is no type: this needs a header in GENEVE, too */
	l.type = 2;
	expect(&c, &l, 7,
	    "00006558001092000200000000020209090909090002"
	    "4500");
}

static void
a_cut_frame_keeps_its_length_in_a_file(void **state)
{
	const struct fwdencap_conf c = written(false, false);
	struct fwdlink l = whole(frame, sizeof(frame), 0);
	struct fwdencap_made m;
	struct fwdencap e;
	uint8_t dst[256];

	(void)state;
	l.len = 1500;
	fwdencap_init(&e, &c);
	assert_true(fwdencap_put(&e, dst, &l, 1, &m));
	assert_int_equal(m.caplen, 50 + sizeof(frame));
	assert_int_equal(m.len, 50 + 1500);
	assert_int_equal(get_be16(&dst[16]), 36 + 1500);
	assert_int_equal(get_be16(&dst[38]), 16 + 1500);
	/* nobody could verify a checksum of what is not there */
	assert_int_equal(get_be16(&dst[40]), 0);
}

static void
a_cut_frame_is_sent_as_it_was_captured(void **state)
{
	struct fwdlink l = whole(frame, sizeof(frame), 0);
	struct fwdencap_made m;
	struct fwdencap e;
	uint8_t dst[256];

	(void)state;
	l.len = 1500;
	fwdencap_init(&e, &sent_v4);
	assert_true(fwdencap_put(&e, dst, &l, 1, &m));
	assert_int_equal(m.caplen, 36 + sizeof(frame));
	assert_int_equal(m.len, m.caplen);
	assert_int_equal(get_be16(&dst[2]), m.len);
	assert_true(get_be16(&dst[26]) != 0);
}

static void
what_no_ip_packet_can_hold_is_refused(void **state)
{
	struct fwdencap_conf c = written(false, false);
	uint8_t *data = calloc(1, V4_MAX + 21);
	uint8_t *dst = malloc(FWDENCAP_ROOM + V4_MAX + 21);
	struct fwdlink l = { .data = data, .caplen = V4_MAX, .len = V4_MAX };
	struct fwdencap_made m;
	struct fwdencap e;

	(void)state;
	assert_non_null(data);
	assert_non_null(dst);
	fwdencap_init(&e, &c);
	assert_true(fwdencap_put(&e, dst, &l, 1, &m));
	assert_int_equal(m.len, 14 + 65535);
	assert_int_equal(get_be16(&dst[16]), 65535);
	l.caplen = l.len = V4_MAX + 1;
	assert_false(fwdencap_put(&e, dst, &l, 1, &m));
	/* what is told as it was captured fits */
	l.caplen = V4_MAX;
	assert_true(fwdencap_put(&e, dst, &l, 1, &m));
	assert_int_equal(m.len, m.caplen);
	/* 14 octets are for a header that is to be made */
	l.type = 0x0800;
	assert_false(fwdencap_put(&e, dst, &l, 1, &m));
	l.caplen = l.len = V4_MAX - 14;
	assert_true(fwdencap_put(&e, dst, &l, 1, &m));
	c.v6 = true; /* whose length does not count its own header */
	fwdencap_init(&e, &c);
	l = (struct fwdlink){
		.data = data, .caplen = V4_MAX + 20, .len = V4_MAX + 20
	};
	assert_true(fwdencap_put(&e, dst, &l, 1, &m));
	assert_int_equal(get_be16(&dst[18]), 65535);
	l.caplen = l.len = V4_MAX + 21;
	assert_false(fwdencap_put(&e, dst, &l, 1, &m));
	free(dst);
	free(data);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vxlan_over_ipv4_is_that_of_rfc_7348),
		cmocka_unit_test(geneve_over_ipv6_is_that_of_rfc_8926),
		cmocka_unit_test(vxlan_gives_ip_packets_an_ethernet_header),
		cmocka_unit_test(geneve_tells_the_type_of_ip_packets),
		cmocka_unit_test(an_udp_socket_needs_only_the_tunnel_header),
		cmocka_unit_test(a_cut_frame_keeps_its_length_in_a_file),
		cmocka_unit_test(a_cut_frame_is_sent_as_it_was_captured),
		cmocka_unit_test(what_no_ip_packet_can_hold_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
