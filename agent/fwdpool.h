/* SPDX-License-Identifier: BSD-3-Clause */
/* UDP sockets with many source ports, for who may not write them himself. */
#ifndef AGENT_FWDPOOL_H_
#define AGENT_FWDPOOL_H_

#include <stddef.h>
#include <stdint.h>

#include "base/net.h"

#define FWDPOOL_MAX 1024 /* sockets */

struct fwdpool;

/**
 * fwdpool_new(to):
 * Return an empty pool of sockets to ${to} (borrowed).  NULL with errno.
 */
struct fwdpool *fwdpool_new(const struct net_addr *to);

/**
 * fwdpool_slot(p, port):
 * Return the number of the socket for the source port ${port}, less than
 * FWDPOOL_MAX and always the same.  Ports share a socket when they are more
 * than there can be.
 */
unsigned int fwdpool_slot(const struct fwdpool *p, uint16_t port);

/**
 * fwdpool_fd(p, slot, port):
 * Return the socket of ${slot}, which blocks and is connected.  The first time
 * it is opened and bound to ${port}, to one near it when that is taken, or to
 * any.  -1 with errno.
 */
int fwdpool_fd(struct fwdpool *p, unsigned int slot, uint16_t port);
void fwdpool_free(struct fwdpool *p);

#endif
