/* SPDX-License-Identifier: BSD-3-Clause */
/* Links that Redis has, as far as we know: a bounded memory of hashes. */
#ifndef COLLECTOR_SINKKNOW_H_
#define COLLECTOR_SINKKNOW_H_

#include <stddef.h>
#include <stdint.h>

#include "wire/mono.h"

struct sinkknow_link {
	uint64_t hash;
	uint64_t appended; /* number of the APPEND we sent; 0: none */
	mono_t seen;       /* when it was last known to be there */
	uint32_t next;     /* of the same chain */
};

struct sinkknow;

/**
 * sinkknow_new(max):
 * Return an empty memory of at most ${max} links.  NULL with errno on failure.
 */
struct sinkknow *sinkknow_new(size_t max);

/**
 * sinkknow_find(k, hash):
 * Return the link with this hash, or NULL.
 */
struct sinkknow_link *sinkknow_find(const struct sinkknow *k, uint64_t hash);

/**
 * sinkknow_get(k, hash):
 * Return the link with this hash, which is made, in the place of the one made
 * ${max} links ago, if there is none.
 */
struct sinkknow_link *sinkknow_get(struct sinkknow *k, uint64_t hash);

/**
 * sinkknow_forget(k):
 * Forget all links.
 */
void sinkknow_forget(struct sinkknow *k);

/**
 * sinkknow_free(k):
 * Free ${k}; NULL is fine.
 */
void sinkknow_free(struct sinkknow *k);

#endif
