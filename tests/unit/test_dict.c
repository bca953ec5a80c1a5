/* SPDX-License-Identifier: BSD-3-Clause */
/* links: wire/dict */
/* Tests of the flow dictionary, against rules worked out by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <stdlib.h>

#include "wire/dict.h"

static struct dict_slot *
add(struct dict *d, uint16_t port)
{
	struct obs_pkt k = { .ipver = 4, .proto = 17, .sport = port };

	k.dport = 9;
	return dict_add(d, &k, OBS_HAS_PORTS);
}

static int
set_up(void **state)
{
	struct dict *d = dict_new(7);

	if (d == NULL)
		return -1;
	dict_reset(d, 0);
	*state = d;
	return 0;
}

static int
tear_down(void **state)
{
	free(*state);
	return 0;
}

static void
new_flows_take_slots_first_in_first_out(void **state)
{
	struct dict *d = *state;

	for (unsigned int i = 0; i < 3 * d->n_slots; i++)
		assert_ptr_equal(add(d, (uint16_t)i), &d->slot[i % d->n_slots]);
}

static void
ranks_are_the_order_of_last_use(void **state)
{
	struct dict *d = *state;
	struct dict_slot *s[4];

	for (uint16_t i = 0; i < 4; i++)
		s[i] = add(d, i);
	assert_int_equal(dict_rank(d, s[3]), 0);
	assert_int_equal(dict_rank(d, s[0]), 3);
	dict_use(d, s[1], dict_rank(d, s[1]));
	assert_int_equal(dict_rank(d, s[1]), 0);
	assert_int_equal(dict_rank(d, s[3]), 1);
	assert_int_equal(dict_rank(d, s[2]), 2);
	assert_int_equal(dict_rank(d, s[0]), 3);
}

static void
the_65th_flow_pushes_the_last_one_out_of_the_ranks(void **state)
{
	struct dict *d = *state;
	struct dict_slot *first = add(d, 0);

	for (uint16_t i = 1; i <= DICT_RANKS; i++)
		(void)add(d, i);
	assert_int_equal(d->n_ranks, DICT_RANKS);
	assert_int_equal(dict_rank(d, first), DICT_RANKS);
	dict_use(d, first, dict_rank(d, first));
	assert_int_equal(dict_rank(d, first), 0);
	assert_int_equal(dict_rank(d, &d->slot[1]), DICT_RANKS);
}

static void
a_flow_that_loses_its_slot_loses_its_rank(void **state)
{
	struct dict *d = *state;
	struct dict_slot *s = add(d, 0);

	for (uint32_t i = 1; i < d->n_slots; i++) {
		(void)add(d, (uint16_t)i);
		dict_use(d, s, dict_rank(d, s));
	}
	assert_int_equal(dict_rank(d, s), 0);
	assert_ptr_equal(add(d, 1000), s);
	assert_int_equal(d->n_ranks, DICT_RANKS);
	for (unsigned int i = 1; i < DICT_RANKS; i++)
		assert_ptr_not_equal(&d->slot[d->rank[i]], s);
}

static void
addresses_take_indexes_1_to_255_in_turn(void **state)
{
	struct dict *d = *state;
	uint8_t addr[16] = { 0 };

	for (unsigned int i = 0; i < 600; i++) {
		addr[0] = (uint8_t)i;
		assert_int_equal(dict_addr_add(d, addr), i % 255 + 1);
		assert_int_equal(d->addr[i % 255 + 1][0], i & 0xff);
	}
	assert_int_equal(d->n_addrs, DICT_ADDRS);
}

static void
a_direction_starts_with_the_guess_of_its_class(void **state)
{
	struct dict *d = *state;
	struct dict_slot *s = add(d, 1000);
	struct dict_dir *dd = dict_begin(d, s, 0);

	dict_shape(dd, DICT_RECENT, 77);
	dd->ttl = 64;
	dd->tos = 8;
	dict_finish(d, s, 0, 5);
	s = add(d, 2000); /* the lower port is the same */
	dd = dict_begin(d, s, 0);
	assert_int_equal(dd->recent[0], 77);
	assert_int_equal(dd->ttl, 64);
	assert_int_equal(dd->tos, 8);
	assert_int_equal(dict_begin(d, s, 1)->recent[0], 0);
}

static void
recent_shapes_move_to_the_front_and_long_ones_are_left_out(void **state)
{
	struct dict_dir dd = { .recent = { 1, 2, 3, 4 } };
	const uint32_t third[] = { 3, 1, 2, 4 };
	const uint32_t fresh[] = { 9, 3, 1, 2 };

	(void)state;
	dict_shape(&dd, 2, 3);
	assert_memory_equal(dd.recent, third, sizeof(third));
	dict_shape(&dd, DICT_RECENT, 9);
	assert_memory_equal(dd.recent, fresh, sizeof(fresh));
	dict_shape(
	    &dd, DICT_RECENT, (uint32_t)DICT_MARK_LONG << DICT_MARKS_SHIFT);
	assert_memory_equal(dd.recent, fresh, sizeof(fresh));
}

static void
a_steady_interval_wins_by_score(void **state)
{
	struct dict *d = *state;
	struct dict_slot *s = add(d, 1);
	const struct dict_dir *dd = &s->dir[0];
	int score = 0;

	for (int64_t i = 0; i < 30; i++) {
		d->last = i * 1000 - 500; /* a record of another flow */
		dict_finish(d, s, 0, i * 1000);
		assert_int_equal(dd->score, score);
		score += i > 0 && score < 8;
		assert_int_equal(dict_by_interval(dd), i >= 2);
	}
	assert_int_equal(dd->interval, 1000);
}

static void
times_at_both_ends_of_the_range_keep_scores(void **state)
{
	struct dict *d = *state;
	struct dict_slot *s = add(d, 1);

	dict_finish(d, s, 0, INT64_MAX);
	dict_finish(d, s, 0, INT64_MIN);
	dict_finish(d, s, 0, INT64_MAX);
	dict_finish(d, s, 0, INT64_MIN + 1);
	assert_in_range(s->dir[0].score + 8, 0, 16);
	assert_true(d->last == INT64_MIN + 1);
}

#define WITH_DICT(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_DICT(new_flows_take_slots_first_in_first_out),
		WITH_DICT(ranks_are_the_order_of_last_use),
		WITH_DICT(the_65th_flow_pushes_the_last_one_out_of_the_ranks),
		WITH_DICT(a_flow_that_loses_its_slot_loses_its_rank),
		WITH_DICT(addresses_take_indexes_1_to_255_in_turn),
		WITH_DICT(a_direction_starts_with_the_guess_of_its_class),
		cmocka_unit_test(
		    recent_shapes_move_to_the_front_and_long_ones_are_left_out),
		WITH_DICT(a_steady_interval_wins_by_score),
		WITH_DICT(times_at_both_ends_of_the_range_keep_scores),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
