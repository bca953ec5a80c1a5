/* SPDX-License-Identifier: BSD-3-Clause */
/* Stream sockets with a name in the file system. */
#include "base/local.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/net.h"

#define BACKLOG 64

int
local_mode(mode_t *ret_mode, const char *text)
{
	char *end;
	const unsigned long mode = strtoul(text, &end, 8);

	if (text[0] < '0' || text[0] > '7' || *end != '\0' || mode > 0777)
		return -1;
	*ret_mode = (mode_t)mode;
	return 0;
}

/* Whether somebody listens there: 0 yes, 1 no, -1 with errno. */
static int
try_connect(const struct net_addr *a)
{
	const int fd =
	    socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int rc;

	if (fd < 0)
		return -1;
	rc = connect(fd, (const struct sockaddr *)&a->ss, a->len);
	if (rc < 0 && errno == ECONNREFUSED) {
		rc = 1;
	} else if (rc < 0 && errno == EAGAIN) {
		rc = 0; /* its backlog is full */
	}
	(void)close(fd);
	return rc;
}

/* Remove what an agent that is gone left; refuse to remove anything else. */
static int
clear_path(const struct net_addr *a, const char *path)
{
	struct stat st;
	int rc;

	if (lstat(path, &st) < 0) {
		if (errno == ENOENT)
			return 0;
		log_error("%s", path);
		return -1;
	}
	if (!S_ISSOCK(st.st_mode)) {
		log_errorx("%s: exists and is no socket", path);
		return -1;
	}
	rc = try_connect(a);
	if (rc == 0) {
		log_errorx("%s: somebody listens there", path);
		return -1;
	}
	if (rc < 0 || unlink(path) < 0) {
		log_error("%s", path);
		return -1;
	}
	return 0;
}

/*
 * Where the umask did not count, as with a default ACL, the mode is another
 * one.  Who may write to the directory may have put something else there.
 */
static int
set_mode(const struct local *l, mode_t mode)
{
	const int fd = open(l->path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	char path[32];
	struct stat st;
	int rc;

	if (fd < 0)
		return -1;
	rc = fstat(fd, &st);
	if (rc == 0 && (st.st_dev != l->dev || st.st_ino != l->ino)) {
		errno = ESTALE;
		rc = -1;
	} else if (rc == 0 && (st.st_mode & 07777) != mode) {
		(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		rc = chmod(path, mode);
	}
	const int err = errno;
	(void)close(fd);
	errno = err;
	return rc;
}

/* Nobody can connect before it listens, when mode and owner are right. */
static int
bind_path(struct local *l, const struct net_addr *a, const struct local_perm *p)
{
	const mode_t mask = umask(0777 & ~p->mode);
	const int rc = bind(l->fd, (const struct sockaddr *)&a->ss, a->len);
	const int err = errno;
	struct stat st;

	(void)umask(mask);
	errno = err;
	if (rc < 0)
		return -1;
	if (lstat(l->path, &st) == 0 && S_ISSOCK(st.st_mode)) {
		l->dev = st.st_dev;
		l->ino = st.st_ino;
	}
	if (lchown(l->path, p->uid, p->gid) < 0 || set_mode(l, p->mode) < 0)
		return -1;
	return listen(l->fd, BACKLOG);
}

int
local_listen(struct local *ret, const char *path, const struct local_perm *perm)
{
	struct net_addr a = { .len = 0 };

	*ret = (struct local){ .fd = -1, .path = path };
	if (net_local(&a, path) < 0) {
		log_errorx("\"%s\": the name of a socket has 1 to %d octets",
		    path, NET_PATH_MAX - 1);
		return -1;
	}
	if (clear_path(&a, path) < 0)
		return -1;
	ret->fd =
	    socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (ret->fd >= 0 && bind_path(ret, &a, perm) == 0)
		return 0;
	log_error("%s", path);
	local_close(ret);
	return -1;
}

void
local_close(struct local *l)
{
	struct stat st;

	if (l->fd < 0)
		return;
	(void)close(l->fd);
	l->fd = -1;
	if (l->ino != 0 && lstat(l->path, &st) == 0 && st.st_dev == l->dev &&
	    st.st_ino == l->ino && unlink(l->path) < 0)
		log_warn("%s: left behind", l->path);
}
