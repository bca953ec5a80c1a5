/* SPDX-License-Identifier: BSD-3-Clause */
/* Decompressing a file, piece by piece. */
#ifndef BASE_GZREAD_H_
#define BASE_GZREAD_H_

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct gzread;

/**
 * gzread_new():
 * Return a reader of a file of gzip members (RFC 1952), one after the other;
 * NULL without memory.
 */
struct gzread *gzread_new(void);

/**
 * gzread_run(g, in, len, ret_used, out, room):
 * Decompress what comes next, ${len} octets at ${in} at most, to at most
 * ${room} octets at ${out}.  Returns how many these are, ${ret_used} set to
 * the octets of ${in} that are not needed again, or -1 when it is no gzip
 * file or broken.  Zeros behind a member are ignored, as gzip(1) does.
 */
ssize_t gzread_run(struct gzread *g, const void *in, size_t len,
    size_t *ret_used, void *out, size_t room);

/**
 * gzread_whole(g):
 * Return whether the file may end here.
 */
bool gzread_whole(const struct gzread *g);

void gzread_free(struct gzread *g); /* NULL is fine */

#endif
