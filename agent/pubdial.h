/* SPDX-License-Identifier: BSD-3-Clause */
/* A collector that the agent connects to, again and again. */
#ifndef AGENT_PUBDIAL_H_
#define AGENT_PUBDIAL_H_

#include <stdbool.h>

#include "base/net.h"

struct ev_loop;
struct pubdial;

/*
 * Called with a connected socket, which becomes owned by the callee.  Returns
 * false when it was not taken (and closed); else pubdial_closed must follow.
 */
typedef bool pubdial_fn(
    void *arg, struct pubdial *d, int fd, const struct net_addr *addr);

/* Called with every address before it is dialled. */
typedef void pubdial_addr_fn(void *arg, const struct sockaddr *sa);

/**
 * pubdial_new(text, done, arg):
 * Prepare to connect to ${text} (HOST:PORT, port 7073 when missing).  Returns
 * NULL after a message.
 */
struct pubdial *pubdial_new(const char *text, pubdial_fn *done, void *arg);

/**
 * pubdial_watch(d, dialled, arg):
 * Have ${dialled} called with the addresses of ${d}.
 */
void pubdial_watch(struct pubdial *d, pubdial_addr_fn *dialled, void *arg);

/**
 * pubdial_host(d):
 * Return the host that is dialled, a name or an address.
 */
const char *pubdial_host(const struct pubdial *d);

/**
 * pubdial_start(d, loop):
 * Try until connected, waiting 0.5 to 10 s between attempts.
 */
void pubdial_start(struct pubdial *d, struct ev_loop *loop);

/**
 * pubdial_closed(d, worked):
 * The connection has ended: try again, soon if it ${worked}.
 */
void pubdial_closed(struct pubdial *d, bool worked);

/**
 * pubdial_stop(d):
 * Make no further attempt.
 */
void pubdial_stop(struct pubdial *d);

/**
 * pubdial_free(d):
 * Stop and free; NULL is fine.
 */
void pubdial_free(struct pubdial *d);

#endif
