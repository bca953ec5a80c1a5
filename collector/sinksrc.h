/* SPDX-License-Identifier: BSD-3-Clause */
/* Who observed it, as far as outputs want to know. */
#ifndef COLLECTOR_SINKSRC_H_
#define COLLECTOR_SINKSRC_H_

#include <stdbool.h>
#include <stdint.h>

#include "wire/line.h"

/* The agent's clock minus ours, and so far the truth may be from that. */
struct sink_clock {
	bool known;
	int64_t offset_ns, bound_ns;
};

/* Lives as long as the agent is known. */
struct sink_src {
	unsigned int host; /* number in collector.conf, from 1 */
	const char *name;  /* node name, else the agent's address */
	/* By obs_pkt.iface as outputs see it; the list grows, and may move. */
	struct line_ifaces ifs;
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
