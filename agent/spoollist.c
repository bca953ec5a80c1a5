/* SPDX-License-Identifier: BSD-3-Clause */
/* What lies in the directory of a spool. */
#include "agent/spoollist.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/spoolmark.h"
#include "agent/spoolname.h"

#define FILES_MIN 256 /* in a list, before it grows */

static int
by_stream_and_place(const void *a, const void *b)
{
	const struct spoollist_file *x = a, *y = b;
	const int c = memcmp(x->id, y->id, sizeof(x->id));

	return c != 0 ? c : (x->off > y->off) - (x->off < y->off);
}

static bool
add_file(struct spoollist *l, const struct spoollist_file *f)
{
	if (l->n == l->size) {
		const size_t size = 2 * l->size + FILES_MIN;
		struct spoollist_file *file =
		    realloc(l->file, size * sizeof(*file));

		if (file == NULL)
			return false;
		l->file = file;
		l->size = size;
	}
	l->file[l->n++] = *f;
	return true;
}

/* Read the directory from its start; NULL with errno on failure. */
static DIR *
read_dir(int dir)
{
	const int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *p = fd < 0 ? NULL : fdopendir(fd);

	if (p == NULL && fd >= 0)
		close(fd);
	return p;
}

bool
spoollist_get(int dir, struct spoollist *ret_l)
{
	DIR *p = read_dir(dir);
	const struct dirent *e;
	bool ok = p != NULL;
	struct spoollist_file f;
	struct stat st;

	*ret_l = (struct spoollist){ 0 };
	while (ok && (e = readdir(p)) != NULL) {
		if (spoolname_get(e->d_name, f.id, &f.off) &&
		    fstatat(dir, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(st.st_mode))
			ok = add_file(ret_l, &f);
	}
	if (p != NULL)
		closedir(p);
	if (ret_l->n > 0) {
		qsort(ret_l->file, ret_l->n, sizeof(*ret_l->file),
		    by_stream_and_place);
	}
	return ok;
}

static bool
has_files(const struct spoollist *l, const uint8_t id[static 16])
{
	for (size_t i = 0; i < l->n; i++) {
		if (memcmp(l->file[i].id, id, 16) == 0)
			return true;
	}
	return false;
}

void
spoollist_lone(int dir, const struct spoollist *l, spoollist_fn *fn, void *arg)
{
	DIR *p = read_dir(dir);
	const struct dirent *e;
	uint8_t id[16];

	while (p != NULL && (e = readdir(p)) != NULL) {
		if (spoolmark_id(e->d_name, id) && !has_files(l, id))
			fn(arg, id);
	}
	if (p != NULL)
		closedir(p);
}

void
spoollist_done(struct spoollist *l)
{
	free(l->file);
	*l = (struct spoollist){ 0 };
}
