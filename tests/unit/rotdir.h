/* SPDX-License-Identifier: BSD-3-Clause */
/* For tests of rotation: files that come and go in tmpdir. */
#ifndef TESTS_UNIT_ROTDIR_H_
#define TESTS_UNIT_ROTDIR_H_

#include <stddef.h>

/* Of a test, after tmpdir_setup: what is left must be files, none hidden. */
int rotdir_teardown(void **state);

/**
 * rotdir_list(ret_names, max):
 * Return how many files there are; the first ${max} by name are in
 * ${ret_names}, valid until called again.
 */
size_t rotdir_list(const char **ret_names, size_t max);

/**
 * rotdir_write(name, text):
 * Make the file ${name}, whole before it has its name.
 */
void rotdir_write(const char *name, const char *text);

#endif
