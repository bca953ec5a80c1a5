/* SPDX-License-Identifier: BSD-3-Clause */
/* Tunnels: the packet that a packet carries. */
#ifndef AGENT_PKTTUN_H_
#define AGENT_PKTTUN_H_

#include <stdbool.h>

#include "agent/pktip.h"
#include "wire/obs.h"

/* The inner packet; borrows.  It is as long as the outer one leaves it. */
struct pkttun {
	const uint8_t *p;
	size_t len, size;
	const uint8_t *dst_mac, *src_mac; /* NULL where there is none */
};

/**
 * pkttun_open(ret_t, k, ip):
 * Find the IP packet inside the whole packet ${k} with the upper layer ${ip}:
 * IP in IP (RFC 2003, 2473, 4213), GRE (RFC 2784, 2890) with IP or Ethernet,
 * VXLAN (RFC 7348, port 4789), GENEVE (RFC 8926, port 6081).  Returns false
 * when there is none.
 */
bool pkttun_open(
    struct pkttun *ret_t, const struct obs_pkt *k, const struct pktip *ip);

#endif
