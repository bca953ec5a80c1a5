/* SPDX-License-Identifier: BSD-3-Clause */
/* Going into the background, once everything is ready. */
#include "base/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"

static int ready_fd = -1; /* to the parent that waits; -1: none does */
static int null_fd = -1;  /* for the standard streams: opened in time */

/* Say how the child ended that was never ready. */
static int
exit_status(pid_t child)
{
	int status = 0;

	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		continue;
	if (WIFSIGNALED(status)) {
		log_errorx(
		    "ended by signal %d before it was ready", WTERMSIG(status));
		return EXIT_FAILURE;
	}
	return WEXITSTATUS(status) == EXIT_SUCCESS ? EXIT_FAILURE
						   : WEXITSTATUS(status);
}

static _Noreturn void
wait_for_ready(int fd, pid_t child)
{
	char octet;
	ssize_t n;

	while ((n = read(fd, &octet, 1)) < 0 && errno == EINTR)
		continue;
	_exit(n == 1 ? EXIT_SUCCESS : exit_status(child));
}

static int
become_child(int fd, pid_t parent)
{
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0 || setsid() < 0)
		return -1;
	/* It may have ended before the line above. */
	if (getppid() != parent) {
		errno = EPIPE;
		return -1;
	}
	ready_fd = fd;
	return 0;
}

/* Open /dev/null so often that what is opened later is no standard stream. */
static int
open_null(void)
{
	do {
		null_fd = open("/dev/null", O_RDWR);
	} while (null_fd >= 0 && null_fd <= STDERR_FILENO);
	return null_fd < 0 ? -1 : fcntl(null_fd, F_SETFD, FD_CLOEXEC);
}

int
daemon_start(void)
{
	const pid_t parent = getpid();
	int fd[2];
	pid_t pid;

	if (open_null() != 0 || pipe2(fd, O_CLOEXEC) != 0)
		return -1;
	(void)fflush(NULL); /* what waits there is not printed twice */
	if ((pid = fork()) < 0) {
		const int err = errno;

		(void)close(fd[0]);
		(void)close(fd[1]);
		errno = err;
		return -1;
	}
	(void)close(fd[pid == 0 ? 0 : 1]);
	if (pid == 0)
		return become_child(fd[1], parent);
	wait_for_ready(fd[0], pid);
}

static bool
is_regular(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

int
daemon_ready(void)
{
	if (ready_fd < 0)
		return 0;
	/* The parent may go from now on. */
	if (prctl(PR_SET_PDEATHSIG, 0) != 0)
		return -1;
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if ((fd == STDIN_FILENO || !is_regular(fd)) &&
		    dup2(null_fd, fd) < 0)
			return -1;
	}
	if (write(ready_fd, "", 1) != 1)
		return -1;
	(void)close(null_fd);
	(void)close(ready_fd);
	ready_fd = null_fd = -1;
	return 0;
}
