/* SPDX-License-Identifier: BSD-3-Clause */
/* links: base/outfile base/outpath base/outq base/rotate base/proc */
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
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/outfile.h"

#define PATH_LEN 128

static char dir[64];
static char path[PATH_LEN];
static off_t size_when_warned;

/* The messages that outfile logs are counted, not printed. */
static unsigned int warnings; /* suspended */
static unsigned int resumes;  /* goes on */

void
log_warn(const char *fmt, ...)
{
	struct stat st;

	(void)fmt;
	warnings++;
	size_when_warned = stat(path, &st) == 0 ? st.st_size : -1;
}

void
log_warnx(const char *fmt, ...)
{
	(void)fmt;
	resumes++;
}

static int
make_dir(void **state)
{
	(void)state;
	warnings = resumes = 0;
	(void)snprintf(dir, sizeof(dir), "/tmp/test_outfile.XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/log", dir);
	return 0;
}

static int
remove_dir(void **state)
{
	char old[PATH_LEN + 8];

	(void)state;
	(void)snprintf(old, sizeof(old), "%s.1", path);
	(void)unlink(old);
	(void)unlink(path);
	return rmdir(dir);
}

static mono_t
at(int64_t sec)
{
	return (mono_t){ sec * MONO_NS_PER_S };
}

static void
say(struct outfile *f, const char *text)
{
	const size_t len = strlen(text);

	memcpy(outfile_room(f, 4096), text, len);
	outfile_commit(f, len, 1);
}

/* ${n} numbered messages of 16 octets each, from ${first}. */
static void
say_many(struct outfile *f, unsigned int first, unsigned int n)
{
	char text[32];

	for (unsigned int i = first; i < first + n; i++) {
		(void)snprintf(text, sizeof(text), "message %07u\n", i);
		say(f, text);
	}
}

static void
expect_content(const char *name, const char *want)
{
	char got[256];
	const int fd = open(name, O_RDONLY);
	ssize_t n;

	assert_true(fd >= 0);
	n = read(fd, got, sizeof(got) - 1);
	assert_true(n >= 0);
	got[n] = '\0';
	(void)close(fd);
	assert_string_equal(got, want);
}

static off_t
size_of(const char *name)
{
	struct stat st;

	assert_int_equal(stat(name, &st), 0);
	return st.st_size;
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
messages_are_appended_at_the_flush(void **state)
{
	struct outfile *f = outfile_open(path);

	(void)state;
	assert_non_null(f);
	say(f, "one\n");
	say(f, "two\n");
	expect_content(path, "");
	assert_int_equal(outfile_written(f), 0);
	assert_int_equal(outfile_flush(f, at(1)), 0);
	expect_content(path, "one\ntwo\n");
	assert_int_equal(outfile_written(f), 2);
	assert_int_equal(outfile_close(f), 0);
	f = outfile_open(path);
	assert_non_null(f);
	say(f, "three\n");
	assert_int_equal(outfile_close(f), 0);
	expect_content(path, "one\ntwo\nthree\n");
}

static void
a_file_that_cannot_be_opened_is_an_error(void **state)
{
	(void)state;
	assert_null(outfile_open("/nonexistent/log"));
	assert_int_equal(errno, ENOENT);
	assert_int_equal(outfile_close(NULL), 0);
}

static void
a_full_buffer_is_written_without_a_flush(void **state)
{
	struct outfile *f = outfile_open(path);

	(void)state;
	assert_non_null(f);
	say_many(f, 0, 10000);
	assert_true(size_of(path) > 160000 - OUTFILE_BUF);
	assert_int_equal(size_of(path) % 16, 0);
	assert_int_equal(outfile_close(f), 0);
	assert_int_equal(size_of(path), 160000);
}

static void
a_full_disk_suspends_and_is_tried_once_a_second(void **state)
{
	struct outfile *f = outfile_open("/dev/full");

	(void)state;
	assert_non_null(f);
	say(f, "lost\n");
	assert_int_equal(outfile_flush(f, at(10)), -1);
	assert_int_equal(outfile_lost(f), 1);
	say(f, "waits\n");
	assert_int_equal(
	    outfile_flush(f, (mono_t){ 11 * MONO_NS_PER_S - 1 }), -1);
	assert_int_equal(outfile_lost(f), 1); /* too early to try */
	assert_int_equal(outfile_flush(f, at(11)), -1);
	assert_int_equal(outfile_lost(f), 2);
	assert_int_equal(outfile_written(f), 0);
	assert_int_equal(warnings, 1);
	assert_int_equal(resumes, 0);
	assert_int_equal(outfile_close(f), 0);
}

static void
what_does_not_fit_while_suspended_is_counted(void **state)
{
	struct outfile *f = outfile_open("/dev/full");

	(void)state;
	assert_non_null(f);
	say_many(f, 0, 20000);
	assert_int_equal(outfile_flush(f, at(10)), -1);
	assert_int_equal(outfile_lost(f), 20000);
	say(f, "last\n");
	assert_int_equal(outfile_close(f), -1);
	assert_int_equal(warnings, 1);
}

static void
silence_is_no_sign_of_recovery(void **state)
{
	struct outfile *f = outfile_open("/dev/full");

	(void)state;
	assert_non_null(f);
	say(f, "lost\n");
	assert_int_equal(outfile_flush(f, at(1)), -1);
	for (int64_t s = 2; s < 9; s++)
		assert_int_equal(outfile_flush(f, at(s)), -1);
	assert_int_equal(resumes, 0);
	assert_int_equal(outfile_close(f), 0);
}

static void
an_old_errno_is_not_taken_for_a_closed_pipe(void **state)
{
	struct outfile *f = outfile_open("/dev/full");

	(void)state;
	assert_non_null(f);
	say(f, "lost\n");
	assert_int_equal(outfile_flush(f, at(1)), -1);
	errno = EPIPE;
	assert_int_equal(outfile_flush(f, at(1)), -1);
	assert_int_not_equal(errno, EPIPE);
	errno = EPIPE;
	assert_int_equal(outfile_flush(f, at(5)), -1);
	assert_int_not_equal(errno, EPIPE);
	assert_int_equal(outfile_close(f), 0);
}

static void
a_torn_message_is_cut_off_and_writing_goes_on(void **state)
{
	struct outfile *f = outfile_open(path);

	(void)state;
	assert_non_null(f);
	say_many(f, 0, 10);
	assert_int_equal(outfile_flush(f, at(1)), 0);
	say_many(f, 10, 10);
	limit_size(165); /* inside the eleventh */
	assert_int_equal(outfile_flush(f, at(2)), -1);
	assert_int_equal(size_of(path), 160);
	assert_int_equal(outfile_lost(f), 10);
	say(f, "after\n");
	limit_size(RLIM_INFINITY);
	assert_int_equal(outfile_flush(f, at(3)), 0);
	assert_int_equal(size_of(path), 166);
	assert_int_equal(outfile_written(f), 11);
	assert_int_equal(warnings, 1);
	assert_int_equal(resumes, 1);
	assert_int_equal(outfile_close(f), 0);
}

/* In a child, whose standard output is the file, not opened for appending. */
static int
fill_stdout(void)
{
	struct rlimit r = { 20, RLIM_INFINITY };
	const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	struct outfile *f;

	if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0 ||
	    (f = outfile_open("-")) == NULL)
		return 1;
	say(f, "before\n");
	if (outfile_flush(f, at(1)) != 0)
		return 2;
	say_many(f, 0, 3);
	if (setrlimit(RLIMIT_FSIZE, &r) != 0 || outfile_flush(f, at(2)) == 0)
		return 3;
	r.rlim_cur = RLIM_INFINITY;
	say(f, "after\n");
	if (setrlimit(RLIMIT_FSIZE, &r) != 0 || outfile_flush(f, at(3)) != 0)
		return 4;
	return outfile_close(f) == 0 ? 0 : 5;
}

static void
a_redirected_standard_output_gets_no_hole(void **state)
{
	pid_t pid;
	int status;

	(void)state;
	(void)fflush(stdout);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(fill_stdout());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	expect_content(path, "before\nafter\n");
}

static void
reopening_follows_a_rotation(void **state)
{
	char old[PATH_LEN + 8];
	struct outfile *f = outfile_open(path);

	(void)state;
	assert_non_null(f);
	(void)snprintf(old, sizeof(old), "%s.1", path);
	say(f, "old\n");
	assert_int_equal(rename(path, old), 0);
	outfile_reopen(f);
	say(f, "new\n");
	assert_int_equal(outfile_close(f), 0);
	expect_content(old, "old\n");
	expect_content(path, "new\n");
}

static void
a_file_that_is_gone_comes_back_with_its_directory(void **state)
{
	struct outfile *f = outfile_open(path);

	(void)state;
	assert_non_null(f);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(dir), 0);
	outfile_reopen(f);
	assert_int_equal(warnings, 1);
	say(f, "lost\n");
	assert_int_equal(outfile_flush(f, at(5)), -1);
	assert_int_equal(outfile_lost(f), 1);
	assert_int_equal(mkdir(dir, 0700), 0);
	say(f, "kept\n");
	assert_int_equal(outfile_flush(f, at(6)), 0);
	expect_content(path, "kept\n");
	assert_int_equal(resumes, 1);
	assert_int_equal(outfile_close(f), 0);
}

/* A pipe of the file system, so that outfile can open it by its path. */
static int
open_pipe(struct outfile **ret_f)
{
	int fd;

	assert_int_equal(mkfifo(path, 0600), 0);
	fd = open(path, O_RDONLY | O_NONBLOCK);
	assert_true(fd >= 0);
	*ret_f = outfile_open(path);
	assert_non_null(*ret_f);
	return fd;
}

static void
a_closed_pipe_is_told_apart(void **state)
{
	struct outfile *f;
	const int fd = open_pipe(&f);

	(void)state;
	(void)close(fd);
	say(f, "nobody reads this\n");
	assert_int_equal(outfile_flush(f, at(1)), -1);
	assert_int_equal(errno, EPIPE);
	errno = 0;
	assert_int_equal(outfile_flush(f, at(9)), -1);
	assert_int_equal(errno, EPIPE);
	assert_int_equal(outfile_lost(f), 1);
	assert_int_equal(warnings, 0);
	assert_int_equal(outfile_close(f), 0);
}

/* In a child: standard output is a non-blocking pipe of 4096 octets. */
static int
fill_pipe(int rd, int wr)
{
	char got[16];
	char want[32];
	struct outfile *f;
	unsigned int i = 0;

	if (dup2(wr, STDOUT_FILENO) < 0 || (f = outfile_open("-")) == NULL)
		return 1;
	say_many(f, 0, 500); /* 8000 octets */
	if (outfile_flush(f, at(1)) == 0 || errno == EPIPE)
		return 2;
	say_many(f, 500, 10);
	for (int64_t s = 2; i < 510; s++) {
		while (read(rd, got, sizeof(got)) == (ssize_t)sizeof(got)) {
			(void)snprintf(
			    want, sizeof(want), "message %07u\n", i++);
			if (memcmp(got, want, sizeof(got)) != 0)
				return 3;
		}
		(void)outfile_flush(f, at(s));
	}
	if (outfile_written(f) != 510 || outfile_lost(f) != 0)
		return 4;
	return outfile_close(f) == 0 ? 0 : 5;
}

static void
a_slow_reader_gets_every_message_whole(void **state)
{
	int fd[2];
	int status;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe2(fd, O_NONBLOCK), 0);
	assert_int_equal(fcntl(fd[1], F_SETPIPE_SZ, 4096), 4096);
	(void)fflush(stdout);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(fill_pipe(fd[0], fd[1]));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	(void)close(fd[0]);
	(void)close(fd[1]);
}

static void
messages_before_a_torn_one_stay(void **state)
{
	struct outfile *f = outfile_open(path);

	(void)state;
	assert_non_null(f);
	say_many(f, 0, 10);
	limit_size(101); /* inside the seventh */
	assert_int_equal(outfile_flush(f, at(1)), -1);
	limit_size(RLIM_INFINITY);
	assert_int_equal(size_of(path), 96);
	assert_int_equal(outfile_written(f), 6);
	assert_int_equal(outfile_lost(f), 4);
	assert_int_equal(size_when_warned, 96);
	assert_int_equal(outfile_close(f), 0);
}

static void
more_messages_than_are_told_apart_are_all_counted(void **state)
{
	struct outfile *f = outfile_open(path);

	(void)state;
	assert_non_null(f);
	for (int i = 0; i < 20000; i++)
		outfile_put(f, "x\n", 2, 1);
	limit_size(39999);
	assert_int_equal(outfile_flush(f, at(1)), -1);
	limit_size(RLIM_INFINITY);
	assert_int_equal(outfile_written(f) + outfile_lost(f), 20000);
	assert_int_equal(size_of(path), 2 * (off_t)outfile_written(f));
	assert_true(outfile_written(f) >= 4095);
	assert_int_equal(outfile_close(f), 0);
}

static void
a_closed_pipe_that_is_reopened_is_open(void **state)
{
	struct outfile *f;
	char got[64];
	int fd;

	(void)state;
	assert_int_equal(mkfifo(path, 0600), 0);
	fd = open(path, O_RDONLY | O_NONBLOCK);
	f = outfile_open(path);
	assert_non_null(f);
	(void)close(fd);
	say(f, "lost\n");
	assert_int_equal(outfile_flush(f, at(1)), -1);
	assert_int_equal(errno, EPIPE);
	fd = open(path, O_RDONLY | O_NONBLOCK);
	outfile_reopen(f);
	say(f, "after\n");
	assert_int_equal(outfile_flush(f, at(3)), 0);
	assert_int_equal(read(fd, got, sizeof(got)), 6);
	assert_int_equal(outfile_close(f), 0);
	(void)close(fd);
}

static void
a_large_message_is_written_whole_among_small_ones(void **state)
{
	char *big = malloc(OUTFILE_MESSAGE_MAX);
	struct outfile *f = outfile_open(path);
	struct stat st;

	(void)state;
	assert_non_null(big);
	assert_non_null(f);
	memset(big, 'x', OUTFILE_MESSAGE_MAX);
	big[OUTFILE_MESSAGE_MAX - 1] = '\n';
	outfile_put(f, "a\n", 2, 1);
	outfile_put(f, big, OUTFILE_MESSAGE_MAX, 1);
	outfile_put(f, "b\n", 2, 1);
	assert_int_equal(outfile_flush(f, at(0)), 0);
	assert_int_equal(outfile_written(f), 3);
	assert_int_equal(outfile_lost(f), 0);
	assert_int_equal(outfile_close(f), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, OUTFILE_MESSAGE_MAX + 4);
	free(big);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, make_dir, remove_dir)

/* Open a log that ends like ${text}, mend it, and add a line. */
static void
expect_mended(const char *text, const char *want, unsigned int messages)
{
	struct outfile *f;
	FILE *fp = fopen(path, "w");

	assert_non_null(fp);
	(void)fputs(text, fp);
	assert_int_equal(fclose(fp), 0);
	f = outfile_open(path);
	assert_non_null(f);
	resumes = 0;
	outfile_mend(f, "0123456789#");
	assert_int_equal(resumes, messages);
	say(f, "3:c\n");
	assert_int_equal(outfile_close(f), 0);
	expect_content(path, want);
}

static void
a_torn_last_line_is_cut_off_before_more_is_added(void **state)
{
	(void)state;
	expect_mended("1:a\n2:b", "1:a\n3:c\n", 1);
	expect_mended("1:a", "3:c\n", 1);
	expect_mended("1:a\n# lo", "1:a\n3:c\n", 1);
	expect_mended("1:a\n2:b\n", "1:a\n2:b\n3:c\n", 0);
	expect_mended("", "3:c\n", 0);
	/* not ours */
	expect_mended("1:a\nnotes", "1:a\nnotes3:c\n", 0);
}

/* A file of ${lines} lines of two octets, and a last one of ${len} without end. */
static off_t
mended_size(size_t lines, size_t len)
{
	struct outfile *f;
	struct stat st;
	FILE *fp = fopen(path, "w");

	assert_non_null(fp);
	for (size_t i = 0; i < lines; i++)
		(void)fputs("1\n", fp);
	for (size_t i = 0; i < len; i++)
		(void)fputc('2', fp);
	assert_int_equal(fclose(fp), 0);
	f = outfile_open(path);
	assert_non_null(f);
	outfile_mend(f, "0123456789#");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(outfile_length(f), st.st_size);
	assert_int_equal(outfile_close(f), 0);
	return st.st_size;
}

static void
a_torn_line_of_any_length_is_found_and_no_longer_one_cut(void **state)
{
	(void)state;
	for (size_t len = 4090; len < 4102; len++) {
		assert_int_equal(mended_size(3000, len), 6000);
		assert_int_equal(mended_size(1, len), 2);
		assert_int_equal(mended_size(0, len), 0);
	}
	assert_int_equal(mended_size(9, OUTFILE_MESSAGE_MAX), 18);
	assert_int_equal(mended_size(9, OUTFILE_MESSAGE_MAX + 1),
	    18 + OUTFILE_MESSAGE_MAX + 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(messages_are_appended_at_the_flush),
		TEST(a_file_that_cannot_be_opened_is_an_error),
		TEST(a_full_buffer_is_written_without_a_flush),
		TEST(a_full_disk_suspends_and_is_tried_once_a_second),
		TEST(what_does_not_fit_while_suspended_is_counted),
		TEST(silence_is_no_sign_of_recovery),
		TEST(an_old_errno_is_not_taken_for_a_closed_pipe),
		TEST(a_torn_message_is_cut_off_and_writing_goes_on),
		TEST(a_redirected_standard_output_gets_no_hole),
		TEST(reopening_follows_a_rotation),
		TEST(a_file_that_is_gone_comes_back_with_its_directory),
		TEST(a_closed_pipe_is_told_apart),
		TEST(a_slow_reader_gets_every_message_whole),
		TEST(a_large_message_is_written_whole_among_small_ones),
		TEST(messages_before_a_torn_one_stay),
		TEST(more_messages_than_are_told_apart_are_all_counted),
		TEST(a_closed_pipe_that_is_reopened_is_open),
		TEST(a_torn_last_line_is_cut_off_before_more_is_added),
		TEST(a_torn_line_of_any_length_is_found_and_no_longer_one_cut),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
