/* SPDX-License-Identifier: BSD-3-Clause */
/* The Internet checksum (RFC 1071). */
#include "agent/fwdsum.h"

#include <string.h>

#include "wire/bytes.h"

/* One's complement addition: what overflows comes in again on the right. */
static inline uint64_t
plus(uint64_t a, uint64_t b)
{
	const uint64_t s = a + b;

	return s + (s < b);
}

/*
 * The sum does not depend on the byte order (RFC 1071 section 2), nor on how
 * many 16-bit words are added at a time.
 */
uint64_t
fwdsum_add(uint64_t sum, const uint8_t *data, size_t len)
{
	uint64_t other = 0;
	uint64_t last = 0;

	for (; len >= 32; len -= 32, data += 32) {
		sum = plus(sum, load64(data));
		other = plus(other, load64(data + 8));
		sum = plus(sum, load64(data + 16));
		other = plus(other, load64(data + 24));
	}
	for (; len >= 8; len -= 8, data += 8)
		sum = plus(sum, load64(data));
	if (len > 0)
		memcpy(&last, data, len);
	return plus(plus(sum, last), other);
}

uint64_t
fwdsum_word(uint64_t sum, uint16_t v)
{
	uint8_t octets[2];

	put_be16(octets, v);
	return fwdsum_add(sum, octets, sizeof(octets));
}

/* Down to 16 bits, in the order of this machine. */
static uint16_t
folded(uint64_t sum)
{
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

void
fwdsum_put(uint8_t dst[static 2], uint64_t sum)
{
	const uint16_t v = (uint16_t)~folded(sum);

	memcpy(dst, &v, sizeof(v));
}

void
fwdsum_put_udp(uint8_t dst[static 2], uint64_t sum)
{
	fwdsum_put(dst, sum);
	if (dst[0] == 0 && dst[1] == 0)
		dst[0] = dst[1] = 0xff;
}
