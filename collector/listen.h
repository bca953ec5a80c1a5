/* SPDX-License-Identifier: BSD-3-Clause */
/* Where agents that dial are accepted. */
#ifndef COLLECTOR_LISTEN_H_
#define COLLECTOR_LISTEN_H_

#include "base/net.h"

struct ev_loop;
struct listen;

/* A connection came from ${addr}; the callee owns ${fd}. */
typedef void listen_fn(void *arg, int fd, const struct net_addr *addr);

/**
 * listen_open(loop, text, take, arg):
 * Accept connections at the address ${text} (net_parse).  Returns NULL after
 * a message.
 */
struct listen *listen_open(
    struct ev_loop *loop, const char *text, listen_fn *take, void *arg);

/**
 * listen_port(l):
 * Return the port, which is a free one when 0 was asked for.
 */
uint16_t listen_port(const struct listen *l);

/**
 * listen_fd(l):
 * Return the socket.
 */
int listen_fd(const struct listen *l);

/**
 * listen_close(l):
 * Accept no more; NULL is fine.
 */
void listen_close(struct listen *l);

#endif
