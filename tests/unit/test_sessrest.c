/* SPDX-License-Identifier: BSD-3-Clause */
/* links: collector/sessrest */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>

#include "collector/sessrest.h"

static void
octets_go_through_in_order_whatever_is_left_each_time(void **state)
{
	struct sessrest r = { 0 };
	uint8_t in[7];
	uint8_t next_in = 0, next_out = 0;

	(void)state;
	for (size_t turn = 0; turn < 5000; turn++) {
		size_t len = 1 + turn % sizeof(in);
		const uint8_t *p;
		size_t used;

		for (size_t i = 0; i < len; i++)
			in[i] = next_in++;
		p = sessrest_join(&r, in, &len);
		assert_non_null(p);
		used = turn * 31 % (len + 1);
		for (size_t i = 0; i < used; i++)
			assert_int_equal(p[i], next_out++);
		assert_int_equal(sessrest_keep(&r, p + used, len - used), 0);
		assert_int_equal(r.n, len - used);
	}
	sessrest_done(&r);
}

static void
nothing_is_copied_or_kept_without_need(void **state)
{
	static const uint8_t in[4] = { 1, 2, 3, 4 };
	struct sessrest r = { 0 };
	size_t len = sizeof(in);

	(void)state;
	assert_ptr_equal(sessrest_join(&r, in, &len), in);
	assert_int_equal(len, sizeof(in));
	assert_int_equal(sessrest_keep(&r, in + 4, 0), 0);
	assert_null(r.buf);
	assert_int_equal(sessrest_keep(&r, in + 3, 1), 0);
	assert_non_null(r.buf);
	assert_ptr_not_equal(sessrest_join(&r, in, &len), in);
	assert_int_equal(len, 5);
	assert_int_equal(sessrest_keep(&r, NULL, 0), 0);
	assert_null(r.buf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    octets_go_through_in_order_whatever_is_left_each_time),
		cmocka_unit_test(nothing_is_copied_or_kept_without_need),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
