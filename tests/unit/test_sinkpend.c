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

/* An update of "key;${n}": a counter, or a link to ${value}. */
static bool
add_link(struct sinkpend *p, unsigned int n, const char *value)
{
	char key[32];
	const struct model_update u = { .key = key,
		.value = value,
		.key_len = (uint16_t)snprintf(key, sizeof(key), "key;%u", n),
		.value_len = (uint16_t)(value == NULL ? 0 : strlen(value)) };

	return sinkpend_add(p, &u, 1, 900);
}

static bool
add(struct sinkpend *p, unsigned int n)
{
	return add_link(p, n, NULL);
}

static void
assert_item(const struct sinkpend *p, const struct sinkpend_item *item,
    unsigned int n, uint64_t count)
{
	char key[32];

	assert_non_null(item);
	snprintf(key, sizeof(key), "key;%u", n);
	assert_int_equal(item->key_len, strlen(key));
	assert_memory_equal(sinkpend_key(p, item), key, strlen(key));
	assert_int_equal(item->count, count);
}

static void
a_short_queue_keeps_the_order_and_every_update(void **state)
{
	struct sinkpend *p = sinkpend_new(100, &secret);
	struct sinkpend_item *item[6];

	(void)state;
	for (unsigned int i = 0; i < 6; i++)
		assert_true(add(p, i % 2));
	for (unsigned int i = 0; i < 6; i++)
		assert_item(p, item[i] = sinkpend_take(p), i % 2, 1);
	assert_null(sinkpend_take(p));
	assert_int_equal(sinkpend_in_flight(p), 6);
	for (unsigned int i = 0; i < 6; i++) {
		/* 1, 0, 3, 2, 5, 4: in any order */
		assert_int_equal(sinkpend_finish(p, item[i ^ 1]), 0);
		assert_int_equal(
		    sinkpend_in_flight(p), 6 - (i & 6) - 2 * (i & 1));
	}
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
		assert_item(p, sinkpend_take(p), i, 2);
	sinkpend_free(p);
}

static void
a_full_queue_takes_known_keys_only(void **state)
{
	struct sinkpend *p = sinkpend_new(4, &secret);
	struct sinkpend_item *item;

	(void)state;
	for (unsigned int i = 0; i < 4; i++)
		assert_true(add(p, i));
	assert_false(add(p, 4));
	assert_true(add(p, 2));
	assert_item(p, item = sinkpend_take(p), 0, 1);
	assert_false(add(p, 0)); /* in flight: it can not grow any more */
	sinkpend_finish(p, item);
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
	sinkpend_take(p)->count = 0; /* confirmed */
	sinkpend_take(p);
	assert_int_equal(sinkpend_cut(p), 1);
	assert_int_equal(sinkpend_waiting(p), 4);
	assert_item(p, sinkpend_take(p), 0, 0);
	assert_item(p, sinkpend_take(p), 1, 0);
	assert_item(p, sinkpend_take(p), 2, 1);
	sinkpend_free(p);
}

static void
what_is_to_be_repeated_is_queued_again_behind(void **state)
{
	struct sinkpend *p = sinkpend_new(2, &secret);
	struct sinkpend_item *item;

	(void)state;
	add(p, 0);
	add(p, 1);
	item = sinkpend_take(p);
	item->again = true;
	assert_int_equal(sinkpend_finish(p, item), 0);
	assert_item(p, sinkpend_take(p), 1, 1);
	assert_item(p, sinkpend_take(p), 0, 1);
	sinkpend_free(p);
}

static void
what_is_to_be_repeated_survives_a_cut(void **state)
{
	struct sinkpend *p = sinkpend_new(2, &secret);

	(void)state;
	add(p, 0);
	sinkpend_take(p)->again = true;
	assert_int_equal(sinkpend_cut(p), 0);
	assert_item(p, sinkpend_take(p), 0, 1);
	sinkpend_free(p);
}

static void
a_cut_repeats_links_and_forgets_what_was_done(void **state)
{
	struct sinkpend *p = sinkpend_new(4, &secret);
	struct sinkpend_item *second;

	(void)state;
	add_link(p, 0, ";a.;");
	add_link(p, 1, ";b.;");
	add(p, 2);
	sinkpend_take(p);
	second = sinkpend_take(p);
	second->count = 0;
	sinkpend_finish(p, second);
	assert_int_equal(sinkpend_cut(p), 0);
	assert_item(p, sinkpend_take(p), 0, 1);
	assert_item(p, sinkpend_take(p), 2, 1);
	assert_null(sinkpend_take(p));
	assert_int_equal(sinkpend_sum(p), 2);
	sinkpend_free(p);
}

static void
links_of_one_key_are_told_apart_by_their_value(void **state)
{
	struct sinkpend *p = sinkpend_new(3, &secret);
	const struct sinkpend_item *item;

	(void)state;
	assert_true(add_link(p, 0, ";a.;"));
	assert_true(add_link(p, 0, ";b.;"));
	assert_true(add(p, 0));
	assert_true(add_link(p, 0, ";b.;"));
	assert_false(add_link(p, 0, ";c.;"));
	assert_item(p, item = sinkpend_take(p), 0, 1);
	assert_memory_equal(sinkpend_key(p, item), "key;0;a.;", 9);
	assert_item(p, sinkpend_take(p), 0, 2);
	assert_item(p, item = sinkpend_take(p), 0, 1);
	assert_int_equal(item->value_len, 0);
	sinkpend_free(p);
}

static void
the_longer_life_counts_when_updates_are_added_up(void **state)
{
	struct sinkpend *p = sinkpend_new(1, &secret);
	struct model_update u = { .key = "k", .key_len = 1 };

	(void)state;
	assert_true(sinkpend_add(p, &u, 1, 900));
	assert_true(sinkpend_add(p, &u, 2, 1000));
	assert_true(sinkpend_add(p, &u, 3, 950));
	assert_int_equal(sinkpend_take(p)->expire, 1000);
	assert_int_equal(sinkpend_sum(p), 6);
	sinkpend_free(p);
}

/* Text of many lengths wraps around, and what comes out is what went in. */
static void
long_texts_are_bounded_and_stay_whole(void **state)
{
	enum { MAX = 40, LONG = 1000 };
	struct sinkpend *p = sinkpend_new(MAX, &secret);
	char text[LONG];
	unsigned int in = 0;
	unsigned int out = 0;
	unsigned int refused = 0;

	(void)state;
	while (out < 20000) {
		struct model_update u = { .key = text,
			.key_len = (uint16_t)(1 + in * 7919 % LONG) };
		struct sinkpend_item *item;

		memset(text, 'a' + (int)(in % 26), sizeof(text));
		if (sinkpend_add(p, &u, 1, in)) {
			in++;
			continue;
		}
		refused++;
		assert_non_null(item = sinkpend_take(p));
		assert_int_equal(item->expire, out);
		assert_int_equal(item->key_len, 1 + out * 7919 % LONG);
		for (size_t i = 0; i < item->key_len; i++) {
			assert_int_equal(
			    sinkpend_key(p, item)[i], 'a' + (int)(out % 26));
		}
		assert_true(sinkpend_is_tight(p) || in - out < MAX / 2);
		sinkpend_finish(p, item);
		out++;
	}
	assert_true(refused > 1000);
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
		struct sinkpend_item *item;

		in += add_link(p, i * 7919 % 90, i % 4 == 0 ? ";x.;" : NULL);
		if (i % 3 != 0 || (item = sinkpend_take(p)) == NULL)
			continue;
		if (i % 5 == 0) {
			out += sinkpend_cut(p);
		} else if (i % 2 == 0) {
			out += item->count;
			item->count = 0;
			sinkpend_finish(p, item);
		} else if (i % 7 == 0) {
			item->again = true;
			out += sinkpend_finish(p, item);
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
		cmocka_unit_test(a_cut_repeats_links_and_forgets_what_was_done),
		cmocka_unit_test(
		    links_of_one_key_are_told_apart_by_their_value),
		cmocka_unit_test(
		    the_longer_life_counts_when_updates_are_added_up),
		cmocka_unit_test(long_texts_are_bounded_and_stay_whole),
		cmocka_unit_test(nothing_is_lost_or_made_in_a_long_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
