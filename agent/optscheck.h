/* SPDX-License-Identifier: BSD-3-Clause */
/* Which options of pcapper exclude or need each other. */
#ifndef AGENT_OPTSCHECK_H_
#define AGENT_OPTSCHECK_H_

#include "agent/opts.h"

/**
 * optscheck(o):
 * Return what is wrong with the options ${o} together, NULL when nothing is.
 */
const char *optscheck(const struct opts *o);

#endif
