/* SPDX-License-Identifier: BSD-3-Clause */
/* links: collector/order */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/order.h"
#include "collector/sinksrc.h"

#define MS MONO_NS_PER_MS

static const struct sink_src agent[] = { { .host = 1 }, { .host = 2 },
	{ .host = 3 } };

/* What was passed on, as "host.nr@ms". */
static char got[4096];

static void
note(void *arg, const struct order_item *it)
{
	const size_t len = strlen(got);

	(void)arg;
	(void)snprintf(got + len, sizeof(got) - len, "%s%u.%u@%lld",
	    len > 0 ? " " : "", it->src->host, (unsigned int)it->nr,
	    (long long)(it->at.ns / MS));
}

static struct order *
make(int64_t window_ms, size_t max)
{
	struct order *o = order_new(window_ms * MS, max, note, NULL);

	assert_non_null(o);
	got[0] = '\0';
	return o;
}

static void
put(struct order *o, unsigned int host, unsigned int nr, int64_t ms,
    enum order_kind kind)
{
	struct order_item *it =
	    order_room(o, (wall_t){ ms * MS }, &agent[host - 1], kind);

	assert_non_null(it);
	it->time = it->at;
	it->nr = nr;
	if (kind == ORDER_DNS)
		it->dns = calloc(1, sizeof(*it->dns));
	order_put(o, it);
}

static void
records_of_several_agents_come_out_by_time(void **state)
{
	struct order *o = make(100, 1000);

	(void)state;
	put(o, 2, 1, 1010, ORDER_PKT);
	put(o, 2, 2, 1030, ORDER_PKT);
	put(o, 1, 1, 1000, ORDER_PKT);
	put(o, 1, 2, 1020, ORDER_PKT);
	assert_string_equal(got, "");
	order_flush(o);
	assert_string_equal(got, "1.1@1000 2.1@1010 1.2@1020 2.2@1030");
	assert_int_equal(order_held(o), 0);
	order_free(o);
}

static void
records_of_equal_time_have_one_order(void **state)
{
	struct order *o = make(100, 1000);

	(void)state;
	put(o, 2, 1, 1000, ORDER_PKT);
	put(o, 1, 2, 1000, ORDER_PKT);
	put(o, 1, 1, 1000, ORDER_PKT);
	put(o, 3, 9, 1000, ORDER_DNS);
	put(o, 3, 8, 1000, ORDER_GONE);
	order_flush(o);
	assert_string_equal(
	    got, "3.9@1000 3.8@1000 1.1@1000 1.2@1000 2.1@1000");
	order_free(o);
}

static void
nothing_is_passed_on_before_the_window_is_over(void **state)
{
	struct order *o = make(100, 1000);

	(void)state;
	put(o, 1, 1, 1000, ORDER_PKT);
	put(o, 1, 2, 1100, ORDER_PKT);
	assert_string_equal(got, "");
	put(o, 2, 1, 1000, ORDER_PKT);
	assert_int_equal(order_count(o)->late, 0);
	order_pass(o, (wall_t){ 1102 * MS });
	assert_string_equal(got, "1.1@1000 2.1@1000");
	order_free(o);
}

static void
a_late_record_is_passed_on_at_once_and_counted(void **state)
{
	struct order *o = make(100, 1000);

	(void)state;
	put(o, 1, 1, 5000, ORDER_PKT);
	put(o, 2, 1, 4800, ORDER_PKT);
	assert_string_equal(got, "2.1@4800");
	assert_int_equal(order_count(o)->late, 1);
	order_free(o);
}

static void
a_full_order_passes_on_its_oldest_early(void **state)
{
	struct order *o = make(1000, 4);

	(void)state;
	for (unsigned int i = 0; i < 6; i++)
		put(o, 1, i, 1000 + 10 * i, ORDER_PKT);
	assert_string_equal(got, "1.0@1000 1.1@1010");
	assert_int_equal(order_count(o)->early, 2);
	assert_int_equal(order_held(o), 4);
	order_free(o);
}

/* Whatever way they arrive within the window, they come out the same. */
static void
any_arrival_within_the_window_gives_the_same_order(void **state)
{
	char want[sizeof(got)] = "";
	unsigned int seed = 1;

	(void)state;
	for (int round = 0; round < 50; round++) {
		struct order *o = make(100, 100000);
		int64_t at[3] = { 0, 0, 0 };
		unsigned int nr[3] = { 0, 0, 0 };

		while (nr[0] + nr[1] + nr[2] < 3 * 50) {
			const unsigned int h = (unsigned int)rand_r(&seed) % 3;
			int64_t least = INT64_MAX;

			for (int i = 0; i < 3; i++) {
				if (nr[i] < 50 && at[i] < least)
					least = at[i];
			}
			if (nr[h] == 50 || at[h] > least + 99)
				continue;
			put(o, h + 1, nr[h]++, 10000 + at[h], ORDER_PKT);
			at[h] += 7 + h;
		}
		order_flush(o);
		assert_int_equal(order_count(o)->late, 0);
		if (round == 0)
			memcpy(want, got, sizeof(want));
		assert_string_equal(got, want);
		order_free(o);
	}
	assert_true(strlen(want) > 1000);
}

static void
any_time_can_come(void **state)
{
	static const int64_t time[] = { 0, 1, -1, INT64_MAX / 2, INT64_MIN / 2,
		1000000007, INT64_MAX / 2 - 1 };
	struct order *o = make(3600000, 1000);

	(void)state;
	for (size_t i = 0; i < sizeof(time) / sizeof(time[0]); i++) {
		struct order_item *it =
		    order_room(o, (wall_t){ time[i] }, &agent[0], ORDER_PKT);

		it->time = it->at;
		it->nr = i;
		order_put(o, it);
	}
	order_flush(o);
	assert_int_equal(order_held(o), 0);
	assert_int_equal(order_latest(o).ns, INT64_MAX / 2);
	order_free(o);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_of_several_agents_come_out_by_time),
		cmocka_unit_test(records_of_equal_time_have_one_order),
		cmocka_unit_test(
		    nothing_is_passed_on_before_the_window_is_over),
		cmocka_unit_test(
		    a_late_record_is_passed_on_at_once_and_counted),
		cmocka_unit_test(a_full_order_passes_on_its_oldest_early),
		cmocka_unit_test(
		    any_arrival_within_the_window_gives_the_same_order),
		cmocka_unit_test(any_time_can_come),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
