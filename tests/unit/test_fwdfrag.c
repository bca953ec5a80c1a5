/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/fwdfrag agent/fwdsum */
/* Fragments, put together again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>

#include "agent/fwdfrag.h"
#include "agent/fwdsum.h"
#include "tests/unit/guard.h"
#include "wire/bytes.h"

#define ROOM 9000

static uint8_t packet[ROOM];

static void
make_packet(bool v6, size_t len)
{
	memset(packet, 0, sizeof(packet));
	for (size_t i = 20; i < len; i++)
		packet[i] = (uint8_t)(i * 7 + i / 256);
	if (v6) {
		packet[0] = 0x60;
		packet[6] = 17;
		packet[7] = 64;
		put_be16(&packet[4], (uint16_t)(len - 40));
	} else {
		packet[0] = 0x45;
		packet[8] = 64;
		packet[9] = 17;
		put_be16(&packet[2], (uint16_t)len);
	}
}

static void
check_v4(const uint8_t *f, size_t n, size_t at, bool last)
{
	uint8_t sum[2];

	assert_int_equal(get_be16(&f[2]), n);
	assert_int_equal(get_be16(&f[4]), 1 + 0xdeadbeef % 0xffff);
	assert_int_equal(get_be16(&f[6]), at / 8 | (last ? 0 : 0x2000));
	fwdsum_put(sum, fwdsum_add(0, f, 20));
	assert_int_equal(get_be16(sum), 0);
	assert_memory_equal(&f[8], "\x40\x11", 2);
}

static void
check_v6(const uint8_t *f, size_t n, size_t at, bool last)
{
	assert_int_equal(get_be16(&f[4]), n - 40);
	assert_int_equal(f[6], 44);
	assert_int_equal(f[40], 0x11);
	assert_int_equal(f[41], 0);
	assert_int_equal(get_be16(&f[42]), at | !last);
	assert_int_equal(get_be32(&f[44]), 0xdeadbeef);
}

/* Cut a packet of ${len} octets for ${mtu}; returns the fragments' number. */
static unsigned int
cut(bool v6, size_t len, size_t mtu)
{
	const size_t ip = v6 ? 40 : 20;
	const size_t head = v6 ? 48 : 20;
	uint8_t whole[ROOM] = { 0 };
	uint8_t out[ROOM];
	unsigned int n = 0;
	struct fwdfrag f;
	size_t at = 0;
	size_t got;

	make_packet(v6, len);
	fwdfrag_init(&f, guard_put(packet, len), len, mtu, 0xdeadbeef);
	while ((got = fwdfrag_next(&f, out)) > 0) {
		assert_in_range(got, head + 1, mtu);
		if (v6) {
			check_v6(out, got, at, fwdfrag_done(&f));
		} else {
			check_v4(out, got, at, fwdfrag_done(&f));
		}
		assert_memory_equal(out + 8, packet + 8, v6 ? 32 : 2);
		memcpy(whole + at, out + head, got - head);
		at += got - head;
		n++;
	}
	assert_true(fwdfrag_done(&f));
	assert_int_equal(at, len - ip);
	assert_memory_equal(whole, packet + ip, len - ip);
	return n;
}

static void
ipv4_fragments_make_the_packet_again(void **state)
{
	(void)state;
	assert_int_equal(cut(false, 1501, 1500), 2);
	assert_int_equal(cut(false, 20 + 1480 * 2, 1500), 2);
	assert_int_equal(cut(false, 20 + 1480 * 2 + 1, 1500), 3);
	for (size_t mtu = FWDFRAG_MTU_MIN; mtu < 700; mtu++)
		(void)cut(false, 4321, mtu);
}

static void
ipv6_fragments_make_the_packet_again(void **state)
{
	(void)state;
	assert_int_equal(cut(true, 1501, 1500), 2);
	assert_int_equal(cut(true, 40 + 1448 + 1452, 1500), 2);
	assert_int_equal(cut(true, 40 + 1448 + 1452 + 1, 1500), 3);
	for (size_t mtu = FWDFRAG_MTU_MIN_V6; mtu < 1400; mtu++)
		(void)cut(true, 8765, mtu);
}

/* raw(7): "IP Identification: filled in when zero", by the kernel. */
static void
an_ipv4_id_is_never_0_and_never_that_of_the_packet_before(void **state)
{
	uint8_t out[ROOM];
	uint16_t before = 0;
	struct fwdfrag f;

	(void)state;
	make_packet(false, 1000);
	for (uint32_t id = 0; id < 3 * 0x10000; id++) {
		fwdfrag_init(&f, packet, 1000, FWDFRAG_MTU_MIN, id);
		assert_int_equal(fwdfrag_next(&f, out), 20 + 552);
		assert_int_not_equal(get_be16(&out[4]), before);
		assert_int_not_equal(get_be16(&out[4]), 0);
		before = get_be16(&out[4]);
		assert_int_equal(fwdfrag_next(&f, out), 1000 - 552);
		assert_int_equal(get_be16(&out[4]), before);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ipv4_fragments_make_the_packet_again),
		cmocka_unit_test(ipv6_fragments_make_the_packet_again),
		cmocka_unit_test(
		    an_ipv4_id_is_never_0_and_never_that_of_the_packet_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
