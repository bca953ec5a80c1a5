/* SPDX-License-Identifier: BSD-3-Clause */
/* A file with the number of a process, and the proof that it is alive. */
#include "base/pidfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MODE  0644
#define TRIES 16 /* others may start and end beside us */

struct pidfile {
	int fd;
	char *path;
};

static int
lock(int fd)
{
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	return fcntl(fd, F_OFD_SETLK, &l);
}

/* Whether ${fd} is the file that has the name ${path} now. */
static bool
is_named(int fd, const char *path)
{
	struct stat a, b;

	return fstat(fd, &a) == 0 && lstat(path, &b) == 0 &&
	       a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* A whole file, held by us, with the name that ${name} becomes. */
static int
make(char *name)
{
	char text[24];
	const int n = snprintf(text, sizeof(text), "%d\n", (int)getpid());
	const int fd = mkostemp(name, O_CLOEXEC);

	if (fd < 0)
		return -1;
	if (write(fd, text, (size_t)n) == n && fchmod(fd, MODE) == 0 &&
	    lock(fd) == 0)
		return fd;
	const int err = errno;
	(void)unlink(name);
	(void)close(fd);
	errno = err;
	return -1;
}

/*
 * Give the file ${name} the name ${path}.  Who replaces an old file holds it
 * meanwhile, so that two cannot both replace it.  Returns 0, or -1 with errno;
 * EAGAIN: somebody else was at it.
 */
static int
place(const char *name, const char *path)
{
	const int old = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	int rc = -1;
	int err;

	if (old < 0 && errno != ENOENT)
		return -1;
	if (old < 0) {
		rc = link(name, path);
		err = errno == EEXIST ? EAGAIN : errno;
		if (rc == 0)
			(void)unlink(name);
		errno = err;
		return rc;
	}
	if (lock(old) != 0) {
		err = errno == EAGAIN || errno == EACCES ? EBUSY : errno;
	} else if (!is_named(old, path)) {
		err = EAGAIN;
	} else {
		rc = rename(name, path);
		err = errno;
	}
	(void)close(old);
	errno = err;
	return rc;
}

static int
make_and_place(const char *path)
{
	char *name;
	int fd, err, rc = -1;

	if (asprintf(&name, "%s.XXXXXX", path) < 0)
		return -1;
	fd = make(name);
	for (int i = 0; fd >= 0 && rc != 0 && i < TRIES; i++) {
		rc = place(name, path);
		if (rc != 0 && errno != EAGAIN)
			break;
	}
	err = errno;
	if (fd >= 0 && rc != 0) {
		(void)unlink(name);
		(void)close(fd);
		fd = -1;
	}
	free(name);
	errno = err;
	return fd;
}

struct pidfile *
pidfile_open(const char *path)
{
	struct pidfile *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	if ((p->path = strdup(path)) == NULL) {
		free(p);
		return NULL;
	}
	if ((p->fd = make_and_place(path)) < 0) {
		free(p->path);
		free(p);
		return NULL;
	}
	return p;
}

void
pidfile_close(struct pidfile *p)
{
	if (p == NULL)
		return;
	if (is_named(p->fd, p->path))
		(void)unlink(p->path);
	(void)close(p->fd);
	free(p->path);
	free(p);
}

static pid_t
read_pid(int fd)
{
	char text[24];
	const ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
	long pid;

	if (n < 0)
		return -1;
	text[n] = '\0';
	if ((pid = strtol(text, NULL, 10)) > 0)
		return (pid_t)pid;
	errno = EINVAL;
	return -1;
}

pid_t
pidfile_holder(const char *path)
{
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	pid_t pid = -1;
	int err;

	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	/* It only asks: who starts at this moment is not in the way. */
	if (fcntl(fd, F_OFD_GETLK, &l) == 0)
		pid = l.l_type == F_UNLCK ? 0 : read_pid(fd);
	err = errno;
	(void)close(fd);
	errno = err;
	return pid;
}
