/* SPDX-License-Identifier: BSD-3-Clause */
/* links: collector/dnspeer */
/* Senders of datagrams: their numbers, and when they are forgotten. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <string.h>

#include "collector/dnspeer.h"

static const struct hash_key key = { { 0x0123456789abcdef, 0xfedcba9876543 } };

static struct dnspeers *ps;
static unsigned int n_gone;
static uint32_t last_gone;

static void
gone(void *arg, const struct dnspeer *p)
{
	assert_ptr_equal(arg, &n_gone);
	n_gone++;
	last_gone = p->number;
}

static int
begin(void **state)
{
	(void)state;
	n_gone = 0;
	ps = dnspeer_table_new(&key, gone, &n_gone);
	return ps == NULL;
}

static int
end(void **state)
{
	(void)state;
	dnspeer_table_free(ps);
	return 0;
}

static mono_t
at(int64_t second)
{
	return (mono_t){ second * MONO_NS_PER_S };
}

static struct dnspeer *
get(uint16_t port, int64_t second)
{
	const struct dnspeer_key k = { .family = 2, .port = port };
	struct dnspeer *p = dnspeer_get(ps, &k, at(second));

	assert_non_null(p);
	return p;
}

static void
expect(struct dnspeer *p, uint64_t id, enum dnspeer_seq how, uint64_t missing)
{
	uint64_t m = 99;

	assert_int_equal(dnspeer_seq(p, id, &m), how);
	assert_int_equal(m, missing);
}

static void
numbers_in_order_are_the_next_ones(void **state)
{
	struct dnspeer *p = get(1, 0);

	(void)state;
	expect(p, 5, DNSPEER_FIRST, 0);
	for (uint64_t i = 6; i < 200; i++)
		expect(p, i, DNSPEER_NEXT, 0);
	assert_int_equal(p->last, 199);
}

static void
a_gap_tells_how_many_are_missing(void **state)
{
	struct dnspeer *p = get(1, 0);

	(void)state;
	expect(p, 0, DNSPEER_FIRST, 0);
	expect(p, 3, DNSPEER_GAP, 2);
	expect(p, 4, DNSPEER_NEXT, 0);
	expect(p, 4 + DNSPEER_GAP_MAX, DNSPEER_GAP, DNSPEER_GAP_MAX - 1);
	expect(p, 5 + 2 * DNSPEER_GAP_MAX, DNSPEER_ANEW, 0);
	expect(p, 6 + 2 * DNSPEER_GAP_MAX, DNSPEER_NEXT, 0);
	expect(p, UINT64_MAX, DNSPEER_ANEW, 0);
}

static void
what_was_missing_may_come_late_once(void **state)
{
	struct dnspeer *p = get(1, 0);

	(void)state;
	expect(p, 1, DNSPEER_FIRST, 0);
	expect(p, 4, DNSPEER_GAP, 2);
	expect(p, 3, DNSPEER_LATE, 0);
	expect(p, 3, DNSPEER_REPEAT, 0);
	expect(p, 2, DNSPEER_LATE, 0);
	expect(p, 4, DNSPEER_REPEAT, 0);
	expect(p, 1, DNSPEER_REPEAT, 0);
	expect(p, 5, DNSPEER_NEXT, 0);
}

static void
far_back_means_that_the_sender_began_again(void **state)
{
	struct dnspeer *p = get(1, 0);

	(void)state;
	expect(p, 1000, DNSPEER_FIRST, 0);
	expect(p, 1000 - DNSPEER_WINDOW, DNSPEER_ANEW, 0);
	expect(p, 1001 - DNSPEER_WINDOW, DNSPEER_NEXT, 0);
	expect(p, 1, DNSPEER_ANEW, 0);
	expect(p, 2, DNSPEER_NEXT, 0);
}

static void
senders_are_told_apart_and_numbered(void **state)
{
	struct dnspeer_key k = { .family = 10, .port = 1, .addr = { 1 } };

	(void)state;
	assert_int_equal(get(1, 0)->number, 1);
	assert_int_equal(get(2, 0)->number, 2);
	assert_int_equal(dnspeer_get(ps, &k, at(0))->number, 3);
	k.scope = 2;
	assert_int_equal(dnspeer_get(ps, &k, at(0))->number, 4);
	assert_int_equal(get(1, 0)->number, 1);
	assert_int_equal(dnspeer_n(ps), 4);
	expect(get(1, 0), 1, DNSPEER_FIRST, 0);
	expect(get(2, 0), 9, DNSPEER_FIRST, 0);
	expect(get(1, 0), 2, DNSPEER_NEXT, 0);
}

static void
who_is_silent_for_more_than_an_hour_is_forgotten(void **state)
{
	(void)state;
	get(1, 0);
	get(2, 1);
	get(1, 2);
	dnspeer_reap(ps, at(3601));
	assert_int_equal(n_gone, 0);
	dnspeer_reap(ps, at(3602));
	assert_int_equal(n_gone, 1);
	assert_int_equal(last_gone, 2);
	dnspeer_reap(ps, at(4000));
	assert_int_equal(dnspeer_n(ps), 0);
	assert_int_equal(get(1, 4000)->number, 3);
}

static void
a_full_table_forgets_the_longest_unheard(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < DNSPEER_MAX; i++)
		get((uint16_t)i, i);
	get(0, DNSPEER_MAX);
	assert_int_equal(n_gone, 0);
	get(DNSPEER_MAX, DNSPEER_MAX);
	assert_int_equal(n_gone, 1);
	assert_int_equal(last_gone, 2);
	assert_int_equal(dnspeer_n(ps), DNSPEER_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    numbers_in_order_are_the_next_ones, begin, end),
		cmocka_unit_test_setup_teardown(
		    a_gap_tells_how_many_are_missing, begin, end),
		cmocka_unit_test_setup_teardown(
		    what_was_missing_may_come_late_once, begin, end),
		cmocka_unit_test_setup_teardown(
		    far_back_means_that_the_sender_began_again, begin, end),
		cmocka_unit_test_setup_teardown(
		    senders_are_told_apart_and_numbered, begin, end),
		cmocka_unit_test_setup_teardown(
		    who_is_silent_for_more_than_an_hour_is_forgotten, begin,
		    end),
		cmocka_unit_test_setup_teardown(
		    a_full_table_forgets_the_longest_unheard, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
