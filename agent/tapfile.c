/* SPDX-License-Identifier: BSD-3-Clause */
/* Stored dnstap streams, read one after the other. */
#include "agent/tapfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/dnstap.h"
#include "agent/fstrm.h"
#include "base/log.h"

#define BUFFER (256 << 10) /* octets; grows for a frame that is longer */

struct tapfile {
	const char *const *path;
	size_t n;
	size_t data_max;
	struct tapsink *sink;
	int *fd;
	size_t at;    /* the file that is being read */
	bool reading; /* .f, .src and .time are of it */
	bool held;    /* .frame, in .buf, is the next one to be handed on */
	struct fstrm_frame frame;
	struct fstrm f;
	struct tapsink_source src;
	wall_t time; /* the latest there was in it */
	uint8_t *buf;
	size_t size, from, used;
};

static int
open_one(const char *path)
{
	const int fd = strcmp(path, "-") == 0
			   ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
			   : open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		log_error("%s", path);
	return fd;
}

struct tapfile *
tapfile_open(
    const char *const *path, size_t n, size_t data_max, struct tapsink *sink)
{
	struct tapfile *t = calloc(1, sizeof(*t));

	if (t == NULL || (t->fd = calloc(n, sizeof(int))) == NULL ||
	    (t->buf = malloc(BUFFER)) == NULL) {
		log_error("dnstap");
		tapfile_close(t);
		return NULL;
	}
	t->size = BUFFER;
	t->path = path;
	t->data_max = data_max;
	t->sink = sink;
	for (; t->n < n; t->n++) {
		if ((t->fd[t->n] = open_one(path[t->n])) < 0) {
			tapfile_close(t);
			return NULL;
		}
	}
	return t;
}

static int
begin(struct tapfile *t)
{
	t->src = (struct tapsink_source){ .name = t->path[t->at] };
	t->time = wall_make(0, 0);
	t->from = t->used = 0;
	t->reading = true;
	return fstrm_init(&t->f, t->data_max);
}

static void
finish(struct tapfile *t)
{
	if (!t->reading)
		return;
	t->held = false;
	tapsink_down(t->sink, &t->src, t->time);
	fstrm_done(&t->f);
	t->reading = false;
	t->at++;
}

/* A message about the present file, which ends with it. */
static int
give_up(struct tapfile *t, const char *why)
{
	log_errorx("%s: %s", t->path[t->at], why);
	finish(t);
	return -1;
}

/* Make room for the frame that begins the buffer. */
static int
make_room(struct tapfile *t)
{
	const size_t left = t->used - t->from;
	const size_t want = fstrm_want(t->buf + t->from, left);
	uint8_t *p;

	memmove(t->buf, t->buf + t->from, left);
	t->from = 0;
	t->used = left;
	if (want <= t->size)
		return 0;
	p = realloc(t->buf, want);
	if (p == NULL)
		return -1;
	t->buf = p;
	t->size = want;
	return 0;
}

/* Read on.  Returns 1, 0 at the end of a sound file, -1 when it is bad. */
static int
fill(struct tapfile *t)
{
	ssize_t n;

	if (make_room(t) < 0)
		return give_up(t, strerror(errno));
	do {
		n = read(t->fd[t->at], t->buf + t->used, t->size - t->used);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return give_up(t, strerror(errno));
	t->used += (size_t)n;
	if (n > 0)
		return 1;
	if (t->used > 0) {
		tapsink_lose(t->sink);
		return give_up(t, "ends inside a frame");
	}
	if (t->f.state == FSTRM_BEGIN || t->f.state == FSTRM_READY)
		return give_up(t, "is no Frame Streams file");
	log_warnx("%s: ends without STOP", t->path[t->at]);
	finish(t);
	return 0;
}

/* Look for a frame.  Returns 1, 0 when more must be read, -1 when bad. */
static int
look(struct tapfile *t)
{
	const ptrdiff_t n =
	    fstrm_take(&t->f, &t->frame, t->buf + t->from, t->used - t->from);

	if (n < 0) {
		t->sink->count->tap_bad++;
		tapsink_lose(t->sink);
		return give_up(t, fstrm_why_text[t->f.why]);
	}
	t->from += (size_t)n;
	t->held = t->frame.what == FSTRM_WHAT_DATA;
	return n > 0;
}

/* Hold the next data frame.  Returns 1, 0 at the end of all, -1 when bad. */
static int
hold(struct tapfile *t)
{
	while (!t->held && t->at < t->n) {
		int rc;

		if (!t->reading && begin(t) < 0)
			return give_up(t, strerror(ENOMEM));
		rc = look(t);
		if (t->reading && t->f.state == FSTRM_STOPPED) {
			finish(t);
			continue;
		}
		if (rc == 0)
			rc = fill(t);
		if (rc < 0)
			return -1;
	}
	return t->held;
}

int
tapfile_peek(struct tapfile *t, wall_t *ret_time)
{
	const int rc = hold(t);
	struct dnstap d;

	if (rc != 1)
		return rc;
	*ret_time = t->time;
	if (dnstap_get(&d, t->frame.data, t->frame.len) == 0 && d.has_time)
		*ret_time = d.time;
	return 1;
}

int
tapfile_read(struct tapfile *t, unsigned int max)
{
	for (unsigned int i = 0; i < max; i++) {
		const int rc = hold(t);
		wall_t when;

		if (rc != 1)
			return rc;
		when = tapsink_frame(
		    t->sink, &t->src, t->frame.data, t->frame.len, t->time);
		if (when.ns > t->time.ns)
			t->time = when;
		t->held = false;
	}
	return 1;
}

void
tapfile_end(struct tapfile *t)
{
	finish(t);
	t->at = t->n;
}

void
tapfile_close(struct tapfile *t)
{
	if (t == NULL)
		return;
	if (t->reading)
		fstrm_done(&t->f);
	for (size_t i = 0; i < t->n; i++)
		(void)close(t->fd[i]);
	free(t->fd);
	free(t->buf);
	free(t);
}
