/* SPDX-License-Identifier: BSD-3-Clause */
/* Observations into the order of all agents: what flows and names need. */
#ifndef COLLECTOR_INTAKE_H_
#define COLLECTOR_INTAKE_H_

#include <stdint.h>

#include "collector/order.h"
#include "wire/mono.h"
#include "wire/obs.h"

struct intake {
	struct order *order; /* borrowed */
	int64_t skew_ns;     /* a DNS answer comes so much before packets */
	wall_t limit;        /* a record with a later time is not believed: */
	uint64_t ahead;      /* it gets its place here, and is counted */
	uint64_t lost;       /* records, for want of memory */
};

/**
 * intake_init(in, order, skew_ns):
 * Fill ${order}, without a limit of time.
 */
void intake_init(struct intake *in, struct order *order, int64_t skew_ns);

/**
 * intake_put(in, src, nr, o):
 * Put a copy of ${o}, number ${nr} of its kind from ${src}, into the order, if
 * it is a packet, about DNS, or about lost DNS records.  Times before 1970
 * count as 1970; a TTL of more than 2^31 - 1 counts as 0.
 */
void intake_put(struct intake *in, const struct sink_src *src, uint64_t nr,
    const struct obs *o);

/**
 * intake_gone(in, src):
 * The stream of ${src} ended, after all that came so far.
 */
void intake_gone(struct intake *in, const struct sink_src *src);

#endif
