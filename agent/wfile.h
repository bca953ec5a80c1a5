/* SPDX-License-Identifier: BSD-3-Clause */
/* The stream, stored: what -w FILE writes. */
#ifndef AGENT_WFILE_H_
#define AGENT_WFILE_H_

#include <stdint.h>

#include "agent/ident.h"
#include "wire/obs.h"

struct wfile;

/**
 * wfile_open(path, id, level):
 * Create or empty the file ${path} ("-" is standard output) and begin a
 * stream of ${id} (borrowed) in it, compressed at ${level}.  Its interfaces
 * may get more until the last wfile_put.  Returns NULL with errno.
 */
struct wfile *wfile_open(const char *path, const struct ident *id, int level);

/**
 * wfile_put(f, o):
 * Add ${o}.  After a failure to write, the file ends with its last whole frame
 * and ${o} is counted and lost.
 */
void wfile_put(struct wfile *f, const struct obs *o);

/**
 * wfile_retry(f):
 * After a failure, see whether a regular file can be written again: then it
 * goes on with a GAP that tells which packets are missing, and a KEY block.
 * Call once a second; NULL is fine.
 */
void wfile_retry(struct wfile *f);

/**
 * wfile_flush(f):
 * Write out all records so far, as whole frames, or count them as lost.  NULL
 * is fine.
 */
void wfile_flush(struct wfile *f);

/**
 * wfile_lost(f):
 * Return the records that could not be written.  NULL is fine.
 */
uint64_t wfile_lost(const struct wfile *f);

/**
 * wfile_close(f):
 * End the stream with BYE, close and free; NULL is fine.  Returns 0, or -1
 * when not everything could be written.
 */
int wfile_close(struct wfile *f);

#endif
