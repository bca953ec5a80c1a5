/* SPDX-License-Identifier: BSD-3-Clause */
/* What this host lost since the agent began, in places it does not watch. */
#ifndef AGENT_HOSTDROP_H_
#define AGENT_HOSTDROP_H_

#include <net/if.h>
#include <stddef.h>
#include <stdint.h>

#define HOSTDROP_PLACES 4096 /* interfaces and CPUs that lost something */

/* Packets and datagrams, see pcapper --doctor. */
struct hostdrop_sums {
	uint64_t iface;   /* received and dropped, all interfaces but lo */
	uint64_t softnet; /* dropped, the backlog of a CPU was full */
	uint64_t udp;     /* datagrams that found a socket's buffer full */
};

/* An interface, or ":" and the number of a CPU. */
struct hostdrop_place {
	char name[IFNAMSIZ];
	uint64_t last; /* as last read */
	uint64_t seen; /* in which sample */
};

struct hostdrop {
	const char *root; /* before /proc, "" for this machine's */
	uint64_t udp;     /* as last read */
	struct hostdrop_sums grown;
	struct hostdrop_place *place;
	size_t n, room;
	uint64_t samples;
};

/**
 * hostdrop_start(h, root):
 * Begin to count; ${root} is borrowed.
 */
void hostdrop_start(struct hostdrop *h, const char *root);

/**
 * hostdrop_sample(h):
 * Set ${h}->grown to what came since the start.  An interface or a CPU that
 * went away and comes back goes on where it was, or, when its counter is
 * smaller, from 0: it was made anew.  Where there is no room, who was away for
 * longest is forgotten.  What cannot be read is 0.
 */
void hostdrop_sample(struct hostdrop *h);

/**
 * hostdrop_done(h):
 * Free what ${h} holds; it may have been all zeros.
 */
void hostdrop_done(struct hostdrop *h);

#endif
