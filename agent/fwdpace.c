/* SPDX-License-Identifier: BSD-3-Clause */
/* When each packet of a file is due. */
#include "agent/fwdpace.h"

/* Nanoseconds from the packet before, by their times. */
static int64_t
gap(struct fwdpace *p, wall_t t, int64_t *ret_back)
{
	const int64_t n = t.ns - p->last.ns;

	p->last = t;
	if (n >= 0)
		return n;
	*ret_back = -n;
	return 0;
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
		return (mono_t){ p->base.ns +
				 (int64_t)((double)p->done *
					   (double)MONO_NS_PER_S / p->rate) };
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
