/* SPDX-License-Identifier: BSD-3-Clause */
/* For tests of directories: commands of the shell in them. */
#ifndef TESTS_UNIT_SHELL_H_
#define TESTS_UNIT_SHELL_H_

/**
 * shell_run(dir, cmd):
 * Let the shell run ${cmd} in the directory ${dir}.  Returns 0, or -1 when it
 * failed.
 */
int shell_run(const char *dir, const char *cmd);

#endif
