/* SPDX-License-Identifier: BSD-3-Clause */
/* The end of a capture. */
#ifndef AGENT_CAPHALT_H_
#define AGENT_CAPHALT_H_

#include <pcap.h>

/**
 * caphalt(p):
 * Let the packet socket of ${p} take in nothing more.  What its ring holds can
 * still be read, all of it, however much traffic there is; and what comes from
 * now on is no drop.  Does nothing for what is no socket.
 */
void caphalt(pcap_t *p);

#endif
