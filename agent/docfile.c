/* SPDX-License-Identifier: BSD-3-Clause */
/* Files of /proc and /sys, below a root of the caller's. */
#include "agent/docfile.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

FILE *
docfile_open(const char *root, const char *path)
{
	char whole[PATH_MAX];

	(void)snprintf(whole, sizeof(whole), "%s%s", root, path);
	return fopen(whole, "re");
}

int
docfile_text(
    char ret_text[static DOCFILE_MAX], const char *root, const char *path)
{
	FILE *fp = docfile_open(root, path);
	size_t n;

	if (fp == NULL)
		return errno;
	n = fread(ret_text, 1, DOCFILE_MAX - 1, fp);
	ret_text[n] = '\0';
	const int err = ferror(fp) ? EIO : 0;

	(void)fclose(fp);
	return err;
}

int
docfile_number(uint64_t *ret, const char *root, const char *path)
{
	char text[DOCFILE_MAX];
	char *end;
	const int err = docfile_text(text, root, path);

	if (err != 0)
		return err;
	*ret = strtoull(text, &end, 0);
	return end == text ? EINVAL : 0;
}

uint64_t
docfile_more(const char *root, const char *path, uint64_t least)
{
	uint64_t n;

	if (docfile_number(&n, root, path) != 0 || n < least / 2)
		return least;
	return n > INT_MAX / 2 ? INT_MAX : n * 2;
}
