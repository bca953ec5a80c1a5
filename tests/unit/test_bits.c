/* SPDX-License-Identifier: BSD-3-Clause */
/* links: wire/bits wire/dnsname tests/unit/gen tests/unit/gendns */
/* Tests of the raw bits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>

#include "tests/unit/gen.h"
#include "wire/bits.h"

static void
raw_bits_run_from_the_least_significant(void **state)
{
	uint8_t buf[8];
	struct bits_wr w = { .start = buf, .p = buf };

	(void)state;
	bits_put(&w, 1, 1);
	bits_put(&w, 2, 2);
	bits_put(&w, 0x1f, 5);
	bits_put(&w, 3, 2);
	assert_int_equal(bits_finish(&w), 2);
	assert_memory_equal(buf, "\xfd\x03", 2);
}

/* The value number ${i}: ${n} bits, the top one set or not. */
static uint64_t
value(unsigned int i, unsigned int n)
{
	const uint64_t all = n == 0 ? 0 : UINT64_MAX >> (64 - n);

	return i & 1 ? all : all & 0x5a5a5a5a5a5a5a5a;
}

static void
values_of_all_widths_come_back(void **state)
{
	uint8_t buf[8 * 65 * 4];
	struct bits_wr w = { .start = buf, .p = buf };
	struct bits_rd r;
	const uint8_t *p;
	size_t len;

	(void)state;
	for (unsigned int i = 0; i < 4 * 65; i++)
		bits_put(&w, value(i, i % 65), i % 65);
	len = bits_finish(&w);
	p = gen_guard(buf, len);
	r = (struct bits_rd){ .p = p, .end = p + len };
	for (unsigned int i = 0; i < 4 * 65; i++)
		assert_true(bits_get(&r, i % 65) == value(i, i % 65));
	assert_true(bits_over(&r));
	gen_unguard(p, len);
}

static void
reading_past_the_end_is_bad(void **state)
{
	const uint8_t *p = gen_guard("\xff", 1);
	struct bits_rd r = { .p = p, .end = p + 1 };

	(void)state;
	assert_int_equal(bits_get(&r, 3), 7);
	assert_int_equal(bits_get(&r, 64), 0);
	assert_true(r.bad);
	assert_false(bits_over(&r));
	gen_unguard(p, 1);
}

static void
raw_bits_are_used_up_and_filled_with_0(void **state)
{
	static const uint8_t two[2] = { 0x07, 0 };
	struct bits_rd r = { .p = two, .end = two + 1 };

	(void)state;
	(void)bits_get(&r, 3);
	assert_true(bits_over(&r));
	r = (struct bits_rd){ .p = two, .end = two + 1 };
	(void)bits_get(&r, 2);
	assert_false(bits_over(&r)); /* a 1 among the bits that fill up */
	r = (struct bits_rd){ .p = two, .end = two + 2 };
	(void)bits_get(&r, 3);
	assert_false(bits_over(&r)); /* an octet too many */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(raw_bits_run_from_the_least_significant),
		cmocka_unit_test(values_of_all_widths_come_back),
		cmocka_unit_test(reading_past_the_end_is_bad),
		cmocka_unit_test(raw_bits_are_used_up_and_filled_with_0),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
