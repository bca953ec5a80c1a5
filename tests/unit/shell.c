/* SPDX-License-Identifier: BSD-3-Clause */
/* For tests of directories: commands of the shell in them. */
#include "tests/unit/shell.h"

#include <sys/wait.h>
#include <unistd.h>

int
shell_run(const char *dir, const char *cmd)
{
	const pid_t pid = fork();
	int status;

	if (pid == 0) {
		if (chdir(dir) == 0)
			(void)execl("/bin/sh", "sh", "-c", cmd, (char *)NULL);
		_exit(127);
	}
	return waitpid(pid, &status, 0) == pid && status == 0 ? 0 : -1;
}
