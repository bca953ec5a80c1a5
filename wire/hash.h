/* SPDX-License-Identifier: BSD-3-Clause */
/* A keyed hash for tables that strangers can fill: multiply and fold. */
#ifndef WIRE_HASH_H_
#define WIRE_HASH_H_

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>

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
 * hash_key_draw(ret_key):
 * Fill ${ret_key} from getrandom(2), or, while that has nothing to give soon
 * after a boot, with where memory lies.
 */
static inline void
hash_key_draw(struct hash_key *ret_key)
{
	const size_t n = sizeof(ret_key->k);

	if (getrandom(ret_key->k, n, GRND_NONBLOCK) == (ssize_t)n)
		return;
	ret_key->k[0] = (uint64_t)(uintptr_t)ret_key * 0x9e3779b97f4a7c15u;
	ret_key->k[1] = (uint64_t)(uintptr_t)&n * 0xbf58476d1ce4e5b9u;
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
