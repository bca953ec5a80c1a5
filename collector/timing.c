/* SPDX-License-Identifier: BSD-3-Clause */
/* What the collector measures of itself with --stats. */
#include "collector/timing.h"

enum { NXDOMAIN = 3 };

static const char *const names[] = {
	[TIMING_ANSWER_TO_REDIS] = "answer_to_redis",
	[TIMING_CONSUME] = "consume",
	[TIMING_DATAGRAM] = "datagram",
	[TIMING_FLOW_TO_REDIS] = "flow_to_redis",
	[TIMING_NX_TO_REDIS] = "nx_to_redis",
	[TIMING_REDIS_BACKLOG] = "redis_backlog",
};

struct meterlog *
timing_new(struct ev_loop *loop, long seconds)
{
	return meterlog_new(loop, seconds, names, TIMING_N);
}

void
timing_put(struct meterlog *l, const struct obs *o, size_t n, mono_t since)
{
	const mono_t now = meterlog_now(l);
	enum timing which = TIMING_N;

	switch (o->kind) {
	case OBS_PKT:
		which = TIMING_FLOW_TO_REDIS;
		break;
	case OBS_DNS:
		if (o->dns.what == OBS_DNS_ANSWER) {
			which = o->dns.rcode == NXDOMAIN
				    ? TIMING_NX_TO_REDIS
				    : TIMING_ANSWER_TO_REDIS;
		}
		break;
	case OBS_HOST:
	case OBS_LOSS:
		break;
	}
	if (which != TIMING_N)
		meterlog_batch(l, which, n, since, now);
}

void
timing_backlog(struct meterlog *l, struct timing_backlog *b, size_t n)
{
	const mono_t since = { (int64_t)b->since_ns };
	mono_t now;

	if (n == b->n)
		return;
	now = meterlog_now(l);
	if (n > b->n) {
		meterlog_start(l, TIMING_REDIS_BACKLOG, n - b->n, now);
		b->since_ns += ((double)now.ns - b->since_ns) *
			       (double)(n - b->n) / (double)n;
	} else {
		meterlog_stop(l, TIMING_REDIS_BACKLOG, b->n - n, since, now);
	}
	b->n = n;
}
