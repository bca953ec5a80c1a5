/* SPDX-License-Identifier: BSD-3-Clause */
/* MGEN messages: the strict detector. */
#ifndef AGENT_MGEN_H_
#define AGENT_MGEN_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/mono.h"

#define MGEN_HEAD    24 /* octets that the detector needs */
#define MGEN_MIN_V4  28 /* octets of the smallest message */
#define MGEN_MIN_V6  40
#define MGEN_SEGMENT 8192 /* TCP: the header is repeated at this distance */

struct mgen {
	uint32_t flow;
	uint32_t seq;
	wall_t tx;
	uint16_t size; /* octets of this message, or this part of one */
};

/**
 * mgen_get(ret_m, p, len):
 * Read the header of an MGEN message from the ${len} octets at ${p}.  Returns
 * whether it is one: version, flags, microseconds, address type and length
 * and the smallest size are right.  On UDP, ret_m->size must also be the
 * length of the payload.
 */
bool mgen_get(struct mgen *ret_m, const uint8_t *p, size_t len);

#endif
