/* SPDX-License-Identifier: BSD-3-Clause */
/* Stored dnstap streams, read one after the other. */
#ifndef AGENT_TAPFILE_H_
#define AGENT_TAPFILE_H_

#include <stddef.h>

#include "agent/tapsink.h"

struct tapfile;

/**
 * tapfile_open(path, n, data_max, sink):
 * Open the ${n} Frame Streams files ${path} (borrowed), "-" standard input;
 * their data frames, of at most ${data_max} octets, go to ${sink}.  Returns
 * NULL after a message that names the file.
 */
struct tapfile *tapfile_open(
    const char *const *path, size_t n, size_t data_max, struct tapsink *sink);

/**
 * tapfile_read(t, max):
 * Hand on up to ${max} frames.  Returns a number above 0 as long as there is
 * more to read, 0 at the end of all files, -1 after a message when one is
 * bad: what was read before it was handed on, and the others are read by
 * further calls.
 */
int tapfile_read(struct tapfile *t, unsigned int max);

/**
 * tapfile_peek(t, ret_time):
 * Returns 1 with the time of the frame that tapfile_read will hand on next,
 * 0 at the end of all files, -1 as tapfile_read.
 */
int tapfile_peek(struct tapfile *t, wall_t *ret_time);

/**
 * tapfile_end(t):
 * Read no more: the file that is being read ends here.
 */
void tapfile_end(struct tapfile *t);

void tapfile_close(struct tapfile *t);

#endif
