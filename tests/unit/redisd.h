/* SPDX-License-Identifier: BSD-3-Clause */
/* For tests: a redis-server of our own, behind a socket in a new directory. */
#ifndef TESTS_UNIT_REDISD_H_
#define TESTS_UNIT_REDISD_H_

#include <sys/types.h>

/**
 * redisd_begin():
 * Make the directory.  Returns the path of the socket, for good.
 */
const char *redisd_begin(void);

/**
 * redisd_start():
 * Start the server and wait until it answers.  Ends the program on failure.
 */
void redisd_start(void);

/**
 * redisd_stop():
 * Kill the server, if it runs: like a crash.
 */
void redisd_stop(void);

/**
 * redisd_signal(sig):
 * Send a signal to the server, if it runs.
 */
void redisd_signal(int sig);

/**
 * redisd_ask(format, ...):
 * Give a command to the server.  Returns its answer as text, valid until the
 * next call; empty for nil, the elements of an array separated by spaces.
 */
const char *redisd_ask(const char *format, ...);

/**
 * redisd_end():
 * Remove the directory and a dump in it.  Returns 0, or -1 when something else is in it.
 */
int redisd_end(void);

#endif
