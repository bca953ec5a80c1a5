/* SPDX-License-Identifier: BSD-3-Clause */
/* Numbers and addresses as text, fast; all output without a final 0. */
#include "wire/text.h"

#include <string.h>

#include "wire/bytes.h"

static const char pairs[] = "00010203040506070809"
			    "10111213141516171819"
			    "20212223242526272829"
			    "30313233343536373839"
			    "40414243444546474849"
			    "50515253545556575859"
			    "60616263646566676869"
			    "70717273747576777879"
			    "80818283848586878889"
			    "90919293949596979899";

static inline char *
pair(char *p, uint32_t v)
{
	memcpy(p, &pairs[(size_t)2 * v], 2);
	return p + 2;
}

/* One to four digits, no leading 0. */
static inline char *
small(char *p, uint32_t v)
{
	if (v < 10) {
		*p = (char)('0' + v);
		return p + 1;
	}
	if (v < 100)
		return pair(p, v);
	p = small(p, v / 100);
	return pair(p, v % 100);
}

static inline char *
four(char *p, uint32_t v)
{
	return pair(pair(p, v / 100), v % 100);
}

static inline char *
eight(char *p, uint32_t v)
{
	return four(four(p, v / 10000), v % 10000);
}

static char *
u32(char *p, uint32_t v)
{
	if (v < 10000)
		return small(p, v);
	if (v < 100000000)
		return four(small(p, v / 10000), v % 10000);
	return eight(small(p, v / 100000000), v % 100000000);
}

char *
text_u64(char *p, uint64_t v)
{
	if (v <= UINT32_MAX)
		return u32(p, (uint32_t)v);
	p = text_u64(p, v / 100000000);
	return eight(p, (uint32_t)(v % 100000000));
}

char *
text_v4(char *p, const uint8_t addr[static 4])
{
	p = small(p, addr[0]);
	*p++ = '.';
	p = small(p, addr[1]);
	*p++ = '.';
	p = small(p, addr[2]);
	*p++ = '.';
	return small(p, addr[3]);
}

static char *
hex(char *p, unsigned int v)
{
	static const char digit[] = "0123456789abcdef";

	if (v > 0xfff)
		*p++ = digit[v >> 12];
	if (v > 0xff)
		*p++ = digit[v >> 8 & 15];
	if (v > 0xf)
		*p++ = digit[v >> 4 & 15];
	*p++ = digit[v & 15];
	return p;
}

/* Find the first longest run of at least two zero groups; length 0: none. */
static unsigned int
zero_run(const uint8_t addr[static 16], unsigned int *ret_at)
{
	unsigned int best = 1;
	unsigned int run = 0;

	*ret_at = 8;
	for (unsigned int i = 0; i < 8; i++) {
		run = get_be16(&addr[(size_t)2 * i]) == 0 ? run + 1 : 0;
		if (run > best) {
			best = run;
			*ret_at = i + 1 - run;
		}
	}
	return best > 1 ? best : 0;
}

char *
text_v6_hex(char *p, const uint8_t addr[static 16])
{
	unsigned int at;
	const unsigned int run = zero_run(addr, &at);

	for (unsigned int i = 0; i < 8; i++) {
		if (run > 0 && i == at) {
			*p++ = ':';
			i += run - 1;
			if (i == 7)
				*p++ = ':';
			continue;
		}
		if (i > 0)
			*p++ = ':';
		p = hex(p, get_be16(&addr[(size_t)2 * i]));
	}
	return p;
}

char *
text_v6(char *p, const uint8_t addr[static 16])
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (memcmp(addr, mapped, sizeof(mapped)) == 0)
		return text_v4(mempcpy(p, "::ffff:", 7), &addr[12]);
	return text_v6_hex(p, addr);
}

char *
text_time(char *p, wall_t time)
{
	int64_t us = time.ns / MONO_NS_PER_US;
	uint64_t abs;
	uint32_t frac;

	if (time.ns < 0) {
		us -= us * MONO_NS_PER_US != time.ns;
		*p++ = '-';
	}
	abs = us < 0 ? -(uint64_t)us : (uint64_t)us;
	frac = (uint32_t)(abs % 1000000);
	p = text_u64(p, abs / 1000000);
	*p++ = '.';
	p = pair(p, frac / 10000);
	return four(p, frac % 10000);
}
