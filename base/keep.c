/* SPDX-License-Identifier: BSD-3-Clause */
/* Copies of what was written, made at the end, where they outlive it. */
#include "base/keep.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fdio.h"
#include "base/log.h"
#include "base/proc.h"
#include "base/rotate.h"

#define CHUNK      65536
#define SERIAL_MAX 9999

struct keep {
	char *path; /* of the directory */
	int dir;
	bool is_new; /* it was not there before */
	char node[KEEP_NODE_MAX];
	char stamp[ROTATE_STAMP_LEN + 1];
	unsigned int serial; /* part of names from 2 on */
	uint64_t since;      /* age of the earliest closed file of this run */
	char buf[CHUNK];
};

static bool
is_odd(unsigned char c, size_t at)
{
	return c == '/' || c <= ' ' || c == 0x7f || (at == 0 && c == '.');
}

static void
set_node(struct keep *k, const char *node)
{
	size_t n = 0;

	for (; n < KEEP_NODE_MAX - 1 && node[n] != '\0'; n++) {
		k->node[n] = node[n];
		if (is_odd((unsigned char)node[n], n))
			k->node[n] = '_';
	}
	k->node[n] = '\0';
}

/* The age, as rotate_kind tells it, of a file closed at ${t}; 0 if odd. */
static uint64_t
age_of(wall_t t)
{
	char name[ROTATE_STAMP_LEN + 3] = "x.";
	uint64_t age = 0;

	if (rotate_stamp(&name[2], t) == 0)
		(void)rotate_kind(&age, name, "x");
	return age;
}

struct keep *
keep_open(const char *dir, const char *node, wall_t now)
{
	int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
	struct keep *k = calloc(1, sizeof(*k));

	if (k == NULL)
		return NULL;
	k->serial = 1;
	k->since = age_of(now);
	set_node(k, node);
	if ((k->path = strdup(dir)) == NULL || rotate_stamp(k->stamp, now) != 0)
		goto free_k;
	k->is_new = mkdir(dir, 0755) == 0;
	if (!k->is_new && errno != EEXIST)
		goto free_k;
	/* What we made is no link, unless somebody put it there since. */
	if (k->is_new)
		flags |= O_NOFOLLOW;
	if ((k->dir = open(dir, flags)) < 0)
		goto free_k;
	return k;

free_k:
	free(k->path);
	free(k);
	return NULL;
}

int
keep_give(const struct keep *k, const char *user)
{
	return k == NULL || !k->is_new ? 0 : proc_give_fd(k->dir, user);
}

int
keep_check(const struct keep *k)
{
	return k == NULL ? 0 : faccessat(k->dir, ".", W_OK | X_OK, AT_EACCESS);
}

void
keep_closed(struct keep *k, wall_t now)
{
	/* The name was made a moment ago. */
	const wall_t before = { now.ns - MONO_NS_PER_S };

	if (k != NULL && age_of(before) < k->since)
		k->since = age_of(before);
}

/* The name of the copy of ${base}.  Returns 0, or -1 with errno. */
static int
name_copy(const struct keep *k, char ret_name[static NAME_MAX + 1],
    char ret_tmp[static NAME_MAX + 1], const char *base)
{
	char tail[16] = "";
	int n;

	if (k->serial > 1)
		(void)snprintf(tail, sizeof(tail), ".%u", k->serial);
	(void)snprintf(ret_name, NAME_MAX + 1, "%s.%s%s.%s", k->node, k->stamp,
	    tail, base);
	n = snprintf(ret_tmp, NAME_MAX + 1, ".%s.%s%s.%s.tmp", k->node,
	    k->stamp, tail, base);
	if (n <= NAME_MAX)
		return 0;
	errno = ENAMETOOLONG;
	return -1;
}

static int
copy(struct keep *k, int in, int out)
{
	struct stat st;
	ssize_t n;

	if (lseek(in, 0, SEEK_SET) < 0)
		return -1;
	while ((n = read(in, k->buf, CHUNK)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 || fdio_write(out, k->buf, (size_t)n, FDIO_HERE) != 0)
			return -1;
	}
	if (fstat(in, &st) != 0)
		return -1;
	const struct timespec times[2] = { st.st_atim, st.st_mtim };

	/* Who may not read the one may not read the other. */
	return fchmod(out, st.st_mode & 0666) != 0 ||
		       futimens(out, times) != 0 || fsync(out) != 0
		   ? -1
		   : 0;
}

/* Copy ${in} to a new file ${tmp}.  Returns 0, or -1 with errno. */
static int
fill(struct keep *k, int in, const char *tmp)
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
	const int out = openat(k->dir, tmp, flags, 0600);
	int rc, err;

	if (out < 0)
		return -1;
	rc = copy(k, in, out);
	err = errno;
	if (close(out) != 0 && rc == 0) {
		rc = -1;
		err = errno;
	}
	if (rc != 0)
		(void)unlinkat(k->dir, tmp, 0);
	errno = err;
	return rc;
}

/* Copy ${in}; the copy gets the name only if nobody has it. */
static int
copy_as(struct keep *k, int in, const char *name, const char *tmp)
{
	struct stat st;
	int rc, err;

	if (fstatat(k->dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		errno = EEXIST;
		return -1;
	}
	if (fill(k, in, tmp) != 0)
		return -1;
	rc = linkat(k->dir, tmp, k->dir, name, 0);
	err = errno;
	(void)unlinkat(k->dir, tmp, 0);
	errno = err;
	return rc;
}

static int
copy_in(struct keep *k, int in, const char *base)
{
	char name[NAME_MAX + 1], tmp[NAME_MAX + 1];

	for (; k->serial <= SERIAL_MAX; k->serial++) {
		if (name_copy(k, name, tmp, base) != 0)
			return -1;
		if (copy_as(k, in, name, tmp) == 0)
			return 0;
		if (errno != EEXIST)
			return -1;
	}
	return -1;
}

/* Copy the file ${name} of the directory ${at}. */
static int
keep_at(struct keep *k, int at, const char *name)
{
	const char *slash = strrchr(name, '/');
	const char *base = slash == NULL ? name : slash + 1;
	const int in =
	    openat(at, name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;
	int rc = -1;

	if (in < 0) {
		log_error("%s: not kept in %s", base, k->path);
		return -1;
	}
	/* Not a pipe or a device: what went there is not there. */
	if (fstat(in, &st) == 0 && !S_ISREG(st.st_mode)) {
		rc = 0;
	} else if ((rc = copy_in(k, in, base)) != 0) {
		log_error("%s: not kept in %s", base, k->path);
	}
	(void)close(in);
	return rc;
}

int
keep_file(struct keep *k, const char *path)
{
	if (k == NULL || path == NULL || strcmp(path, "-") == 0)
		return 0;
	return keep_at(k, AT_FDCWD, path);
}

/* Copy the closed files of the log ${base} in ${d}. */
static int
keep_all_closed(struct keep *k, DIR *d, const char *base)
{
	const struct dirent *e;
	uint64_t age;
	int rc = 0;

	while ((e = readdir(d)) != NULL) {
		const enum rotate_kind kind =
		    rotate_kind(&age, e->d_name, base);

		if ((kind == ROTATE_PLAIN || kind == ROTATE_GZ) &&
		    age >= k->since)
			rc |= keep_at(k, dirfd(d), e->d_name);
	}
	return rc;
}

int
keep_log(struct keep *k, const char *path)
{
	const char *slash;
	char *dir;
	DIR *d;
	int rc;

	if (k == NULL || path == NULL || strcmp(path, "-") == 0)
		return 0;
	slash = strrchr(path, '/');
	dir = fdio_dir(path);
	d = dir == NULL ? NULL : opendir(dir);
	free(dir);
	if (d == NULL) {
		log_error("%s: not kept in %s", path, k->path);
		return -1;
	}
	rc = keep_all_closed(k, d, slash == NULL ? path : slash + 1);
	(void)closedir(d);
	return rc | keep_file(k, path);
}

static bool
is_stamp(const char *p)
{
	static const char form[] = "00000000T000000Z.";

	for (size_t i = 0; form[i] != '\0'; i++) {
		const bool good = form[i] == '0' ? p[i] >= '0' && p[i] <= '9'
						 : p[i] == form[i];

		if (!good)
			return false;
	}
	return true;
}

int
keep_node(char ret_node[static KEEP_NODE_MAX], const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash == NULL ? path : slash + 1;

	for (size_t n = 1; n < KEEP_NODE_MAX && name[n - 1] != '\0'; n++) {
		if (name[n] != '.' || !is_stamp(&name[n + 1]))
			continue;
		memcpy(ret_node, name, n);
		ret_node[n] = '\0';
		return 0;
	}
	return -1;
}

void
keep_free(struct keep *k)
{
	if (k == NULL)
		return;
	(void)close(k->dir);
	free(k->path);
	free(k);
}
