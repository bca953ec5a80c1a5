/* SPDX-License-Identifier: BSD-3-Clause */
/* Raw deflate (RFC 1951) with one window over many blocks, and CRC-32. */
#include "wire/zpack.h"

#include <stdlib.h>

#define ZLIB_CONST
#include <zlib.h>

/* Less than zlib's 8: a block is a few KiB, and agents are many. */
#define MEM_LEVEL 5

/* What the decompressor needs in place of the stripped end of a flush. */
static const uint8_t flush_tail[4] = { 0x00, 0x00, 0xff, 0xff };

/* zlib's .data_type: 128 is "between blocks", the low bits count spare bits. */
#define INFLATE_BETWEEN 128

struct zpack {
	z_stream z;
	size_t room;
	int level;
};

struct zpack_in {
	z_stream z;
};

struct zpack *
zpack_new(int level, int wbits)
{
	struct zpack *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	p->level = level;
	if (deflateInit2(&p->z, level, Z_DEFLATED, -wbits, MEM_LEVEL,
		Z_DEFAULT_STRATEGY) != Z_OK) {
		free(p);
		return NULL;
	}
	return p;
}

void
zpack_reset(struct zpack *p, int level)
{
	(void)deflateReset(&p->z);
	if (level != p->level)
		(void)deflateParams(&p->z, level, Z_DEFAULT_STRATEGY);
	p->level = level;
	/*
	 * Columns are short: a quarter of level 6's search finds all but 0.1 %
	 * of what the whole one does, for 5 % fewer instructions.
	 */
	if (level == 6)
		(void)deflateTune(&p->z, 8, 16, 32, 32);
}

size_t
zpack_bound(struct zpack *p, size_t len)
{
	/* Three flushes: an empty stored block and up to 7 bits each. */
	return deflateBound(&p->z, len) + 32;
}

void
zpack_start(struct zpack *p, uint8_t *dst, size_t room)
{
	p->z.next_out = dst;
	p->z.avail_out = (uInt)room;
	p->room = room;
}

void
zpack_add(struct zpack *p, const uint8_t *data, size_t len, bool apart)
{
	p->z.next_in = data;
	p->z.avail_in = (uInt)len;
	(void)deflate(&p->z, apart ? Z_BLOCK : Z_NO_FLUSH);
}

size_t
zpack_end(struct zpack *p)
{
	(void)deflate(&p->z, Z_SYNC_FLUSH);
	return p->room - p->z.avail_out - sizeof(flush_tail);
}

void
zpack_free(struct zpack *p)
{
	if (p == NULL)
		return;
	(void)deflateEnd(&p->z);
	free(p);
}

struct zpack_in *
zpack_in_new(int wbits)
{
	struct zpack_in *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	if (inflateInit2(&p->z, -wbits) != Z_OK) {
		free(p);
		return NULL;
	}
	return p;
}

void
zpack_in_reset(struct zpack_in *p)
{
	(void)inflateReset(&p->z);
}

/* Feed ${len} octets; they must all be used without ending the stream. */
static int
feed(struct zpack_in *p, const uint8_t *src, size_t len)
{
	p->z.next_in = src;
	p->z.avail_in = (uInt)len;
	switch (inflate(&p->z, Z_SYNC_FLUSH)) {
	case Z_OK:
	case Z_BUF_ERROR:
		return p->z.avail_in == 0 ? 0 : -1;
	default:
		return -1;
	}
}

ptrdiff_t
zpack_in(struct zpack_in *p, uint8_t *dst, size_t room, const uint8_t *src,
    size_t len)
{
	uint8_t over;

	p->z.next_out = dst;
	p->z.avail_out = (uInt)room;
	if (feed(p, src, len) != 0 ||
	    feed(p, flush_tail, sizeof(flush_tail)) != 0)
		return -1;
	/* Anything but "at the start of a block, no bit over" was cut. */
	if (p->z.data_type != INFLATE_BETWEEN)
		return -1;
	room -= p->z.avail_out;
	/* Output that waits for room would come out with the next block. */
	p->z.next_out = &over;
	p->z.avail_out = 1;
	(void)inflate(&p->z, Z_SYNC_FLUSH);
	return p->z.avail_out == 0 ? -1 : (ptrdiff_t)room;
}

void
zpack_in_free(struct zpack_in *p)
{
	if (p == NULL)
		return;
	(void)inflateEnd(&p->z);
	free(p);
}

uint32_t
zpack_crc(const uint8_t *data, size_t len)
{
	return (uint32_t)crc32(crc32(0, Z_NULL, 0), data, (uInt)len);
}
