/* SPDX-License-Identifier: BSD-3-Clause */
/* The addresses of the command line. */
#ifndef AGENT_FWDADDR_H_
#define AGENT_FWDADDR_H_

#include <stdbool.h>
#include <stdint.h>

#include "base/net.h"

/**
 * fwdaddr_find(ret_a, host, port):
 * Find the first address of ${host}, a name or an address, for UDP to
 * ${port}.  Returns NULL, or what is wrong.
 */
const char *fwdaddr_find(
    struct net_addr *ret_a, const char *host, uint16_t port);

/**
 * fwdaddr_octets(ret, a):
 * Write the address ${a} to ${ret}: IPv4 in the first 4 octets, and zeros.
 * Returns whether it is an IPv6 address.
 */
bool fwdaddr_octets(uint8_t ret[static 16], const struct net_addr *a);

#endif
