/* SPDX-License-Identifier: BSD-3-Clause */
/* What the agent measures of itself with --stats. */
#include "agent/timing.h"

#include <inttypes.h>

#include "agent/dnschan.h"
#include "base/log.h"

static const char *const names[] = { [TIMING_CONSUME] = "consume",
	[TIMING_OUTPUT_BACKLOG] = "output_backlog",
	[TIMING_PROCESS_DATA] = "process_data",
	[TIMING_SOCKET_RECV] = "socket_recv" };

static void
queues(void *arg)
{
	log_info("queues: writeq=%" PRIu64, dnschan_waiting(arg));
}

struct meterlog *
timing_new(struct ev_loop *loop, long seconds, struct dnschan *chan)
{
	struct meterlog *l = meterlog_new(loop, seconds, names, TIMING_N);

	meterlog_also(l, queues, chan);
	return l;
}
