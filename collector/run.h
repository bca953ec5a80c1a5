/* SPDX-License-Identifier: BSD-3-Clause */
/* One run of the collector: what it reads, what it writes, when it ends. */
#ifndef COLLECTOR_RUN_H_
#define COLLECTOR_RUN_H_

#include "collector/conf.h"
#include "collector/opts.h"

struct run;

/**
 * run_new(o, conf):
 * Open everything that ${o} and ${conf} ask for, which needs privileges
 * perhaps; both are borrowed.  Returns NULL after a message.
 */
struct run *run_new(const struct opts *o, const struct conf *conf);

/**
 * run_go(r):
 * Collect until the input ends, an output's reader is gone, or SIGTERM or
 * SIGINT came; write what is left; print the ledger to standard error.
 * Returns the exit status.
 */
int run_go(struct run *r);

void run_free(struct run *r);

#endif
