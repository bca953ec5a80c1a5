/* SPDX-License-Identifier: BSD-3-Clause */
/* links: collector/sinkpend */
/* The bounded queue before Redis. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "collector/sinkpend.h"

static const struct hash_key secret = { { 5, 6 } };

static struct model_key
key(unsigned int n)
{
	struct model_key k;

	k.len = (uint8_t)snprintf(k.text, sizeof(k.text), "key;%u", n);
	return k;
}

static bool
add(struct sinkpend *p, unsigned int n)
{
	const struct model_key k = key(n);

	return sinkpend_add(p, &k, 1);
}

static void
assert_item(const struct sinkpend_item *item, unsigned int n, uint64_t count)
{
	const struct model_key k = key(n);

	assert_non_null(item);
	assert_int_equal(item->key.len, k.len);
	assert_memory_equal(item->key.text, k.text, k.len);
	assert_int_equal(item->count, count);
}

static void
a_short_queue_keeps_the_order_and_every_update(void **state)
{
	struct sinkpend *p = sinkpend_new(100, &secret);

	(void)state;
	for (unsigned int i = 0; i < 6; i++)
		assert_true(add(p, i % 2));
	for (unsigned int i = 0; i < 6; i++)
		assert_item(sinkpend_take(p), i % 2, 1);
	assert_null(sinkpend_take(p));
	assert_int_equal(sinkpend_in_flight(p), 6);
	for (unsigned int i = 0; i < 6; i++) {
		assert_item(sinkpend_oldest(p), i % 2, 1);
		sinkpend_finish(p);
	}
	assert_null(sinkpend_oldest(p));
	sinkpend_free(p);
}

static void
a_long_queue_adds_up_by_key(void **state)
{
	struct sinkpend *p = sinkpend_new((size_t)2 * SINKPEND_PLAIN, &secret);

	(void)state;
	for (unsigned int i = 0; i < SINKPEND_PLAIN; i++)
		assert_true(add(p, i));
	for (unsigned int i = 0; i < SINKPEND_PLAIN; i++)
		assert_true(add(p, i));
	assert_int_equal(sinkpend_waiting(p), SINKPEND_PLAIN);
	assert_int_equal(sinkpend_sum(p), 2 * SINKPEND_PLAIN);
	for (unsigned int i = 0; i < SINKPEND_PLAIN; i++)
		assert_item(sinkpend_take(p), i, 2);
	sinkpend_free(p);
}

static void
a_full_queue_takes_known_keys_only(void **state)
{
	struct sinkpend *p = sinkpend_new(4, &secret);

	(void)state;
	for (unsigned int i = 0; i < 4; i++)
		assert_true(add(p, i));
	assert_false(add(p, 4));
	assert_true(add(p, 2));
	assert_item(sinkpend_take(p), 0, 1);
	assert_false(add(p, 0)); /* in flight: it can not grow any more */
	sinkpend_finish(p);
	assert_true(add(p, 4));
	assert_int_equal(sinkpend_sum(p), 5);
	sinkpend_free(p);
}

static void
a_cut_repeats_no_addition_and_every_expiry(void **state)
{
	struct sinkpend *p = sinkpend_new(4, &secret);

	(void)state;
	for (unsigned int i = 0; i < 4; i++)
		add(p, i);
	sinkpend_take(p);
	sinkpend_take(p);
	sinkpend_oldest(p)->count = 0; /* confirmed */
	assert_int_equal(sinkpend_cut(p), 1);
	assert_int_equal(sinkpend_waiting(p), 4);
	assert_item(sinkpend_take(p), 0, 0);
	assert_item(sinkpend_take(p), 1, 0);
	assert_item(sinkpend_take(p), 2, 1);
	sinkpend_free(p);
}

static void
what_is_to_be_repeated_is_queued_again_behind(void **state)
{
	struct sinkpend *p = sinkpend_new(2, &secret);

	(void)state;
	add(p, 0);
	add(p, 1);
	sinkpend_take(p);
	sinkpend_oldest(p)->again = true;
	sinkpend_finish(p);
	assert_item(sinkpend_take(p), 1, 1);
	assert_item(sinkpend_take(p), 0, 1);
	sinkpend_free(p);
}

static void
what_is_to_be_repeated_survives_a_cut(void **state)
{
	struct sinkpend *p = sinkpend_new(2, &secret);

	(void)state;
	add(p, 0);
	sinkpend_take(p);
	sinkpend_oldest(p)->again = true;
	assert_int_equal(sinkpend_cut(p), 0);
	assert_item(sinkpend_take(p), 0, 1);
	sinkpend_free(p);
}

static void
nothing_is_lost_or_made_in_a_long_run(void **state)
{
	struct sinkpend *p = sinkpend_new(50, &secret);
	uint64_t in = 0;
	uint64_t out = 0;

	(void)state;
	for (unsigned int i = 0; i < 100000; i++) {
		in += add(p, i * 7919 % 90);
		if (i % 3 != 0 || sinkpend_take(p) == NULL)
			continue;
		if (i % 5 == 0) {
			out += sinkpend_cut(p);
		} else if (i % 2 == 0) {
			out += sinkpend_oldest(p)->count;
			sinkpend_finish(p);
		}
		assert_int_equal(in, out + sinkpend_sum(p));
	}
	assert_true(in > 1000 && out > 1000);
	sinkpend_free(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_short_queue_keeps_the_order_and_every_update),
		cmocka_unit_test(a_long_queue_adds_up_by_key),
		cmocka_unit_test(a_full_queue_takes_known_keys_only),
		cmocka_unit_test(a_cut_repeats_no_addition_and_every_expiry),
		cmocka_unit_test(what_is_to_be_repeated_is_queued_again_behind),
		cmocka_unit_test(what_is_to_be_repeated_survives_a_cut),
		cmocka_unit_test(nothing_is_lost_or_made_in_a_long_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
