/* SPDX-License-Identifier: BSD-3-Clause */
/* Where the octets of a spool lie: put at the end, dropped from the front. */
#ifndef AGENT_SPOOLSTORE_H_
#define AGENT_SPOOLSTORE_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/spoolpos.h"

struct spoolstore;

struct spoolstore_type {
	/*
	 * Put ${len} octets, a whole frame, behind the others.  Where .drop may
	 * cut later, ${begin} is the place in the stream, else NULL.  Returns
	 * false with errno when it cannot: then nothing was put.
	 */
	bool (*put)(struct spoolstore *s, const void *data, size_t len,
	    const struct spoolpos *begin);
	/*
	 * Copy up to ${len} octets from ${off} on.  Returns how many there are
	 * until the next hole, 0 with errno when they cannot be read.
	 */
	size_t (*get)(
	    struct spoolstore *s, uint64_t off, void *dst, size_t len);
	/* Return the least octet up to which .drop can drop, if any. */
	uint64_t (*unit)(const struct spoolstore *s);
	/* Drop what lies before ${to}, or a part of that. */
	void (*drop)(struct spoolstore *s, uint64_t to);
	void (*close)(struct spoolstore *s);
};

/* First member of each kind of store. */
struct spoolstore {
	const struct spoolstore_type *type;
	uint64_t first, end; /* octets that are there, counted since ever */
};

#endif
