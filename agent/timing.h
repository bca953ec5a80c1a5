/* SPDX-License-Identifier: BSD-3-Clause */
/* What the agent measures of itself with --stats. */
#ifndef AGENT_TIMING_H_
#define AGENT_TIMING_H_

#include "base/meterlog.h"

struct dnschan;

/* The meters, in the order of their names. */
enum timing {
	TIMING_CONSUME,        /* a DNS message from dnstap until it is sent */
	TIMING_OUTPUT_BACKLOG, /* an answer until its datagrams are written */
	TIMING_PROCESS_DATA,   /* a packet: from the ring until it is sent */
	TIMING_SOCKET_RECV,    /* a capture ring empty until it is not */
	TIMING_N
};

/**
 * timing_new(loop, seconds, chan):
 * Return the meters, of which lines are logged every ${seconds}; ${chan} may
 * be NULL.  NULL with errno on failure.
 */
struct meterlog *timing_new(
    struct ev_loop *loop, long seconds, struct dnschan *chan);

#endif
