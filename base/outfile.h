/* SPDX-License-Identifier: BSD-3-Clause */
/* An output file that is kept open, buffered, reopened, and may fail. */
#ifndef BASE_OUTFILE_H_
#define BASE_OUTFILE_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/mono.h"

#define OUTFILE_BUF         65536
#define OUTFILE_MESSAGE_MAX 524288

/*
 * Failure to write (disk full, ...) suspends the file: what waits then is
 * counted and lost, one warning is logged, and a retry with what came since
 * is made at most once a second from outfile_flush.  A partial message is cut off
 * again, so that the file always ends with a whole one.  A pipe that stays
 * full for 100 ms keeps what waits, and the part of it that was not yet taken.
 */
struct outfile;

/**
 * outfile_open(path):
 * Open ${path} for appending, creating it with mode 0644; "-" is standard
 * output.  NULL with errno on failure.
 */
struct outfile *outfile_open(const char *path);

/**
 * outfile_room(f, len):
 * Return a place where up to ${len} octets of one message, at most
 * OUTFILE_MESSAGE_MAX, can be written; then call outfile_commit with their true number and how many
 * records ${n} they are.  Flushes when the buffer is full.  Never NULL.
 */
char *outfile_room(struct outfile *f, size_t len);
void outfile_commit(struct outfile *f, size_t len, unsigned int n);

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
 * outfile_reopen(f):
 * Flush, close, and open the path again (log rotation).  On failure the file
 * is suspended.
 */
void outfile_reopen(struct outfile *f);

uint64_t outfile_written(const struct outfile *f); /* records on disk */
uint64_t outfile_lost(const struct outfile *f);    /* records not written */

/**
 * outfile_close(f):
 * Flush, close and free; NULL is fine.  Returns 0, or -1 when records of the
 * last buffer could not be written.
 */
int outfile_close(struct outfile *f);

#endif
