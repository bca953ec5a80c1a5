/* SPDX-License-Identifier: BSD-3-Clause */
/* A file of checked records that only grows, or is replaced as a whole. */
#include "collector/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fdio.h"
#include "wire/frame.h"

#define MAGIC_LEN ((off_t)(sizeof(JOURNAL_MAGIC) - 1))
#define READ_SIZE ((size_t)2 * (JOURNAL_BODY_MAX + FRAME_OVERHEAD))

struct journal {
	char *path, *new_path;
	bool sync;
	int fd;
	int new_fd;     /* -1: there is none */
	bool anew;      /* the group at hand begins a new file */
	bool no_memory; /* the group is not complete */
	off_t size;     /* of the file that groups are added to */
	uint8_t *buf;   /* the group */
	size_t used, room;
};

static ssize_t
read_all(int fd, uint8_t *buf, size_t len)
{
	size_t got = 0;

	while (got < len) {
		const ssize_t n = read(fd, buf + got, len - got);

		if (n == 0)
			break;
		if (n < 0 && errno != EINTR)
			return -1;
		got += n > 0 ? (size_t)n : 0;
	}
	return (ssize_t)got;
}

/* Reading through a file: who is told, and how far it is sound. */
struct scan {
	journal_fn *fn;
	void *arg;
	off_t at, whole;
};

/*
 * Pass on the frames in ${buf}.  Returns the octets used, -1 when nothing more
 * counts.
 */
static ptrdiff_t
scan_frames(struct scan *sc, const uint8_t *buf, size_t len)
{
	struct frame f = { 0 };
	size_t used = 0;
	int n;

	while (
	    (n = frame_get(&f, buf + used, len - used, JOURNAL_BODY_MAX)) > 0) {
		used += (size_t)n;
		sc->at += n;
		switch (sc->fn(sc->arg, f.type, f.body, f.len)) {
		case JOURNAL_WHOLE:
			sc->whole = sc->at;
			break;
		case JOURNAL_STOP:
			return -1;
		case JOURNAL_MORE:
			break;
		}
	}
	return n < 0 ? -1 : (ptrdiff_t)used;
}

/* Returns 0, or -1 with errno. */
static int
scan_magic(int fd, bool *ret_any)
{
	char magic[sizeof(JOURNAL_MAGIC)];
	const ssize_t n = read_all(fd, (uint8_t *)magic, (size_t)MAGIC_LEN);

	if (n < 0)
		return -1;
	*ret_any = n == MAGIC_LEN;
	if (memcmp(magic, JOURNAL_MAGIC, (size_t)n) == 0)
		return 0;
	errno = EBADMSG;
	return -1;
}

static off_t
scan(int fd, journal_fn *fn, void *arg)
{
	struct scan sc = { .fn = fn, .arg = arg, .at = MAGIC_LEN };
	uint8_t *buf;
	size_t have = 0;
	ptrdiff_t used = 0;
	ssize_t n = 0;
	bool any;

	if (scan_magic(fd, &any) != 0 || (buf = malloc(READ_SIZE)) == NULL)
		return -1;
	while (any && used >= 0 &&
	       (n = read_all(fd, buf + have, READ_SIZE - have)) > 0) {
		have += (size_t)n;
		used = scan_frames(&sc, buf, have);
		if (used > 0)
			memmove(buf, buf + used, have -= (size_t)used);
	}
	free(buf);
	return n < 0 ? -1 : sc.whole;
}

off_t
journal_scan(const char *path, journal_fn *fn, void *arg)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	off_t whole;
	int err;

	if (fd == -1)
		return -1;
	whole = scan(fd, fn, arg);
	err = errno;
	close(fd);
	errno = err;
	return whole;
}

static int
open_locked(const char *path, int flags)
{
	const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | flags, 0644);
	int err;

	if (fd == -1 || flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	err = errno;
	close(fd);
	errno = err;
	return -1;
}

static int
set_up(struct journal *j, const char *path, journal_fn *fn, void *arg)
{
	if ((j->path = strdup(path)) == NULL ||
	    asprintf(&j->new_path, "%s.new", path) == -1)
		return -1;
	if ((j->fd = open_locked(path, 0)) == -1)
		return -1;
	j->size = scan(j->fd, fn, arg);
	if (j->size < 0 || ftruncate(j->fd, j->size) != 0)
		return -1;
	return 0;
}

struct journal *
journal_open(const char *path, bool sync, journal_fn *fn, void *arg)
{
	struct journal *j = calloc(1, sizeof(*j));
	int err;

	if (j == NULL)
		return NULL;
	j->sync = sync;
	j->fd = j->new_fd = -1;
	if (set_up(j, path, fn, arg) == 0)
		return j;
	err = errno;
	journal_close(j);
	errno = err;
	return NULL;
}

static uint8_t *
make_room(struct journal *j, size_t len)
{
	size_t room = j->room == 0 ? 4096 : j->room;
	uint8_t *p;

	while (room - j->used < len)
		room *= 2;
	if (room != j->room) {
		if ((p = realloc(j->buf, room)) == NULL) {
			j->no_memory = true;
			return NULL;
		}
		j->buf = p;
		j->room = room;
	}
	return j->buf + j->used;
}

static void
put_magic(struct journal *j)
{
	uint8_t *p = make_room(j, (size_t)MAGIC_LEN);

	if (p == NULL)
		return;
	memcpy(p, JOURNAL_MAGIC, (size_t)MAGIC_LEN);
	j->used += (size_t)MAGIC_LEN;
}

void
journal_put(
    struct journal *j, unsigned int type, const uint8_t *body, size_t len)
{
	const struct frame f = {
		.type = (uint8_t)type, .body = body, .len = len
	};
	uint8_t *p;

	if (j->used == 0 && (j->size == 0 || j->anew))
		put_magic(j);
	if ((p = make_room(j, len + FRAME_OVERHEAD)) != NULL)
		j->used += frame_put(p, &f);
}

void
journal_list_begin(struct journal_list *l, struct journal *j, unsigned int type)
{
	l->j = j;
	l->type = type;
	l->w = wr_init(l->body, sizeof(l->body));
}

/* Write the frame, if there is anything in it, and begin another one. */
void
journal_list_end(struct journal_list *l)
{
	const size_t len = (size_t)(l->w.p - l->body);

	if (len > 0)
		journal_put(l->j, l->type, l->body, len);
	journal_list_begin(l, l->j, l->type);
}

struct wr *
journal_list_room(struct journal_list *l, size_t max)
{
	if ((size_t)(l->w.end - l->w.p) < max)
		journal_list_end(l);
	return &l->w;
}

void
journal_anew(struct journal *j)
{
	j->anew = true;
	j->used = 0;
	j->no_memory = false;
}

/* Add the group to ${fd}, which has ${size} octets now, or leave that alone. */
static int
write_group(struct journal *j, int fd, off_t size)
{
	int err = ENOMEM;

	if (!j->no_memory && fdio_write(fd, j->buf, j->used, size) == 0 &&
	    (!j->sync || fdatasync(fd) == 0)) {
		j->size = size + (off_t)j->used;
		return 0;
	}
	if (!j->no_memory)
		err = errno;
	if (ftruncate(fd, size) != 0)
		err = errno;
	errno = err;
	return -1;
}

static int
write_anew(struct journal *j)
{
	int err;

	if (j->new_fd == -1)
		j->new_fd = open_locked(j->new_path, O_TRUNC);
	if (j->new_fd == -1)
		return -1;
	if (ftruncate(j->new_fd, 0) == 0 && write_group(j, j->new_fd, 0) == 0)
		return 0;
	err = errno;
	close(j->new_fd);
	j->new_fd = -1;
	(void)unlink(j->new_path);
	errno = err;
	return -1;
}

int
journal_commit(struct journal *j)
{
	int rc = -1;

	if (j->anew) {
		rc = write_anew(j);
	} else if (journal_settle(j) == 0) {
		rc = write_group(j, j->fd, j->size);
	}
	j->anew = false;
	j->no_memory = false;
	j->used = 0;
	return rc;
}

/* A new name is on disk when its directory is. */
static void
sync_dir(const struct journal *j)
{
	char *dir = fdio_dir(j->path);
	const int fd = dir == NULL ? -1 : open(dir, O_RDONLY | O_CLOEXEC);

	if (fd != -1) {
		(void)fsync(fd);
		close(fd);
	}
	free(dir);
}

int
journal_settle(struct journal *j)
{
	if (j->new_fd == -1)
		return 0;
	if (rename(j->new_path, j->path) != 0)
		return -1;
	if (j->sync)
		sync_dir(j);
	close(j->fd);
	j->fd = j->new_fd;
	j->new_fd = -1;
	return 0;
}

off_t
journal_size(const struct journal *j)
{
	return j->size;
}

void
journal_close(struct journal *j)
{
	if (j == NULL)
		return;
	if (j->fd != -1)
		close(j->fd);
	if (j->new_fd != -1)
		close(j->new_fd);
	free(j->buf);
	free(j->path);
	free(j->new_path);
	free(j);
}
