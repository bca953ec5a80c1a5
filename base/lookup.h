/* SPDX-License-Identifier: BSD-3-Clause */
/* Names of hosts: the resolver is asked in a thread. */
#ifndef BASE_LOOKUP_H_
#define BASE_LOOKUP_H_

#include <stddef.h>

#include "base/net.h"

/* The answer to lookup_begin: ${n} addresses, or n = 0 and ${why}. */
typedef void lookup_fn(
    void *arg, const struct net_addr *addr, size_t n, const char *why);

struct ev_loop;
struct lookup;

/**
 * lookup_begin(loop, hp, done, arg):
 * Find the addresses of ${hp} (a path: its one) without blocking the loop.
 * Calls ${done} once, later, from the loop.  Returns a handle for
 * lookup_cancel, valid until ${done} is called; NULL with errno on failure.
 */
struct lookup *lookup_begin(struct ev_loop *loop, const struct net_hostport *hp,
    lookup_fn *done, void *arg);
void lookup_cancel(struct lookup *l);

#endif
