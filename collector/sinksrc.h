/* SPDX-License-Identifier: BSD-3-Clause */
/* Who observed it, as far as outputs want to know. */
#ifndef COLLECTOR_SINKSRC_H_
#define COLLECTOR_SINKSRC_H_

#include <stdbool.h>
#include <stdint.h>

#include "wire/line.h"
#include "wire/mono.h"

struct clockfix;

/* The agent's clock minus ours, and so far the truth may be from that. */
struct sink_clock {
	bool known;
	int64_t offset_ns, bound_ns;
	uint64_t steps;             /* so often one of the clocks was set */
	bool applied;               /* times of records are put right: */
	int64_t applied_ns;         /* this was taken off the last ones */
	int64_t apart_ns;           /* so far these may be from the truth */
	const struct clockfix *fix; /* the same, for any time of late */
};

/**
 * sink_clock_bound(c):
 * Return the bound for printing: offset and bound are cut to microseconds.
 */
static inline int64_t
sink_clock_bound(const struct sink_clock *c)
{
	return c->bound_ns + 2 * MONO_NS_PER_US;
}

/* Lives as long as the agent is known. */
struct sink_src {
	unsigned int host; /* number in collector.conf, from 1 */
	const char *name;  /* node name, else the agent's address */
	/* By obs_pkt.iface as outputs see it; the list grows, and may move. */
	struct line_ifaces ifs;
	bool digests;            /* its packets have them, */
	uint32_t digest_max;     /* but no larger ones */
	struct sink_clock clock; /* a second old at most, while it is heard */
};

/**
 * sinksrc_node(src, iface):
 * Return the name of the node to which the interface ${iface} of ${src}
 * belongs: src->name when it is the agent's own.  Valid until the list grows:
 * compare texts, not addresses.
 */
const char *sinksrc_node(const struct sink_src *src, uint16_t iface);

#endif
