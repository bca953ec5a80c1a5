/* SPDX-License-Identifier: BSD-3-Clause */
/* An input file, decompressed on the way when it is compressed by gzip. */
#include "base/infile.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/gzread.h"

#define RAW_MAX ((size_t)65536)

struct infile {
	int fd;
	bool known; /* what kind of file it is */
	bool eof;
	struct gzread *gz; /* NULL: not compressed */
	uint64_t octets;
	size_t at, used; /* of .raw: what was read and not used */
	unsigned char raw[RAW_MAX];
};

struct infile *
infile_open(const char *path)
{
	struct infile *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return NULL;
	f->fd = strcmp(path, "-") == 0 ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
				       : open(path, O_RDONLY | O_CLOEXEC);
	if (f->fd < 0) {
		free(f);
		return NULL;
	}
	return f;
}

/* Read to ${buf}, as infile_read does but for what is compressed. */
static ssize_t
read_raw(struct infile *f, void *buf, size_t room)
{
	struct pollfd pfd = { .fd = f->fd, .events = POLLIN };
	ssize_t n = -1;

	errno = EAGAIN;
	if (poll(&pfd, 1, 0) != 0)
		n = read(f->fd, buf, room);
	if (n < 0 && errno == EINTR)
		errno = EAGAIN;
	if (n > 0)
		f->octets += (uint64_t)n;
	f->eof = n == 0;
	return n;
}

/* Have something in .raw, or be at the end.  Returns 0, or -1 with errno. */
static int
fill(struct infile *f)
{
	ssize_t n;

	if (f->at == f->used)
		f->at = f->used = 0;
	if (f->eof || f->used == RAW_MAX)
		return 0;
	n = read_raw(f, f->raw + f->used, RAW_MAX - f->used);
	if (n < 0)
		return -1;
	f->used += (size_t)n;
	return 0;
}

/* Two octets tell.  Returns 0, or -1 with errno. */
static int
learn(struct infile *f)
{
	while (!f->known) {
		if (f->used >= 2 || f->eof) {
			f->known = true;
		} else if (fill(f) != 0) {
			return -1;
		}
	}
	if (f->used < 2 || f->raw[0] != 0x1f || f->raw[1] != 0x8b)
		return 0;
	return (f->gz = gzread_new()) == NULL ? -1 : 0;
}

static ssize_t
read_plain(struct infile *f, void *buf, size_t room)
{
	const size_t left = f->used - f->at;
	const size_t n = left < room ? left : room;

	if (left == 0)
		return f->eof ? 0 : read_raw(f, buf, room);
	memcpy(buf, f->raw + f->at, n);
	f->at += n;
	return (ssize_t)n;
}

static ssize_t
read_gz(struct infile *f, void *buf, size_t room)
{
	for (;;) {
		size_t used;
		const ssize_t n = gzread_run(
		    f->gz, f->raw + f->at, f->used - f->at, &used, buf, room);

		if (n < 0) {
			errno = EBADMSG;
			return -1;
		}
		f->at += used;
		if (n > 0)
			return n;
		if (f->eof && f->at == f->used) {
			errno = ENODATA;
			return gzread_whole(f->gz) ? 0 : -1;
		}
		if (fill(f) != 0)
			return -1;
	}
}

ssize_t
infile_read(struct infile *f, void *buf, size_t room)
{
	if (!f->known && learn(f) != 0)
		return -1;
	return f->gz != NULL ? read_gz(f, buf, room) : read_plain(f, buf, room);
}

int
infile_fd(const struct infile *f)
{
	return f->fd;
}

uint64_t
infile_octets(const struct infile *f)
{
	return f->octets;
}

void
infile_close(struct infile *f)
{
	if (f == NULL)
		return;
	(void)close(f->fd);
	gzread_free(f->gz);
	free(f);
}
