/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/fwdpace */
/* The schedule of packets, in invented time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>

#include "agent/fwdpace.h"

#define START 5000000000

/* When a packet of the time ${t}, asked for at ${now}, is due after START. */
static int64_t
due(struct fwdpace *p, int64_t t, int64_t now, int64_t *ret_back)
{
	return fwdpace_due(p, (wall_t){ t }, (mono_t){ START + now }, ret_back)
		   .ns -
	       START;
}

static void
gaps_are_those_of_the_file(void **state)
{
	struct fwdpace p = { .mode = FWDPACE_TIMES };
	int64_t back;

	(void)state;
	assert_int_equal(due(&p, 1000, 0, &back), 0);
	assert_int_equal(due(&p, 1700, 10, &back), 700);
	assert_int_equal(due(&p, 1700, 720, &back), 700);
	assert_int_equal(back, 0);
	/* late packets do not delay the ones after them */
	assert_int_equal(due(&p, 2000, 950, &back), 1000);
}

static void
a_step_back_is_told_and_not_waited_for(void **state)
{
	struct fwdpace p = { .mode = FWDPACE_TIMES };
	int64_t back;

	(void)state;
	(void)due(&p, 1000, 0, &back);
	assert_int_equal(due(&p, 400, 5, &back), 0);
	assert_int_equal(back, 600);
	assert_int_equal(due(&p, 500, 6, &back), 100);
	assert_int_equal(back, 0);
}

static void
a_delay_is_the_gap_whatever_the_times_are(void **state)
{
	struct fwdpace p = { .mode = FWDPACE_DELAY, .delay = 250 };
	int64_t back;

	(void)state;
	assert_int_equal(due(&p, 1000, 0, &back), 0);
	assert_int_equal(due(&p, 0, 260, &back), 250);
	assert_int_equal(back, 0);
	assert_int_equal(due(&p, 9999999, 260, &back), 500);
}

static void
a_rate_keeps_its_mean_for_ever(void **state)
{
	struct fwdpace p = { .mode = FWDPACE_RATE, .rate = 3 };
	const int64_t step = 1000000000;
	int64_t at = 0;
	int64_t back;

	(void)state;
	/* a third of a second is no whole number of nanoseconds */
	for (int64_t i = 0; i <= 3000000; i++)
		at = due(&p, 0, at, &back);
	assert_in_range(at, 1000000 * step - 1, 1000000 * step + 1);
}

static void
who_is_much_too_late_begins_anew(void **state)
{
	struct fwdpace p = { .mode = FWDPACE_RATE, .rate = 10 };
	struct fwdpace q = { .mode = FWDPACE_TIMES };
	const int64_t late = FWDPACE_LATE_MAX;
	int64_t back;

	(void)state;
	(void)due(&p, 0, 0, &back);
	assert_int_equal(due(&p, 0, late, &back), 100000000);
	assert_int_equal(due(&p, 0, 3 * late, &back), 3 * late);
	assert_int_equal(due(&p, 0, 3 * late, &back), 3 * late + 100000000);
	(void)due(&q, 0, 0, &back);
	assert_int_equal(due(&q, 10, 2 * late, &back), 2 * late);
	assert_int_equal(due(&q, 15, 2 * late, &back), 2 * late + 5);
}

static void
what_is_due_in_ages_is_not_due_now(void **state)
{
	struct fwdpace p = { .mode = FWDPACE_RATE, .rate = 1e-300 };
	struct fwdpace q = { .mode = FWDPACE_TIMES };
	int64_t back;

	(void)state;
	(void)due(&p, 0, 5, &back);
	assert_true(due(&p, 0, 5, &back) > INT64_MAX / 8);
	(void)due(&q, INT64_MIN, 5, &back);
	assert_true(due(&q, INT64_MAX, 5, &back) > INT64_MAX / 8);
	(void)due(&q, INT64_MIN, 5, &back);
	assert_true(back > INT64_MAX / 8);
}

static void
without_pace_all_is_due_now(void **state)
{
	struct fwdpace p = { .mode = FWDPACE_NONE };
	int64_t back;

	(void)state;
	assert_int_equal(due(&p, 50, 1, &back), 1);
	assert_int_equal(due(&p, 10, 7, &back), 7);
	assert_int_equal(back, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gaps_are_those_of_the_file),
		cmocka_unit_test(a_step_back_is_told_and_not_waited_for),
		cmocka_unit_test(a_delay_is_the_gap_whatever_the_times_are),
		cmocka_unit_test(a_rate_keeps_its_mean_for_ever),
		cmocka_unit_test(who_is_much_too_late_begins_anew),
		cmocka_unit_test(what_is_due_in_ages_is_not_due_now),
		cmocka_unit_test(without_pace_all_is_due_now),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
