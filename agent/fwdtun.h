/* SPDX-License-Identifier: BSD-3-Clause */
/* One inner packet in, one outer one or its fragments out. */
#ifndef AGENT_FWDTUN_H_
#define AGENT_FWDTUN_H_

#include <stdbool.h>
#include <stdint.h>

#include "agent/fwdcount.h"
#include "agent/fwdencap.h"
#include "agent/fwdout.h"

#define FWDTUN_INNER_MAX 65535 /* octets: more fits no outer packet */

struct fwdtun {
	const struct fwdout_type *type;
	void *out;
	struct fwdcount *count;
	struct fwdencap encap;
	size_t mtu;  /* of an outer packet; 0: as the path allows */
	bool drop;   /* what is longer, or fragment it */
	uint32_t id; /* of the last one that was fragmented */
	uint8_t whole[FWDENCAP_ROOM + FWDTUN_INNER_MAX]; /* before it is */
};

/**
 * fwdtun_put(t, l, port, time):
 * Encapsulate ${l}, which was captured at ${time}, with the source port
 * ${port}, and hand it to t->out.  What cannot go is counted.  Returns 0, or
 * -1 after a message when the output has failed.
 */
int fwdtun_put(
    struct fwdtun *t, const struct fwdlink *l, uint16_t port, wall_t time);

#endif
