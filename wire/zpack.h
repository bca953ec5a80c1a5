/* SPDX-License-Identifier: BSD-3-Clause */
/* Raw deflate (RFC 1951) with one window over many blocks, and CRC-32. */
#ifndef WIRE_ZPACK_H_
#define WIRE_ZPACK_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct zpack;
struct zpack_in;

/**
 * zpack_new(level, wbits):
 * Return a compressor with the zlib level ${level} (1..9) and a window of
 * 2^${wbits} octets (9..15), or NULL.
 */
struct zpack *zpack_new(int level, int wbits);

/**
 * zpack_reset(p, level):
 * Forget the window; go on with ${level}.
 */
void zpack_reset(struct zpack *p, int level);

/**
 * zpack_bound(p, len):
 * Return how many octets a block made of ${len} octets may need at most.
 */
size_t zpack_bound(struct zpack *p, size_t len);

/**
 * zpack_start(p, dst, room):
 * Begin a block at ${dst}, with ${room} >= zpack_bound octets.
 */
void zpack_start(struct zpack *p, uint8_t *dst, size_t room);

/**
 * zpack_add(p, data, len, apart):
 * Add ${len} octets.  ${apart}: what follows has other statistics; end the
 * deflate block, which costs a new code table.
 */
void zpack_add(struct zpack *p, const uint8_t *data, size_t len, bool apart);

/**
 * zpack_end(p):
 * End the block on an octet boundary, without the 00 00 FF FF of the flush
 * (RFC 7692 section 7.2.1).  Returns its octets.
 */
size_t zpack_end(struct zpack *p);
void zpack_free(struct zpack *p);

/**
 * zpack_in_new(wbits) / zpack_in_reset(p):
 * Return a decompressor, or NULL; make it forget its window.
 */
struct zpack_in *zpack_in_new(int wbits);
void zpack_in_reset(struct zpack_in *p);

/**
 * zpack_in(p, dst, room, src, len):
 * Inflate one block.  Returns the octets written to ${dst}, or -1 when the
 * data are no whole block or want more than ${room}.
 */
ptrdiff_t zpack_in(struct zpack_in *p, uint8_t *dst, size_t room,
    const uint8_t *src, size_t len);
void zpack_in_free(struct zpack_in *p);

/**
 * zpack_crc(data, len):
 * Return the CRC-32 of ${len} octets (ISO-HDLC, as in RFC 1952 section 8).
 */
uint32_t zpack_crc(const uint8_t *data, size_t len);

#endif
