/* SPDX-License-Identifier: BSD-3-Clause */
/* Which CPUs handle what comes in by an interface without hardware. */
#ifndef AGENT_DOCSTEER_H_
#define AGENT_DOCSTEER_H_

#include "agent/docset.h"

/**
 * docsteer_add(s, root, iface):
 * Add to ${s} for each receive queue of ${iface} how many CPUs receive packet
 * steering gives it to.  Less than all that are online reorder packets of a
 * flow whose sender moves between CPUs.
 */
void docsteer_add(struct docset *s, const char *root, const char *iface);

#endif
