/* SPDX-License-Identifier: BSD-3-Clause */
/* links: base/fdio */
/* The directory that a file is in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <stdlib.h>

#include "base/fdio.h"

static void
a_directory_is_what_stands_up_to_the_last_slash(void **state)
{
	static const char *const rows[][2] = { { "log", "." }, { "/log", "/" },
		{ "a/log", "a/" }, { "/a/b/log", "/a/b/" }, { "a/", "a/" },
		{ "", "." } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *dir = fdio_dir(rows[i][0]);

		assert_non_null(dir);
		assert_string_equal(dir, rows[i][1]);
		free(dir);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_directory_is_what_stands_up_to_the_last_slash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
