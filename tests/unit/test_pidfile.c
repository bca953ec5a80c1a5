/* SPDX-License-Identifier: BSD-3-Clause */
/* links: base/pidfile */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/pidfile.h"

static char dir[] = "/tmp/test_pidfile.XXXXXX";
static char path[sizeof(dir) + 8];

static int
set_up(void **state)
{
	(void)state;
	if (mkdtemp(dir) == NULL)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/pid", dir);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	(void)unlink(path);
	return rmdir(dir);
}

static void
put(const char *text)
{
	FILE *fp = fopen(path, "w");

	assert_non_null(fp);
	assert_true(fputs(text, fp) >= 0);
	assert_int_equal(fclose(fp), 0);
}

static void
expect_pid(pid_t pid)
{
	char text[64] = "", want[64];
	FILE *fp = fopen(path, "r");

	assert_non_null(fp);
	(void)snprintf(want, sizeof(want), "%d\n", (int)pid);
	assert_non_null(fgets(text, sizeof(text), fp));
	assert_string_equal(text, want);
	assert_int_equal(fgetc(fp), EOF);
	(void)fclose(fp);
}

/* How many files there are in the directory. */
static unsigned int
files(void)
{
	unsigned int n = 0;
	const struct dirent *e;
	DIR *d = opendir(dir);

	assert_non_null(d);
	while ((e = readdir(d)) != NULL)
		n += e->d_name[0] != '.';
	(void)closedir(d);
	return n;
}

/* A child that holds the file until it is killed, or exits 1. */
static pid_t
start_holder(void)
{
	int fd[2];
	char octet = 0;
	pid_t pid;

	assert_int_equal(pipe(fd), 0);
	if ((pid = fork()) == 0) {
		const bool held = pidfile_open(path) != NULL;

		if (write(fd[1], held ? "y" : "n", 1) != 1)
			_exit(2);
		if (!held)
			_exit(1);
		for (;;)
			(void)pause();
	}
	assert_true(pid > 0);
	assert_int_equal(read(fd[0], &octet, 1), 1);
	(void)close(fd[0]);
	(void)close(fd[1]);
	assert_int_equal(octet, 'y');
	return pid;
}

static void
end(pid_t pid)
{
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void
the_file_has_the_number_and_is_removed_at_the_end(void **state)
{
	struct pidfile *p;
	struct stat st;

	(void)state;
	(void)umask(0);
	assert_int_equal(pidfile_holder(path), 0);
	p = pidfile_open(path);
	assert_non_null(p);
	expect_pid(getpid());
	assert_int_equal(files(), 1);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_int_equal(pidfile_holder(path), getpid());
	pidfile_close(p);
	assert_int_equal(files(), 0);
	pidfile_close(NULL);
}

static void
a_file_that_a_live_process_holds_is_refused(void **state)
{
	const pid_t pid = start_holder();

	(void)state;
	assert_int_equal(pidfile_holder(path), pid);
	assert_null(pidfile_open(path));
	assert_int_equal(errno, EBUSY);
	expect_pid(pid);
	assert_int_equal(files(), 1);
	end(pid);
}

static void
what_a_killed_process_left_is_replaced(void **state)
{
	const pid_t pid = start_holder();
	struct pidfile *p;

	(void)state;
	end(pid);
	expect_pid(pid);
	assert_int_equal(pidfile_holder(path), 0);
	p = pidfile_open(path);
	assert_non_null(p);
	expect_pid(getpid());
	assert_int_equal(files(), 1);
	pidfile_close(p);
}

/* The number of a process that lives, but never held the file. */
static void
a_number_alone_holds_nothing(void **state)
{
	char text[32];
	struct pidfile *p;

	(void)state;
	(void)snprintf(text, sizeof(text), "%d\n", (int)getppid());
	put(text);
	assert_int_equal(pidfile_holder(path), 0);
	p = pidfile_open(path);
	assert_non_null(p);
	expect_pid(getpid());
	pidfile_close(p);
}

static void
a_file_of_somebody_else_is_not_removed(void **state)
{
	struct pidfile *p = pidfile_open(path);

	(void)state;
	assert_non_null(p);
	assert_int_equal(unlink(path), 0);
	put("1\n");
	pidfile_close(p);
	assert_int_equal(files(), 1);
	assert_int_equal(unlink(path), 0);
}

static void
links_and_missing_directories_are_errors(void **state)
{
	char none[sizeof(path) + 8];

	(void)state;
	(void)snprintf(none, sizeof(none), "%s/no/pid", dir);
	assert_null(pidfile_open(none));
	assert_int_equal(errno, ENOENT);
	assert_int_equal(symlink("elsewhere", path), 0);
	assert_null(pidfile_open(path));
	assert_int_equal(errno, ELOOP);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(files(), 0);
}

#define RACERS 8

static void
of_many_that_start_at_once_one_gets_it(void **state)
{
	int go[2], said[2];
	pid_t pid[RACERS];
	unsigned int won = 0;
	char octet;

	(void)state;
	put("999999\n");
	assert_int_equal(pipe(go), 0);
	assert_int_equal(pipe(said), 0);
	for (int i = 0; i < RACERS; i++) {
		if ((pid[i] = fork()) == 0) {
			(void)close(go[1]);
			(void)!read(go[0], &octet, 1);
			octet = pidfile_open(path) != NULL ? 'y' : 'n';
			if (write(said[1], &octet, 1) != 1)
				_exit(2);
			for (;;)
				(void)pause();
		}
		assert_true(pid[i] > 0);
	}
	(void)close(go[1]);
	for (int i = 0; i < RACERS; i++) {
		assert_int_equal(read(said[0], &octet, 1), 1);
		won += octet == 'y';
	}
	assert_int_equal(won, 1);
	assert_int_equal(files(), 1);
	for (int i = 0; i < RACERS; i++)
		end(pid[i]);
	(void)close(go[0]);
	(void)close(said[0]);
	(void)close(said[1]);
	assert_int_equal(unlink(path), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    the_file_has_the_number_and_is_removed_at_the_end),
		cmocka_unit_test(a_file_that_a_live_process_holds_is_refused),
		cmocka_unit_test(what_a_killed_process_left_is_replaced),
		cmocka_unit_test(a_number_alone_holds_nothing),
		cmocka_unit_test(a_file_of_somebody_else_is_not_removed),
		cmocka_unit_test(links_and_missing_directories_are_errors),
		cmocka_unit_test(of_many_that_start_at_once_one_gets_it),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
