/* SPDX-License-Identifier: BSD-3-Clause */
/* Places in the streams of agents. */
#ifndef COLLECTOR_POSITION_H_
#define COLLECTOR_POSITION_H_

#include <stdbool.h>
#include <stdint.h>

#include "wire/bytes.h"
#include "wire/mono.h"

#define POSITION_ID  16 /* octets of a stream's id */
#define POSITION_MAX 45 /* octets that position_put writes, at most */

/* All before it is accounted for. */
struct position {
	uint8_t id[POSITION_ID];
	uint64_t next;     /* number of the next packet record */
	uint64_t next_dns; /* of the next DNS record */
	wall_t side; /* of the last record without a number before .next */
	bool joined, joined_dns; /* a first record of the kind has come */
};

/**
 * position_put(w, p):
 * Write ${p}: id, varint .next, varint .next_dns, u64 .side, u8 of flags.
 */
void position_put(struct wr *w, const struct position *p);

/**
 * position_get(r, ret_p):
 * Read what position_put wrote.  Sets ${r}->bad when it is none.
 */
void position_get(struct rd *r, struct position *ret_p);

/**
 * position_least(p, o):
 * Step ${p} back to what it has in common with ${o}, of the same stream.
 */
void position_least(struct position *p, const struct position *o);

/**
 * position_most(p, o):
 * Move ${p} on to where ${o} is, of the same stream, if that is further.
 */
void position_most(struct position *p, const struct position *o);

#endif
