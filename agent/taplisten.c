/* SPDX-License-Identifier: BSD-3-Clause */
/* Sockets that resolvers connect to: UNIX-domain or TCP. */
#include "agent/taplisten.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"

#define TCP     "tcp:"
#define BACKLOG 64

static int
number(unsigned long *ret, const char *text)
{
	char *end;

	errno = 0;
	*ret = strtoul(text, &end, 10);
	return errno != 0 || *end != '\0' || text[0] < '0' || text[0] > '9' ||
		       *ret >= UINT32_MAX
		   ? -1
		   : 0;
}

static int
find_group(gid_t *ret, const char *name)
{
	const struct group *gr = getgrnam(name);
	unsigned long id;

	if (gr != NULL) {
		*ret = gr->gr_gid;
		return 0;
	}
	if (number(&id, name) < 0)
		return -1;
	*ret = (gid_t)id;
	return 0;
}

int
taplisten_owner(struct taplisten_perm *ret, const char *text)
{
	const char *colon = strchr(text, ':');
	const struct passwd *pw;
	unsigned long id;
	char user[64];
	const int n =
	    (int)(colon == NULL ? strlen(text) : (size_t)(colon - text));

	if (n >= (int)sizeof(user))
		return -1;
	(void)snprintf(user, sizeof(user), "%.*s", n, text);
	if ((pw = getpwnam(user)) != NULL) {
		ret->uid = pw->pw_uid;
		ret->gid = pw->pw_gid;
	} else if (number(&id, user) == 0) {
		ret->uid = (uid_t)id;
	} else {
		return -1;
	}
	return colon == NULL ? 0 : find_group(&ret->gid, colon + 1);
}

static int
open_tcp(struct taplisten *l, const char *where)
{
	struct net_hostport hp;
	uint16_t port;

	if (net_parse(&hp, where + strlen(TCP), 0) < 0) {
		log_errorx("--dnstap: bad address \"%s\"", where);
		return -1;
	}
	if ((l->fd = net_listen(&hp, &port)) < 0) {
		log_error("%s", where);
		return -1;
	}
	(void)snprintf(l->name, sizeof(l->name),
	    strchr(hp.host, ':') == NULL ? TCP "%.*s:%u" : TCP "[%.*s]:%u",
	    NET_NAME_MAX - 12, hp.host, port);
	return 0;
}

static int
try_connect(const struct sockaddr_un *sun)
{
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int rc;

	if (fd < 0)
		return -1;
	rc = connect(fd, (const struct sockaddr *)sun, sizeof(*sun));
	if (rc < 0 && errno == ECONNREFUSED)
		rc = 1;
	(void)close(fd);
	return rc;
}

/* Remove what an agent that is gone left; refuse to remove anything else. */
static int
clear_path(const struct sockaddr_un *sun)
{
	const char *path = sun->sun_path;
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
	rc = try_connect(sun);
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

/* Nobody can connect before the owner is the right one. */
static int
bind_path(
    int fd, const struct sockaddr_un *sun, const struct taplisten_perm *perm)
{
	const mode_t mask = umask(0777);
	const int rc = bind(fd, (const struct sockaddr *)sun, sizeof(*sun));

	(void)umask(mask);
	if (rc < 0)
		return -1;
	if (lchown(sun->sun_path, perm->uid, perm->gid) < 0 ||
	    chmod(sun->sun_path, perm->mode) < 0) {
		const int err = errno;

		(void)unlink(sun->sun_path);
		errno = err;
		return -1;
	}
	return 0;
}

static int
open_path(
    struct taplisten *l, const char *path, const struct taplisten_perm *perm)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	struct stat st;

	if (path[0] == '\0' || strlen(path) >= sizeof(sun.sun_path)) {
		log_errorx("--dnstap: \"%s\" has not 1 to %zu octets", path,
		    sizeof(sun.sun_path) - 1);
		return -1;
	}
	memcpy(sun.sun_path, path, strlen(path));
	if (clear_path(&sun) < 0)
		return -1;
	l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (l->fd < 0 || bind_path(l->fd, &sun, perm) < 0) {
		log_error("%s", path);
		return -1;
	}
	if (lstat(path, &st) == 0) {
		l->dev = st.st_dev;
		l->ino = st.st_ino;
	}
	if (listen(l->fd, BACKLOG) < 0) {
		log_error("%s", path);
		return -1;
	}
	return 0;
}

int
taplisten_open(
    struct taplisten *ret, const char *where, const struct taplisten_perm *perm)
{
	int rc;

	*ret = (struct taplisten){ .fd = -1, .path = where };
	if (strncmp(where, TCP, strlen(TCP)) == 0) {
		rc = open_tcp(ret, where);
	} else {
		rc = open_path(ret, where, perm);
		(void)snprintf(ret->name, sizeof(ret->name), "%s", where);
	}
	if (rc < 0) {
		taplisten_close(ret);
		return -1;
	}
	log_info("dnstap: listening at %s", ret->name);
	return 0;
}

void
taplisten_close(struct taplisten *l)
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
