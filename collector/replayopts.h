/* SPDX-License-Identifier: BSD-3-Clause */
/* The command line of recollect replay. */
#ifndef COLLECTOR_REPLAYOPTS_H_
#define COLLECTOR_REPLAYOPTS_H_

#include <stdio.h>

#include "collector/opts.h"

/**
 * replayopts_parse(o, argc, argv):
 * Read the command line behind the word replay, which is argv[0], to ${o},
 * which has its defaults.  Returns 0, or -1 after a message.
 */
int replayopts_parse(struct opts *o, int argc, char **argv);

/**
 * replayopts_help(fp):
 * Print the usage.
 */
void replayopts_help(FILE *fp);

/**
 * replayopts_done(o):
 * Free the texts that these options have.
 */
void replayopts_done(struct opts *o);

#endif
