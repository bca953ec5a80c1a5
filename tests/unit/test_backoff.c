/* SPDX-License-Identifier: BSD-3-Clause */
/* links: collector/backoff */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>

#include "collector/backoff.h"

static void
expect_about(double got, double want)
{
	assert_true(got >= 0.75 * want);
	assert_true(got <= 1.25 * want);
}

static void
each_wait_is_about_twice_as_long_up_to_the_longest(void **state)
{
	static const double want[] = { 0.5, 1, 2, 4, 8, 10, 10, 10 };
	struct backoff b;

	(void)state;
	for (uint64_t seed = 0; seed < 1000; seed++) {
		backoff_init(&b, 0.5, 10., seed);
		for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++)
			expect_about(backoff_next(&b), want[i]);
	}
}

static void
two_that_fall_together_do_not_rise_together(void **state)
{
	struct backoff a, b;

	(void)state;
	backoff_init(&a, 1., 1., 1);
	backoff_init(&b, 1., 1., 2);
	for (int i = 0; i < 100; i++) {
		const double gap = backoff_next(&a) - backoff_next(&b);

		assert_true(gap < 0. || gap > 0.);
	}
}

static void
success_makes_waits_short_again(void **state)
{
	struct backoff b;

	(void)state;
	backoff_init(&b, 0.5, 10., 7);
	for (int i = 0; i < 9; i++)
		(void)backoff_next(&b);
	backoff_reset(&b);
	expect_about(backoff_next(&b), 0.5);
	expect_about(backoff_next(&b), 1.);
}

static void
one_attempt_may_come_at_once_and_no_more(void **state)
{
	struct backoff b;

	(void)state;
	backoff_init(&b, 0.5, 10., 7);
	backoff_none(&b);
	assert_true(backoff_next(&b) <= 0.);
	expect_about(backoff_next(&b), 0.5);
	expect_about(backoff_next(&b), 1.);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    each_wait_is_about_twice_as_long_up_to_the_longest),
		cmocka_unit_test(two_that_fall_together_do_not_rise_together),
		cmocka_unit_test(success_makes_waits_short_again),
		cmocka_unit_test(one_attempt_may_come_at_once_and_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
