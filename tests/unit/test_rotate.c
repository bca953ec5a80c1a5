/* SPDX-License-Identifier: BSD-3-Clause */
/* links: base/rotate tests/unit/rotdir tests/unit/tmpdir */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/rotate.h"
#include "tests/unit/rotdir.h"
#include "tests/unit/tmpdir.h"

/* 2026-11-21 13:00:07 UTC */
static const wall_t noon = { 1795266007 * MONO_NS_PER_S };

static const char *
closed_as(wall_t now, struct rotate_last *last)
{
	static char closed[ROTATE_PATH_MAX];

	rotdir_write("log", "text\n");
	assert_int_equal(
	    rotate_rename(closed, tmpdir_path("log"), now, last), 0);
	return closed + strlen(tmpdir) + 1;
}

static void
closed_files_are_named_by_the_clock(void **state)
{
	struct rotate_last last = { 0 };

	(void)state;
	assert_string_equal(closed_as(noon, &last), "log.20261121T130007Z");
	assert_string_equal(tmpdir_read("log.20261121T130007Z"), "text\n");
	assert_int_not_equal(access(tmpdir_path("log"), F_OK), 0);
}

static void
files_closed_in_one_second_are_numbered(void **state)
{
	struct rotate_last last = { 0 };
	const wall_t later = { noon.ns + MONO_NS_PER_S };

	(void)state;
	assert_string_equal(closed_as(noon, &last), "log.20261121T130007Z");
	assert_string_equal(closed_as(noon, &last), "log.20261121T130007Z.2");
	assert_string_equal(closed_as(noon, &last), "log.20261121T130007Z.3");
	assert_string_equal(closed_as(later, &last), "log.20261121T130008Z");
}

static void
no_file_of_another_run_is_replaced(void **state)
{
	struct rotate_last last = { 0 };

	(void)state;
	rotdir_write("log.20261121T130007Z", "precious\n");
	rotdir_write("log.20261121T130007Z.2.gz", "precious\n");
	assert_string_equal(closed_as(noon, &last), "log.20261121T130007Z.3");
	assert_string_equal(tmpdir_read("log.20261121T130007Z"), "precious\n");
}

static void
a_number_given_once_is_not_given_again(void **state)
{
	struct rotate_last last = { 0 };

	(void)state;
	(void)closed_as(noon, &last);
	assert_int_equal(unlink(tmpdir_path("log.20261121T130007Z")), 0);
	assert_string_equal(closed_as(noon, &last), "log.20261121T130007Z.2");
}

static void
a_file_that_cannot_be_renamed_stays(void **state)
{
	char closed[ROTATE_PATH_MAX];
	struct rotate_last last = { 0 };

	(void)state;
	assert_int_equal(
	    rotate_rename(closed, tmpdir_path("none"), noon, &last), -1);
	assert_int_equal(errno, ENOENT);
}

static wall_t
at(int64_t sec)
{
	return wall_make(sec, 0);
}

static void
files_end_at_multiples_of_the_period(void **state)
{
	const struct rotate r = { .every = 60 };
	const struct rotate never = { .size = 4096 };

	(void)state;
	assert_false(rotate_due(&r, at(120), at(179)));
	assert_true(rotate_due(&r, at(179), at(180)));
	assert_true(rotate_due(&r, at(120), at(1000)));
	assert_true(rotate_due(&r, at(180), at(179))); /* set back */
	assert_false(rotate_due(&r, at(-60), at(-1)));
	assert_true(rotate_due(&r, at(-1), at(0)));
	assert_false(rotate_due(&never, at(0), at(1000000)));
}

static void
the_last_line_tells_how_many_and_which(void **state)
{
	struct rotate_range r = { 0 };
	char line[ROTATE_FOOTER_MAX];
	size_t n;

	(void)state;
	n = rotate_footer(line, &r, true);
	assert_string_equal(line, "# end records 0\n");
	assert_int_equal(n, strlen(line));
	rotate_add(&r, &(struct rotate_range){ 1, 7, 7 });
	rotate_add(&r, &(struct rotate_range){ 0, 3, 4 });
	rotate_add(&r, &(struct rotate_range){ 2, 8, 9 });
	n = rotate_footer(line, &r, true);
	assert_string_equal(line, "# end records 3 first 7 last 9\n");
	assert_int_equal(n, strlen(line));
	(void)rotate_footer(line, &r, false);
	assert_string_equal(line, "# end records 3\n");
	r = (struct rotate_range){ UINT64_MAX, UINT64_MAX, UINT64_MAX };
	n = rotate_footer(line, &r, true);
	assert_true(n < sizeof(line) && line[n - 1] == '\n');
}

static void
only_our_own_closed_files_are_known(void **state)
{
	static const char *const foreign[] = { "log", "log.1", "log.1.gz",
		"log.20261121", "log.20261121T130007Z.old",
		"log.20261121T130007Z.1", "log.20261121T130007Z.",
		"log.20261121T13000Z", "log.20261121T130007Zx",
		"log2.20261121T130007Z", "log.20261121T130007Z.2x",
		"log.20261121T130007Z.gz.gz", "alog.20261121T130007Z", "lo" };
	uint64_t age;

	(void)state;
	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
		assert_int_equal(
		    rotate_kind(&age, foreign[i], "log"), ROTATE_NONE);
	}
	assert_int_equal(
	    rotate_kind(&age, "log.20261121T130007Z", "log"), ROTATE_PLAIN);
	assert_int_equal(
	    rotate_kind(&age, "log.20261121T130007Z.gz", "log"), ROTATE_GZ);
	assert_int_equal(
	    rotate_kind(&age, "log.20261121T130007Z.12.gz.tmp", "log"),
	    ROTATE_TMP);
}

static void
closed_files_have_an_order(void **state)
{
	static const char *const order[] = { "log.20251231T235959Z",
		"log.20261121T130007Z.gz", "log.20261121T130007Z.2",
		"log.20261121T130007Z.10.gz", "log.20261121T130007Z.99999",
		"log.20261121T130008Z" };
	uint64_t before = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		uint64_t age = 0;

		assert_int_not_equal(
		    rotate_kind(&age, order[i], "log"), ROTATE_NONE);
		assert_true(age > before);
		before = age;
	}
}

static void
settings_that_mean_nothing_are_refused(void **state)
{
	(void)state;
	assert_null(rotate_check(&(struct rotate){ 0 }));
	assert_null(rotate_check(&(struct rotate){ .size = 4096, .keep = 1 }));
	assert_null(rotate_check(&(struct rotate){ .every = 1, .gzip = true }));
	assert_non_null(rotate_check(&(struct rotate){ .size = 4095 }));
	assert_non_null(rotate_check(&(struct rotate){ .keep = 1 }));
	assert_non_null(rotate_check(&(struct rotate){ .gzip = true }));
}

#define TEST(f) \
	cmocka_unit_test_setup_teardown(f, tmpdir_setup, rotdir_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(closed_files_are_named_by_the_clock),
		TEST(files_closed_in_one_second_are_numbered),
		TEST(no_file_of_another_run_is_replaced),
		TEST(a_number_given_once_is_not_given_again),
		TEST(a_file_that_cannot_be_renamed_stays),
		cmocka_unit_test(files_end_at_multiples_of_the_period),
		cmocka_unit_test(the_last_line_tells_how_many_and_which),
		cmocka_unit_test(only_our_own_closed_files_are_known),
		cmocka_unit_test(closed_files_have_an_order),
		cmocka_unit_test(settings_that_mean_nothing_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
