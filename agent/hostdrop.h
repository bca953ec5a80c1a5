/* SPDX-License-Identifier: BSD-3-Clause */
/* What this host lost since the agent began, in places it does not watch. */
#ifndef AGENT_HOSTDROP_H_
#define AGENT_HOSTDROP_H_

#include <stdint.h>

/* Packets and datagrams, see pcapper --doctor. */
struct hostdrop_sums {
	uint64_t iface;   /* received and dropped, all interfaces but lo */
	uint64_t softnet; /* dropped, the backlog of a CPU was full */
	uint64_t udp;     /* datagrams that found a socket's buffer full */
};

struct hostdrop {
	const char *root;          /* before /proc, "" for this machine's */
	struct hostdrop_sums last; /* as last read */
	struct hostdrop_sums grown;
};

/**
 * hostdrop_start(h, root):
 * Begin to count; ${root} is borrowed.
 */
void hostdrop_start(struct hostdrop *h, const char *root);

/**
 * hostdrop_sample(h):
 * Set ${h}->grown to what came since the start.  Sums that went back, as those
 * of an interface that was removed do, add nothing; what cannot be read is 0.
 */
void hostdrop_sample(struct hostdrop *h);

#endif
