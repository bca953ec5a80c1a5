/* SPDX-License-Identifier: BSD-3-Clause */
/* For tests of files: a fresh directory, and what is in it. */
#ifndef TESTS_UNIT_TMPDIR_H_
#define TESTS_UNIT_TMPDIR_H_

#define TMPDIR_PATH_MAX 512
#define TMPDIR_TEXT_MAX 16384

extern char tmpdir[64]; /* the directory, while a test runs */

/* Of a test, or of all: cmocka's fixtures.  All in it goes with it. */
int tmpdir_setup(void **state);
int tmpdir_teardown(void **state);

/**
 * tmpdir_path(name):
 * Return the path of ${name} in the directory, until called four times again.
 */
const char *tmpdir_path(const char *name);

/**
 * tmpdir_read(name) / tmpdir_write(name, text):
 * Return the content of the file ${name}, until called again; make it anew,
 * with the directories on the way.
 */
const char *tmpdir_read(const char *name);
void tmpdir_write(const char *name, const char *text);

#endif
