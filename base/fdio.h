/* SPDX-License-Identifier: BSD-3-Clause */
/* Descriptors that block: all octets, or an error; where files are. */
#ifndef BASE_FDIO_H_
#define BASE_FDIO_H_

#include <stddef.h>
#include <sys/types.h>

#define FDIO_HERE ((off_t)-1) /* where the descriptor stands */

/**
 * fdio_write(fd, data, len, at):
 * Write all ${len} octets at the offset ${at}, or at FDIO_HERE.  Returns 0; -1
 * with errno, and some of them perhaps written.
 */
int fdio_write(int fd, const void *data, size_t len, off_t at);

/**
 * fdio_dir(path):
 * Return the name of the directory that ${path} is in; NULL with errno.  The
 * caller frees it.
 */
char *fdio_dir(const char *path);

#endif
