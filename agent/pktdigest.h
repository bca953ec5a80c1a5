/* SPDX-License-Identifier: BSD-3-Clause */
/* The digest of a packet: the same wherever it is seen (RFC 5475 section 6.2). */
#ifndef AGENT_PKTDIGEST_H_
#define AGENT_PKTDIGEST_H_

#include <stdbool.h>
#include <stdint.h>

#include "agent/pktip.h"
#include "wire/obs.h"

#define PKTDIGEST_BODY 64 /* octets behind the IP headers that count */

/* A capture of so many octets reaches them behind all usual headers. */
#define PKTDIGEST_SNAPLEN 128

/**
 * pktdigest_get(ret_digest, k, ip):
 * Set ${ret_digest} to the digest of the packet ${k}, ${ip}, as pktip_parse left
 * them: a hash of what no router changes, which are the addresses, the length,
 * the protocol, the identification and the place of a fragment, and the first
 * PKTDIGEST_BODY octets behind the IP headers; but not of checksums there,
 * which the sender's interface may fill in after we saw the packet.  TTL, ToS,
 * flow label, options and extension headers do not count.  Every agent has the
 * same function, without a secret: who sends packets can choose their digests.
 * Returns false when not all of these octets were captured.
 */
bool pktdigest_get(
    uint32_t *ret_digest, const struct obs_pkt *k, const struct pktip *ip);

#endif
