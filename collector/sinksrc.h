/* SPDX-License-Identifier: BSD-3-Clause */
/* Who observed it, as far as outputs want to know. */
#ifndef COLLECTOR_SINKSRC_H_
#define COLLECTOR_SINKSRC_H_

#include "wire/line.h"

/* Lives as long as the agent is known. */
struct sink_src {
	unsigned int host; /* number in collector.conf, from 1 */
	const char *name;  /* node name, else the agent's address */
	struct line_ifaces ifs;
};

#endif
