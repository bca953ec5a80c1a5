/* SPDX-License-Identifier: BSD-3-Clause */
/* Which network namespaces there are, and what they are called. */
#include "agent/nsfind.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "agent/netns.h"

#define LINK_LEN  48
#define ROOM_MORE 16

struct nsfind {
	const char *const *what;
	size_t n_what;
	ino_t own;
	size_t n, room;
	struct nsfind_ns *ns;
	bool unfinished, full;
	char missing[HELLO_NAME_MAX]; /* "": none */
};

/* ---- what was asked for --------------------------------------------------- */

/* Take the next one of the list ${*p}; returns its length, 0 at the end. */
static size_t
next_name(const char **p, const char **ret_name)
{
	size_t len;

	while (**p == ',')
		++*p;
	*ret_name = *p;
	len = strcspn(*p, ",");
	*p += len;
	return len;
}

static bool
is_all(const char *name, size_t len)
{
	return len == strlen(NSFIND_ALL) && memcmp(name, NSFIND_ALL, len) == 0;
}

/* A name of digits is a process. */
static bool
is_pid(const char *name, size_t len)
{
	return strspn(name, "0123456789") >= len;
}

static pid_t
pid_of(const char *digits)
{
	const unsigned long n = strtoul(digits, NULL, 10);

	return n > INT_MAX ? INT_MAX : (pid_t)n;
}

const char *
nsfind_check(const char *what)
{
	const char *name;
	size_t len, n = 0;

	for (; (len = next_name(&what, &name)) > 0; n++) {
		if (len >= HELLO_NAME_MAX)
			return "--netns: a name is too long";
		if (memchr(name, '/', len) != NULL || name[0] == '.') {
			return "--netns: all, a name or the number of a "
			       "process, not a path";
		}
	}
	return n == 0 ? "--netns needs a name" : NULL;
}

bool
nsfind_processes(const char *const *what, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *p = what[i];
		const char *name;
		size_t len;

		while ((len = next_name(&p, &name)) > 0) {
			if (is_all(name, len) || is_pid(name, len))
				return true;
		}
	}
	return false;
}

struct nsfind *
nsfind_open(const char *const *what, size_t n)
{
	struct nsfind *f = calloc(1, sizeof(*f));
	struct stat st;

	if (f == NULL)
		return NULL;
	if (stat("/proc/self/ns/net", &st) != 0) {
		free(f);
		return NULL;
	}
	f->what = what;
	f->n_what = n;
	f->own = st.st_ino;
	return f;
}

/* ---- what is found --------------------------------------------------------- */

static bool
has_name(const struct nsfind *f, const char *name)
{
	for (size_t i = 0; i < f->n; i++) {
		if (strcmp(f->ns[i].name, name) == 0)
			return true;
	}
	return false;
}

/* Returns where to put the namespace ${ino}; NULL: it is known, or ours. */
static struct nsfind_ns *
add(struct nsfind *f, ino_t ino)
{
	if (ino == f->own || nsfind_ino(f, ino) != NULL)
		return NULL;
	if (f->n == NSFIND_MAX) {
		f->full = true;
		return NULL;
	}
	if (f->n == f->room) {
		struct nsfind_ns *more = reallocarray(
		    f->ns, f->room + ROOM_MORE, sizeof(struct nsfind_ns));

		if (more == NULL)
			return NULL;
		f->ns = more;
		f->room += ROOM_MORE;
	}
	f->ns[f->n] = (struct nsfind_ns){ .ino = ino };
	return &f->ns[f->n++];
}

/* A name is first a file, and a namespace a moment later: ip-netns(8). */
static bool
add_name(struct nsfind *f, const char *name)
{
	char path[NSFIND_PATH];
	struct nsfind_ns *ns;
	struct statfs fs;
	struct stat st;

	if (snprintf(path, sizeof(path), "%s/%s", NSFIND_DIR, name) >=
		(int)sizeof(path) ||
	    stat(path, &st) != 0 || statfs(path, &fs) != 0)
		return false;
	if (fs.f_type != NSFS_MAGIC) {
		f->unfinished = true;
		return false;
	}
	if ((ns = add(f, st.st_ino)) != NULL) {
		memcpy(ns->path, path, sizeof(ns->path));
		(void)snprintf(ns->name, sizeof(ns->name), "%.*s",
		    HELLO_NAME_MAX - 1, name);
	}
	return true;
}

static void
name_it(const struct nsfind *f, struct nsfind_ns *ns, pid_t pid)
{
	char name[HELLO_NAME_MAX];

	if (netns_host(pid, name, sizeof(name)) != 0) {
		(void)snprintf(ns->name, sizeof(ns->name), "pid%d", (int)pid);
		ns->unnamed = true;
	} else if (has_name(f, name)) {
		(void)snprintf(
		    ns->name, sizeof(ns->name), "%.40s-pid%d", name, (int)pid);
	} else {
		memcpy(ns->name, name, sizeof(ns->name));
	}
}

/* Returns whether there is such a process. */
static bool
add_process(struct nsfind *f, pid_t pid)
{
	char path[LINK_LEN], to[LINK_LEN];
	struct nsfind_ns *ns;
	unsigned long ino;
	ssize_t n;

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)pid);
	if ((n = readlink(path, to, sizeof(to) - 1)) <= 0)
		return false;
	to[n] = '\0';
	if (strncmp(to, "net:[", 5) != 0 ||
	    (ino = strtoul(to + 5, NULL, 10)) == 0)
		return false;
	if ((ns = add(f, ino)) != NULL) {
		(void)snprintf(ns->path, sizeof(ns->path), "%s", path);
		name_it(f, ns, pid);
	}
	return true;
}

static void
add_all_names(struct nsfind *f)
{
	DIR *dir = opendir(NSFIND_DIR);
	const struct dirent *e;

	if (dir == NULL)
		return;
	while ((e = readdir(dir)) != NULL) {
		if (e->d_name[0] != '.')
			(void)add_name(f, e->d_name);
	}
	(void)closedir(dir);
}

static int
add_all_processes(struct nsfind *f)
{
	DIR *dir = opendir("/proc");
	const struct dirent *e;

	if (dir == NULL)
		return -1;
	while ((e = readdir(dir)) != NULL) {
		if (is_pid(e->d_name, strlen(e->d_name)))
			(void)add_process(f, pid_of(e->d_name));
	}
	(void)closedir(dir);
	return 0;
}

static int
add_wanted(struct nsfind *f, const char *name)
{
	bool there;

	if (strcmp(name, NSFIND_ALL) == 0) {
		add_all_names(f);
		return add_all_processes(f);
	}
	there = is_pid(name, strlen(name)) ? add_process(f, pid_of(name))
					   : add_name(f, name);
	if (!there && f->missing[0] == '\0')
		(void)snprintf(f->missing, sizeof(f->missing), "%s", name);
	return 0;
}

int
nsfind_scan(struct nsfind *f)
{
	char one[HELLO_NAME_MAX];

	f->n = 0;
	f->unfinished = f->full = false;
	f->missing[0] = '\0';
	for (size_t i = 0; i < f->n_what; i++) {
		const char *p = f->what[i];
		const char *name;
		size_t len;

		while ((len = next_name(&p, &name)) > 0) {
			(void)snprintf(
			    one, sizeof(one), "%.*s", (int)len, name);
			if (add_wanted(f, one) != 0)
				return -1;
		}
	}
	return 0;
}

const struct nsfind_ns *
nsfind_at(const struct nsfind *f, size_t i)
{
	return i < f->n ? &f->ns[i] : NULL;
}

const struct nsfind_ns *
nsfind_ino(const struct nsfind *f, ino_t ino)
{
	for (size_t i = 0; i < f->n; i++) {
		if (f->ns[i].ino == ino)
			return &f->ns[i];
	}
	return NULL;
}

bool
nsfind_full(const struct nsfind *f)
{
	return f->full;
}

bool
nsfind_unfinished(const struct nsfind *f)
{
	return f->unfinished;
}

const char *
nsfind_missing(const struct nsfind *f)
{
	return f->missing[0] == '\0' ? NULL : f->missing;
}

int
nsfind_fd(const struct nsfind_ns *ns)
{
	const int fd = open(ns->path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0 && st.st_ino == ns->ino)
		return fd;
	(void)close(fd);
	errno = ESTALE;
	return -1;
}

void
nsfind_close(struct nsfind *f)
{
	if (f == NULL)
		return;
	free(f->ns);
	free(f);
}
