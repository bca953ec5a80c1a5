/* SPDX-License-Identifier: BSD-3-Clause */
/* One line on how an agent is doing, for who is not connected to it. */
#ifndef AGENT_STATUS_H_
#define AGENT_STATUS_H_

#include <stdint.h>
#include <stdio.h>

#include "wire/mono.h"

#define STATUS_STALE_S 5 /* an agent that was silent so long hangs */

/*
 * The line lies in a file beside the pid file, of the same name with .status
 * behind it, and is written over in place, under a lock that the reader
 * respects: no name changes, so it goes on when privileges are given up, and
 * the disk has little to do.  That the agent lives is told by the lock on the
 * pid file, see base/pidfile.h.
 */
struct status;

/* What there is to say.  All but .collectors are sums since the start. */
struct status_now {
	const char *state; /* one word */
	uint64_t packets;  /* recorded */
	uint64_t dropped;  /* before they were seen */
	uint64_t lost;     /* records that an output did not get */
	unsigned int collectors;
};

/**
 * status_open(pidfile):
 * Make the file beside ${pidfile}, empty.  Returns NULL with errno.
 */
struct status *status_open(const char *pidfile);

/**
 * status_put(s, now, what):
 * Write the line, with the packets of a second since the last call.  Does not
 * wait for a reader: then the line stays what it was.  NULL is fine.
 */
void status_put(struct status *s, mono_t now, const struct status_now *what);

/**
 * status_close(s):
 * Remove the file, where that is allowed, and free; NULL is fine.
 */
void status_close(struct status *s);

/**
 * status_print(pidfile, now, fp):
 * Print one line on the agent that holds ${pidfile}:
 *
 *	running packets/s 1523 dropped 0 lost 0 collectors 2
 *
 * or with the word of its state in the place of "running", which is "stalled"
 * when the line is older than STATUS_STALE_S; or "starting" alone when it has
 * not said anything yet; or "stopped" when there is no agent.  Returns 0 when
 * it is running, else 1, or -1 with errno.
 */
int status_print(const char *pidfile, mono_t now, FILE *fp);

#endif
