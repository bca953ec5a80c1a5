/* SPDX-License-Identifier: BSD-3-Clause */
/* links: */
/* cpu FILE COMMAND...: appends the CPU seconds COMMAND took to FILE. */

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static double
seconds(const struct timeval *tv)
{
	return (double)tv->tv_sec + (double)tv->tv_usec / 1e6;
}

/* The line is "user system"; the exit status is that of COMMAND. */
int
main(int argc, char *argv[])
{
	struct rusage ru;
	FILE *fp;
	pid_t pid;
	int status;

	if (argc < 3)
		errx(2, "usage: cpu file command [argument ...]");
	if ((fp = fopen(argv[1], "ae")) == NULL)
		err(2, "%s", argv[1]);
	if ((pid = fork()) == -1)
		err(2, "fork");
	if (pid == 0) {
		(void)execvp(argv[2], &argv[2]);
		err(127, "%s", argv[2]);
	}
	while (wait4(pid, &status, 0, &ru) == -1) {
		if (errno != EINTR)
			err(2, "wait4");
	}
	(void)fprintf(
	    fp, "%.6f %.6f\n", seconds(&ru.ru_utime), seconds(&ru.ru_stime));
	if (fclose(fp) != 0)
		err(2, "%s", argv[1]);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
