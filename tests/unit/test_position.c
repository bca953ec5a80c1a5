/* SPDX-License-Identifier: BSD-3-Clause */
/* links: collector/position collector/positions */
/* Places in streams: stored, compared, and kept in a bounded table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <string.h>

#include "collector/positions.h"

static const struct hash_key key = { { 1, 2 } };

static struct position
make(uint8_t id, uint64_t next, uint64_t dns, int64_t side)
{
	struct position p = { .next = next,
		.next_dns = dns,
		.side = { side },
		.joined = next > 0,
		.joined_dns = dns > 0 };

	memset(p.id, id, sizeof(p.id));
	return p;
}

static void
a_place_comes_back_and_a_torn_one_is_none(void **state)
{
	const struct position p = make(7, UINT64_MAX, UINT64_MAX, INT64_MIN);
	struct position q = { 0 };
	uint8_t buf[POSITION_MAX];
	struct wr w = wr_init(buf, sizeof(buf));
	struct rd r;

	(void)state;
	position_put(&w, &p);
	assert_false(w.bad);
	assert_int_equal(w.p - buf, POSITION_MAX);
	for (size_t n = 0; n < sizeof(buf); n++) {
		r = rd_init(buf, n);
		position_get(&r, &q);
		assert_true(r.bad);
		assert_int_equal(q.next, 0);
	}
	r = rd_init(buf, sizeof(buf));
	position_get(&r, &q);
	assert_false(r.bad);
	assert_memory_equal(p.id, q.id, sizeof(p.id));
	assert_true(q.next == p.next && q.next_dns == p.next_dns);
	assert_true(q.side.ns == p.side.ns && q.joined && q.joined_dns);
}

static void
the_least_of_two_places_has_nothing_that_one_lacks(void **state)
{
	struct position p = make(1, 100, 5, 30);
	struct position q = make(1, 90, 9, 40);

	(void)state;
	position_least(&p, &q);
	assert_int_equal(p.next, 90);
	assert_int_equal(p.next_dns, 5);
	assert_int_equal(p.side.ns, 40); /* it belongs to packet 90 */
	q = make(1, 90, 5, 20);
	position_least(&p, &q);
	assert_int_equal(p.side.ns, 20);
	q = make(1, 0, 0, 0);
	position_least(&p, &q);
	assert_false(p.joined || p.joined_dns);
}

static void
of_too_many_streams_the_one_longest_unheard_is_forgotten(void **state)
{
	struct positions *t = positions_new(3, &key);
	const struct position *at = NULL;
	struct position p;

	(void)state;
	assert_non_null(t);
	for (uint8_t id = 1; id <= 3; id++) {
		p = make(id, id, 0, 0);
		assert_int_equal(positions_set(t, &p), 0);
	}
	p = make(1, 11, 0, 0);
	assert_int_equal(positions_set(t, &p), 0);
	p = make(4, 4, 0, 0);
	assert_int_equal(positions_set(t, &p), 0);
	assert_int_equal(positions_n(t), 3);
	p = make(2, 0, 0, 0);
	assert_null(positions_find(t, p.id));
	p = make(1, 0, 0, 0);
	assert_int_equal(positions_find(t, p.id)->next, 11);
	static const uint64_t order[] = { 3, 11, 4 };

	for (size_t i = 0; i < 3; i++) {
		at = positions_next(t, at);
		assert_int_equal(at->next, order[i]);
	}
	assert_null(positions_next(t, at));
	positions_free(t);
	positions_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_place_comes_back_and_a_torn_one_is_none),
		cmocka_unit_test(
		    the_least_of_two_places_has_nothing_that_one_lacks),
		cmocka_unit_test(
		    of_too_many_streams_the_one_longest_unheard_is_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
