/* SPDX-License-Identifier: BSD-3-Clause */
/* links: collector/sinktab */
/* The updates of a batch. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "collector/sinktab.h"

static const struct hash_key key = { { 3, 4 } };

static bool
add(struct sinktab *t, const char *name, const char *value, uint32_t expire)
{
	const struct model_update u = { .key = name,
		.key_len = (uint16_t)strlen(name),
		.value = value,
		.value_len = value == NULL ? 0 : (uint16_t)strlen(value) };

	return sinktab_add(t, &u, expire);
}

static void
equal_updates_are_one_and_keep_their_place(void **state)
{
	struct sinktab *t = sinktab_new(4, &key);
	const struct sinktab_item *i;

	(void)state;
	assert_non_null(t);
	assert_true(add(t, "a", NULL, 10));
	assert_true(add(t, "b", ";x;", 10));
	assert_true(add(t, "a", NULL, 30));
	assert_true(add(t, "a", NULL, 20));
	assert_true(add(t, "b", ";y;", 10));
	assert_int_equal(sinktab_n(t), 3);
	assert_int_equal(sinktab_sum(t), 5);
	i = sinktab_at(t, 0);
	assert_int_equal(i->count, 3);
	assert_int_equal(i->expire, 30);
	i = sinktab_at(t, 2);
	assert_memory_equal(sinktab_key(t, i), "b;y;", 4);
	sinktab_free(t);
}

static void
a_full_table_takes_what_it_has_already(void **state)
{
	struct sinktab *t = sinktab_new(2, &key);

	(void)state;
	assert_true(add(t, "a", NULL, 1));
	assert_true(add(t, "b", NULL, 1));
	assert_false(add(t, "c", NULL, 1));
	assert_true(add(t, "b", NULL, 1));
	assert_int_equal(sinktab_sum(t), 3);
	sinktab_clear(t);
	assert_int_equal(sinktab_n(t) + sinktab_octets(t), 0);
	assert_true(add(t, "c", NULL, 1));
	assert_int_equal(sinktab_at(t, 0)->count, 1);
	sinktab_free(t);
	sinktab_free(NULL);
	assert_null(sinktab_new(0, &key));
}

static void
texts_are_bounded_too(void **state)
{
	static char text[SINKTAB_OCTETS + 1];
	struct sinktab *t = sinktab_new(2, &key);

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	assert_true(add(t, "k", text, 1));
	assert_false(add(t, "l", text, 1));
	assert_true(add(t, "m", NULL, 1));
	sinktab_free(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_updates_are_one_and_keep_their_place),
		cmocka_unit_test(a_full_table_takes_what_it_has_already),
		cmocka_unit_test(texts_are_bounded_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
