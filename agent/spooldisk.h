/* SPDX-License-Identifier: BSD-3-Clause */
/* The octets of a spool, in files, each of them a stored v1 stream. */
#ifndef AGENT_SPOOLDISK_H_
#define AGENT_SPOOLDISK_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/hello.h"

struct spool;
struct spoolstore;

/*
 * A file begins with the HELLO of the stream and a group of frames (spool.h).
 * Its name is the stream's id and the octet of the stream with which it begins,
 * in hexadecimal, and ".pms".
 */
#define SPOOLDISK_NAME_MAX 56

/* Write the HELLO of a file that begins at these numbers; return its octets. */
typedef size_t spooldisk_hello_fn(
    void *arg, uint64_t seq, uint64_t dns, uint8_t dst[static HELLO_MAX]);

/**
 * spooldisk_new(dir, id, limit, hello, arg):
 * Return an empty store for up to ${limit} octets of the stream ${id} in files
 * in the directory ${dir} (borrowed).  NULL with errno on failure.
 */
struct spoolstore *spooldisk_new(int dir, const uint8_t id[static 16],
    size_t limit, spooldisk_hello_fn *hello, void *arg);

/**
 * spooldisk_name(name, ret_id, ret_off):
 * Return whether ${name} is that of such a file, and of which.
 */
bool spooldisk_name(
    const char *name, uint8_t ret_id[static 16], uint64_t *ret_off);

/**
 * spooldisk_load(store, off, sp, ret_h):
 * Add the file of an earlier run that begins with octet ${off} to ${store} and
 * its spool ${sp}; files in their order.  What follows the first damaged frame
 * is cut off the file, or the whole file is removed, with a warning.  Sets
 * ${ret_h} to its HELLO.  Returns 0, or -1 with errno when nothing in it is
 * of use: ENODATA when it was removed, else it may be read another time.
 */
int spooldisk_load(struct spoolstore *store, uint64_t off, struct spool *sp,
    struct hello *ret_h);

#endif
