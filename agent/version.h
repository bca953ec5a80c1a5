/* SPDX-License-Identifier: BSD-3-Clause */
/* The version of the program and of the libraries it runs with. */
#ifndef AGENT_VERSION_H_
#define AGENT_VERSION_H_

#include <stdio.h>

/**
 * version_print(fp):
 * Print one line for pcapper and one for each library.
 */
void version_print(FILE *fp);

#endif
