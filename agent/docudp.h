/* SPDX-License-Identifier: BSD-3-Clause */
/* Datagrams that UDP sockets lost, and those that wait in them. */
#ifndef AGENT_DOCUDP_H_
#define AGENT_DOCUDP_H_

#include "agent/docset.h"

/**
 * docudp_add(s, root):
 * Add to ${s} what /proc below ${root} tells: errors of all sockets, and
 * queues and drops of those that have any.
 */
void docudp_add(struct docset *s, const char *root);

#endif
