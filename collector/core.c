/* SPDX-License-Identifier: BSD-3-Clause */
/* A session of the network emulator CORE: its nodes' agents, as they come. */
#include "collector/core.h"

#include <dirent.h>
#include <errno.h>
#include <ev.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/net.h"
#include "collector/coremap.h"
#include "collector/peers.h"

#define SESSIONS   "/tmp/pycore."
#define DIR_SUFFIX ".conf"
#define PID_SUFFIX ".pid"
#define SOCKET     "pcapper.sock"
#define AGENT_PID  "pcapper.pid"
#define NODES_MAX  COREXML_NODES_MAX
#define FILE_MAX   (NAME_MAX + 1 + sizeof(AGENT_PID) + sizeof(SOCKET))

#define SCAN_S     1.0
#define PATIENCE   5 /* scans that the last connections may take at the end */
#define SILENT     3 /* scans after which an agent without a socket is named */

struct node {
	TAILQ_ENTRY(node) entry;
	char dir[NAME_MAX + 1]; /* without the suffix */
	char name[COREXML_NAME_MAX];
	bool here, was_here; /* in this scan, in the one before */
	bool had_pid;
	bool too_long; /* the path of its socket: told */
	unsigned int silent;
	struct source *src; /* NULL: never dialled */
	struct peer *peer;  /* NULL: not dialled now */
};

struct core {
	struct ev_loop *loop;
	struct peers *peers;
	core_done_fn *done;
	void *arg;
	char path[PATH_MAX];
	dev_t dev; /* of that, as it was first */
	ino_t ino;
	struct coremap *map;
	TAILQ_HEAD(, node) nodes;
	unsigned int n;
	bool full, ended;   /* told */
	unsigned int since; /* scans since the end */
	ev_timer timer;
};

/* ---- one node ---- */

/* The file SUFFIX of a node, as a type of file; 0: there is none. */
static mode_t
file_type(int dir, const struct node *n, const char *suffix)
{
	char name[FILE_MAX];
	struct stat st;

	(void)snprintf(name, sizeof(name), "%s%s", n->dir, suffix);
	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0
		   ? st.st_mode & S_IFMT
		   : 0;
}

static void
leave(struct core *c, struct node *n)
{
	if (n->peer != NULL)
		peers_leave(c->peers, n->peer);
	n->peer = NULL;
}

/* Where the agent of ${n} listens; false after a message when it cannot be. */
static bool
address(const struct core *c, struct node *n, struct net_hostport *ret_hp)
{
	char *text = NULL;
	const bool ok = asprintf(&text, NET_UNIX "%s/%s" DIR_SUFFIX "/" SOCKET,
			    c->path, n->dir) > 0 &&
			net_parse(ret_hp, text, 0) == 0;

	free(text);
	if (!ok && !n->too_long) {
		log_warnx("node %s: the path of its socket has more than %d "
			  "octets",
		    n->name, NET_PATH_MAX - 1);
	}
	n->too_long = !ok;
	return ok;
}

static void
attach(struct core *c, struct node *n)
{
	struct net_hostport hp;
	const struct corexml_node *x = coremap_find(c->map, n->name);

	/* An earlier connection may not have come to its end. */
	if (!address(c, n, &hp) || (n->src != NULL && n->src->busy))
		return;
	if (n->src == NULL) {
		n->src =
		    peers_source(c->peers, x == NULL ? 0 : x->id, n->name, &hp);
		if (n->src == NULL)
			return;
	}
	n->peer = peers_dial(c->peers, n->src, &hp);
	if (n->peer != NULL)
		coremap_tell(c->map, n->name);
}

/* An agent runs, but it does not listen where we can reach it. */
static void
miss(int dir, struct node *n)
{
	if (file_type(dir, n, DIR_SUFFIX "/" AGENT_PID) != S_IFREG) {
		n->silent = 0;
	} else if (++n->silent == SILENT) {
		log_warnx("node %s: its agent does not listen at " SOCKET
			  " (pcapper --listen unix:" SOCKET ")",
		    n->name);
	}
}

/* Bring what we do about ${n} in line with what is there. */
static void
update(struct core *c, int dir, struct node *n)
{
	const bool pid = file_type(dir, n, PID_SUFFIX) == S_IFREG;
	bool listens;

	/* With preservedir=1, the directory of a node outlives it. */
	n->here = n->here && (pid || !n->had_pid);
	n->had_pid |= pid;
	if (!n->here) {
		if (n->was_here)
			log_warnx("node %s: gone", n->name);
		n->had_pid = false;
		leave(c, n);
		return;
	}
	listens = file_type(dir, n, DIR_SUFFIX "/" SOCKET) == S_IFSOCK;
	if (listens) {
		n->silent = 0;
		if (n->peer == NULL)
			attach(c, n);
	} else if (n->peer != NULL && peers_idle(n->peer)) {
		leave(c, n);
	} else if (n->peer == NULL) {
		miss(dir, n);
	}
}

/* ---- all of them ---- */

/* Return the node of the directory entry ${name}, a new one if need be. */
static struct node *
find(struct core *c, const char *name)
{
	const size_t len = strlen(name);
	const size_t suffix = strlen(DIR_SUFFIX);
	struct node *n;

	if (len <= suffix || strcmp(name + len - suffix, DIR_SUFFIX) != 0)
		return NULL;
	TAILQ_FOREACH(n, &c->nodes, entry) {
		if (strncmp(n->dir, name, len - suffix) == 0 &&
		    n->dir[len - suffix] == '\0')
			return n;
	}
	if (c->n == NODES_MAX) {
		if (!c->full)
			log_warnx("%s: more than %d nodes", c->path, NODES_MAX);
		c->full = true;
		return NULL;
	}
	if ((n = calloc(1, sizeof(*n))) == NULL)
		return NULL;
	memcpy(n->dir, name, len - suffix);
	(void)corexml_clean(n->name, n->dir);
	TAILQ_INSERT_TAIL(&c->nodes, n, entry);
	c->n++;
	return n;
}

/* Open the directory of the session; NULL: it is gone, or another one. */
static DIR *
open_session(const struct core *c)
{
	DIR *dir = opendir(c->path);
	struct stat st;

	if (dir == NULL || fstat(dirfd(dir), &st) != 0 || st.st_dev != c->dev ||
	    st.st_ino != c->ino) {
		if (dir != NULL)
			closedir(dir);
		return NULL;
	}
	return dir;
}

static void
scan(struct core *c, DIR *dir)
{
	const struct dirent *e;
	struct node *n;

	TAILQ_FOREACH(n, &c->nodes, entry) {
		n->was_here = n->here;
		n->here = false;
	}
	coremap_read(c->map, dirfd(dir));
	while ((e = readdir(dir)) != NULL) {
		if ((n = find(c, e->d_name)) == NULL)
			continue;
		n->here = file_type(dirfd(dir), n, DIR_SUFFIX) == S_IFDIR;
	}
	TAILQ_FOREACH(n, &c->nodes, entry)
		update(c, dirfd(dir), n);
}

/* The directory is gone: take what still comes from the agents, and stop. */
static void
end(struct core *c)
{
	struct node *n;

	if (!c->ended) {
		log_warnx("session %s: ended", c->path);
		TAILQ_FOREACH(n, &c->nodes, entry)
			leave(c, n);
	}
	c->ended = true;
	if (c->done != NULL && peers_count(c->peers) > 0 &&
	    c->since++ < PATIENCE)
		return;
	ev_timer_stop(c->loop, &c->timer);
	if (c->done != NULL)
		c->done(c->arg);
}

static void
on_timer(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct core *c = w->data;
	DIR *dir = c->ended ? NULL : open_session(c);

	(void)loop;
	(void)revents;
	/* Out of descriptors or memory, it need not be gone. */
	if (dir == NULL && !c->ended &&
	    (errno == EMFILE || errno == ENFILE || errno == ENOMEM))
		return;
	if (dir == NULL) {
		end(c);
		return;
	}
	scan(c, dir);
	closedir(dir);
}

static int
set_path(struct core *c, const char *session)
{
	const bool number = session[0] != '\0' &&
			    session[strspn(session, "0123456789")] == '\0';
	const int len = snprintf(
	    c->path, sizeof(c->path), "%s%s", number ? SESSIONS : "", session);
	struct stat st;

	if (len < 0 || (size_t)len >= sizeof(c->path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if (stat(c->path, &st) != 0)
		return -1;
	if (!S_ISDIR(st.st_mode)) {
		errno = ENOTDIR;
		return -1;
	}
	c->dev = st.st_dev;
	c->ino = st.st_ino;
	return 0;
}

struct core *
core_new(struct ev_loop *loop, struct peers *peers, const char *session,
    core_done_fn *done, void *arg)
{
	struct core *c = calloc(1, sizeof(*c));

	if (c == NULL) {
		log_error("--core %s", session);
		return NULL;
	}
	c->loop = loop;
	c->peers = peers;
	c->done = done;
	c->arg = arg;
	TAILQ_INIT(&c->nodes);
	ev_timer_init(&c->timer, on_timer, 0., SCAN_S);
	c->timer.data = c;
	if (set_path(c, session) != 0 || (c->map = coremap_new()) == NULL) {
		log_error("--core %s", session);
		core_free(c);
		return NULL;
	}
	return c;
}

void
core_start(struct core *c)
{
	if (c != NULL)
		ev_timer_start(c->loop, &c->timer);
}

void
core_stop(struct core *c)
{
	if (c != NULL)
		ev_timer_stop(c->loop, &c->timer);
}

void
core_free(struct core *c)
{
	struct node *n;

	if (c == NULL)
		return;
	core_stop(c);
	while ((n = TAILQ_FIRST(&c->nodes)) != NULL) {
		TAILQ_REMOVE(&c->nodes, n, entry);
		free(n);
	}
	coremap_free(c->map);
	free(c);
}
