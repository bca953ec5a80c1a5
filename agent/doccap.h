/* SPDX-License-Identifier: BSD-3-Clause */
/* Whether a capture here and now would lose packets. */
#ifndef AGENT_DOCCAP_H_
#define AGENT_DOCCAP_H_

#include <stddef.h>

#include "agent/docread.h"
#include "agent/docset.h"

/**
 * doccap_watch(s, ifs, ring, seconds):
 * Capture for ${seconds} on the interfaces ${ifs} with a ring of ${ring} octets
 * each, as the agent would, and add to ${s} what was captured and what was
 * dropped.  Where capture is not allowed, that is added instead, and the time
 * is waited all the same.
 */
void doccap_watch(struct docset *s, const struct docread_ifaces *ifs,
    size_t ring, unsigned int seconds);

#endif
