/* SPDX-License-Identifier: BSD-3-Clause */
/* Link layers: from a captured frame to its network packet. */
#ifndef AGENT_PKTLINK_H_
#define AGENT_PKTLINK_H_

#include <stddef.h>
#include <stdint.h>

/* Numbers of DLT_* and LINKTYPE_* that we read. */
enum pktlink_type {
	PKTLINK_NULL = 0,
	PKTLINK_ETHERNET = 1,
	PKTLINK_RAW = 12,
	PKTLINK_RAW_OPENBSD = 14,
	PKTLINK_RAW_FILE = 101,
	PKTLINK_LOOP = 108,
	PKTLINK_SLL = 113,
	PKTLINK_IPV4 = 228,
	PKTLINK_IPV6 = 229,
	PKTLINK_SLL2 = 276
};

enum pktlink_kind {
	PKTLINK_IS_IPV4,
	PKTLINK_IS_IPV6,
	PKTLINK_IS_ARP,
	PKTLINK_IS_LLC, /* IEEE 802.3 with LLC: spanning tree, ... */
	PKTLINK_IS_OTHER,
	PKTLINK_IS_CUT /* the capture ends within the link header */
};

/* Borrows from the frame. */
struct pktlink {
	const uint8_t *p; /* network header */
	size_t len;       /* octets captured from there */
	size_t head;      /* octets of the frame before it */
	uint16_t vlan;    /* 0, or 0x8000 | VID of the outermost tag */
	const uint8_t *dst_mac, *src_mac; /* NULL where there is none */
};

/**
 * pktlink_known(linktype):
 * Return whether pktlink_parse can read frames of ${linktype}.
 */
int pktlink_known(int linktype);

/**
 * pktlink_parse(ret_l, data, len, linktype):
 * Find the network packet in the ${len} captured octets at ${data}: behind
 * Ethernet II, VLAN tags (802.1Q, 802.1ad), MPLS labels (RFC 3032), PPPoE
 * (RFC 2516), SNAP, Linux cooked headers, BSD loopback, or nothing.
 */
enum pktlink_kind pktlink_parse(
    struct pktlink *ret_l, const uint8_t *data, size_t len, int linktype);

/**
 * pktlink_ether(ret_l, data, len):
 * The same for an Ethernet frame that a tunnel carries.
 */
enum pktlink_kind pktlink_ether(
    struct pktlink *ret_l, const uint8_t *data, size_t len);

#endif
