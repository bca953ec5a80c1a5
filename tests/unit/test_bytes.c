/* SPDX-License-Identifier: BSD-3-Clause */
/* links: wire/dnsname tests/unit/gen tests/unit/gendns */
/* Tests of byte order, cursors and LEB128. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>

#include "tests/unit/gen.h"
#include "wire/bytes.h"

static void
fixed_integers_are_big_endian(void **state)
{
	const uint8_t want[] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	uint8_t got[8];

	(void)state;
	put_be64(got, 0x0102030405060708);
	assert_memory_equal(got, want, 8);
	assert_int_equal(get_be64(want), 0x0102030405060708);
	put_be32(got, 0x01020304);
	assert_memory_equal(got, want, 4);
	assert_int_equal(get_be32(want), 0x01020304);
	put_be16(got, 0x0102);
	assert_memory_equal(got, want, 2);
	assert_int_equal(get_be16(want), 0x0102);
}

static void
a_reader_past_the_end_stays_bad_and_yields_0(void **state)
{
	const uint8_t *p = gen_guard("\1\2\3", 3);
	struct rd r = rd_init(p, 3);

	(void)state;
	assert_int_equal(rd_u16(&r), 0x0102);
	assert_int_equal(rd_u16(&r), 0);
	assert_true(r.bad);
	assert_int_equal(rd_left(&r), 0);
	assert_int_equal(rd_u8(&r), 0);
	assert_null(rd_take(&r, 1));
	assert_true(r.bad);
	gen_unguard(p, 3);
}

static void
a_reader_refuses_lengths_beyond_memory(void **state)
{
	struct rd r = rd_init("abc", 3);

	(void)state;
	rd_skip(&r, SIZE_MAX);
	assert_true(r.bad);
}

static void
a_writer_past_the_end_writes_nothing_more(void **state)
{
	uint8_t buf[4] = { 0, 0, 0, 9 };
	struct wr w = wr_init(buf, 3);

	(void)state;
	wr_u16(&w, 0x0102);
	wr_u32(&w, 0x05060708);
	wr_u8(&w, 7);
	wr_mem(&w, "x", 1);
	assert_true(w.bad);
	assert_memory_equal(buf, "\1\2\0\x9", 4);
}

static size_t
var(uint8_t dst[static 10], uint64_t v)
{
	struct wr w = wr_init(dst, 10);

	wr_var(&w, v);
	assert_false(w.bad);
	return (size_t)(w.p - dst);
}

static void
leb128_of_every_width_comes_back_and_needs_all_its_octets(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 64; i++) {
		for (int off = -1; off <= 1; off++) {
			const uint64_t v = (UINT64_C(1) << i) + (uint64_t)off;
			uint8_t buf[10];
			const size_t n = var(buf, v);
			const uint8_t *p = gen_guard(buf, n);
			struct rd r = rd_init(p, n);

			assert_int_equal(rd_var(&r), v);
			assert_false(r.bad);
			assert_int_equal(rd_left(&r), 0);
			gen_unguard(p, n);
			for (size_t cut = 0; cut < n; cut++) {
				r = rd_init(buf, cut);
				assert_int_equal(rd_var(&r), 0);
				assert_true(r.bad);
			}
		}
	}
}

static void
overlong_leb128_is_refused(void **state)
{
	static const struct {
		const char *octets;
		size_t n;
	} bad[] = {
		{ "\x80\x00", 2 },
		{ "\xff\x00", 2 },
		{ "\x80\x80\x00", 3 },
		{ "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 10 },
		{ "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x80\x01", 11 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct rd r = rd_init(bad[i].octets, bad[i].n);

		assert_int_equal(rd_var(&r), 0);
		assert_true(r.bad);
	}
}

static void
zigzag_has_small_magnitudes_first_and_an_inverse(void **state)
{
	static const int64_t v[] = { 0, -1, 1, -2, 2, INT64_MAX, INT64_MIN };

	(void)state;
	for (unsigned int i = 0; i < 5; i++)
		assert_int_equal(zigzag(v[i]), i);
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++)
		assert_true(unzigzag(zigzag(v[i])) == v[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fixed_integers_are_big_endian),
		cmocka_unit_test(a_reader_past_the_end_stays_bad_and_yields_0),
		cmocka_unit_test(a_reader_refuses_lengths_beyond_memory),
		cmocka_unit_test(a_writer_past_the_end_writes_nothing_more),
		cmocka_unit_test(
		    leb128_of_every_width_comes_back_and_needs_all_its_octets),
		cmocka_unit_test(overlong_leb128_is_refused),
		cmocka_unit_test(
		    zigzag_has_small_magnitudes_first_and_an_inverse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
