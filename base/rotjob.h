/* SPDX-License-Identifier: BSD-3-Clause */
/* What becomes of closed logs: compressed, and removed when too many. */
#ifndef BASE_ROTJOB_H_
#define BASE_ROTJOB_H_

#include "base/rotate.h"

/*
 * One thread of the lowest priority works for all logs of the program, on one
 * file at a time.  It keeps no list: what is to be done is seen in the
 * directories, so that what an earlier run left is done, too.  Where it fails
 * (disk full, ...) there is one warning, and a new attempt every minute and
 * after each rotation.
 */
struct rotjob;

/**
 * rotjob_new(r):
 * Return a worker for closed files as ${r} says.  NULL with errno on failure.
 */
struct rotjob *rotjob_new(const struct rotate *r);

/**
 * rotjob_add(j, path):
 * Look after what rotation makes of the log ${path}, too; of "-", standard
 * output, it makes nothing.  Not after rotjob_start; NULL is fine.  Returns 0,
 * or -1 with errno.
 */
int rotjob_add(struct rotjob *j, const char *path);

/**
 * rotjob_start(j):
 * Start the thread, which has the privileges of its caller from now on: call
 * it after proc_drop, and before jail_enter, which holds for all threads and
 * does not let it lower its priority any more.  NULL is fine.  Returns 0, or
 * -1 with errno.
 */
int rotjob_start(struct rotjob *j);

/**
 * rotjob_wake(j):
 * A file was closed.  Never blocks.  To be a struct rotate's .closed.
 */
void rotjob_wake(void *j);

/**
 * rotjob_free(j):
 * Leave the file under way as it was, end the thread and free; NULL is fine.
 */
void rotjob_free(struct rotjob *j);

#endif
