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
#define MARKS       4096

/* Where messages in the buffer end, and how many records were in them. */
struct mark {
	uint32_t end, records;
};

struct outfile {
	char *path;
	int fd;       /* -1: to be opened again */
	bool is_file; /* regular: a torn message can be cut off */
	bool suspended;
	bool closed_pipe;
	mono_t retry; /* while suspended: not before */
	uint64_t written, lost;
	size_t used;
	unsigned int n_marks; /* the last one may stand for several messages */
	struct mark mark[MARKS];
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
	f->closed_pipe = false;
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

/* Records in the first ${n} marks. */
static uint64_t
records(const struct outfile *f, unsigned int n)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < n; i++)
		sum += f->mark[i].records;
	return sum;
}

/* Return how many messages were written whole. */
static unsigned int
whole(const struct outfile *f)
{
	unsigned int n = 0;

	while (n < f->n_marks && f->mark[n].end <= f->sent)
		n++;
	return n;
}

static void
clear(struct outfile *f)
{
	f->used = f->sent = 0;
	f->n_marks = 0;
}

/*
 * Writing ended inside a message: cut it off, and step back, or a file without
 * O_APPEND (standard output) gets a hole.  What is left there was written.
 */
static void
cut_torn(struct outfile *f)
{
	const unsigned int n = whole(f);
	const off_t torn = (off_t)(f->sent - (n > 0 ? f->mark[n - 1].end : 0));
	struct stat st;

	f->written += records(f, n);
	f->lost += records(f, f->n_marks) - records(f, n);
	if (torn > 0 && f->is_file && fstat(f->fd, &st) == 0 &&
	    st.st_size >= torn && ftruncate(f->fd, st.st_size - torn) == 0)
		(void)lseek(f->fd, -torn, SEEK_CUR);
}

/* A reader that is merely slow (EAGAIN) keeps its messages waiting. */
static void
suspend(struct outfile *f, mono_t now)
{
	const bool first = !f->suspended;
	const int err = errno;

	f->closed_pipe = err == EPIPE;
	f->suspended = true;
	f->retry.ns = now.ns + RETRY_NS;
	if (err != EAGAIN) {
		cut_torn(f);
		clear(f);
	}
	/* Not before: standard error may be the same file. */
	errno = err;
	if (first && !f->closed_pipe)
		log_warn("%s: writing is suspended", f->path);
	errno = err;
}

static void
emptied(struct outfile *f)
{
	f->written += records(f, f->n_marks);
	clear(f);
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
outfile_commit(struct outfile *f, size_t len, unsigned int n)
{
	struct mark *m = &f->mark[f->n_marks];

	if (f->dropping) {
		f->lost += n;
		return;
	}
	f->used += len;
	if (f->n_marks == MARKS) {
		m[-1].records += n;
		m[-1].end = (uint32_t)f->used;
		return;
	}
	*m = (struct mark){ (uint32_t)f->used, n };
	f->n_marks++;
}

void
outfile_put(struct outfile *f, const char *data, size_t len, unsigned int n)
{
	memcpy(outfile_room(f, len), data, len);
	outfile_commit(f, len, n);
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

/* A file that we opened ourselves blocks: no message is under way now. */
void
outfile_reopen(struct outfile *f)
{
	(void)drain(f, f->retry);
	if (is_stdout(f))
		return;
	close_fd(f);
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
