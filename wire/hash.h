/* SPDX-License-Identifier: BSD-3-Clause */
/* A keyed hash for tables that strangers can fill: multiply and fold. */
#ifndef WIRE_HASH_H_
#define WIRE_HASH_H_

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The secret of one process; fill it from getrandom(2) once. */
struct hash_key {
	uint64_t k[2];
};

static inline uint64_t
hash_fold(uint64_t a, uint64_t b)
{
	__extension__ typedef unsigned __int128 u128;
	const u128 m = (u128)a * b;

	return (uint64_t)m ^ (uint64_t)(m >> 64);
}

/**
 * hash_bytes(key, data, len):
 * Return a 64-bit hash of the ${len} octets at ${data} under the secret
 * ${key}.  Not for storage: it differs between byte orders.
 */
static inline uint64_t
hash_bytes(const struct hash_key *key, const void *data, size_t len)
{
	const unsigned char *p = data;
	uint64_t h = key->k[0] ^ len;
	uint64_t a;
	uint64_t b;

	for (; len > 16; len -= 16, p += 16) {
		memcpy(&a, p, 8);
		memcpy(&b, p + 8, 8);
		h = hash_fold(a ^ key->k[1], b ^ h);
	}
	a = b = 0;
	if (len >= 8) {
		memcpy(&a, p, 8);
		memcpy(&b, p + len - 8, 8);
	} else if (len > 0) {
		memcpy(&a, p, len);
	}
	return hash_fold(a ^ key->k[1], b ^ h) ^ key->k[0];
}

#endif
