/* SPDX-License-Identifier: BSD-3-Clause */
/* For tests of rotation: files that come and go in tmpdir. */
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
#include <unistd.h>

#include "tests/unit/tmpdir.h"

#define FILES_MAX 4096

static struct dirent **entry;
static int n_entries;

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
		(void)unlink(tmpdir_path(name[i]));
	drop_list();
	return rmdir(tmpdir);
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
	n_entries = scandir(tmpdir, &entry, is_file, alphasort);
	assert_true(n_entries >= 0 && n_entries <= FILES_MAX);
	for (int i = 0; i < n_entries && (size_t)i < max; i++)
		ret_names[i] = entry[i]->d_name;
	return (size_t)n_entries;
}

void
rotdir_write(const char *name, const char *text)
{
	tmpdir_write(".new", text);
	assert_int_equal(rename(tmpdir_path(".new"), tmpdir_path(name)), 0);
}
