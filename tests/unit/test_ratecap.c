/* SPDX-License-Identifier: BSD-3-Clause */
/* links: collector/ratecap */
/* Tests of the cap on records a second. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>

#include "collector/ratecap.h"

static mono_t
ms(int64_t t)
{
	return (mono_t){ t * MONO_NS_PER_MS };
}

static void
no_cap_never_waits(void **state)
{
	struct ratecap r;

	(void)state;
	ratecap_init(&r, 0, ms(0));
	assert_int_equal(ratecap_add(&r, 1000000000, ms(0)), 0);
	assert_int_equal(ratecap_add(&r, 1000000000, ms(5000)), 0);
}

static void
a_full_second_waits_for_its_end(void **state)
{
	struct ratecap r;

	(void)state;
	ratecap_init(&r, 100, ms(7));
	assert_int_equal(ratecap_add(&r, 60, ms(207)), 0);
	assert_int_equal(ratecap_add(&r, 39, ms(307)), 0);
	assert_int_equal(ratecap_add(&r, 1, ms(407)), ms(600).ns);
	assert_int_equal(ratecap_add(&r, 0, ms(1006)), ms(1).ns);
	assert_int_equal(ratecap_add(&r, 0, ms(1007)), 0);
	assert_int_equal(ratecap_add(&r, 99, ms(1900)), 0);
}

static void
what_came_at_once_is_paid_for_in_seconds(void **state)
{
	struct ratecap r;

	(void)state;
	ratecap_init(&r, 100, ms(0));
	assert_int_equal(ratecap_add(&r, 320, ms(500)), ms(2500).ns);
	assert_int_equal(ratecap_add(&r, 0, ms(3000)), 0);
	assert_int_equal(ratecap_add(&r, 79, ms(3100)), 0);
	assert_int_equal(ratecap_add(&r, 1, ms(3200)), ms(800).ns);
}

static void
quiet_seconds_are_not_saved_up(void **state)
{
	struct ratecap r;

	(void)state;
	ratecap_init(&r, 100, ms(0));
	assert_int_equal(ratecap_add(&r, 100, ms(60500)), ms(500).ns);
}

static void
the_largest_numbers_do_not_wrap(void **state)
{
	struct ratecap r;

	(void)state;
	ratecap_init(&r, 1000000000, ms(0));
	assert_int_equal(ratecap_add(&r, 8192, (mono_t){ INT64_MAX / 2 }), 0);
	assert_int_equal(r.n, 8192);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_cap_never_waits),
		cmocka_unit_test(a_full_second_waits_for_its_end),
		cmocka_unit_test(what_came_at_once_is_paid_for_in_seconds),
		cmocka_unit_test(quiet_seconds_are_not_saved_up),
		cmocka_unit_test(the_largest_numbers_do_not_wrap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
