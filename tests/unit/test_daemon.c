/* SPDX-License-Identifier: BSD-3-Clause */
/* links: base/daemon base/log */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/daemon.h"

/* What a program in the foreground did, and the rest of what it printed. */
struct run {
	pid_t parent, daemon;
	int out;   /* its standard error */
	int close; /* the daemon ends when this is closed */
};

/*
 * Run a program that becomes a daemon, and, once told, is ready or exits with
 * ${status} before that.  Its first words are the daemon's number.
 */
static _Noreturn void
program(int out, int told, int status)
{
	char octet;

	(void)signal(SIGPIPE, SIG_IGN);
	(void)dup2(out, STDOUT_FILENO);
	(void)dup2(out, STDERR_FILENO);
	(void)close(out);
	if (daemon_start() != 0)
		_exit(99);
	(void)dprintf(STDERR_FILENO, "%d\n", (int)getpid());
	(void)!read(told, &octet, 1);
	if (status != 0)
		_exit(status - 1);
	if (daemon_ready() != 0)
		_exit(98);
	(void)dprintf(STDERR_FILENO, "never seen\n");
	(void)!read(told, &octet, 1);
	_exit(0);
}

/* Start it; ${status} - 1 is its exit status, 0: it becomes ready. */
static struct run
start(int status)
{
	int out[2], told[2];
	struct run r;
	char text[16] = "";

	assert_int_equal(pipe(out), 0);
	assert_int_equal(pipe(told), 0);
	if ((r.parent = fork()) == 0) {
		(void)close(out[0]);
		(void)close(told[1]);
		program(out[1], told[0], status);
	}
	assert_true(r.parent > 0);
	(void)close(out[1]);
	(void)close(told[0]);
	assert_true(read(out[0], text, sizeof(text) - 1) > 0);
	r.daemon = (pid_t)strtol(text, NULL, 10);
	r.out = out[0];
	r.close = told[1];
	return r;
}

static void
tell(const struct run *r)
{
	assert_int_equal(write(r->close, "", 1), 1);
}

/* The daemon is nobody's child here but ours: see main.  -1: of any child. */
static int
end_of(pid_t pid)
{
	int status;

	const pid_t ended = waitpid(pid, &status, 0);
	assert_true(pid < 0 ? ended > 0 : ended == pid);
	return status;
}

static void
finish(const struct run *r)
{
	(void)close(r->close);
	(void)close(r->out);
}

static void
the_parent_returns_0_when_the_daemon_is_ready(void **state)
{
	struct run r = start(0);

	(void)state;
	assert_int_not_equal(r.daemon, r.parent);
	assert_int_equal(waitpid(r.parent, NULL, WNOHANG), 0);
	tell(&r);
	assert_int_equal(end_of(r.parent), 0);
	assert_int_equal(kill(r.daemon, 0), 0);
	assert_int_equal(getsid(r.daemon), r.daemon);
	finish(&r);
	assert_int_equal(end_of(r.daemon), 0);
}

static void
its_standard_streams_are_closed(void **state)
{
	struct run r = start(0);
	char octet;

	(void)state;
	tell(&r);
	/* The end is there while the daemon lives, with nothing before it. */
	assert_int_equal(read(r.out, &octet, 1), 0);
	assert_int_equal(end_of(r.parent), 0);
	assert_int_equal(kill(r.daemon, 0), 0);
	finish(&r);
	assert_int_equal(end_of(r.daemon), 0);
}

static void
a_failure_before_that_is_the_parents_status(void **state)
{
	struct run r = start(1 + 7);

	(void)state;
	tell(&r);
	assert_int_equal(WEXITSTATUS(end_of(r.parent)), 7);
	finish(&r);
}

static void
to_end_well_before_that_is_a_failure(void **state)
{
	struct run r = start(1 + 0);

	(void)state;
	tell(&r);
	assert_int_equal(WEXITSTATUS(end_of(r.parent)), EXIT_FAILURE);
	finish(&r);
}

static void
a_signal_before_that_is_told(void **state)
{
	struct run r = start(0);
	char text[128] = "";

	(void)state;
	assert_int_equal(kill(r.daemon, SIGKILL), 0);
	assert_int_equal(WEXITSTATUS(end_of(r.parent)), EXIT_FAILURE);
	assert_true(read(r.out, text, sizeof(text) - 1) > 0);
	assert_non_null(strstr(text, "signal 9 before it was ready"));
	finish(&r);
}

static void
a_daemon_nobody_waits_for_any_more_ends(void **state)
{
	struct run r = start(0);
	int status;

	(void)state;
	assert_int_equal(kill(r.parent, SIGKILL), 0);
	(void)end_of(r.parent);
	status = end_of(r.daemon);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	finish(&r);
}

/* The descriptors of the daemon must not take their place. */
static void
standard_streams_may_be_closed_from_the_start(void **state)
{
	const pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		(void)close(STDIN_FILENO);
		(void)close(STDOUT_FILENO);
		(void)close(STDERR_FILENO);
		(void)alarm(10);
		if (daemon_start() != 0 || daemon_ready() != 0)
			_exit(1);
		_exit(write(STDERR_FILENO, "x", 1) == 1 ? 0 : 1);
	}
	assert_true(pid > 0);
	assert_int_equal(end_of(pid), 0);
	assert_int_equal(end_of(-1), 0);
}

static void
without_a_parent_that_waits_nothing_is_closed(void **state)
{
	int fd[2];
	char octet = 0;

	(void)state;
	assert_int_equal(pipe(fd), 0);
	const pid_t pid = fork();
	if (pid == 0) {
		(void)dup2(fd[1], STDOUT_FILENO);
		_exit(daemon_ready() == 0 && write(STDOUT_FILENO, "x", 1) == 1
			  ? 0
			  : 1);
	}
	assert_int_equal(end_of(pid), 0);
	assert_int_equal(read(fd[0], &octet, 1), 1);
	(void)close(fd[0]);
	(void)close(fd[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_parent_returns_0_when_the_daemon_is_ready),
		cmocka_unit_test(its_standard_streams_are_closed),
		cmocka_unit_test(a_failure_before_that_is_the_parents_status),
		cmocka_unit_test(to_end_well_before_that_is_a_failure),
		cmocka_unit_test(a_signal_before_that_is_told),
		cmocka_unit_test(a_daemon_nobody_waits_for_any_more_ends),
		cmocka_unit_test(standard_streams_may_be_closed_from_the_start),
		cmocka_unit_test(without_a_parent_that_waits_nothing_is_closed),
	};

	/* Daemons become our children, so that their end can be seen. */
	if (prctl(PR_SET_CHILD_SUBREAPER, 1UL, 0UL, 0UL, 0UL) != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
