/* SPDX-License-Identifier: BSD-3-Clause */
/* links: collector/mgenseq */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>

#include "collector/mgenseq.h"

#define MS MONO_NS_PER_MS

static struct mgenseq s;
static struct mgenseq_step step;

/* Message ${seq} that was sent after ${ms} milliseconds. */
static enum mgenseq_what
put(uint32_t seq, int64_t ms)
{
	step = mgenseq_put(&s, seq, (wall_t){ ms * MS });
	return step.what;
}

static int
begin(void **state)
{
	(void)state;
	s = (struct mgenseq){ 0 };
	return 0;
}

static void
a_gap_is_known_by_the_next_message(void **state)
{
	(void)state;
	assert_int_equal(mgenseq_sent(&s), 0);
	assert_int_equal(put(0, 0), MGENSEQ_NEW);
	assert_int_equal(step.advance, 1);
	assert_int_equal(put(4, 40), MGENSEQ_NEW);
	assert_int_equal(step.advance, 4);
	assert_int_equal(mgenseq_sent(&s), 5);
}

static void
what_comes_after_a_higher_one_is_reordered_once(void **state)
{
	(void)state;
	(void)put(0, 0);
	(void)put(3, 30);
	assert_int_equal(put(1, 10), MGENSEQ_REORDERED);
	assert_int_equal(put(1, 10), MGENSEQ_REPEATED);
	assert_int_equal(put(2, 20), MGENSEQ_REORDERED);
	assert_int_equal(put(3, 30), MGENSEQ_REPEATED);
	assert_int_equal(put(0, 0), MGENSEQ_REPEATED);
	assert_int_equal(step.advance, 0);
	assert_int_equal(mgenseq_sent(&s), 4);
}

static void
the_lowest_number_may_come_late(void **state)
{
	(void)state;
	(void)put(7, 70);
	assert_int_equal(s.low, 7);
	assert_int_equal(put(5, 50), MGENSEQ_REORDERED);
	assert_int_equal(s.low, 5);
	assert_int_equal(mgenseq_sent(&s), 8);
}

static void
behind_the_window_nothing_is_claimed(void **state)
{
	(void)state;
	(void)put(0, 0);
	(void)put(MGENSEQ_WINDOW, 10);
	assert_int_equal(put(1, 1), MGENSEQ_REORDERED);
	assert_int_equal(put(0, 0), MGENSEQ_LATE);
	/* what the window left behind is not there when it comes round */
	(void)put(MGENSEQ_WINDOW + 5, 20);
	assert_int_equal(put(MGENSEQ_WINDOW + 1, 15), MGENSEQ_REORDERED);
	(void)put(3 * MGENSEQ_WINDOW, 30);
	assert_int_equal(put(2 * MGENSEQ_WINDOW + 1, 25), MGENSEQ_REORDERED);
}

static void
numbers_wrap_after_32_bits(void **state)
{
	(void)state;
	(void)put(UINT32_MAX - 1, 0);
	assert_int_equal(put(1, 30), MGENSEQ_NEW);
	assert_int_equal(step.advance, 3);
	assert_int_equal(put(UINT32_MAX, 10), MGENSEQ_REORDERED);
	assert_int_equal(put(0, 20), MGENSEQ_REORDERED);
	assert_int_equal(put(0, 20), MGENSEQ_REPEATED);
	assert_int_equal(put(UINT32_MAX, 10), MGENSEQ_REPEATED);
	assert_int_equal(s.restarts, 0);
	assert_true(mgenseq_sent(&s) == UINT64_C(0x100000002));
}

static void
before_the_first_number_of_all_there_is_none(void **state)
{
	(void)state;
	(void)put(0, 20);
	assert_int_equal(put(UINT32_MAX, 10), MGENSEQ_LATE);
	assert_int_equal(s.low, 0);
}

static void
a_lower_number_sent_later_is_a_new_start(void **state)
{
	(void)state;
	(void)put(0, 0);
	(void)put(9, 90);
	assert_int_equal(put(1, 2000), MGENSEQ_NEW);
	assert_true(step.restarted);
	assert_int_equal(step.advance, 2);
	assert_int_equal(mgenseq_sent(&s), 12);
	/* one of the run before is no part of this one */
	assert_int_equal(put(10, 80), MGENSEQ_LATE);
	assert_int_equal(put(0, 1990), MGENSEQ_REORDERED);
	assert_int_equal(put(2, 2010), MGENSEQ_NEW);
	assert_int_equal(mgenseq_sent(&s), 13);
	assert_int_equal(s.restarts, 1);
}

static void
the_same_number_sent_later_is_a_new_start(void **state)
{
	(void)state;
	(void)put(0, 0);
	assert_int_equal(put(0, 1000), MGENSEQ_NEW);
	assert_int_equal(mgenseq_sent(&s), 2);
	assert_int_equal(s.restarts, 1);
}

static void
a_far_jump_needs_a_second_witness(void **state)
{
	(void)state;
	(void)put(0, 0);
	assert_int_equal(put(1000000, 10), MGENSEQ_HELD);
	assert_int_equal(mgenseq_sent(&s), 1);
	assert_int_equal(put(1000000, 10), MGENSEQ_REPEATED);
	assert_int_equal(put(1000002, 20), MGENSEQ_NEW);
	assert_true(step.released);
	assert_int_equal(step.advance, 1000002);
	assert_int_equal(mgenseq_sent(&s), 1000003);
	assert_int_equal(put(1000001, 15), MGENSEQ_REORDERED);
	assert_int_equal(put(1000000, 10), MGENSEQ_REPEATED);
}

static void
a_far_jump_that_nothing_follows_is_a_stray(void **state)
{
	(void)state;
	(void)put(0, 0);
	assert_int_equal(put(3000000000u, 10), MGENSEQ_HELD);
	assert_int_equal(put(1, 20), MGENSEQ_NEW);
	assert_true(step.stray);
	assert_false(step.released);
	assert_int_equal(mgenseq_sent(&s), 2);
	assert_int_equal(put(1000000, 30), MGENSEQ_HELD);
	assert_int_equal(put(2000000, 40), MGENSEQ_HELD);
	assert_true(step.stray);
	assert_int_equal(mgenseq_sent(&s), 2);
}

static void
a_step_of_the_largest_size_is_believed(void **state)
{
	(void)state;
	(void)put(0, 0);
	assert_int_equal(put(MGENSEQ_JUMP, 10), MGENSEQ_NEW);
	assert_int_equal(put(2 * MGENSEQ_JUMP + 1, 20), MGENSEQ_HELD);
}

static void
parts_of_a_message_are_no_new_start(void **state)
{
	(void)state;
	s.parts = true;
	(void)put(0, 0);
	assert_int_equal(put(0, 1), MGENSEQ_REPEATED);
	assert_int_equal(put(1, 10), MGENSEQ_NEW);
	assert_int_equal(put(1, 12), MGENSEQ_REPEATED);
	assert_int_equal(put(500000, 20), MGENSEQ_HELD);
	assert_int_equal(put(500000, 21), MGENSEQ_REPEATED);
	assert_int_equal(put(500001, 30), MGENSEQ_NEW);
	assert_true(step.released);
	assert_int_equal(put(0, 40), MGENSEQ_NEW);
	assert_int_equal(s.restarts, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(
		    a_gap_is_known_by_the_next_message, begin),
		cmocka_unit_test_setup(
		    what_comes_after_a_higher_one_is_reordered_once, begin),
		cmocka_unit_test_setup(the_lowest_number_may_come_late, begin),
		cmocka_unit_test_setup(
		    behind_the_window_nothing_is_claimed, begin),
		cmocka_unit_test_setup(numbers_wrap_after_32_bits, begin),
		cmocka_unit_test_setup(
		    before_the_first_number_of_all_there_is_none, begin),
		cmocka_unit_test_setup(
		    a_lower_number_sent_later_is_a_new_start, begin),
		cmocka_unit_test_setup(
		    the_same_number_sent_later_is_a_new_start, begin),
		cmocka_unit_test_setup(
		    parts_of_a_message_are_no_new_start, begin),
		cmocka_unit_test_setup(
		    a_far_jump_needs_a_second_witness, begin),
		cmocka_unit_test_setup(
		    a_far_jump_that_nothing_follows_is_a_stray, begin),
		cmocka_unit_test_setup(
		    a_step_of_the_largest_size_is_believed, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
