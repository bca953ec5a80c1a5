/* SPDX-License-Identifier: BSD-3-Clause */
/* The part of the command line that is about dnstap. */
#ifndef AGENT_TAPOPTS_H_
#define AGENT_TAPOPTS_H_

#include "agent/opts.h"
#include "agent/tap.h"

/**
 * tapopts_conf(ret, o):
 * Read the options for dnstap; ${ret} borrows from ${o}.  Returns 1; 0 when
 * there is no dnstap input; -1 after a message.
 */
int tapopts_conf(struct tap_conf *ret, const struct opts *o);

#endif
