/* SPDX-License-Identifier: BSD-3-Clause */
/* links: base/keep base/proc base/rotate base/fdio tests/unit/rotdir tests/unit/tmpdir */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/keep.h"
#include "base/log.h"
#include "tests/unit/rotdir.h"
#include "tests/unit/tmpdir.h"

#define START   1763740800 /* 2025-11-21 16:00:00 UTC */
#define STAMP   "20251121T160000Z"
#define CLOSED  "20251121T160005Z"
#define EARLIER "20251121T155959Z"

static unsigned int errors;
static char said[256];

void
log_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(said, sizeof(said), fmt, ap);
	va_end(ap);
	errors++;
}

static struct keep *
begin(const char *node)
{
	struct keep *k =
	    keep_open(tmpdir_path("kept"), node, wall_make(START, 500000000));

	assert_non_null(k);
	assert_int_equal(keep_check(k), 0);
	errors = 0;
	return k;
}

/* What is in the directory of the copies: no temporary name is among it. */
static void
expect_kept(const char *const *name, size_t n)
{
	char was[sizeof(tmpdir)];
	const char *have[16];

	memcpy(was, tmpdir, sizeof(was));
	(void)snprintf(tmpdir, sizeof(tmpdir), "%.50s/kept", was);
	assert_int_equal(rotdir_list(have, 16), n);
	for (size_t i = 0; i < n; i++)
		assert_string_equal(have[i], name[i]);
	memcpy(tmpdir, was, sizeof(was));
}

static void
clear_kept(void)
{
	char was[sizeof(tmpdir)];
	const char *have[16];
	size_t n;

	memcpy(was, tmpdir, sizeof(was));
	(void)snprintf(tmpdir, sizeof(tmpdir), "%.50s/kept", was);
	n = rotdir_list(have, 16);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(unlink(tmpdir_path(have[i])), 0);
	memcpy(tmpdir, was, sizeof(was));
	assert_int_equal(rmdir(tmpdir_path("kept")), 0);
}

static void
copies_tell_node_and_start(void **state)
{
	static const char *const want[] = { "n1." STAMP ".log" };
	struct keep *k = begin("n1");
	struct stat a, b;

	(void)state;
	rotdir_write("log", "a line\n");
	assert_int_equal(keep_file(k, tmpdir_path("log")), 0);
	expect_kept(want, 1);
	assert_string_equal(tmpdir_read("kept/n1." STAMP ".log"), "a line\n");
	assert_int_equal(stat(tmpdir_path("log"), &a), 0);
	assert_int_equal(stat(tmpdir_path("kept/n1." STAMP ".log"), &b), 0);
	assert_int_equal(a.st_mtim.tv_nsec, b.st_mtim.tv_nsec);
	assert_int_equal(errors, 0);
	keep_free(k);
	clear_kept();
}

static void
a_copy_is_as_secret_as_the_log(void **state)
{
	static const mode_t modes[] = { 0600, 0640, 0664 };
	struct stat st;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct keep *k = begin("n1");

		rotdir_write("log", "a line\n");
		assert_int_equal(chmod(tmpdir_path("log"), modes[i]), 0);
		assert_int_equal(keep_file(k, tmpdir_path("log")), 0);
		assert_int_equal(
		    stat(tmpdir_path("kept/n1." STAMP ".log"), &st), 0);
		assert_int_equal(st.st_mode & 07777, modes[i]);
		keep_free(k);
		clear_kept();
	}
}

/* Somebody puts a link in the place of the directory that was just made. */
static void
only_what_it_made_is_given_away(void **state)
{
	struct keep *k;
	struct stat st;

	(void)state;
	if (geteuid() != 0)
		skip();
	k = begin("n1");
	assert_int_equal(mkdir(tmpdir_path("other"), 0700), 0);
	assert_int_equal(rmdir(tmpdir_path("kept")), 0);
	assert_int_equal(symlink(tmpdir_path("other"), tmpdir_path("kept")), 0);
	assert_int_equal(keep_give(k, "nobody"), 0);
	assert_int_equal(stat(tmpdir_path("other"), &st), 0);
	assert_int_equal(st.st_uid, 0);
	keep_free(k);
	assert_int_equal(unlink(tmpdir_path("kept")), 0);
	assert_int_equal(rmdir(tmpdir_path("other")), 0);

	/* and only if it made it */
	keep_free(begin("n1"));
	k = begin("n1");
	assert_int_equal(keep_give(k, "nobody"), 0);
	assert_int_equal(stat(tmpdir_path("kept"), &st), 0);
	assert_int_equal(st.st_uid, 0);
	keep_free(k);
	clear_kept();

	k = begin("n1");
	assert_int_equal(keep_give(k, "nobody"), 0);
	assert_int_equal(stat(tmpdir_path("kept"), &st), 0);
	assert_int_not_equal(st.st_uid, 0);
	assert_int_equal(keep_give(k, "no such user"), -1);
	keep_free(k);
	clear_kept();
}

static void
nothing_is_written_over(void **state)
{
	static const char *const want[] = { "n1." STAMP ".2.log",
		"n1." STAMP ".3.log", "n1." STAMP ".log" };

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct keep *k = begin("n1");
		const char text[] = { (char)('a' + i), '\n', '\0' };

		rotdir_write("log", text);
		assert_int_equal(keep_log(k, tmpdir_path("log")), 0);
		keep_free(k);
	}
	expect_kept(want, 3);
	assert_string_equal(tmpdir_read("kept/n1." STAMP ".log"), "a\n");
	assert_string_equal(tmpdir_read("kept/n1." STAMP ".2.log"), "b\n");
	assert_string_equal(tmpdir_read("kept/n1." STAMP ".3.log"), "c\n");
	clear_kept();
}

static void
closed_files_of_this_run_are_kept(void **state)
{
	static const char *const want[] = { "n1." STAMP ".log",
		"n1." STAMP ".log." CLOSED,
		"n1." STAMP ".log." CLOSED ".2.gz" };
	struct keep *k = begin("n1");

	(void)state;
	rotdir_write("log", "now\n");
	rotdir_write("log." EARLIER, "of an earlier run\n");
	rotdir_write("log." CLOSED, "first\n");
	rotdir_write("log." CLOSED ".2.gz", "second\n");
	rotdir_write("log." CLOSED ".3.gz.tmp", "under way\n");
	rotdir_write("logs", "another file\n");
	assert_int_equal(keep_log(k, tmpdir_path("log")), 0);
	expect_kept(want, 3);
	keep_free(k);
	clear_kept();
}

static void
a_clock_that_is_set_back_hides_nothing(void **state)
{
	static const char *const want[] = { "n1." STAMP ".log",
		"n1." STAMP ".log." EARLIER };
	struct keep *k = begin("n1");

	(void)state;
	rotdir_write("log", "now\n");
	rotdir_write("log." EARLIER, "of this run\n");
	keep_closed(k, wall_make(START - 1, 0));
	assert_int_equal(keep_log(k, tmpdir_path("log")), 0);
	expect_kept(want, 2);
	keep_free(k);
	clear_kept();
}

static void
odd_names_stay_in_the_directory(void **state)
{
	static const char *const want[] = { "_.__x_y." STAMP ".log" };
	struct keep *k = begin("../\nx y");

	(void)state;
	rotdir_write("log", "");
	assert_int_equal(keep_file(k, tmpdir_path("log")), 0);
	expect_kept(want, 1);
	keep_free(k);
	clear_kept();
}

static void
what_is_missing_is_named(void **state)
{
	struct keep *k = begin("n1");

	(void)state;
	assert_int_equal(keep_log(k, tmpdir_path("nothing")), -1);
	assert_int_equal(errors, 1);
	assert_non_null(strstr(said, "nothing: not kept in"));
	assert_int_equal(keep_log(k, tmpdir_path("no/log")), -1);
	assert_int_equal(errors, 2);
	expect_kept(NULL, 0);
	assert_int_equal(keep_file(k, "-"), 0);
	assert_int_equal(keep_file(k, NULL), 0);
	assert_int_equal(keep_file(k, "/dev/null"), 0);
	assert_int_equal(errors, 2);
	keep_free(k);
	clear_kept();
}

static void
a_full_disk_leaves_no_half_copy(void **state)
{
	struct rlimit was, small;
	struct keep *k = begin("n1");
	FILE *fp = fopen(tmpdir_path("log"), "w");

	(void)state;
	assert_non_null(fp);
	for (int i = 0; i < 100000; i++)
		(void)fputs("a line\n", fp);
	assert_int_equal(fclose(fp), 0);
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	small = (struct rlimit){ 100000, was.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_int_equal(keep_file(k, tmpdir_path("log")), -1);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	assert_int_equal(errors, 1);
	expect_kept(NULL, 0);
	keep_free(k);
	clear_kept();
}

static void
the_node_is_found_in_the_name_of_a_copy(void **state)
{
	static const struct {
		const char *path, *node;
	} rows[] = {
		{ "n1." STAMP ".log", "n1" },
		{ "/tmp/a." STAMP ".b/n1.example." STAMP ".2.log",
		    "n1.example" },
		{ "n1." STAMP ".log." CLOSED ".gz", "n1" },
		{ "pcapper.log." CLOSED, NULL },
		{ "." STAMP ".log", NULL },
		{ STAMP ".log", NULL },
		{ "n1.20251121T16000Z.log", NULL },
		{ "n1", NULL },
		{ "", NULL },
		{ "dir." STAMP ".x/", NULL },
	};
	char node[KEEP_NODE_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const int rc = keep_node(node, rows[i].path);

		assert_int_equal(rc, rows[i].node == NULL ? -1 : 0);
		if (rc == 0)
			assert_string_equal(node, rows[i].node);
	}
}

static void
a_directory_that_cannot_be_made_is_an_error(void **state)
{
	(void)state;
	assert_null(
	    keep_open(tmpdir_path("no/such"), "n1", wall_make(START, 0)));
	assert_int_equal(errno, ENOENT);
	rotdir_write("file", "");
	assert_null(keep_open(tmpdir_path("file"), "n1", wall_make(START, 0)));
	assert_int_equal(errno, ENOTDIR);
	assert_int_equal(keep_check(NULL), 0);
	keep_closed(NULL, wall_make(START, 0));
	keep_free(NULL);
}

#define TEST(f) \
	cmocka_unit_test_setup_teardown(f, tmpdir_setup, rotdir_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(copies_tell_node_and_start),
		TEST(a_copy_is_as_secret_as_the_log),
		TEST(only_what_it_made_is_given_away),
		TEST(nothing_is_written_over),
		TEST(closed_files_of_this_run_are_kept),
		TEST(a_clock_that_is_set_back_hides_nothing),
		TEST(odd_names_stay_in_the_directory),
		TEST(what_is_missing_is_named),
		TEST(a_full_disk_leaves_no_half_copy),
		TEST(the_node_is_found_in_the_name_of_a_copy),
		TEST(a_directory_that_cannot_be_made_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
