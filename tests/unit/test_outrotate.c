/* SPDX-License-Identifier: BSD-3-Clause */
/* links: base/outfile base/outpath base/outq base/rotate base/proc tests/unit/rotdir tests/unit/tmpdir */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/outfile.h"
#include "base/proc.h"
#include "tests/unit/rotdir.h"
#include "tests/unit/tmpdir.h"

#define FILES 1024

static unsigned int warnings, resumes;
static unsigned int files_closed; /* told to rotate.closed */
static const char *name[FILES];

void
log_warn(const char *fmt, ...)
{
	(void)fmt;
	warnings++;
}

void
log_warnx(const char *fmt, ...)
{
	(void)fmt;
	resumes++;
}

/* The disk, which may fail: how many octets of the log it has taken. */
static bool disk_fails;
static off_t synced;

int
fdatasync(int fildes)
{
	struct stat st, log;

	assert_int_equal(fstat(fildes, &st), 0);
	assert_int_equal(stat(tmpdir_path("log"), &log), 0);
	assert_int_equal(st.st_ino, log.st_ino); /* not renamed yet */
	if (disk_fails) {
		errno = EIO;
		return -1;
	}
	synced = st.st_size;
	return 0;
}

static void
on_closed(void *arg)
{
	(void)arg;
	files_closed++;
}

static const struct rotate by_size = { .size = 4096, .closed = on_closed };

static struct outfile *
open_log(const struct rotate *r, enum outfile_end end)
{
	struct outfile *f = outfile_open(tmpdir_path("log"));

	assert_non_null(f);
	outfile_rotate(f, r, end);
	warnings = resumes = files_closed = 0;
	return f;
}

static mono_t
at(int64_t sec)
{
	return (mono_t){ sec * MONO_NS_PER_S };
}

/* Records ${first} to ${first} + ${n} - 1, 16 octets each. */
static void
say(struct outfile *f, unsigned int first, unsigned int n)
{
	char text[32];

	for (unsigned int i = first; i < first + n; i++) {
		(void)snprintf(text, sizeof(text), "message %07u\n", i);
		outfile_number(f, i);
		outfile_put(f, text, 16, 1);
		outfile_turn(f);
	}
}

/* The number of the message at ${text}. */
static unsigned int
number(const char *text)
{
	static const char word[] = "message ";

	assert_memory_equal(text, word, sizeof(word) - 1);
	return (unsigned int)strtoul(text + sizeof(word) - 1, NULL, 10);
}

/*
 * Read the file ${file}: its messages are ${*next} and those that follow;
 * ${*next} becomes the one after.  Returns its last line if it is a comment,
 * "" if not.
 */
static const char *
follow(const char *file, unsigned int *next)
{
	static char end[ROTATE_FOOTER_MAX];
	const char *line = tmpdir_read(file);

	end[0] = '\0';
	while (*line != '\0') {
		const size_t len = strcspn(line, "\n");

		assert_int_equal(line[len], '\n');
		assert_string_equal(end, ""); /* nothing behind it */
		if (line[0] == '#') {
			(void)snprintf(
			    end, sizeof(end), "%.*s", (int)len, line);
		} else {
			assert_int_equal(number(line), (*next)++);
		}
		line += len + 1;
	}
	return end;
}

/* Closed files sort behind the log, .10 before .2: go by the records. */
static void
expect_all(unsigned int records)
{
	const size_t n = rotdir_list(name, FILES);
	unsigned int seen = 0;
	unsigned int next;

	for (size_t i = 1; i < n; i++) {
		const unsigned int first = number(tmpdir_read(name[i]));
		char want[ROTATE_FOOTER_MAX];
		const char *end;

		next = first;
		end = follow(name[i], &next);
		(void)snprintf(want, sizeof(want),
		    "# end records %u first %u last %u", next - first, first,
		    next - 1);
		assert_string_equal(end, want);
		seen += next - first;
	}
	assert_string_equal(name[0], "log");
	next = seen;
	assert_string_equal(follow("log", &next), "");
	assert_int_equal(next, records);
}

/* As somebody else does it. */
static void
rename_log(const char *to)
{
	assert_int_equal(rename(tmpdir_path("log"), tmpdir_path(to)), 0);
}

static void
a_file_that_reaches_its_size_is_closed(void **state)
{
	struct outfile *f = open_log(&by_size, OUTFILE_END_RANGE);

	(void)state;
	say(f, 0, 255);
	assert_int_equal(rotdir_list(name, FILES), 1);
	say(f, 255, 2);
	assert_int_equal(rotdir_list(name, FILES), 2);
	assert_int_equal(files_closed, 1);
	assert_int_equal(outfile_written(f), 256);
	assert_int_equal(outfile_close(f), 0);
	expect_all(257);
}

static void
no_record_is_lost_torn_or_in_two_files(void **state)
{
	struct outfile *f = open_log(&by_size, OUTFILE_END_RANGE);

	(void)state;
	for (unsigned int i = 0; i < 100; i++) {
		say(f, i * 700, 700);
		if (i % 3 == 0)
			outfile_reopen(f);
		if (i % 7 == 0)
			(void)outfile_flush(f, at(i));
	}
	assert_int_equal(outfile_close(f), 0);
	assert_int_equal(rotdir_list(name, FILES), 1 + 70000 / 256);
	expect_all(70000);
	assert_int_equal(warnings, 0);
}

static void
an_earlier_runs_octets_count_but_not_its_records(void **state)
{
	struct outfile *f;
	char old[4097];

	(void)state;
	memset(old, 'x', 4096);
	old[4095] = '\n';
	old[4096] = '\0';
	rotdir_write("log", old);
	f = open_log(&by_size, OUTFILE_END_RANGE);
	assert_int_equal(outfile_length(f), 4096);
	say(f, 5, 1);
	assert_int_equal(rotdir_list(name, FILES), 2);
	assert_non_null(strstr(tmpdir_read(name[1]),
	    "x\nmessage 0000005\n# end records 1 first 5 last 5\n"));
	assert_int_equal(outfile_length(f), 0);
	assert_int_equal(outfile_close(f), 0);
}

static void
files_of_formats_without_comments_just_end(void **state)
{
	struct outfile *f = open_log(&by_size, OUTFILE_END_NONE);

	(void)state;
	say(f, 0, 256);
	assert_int_equal(outfile_close(f), 0);
	(void)rotdir_list(name, FILES);
	assert_int_equal(strlen(tmpdir_read(name[1])), 4096);
}

static void
every_file_begins_with_the_head(void **state)
{
	struct outfile *f = open_log(&by_size, OUTFILE_END_COUNT);

	(void)state;
	outfile_head(f, "head\n");
	say(f, 0, 300);
	outfile_reopen(f);
	say(f, 300, 1);
	assert_int_equal(outfile_close(f), 0);
	assert_int_equal(rotdir_list(name, FILES), 2);
	assert_memory_equal(
	    tmpdir_read(name[0]), "head\nmessage 0000256\n", 21);
	assert_null(strstr(tmpdir_read(name[0]) + 1, "head"));
	assert_memory_equal(
	    tmpdir_read(name[1]), "head\nmessage 0000000\n", 21);
	assert_non_null(strstr(tmpdir_read(name[1]), "\n# end records 256\n"));
}

static void
a_file_with_a_head_alone_gets_no_second_one(void **state)
{
	struct outfile *f = open_log(&by_size, OUTFILE_END_COUNT);

	(void)state;
	outfile_head(f, "head\n");
	assert_int_equal(outfile_close(f), 0);
	f = open_log(&by_size, OUTFILE_END_COUNT);
	outfile_head(f, "head\n");
	assert_int_equal(outfile_close(f), 0);
	assert_string_equal(tmpdir_read("log"), "head\n");
}

static void
files_end_with_the_period(void **state)
{
	const struct rotate by_time = { .every = 1 };
	struct outfile *f = open_log(&by_time, OUTFILE_END_RANGE);
	const wall_t begin = proc_wall();

	(void)state;
	say(f, 0, 3);
	while (rotdir_list(name, FILES) == 1)
		assert_int_equal(outfile_flush(f, at(1)), 0);
	assert_true(proc_wall().ns / MONO_NS_PER_S > begin.ns / MONO_NS_PER_S);
	say(f, 3, 1);
	assert_int_equal(outfile_close(f), 0);
	expect_all(4);
}

static void
a_file_without_records_is_not_closed(void **state)
{
	const struct rotate by_time = { .every = 1 };
	struct outfile *f = open_log(&by_time, OUTFILE_END_RANGE);
	const wall_t begin = proc_wall();

	(void)state;
	outfile_head(f, "head\n");
	while (proc_wall().ns < begin.ns + 11 * MONO_NS_PER_S / 10)
		assert_int_equal(outfile_flush(f, at(1)), 0);
	assert_int_equal(rotdir_list(name, FILES), 1);
	assert_int_equal(outfile_close(f), 0);
}

static void
a_file_of_an_earlier_period_is_closed_at_the_start(void **state)
{
	const struct timespec old[2] = { { 1, 0 }, { 1700000000, 0 } };
	const struct rotate by_time = { .every = 31622400 };
	struct outfile *f;

	(void)state;
	rotdir_write("log", "old\n");
	assert_int_equal(utimensat(AT_FDCWD, tmpdir_path("log"), old, 0), 0);
	f = open_log(&by_time, OUTFILE_END_RANGE);
	assert_int_equal(outfile_flush(f, at(1)), 0);
	assert_int_equal(rotdir_list(name, FILES), 2);
	assert_string_equal(tmpdir_read(name[1]), "old\n# end records 0\n");
	assert_int_equal(outfile_close(f), 0);
}

/* A log of an earlier period with three records, safe or not. */
static struct outfile *
old_log(bool safe)
{
	const struct timespec old[2] = { { 1, 0 }, { 1700000000, 0 } };
	static const struct rotate by_time = { .every = 31622400 };
	struct outfile *f;

	rotdir_write("log", "message 0000000\n");
	assert_int_equal(utimensat(AT_FDCWD, tmpdir_path("log"), old, 0), 0);
	f = open_log(&by_time, OUTFILE_END_RANGE);
	if (safe)
		outfile_safe(f);
	say(f, 1, 2);
	synced = -1;
	return f;
}

static void
a_file_is_on_the_disk_before_it_is_closed(void **state)
{
	struct outfile *f = old_log(true);

	(void)state;
	disk_fails = false;
	assert_int_equal(outfile_flush(f, at(1)), 0);
	assert_int_equal(rotdir_list(name, FILES), 2);
	assert_int_equal(synced, strlen(tmpdir_read(name[1])));
	assert_int_equal(outfile_close(f), 0);
}

static void
nobody_waits_for_the_disk_unasked(void **state)
{
	struct outfile *f = old_log(false);

	(void)state;
	assert_int_equal(outfile_flush(f, at(1)), 0);
	assert_int_equal(rotdir_list(name, FILES), 2);
	assert_int_equal(synced, -1);
	assert_int_equal(outfile_close(f), 0);
}

static void
a_file_that_the_disk_does_not_take_goes_on(void **state)
{
	struct outfile *f = old_log(true);

	(void)state;
	disk_fails = true;
	assert_int_equal(outfile_flush(f, at(1)), 0);
	assert_int_equal(outfile_flush(f, at(2)), 0);
	assert_int_equal(rotdir_list(name, FILES), 1);
	assert_int_equal(warnings, 1);
	assert_string_equal(tmpdir_read("log"),
	    "message 0000000\nmessage 0000001\nmessage 0000002\n");
	disk_fails = false;
	assert_int_equal(outfile_flush(f, at(3)), 0);
	assert_int_equal(resumes, 1);
	assert_int_equal(rotdir_list(name, FILES), 2);
	assert_int_equal(outfile_close(f), 0);
}

/* A full directory of names is hard to get; a path too long is not. */
static void
a_file_that_cannot_be_renamed_goes_on_with_one_warning(void **state)
{
	char long_name[250];
	struct outfile *f;

	(void)state;
	memset(long_name, 'l', sizeof(long_name));
	long_name[sizeof(long_name) - 1] = '\0';
	f = outfile_open(tmpdir_path(long_name));
	assert_non_null(f);
	warnings = 0;
	outfile_rotate(f, &by_size, OUTFILE_END_RANGE);
	for (unsigned int i = 0; i < 10; i++) {
		say(f, 100 * i, 100);
		assert_int_equal(outfile_flush(f, at(i)), 0);
	}
	assert_int_equal(warnings, 1);
	assert_int_equal(outfile_length(f), 16000);
	assert_int_equal(outfile_lost(f), 0);
	assert_int_equal(outfile_close(f), 0);
	unsigned int next = 0;
	assert_string_equal(follow(long_name, &next), "");
	assert_int_equal(next, 1000);
	assert_int_equal(rotdir_list(name, FILES), 1);
}

static void
a_file_that_somebody_renamed_is_left_to_him(void **state)
{
	struct outfile *f = open_log(&by_size, OUTFILE_END_RANGE);
	unsigned int next = 0;

	(void)state;
	say(f, 0, 100);
	assert_int_equal(outfile_flush(f, at(1)), 0);
	rename_log("log.1");
	say(f, 100, 300);
	assert_int_equal(outfile_close(f), 0);
	assert_int_equal(rotdir_list(name, FILES), 2);
	assert_string_equal(follow("log.1", &next), "");
	assert_int_equal(next, 256);
	assert_string_equal(follow("log", &next), "");
	assert_int_equal(next, 400);
}

static void
a_removed_file_is_begun_again(void **state)
{
	struct outfile *f = open_log(&by_size, OUTFILE_END_RANGE);
	unsigned int next = 100;

	(void)state;
	say(f, 0, 100);
	assert_int_equal(outfile_flush(f, at(1)), 0);
	assert_int_equal(unlink(tmpdir_path("log")), 0);
	say(f, 100, 10);
	assert_int_equal(outfile_flush(f, at(2)), 0);
	assert_string_equal(follow("log", &next), "");
	assert_int_equal(next, 110);
	say(f, 110, 246);
	assert_int_equal(rotdir_list(name, FILES), 2);
	next = 100;
	assert_string_equal(
	    follow(name[1], &next), "# end records 256 first 100 last 355");
	assert_int_equal(outfile_close(f), 0);
}

static void
limit_size(rlim_t size)
{
	struct rlimit r;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &r), 0);
	r.rlim_cur = size;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &r), 0);
}

static void
a_last_line_that_does_not_fit_is_not_torn(void **state)
{
	struct outfile *f = open_log(&by_size, OUTFILE_END_RANGE);

	(void)state;
	limit_size(4100);
	say(f, 0, 256);
	assert_int_equal(rotdir_list(name, FILES), 1);
	assert_int_equal(outfile_length(f), 4096);
	assert_int_equal(warnings, 1);
	limit_size(RLIM_INFINITY);
	assert_int_equal(outfile_flush(f, at(1)), 0);
	say(f, 256, 2);
	assert_int_equal(resumes, 1);
	assert_int_equal(outfile_close(f), 0);
	expect_all(258);
}

static void
numbers_of_lost_records_are_not_in_the_range(void **state)
{
	struct outfile *f = open_log(&by_size, OUTFILE_END_RANGE);

	(void)state;
	limit_size(1600);
	say(f, 0, 110);
	assert_int_equal(outfile_flush(f, at(1)), -1);
	assert_int_equal(outfile_lost(f), 10);
	assert_int_equal(outfile_length(f), 1600);
	limit_size(RLIM_INFINITY);
	assert_int_equal(outfile_flush(f, at(1)), -1);
	say(f, 110, 156);
	assert_int_equal(outfile_flush(f, at(3)), 0);
	say(f, 266, 1);
	assert_int_equal(outfile_written(f), 257);
	assert_int_equal(rotdir_list(name, FILES), 2);
	assert_non_null(strstr(
	    tmpdir_read(name[1]), "# end records 257 first 0 last 266\n"));
	assert_int_equal(outfile_close(f), 0);
}

static char hooked[ROTATE_PATH_MAX];
static unsigned int hooks;

static void
on_file(void *arg, const char *closed)
{
	(void)arg;
	hooks++;
	(void)snprintf(
	    hooked, sizeof(hooked), "%s", closed == NULL ? "" : closed);
}

static void
the_hook_tells_of_another_file(void **state)
{
	struct outfile *f = open_log(&by_size, OUTFILE_END_RANGE);

	(void)state;
	hooks = 0;
	outfile_hook(f, on_file, NULL);
	say(f, 0, 256);
	(void)rotdir_list(name, FILES);
	assert_string_equal(hooked, tmpdir_path(name[1]));
	outfile_reopen(f);
	assert_int_equal(hooks, 1); /* the same file */
	rename_log("log.1");
	outfile_reopen(f);
	assert_int_equal(hooks, 2);
	assert_string_equal(hooked, "");
	assert_int_equal(outfile_close(f), 0);
}

#define TEST(f) \
	cmocka_unit_test_setup_teardown(f, tmpdir_setup, rotdir_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_file_that_reaches_its_size_is_closed),
		TEST(no_record_is_lost_torn_or_in_two_files),
		TEST(an_earlier_runs_octets_count_but_not_its_records),
		TEST(files_of_formats_without_comments_just_end),
		TEST(every_file_begins_with_the_head),
		TEST(a_file_with_a_head_alone_gets_no_second_one),
		TEST(files_end_with_the_period),
		TEST(a_file_without_records_is_not_closed),
		TEST(a_file_of_an_earlier_period_is_closed_at_the_start),
		TEST(a_file_is_on_the_disk_before_it_is_closed),
		TEST(nobody_waits_for_the_disk_unasked),
		TEST(a_file_that_the_disk_does_not_take_goes_on),
		TEST(a_file_that_cannot_be_renamed_goes_on_with_one_warning),
		TEST(a_file_that_somebody_renamed_is_left_to_him),
		TEST(a_removed_file_is_begun_again),
		TEST(a_last_line_that_does_not_fit_is_not_torn),
		TEST(numbers_of_lost_records_are_not_in_the_range),
		TEST(the_hook_tells_of_another_file),
	};

	(void)signal(SIGXFSZ, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
