/* SPDX-License-Identifier: BSD-3-Clause */
/* VXLAN (RFC 7348) and GENEVE (RFC 8926), and what stands before them. */
#ifndef AGENT_FWDENCAP_H_
#define AGENT_FWDENCAP_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/fwdlink.h"

#define FWDENCAP_VXLAN_PORT  4789
#define FWDENCAP_GENEVE_PORT 6081
#define FWDENCAP_VNI_MAX     0xffffff
#define FWDENCAP_ETHER_LEN   14
#define FWDENCAP_HEAD_MAX    70 /* Ethernet, IPv6, UDP, tunnel */
/* Octets that may stand before those of a frame. */
#define FWDENCAP_ROOM (FWDENCAP_HEAD_MAX + FWDENCAP_ETHER_LEN)

/* What is written; somebody else puts the rest before it. */
enum fwdencap_from {
	FWDENCAP_FROM_ETHER,
	FWDENCAP_FROM_IP,
	FWDENCAP_FROM_TUNNEL
};

struct fwdencap_conf {
	bool geneve; /* or VXLAN */
	bool v6;     /* the outer packet, or IPv4 */
	bool sent;   /* or written to a file, where a packet can be cut */
	enum fwdencap_from from;
	uint32_t vni; /* 24 bits */
	uint16_t port;
	uint8_t ttl;
	uint8_t src[16], dst[16]; /* IPv4: the first 4 */
	uint8_t src_mac[6], dst_mac[6];
};

struct fwdencap {
	uint8_t head[FWDENCAP_HEAD_MAX];
	size_t ip, udp, tunnel; /* where they begin */
	size_t len;             /* of all of it */
	size_t max;             /* octets that the lengths behind ip can tell */
	uint64_t pseudo;        /* sum of the constant part of UDP's checksum */
	bool geneve, v6, sent;
	enum fwdencap_from from;
};

/* What fwdencap_put made. */
struct fwdencap_made {
	size_t caplen; /* octets written */
	size_t len;    /* on the wire: more, when the frame was cut */
};

void fwdencap_init(struct fwdencap *e, const struct fwdencap_conf *conf);

/**
 * fwdencap_put(e, dst, l, port, ret_made):
 * Write the outer packet that carries ${l}, from the source port ${port}, to
 * ${dst}, which has room for FWDENCAP_ROOM + l->caplen octets.  Its lengths
 * are those of the whole frame if they fit and nothing is sent, its checksums
 * valid, but for UDP's of a cut frame: 0, there is none, as RFC 7348 section 5
 * and RFC 8926 section 3.3 allow, over IPv6 by RFC 6935.  What has no link
 * layer of its own gets an Ethernet header in VXLAN, and in GENEVE if its type
 * is no EtherType: from 02:00:00:00:00:01, or the known address, to
 * 02:00:00:00:00:02.  Returns false when it does not fit an IP packet.
 */
bool fwdencap_put(const struct fwdencap *e, uint8_t *dst,
    const struct fwdlink *l, uint16_t port, struct fwdencap_made *ret_made);

#endif
