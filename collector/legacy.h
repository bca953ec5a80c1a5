/* SPDX-License-Identifier: BSD-3-Clause */
/* The old stream: records of 28 octets, however the reads cut them. */
#ifndef COLLECTOR_LEGACY_H_
#define COLLECTOR_LEGACY_H_

#include <stddef.h>
#include <stdint.h>

#include "wire/obs.h"
#include "wire/rec28.h"

struct legacy {
	uint8_t rest[REC28_LEN]; /* the begin of a record that a read cut */
	size_t n;                /* octets in it */
	uint64_t next;           /* number of the next packet */
};

/* ${n} packets numbered from ${first}, or one host observation. */
typedef void legacy_fn(
    void *arg, uint64_t first, const struct obs *o, size_t n);

/**
 * legacy_init(l, first):
 * Make ${l} a reader at the start of a stream whose packets are numbered from
 * ${first} on (the format has no numbers of its own).
 */
void legacy_init(struct legacy *l, uint64_t first);

/**
 * legacy_feed(l, buf, len, emit, arg):
 * Take all ${len} octets at ${buf} and give the records that are whole to
 * ${emit}(${arg}, .).  Returns 0, or -1 when these can be no records; what
 * came before was given out then, and ${l} must not be fed again.
 */
int legacy_feed(struct legacy *l, const uint8_t *buf, size_t len,
    legacy_fn *emit, void *arg);

#endif
