/* SPDX-License-Identifier: BSD-3-Clause */
/* links: collector/obsq collector/obsmem wire/dnsname */
/* Observations that wait, and which of them are taken at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>

#include "collector/obsq.h"

static const wall_t always = { INT64_MAX };

static void
put(struct obsq *q, enum obs_kind kind, uint64_t seq, int64_t ns)
{
	const struct obs o = { .kind = kind, .time = { ns } };

	assert_true(obsq_put(q, seq, &o, 1));
}

/* Take what may be taken up to ${until}: so many, from ${first} on. */
static void
assert_run(struct obsq *q, wall_t until, uint64_t first, size_t n)
{
	const struct obs *head = obsq_head(q);
	uint64_t seq;
	size_t got;

	assert_non_null(head);
	assert_ptr_equal(obsq_run(q, until, &seq, &got), head);
	assert_int_equal(seq, first);
	assert_int_equal(got, n);
}

static void
packets_with_successive_numbers_are_taken_together(void **state)
{
	struct obsq q = { 0 };

	(void)state;
	assert_null(obsq_head(&q));
	put(&q, OBS_PKT, 5, 0);
	put(&q, OBS_PKT, 6, 0);
	put(&q, OBS_PKT, 8, 0);
	put(&q, OBS_HOST, 9, 0);
	put(&q, OBS_HOST, 10, 0);
	put(&q, OBS_PKT, 11, 0);
	assert_run(&q, always, 5, 2);
	assert_run(&q, always, 8, 1);
	assert_run(&q, always, 9, 1);
	assert_run(&q, always, 10, 1);
	assert_run(&q, always, 11, 1);
	assert_null(obsq_head(&q));
	obsq_done(&q);
}

static void
what_is_later_waits_unless_it_is_the_first(void **state)
{
	struct obsq q = { 0 };

	(void)state;
	for (int64_t i = 0; i < 4; i++)
		put(&q, OBS_PKT, (uint64_t)i, 10 * i);
	assert_run(&q, (wall_t){ 10 }, 0, 2);
	assert_run(&q, (wall_t){ 10 }, 2, 1);
	obsq_skip(&q);
	assert_null(obsq_head(&q));
	obsq_done(&q);
}

static void
a_run_is_bounded_and_a_cleared_queue_is_used_again(void **state)
{
	struct obsq q = { 0 };

	(void)state;
	for (unsigned int round = 0; round < 2; round++) {
		for (unsigned int i = 0; i < OBSQ_RUN_MAX + 1; i++)
			put(&q, OBS_PKT, i, 0);
		assert_run(&q, always, 0, OBSQ_RUN_MAX);
		assert_run(&q, always, OBSQ_RUN_MAX, 1);
		obsq_clear(&q);
		assert_null(obsq_head(&q));
	}
	obsq_done(&q);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test(name)
		TEST(packets_with_successive_numbers_are_taken_together),
		TEST(what_is_later_waits_unless_it_is_the_first),
		TEST(a_run_is_bounded_and_a_cleared_queue_is_used_again),
#undef TEST
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
