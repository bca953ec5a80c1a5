/* SPDX-License-Identifier: BSD-3-Clause */
/* One captured frame in, one packet observation out. */
#ifndef AGENT_PKT_H_
#define AGENT_PKT_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/count.h"
#include "agent/pktown.h"
#include "wire/hash.h"
#include "wire/obs.h"

#define PKT_SNAPLEN 192 /* reaches an MGEN header behind all usual headers */
#define PKT_NESTING 4   /* tunnels within tunnels that are opened */

struct pkt;

/* What capture knows of a frame. */
struct pkt_frame {
	const uint8_t *data;
	size_t caplen; /* octets captured */
	size_t len;    /* octets on the wire */
	wall_t time;
	int linktype;
	uint16_t iface;
};

/**
 * pkt_new(hash, count, decapsulate):
 * Return a parser with its fragment cache and MGEN tracker, keyed by ${hash},
 * that counts in ${count} (borrowed).  ${decapsulate}: record the innermost
 * packet of GRE, IP in IP, VXLAN and GENEVE instead of the outer one.
 */
struct pkt *pkt_new(
    const struct hash_key *hash, struct count *count, bool decapsulate);

/**
 * pkt_own(p, own):
 * Judge roles by ${own} (borrowed) from now on; NULL: roles are unknown.
 */
void pkt_own(struct pkt *p, const struct pktown *own);

/**
 * pkt_digest(p):
 * From now on give records a digest (agent/pktdigest.h).
 */
void pkt_digest(struct pkt *p);

/**
 * pkt_parse(p, ret_o, f):
 * Parse the frame ${f}.  Returns true with the record in ${ret_o}; false when
 * it gives none, counted by reason.
 */
bool pkt_parse(struct pkt *p, struct obs *ret_o, const struct pkt_frame *f);
void pkt_free(struct pkt *p);

#endif
