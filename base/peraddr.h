/* SPDX-License-Identifier: BSD-3-Clause */
/* How many connections each address has, so that none takes all places. */
#ifndef BASE_PERADDR_H_
#define BASE_PERADDR_H_

#include <stdbool.h>

#include "base/net.h"

struct peraddr;

/**
 * peraddr_new(max):
 * Return a table in which each address may be ${max} times, 0: any number of
 * times; NULL with errno on failure.  Its size is that of the connections.
 */
struct peraddr *peraddr_new(unsigned int max);

/**
 * peraddr_enter(t, a):
 * Count a connection from ${a}; ports do not matter, and of IPv6 addresses
 * only the first 64 bits, for who has one has all of those.  Returns false,
 * nothing counted, when there are ${max} of them or no memory.
 */
bool peraddr_enter(struct peraddr *t, const struct net_addr *a);

/**
 * peraddr_leave(t, a):
 * A connection that was counted is gone.
 */
void peraddr_leave(struct peraddr *t, const struct net_addr *a);

/**
 * peraddr_free(t):
 * NULL is fine.
 */
void peraddr_free(struct peraddr *t);

#endif
