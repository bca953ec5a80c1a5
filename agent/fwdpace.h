/* SPDX-License-Identifier: BSD-3-Clause */
/* When each packet of a file is due. */
#ifndef AGENT_FWDPACE_H_
#define AGENT_FWDPACE_H_

#include <stdbool.h>
#include <stdint.h>

#include "wire/mono.h"

/* Who is later than this does not catch up. */
#define FWDPACE_LATE_MAX MONO_NS_PER_S

enum fwdpace_mode {
	FWDPACE_NONE,  /* at once */
	FWDPACE_TIMES, /* by the packets' own times */
	FWDPACE_DELAY, /* with a fixed gap */
	FWDPACE_RATE   /* so many a second */
};

struct fwdpace {
	enum fwdpace_mode mode;
	int64_t delay; /* ns */
	double rate;   /* packets/s */
	bool started;
	mono_t base;   /* due then: the first packet, or the last one */
	wall_t last;   /* time of the last packet */
	uint64_t done; /* packets since base, by rate */
};

/**
 * fwdpace_due(p, t, now, ret_back):
 * Return when the next packet, of the time ${t}, is to be sent: the first one
 * ${now}.  The schedule is absolute: what a packet is late, the next ones make
 * good, up to FWDPACE_LATE_MAX.  A packet that is older than the one before is
 * due with that; ${ret_back} then becomes how much, in ns, else 0.
 */
mono_t fwdpace_due(struct fwdpace *p, wall_t t, mono_t now, int64_t *ret_back);

#endif
