/* SPDX-License-Identifier: BSD-3-Clause */
/* Network namespaces: into one for a moment, and back. */
#ifndef AGENT_NETNS_H_
#define AGENT_NETNS_H_

#include <stddef.h>
#include <sys/types.h>

/**
 * netns_init():
 * Remember our own network namespace and host name's; call it once, before
 * the others.  Returns 0, or -1 with errno: EPERM without CAP_SYS_ADMIN.
 */
int netns_init(void);

/**
 * netns_enter(fd) / netns_leave(fd):
 * Let the calling thread be in the network namespace ${fd}, and back in our
 * own; -1 is our own, and nothing is done.  Between them, sockets may be made.
 * The first returns 0, or -1 with errno; the second never fails: a process that
 * could not come back is ended.
 */
int netns_enter(int fd);
void netns_leave(int fd);

/**
 * netns_host(pid, ret_name, size):
 * Find the host name that the process ${pid} sees, if that is not ours.
 * Returns 0, or -1: it is ours, or cannot be told.
 */
int netns_host(pid_t pid, char *ret_name, size_t size);

#endif
