/* SPDX-License-Identifier: BSD-3-Clause */
/* An output file that is kept open, buffered, reopened, and may fail. */
#include "base/outfile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/outpath.h"
#include "base/proc.h"

#define SMALL       4096
#define PATIENCE_MS 100 /* for a pipe that its reader made non-blocking */
#define RETRY_NS    MONO_NS_PER_S

struct outfile {
	struct outpath p;
	bool suspended;
	bool closed_pipe;
	mono_t retry; /* while suspended: not before */
	uint64_t written, lost;
	struct rotate_range range; /* what we wrote to the present file */
	const char *head;          /* NULL: none */
	bool bare;                 /* the present file has to get it first */

	const struct rotate *rotate; /* NULL: never */
	enum outfile_end end;
	struct rotate_last last;
	bool safe;  /* see outfile_safe */
	bool stuck; /* cannot be rotated; after a warning */
	bool hold;  /* so no attempt before the next flush */
	outfile_fn *hook;
	void *arg;
	struct outq q;
};

/* Returns 0, or -1 with errno and what was open still open. */
static int
open_path(struct outfile *f)
{
	const int rc = outpath_open(&f->p);

	if (rc < 0)
		return -1;
	f->closed_pipe = false;
	f->bare = f->head != NULL && f->p.is_file && f->p.length == 0;
	if (rc > 0)
		f->range = (struct rotate_range){ 0 };
	return 0;
}

/* What comes goes to another file. */
static void
forget(struct outfile *f, const char *closed)
{
	outpath_forget(&f->p);
	if (f->hook != NULL)
		f->hook(f->arg, closed);
}

struct outfile *
outfile_open(const char *path)
{
	struct outfile *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return NULL;
	if (outpath_init(&f->p, path) != 0 || open_path(f) != 0) {
		outpath_done(&f->p);
		free(f);
		return NULL;
	}
	return f;
}

void
outfile_mend(struct outfile *f, const char *begin)
{
	const size_t n = outpath_mend(&f->p, OUTFILE_MESSAGE_MAX, begin);

	if (n > 0) {
		log_warnx("%s: ended inside a line; its %zu octets are cut off",
		    f->p.name, n);
	}
}

void
outfile_head(struct outfile *f, const char *text)
{
	f->head = text;
	if (!f->p.is_file) {
		outfile_put(f, text, strlen(text), 0);
	} else {
		f->bare = f->p.length == 0;
	}
}

void
outfile_rotate(struct outfile *f, const struct rotate *r, enum outfile_end end)
{
	if (outpath_is_stdout(&f->p) || !rotate_wanted(r))
		return;
	f->rotate = r;
	f->end = end;
}

void
outfile_hook(struct outfile *f, outfile_fn *fn, void *arg)
{
	f->hook = fn;
	f->arg = arg;
}

/* Writing ended inside a message.  What is left in the file was written. */
static void
cut_torn(struct outfile *f)
{
	const struct outq_mark done = outq_whole(&f->q);

	f->written += done.records;
	f->lost += outq_all(&f->q).records - done.records;
	f->p.length += done.end;
	rotate_add(&f->range, &done.range);
	outpath_cut(&f->p, f->q.sent - done.end);
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
		outq_clear(&f->q);
	}
	/* Not before: standard error may be the same file. */
	errno = err;
	if (first && !f->closed_pipe)
		log_warn("%s: writing is suspended", f->p.name);
	errno = err;
}

static void
emptied(struct outfile *f)
{
	const struct outq_mark done = outq_all(&f->q);

	f->written += done.records;
	f->p.length += done.end;
	rotate_add(&f->range, &done.range);
	outq_clear(&f->q);
	if (f->suspended) {
		log_warnx("%s: writing goes on, %llu records were lost so far",
		    f->p.name, (unsigned long long)f->lost);
	}
	f->suspended = false;
}

/* Make sure that there is a file, one that has a name, with its head. */
static int
ready(struct outfile *f)
{
	if (outpath_is_removed(&f->p))
		forget(f, NULL);
	if (f->p.fd < 0 && open_path(f) != 0)
		return -1;
	if (f->bare && outpath_write(&f->p, f->head, strlen(f->head)) != 0)
		return -1;
	f->bare = false;
	return 0;
}

/* Try to write all; ${now} is only used to say when to try again. */
static int
drain(struct outfile *f, mono_t now)
{
	/* Only a message that was written shows that writing goes on. */
	if (f->q.used == 0 && f->p.fd >= 0 && !f->bare) {
		errno = EAGAIN;
		return f->suspended ? -1 : 0;
	}
	if (ready(f) != 0 || outq_write(&f->q, f->p.fd, PATIENCE_MS) != 0) {
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
	const size_t limit = len > SMALL ? sizeof(f->q.buf) : OUTFILE_BUF;

	if (f->q.used + len > OUTFILE_BUF && !f->suspended)
		(void)drain(f, f->retry);
	return outq_room(&f->q, len, limit);
}

void
outfile_number(struct outfile *f, uint64_t seq)
{
	f->q.number = (struct rotate_range){ 1, seq, seq };
}

void
outfile_commit(struct outfile *f, size_t len, unsigned int n)
{
	f->lost += outq_commit(&f->q, len, n);
}

void
outfile_put(struct outfile *f, const char *data, size_t len, unsigned int n)
{
	memcpy(outfile_room(f, len), data, len);
	outfile_commit(f, len, n);
}

/* The file goes on as it is. */
static void
stuck(struct outfile *f)
{
	if (!f->stuck)
		log_warn("%s: cannot be rotated", f->p.name);
	f->stuck = f->hold = true;
}

/* The last that is done to a file.  Returns 0, or -1 with errno. */
static int
settle(const struct outfile *f)
{
	return f->safe ? outfile_sync(f) : 0;
}

/*
 * Somebody else has renamed or removed the file: there is nothing to close.
 * Where no other can be opened it goes on, wherever it is now.
 */
static void
leave(struct outfile *f)
{
	if (settle(f) != 0 || open_path(f) != 0) {
		stuck(f);
		return;
	}
	f->stuck = false;
	if (f->hook != NULL)
		f->hook(f->arg, NULL);
}

/* Write the last line.  Returns its octets, 0 for none, -1 with errno. */
static int
put_end(struct outfile *f)
{
	char line[ROTATE_FOOTER_MAX];
	size_t len;

	if (f->end == OUTFILE_END_NONE)
		return 0;
	len = rotate_footer(line, &f->range, f->end == OUTFILE_END_RANGE);
	return outpath_write(&f->p, line, len) == 0 ? (int)len : -1;
}

/*
 * Give the file its new name.  The last line comes first, so that what has
 * such a name is whole for others.  Returns 0, or -1 with errno.
 */
static int
finish(struct outfile *f, char ret_closed[static ROTATE_PATH_MAX])
{
	const int len = put_end(f);
	int err;

	if (len < 0)
		return -1;
	if (settle(f) == 0 &&
	    rotate_rename(ret_closed, f->p.name, proc_wall(), &f->last) == 0)
		return 0;
	err = errno;
	outpath_cut(&f->p, (size_t)len);
	f->p.length -= (uint64_t)len;
	errno = err;
	return -1;
}

/* Go on in a new file.  All that waited is in the old one. */
static void
turn(struct outfile *f)
{
	char closed[ROTATE_PATH_MAX];

	if (outpath_is_elsewhere(&f->p)) {
		leave(f);
		return;
	}
	if (finish(f, closed) != 0) {
		stuck(f);
		return;
	}
	forget(f, closed);
	if (f->rotate->closed != NULL)
		f->rotate->closed(f->rotate->arg);
	if (f->stuck)
		log_warnx("%s: rotation goes on", f->p.name);
	f->stuck = false;
	if (open_path(f) != 0)
		suspend(f, f->retry);
}

/* Whether there is more in the file than its head. */
static bool
has_content(const struct outfile *f)
{
	return f->p.length > (f->head == NULL ? 0 : strlen(f->head));
}

bool
outfile_is_due(const struct outfile *f)
{
	const struct rotate *r = f->rotate;

	return r != NULL && r->size != 0 && !f->hold && !f->suspended &&
	       f->p.is_file && f->p.length + f->q.used >= (uint64_t)r->size;
}

void
outfile_turn(struct outfile *f)
{
	if (outfile_is_due(f) && drain(f, f->retry) == 0 && has_content(f))
		turn(f);
}

/* Is it time for another file?  One without content just begins later. */
static void
turn_by_clock(struct outfile *f)
{
	const wall_t now = proc_wall();

	if (!f->p.is_file || !rotate_due(f->rotate, f->p.since, now))
		return;
	if (has_content(f)) {
		turn(f);
	} else {
		f->p.since = now;
	}
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
	f->hold = false;
	if (drain(f, now) != 0)
		return -1;
	if (f->rotate != NULL)
		turn_by_clock(f);
	errno = EAGAIN;
	return f->suspended ? -1 : 0;
}

/* A file that we opened ourselves blocks: no message is under way now. */
void
outfile_reopen(struct outfile *f)
{
	(void)drain(f, f->retry);
	if (outpath_is_stdout(&f->p))
		return;
	if (outpath_is_elsewhere(&f->p))
		forget(f, NULL);
	outpath_close(&f->p);
	if (open_path(f) != 0) {
		suspend(f, f->retry);
		return;
	}
	if (!f->p.is_file && f->head != NULL)
		outfile_put(f, f->head, strlen(f->head), 0);
	if (f->suspended)
		(void)drain(f, f->retry);
}

uint64_t
outfile_length(const struct outfile *f)
{
	return f->p.length;
}

void
outfile_safe(struct outfile *f)
{
	f->safe = true;
}

int
outfile_sync(const struct outfile *f)
{
	return f->p.fd < 0 ? 0 : fdatasync(f->p.fd);
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
	ret = f->q.used > 0 || f->bare ? drain(f, f->retry) : 0;
	outpath_done(&f->p);
	free(f);
	return ret;
}
