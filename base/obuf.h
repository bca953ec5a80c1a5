/* SPDX-License-Identifier: BSD-3-Clause */
/* A bounded queue of octets between whole messages and a slow socket. */
#ifndef BASE_OBUF_H_
#define BASE_OBUF_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct obuf {
	uint8_t *data; /* a ring that grows by doubling up to .limit */
	size_t size, head, used;
	size_t limit;
};

/**
 * obuf_init(b, limit):
 * Make ${b} an empty queue that never holds more than ${limit} octets.
 */
void obuf_init(struct obuf *b, size_t limit);

/**
 * obuf_put(b, data, len):
 * Queue all ${len} octets (copied), or none.  Returns whether they fitted.
 */
bool obuf_put(struct obuf *b, const void *data, size_t len);

/**
 * obuf_send(b, fd):
 * Write what ${fd} takes now.  Returns the octets written, 0 when it would
 * block or nothing is queued, -1 with errno when the descriptor failed.
 */
ptrdiff_t obuf_send(struct obuf *b, int fd);

/**
 * obuf_copy(b, at, dst, len):
 * Copy the ${len} octets that follow the first ${at} ones to ${dst}; all of
 * them must be queued.
 */
void obuf_copy(const struct obuf *b, size_t at, void *dst, size_t len);

/**
 * obuf_peek(b, ret_at):
 * Return how many octets may be read at ${ret_at}, the first of the queue; 0
 * when it is empty.  Others may follow after obuf_drop.
 */
size_t obuf_peek(const struct obuf *b, const uint8_t **ret_at);

/**
 * obuf_drop(b, len):
 * Forget the first ${len} octets, at most all.  Gives memory back when little
 * of it is left in use.
 */
void obuf_drop(struct obuf *b, size_t len);

size_t obuf_used(const struct obuf *b);

/**
 * obuf_done(b):
 * Free the memory and what is queued.
 */
void obuf_done(struct obuf *b);

#endif
