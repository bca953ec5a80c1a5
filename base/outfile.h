/* SPDX-License-Identifier: BSD-3-Clause */
/* An output file that is kept open, buffered, reopened, and may fail. */
#ifndef BASE_OUTFILE_H_
#define BASE_OUTFILE_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/outq.h"
#include "base/rotate.h"
#include "wire/mono.h"

#define OUTFILE_BUF         OUTQ_BUF
#define OUTFILE_MESSAGE_MAX OUTQ_MESSAGE_MAX

/*
 * Failure to write (disk full, ...) suspends the file: what waits then is
 * counted and lost, one warning is logged, and a retry with what came since
 * is made at most once a second from outfile_flush.  A partial message is cut off
 * again, so that the file always ends with a whole one.  A pipe that stays
 * full for 100 ms keeps what waits, and the part of it that was not yet taken.
 * A file that was removed is created again, with what comes from then on.
 */
struct outfile;

/* The last line of files that rotation closes; see rotate_footer. */
enum outfile_end {
	OUTFILE_END_NONE,  /* the format has no comments */
	OUTFILE_END_COUNT, /* how many numbered records */
	OUTFILE_END_RANGE  /* and the first and the last number */
};

/*
 * Called when what is written from now on goes to another file: ${closed} is
 * the name that rotation gave to the old one, which is whole; or NULL, when
 * the path was opened again and was another file, or none.
 */
typedef void outfile_fn(void *arg, const char *closed);

/**
 * outfile_open(path):
 * Open ${path} for appending, creating it with mode 0644; "-" is standard
 * output.  NULL with errno on failure.
 */
struct outfile *outfile_open(const char *path);

/**
 * outfile_mend(f, begin):
 * Cut off a last line without end that begins with one of ${begin}, after a
 * warning: one that was killed while it wrote can have left it.  To be called
 * before anything is put.
 */
void outfile_mend(struct outfile *f, const char *begin);

/**
 * outfile_head(f, text):
 * Begin each new file with ${text}, borrowed until outfile_close, and this one
 * if it is empty.
 */
void outfile_head(struct outfile *f, const char *text);

/**
 * outfile_rotate(f, r, end):
 * Rotate the file as ${r} says, borrowed until outfile_close.  Does nothing
 * for what is no regular file with a name.
 */
void outfile_rotate(
    struct outfile *f, const struct rotate *r, enum outfile_end end);

/**
 * outfile_hook(f, fn, arg):
 * Call ${fn}(${arg}, .) before the first octet goes to another file.
 */
void outfile_hook(struct outfile *f, outfile_fn *fn, void *arg);

/**
 * outfile_room(f, len):
 * Return a place where up to ${len} octets of one message, at most
 * OUTFILE_MESSAGE_MAX, can be written; then call outfile_commit with their true number and how many
 * records ${n} they are.  Flushes when the buffer is full.  Never NULL.
 */
char *outfile_room(struct outfile *f, size_t len);
void outfile_commit(struct outfile *f, size_t len, unsigned int n);

/**
 * outfile_number(f, seq):
 * The message that is committed next is the record with the number ${seq}.
 * Numbers grow within a file; where they are not printed, any will do.
 */
void outfile_number(struct outfile *f, uint64_t seq);

/**
 * outfile_put(f, data, len, n):
 * The same for a message that lies elsewhere, of true length ${len}.
 */
void outfile_put(
    struct outfile *f, const char *data, size_t len, unsigned int n);

/**
 * outfile_flush(f, now):
 * Write out the buffer.  Call at least once a second with loop time ${now}.
 * Returns 0, or -1 with errno while suspended; errno is EPIPE only when the
 * reader of a pipe has closed it (SIGPIPE must be ignored).
 */
int outfile_flush(struct outfile *f, mono_t now);

/**
 * outfile_is_due(f):
 * Return whether outfile_turn would rotate the file now.
 */
bool outfile_is_due(const struct outfile *f);

/**
 * outfile_turn(f):
 * Call it between messages that may lie in different files: rotates a file
 * that has reached its size.  What is due by time is done by outfile_flush.
 * Where the file cannot be renamed, it goes on; there is one warning, and an
 * attempt per flush.
 */
void outfile_turn(struct outfile *f);

/**
 * outfile_reopen(f):
 * Flush, close, and open the path again (after somebody renamed the file).
 * On failure the file is suspended.
 */
void outfile_reopen(struct outfile *f);

/**
 * outfile_length(f):
 * Return the octets of the present file that are written: what outfile_flush
 * returned 0 for, and all before it.  Means nothing for other than files.
 */
uint64_t outfile_length(const struct outfile *f);

/**
 * outfile_safe(f):
 * From now on a file is left for another only when what was written to it is
 * on the disk: by rotation, before it has its new name.  A file that cannot be
 * synced goes on, like one that cannot be renamed.
 */
void outfile_safe(struct outfile *f);

/**
 * outfile_sync(f):
 * Wait until what was written is on the disk.  Returns 0, or -1 with errno.
 */
int outfile_sync(const struct outfile *f);

uint64_t outfile_written(const struct outfile *f); /* records on disk */
uint64_t outfile_lost(const struct outfile *f);    /* records not written */

/**
 * outfile_close(f):
 * Flush, close and free; NULL is fine.  Returns 0, or -1 when records of the
 * last buffer could not be written.
 */
int outfile_close(struct outfile *f);

#endif
