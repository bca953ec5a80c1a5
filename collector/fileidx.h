/* SPDX-License-Identifier: BSD-3-Clause */
/* The index beside an output file: how much of it counts, and what that is. */
#ifndef COLLECTOR_FILEIDX_H_
#define COLLECTOR_FILEIDX_H_

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "collector/positions.h"

#define FILEIDX_STREAMS 10000 /* remembered; the longest unheard make way */

struct fileidx;

/**
 * fileidx_open(path, key, sync):
 * Read the index of the file ${path}, PATH.idx, which is made if need be, and
 * cut off what ${path} has beyond the length in it.  A file that was renamed
 * meanwhile, to a longer name in its directory, is cut there.  A file that is
 * shorter than it should be is left alone, after a warning.  When ${path} is
 * open, fileidx_renew must follow.  ${key} is for hashes; with ${sync} the disk
 * is waited for.  Returns NULL after a message.
 */
struct fileidx *fileidx_open(
    const char *path, const struct hash_key *key, bool sync);

/**
 * fileidx_fresh(x):
 * Return whether there was no index.
 */
bool fileidx_fresh(const struct fileidx *x);

/**
 * fileidx_positions(x):
 * Return what the file has.
 */
struct positions *fileidx_positions(struct fileidx *x);

/**
 * fileidx_commit(x, size, p, n):
 * The file has ${size} octets now, and with them all before the ${n} places
 * ${p}; of other streams it has what it had.  Returns 0; or -1 with errno:
 * nothing changed, try again.
 */
int fileidx_commit(
    struct fileidx *x, off_t size, const struct position *p, size_t n);

/**
 * fileidx_renew(x):
 * From now on ${x} is about the file that is at the path now; all of it
 * counts.  Returns 0; or -1 with errno.
 */
int fileidx_renew(struct fileidx *x);

/**
 * fileidx_leave(x, p, n):
 * All before the ${n} places ${p} is in a file that has another name now, and
 * counts whatever becomes of it.  Until fileidx_renew, ${x} is about no file.
 * Returns 0; or -1 with errno.
 */
int fileidx_leave(struct fileidx *x, const struct position *p, size_t n);

/**
 * fileidx_close(x):
 * Free ${x}; NULL is fine.
 */
void fileidx_close(struct fileidx *x);

#endif
