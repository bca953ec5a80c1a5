/* SPDX-License-Identifier: BSD-3-Clause */
/* links: base/rotjob base/rotate base/gz base/fdio tests/unit/rotdir tests/unit/tmpdir -lz */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#include "base/gz.h"
#include "base/log.h"
#include "base/rotjob.h"
#include "tests/unit/rotdir.h"
#include "tests/unit/tmpdir.h"

#define PATIENCE_S 20

static atomic_uint warnings;

void
log_warn(const char *fmt, ...)
{
	(void)fmt;
	atomic_fetch_add(&warnings, 1);
}

static const char *name[64];

/* Wait until there are ${n} files, and the first is called ${first}. */
static void
wait_for(size_t n, const char *first)
{
	const time_t end = time(NULL) + PATIENCE_S;
	size_t have = rotdir_list(name, 64);

	while (have != n || (n > 0 && strcmp(name[0], first) != 0)) {
		assert_true(time(NULL) < end);
		usleep(2000);
		have = rotdir_list(name, 64);
	}
}

static struct rotjob *
start(const struct rotate *r)
{
	struct rotjob *j = rotjob_new(r);

	assert_non_null(j);
	assert_int_equal(rotjob_add(j, tmpdir_path("log")), 0);
	assert_int_equal(rotjob_start(j), 0);
	return j;
}

/* What gunzip makes of the file. */
static const char *
unpacked(const char *gz)
{
	static char text[TMPDIR_TEXT_MAX];
	gzFile in = gzopen(tmpdir_path(gz), "rbe");
	int n;

	assert_non_null(in);
	n = gzread(in, text, sizeof(text) - 1);
	assert_true(n >= 0);
	assert_false(gzdirect(in));
	text[n] = '\0';
	assert_int_equal(gzclose(in), Z_OK);
	return text;
}

static void
closed_files_are_compressed_and_the_log_is_not(void **state)
{
	struct rotjob *j;

	(void)state;
	rotdir_write("log", "now\n");
	rotdir_write("log.20261121T130007Z", "then\n");
	rotdir_write("log.1", "not ours\n");
	j = start(&(struct rotate){ .gzip = true });
	wait_for(3, "log");
	while (strcmp(name[2], "log.20261121T130007Z.gz") != 0)
		wait_for(3, "log");
	assert_string_equal(unpacked("log.20261121T130007Z.gz"), "then\n");
	rotdir_write("log.20261121T130008Z", "later\n");
	rotjob_wake(j);
	while (rotdir_list(name, 64) != 4 ||
	       strcmp(name[3], "log.20261121T130008Z.gz") != 0)
		usleep(2000);
	rotjob_free(j);
	assert_string_equal(unpacked("log.20261121T130008Z.gz"), "later\n");
	assert_string_equal(tmpdir_read("log"), "now\n");
	assert_string_equal(tmpdir_read("log.1"), "not ours\n");
}

static void
time_and_mode_stay(void **state)
{
	const struct timespec times[2] = { { 1, 0 }, { 1700000000, 123 } };
	const atomic_bool go = false;
	unsigned char head[8];
	struct stat st;
	int dir, fd;

	(void)state;
	rotdir_write("x", "text\n");
	assert_int_equal(chmod(tmpdir_path("x"), 0640), 0);
	assert_int_equal(utimensat(AT_FDCWD, tmpdir_path("x"), times, 0), 0);
	dir = open(tmpdir, O_RDONLY | O_DIRECTORY);
	assert_int_equal(gz_file(dir, "x", &go), 0);
	assert_int_equal(stat(tmpdir_path("x.gz"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(st.st_mtim.tv_sec, 1700000000);
	assert_int_equal(st.st_mtim.tv_nsec, 123);
	fd = open(tmpdir_path("x.gz"), O_RDONLY);
	assert_int_equal(read(fd, head, sizeof(head)), sizeof(head));
	assert_int_equal(head[4] | head[5] << 8 | head[6] << 16 |
			     (int)((unsigned int)head[7] << 24),
	    1700000000); /* MTIME of RFC 1952 */
	(void)close(fd);
	(void)close(dir);
}

static void
empty_and_large_files_come_back(void **state)
{
	const atomic_bool go = false;
	const int dir = open(tmpdir, O_RDONLY | O_DIRECTORY);
	const size_t len = 3000000;
	unsigned char *data = malloc(len), *back = malloc(len + 1);
	FILE *fp = fopen(tmpdir_path("large"), "we");
	uint32_t seed = 1;
	gzFile in;

	(void)state;
	assert_true(fp != NULL && data != NULL && back != NULL);
	for (size_t i = 0; i < len; i++) {
		seed = seed * 1664525 + 1013904223;
		data[i] = (unsigned char)(seed >> 24);
	}
	assert_int_equal(fwrite(data, 1, len, fp), len);
	assert_int_equal(fclose(fp), 0);
	rotdir_write("empty", "");
	assert_int_equal(gz_file(dir, "empty", &go), 0);
	assert_int_equal(gz_file(dir, "large", &go), 0);
	assert_string_equal(unpacked("empty.gz"), "");
	in = gzopen(tmpdir_path("large.gz"), "rbe");
	assert_int_equal(gzread(in, back, (unsigned int)len + 1), len);
	assert_memory_equal(data, back, len);
	assert_int_equal(gzclose(in), Z_OK);
	assert_int_equal(rotdir_list(name, 64), 2);
	(void)close(dir);
	free(data);
	free(back);
}

static void
a_stop_leaves_all_as_it_was(void **state)
{
	const atomic_bool stop = true;
	const int dir = open(tmpdir, O_RDONLY | O_DIRECTORY);

	(void)state;
	rotdir_write("x", "text\n");
	assert_int_equal(gz_file(dir, "x", &stop), -1);
	assert_int_equal(errno, ECANCELED);
	assert_int_equal(rotdir_list(name, 64), 1);
	assert_string_equal(tmpdir_read("x"), "text\n");
	(void)close(dir);
}

static void
what_an_earlier_run_left_is_brought_to_an_end(void **state)
{
	struct rotjob *j;

	(void)state;
	rotdir_write("log.20261121T130007Z", "whole\n");
	rotdir_write("log.20261121T130007Z.gz.tmp", "half\n");
	rotdir_write("log.20261121T130008Z.gz.tmp", "half of nothing\n");
	/* Compressed, but not yet removed. */
	rotdir_write("log.20261121T130009Z", "done\n");
	rotdir_write("log.20261121T130009Z.gz", "(done)\n");
	j = start(&(struct rotate){ .gzip = true, .keep = 2 });
	wait_for(2, "log.20261121T130007Z.gz");
	assert_string_equal(name[1], "log.20261121T130009Z.gz");
	rotjob_free(j);
	assert_string_equal(unpacked("log.20261121T130007Z.gz"), "whole\n");
	assert_string_equal(tmpdir_read("log.20261121T130009Z.gz"), "(done)\n");
	assert_int_equal(warnings, 0);
}

static void
the_earliest_of_too_many_are_removed(void **state)
{
	struct rotjob *j;

	(void)state;
	rotdir_write("log", "");
	rotdir_write("log.1", "");
	rotdir_write("log.20261121T130007Z.gz", "");
	rotdir_write("log.20261121T130007Z.10", "");
	rotdir_write("log.20261121T130007Z.9", "");
	rotdir_write("log.20261121T130009Z", "");
	rotdir_write("other.20251121T130009Z", "");
	j = start(&(struct rotate){ .keep = 2 });
	wait_for(5, "log");
	assert_string_equal(name[2], "log.20261121T130007Z.10");
	assert_string_equal(name[3], "log.20261121T130009Z");
	rotjob_free(j);
}

static void
a_file_that_cannot_be_compressed_does_not_hold_up_the_others(void **state)
{
	struct rotjob *j;

	(void)state;
	warnings = 0;
	assert_int_equal(mkdir(tmpdir_path("log.20261121T130007Z"), 0700), 0);
	rotdir_write("log.20261121T130008Z", "text\n");
	j = start(&(struct rotate){ .gzip = true });
	while (rotdir_list(name, 64) != 2 ||
	       strcmp(name[1], "log.20261121T130008Z.gz") != 0)
		usleep(2000);
	rotjob_free(j);
	assert_int_equal(warnings, 1);
	assert_int_equal(rmdir(tmpdir_path("log.20261121T130007Z")), 0);
}

static void
one_warning_tells_that_files_wait(void **state)
{
	struct rotjob *j;
	const time_t end = time(NULL) + PATIENCE_S;

	(void)state;
	warnings = 0;
	/* A directory in the way, which is no file to compress. */
	assert_int_equal(mkdir(tmpdir_path("log.20261121T130007Z"), 0700), 0);
	j = start(&(struct rotate){ .gzip = true });
	while (warnings == 0 && time(NULL) < end)
		usleep(2000);
	rotjob_wake(j);
	assert_int_equal(rmdir(tmpdir_path("log.20261121T130007Z")), 0);
	rotdir_write("log.20261121T130008Z", "text\n");
	rotjob_wake(j);
	wait_for(1, "log.20261121T130008Z.gz");
	rotjob_free(j);
	assert_int_equal(warnings, 1);
}

#define TEST(f) \
	cmocka_unit_test_setup_teardown(f, tmpdir_setup, rotdir_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(closed_files_are_compressed_and_the_log_is_not),
		TEST(time_and_mode_stay),
		TEST(empty_and_large_files_come_back),
		TEST(a_stop_leaves_all_as_it_was),
		TEST(what_an_earlier_run_left_is_brought_to_an_end),
		TEST(the_earliest_of_too_many_are_removed),
		TEST(
		    a_file_that_cannot_be_compressed_does_not_hold_up_the_others),
		TEST(one_warning_tells_that_files_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
