/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/fwdsum */
/* The Internet checksum, against RFC 1071's example and a plain loop. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>

#include "agent/fwdsum.h"
#include "tests/unit/guard.h"
#include "wire/bytes.h"

static uint16_t
checksum(uint64_t sum)
{
	uint8_t dst[2];

	fwdsum_put(dst, sum);
	return get_be16(dst);
}

/* RFC 1071 section 4.1, the other way round: 16 bits at a time. */
static uint16_t
plain(const uint8_t *p, size_t len)
{
	uint32_t sum = 0;

	for (; len > 1; len -= 2, p += 2)
		sum += get_be16(p);
	if (len > 0)
		sum += (uint32_t)*p << 8;
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static void
the_example_of_rfc_1071_adds_up(void **state)
{
	static const uint8_t data[] = { 0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5,
		0xf6, 0xf7 };

	(void)state;
	assert_int_equal(checksum(fwdsum_add(0, data, 8)), 0xffff & ~0xddf2);
}

static void
any_length_gives_what_a_plain_loop_gives(void **state)
{
	uint8_t data[2100];
	uint32_t mix = 1;

	(void)state;
	for (size_t i = 0; i < sizeof(data); i++) {
		mix = mix * 1103515245 + 12345;
		/* many ones, so that carries run through */
		data[i] = (uint8_t)(mix >> 16 | mix >> 24);
	}
	for (size_t n = 0; n <= sizeof(data); n += n < 200 ? 1 : 19) {
		const uint8_t *p = guard_put(data, n);

		assert_int_equal(checksum(fwdsum_add(0, p, n)), plain(p, n));
	}
	memset(data, 0xff, sizeof(data));
	for (size_t n = 2; n <= sizeof(data); n += 7) {
		assert_int_equal(
		    checksum(fwdsum_add(0, data, n)), plain(data, n));
	}
}

static void
parts_add_up_to_the_whole(void **state)
{
	uint8_t data[100];
	uint64_t sum;

	(void)state;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 37 + 200);
	for (size_t cut = 0; cut <= sizeof(data); cut += 2) {
		sum = fwdsum_add(0, data, cut);
		sum = fwdsum_add(sum, data + cut, sizeof(data) - cut);
		assert_int_equal(checksum(sum), plain(data, sizeof(data)));
	}
	sum = fwdsum_word(fwdsum_word(0, 0xfedc), 0x1234);
	assert_int_equal(checksum(sum), 0xffff & ~(0x1111));
}

static void
a_udp_checksum_is_never_0(void **state)
{
	uint8_t dst[2];

	(void)state;
	fwdsum_put_udp(dst, fwdsum_word(0, 0xffff));
	assert_int_equal(get_be16(dst), 0xffff);
	fwdsum_put(dst, fwdsum_word(0, 0xffff));
	assert_int_equal(get_be16(dst), 0);
	fwdsum_put_udp(dst, fwdsum_word(0, 1));
	assert_int_equal(get_be16(dst), 0xfffe);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_example_of_rfc_1071_adds_up),
		cmocka_unit_test(any_length_gives_what_a_plain_loop_gives),
		cmocka_unit_test(parts_add_up_to_the_whole),
		cmocka_unit_test(a_udp_checksum_is_never_0),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
