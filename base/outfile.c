/* SPDX-License-Identifier: BSD-3-Clause */
/* An output file that is kept open, buffered, reopened, and may fail. */
#include "base/outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

#define SMALL       4096
#define PATIENCE_MS 100 /* for a pipe that its reader made non-blocking */
#define RETRY_NS    MONO_NS_PER_S

struct outfile {
	char *path;
	int fd;       /* -1: to be opened again */
	bool is_file; /* regular: a torn message can be cut off */
	bool suspended;
	bool closed_pipe;
	mono_t retry; /* while suspended: not before */
	uint64_t written, lost;
	unsigned int records; /* in .buf */
	size_t used;
	size_t sent;   /* octets of .buf that a pipe took before it was full */
	bool dropping; /* the message under way goes to .spare, not to .buf */
	char buf[OUTFILE_BUF + OUTFILE_MESSAGE_MAX];
	char spare[OUTFILE_MESSAGE_MAX];
};

static bool
is_stdout(const struct outfile *f)
{
	return strcmp(f->path, "-") == 0;
}

static int
open_path(struct outfile *f)
{
	struct stat st;

	if (is_stdout(f)) {
		f->fd = STDOUT_FILENO;
	} else {
		f->fd = open(
		    f->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
	}
	if (f->fd < 0)
		return -1;
	f->is_file = fstat(f->fd, &st) == 0 && S_ISREG(st.st_mode);
	return 0;
}

static void
close_fd(struct outfile *f)
{
	if (f->fd >= 0 && !is_stdout(f))
		(void)close(f->fd);
	f->fd = -1;
}

struct outfile *
outfile_open(const char *path)
{
	struct outfile *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return NULL;
	f->fd = -1;
	f->path = strdup(path);
	if (f->path == NULL || open_path(f) != 0) {
		free(f->path);
		free(f);
		return NULL;
	}
	return f;
}

/* Write what the descriptor takes.  Returns 0 when that was all. */
static int
write_some(struct outfile *f)
{
	while (f->sent < f->used) {
		const ssize_t n =
		    write(f->fd, f->buf + f->sent, f->used - f->sent);
		struct pollfd p = { .fd = f->fd, .events = POLLOUT };

		if (n >= 0) {
			f->sent += (size_t)n;
		} else if (errno == EAGAIN && poll(&p, 1, PATIENCE_MS) > 0) {
			continue;
		} else if (errno != EINTR) {
			return -1;
		}
	}
	return 0;
}

/*
 * What was written of the buffer is no whole number of messages: cut it off,
 * and step back, or a file without O_APPEND (standard output) gets a hole.
 */
static void
cut_torn(struct outfile *f)
{
	struct stat st;

	if (!f->is_file || f->sent == 0)
		return;
	if (fstat(f->fd, &st) == 0 && st.st_size >= (off_t)f->sent &&
	    ftruncate(f->fd, st.st_size - (off_t)f->sent) == 0)
		(void)lseek(f->fd, -(off_t)f->sent, SEEK_CUR);
}

/* A reader that is merely slow (EAGAIN) keeps its messages waiting. */
static void
suspend(struct outfile *f, mono_t now)
{
	const int err = errno;

	f->closed_pipe = err == EPIPE;
	if (!f->suspended && !f->closed_pipe)
		log_warn("%s: writing is suspended", f->path);
	f->suspended = true;
	f->retry.ns = now.ns + RETRY_NS;
	if (err == EAGAIN)
		return;
	if (f->fd >= 0)
		cut_torn(f);
	f->lost += f->records;
	f->records = 0;
	f->used = f->sent = 0;
}

static void
emptied(struct outfile *f)
{
	f->written += f->records;
	f->records = 0;
	f->used = f->sent = 0;
	if (f->suspended) {
		log_warnx("%s: writing goes on, %llu records were lost so far",
		    f->path, (unsigned long long)f->lost);
	}
	f->suspended = false;
}

/* Try to write all; ${now} is only used to say when to try again. */
static int
drain(struct outfile *f, mono_t now)
{
	/* Only a message that was written shows that writing goes on. */
	if (f->used == 0 && f->fd >= 0) {
		errno = EAGAIN;
		return f->suspended ? -1 : 0;
	}
	if ((f->fd < 0 && open_path(f) != 0) || write_some(f) != 0) {
		suspend(f, now);
		return -1;
	}
	emptied(f);
	return 0;
}

char *
outfile_room(struct outfile *f, size_t len)
{
	/* Only a large message goes beyond what is kept while suspended. */
	const size_t limit = len > SMALL ? sizeof(f->buf) : OUTFILE_BUF;

	if (f->used + len > OUTFILE_BUF && !f->suspended)
		(void)drain(f, f->retry);
	f->dropping = f->used + len > limit;
	return f->dropping ? f->spare : f->buf + f->used;
}

void
outfile_commit(struct outfile *f, size_t len, unsigned int records)
{
	if (f->dropping) {
		f->lost += records;
		return;
	}
	f->used += len;
	f->records += records;
}

void
outfile_put(
    struct outfile *f, const char *data, size_t len, unsigned int records)
{
	memcpy(outfile_room(f, len), data, len);
	outfile_commit(f, len, records);
}

int
outfile_flush(struct outfile *f, mono_t now)
{
	if (f->closed_pipe) {
		errno = EPIPE;
		return -1;
	}
	if (f->suspended && now.ns < f->retry.ns) {
		errno = EAGAIN;
		return -1;
	}
	return drain(f, now);
}

void
outfile_reopen(struct outfile *f)
{
	if (is_stdout(f)) {
		(void)drain(f, f->retry);
		return;
	}
	(void)drain(f, f->retry);
	close_fd(f);
	f->sent = 0;
	if (open_path(f) != 0) {
		suspend(f, f->retry);
	} else if (f->suspended) {
		(void)drain(f, f->retry);
	}
}

uint64_t
outfile_written(const struct outfile *f)
{
	return f->written;
}

uint64_t
outfile_lost(const struct outfile *f)
{
	return f->lost;
}

int
outfile_close(struct outfile *f)
{
	int ret;

	if (f == NULL)
		return 0;
	ret = f->used > 0 ? drain(f, f->retry) : 0;
	close_fd(f);
	free(f->path);
	free(f);
	return ret;
}
