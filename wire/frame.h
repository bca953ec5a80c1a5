/* SPDX-License-Identifier: BSD-3-Clause */
/* v1 frames: type and flags, LEB128 length, payload, CRC-32. */
#ifndef WIRE_FRAME_H_
#define WIRE_FRAME_H_

#include <stddef.h>
#include <stdint.h>

#define FRAME_MAX      (1u << 20) /* payload octets, whatever is negotiated */
#define FRAME_OVERHEAD 12         /* type, extended type, length, CRC at most */

enum frame_type {
	FRAME_HELLO = 0, /* reserved: HELLO has its own form */
	FRAME_PKT = 1,
	FRAME_FLOW = 2,
	FRAME_STATS = 3,
	FRAME_ACK = 4,
	FRAME_CONTROL = 5,
	FRAME_SYSINFO = 6,
	FRAME_GAP = 7,
	FRAME_TIME = 8,
	FRAME_BYE = 9,
	FRAME_DNS = 10,
	FRAME_PRIVATE = 14,
	FRAME_EXT = 15 /* a varint with the real type follows; skippable */
};

#define FRAME_FLAG_KEY 0x1 /* PKT: dictionary and window start anew */

struct frame {
	uint8_t type;  /* 0..15 */
	uint8_t flags; /* 0..15 */
	const uint8_t *body;
	size_t len;
};

/**
 * frame_get(ret_f, buf, len, max):
 * Find the frame that starts at ${buf}.  ${max} is the negotiated limit of
 * the payload.  ${ret_f} borrows from ${buf}.  Returns the octets used, 0 when
 * more are needed, -1 when it can never become valid (length over ${max} or
 * overlong, or CRC-32 wrong).
 */
int frame_get(struct frame *ret_f, const uint8_t *buf, size_t len, size_t max);

/**
 * frame_find(ret_f, buf, len, max):
 * The same for octets that are known to be sound: CRC-32 is not looked at.
 */
int frame_find(struct frame *ret_f, const uint8_t *buf, size_t len, size_t max);

/**
 * frame_put(dst, f):
 * Write ${f} to ${dst}, which has room for f->len + FRAME_OVERHEAD octets and
 * may not overlap f->body.  Returns the octets written.
 */
size_t frame_put(uint8_t *dst, const struct frame *f);

/**
 * frame_wrap(body, len, type_flags, ret_len):
 * Make a frame of the ${len} octets at ${body} where they lie: there are
 * FRAME_OVERHEAD octets of room in front and 4 behind.  ${type_flags} is the
 * first octet.  Returns the start of the frame, ${ret_len} its octets.
 */
uint8_t *frame_wrap(
    uint8_t *body, size_t len, uint8_t type_flags, size_t *ret_len);

#endif
