/* SPDX-License-Identifier: BSD-3-Clause */
/* Which captured packets are the forwarder's own: they must not go round. */
#ifndef AGENT_FWDOWN_H_
#define AGENT_FWDOWN_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/fwdflow.h"

#define FWDOWN_FILTER_MAX 4096 /* octets of a filter, with the final 0 */

/* The outer packets: UDP from src to a port of dst. */
struct fwdown {
	bool v6;
	uint8_t src[16], dst[16]; /* IPv4: 4 and zeros */
	uint16_t port;
};

/**
 * fwdown_filter(dst, own, user):
 * Write a pcap-filter(7) that takes what ${user} (may be empty) takes, but
 * neither outer packets, their fragments included, nor the ICMP errors that
 * answer them.  Returns 0, or -1 when it is too long.
 */
int fwdown_filter(char dst[static FWDOWN_FILTER_MAX], const struct fwdown *own,
    const char *user);

/**
 * fwdown_is(own, f):
 * Return whether ${f} is the flow of outer packets: some link headers hide
 * them from the filter.
 */
bool fwdown_is(const struct fwdown *own, const struct fwdflow *f);

#endif
