/* SPDX-License-Identifier: BSD-3-Clause */
/* Frames made by hand, header by header. */
#ifndef TESTS_FRAMES_H_
#define TESTS_FRAMES_H_

#include <stdint.h>
#include <string.h>

#include "wire/bytes.h"

/* A frame under construction; begin with { 0 }. */
struct frame {
	uint8_t data[512];
	size_t len;
};

static inline void
frame_octets(struct frame *f, const void *data, size_t len)
{
	memcpy(f->data + f->len, data, len);
	f->len += len;
}

/* Append the octets of the string literal ${s}. */
#define frame_add(f, s) frame_octets(f, s, sizeof(s) - 1)

static inline void
frame_zeros(struct frame *f, size_t len)
{
	memset(f->data + f->len, 0, len);
	f->len += len;
}

static inline void
frame_be16(struct frame *f, uint16_t v)
{
	put_be16(f->data + f->len, v);
	f->len += 2;
}

static inline void
frame_ether(struct frame *f, uint16_t type)
{
	frame_add(f, "\x02\0\0\0\0\x02\x02\0\0\0\0\x01");
	frame_be16(f, type);
}

/* 10.0.0.1 > 10.0.0.2, TTL 64, ToS 0x10, id 0x1234; ${frag} as in the header */
static inline void
frame_ip4(struct frame *f, uint8_t proto, uint16_t payload, uint16_t frag)
{
	frame_add(f, "\x45\x10");
	frame_be16(f, (uint16_t)(payload + 20));
	frame_be16(f, 0x1234);
	frame_be16(f, frag);
	frame_octets(f, (uint8_t[]){ 64, proto, 0, 0 }, 4);
	frame_add(f, "\x0a\0\0\x01\x0a\0\0\x02");
}

/* 2001:db8::1 > 2001:db8::2, hop limit 64, traffic class 0x10 */
static inline void
frame_ip6(struct frame *f, uint8_t next, uint16_t payload)
{
	frame_add(f, "\x61\0\0\0");
	frame_be16(f, payload);
	frame_octets(f, (uint8_t[]){ next, 64 }, 2);
	frame_add(f, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01");
	frame_add(f, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x02");
}

static inline void
frame_udp(struct frame *f, uint16_t sport, uint16_t dport, uint16_t payload)
{
	frame_be16(f, sport);
	frame_be16(f, dport);
	frame_be16(f, (uint16_t)(payload + 8));
	frame_be16(f, 0);
}

/* Ports 1000 > 2000 */
static inline void
frame_tcp(struct frame *f, uint32_t seq, uint8_t flags)
{
	frame_add(f, "\x03\xe8\x07\xd0");
	frame_be16(f, (uint16_t)(seq >> 16));
	frame_be16(f, (uint16_t)seq);
	frame_zeros(f, 4);
	frame_octets(f, (uint8_t[]){ 0x50, flags }, 2);
	frame_zeros(f, 6);
}

/* The 28 octets of an MGEN header, sent at 1000.000002 s */
static inline void
frame_mgen(struct frame *f, uint16_t size, uint32_t flow, uint32_t seq)
{
	uint8_t m[28] = { [2] = 2,
		[3] = 12,
		[14] = 1000 >> 8,
		[15] = 1000 & 0xff,
		[19] = 2,
		[22] = 1,
		[23] = 4 };

	put_be16(&m[0], size);
	put_be32(&m[4], flow);
	put_be32(&m[8], seq);
	frame_octets(f, m, sizeof(m));
}

#endif
