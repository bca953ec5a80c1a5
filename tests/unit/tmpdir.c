/* SPDX-License-Identifier: BSD-3-Clause */
/* For tests of files: a fresh directory, and what is in it. */
#include "tests/unit/tmpdir.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { OPEN_MAX_DIRS = 8 };

char tmpdir[64];

int
tmpdir_setup(void **state)
{
	(void)state;
	(void)strcpy(tmpdir, "/tmp/recollect-test-XXXXXX");
	return mkdtemp(tmpdir) == NULL ? -1 : 0;
}

static int
take_away(const char *path, const struct stat *st, int what, struct FTW *at)
{
	(void)st;
	(void)what;
	(void)at;
	return remove(path);
}

int
tmpdir_teardown(void **state)
{
	(void)state;
	return nftw(tmpdir, take_away, OPEN_MAX_DIRS, FTW_DEPTH | FTW_PHYS);
}

const char *
tmpdir_path(const char *name)
{
	static char path[4][TMPDIR_PATH_MAX];
	static unsigned int n;
	char *p = path[n++ % 4];

	(void)snprintf(p, TMPDIR_PATH_MAX, "%s/%s", tmpdir, name);
	return p;
}

const char *
tmpdir_read(const char *name)
{
	static char text[TMPDIR_TEXT_MAX];
	FILE *fp = fopen(tmpdir_path(name), "re");
	size_t n;

	assert_non_null(fp);
	n = fread(text, 1, sizeof(text) - 1, fp);
	text[n] = '\0';
	(void)fclose(fp);
	return text;
}

void
tmpdir_write(const char *name, const char *text)
{
	char path[TMPDIR_PATH_MAX];
	FILE *fp;

	(void)snprintf(path, sizeof(path), "%s/%s", tmpdir, name);
	for (char *p = path + strlen(tmpdir) + 1; (p = strchr(p, '/')) != NULL;
	     p++) {
		*p = '\0';
		(void)mkdir(path, 0700);
		*p = '/';
	}
	fp = fopen(path, "we");
	assert_non_null(fp);
	assert_true(fputs(text, fp) >= 0);
	assert_int_equal(fclose(fp), 0);
}
