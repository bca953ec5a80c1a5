/* SPDX-License-Identifier: BSD-3-Clause */
/* links: collector/dayoff */
/* Tests of what is near enough to a clock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>

#include "collector/dayoff.h"

#define NOON ((wall_t){ 1700000000 * MONO_NS_PER_S })

static bool
is_off(const struct dayoff *d, int64_t ns)
{
	const struct obs o = { .kind = OBS_PKT, .time = { ns } };

	return dayoff_count(d, &o, 1) == 1;
}

static void
a_day_is_near_enough_and_a_nanosecond_more_is_not(void **state)
{
	struct dayoff d;

	(void)state;
	dayoff_init(&d);
	dayoff_set(&d, NOON, (mono_t){ 5 });
	assert_false(is_off(&d, NOON.ns - DAYOFF_NS));
	assert_true(is_off(&d, NOON.ns - DAYOFF_NS - 1));
	assert_false(is_off(&d, NOON.ns + DAYOFF_NS));
	assert_true(is_off(&d, NOON.ns + DAYOFF_NS + 1));
	dayoff_now(&d, (mono_t){ 6 });
	assert_true(is_off(&d, NOON.ns - DAYOFF_NS));
	assert_false(is_off(&d, NOON.ns + DAYOFF_NS + 1));
}

static void
nothing_is_off_while_no_clock_is_known(void **state)
{
	struct dayoff d;

	(void)state;
	dayoff_init(&d);
	dayoff_set(&d, (wall_t){ 0 }, (mono_t){ 5 });
	dayoff_now(&d, (mono_t){ 6 });
	dayoff_stored(&d, (wall_t){ 0 });
	assert_false(is_off(&d, INT64_MIN));
	assert_false(is_off(&d, INT64_MAX));
}

static void
clocks_at_both_ends_of_time_do_not_wrap(void **state)
{
	struct dayoff d;

	(void)state;
	dayoff_init(&d);
	dayoff_set(&d, (wall_t){ INT64_MIN }, (mono_t){ INT64_MAX });
	assert_false(is_off(&d, INT64_MIN));
	assert_true(is_off(&d, NOON.ns));
	dayoff_set(&d, (wall_t){ INT64_MAX }, (mono_t){ 0 });
	dayoff_now(&d, (mono_t){ DAYOFF_NS });
	assert_false(is_off(&d, INT64_MAX));
	assert_true(is_off(&d, NOON.ns));
	dayoff_stored(&d, (wall_t){ INT64_MAX });
	assert_false(is_off(&d, INT64_MAX));
}

static void
old_captures_may_be_stored_but_not_future_ones(void **state)
{
	struct dayoff d;

	(void)state;
	dayoff_init(&d);
	dayoff_stored(&d, NOON);
	assert_false(is_off(&d, 0));
	assert_false(is_off(&d, NOON.ns + DAYOFF_NS));
	assert_true(is_off(&d, NOON.ns + DAYOFF_NS + 1));
	dayoff_stored(&d, (wall_t){ NOON.ns + 1 });
	assert_false(is_off(&d, NOON.ns + DAYOFF_NS + 1));
}

static void
losses_are_no_records(void **state)
{
	struct obs o[3] = { { .kind = OBS_LOSS }, { .kind = OBS_HOST },
		{ .kind = OBS_DNS } };
	struct dayoff d;

	(void)state;
	dayoff_init(&d);
	dayoff_set(&d, NOON, (mono_t){ 0 });
	assert_int_equal(dayoff_count(&d, o, 3), 2);
	o[1].time = NOON;
	assert_int_equal(dayoff_count(&d, o, 3), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_day_is_near_enough_and_a_nanosecond_more_is_not),
		cmocka_unit_test(nothing_is_off_while_no_clock_is_known),
		cmocka_unit_test(clocks_at_both_ends_of_time_do_not_wrap),
		cmocka_unit_test(
		    old_captures_may_be_stored_but_not_future_ones),
		cmocka_unit_test(losses_are_no_records),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
