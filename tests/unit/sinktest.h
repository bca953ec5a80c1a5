/* SPDX-License-Identifier: BSD-3-Clause */
/* For tests: the Redis output before a server of our own. */
#ifndef TESTS_UNIT_SINKTEST_H_
#define TESTS_UNIT_SINKTEST_H_

#include <stdint.h>

#include "collector/sink.h"

struct conf;

/* What a test works with, from sinktest_setup to sinktest_teardown. */
extern struct conf *sinktest_conf;
extern struct ev_loop *sinktest_loop;
extern struct sink *sinktest_sink; /* NULL until it is opened */

/* Of a group of tests, and of each test: cmocka's fixtures. */
int sinktest_begin(void **state);
int sinktest_setup(void **state);
int sinktest_teardown(void **state);
int sinktest_end(void **state);

/**
 * sinktest_open():
 * Open the output as the configuration now says.
 */
void sinktest_open(void);

/**
 * sinktest_drain():
 * End of input.  Returns 1, or -1 when not everything could be written.
 */
int sinktest_drain(void);

/**
 * sinktest_counter(name):
 * Return the counter ${name} of the output.
 */
uint64_t sinktest_counter(const char *name);

/**
 * sinktest_until(name, v):
 * Turn the loop until the counter ${name} reaches ${v}.
 */
void sinktest_until(const char *name, uint64_t v);

/**
 * sinktest_turn(s):
 * Turn the loop for ${s} seconds.
 */
void sinktest_turn(double s);

/**
 * sinktest_account(updates):
 * Assert that the account has ${updates} updates, each once.
 */
void sinktest_account(uint64_t updates);

#endif
