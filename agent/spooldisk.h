/* SPDX-License-Identifier: BSD-3-Clause */
/* The octets of a spool, in files, each of them a stored v1 stream. */
#ifndef AGENT_SPOOLDISK_H_
#define AGENT_SPOOLDISK_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/hello.h"

struct ifaces;
struct spool;
struct spoolstore;

/*
 * A file begins with the HELLO of the stream, the interfaces that HELLO lacks,
 * and a group of frames (spool.h).  For its name see spoolname.h.
 */

/* What files begin with. */
struct spooldisk_head {
	/* Write the HELLO of one that begins there; return its octets. */
	size_t (*hello)(void *arg, uint64_t seq, uint64_t dns,
	    uint8_t dst[static HELLO_MAX]);
	void *arg;
	const struct ifaces *ifaces; /* borrowed; may grow */
};

/**
 * spooldisk_new(dir, id, limit, head):
 * Return an empty store for up to ${limit} octets of the stream ${id} in files
 * in the directory ${dir} (borrowed), which begin with ${head} (copied).  When
 * its interfaces become more, put their frames (spool_note), or else the next
 * group begins a file.  NULL with errno on failure.
 */
struct spoolstore *spooldisk_new(int dir, const uint8_t id[static 16],
    size_t limit, const struct spooldisk_head *head);

/**
 * spooldisk_load(store, off, sp, ret_h, ifaces):
 * Add the file of an earlier run that begins with octet ${off} to ${store} and
 * its spool ${sp}; files in their order.  What follows the first damaged frame
 * is cut off the file, or the whole file is removed, with a warning.  Sets
 * ${ret_h} to its HELLO, and adds the interfaces to ${ifaces}.  Returns 0, or
 * -1 with errno when nothing in it is of use: ENODATA when it was removed, else
 * it may be read another time.
 */
int spooldisk_load(struct spoolstore *store, uint64_t off, struct spool *sp,
    struct hello *ret_h, struct ifaces *ifaces);

#endif
