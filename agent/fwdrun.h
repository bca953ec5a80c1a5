/* SPDX-License-Identifier: BSD-3-Clause */
/* capture-fwd at work: from its source, in time, to its output. */
#ifndef AGENT_FWDRUN_H_
#define AGENT_FWDRUN_H_

#include <signal.h>
#include <stdbool.h>

#include "agent/capfile.h"
#include "agent/fwdcount.h"
#include "agent/fwdlive.h"
#include "agent/fwdown.h"
#include "agent/fwdpace.h"
#include "agent/fwdtell.h"
#include "agent/fwdtun.h"

struct fwdrun {
	struct capfile *file; /* one of these two is the source */
	struct fwdlive *live;
	struct fwdtun tun;
	struct fwdpace pace;
	const struct fwdown *own; /* what is left out, NULL: nothing */
	struct fwdcount *count;
	const volatile sig_atomic_t *stop; /* ends it when it is not 0 */
	volatile sig_atomic_t *report;     /* prints the counters, and is 0 */
	bool eager;  /* send each packet at once: the next may take long */
	bool tell;   /* the line of progress */
	bool told;   /* there is one */
	bool failed; /* the output */
	mono_t now;  /* as last read */
	uint64_t backs;
	struct fwdtell progress;
};

/**
 * fwdrun_frame(run, f):
 * Forward the frame ${f}; what sources call, with a struct fwdrun.
 */
void fwdrun_frame(void *run, const struct pkt_frame *f);

/**
 * fwdrun_pulse(run):
 * Do what is to be done now and then while the source has nothing to forward,
 * and return whether to go on; what sources call, with a struct fwdrun.
 */
bool fwdrun_pulse(void *run);

/**
 * fwdrun_loop(r):
 * Forward until the source ends or *r->stop is set, and flush.  Returns 0, or
 * -1 after a message.
 */
int fwdrun_loop(struct fwdrun *r);

#endif
