/* SPDX-License-Identifier: BSD-3-Clause */
/* links: collector/clockfix */
/* What is taken off times, and how that changes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>

#include "collector/clockfix.h"

#define S MONO_NS_PER_S

static int64_t
fixed(const struct clockfix *f, int64_t t)
{
	return clockfix_time(f, (wall_t){ t }).ns;
}

static void
aim(struct clockfix *f, int64_t last, int64_t offset)
{
	clockfix_aim(f, (wall_t){ last }, offset);
}

static void
nothing_is_taken_off_before_anything_is_known(void **state)
{
	const struct clockfix f = { 0 };

	(void)state;
	assert_int_equal(fixed(&f, 77), 77);
}

static void
the_first_offset_is_taken_off_all(void **state)
{
	struct clockfix f = { 0 };

	(void)state;
	aim(&f, 1000 * S, -3600 * S);
	assert_int_equal(fixed(&f, 999 * S), 4599 * S);
	assert_int_equal(fixed(&f, 1000 * S), 4600 * S);
	assert_int_equal(fixed(&f, 1001 * S), 4601 * S);
}

static void
another_one_is_reached_on_a_line(void **state)
{
	struct clockfix f = { 0 };

	(void)state;
	aim(&f, 1000 * S, S);
	aim(&f, 1010 * S, S + 1000000);
	assert_int_equal(fixed(&f, 1000 * S), 999 * S);
	assert_int_equal(fixed(&f, 1005 * S), 1004 * S - 500000);
	assert_int_equal(fixed(&f, 1010 * S), 1009 * S - 1000000);
	assert_int_equal(fixed(&f, 1020 * S), 1019 * S - 1000000);
}

static void
one_that_is_far_is_reached_later(void **state)
{
	struct clockfix f = { 0 };

	(void)state;
	aim(&f, 1000 * S, 0);
	aim(&f, 1010 * S, 10 * S);
	assert_int_equal(fixed(&f, 1010 * S), 1010 * S - S / 10);
	/* what is older, and comes later, changes nothing */
	aim(&f, 1005 * S, 10 * S);
	assert_int_equal(fixed(&f, 1010 * S), 1010 * S - S / 10);
	aim(&f, 2100 * S, 10 * S);
	assert_int_equal(fixed(&f, 2100 * S), 2090 * S);
}

static void
times_never_go_backward(void **state)
{
	struct clockfix f = { 0 };
	int64_t t = 1000 * S, last = 0;
	uint64_t chance = 1;

	(void)state;
	for (int i = 0; i < 2000; i++) {
		int64_t until;

		chance = chance * 6364136223846793005u + 1;
		until = t + (int64_t)((chance >> 33) % S) / (1 + i % 1000);
		aim(&f, until, (int64_t)(chance >> 40) * (i % 2 ? 1 : -1));
		for (; t <= until; t += (until - t) / 3 + 1) {
			assert_true(fixed(&f, t) >= last);
			last = fixed(&f, t);
		}
	}
}

static void
times_at_both_ends_of_the_range_stay_there(void **state)
{
	struct clockfix f = { 0 };

	(void)state;
	aim(&f, INT64_MIN, INT64_MAX / 4);
	assert_int_equal(fixed(&f, INT64_MIN), INT64_MIN);
	aim(&f, INT64_MAX, -INT64_MAX / 4);
	assert_int_equal(fixed(&f, INT64_MIN), INT64_MIN);
	(void)fixed(&f, 0);
	f.off1 = -1;
	assert_int_equal(fixed(&f, INT64_MAX), INT64_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_taken_off_before_anything_is_known),
		cmocka_unit_test(the_first_offset_is_taken_off_all),
		cmocka_unit_test(another_one_is_reached_on_a_line),
		cmocka_unit_test(one_that_is_far_is_reached_later),
		cmocka_unit_test(times_never_go_backward),
		cmocka_unit_test(times_at_both_ends_of_the_range_stay_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
