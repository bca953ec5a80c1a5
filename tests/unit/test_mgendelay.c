/* SPDX-License-Identifier: BSD-3-Clause */
/* links: collector/mgendelay */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <stdlib.h>

#include "collector/mgendelay.h"

#define MS UINT64_C(1000000)

static void
extremes_and_mean_are_exact(void **state)
{
	struct mgendelay a = { 0 };
	struct mgendelay b = { 0 };
	const struct mgendelay none = { 0 };

	(void)state;
	assert_int_equal(mgendelay_mean(&a), 0);
	mgendelay_add(&a, 10);
	mgendelay_add(&a, 20);
	mgendelay_add(&b, -7);
	mgendelay_join(&b, &a);
	mgendelay_join(&b, &none);
	assert_int_equal(b.n, 3);
	assert_int_equal(b.min, -7);
	assert_int_equal(b.max, 20);
	assert_int_equal(b.negative, 1);
	assert_int_equal(mgendelay_mean(&b), 7); /* 23 / 3 */
	mgendelay_join(&a, &b);
	assert_int_equal(a.min, -7);
}

static void
sums_beyond_64_bits_are_no_trouble(void **state)
{
	struct mgendelay d = { 0 };

	(void)state;
	for (int i = 0; i < 4; i++)
		mgendelay_add(&d, INT64_MAX);
	assert_true(mgendelay_mean(&d) == INT64_MAX);
}

/* RFC 3550 A.8: 16 times the jitter, in integers. */
static void
jitter_is_that_of_rfc_3550(void **state)
{
	static const int64_t delay[] = { 100, 132, 132, 36, 164 };
	struct mgendelay_jitter j = { 0 };
	uint64_t scaled = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(delay) / sizeof(delay[0]); i++) {
		if (i > 0) {
			scaled += (uint64_t)llabs(delay[i] - delay[i - 1]) -
				  ((scaled + 8) >> 4);
		}
		mgendelay_vary(&j, delay[i]);
		assert_int_equal(mgendelay_jitter(&j), scaled >> 4);
	}
	/* 32; 30; 30 + 96 - 2; 124 + 128 - 8 */
	assert_int_equal(mgendelay_jitter(&j), 244 / 16);
}

static void
jitter_does_not_overflow(void **state)
{
	struct mgendelay_jitter j = { 0 };

	(void)state;
	mgendelay_vary(&j, INT64_MIN);
	mgendelay_vary(&j, INT64_MAX);
	assert_int_equal(mgendelay_jitter(&j), 0);
	mgendelay_vary(&j, INT64_MAX - 160);
	assert_int_equal(mgendelay_jitter(&j), 10);
}

static int
by_value(const void *a, const void *b)
{
	const int64_t x = *(const int64_t *)a;
	const int64_t y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* Nearest rank, against a sorted array, from -10 ms to 10 s. */
static void
percentiles_are_off_by_one_in_2048(void **state)
{
	enum { N = 10007 };
	static int64_t v[N];
	struct mgendelay_sketch k = { 0 };
	struct mgendelay d = { 0 };
	size_t room = 100;
	uint64_t x = 88172645463325252u;

	(void)state;
	for (size_t i = 0; i < N; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		v[i] = i % 10 == 0 ? -(int64_t)(x % (10 * MS))
				   : (int64_t)(x >> 32 << i % 3);
		mgendelay_add(&d, v[i]);
		mgendelay_place(&k, v[i], &room);
	}
	assert_int_equal(k.unplaced, 0);
	qsort(v, N, sizeof(v[0]), by_value);
	for (unsigned int percent = 1; percent <= 100; percent++) {
		const size_t rank = (N * percent + 99) / 100;
		const int64_t want = v[rank - 1];
		const int64_t got = mgendelay_percentile(&k, percent, &d);

		assert_true(llabs(got - want) <= llabs(want) / 2048 + 1);
	}
	assert_true(mgendelay_percentile(&k, 1, &d) < 0);
	mgendelay_clear(&k, &room);
	assert_int_equal(room, 100);
}

static void
small_and_extreme_delays_have_their_places(void **state)
{
	struct mgendelay_sketch k = { 0 };
	struct mgendelay d = { 0 };
	size_t room = 10;

	(void)state;
	for (int64_t ns = -1024; ns <= 1024; ns++) {
		mgendelay_add(&d, ns);
		mgendelay_place(&k, ns, &room);
	}
	assert_int_equal(mgendelay_percentile(&k, 50, &d), 0);
	assert_int_equal(mgendelay_percentile(&k, 100, &d), 1024);
	mgendelay_add(&d, INT64_MIN);
	mgendelay_place(&k, INT64_MIN, &room);
	mgendelay_add(&d, INT64_MAX);
	mgendelay_place(&k, INT64_MAX, &room);
	assert_int_equal(k.n, 2051);
	assert_int_equal(mgendelay_percentile(&k, 50, &d), 0);
	assert_true(mgendelay_percentile(&k, 100, &d) > INT64_MAX / 2);
	mgendelay_clear(&k, &room);
	assert_int_equal(room, 10);
}

static void
without_room_delays_are_left_out_and_counted(void **state)
{
	struct mgendelay_sketch k = { 0 };
	size_t room = 1;

	(void)state;
	mgendelay_place(&k, 5, &room);
	mgendelay_place(&k, 6, &room);
	mgendelay_place(&k, 5000, &room);
	assert_int_equal(room, 0);
	assert_int_equal(k.n, 2);
	assert_int_equal(k.unplaced, 1);
	mgendelay_clear(&k, &room);
	assert_int_equal(room, 1);
}

static void
percentiles_are_known_when_all_delays_have_their_places(void **state)
{
	const struct mgendelay d = { .n = 1, .max = 9 };
	struct mgendelay_sketch k = { 0 };
	struct mgendelay_ranks r = mgendelay_ranks_of(&k, &d);
	size_t room = 1;

	(void)state;
	assert_false(r.placed);
	for (int64_t ns = 1; ns <= 10; ns++)
		mgendelay_place(&k, ns, &room);
	r = mgendelay_ranks_of(&k, &d);
	assert_true(r.placed);
	assert_int_equal(r.p50, 5);
	assert_int_equal(r.p95, 9); /* no more than the largest */
	assert_int_equal(r.p99, 9);
	mgendelay_place(&k, 5000, &room);
	assert_false(mgendelay_ranks_of(&k, &d).placed);
	mgendelay_clear(&k, &room);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(extremes_and_mean_are_exact),
		cmocka_unit_test(sums_beyond_64_bits_are_no_trouble),
		cmocka_unit_test(jitter_is_that_of_rfc_3550),
		cmocka_unit_test(jitter_does_not_overflow),
		cmocka_unit_test(percentiles_are_off_by_one_in_2048),
		cmocka_unit_test(small_and_extreme_delays_have_their_places),
		cmocka_unit_test(without_room_delays_are_left_out_and_counted),
		cmocka_unit_test(
		    percentiles_are_known_when_all_delays_have_their_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
