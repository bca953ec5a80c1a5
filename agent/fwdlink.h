/* SPDX-License-Identifier: BSD-3-Clause */
/* What of a captured frame is put into the tunnel. */
#ifndef AGENT_FWDLINK_H_
#define AGENT_FWDLINK_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/pkt.h"

/* Below it a type is the length of an IEEE 802.3 frame. */
#define FWDLINK_TYPE_MIN 0x0600

/* Borrows from the frame. */
struct fwdlink {
	const uint8_t *data;
	size_t caplen;          /* octets captured, */
	size_t len;             /* and octets on the wire, from data on */
	const uint8_t *src_mac; /* where only this one is known, else NULL */
	uint16_t type; /* 0: an Ethernet frame; else the EtherType of data */
};

/**
 * fwdlink_inner(ret_l, f):
 * Find what is to be carried of ${f}: an Ethernet frame as it is, of other
 * link types (pktlink_known) the network packet and its EtherType.  Returns
 * false when there is nothing that has one.
 */
bool fwdlink_inner(struct fwdlink *ret_l, const struct pkt_frame *f);

#endif
