/* SPDX-License-Identifier: BSD-3-Clause */
/* IPv4 and IPv6 headers, and where what they carry begins. */
#ifndef AGENT_PKTIP_H_
#define AGENT_PKTIP_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/obs.h"

enum pktip_verdict {
	PKTIP_OK,
	PKTIP_CUT,      /* the capture ends within the headers */
	PKTIP_MALFORMED /* they contradict themselves */
};

/* What the header says beside the record.  Borrows. */
struct pktip {
	const uint8_t *p; /* upper layer, NULL when it was not reached */
	size_t len;       /* octets of it that were captured */
	size_t size;      /* octets of it in the packet */
	uint32_t id;      /* identification; of IPv6, of a fragment */
	/* What stands behind the IP headers, also in a later fragment. */
	const uint8_t *body; /* NULL when it was not reached */
	size_t body_len;     /* octets of it that were captured */
	size_t body_size;    /* octets of it in the packet */
	uint16_t frag;       /* its offset / 8 << 1, | 1 when more follow */
	uint8_t proto;       /* of the header that .body begins with */
};

/**
 * pktip_parse(k, ret_ip, data, len, size):
 * Read the IPv4 (RFC 791) or IPv6 (RFC 8200) packet whose first ${len} of
 * ${size} octets are at ${data}: into ${k} addresses, length, protocol, TTL,
 * ToS and fragment mark.  Of a later fragment, and behind ESP, no upper layer
 * is shown.  ${k} is complete also for PKTIP_CUT and PKTIP_MALFORMED when
 * k->ipver is set; else there is nothing to record.
 */
enum pktip_verdict pktip_parse(struct obs_pkt *k, struct pktip *ret_ip,
    const uint8_t *data, size_t len, size_t size);

#endif
