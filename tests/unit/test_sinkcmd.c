/* SPDX-License-Identifier: BSD-3-Clause */
/* links: collector/sinkcmd collector/sinkfmt collector/modelnet */
/* Commands to Redis, octet by octet. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <string.h>

#include "collector/sinkcmd.h"

static char cmd[SINKCMD_MAX];

static void
assert_command(size_t len, const char *want)
{
	assert_int_equal(len, strlen(want));
	assert_memory_equal(cmd, want, len);
}

static void
commands_are_arrays_of_strings(void **state)
{
	(void)state;
	assert_command(sinkcmd_number(cmd, SINKCMD_INCRBY, "a;b", 3, 10),
	    "*3\r\n$6\r\nINCRBY\r\n$3\r\na;b\r\n$2\r\n10\r\n");
	assert_command(sinkcmd_number(cmd, SINKCMD_EXPIRE, "k", 1, 900),
	    "*3\r\n$6\r\nEXPIRE\r\n$1\r\nk\r\n$3\r\n900\r\n");
	assert_command(
	    sinkcmd_get(cmd, "k", 1), "*2\r\n$3\r\nGET\r\n$1\r\nk\r\n");
	assert_command(sinkcmd_append(cmd, "k;v.;", 1, 4),
	    "*3\r\n$6\r\nAPPEND\r\n$1\r\nk\r\n$4\r\n;v.;\r\n");
}

static void
the_longest_command_fits(void **state)
{
	static char text[MODEL_UPDATE_MAX];

	(void)state;
	memset(text, 'x', sizeof(text));
	assert_in_range(sinkcmd_append(cmd, text, 1060, sizeof(text) - 1060),
	    2112, SINKCMD_MAX);
	assert_in_range(
	    sinkcmd_number(cmd, SINKCMD_INCRBY, text, sizeof(text), UINT64_MAX),
	    2112, SINKCMD_MAX);
}

static void
errors_that_pass_are_told_from_those_that_stay(void **state)
{
	(void)state;
	assert_true(sinkcmd_is_passing("OOM command not allowed"));
	assert_true(sinkcmd_is_passing("LOADING Redis is loading"));
	assert_true(sinkcmd_is_passing("READONLY You can't write"));
	assert_true(sinkcmd_is_passing("NOAUTH Authentication required."));
	assert_false(sinkcmd_is_passing("WRONGTYPE Operation against"));
	assert_false(sinkcmd_is_passing("NOPERM this user"));
	assert_false(sinkcmd_is_passing("ERR value is not an integer"));
	assert_false(sinkcmd_is_passing(""));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commands_are_arrays_of_strings),
		cmocka_unit_test(the_longest_command_fits),
		cmocka_unit_test(
		    errors_that_pass_are_told_from_those_that_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
