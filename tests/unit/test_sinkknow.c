/* SPDX-License-Identifier: BSD-3-Clause */
/* links: collector/sinkknow */
/* The memory of links that Redis has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>

#include "collector/sinkknow.h"

static void
a_link_is_found_until_it_is_forgotten(void **state)
{
	struct sinkknow *k = sinkknow_new(10);

	(void)state;
	assert_null(sinkknow_find(k, 7));
	sinkknow_get(k, 7)->appended = 42;
	assert_int_equal(sinkknow_find(k, 7)->appended, 42);
	assert_int_equal(sinkknow_get(k, 7)->appended, 42);
	assert_null(sinkknow_find(k, 7 + 16)); /* of the same chain */
	sinkknow_forget(k);
	assert_null(sinkknow_find(k, 7));
	assert_int_equal(sinkknow_get(k, 7)->appended, 0);
	sinkknow_free(k);
}

static void
the_oldest_link_makes_room(void **state)
{
	enum { MAX = 100 };
	struct sinkknow *k = sinkknow_new(MAX);

	(void)state;
	for (uint64_t i = 0; i < 10000; i++) {
		sinkknow_get(k, i * i)->appended = i;
		for (uint64_t old = i < MAX ? 0 : i - MAX + 1; old <= i;
		     old++) {
			assert_int_equal(
			    sinkknow_find(k, old * old)->appended, old);
		}
		if (i >= MAX)
			assert_null(sinkknow_find(k, (i - MAX) * (i - MAX)));
	}
	sinkknow_free(k);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_link_is_found_until_it_is_forgotten),
		cmocka_unit_test(the_oldest_link_makes_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
