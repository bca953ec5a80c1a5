/* SPDX-License-Identifier: BSD-3-Clause */
/* Load of the host: CPU and memory from /proc. */
#ifndef AGENT_HOST_H_
#define AGENT_HOST_H_

#include "wire/obs.h"

struct host;

/**
 * host_open():
 * Open what /proc tells, and take the first reading.  NULL with errno.
 */
struct host *host_open(void);

/**
 * host_sample(h, now, ret_o):
 * Set ${ret_o} to the load since the last call, at the time ${now}.  Returns
 * 0, or -1 when /proc could not be read.
 */
int host_sample(struct host *h, wall_t now, struct obs *ret_o);
/**
 * host_skip(h):
 * No sample is wanted now.  The next host_sample returns -1 and only begins
 * the interval that the one after it is about.
 */
void host_skip(struct host *h);

void host_close(struct host *h);

#endif
