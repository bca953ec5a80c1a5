/* SPDX-License-Identifier: BSD-3-Clause */
/* links: */
/* Sums and differences of times that may be anything. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>

#include "wire/mono.h"

static void
what_is_in_range_is_exact(void **state)
{
	(void)state;
	assert_int_equal(mono_plus(3, -5), -2);
	assert_int_equal(mono_minus(3, -5), 8);
	assert_true(mono_plus(INT64_MAX, INT64_MIN) == -1);
	assert_true(mono_minus(INT64_MIN, INT64_MIN) == 0);
	assert_true(mono_minus(-1, INT64_MIN) == INT64_MAX);
}

static void
what_is_out_of_range_is_the_nearest_in_it(void **state)
{
	(void)state;
	assert_true(mono_plus(INT64_MAX, 1) == INT64_MAX);
	assert_true(mono_plus(1, INT64_MAX) == INT64_MAX);
	assert_true(mono_plus(INT64_MIN, -1) == INT64_MIN);
	assert_true(mono_plus(-1, INT64_MIN) == INT64_MIN);
	assert_true(mono_minus(INT64_MAX, -1) == INT64_MAX);
	assert_true(mono_minus(0, INT64_MIN) == INT64_MAX);
	assert_true(mono_minus(INT64_MIN, 1) == INT64_MIN);
	assert_true(mono_minus(-2, INT64_MAX) == INT64_MIN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_in_range_is_exact),
		cmocka_unit_test(what_is_out_of_range_is_the_nearest_in_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
