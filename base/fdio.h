/* SPDX-License-Identifier: BSD-3-Clause */
/* Descriptors that block: all octets, or an error. */
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

#endif
