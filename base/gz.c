/* SPDX-License-Identifier: BSD-3-Clause */
/* Compressing a whole file in its directory. */
#include "base/gz.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/fdio.h"

#define CHUNK  32768
#define WINDOW (15 + 16) /* of zlib: the largest, in a gzip header */
#define MEMORY 8
#define UNIX   3 /* RFC 1952: OS */

struct gz {
	int in, out;
	const atomic_bool *stop;
	z_stream z;
	gz_header head;
	Bytef from[CHUNK], to[CHUNK];
};

/* Compress what is in .from, and with ${flush} Z_FINISH end the stream. */
static int
squeeze(struct gz *g, int flush)
{
	do {
		g->z.next_out = g->to;
		g->z.avail_out = CHUNK;
		(void)deflate(&g->z, flush);
		if (fdio_write(
			g->out, g->to, CHUNK - g->z.avail_out, FDIO_HERE) != 0)
			return -1;
	} while (g->z.avail_out == 0);
	return 0;
}

static int
copy(struct gz *g)
{
	ssize_t n;

	do {
		if (atomic_load(g->stop)) {
			errno = ECANCELED;
			return -1;
		}
		n = read(g->in, g->from, CHUNK);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		g->z.next_in = g->from;
		g->z.avail_in = (uInt)n;
		if (squeeze(g, n > 0 ? Z_NO_FLUSH : Z_FINISH) != 0)
			return -1;
	} while (n != 0);
	return 0;
}

/* Compress .in to .out, which then looks as ${st} says. */
static int
compress_file(struct gz *g, const struct stat *st)
{
	const struct timespec times[2] = { st->st_atim, st->st_mtim };
	int rc;

	g->head = (gz_header){ .time = (uLong)st->st_mtim.tv_sec, .os = UNIX };
	if (deflateInit2(&g->z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, WINDOW,
		MEMORY, Z_DEFAULT_STRATEGY) != Z_OK) {
		errno = ENOMEM;
		return -1;
	}
	(void)deflateSetHeader(&g->z, &g->head);
	rc = copy(g);
	(void)deflateEnd(&g->z);
	if (rc != 0)
		return -1;
	/* An owner that may not give the file away keeps it. */
	if (fchown(g->out, st->st_uid, st->st_gid) != 0 && errno != EPERM)
		return -1;
	if (fchmod(g->out, st->st_mode & 07777) != 0 ||
	    futimens(g->out, times) != 0 || fsync(g->out) != 0)
		return -1;
	return 0;
}

/* Open the one, create the other, and compress. */
static int
make(struct gz *g, int dir, const char *name, const char *tmp)
{
	struct stat st;
	int rc = -1;
	int err;

	g->in = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (g->in < 0)
		return -1;
	if (fstat(g->in, &st) != 0 || !S_ISREG(st.st_mode)) {
		errno = EINVAL;
		goto close_in;
	}
	g->out =
	    openat(dir, tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (g->out < 0)
		goto close_in;
	rc = compress_file(g, &st);
	err = errno;
	if (close(g->out) != 0 && rc == 0) {
		rc = -1;
		err = errno;
	}
	if (rc != 0)
		(void)unlinkat(dir, tmp, 0);
	errno = err;

close_in:
	err = errno;
	(void)close(g->in);
	errno = err;
	return rc;
}

int
gz_file(int dir, const char *name, const atomic_bool *stop)
{
	char full[NAME_MAX + 1], tmp[NAME_MAX + 1];
	struct stat st;
	struct gz *g;
	int rc;

	if (snprintf(full, sizeof(full), "%s.gz", name) >= (int)sizeof(full) ||
	    snprintf(tmp, sizeof(tmp), "%s.tmp", full) >= (int)sizeof(tmp)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	/* The end of what was once begun. */
	if (fstatat(dir, full, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return unlinkat(dir, name, 0);
	if ((g = calloc(1, sizeof(*g))) == NULL)
		return -1;
	g->stop = stop;
	rc = make(g, dir, name, tmp);
	free(g);
	if (rc != 0)
		return -1;
	if (renameat(dir, tmp, dir, full) != 0) {
		const int err = errno;

		(void)unlinkat(dir, tmp, 0);
		errno = err;
		return -1;
	}
	(void)fsync(dir);
	return unlinkat(dir, name, 0);
}
