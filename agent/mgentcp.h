/* SPDX-License-Identifier: BSD-3-Clause */
/* MGEN over TCP: which flow a segment belongs to. */
#ifndef AGENT_MGENTCP_H_
#define AGENT_MGENTCP_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/mgen.h"
#include "wire/hash.h"
#include "wire/obs.h"

#define MGENTCP_SETS 64 /* of MGENTCP_WAYS connections and directions each */
#define MGENTCP_WAYS 4

struct mgentcp;

/* The payload of a TCP segment. */
struct mgentcp_seg {
	const uint8_t *p; /* captured octets */
	size_t captured;
	size_t len;   /* octets on the wire, > 0 */
	uint32_t seq; /* of its first octet */
};

/* What a segment says about MGEN. */
struct mgentcp_hit {
	uint32_t flow; /* of the message that its first octet is in */
	bool header;   /* .msg is the first header within it */
	struct mgen msg;
	unsigned int starts; /* messages that begin within it */
};

/**
 * mgentcp_new(key):
 * Return a tracker whose table is keyed by ${key}, or NULL.  Free it with
 * free(3).
 */
struct mgentcp *mgentcp_new(const struct hash_key *key);

/**
 * mgentcp_seen(t, k, seg, ret_hit):
 * Follow the direction of ${k} over the segment ${seg}.  Returns whether the
 * segment is MGEN's, with ${ret_hit} set.  Gets into step at any segment that
 * begins with a header, and from then on at the headers within segments.  What
 * follows a header that was not captured is presumed to be of the same flow,
 * until the next header that is.  A message is counted once, also when it is
 * sent again or split.
 */
bool mgentcp_seen(struct mgentcp *t, const struct obs_pkt *k,
    const struct mgentcp_seg *seg, struct mgentcp_hit *ret_hit);

/**
 * mgentcp_reset(t, k):
 * Forget the direction of ${k}: a new connection begins (SYN).
 */
void mgentcp_reset(struct mgentcp *t, const struct obs_pkt *k);

#endif
