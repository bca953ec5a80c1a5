/* SPDX-License-Identifier: BSD-3-Clause */
/* links: wire/frame wire/zpack wire/dnsname tests/unit/gen tests/unit/gendns -lz */
/* Tests of the frames. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/gen.h"
#include "wire/frame.h"

static const size_t sizes[] = { 0, 1, 127, 128, 300, 16383, 16384, 70000 };
#define N_SIZES (sizeof(sizes) / sizeof(sizes[0]))

/* A frame of ${len} octets at ${dst}.  Returns its octets. */
static size_t
make(uint8_t *dst, size_t len)
{
	uint8_t *body = malloc(len + 1);
	const struct frame f = {
		.type = FRAME_PKT, .flags = 1, .body = body, .len = len
	};
	size_t n;

	assert_non_null(body);
	for (size_t i = 0; i < len; i++)
		body[i] = (uint8_t)(i * 7);
	n = frame_put(dst, &f);
	free(body);
	return n;
}

static void
frames_of_all_sizes_come_back(void **state)
{
	uint8_t *buf = malloc(70000 + FRAME_OVERHEAD);
	struct frame f;

	(void)state;
	for (size_t i = 0; i < N_SIZES; i++) {
		const size_t n = make(buf, sizes[i]);
		const uint8_t *p = gen_guard(buf, n);

		assert_int_equal(frame_get(&f, p, n, FRAME_MAX), n);
		assert_int_equal(f.type, FRAME_PKT);
		assert_int_equal(f.flags, 1);
		assert_int_equal(f.len, sizes[i]);
		assert_true(f.body > p && f.body + f.len + 4 == p + n);
		assert_true(f.len < 2 || f.body[1] == 7);
		gen_unguard(p, n);
	}
	free(buf);
}

static void
a_frame_wrapped_in_place_is_the_same(void **state)
{
	uint8_t *a = malloc(70000 + FRAME_OVERHEAD);
	uint8_t *b = malloc(70000 + 2 * FRAME_OVERHEAD);
	size_t n;

	(void)state;
	for (size_t i = 0; i < N_SIZES; i++) {
		const size_t want = make(a, sizes[i]);
		uint8_t *start;

		for (size_t k = 0; k < sizes[i]; k++)
			b[FRAME_OVERHEAD + k] = (uint8_t)(k * 7);
		start = frame_wrap(b + FRAME_OVERHEAD, sizes[i], a[0], &n);
		assert_int_equal(n, want);
		assert_memory_equal(start, a, n);
	}
	free(a);
	free(b);
}

static void
every_prefix_of_a_frame_needs_more(void **state)
{
	uint8_t buf[300 + FRAME_OVERHEAD];
	const size_t n = make(buf, 300);
	struct frame f;

	(void)state;
	for (size_t cut = 0; cut < n; cut++) {
		const uint8_t *p = gen_guard(buf, cut);

		assert_int_equal(frame_get(&f, p, cut, FRAME_MAX), 0);
		gen_unguard(p, cut);
	}
}

static void
a_flipped_bit_never_passes_the_crc(void **state)
{
	uint8_t buf[300 + FRAME_OVERHEAD];
	const size_t n = make(buf, 300);
	struct frame f;

	(void)state;
	for (size_t bit = 0; bit < n * 8; bit++) {
		buf[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_true(frame_get(&f, buf, n, FRAME_MAX) <= 0);
		buf[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}

static void
lengths_over_the_limit_are_refused_before_they_arrive(void **state)
{
	struct frame f;

	(void)state;
	/* 4097, 2^20 + 1, and four octets that announce a fifth. */
	assert_int_equal(
	    frame_get(&f, (const uint8_t *)"\x10\x81\x20", 3, 4096), -1);
	assert_int_equal(
	    frame_get(&f, (const uint8_t *)"\x10\x80\x20", 3, 4096), 0);
	assert_int_equal(
	    frame_get(&f, (const uint8_t *)"\x10\x81\x80\x40", 4, SIZE_MAX),
	    -1);
	assert_int_equal(
	    frame_get(&f, (const uint8_t *)"\x10\xff\xff\xff\xff", 5, SIZE_MAX),
	    -1);
}

static void
overlong_lengths_are_refused(void **state)
{
	struct frame f;

	(void)state;
	assert_int_equal(
	    frame_get(&f, (const uint8_t *)"\x10\x80\x00", 3, 4096), -1);
	assert_int_equal(
	    frame_get(&f, (const uint8_t *)"\x10\x85\x80\x00", 4, 4096), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_of_all_sizes_come_back),
		cmocka_unit_test(a_frame_wrapped_in_place_is_the_same),
		cmocka_unit_test(every_prefix_of_a_frame_needs_more),
		cmocka_unit_test(a_flipped_bit_never_passes_the_crc),
		cmocka_unit_test(
		    lengths_over_the_limit_are_refused_before_they_arrive),
		cmocka_unit_test(overlong_lengths_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
