/* SPDX-License-Identifier: BSD-3-Clause */
/* What lies in the directory of a spool. */
#ifndef AGENT_SPOOLLIST_H_
#define AGENT_SPOOLLIST_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A file of a stream. */
struct spoollist_file {
	uint8_t id[16];
	uint64_t off; /* with which it begins */
};

struct spoollist {
	struct spoollist_file *file; /* owned; by stream, then by .off */
	size_t n, size;
};

typedef void spoollist_fn(void *arg, const uint8_t id[static 16]);

/**
 * spoollist_get(dir, ret_l):
 * List the files of streams in the directory ${dir}.  Returns false with errno
 * when not all of them could be listed.  ${ret_l} needs spoollist_done in both
 * cases.
 */
bool spoollist_get(int dir, struct spoollist *ret_l);

/**
 * spoollist_lone(dir, l, fn, arg):
 * Call ${fn} for each mark in ${dir} of a stream that has no file in ${l}; it
 * may remove that.
 */
void spoollist_lone(
    int dir, const struct spoollist *l, spoollist_fn *fn, void *arg);

void spoollist_done(struct spoollist *l);

#endif
