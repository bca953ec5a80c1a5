/* SPDX-License-Identifier: BSD-3-Clause */
/* links: collector/recent -ljansson -lm */
/* Keys seen lately, against recorded answers of the old agent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "collector/recent.h"

#define ORACLE "tests/golden/shodohflo/recent_oracle.json"

static const struct hash_key key = { { 0x0123456789abcdef, 0xfedcba9876543 } };

static wall_t
at(double sec)
{
	return (wall_t){ llround(sec * 1e6) * MONO_NS_PER_US };
}

static void
every_recorded_call_gets_the_old_answer(void **state)
{
	json_t *root = json_load_file(ORACLE, 0, NULL);
	struct recent *r = recent_new(1000, &key);
	const json_t *call;
	size_t i;

	(void)state;
	assert_non_null(root);
	recent_start(r, at(json_number_value(json_object_get(root, "start"))));
	assert_int_equal(json_array_size(json_object_get(root, "seq")), 4000);
	json_array_foreach(json_object_get(root, "seq"), i, call)
	{
		const json_t *name = json_array_get(call, 1);
		const bool seen = recent_seen(r, json_string_value(name),
		    json_string_length(name),
		    at(json_number_value(json_array_get(call, 0))));

		if (seen != json_boolean_value(json_array_get(call, 2)))
			fail_msg("call %zu differs", i);
	}
	assert_int_equal(recent_forced(r), 0);
	recent_free(r);
	json_decref(root);
}

static bool
seen(struct recent *r, unsigned int n, double sec)
{
	return recent_seen(r, &n, sizeof(n), at(sec));
}

static void
a_full_memory_forgets_the_oldest_and_says_so(void **state)
{
	struct recent *r = recent_new(8, &key);

	(void)state;
	for (unsigned int n = 0; n < 8; n++)
		assert_false(seen(r, n, 1));
	for (unsigned int n = 0; n < 8; n++)
		assert_true(seen(r, n, 1));
	assert_int_equal(recent_forced(r), 0);
	assert_false(seen(r, 8, 1));
	assert_int_equal(recent_forced(r), 1);
	assert_true(seen(r, 8, 1));
	assert_false(seen(r, 7, 1)); /* with all others of its bucket */
	recent_free(r);
}

static void
the_bound_holds_whatever_comes(void **state)
{
	struct recent *r = recent_new(100, &key);

	(void)state;
	for (unsigned int n = 0; n < 100000; n++) {
		assert_false(seen(r, n, n / 50.0));
		assert_true(seen(r, n, n / 50.0));
	}
	assert_false(seen(r, 100000 - 101, 2000));
	assert_true(recent_forced(r) > 0);
	recent_free(r);
}

static void
a_wrong_clock_does_not_stop_rotation(void **state)
{
	struct recent *r = recent_new(100, &key);

	(void)state;
	for (unsigned int i = 0; i < 10; i++)
		seen(r, 1, 10);
	for (unsigned int i = 0; i < 10; i++)
		seen(r, 1, 1e6);
	for (unsigned int i = 0; i < 10; i++)
		seen(r, 1, 20);
	for (unsigned int lap = 1; lap <= 3; lap++) {
		for (unsigned int i = 0; i < 10; i++)
			seen(r, 2, 20 + 31 * lap);
	}
	assert_false(seen(r, 1, 120));
	recent_free(r);
}

static void
keys_of_different_length_differ(void **state)
{
	struct recent *r = recent_new(8, &key);

	(void)state;
	assert_false(recent_seen(r, "a\0", 1, at(1)));
	assert_false(recent_seen(r, "a\0", 2, at(1)));
	assert_true(recent_seen(r, "a\0", 2, at(1)));
	recent_free(r);
}

/* Store what is new (or all) in ${from}, and apply it to ${to}. */
static int
carry_over(struct recent *from, bool all, struct recent *to)
{
	static uint8_t keys[2000 * RECENT_ENTRY_MAX];
	uint8_t head[RECENT_HEAD_MAX];
	struct wr h = wr_init(head, sizeof(head));
	struct wr k = wr_init(keys, sizeof(keys));
	struct rd hr;
	struct rd kr;

	for (size_t n = recent_new_keys(from, all); n > 0; n--)
		recent_put_key(from, n, &k);
	recent_put_head(from, all, &h);
	assert_false(h.bad || k.bad);
	recent_stored(from);
	hr = rd_init(head, (size_t)(h.p - head));
	kr = rd_init(keys, (size_t)(k.p - keys));
	return recent_get(to, &hr, &kr);
}

static void
a_stored_memory_answers_as_the_one_that_was_stored(void **state)
{
	struct recent *r = recent_new(500, &key);
	struct recent *s = recent_new(500, &key);
	unsigned int x = 1;
	double now = 0;

	(void)state;
	for (unsigned int i = 0; i < 60000; i++) {
		x = x * 1103515245 + 12345;
		now += (x >> 16) % 100 == 0 ? 3 : 0.001;
		(void)seen(r, (x >> 8) % 700, now);
		if (i % 977 == 0)
			assert_int_equal(carry_over(r, i == 0, s), 0);
		if (i % 9770 == 0) {
			recent_free(s);
			s = recent_new(500, &key);
			assert_int_equal(carry_over(r, true, s), 0);
		}
	}
	assert_int_equal(carry_over(r, false, s), 0);
	for (unsigned int i = 0; i < 20000; i++) {
		x = x * 1103515245 + 12345;
		now += 0.01;
		assert_int_equal(
		    seen(r, (x >> 8) % 700, now), seen(s, (x >> 8) % 700, now));
	}
	assert_int_equal(recent_forced(r), recent_forced(s));
	recent_free(r);
	recent_free(s);
}

static void
a_change_that_does_not_fit_is_refused(void **state)
{
	struct recent *r = recent_new(100, &key);
	struct recent *small = recent_new(10, &key);
	struct recent *other = recent_new(100, &key);

	(void)state;
	for (unsigned int i = 0; i < 20; i++)
		seen(r, i, 1);
	assert_int_equal(carry_over(r, true, small), -1);
	seen(r, 99, 1);
	assert_int_equal(carry_over(r, false, other), -1);
	recent_free(r);
	recent_free(small);
	recent_free(other);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_recorded_call_gets_the_old_answer),
		cmocka_unit_test(a_full_memory_forgets_the_oldest_and_says_so),
		cmocka_unit_test(the_bound_holds_whatever_comes),
		cmocka_unit_test(a_wrong_clock_does_not_stop_rotation),
		cmocka_unit_test(keys_of_different_length_differ),
		cmocka_unit_test(
		    a_stored_memory_answers_as_the_one_that_was_stored),
		cmocka_unit_test(a_change_that_does_not_fit_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
