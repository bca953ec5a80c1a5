/* SPDX-License-Identifier: BSD-3-Clause */
/* The running agent: signals, the tick of every second, files, the end. */
#ifndef AGENT_RUN_H_
#define AGENT_RUN_H_

#include "agent/cap.h"
#include "agent/count.h"
#include "agent/fan.h"
#include "agent/opts.h"
#include "agent/tap.h"

struct ev_loop;

/**
 * run_loop(loop, opts, cap, tap, fan, count):
 * Hand what ${cap} and ${tap} (NULL: no dnstap) have to ${fan} until a signal
 * or the end of all files, those of dnstap first, then serve the collectors
 * to the end.  Returns 0, or -1 after a message when a file was
 * bad.
 */
int run_loop(struct ev_loop *loop, const struct opts *opts, struct cap *cap,
    struct tap *tap, struct fan *fan, struct count *count);

/**
 * run_counters(fan, count, fp):
 * Print one line per counter and per collector.
 */
void run_counters(const struct fan *fan, struct count *count, FILE *fp);

#endif
