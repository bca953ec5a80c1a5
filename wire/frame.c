/* SPDX-License-Identifier: BSD-3-Clause */
/* v1 frames: type and flags, LEB128 length, payload, CRC-32. */
#include "wire/frame.h"

#include "wire/bytes.h"
#include "wire/zpack.h"

#define LENGTH_OCTETS 4 /* of the LEB128 length, at most */
#define CRC_OCTETS    4

/*
 *	 0 1 2 3 4 5 6 7
 *	+-------+-------+------------------+---------+-------+
 *	| type  | flags | length, 1-4 oct. | payload | CRC32 |
 *	+-------+-------+------------------+---------+-------+
 */

/* Returns octets of the length, 0 for more, -1 when it is overlong. */
static int
length_get(size_t *ret_len, const uint8_t *buf, size_t len)
{
	size_t v = 0;

	for (unsigned int i = 0; i < LENGTH_OCTETS; i++) {
		if (i == len)
			return 0;
		v |= (size_t)(buf[i] & 0x7f) << (7 * i);
		if (buf[i] < 0x80) {
			*ret_len = v;
			return i > 0 && buf[i] == 0 ? -1 : (int)i + 1;
		}
	}
	return -1;
}

int
frame_find(struct frame *ret_f, const uint8_t *buf, size_t len, size_t max)
{
	size_t body = 0;
	size_t head;
	int n;

	if (len < 1)
		return 0;
	n = length_get(&body, buf + 1, len - 1);
	if (n <= 0)
		return n;
	if (body > max || body > FRAME_MAX)
		return -1;
	head = 1 + (size_t)n;
	if (len < head + body + CRC_OCTETS)
		return 0;
	ret_f->type = buf[0] >> 4;
	ret_f->flags = buf[0] & 0x0f;
	ret_f->body = buf + head;
	ret_f->len = body;
	return (int)(head + body + CRC_OCTETS);
}

int
frame_get(struct frame *ret_f, const uint8_t *buf, size_t len, size_t max)
{
	struct frame f;
	const int n = frame_find(&f, buf, len, max);

	if (n <= 0)
		return n;
	const size_t covered = (size_t)n - CRC_OCTETS;

	if (get_be32(buf + covered) != zpack_crc(buf, covered))
		return -1;
	*ret_f = f;
	return n;
}

uint8_t *
frame_wrap(uint8_t *body, size_t len, uint8_t type_flags, size_t *ret_len)
{
	uint8_t head[FRAME_OVERHEAD];
	struct wr w = wr_init(head, sizeof(head));
	uint8_t *start;
	size_t n;

	wr_u8(&w, type_flags);
	wr_var(&w, len);
	n = (size_t)(w.p - head);
	start = body - n;
	memcpy(start, head, n);
	put_be32(body + len, zpack_crc(start, n + len));
	*ret_len = n + len + CRC_OCTETS;
	return start;
}

size_t
frame_put(uint8_t *dst, const struct frame *f)
{
	struct wr w = wr_init(dst, f->len + FRAME_OVERHEAD);

	wr_u8(&w, (uint8_t)(f->type << 4 | f->flags));
	wr_var(&w, f->len);
	wr_mem(&w, f->body, f->len);
	wr_u32(&w, zpack_crc(dst, (size_t)(w.p - dst)));
	return (size_t)(w.p - dst);
}
