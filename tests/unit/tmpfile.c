/* SPDX-License-Identifier: BSD-3-Clause */
/* Files with a content, and what a test says on standard error. */
#include "tests/unit/tmpfile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEMPLATE "/tmp/recollect-test-XXXXXX"

static char path[sizeof(TEMPLATE)];
static int saved, file;

const char *
tmpfile_make(const char *text, mode_t mode)
{
	const size_t len = strlen(text);
	int fd;

	memcpy(path, TEMPLATE, sizeof(path));
	fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, len), len);
	assert_int_equal(fchmod(fd, mode), 0);
	(void)close(fd);
	return path;
}

void
tmpfile_remove(void)
{
	(void)unlink(path);
}

void
tmpfile_capture(void)
{
	saved = dup(STDERR_FILENO);
	file = memfd_create("stderr", MFD_CLOEXEC);
	assert_true(saved >= 0 && file >= 0);
	assert_true(dup2(file, STDERR_FILENO) >= 0);
}

const char *
tmpfile_captured(void)
{
	static char text[8192];
	ssize_t n;

	(void)dup2(saved, STDERR_FILENO);
	(void)close(saved);
	n = pread(file, text, sizeof(text) - 1, 0);
	(void)close(file);
	assert_true(n >= 0);
	text[n] = '\0';
	return text;
}
