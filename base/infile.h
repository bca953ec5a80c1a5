/* SPDX-License-Identifier: BSD-3-Clause */
/* An input file, decompressed on the way when it is compressed by gzip. */
#ifndef BASE_INFILE_H_
#define BASE_INFILE_H_

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct infile;

/**
 * infile_open(path):
 * Open ${path} for reading, "-" is standard input.  NULL with errno on
 * failure.
 */
struct infile *infile_open(const char *path);

/**
 * infile_read(f, buf, room):
 * Read what comes next, at most ${room} octets.  Returns how many these are,
 * 0 at the end, or -1 with errno: EAGAIN when infile_fd must first become
 * readable, EBADMSG when what is compressed is broken, ENODATA when it is cut.
 */
ssize_t infile_read(struct infile *f, void *buf, size_t room);

int infile_fd(const struct infile *f);

/**
 * infile_octets(f):
 * Return how many octets of the file itself were read, compressed or not.
 */
uint64_t infile_octets(const struct infile *f);

void infile_close(struct infile *f); /* NULL is fine */

#endif
