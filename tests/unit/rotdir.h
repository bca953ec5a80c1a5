/* SPDX-License-Identifier: BSD-3-Clause */
/* For tests of rotation: a fresh directory, and what is in it. */
#ifndef TESTS_UNIT_ROTDIR_H_
#define TESTS_UNIT_ROTDIR_H_

#include <stddef.h>

#define ROTDIR_PATH_MAX 512
#define ROTDIR_TEXT_MAX 16384

extern char rotdir[64]; /* the directory, while a test runs */

/* Of a test: cmocka's fixtures. */
int rotdir_setup(void **state);
int rotdir_teardown(void **state);

/**
 * rotdir_path(name):
 * Return the path of the file ${name} in the directory, until called again.
 */
const char *rotdir_path(const char *name);

/**
 * rotdir_list(ret_names, max):
 * Return how many files there are; the first ${max} by name are in
 * ${ret_names}, valid until called again.
 */
size_t rotdir_list(const char **ret_names, size_t max);

/**
 * rotdir_read(name) / rotdir_write(name, text):
 * Return the content of the file ${name}, until called again; make it, whole
 * before it has its name.
 */
const char *rotdir_read(const char *name);
void rotdir_write(const char *name, const char *text);

#endif
