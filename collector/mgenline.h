/* SPDX-License-Identifier: BSD-3-Clause */
/* Lines of MGEN's logs, and a heap that puts them in the order of time. */
#ifndef COLLECTOR_MGENLINE_H_
#define COLLECTOR_MGENLINE_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/mgentab.h"
#include "wire/mono.h"

#define MGENLINE_CONTINUES 0x01 /* flags: another part of the message follows */
#define MGENLINE_END       0x02 /* the last part of several */

enum mgenline_what { MGENLINE_SEND, MGENLINE_RECV };

struct mgenline {
	enum mgenline_what what;
	uint8_t flags; /* RECV */
	uint32_t seq;
	uint32_t size; /* octets of the message, or of this part of it */
	wall_t time;   /* SEND: the transmit time; RECV: of the last packet */
	wall_t tx;
	uint64_t serial; /* decides at equal times; the lower one is first */
	struct mgentab_key key;
};

/* Begins as zeroes. */
struct mgenline_heap {
	struct mgenline *line; /* the first one is the earliest */
	size_t n, cap;
};

/**
 * mgenline_grow(h):
 * Make room for another line, unless there is some.  Returns false without
 * memory.
 */
bool mgenline_grow(struct mgenline_heap *h);

/**
 * mgenline_put(h, line):
 * Copy ${line}, for which there is room.
 */
void mgenline_put(struct mgenline_heap *h, const struct mgenline *line);

/**
 * mgenline_take(h):
 * Take and return the earliest; ${h} must not be empty.
 */
struct mgenline mgenline_take(struct mgenline_heap *h);

#endif
