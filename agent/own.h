/* SPDX-License-Identifier: BSD-3-Clause */
/* The host's own addresses, kept up to date. */
#ifndef AGENT_OWN_H_
#define AGENT_OWN_H_

#include <stdbool.h>
#include <stdint.h>

#include "agent/pktown.h"

struct ev_loop;
struct own;

/**
 * own_open():
 * Read the addresses of all interfaces, and ask the kernel to tell changes.
 * NULL with errno on failure.
 */
struct own *own_open(void);

/**
 * own_start(o, loop):
 * Follow changes from ${loop}.
 */
void own_start(struct own *o, struct ev_loop *loop);

/**
 * own_table(o):
 * Return the addresses; the pointer stays valid and the table current.
 */
const struct pktown *own_table(const struct own *o);

/**
 * own_iface(name, ret_mac, ret_v4):
 * Find the MAC and the first IPv4 address of the interface ${name}.  Returns
 * two bits: OWN_HAS_MAC, OWN_HAS_V4.
 */
#define OWN_HAS_MAC 1u
#define OWN_HAS_V4  2u
unsigned int own_iface(
    const char *name, uint8_t ret_mac[static 6], uint8_t ret_v4[static 4]);
void own_close(struct own *o);

#endif
