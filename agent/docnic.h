/* SPDX-License-Identifier: BSD-3-Clause */
/* What the driver of an interface tells through the ethtool ioctl. */
#ifndef AGENT_DOCNIC_H_
#define AGENT_DOCNIC_H_

#include <stdbool.h>
#include <stddef.h>

/* Offloads that make packets differ from those on the wire. */
struct docnic_offload {
	const char *name; /* as ethtool -K spells it */
	int state;        /* 1 on, 0 off, -1 the driver does not know it */
};

#define DOCNIC_OFFLOADS 4
#define DOCNIC_MAC_MAX  18 /* octets of one as text, with a final 0 */

/**
 * docnic_offloads(iface, ret):
 * Set ${ret} to the offloads gro, gso, tso and rx-gro-hw of ${iface}.  Returns
 * 0, or -1 with errno.
 */
int docnic_offloads(
    const char *iface, struct docnic_offload ret[static DOCNIC_OFFLOADS]);

/**
 * docnic_mac(iface, ret):
 * Write the address of ${iface} to ${ret} as /sys does, xx:xx:xx:xx:xx:xx.
 * Returns 0, or -1 when it is no Ethernet, or with errno.
 */
int docnic_mac(const char *iface, char ret[static DOCNIC_MAC_MAX]);

/**
 * docnic_is_veth(iface):
 * Return whether ${iface} is one end of a veth pair, as far as it can be told.
 */
bool docnic_is_veth(const char *iface);

#endif
