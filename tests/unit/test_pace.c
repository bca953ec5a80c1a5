/* SPDX-License-Identifier: BSD-3-Clause */
/* links: collector/pace */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>

#include "collector/pace.h"

#define S MONO_NS_PER_S

static struct pace
begun(double speed, int64_t first, int64_t start)
{
	struct pace p = { .speed = speed };

	pace_begin(&p, (wall_t){ first }, (mono_t){ start });
	return p;
}

static void
the_first_record_is_due_at_once_and_sets_the_beginning(void **state)
{
	struct pace p = begun(1, 100 * S, 7 * S);

	(void)state;
	pace_begin(&p, (wall_t){ 50 * S }, (mono_t){ 9 * S });
	assert_int_equal(pace_due(&p, (wall_t){ 100 * S }).ns, 7 * S);
	assert_int_equal(pace_due(&p, (wall_t){ 103 * S }).ns, 10 * S);
	assert_int_equal(pace_at(&p, (mono_t){ 10 * S }).ns, 103 * S);
	/* what comes late by its time is due already */
	assert_int_equal(pace_due(&p, (wall_t){ 99 * S }).ns, 6 * S);
}

static void
speed_divides_time(void **state)
{
	const struct pace fast = begun(10, 0, 0);
	const struct pace slow = begun(0.5, 0, 0);

	(void)state;
	assert_int_equal(pace_due(&fast, (wall_t){ 3 * S }).ns, 3 * S / 10);
	assert_int_equal(pace_at(&fast, (mono_t){ S }).ns, 10 * S);
	assert_int_equal(pace_due(&slow, (wall_t){ 3 * S }).ns, 6 * S);
	assert_int_equal(pace_at(&slow, (mono_t){ S }).ns, S / 2);
}

static void
a_month_of_records_does_not_drift(void **state)
{
	const int64_t first = INT64_C(1700000000) * S;
	const struct pace p = begun(3, first, 12345);

	(void)state;
	for (int64_t t = 0; t < INT64_C(30) * 86400 * S;
	     t += INT64_C(3599) * S) {
		const int64_t due = pace_due(&p, (wall_t){ first + t }).ns;

		assert_in_range(due - 12345 - t / 3 + 2, 0, 4);
	}
}

static void
times_out_of_all_range_are_never_or_long_ago(void **state)
{
	struct pace p = begun(0.001, 0, 0);

	(void)state;
	assert_int_equal(pace_due(&p, (wall_t){ INT64_MAX }).ns, INT64_MAX);
	assert_int_equal(pace_due(&p, (wall_t){ INT64_MIN }).ns, INT64_MIN);
	p = begun(1e6, INT64_MIN, INT64_C(1) << 50);
	assert_true(pace_due(&p, (wall_t){ INT64_MAX }).ns > 0);
	p = begun(1, INT64_MAX, INT64_C(1) << 50);
	assert_true(pace_due(&p, (wall_t){ INT64_MIN }).ns < 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    the_first_record_is_due_at_once_and_sets_the_beginning),
		cmocka_unit_test(speed_divides_time),
		cmocka_unit_test(a_month_of_records_does_not_drift),
		cmocka_unit_test(times_out_of_all_range_are_never_or_long_ago),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
