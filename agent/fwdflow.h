/* SPDX-License-Identifier: BSD-3-Clause */
/* The flow of a packet, and the source port that keeps it in order. */
#ifndef AGENT_FWDFLOW_H_
#define AGENT_FWDFLOW_H_

#include <stdbool.h>
#include <stdint.h>

#include "agent/fwdlink.h"

#define FWDFLOW_PORT_MIN 1024
#define FWDFLOW_PORTS    50000

/* Plain octets, all of them set: it is hashed as it lies in memory. */
struct fwdflow {
	struct fwdflow_end {
		uint8_t addr[16]; /* IPv4: 4 and zeros; no IP: the MAC */
		uint8_t port[2];  /* or zeros */
	} src, dst;
	uint8_t proto; /* of IP */
	uint8_t ipver; /* 4, 6; 0: not IP */
	uint8_t frag;  /* whether the packet is one: it has no ports here */
	uint8_t zero;
};

/**
 * fwdflow_read(ret_f, l):
 * Tell the flow of ${l}, as far as its captured octets show it.  All fragments
 * of a packet have the same.
 */
void fwdflow_read(struct fwdflow *ret_f, const struct fwdlink *l);

/**
 * fwdflow_port(f):
 * Return the outer source port: a hash of the flow, the same for both of its
 * directions and in each run, in 1024..51023 (RFC 7348 section 5).
 */
uint16_t fwdflow_port(const struct fwdflow *f);

#endif
