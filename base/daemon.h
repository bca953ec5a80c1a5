/* SPDX-License-Identifier: BSD-3-Clause */
/* Going into the background, once everything is ready. */
#ifndef BASE_DAEMON_H_
#define BASE_DAEMON_H_

/**
 * daemon_start():
 * Go on in a child, the leader of a session of its own, and return 0 there.
 * The parent never returns: it exits with status 0 once the child has called
 * daemon_ready, or with the child's status, not 0, when that ends before; if
 * the parent is ended first, the child gets SIGTERM.  Working directory and
 * umask stay.  Call it before there are threads, an event loop, or a filter
 * of system calls.  Returns -1 with errno when there can be no child.
 */
int daemon_start(void);

/**
 * daemon_ready():
 * Let the parent exit, and close the standard streams, which then lead to
 * /dev/null; only standard output or error that is a regular file stays what
 * it is.  Does nothing when daemon_start was not called.  Returns 0, or -1
 * with errno; EPIPE: the parent is gone, nobody waits for this daemon.
 */
int daemon_ready(void);

#endif
