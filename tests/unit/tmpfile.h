/* SPDX-License-Identifier: BSD-3-Clause */
/* Files with a content, and what a test says on standard error. */
#ifndef TESTS_UNIT_TMPFILE_H_
#define TESTS_UNIT_TMPFILE_H_

#include <sys/types.h>

/**
 * tmpfile_make(text, mode):
 * Return the path of a new file with the content ${text}, valid until the
 * next call; tmpfile_remove deletes it.
 */
const char *tmpfile_make(const char *text, mode_t mode);
void tmpfile_remove(void);

/**
 * tmpfile_capture():
 * Keep what goes to standard error until tmpfile_captured, which returns it
 * (valid until the next call).
 */
void tmpfile_capture(void);
const char *tmpfile_captured(void);

#endif
