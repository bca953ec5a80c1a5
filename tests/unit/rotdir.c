/* SPDX-License-Identifier: BSD-3-Clause */
/* For tests of rotation: a fresh directory, and what is in it. */
#include "tests/unit/rotdir.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILES_MAX 4096

char rotdir[64];

static struct dirent **entry;
static int n_entries;

int
rotdir_setup(void **state)
{
	(void)state;
	(void)snprintf(rotdir, sizeof(rotdir), "/tmp/rotdir.XXXXXX");
	return mkdtemp(rotdir) == NULL ? -1 : 0;
}

static void
drop_list(void)
{
	for (int i = 0; i < n_entries; i++)
		free(entry[i]);
	free(entry);
	entry = NULL;
	n_entries = 0;
}

int
rotdir_teardown(void **state)
{
	const char *name[FILES_MAX];
	const size_t n = rotdir_list(name, FILES_MAX);

	(void)state;
	for (size_t i = 0; i < n; i++)
		(void)unlink(rotdir_path(name[i]));
	drop_list();
	return rmdir(rotdir);
}

const char *
rotdir_path(const char *name)
{
	static char path[ROTDIR_PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/%s", rotdir, name);
	return path;
}

static int
is_file(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

size_t
rotdir_list(const char **ret_names, size_t max)
{
	drop_list();
	n_entries = scandir(rotdir, &entry, is_file, alphasort);
	assert_true(n_entries >= 0 && n_entries <= FILES_MAX);
	for (int i = 0; i < n_entries && (size_t)i < max; i++)
		ret_names[i] = entry[i]->d_name;
	return (size_t)n_entries;
}

const char *
rotdir_read(const char *name)
{
	static char text[ROTDIR_TEXT_MAX];
	FILE *fp = fopen(rotdir_path(name), "re");
	size_t n;

	assert_non_null(fp);
	n = fread(text, 1, sizeof(text) - 1, fp);
	text[n] = '\0';
	(void)fclose(fp);
	return text;
}

void
rotdir_write(const char *name, const char *text)
{
	char hidden[ROTDIR_PATH_MAX];
	FILE *fp;

	(void)snprintf(hidden, sizeof(hidden), "%s/.new", rotdir);
	fp = fopen(hidden, "we");
	assert_non_null(fp);
	(void)fputs(text, fp);
	assert_int_equal(fclose(fp), 0);
	assert_int_equal(rename(hidden, rotdir_path(name)), 0);
}
