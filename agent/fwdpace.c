/* SPDX-License-Identifier: BSD-3-Clause */
/* When each packet of a file is due. */
#include "agent/fwdpace.h"

#define FAR (INT64_MAX / 4) /* 73 years: nobody waits longer */

/* Nanoseconds from the packet before, by their times, which may be anything. */
static int64_t
gap(struct fwdpace *p, wall_t t, int64_t *ret_back)
{
	int64_t n;

	if (__builtin_sub_overflow(t.ns, p->last.ns, &n) || n > FAR || n < -FAR)
		n = t.ns < p->last.ns ? -FAR : FAR;
	p->last = t;
	if (n >= 0)
		return n;
	*ret_back = -n;
	return 0;
}

/* Packet number ${n} at ${rate} packets/s is due so long after the first. */
static int64_t
steps(uint64_t n, double rate)
{
	const double ns = (double)n * (double)MONO_NS_PER_S / rate;

	return ns < (double)FAR ? (int64_t)ns : FAR;
}

/* The place of the next packet on the schedule, which may have passed. */
static mono_t
next(struct fwdpace *p, wall_t t, int64_t *ret_back)
{
	switch (p->mode) {
	case FWDPACE_NONE:
		break;
	case FWDPACE_TIMES:
		p->base.ns += gap(p, t, ret_back);
		break;
	case FWDPACE_DELAY:
		p->base.ns += p->delay;
		break;
	case FWDPACE_RATE:
		/* Not step by step: the steps are no whole nanoseconds. */
		p->done++;
		return (mono_t){ p->base.ns + steps(p->done, p->rate) };
	}
	return p->base;
}

mono_t
fwdpace_due(struct fwdpace *p, wall_t t, mono_t now, int64_t *ret_back)
{
	mono_t due;

	*ret_back = 0;
	if (!p->started) {
		p->started = true;
		p->base = now;
		p->last = t;
		return now;
	}
	if (p->mode == FWDPACE_NONE)
		return now;
	due = next(p, t, ret_back);
	if (now.ns - due.ns > FWDPACE_LATE_MAX) {
		p->base = now;
		p->done = 0;
		return now;
	}
	return due;
}
