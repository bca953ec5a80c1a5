/* SPDX-License-Identifier: BSD-3-Clause */
/* The sending half of a v1 stream: observations in, frames out. */
#ifndef WIRE_ENC_H_
#define WIRE_ENC_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/hello.h"
#include "wire/obs.h"

/* One finished frame. */
struct enc_block {
	const uint8_t *data; /* borrowed, until the next call on the encoder */
	size_t len;
	uint8_t type;   /* enum frame_type */
	bool key;       /* PKT: decoding can start here */
	uint64_t first; /* PKT, DNS: number of its first record */
	uint32_t count; /* PKT, DNS: records in it; 0 for other types */
};

typedef void enc_fn(void *arg, const struct enc_block *b);

struct enc;

/**
 * enc_new(par, level, seq, emit, arg):
 * Return an encoder with the parameters ${par} (copied) and the zlib level
 * ${level} (1..9); its first record has the sequence number ${seq}.  Every
 * frame goes to ${emit}(${arg}, .).  NULL with errno set on failure.
 */
struct enc *enc_new(const struct hello_params *par, int level, uint64_t seq,
    enc_fn *emit, void *arg);

/**
 * enc_put(e, o):
 * Add ${o}.  A packet takes the next sequence number and is sent when the
 * block is full; a host or loss observation ends the block and is sent at
 * once, in its place.  A loss of numbered records (reason below
 * OBS_LOSS_UNSEEN) moves the sequence to first + count.  A block of packets
 * and one of DNS records that wait at the same time began within a second.  A DNS observation
 * takes the next DNS number and waits in a block of its own; without
 * HELLO_CAP_DNS nothing of it is sent.  Returns false when ${o} is lost: a
 * DNS observation that does not fit the format, or memory; its number is
 * missing in the stream.
 */
bool enc_put(struct enc *e, const struct obs *o);

/**
 * enc_flush(e):
 * Send the blocks under construction, if they have records.
 */
void enc_flush(struct enc *e);

/**
 * enc_pending(e):
 * Return the number of records that wait in the blocks under construction.
 */
unsigned int enc_pending(const struct enc *e);

/**
 * enc_key(e):
 * Send what is pending, and make the next block a KEY block.
 */
void enc_key(struct enc *e);

/**
 * enc_level(e, level):
 * Change the zlib level from the next KEY block on (1 under load, 6 idle).
 */
void enc_level(struct enc *e, int level);

/**
 * enc_next(e):
 * Return the sequence number that the next packet will have.
 */
uint64_t enc_next(const struct enc *e);

/**
 * enc_dns_start(e, next) / enc_dns_next(e):
 * Set the DNS number of the first DNS observation, 0 if this is not called;
 * return the one that the next will have.
 */
void enc_dns_start(struct enc *e, uint64_t next);
uint64_t enc_dns_next(const struct enc *e);

/**
 * enc_free(e):
 * Free ${e} without sending; NULL is fine.
 */
void enc_free(struct enc *e);

#endif
