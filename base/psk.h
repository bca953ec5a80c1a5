/* SPDX-License-Identifier: BSD-3-Clause */
/* Pre-shared keys of TLS 1.3, from a file that nobody else can read. */
#ifndef BASE_PSK_H_
#define BASE_PSK_H_

#include <stddef.h>
#include <stdint.h>

#define PSK_IDENTITY_MAX 128  /* octets of a name */
#define PSK_KEY_MIN      16   /* octets of a key */
#define PSK_KEY_MAX      64   /* the same, at most */
#define PSK_MAX          4096 /* keys in a file */

struct psk_key {
	char identity[PSK_IDENTITY_MAX + 1];
	size_t len; /* octets of .key */
	uint8_t key[PSK_KEY_MAX];
};

struct psk;

/**
 * psk_load(path):
 * Return the keys in the file ${path}, in its order: lines IDENTITY:HEXKEY,
 * empty ones, and comments that begin with #.  An identity is printable ASCII
 * without blanks, no two alike.  Returns NULL after a message that names file
 * and line, never a key; so it does when group or others have any right.
 */
struct psk *psk_load(const char *path);

/**
 * psk_find(p, identity, len):
 * Return the key of the ${len} octets ${identity}, or NULL; it is valid until
 * psk_free.
 */
const struct psk_key *psk_find(
    const struct psk *p, const void *identity, size_t len);

/**
 * psk_first(p):
 * Return the first key of the file.
 */
const struct psk_key *psk_first(const struct psk *p);

/**
 * psk_free(p):
 * Overwrite and free all keys; NULL is fine.
 */
void psk_free(struct psk *p);

#endif
