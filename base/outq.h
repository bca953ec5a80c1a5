/* SPDX-License-Identifier: BSD-3-Clause */
/* Messages that wait for a file: where each ends, and what it holds. */
#ifndef BASE_OUTQ_H_
#define BASE_OUTQ_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rotate.h"

#define OUTQ_BUF         65536  /* octets that wait, ordinarily */
#define OUTQ_MESSAGE_MAX 524288 /* octets of one message */
#define OUTQ_MARKS       4096

/* Where messages end, and the records and numbered records in them. */
struct outq_mark {
	uint32_t end, records;
	struct rotate_range range;
};

struct outq {
	size_t used;
	size_t sent;          /* octets of .buf that were written */
	unsigned int n_marks; /* the last may stand for several messages */
	bool dropping;        /* the message under way goes to .spare */
	struct rotate_range number; /* of the message under way */
	struct outq_mark mark[OUTQ_MARKS];
	char buf[OUTQ_BUF + OUTQ_MESSAGE_MAX];
	char spare[OUTQ_MESSAGE_MAX];
};

/**
 * outq_room(q, len, limit):
 * Return a place for a message of up to ${len} octets.  What does not fit
 * below ${limit} octets in all goes to a place where it is dropped.
 */
char *outq_room(struct outq *q, size_t len, size_t limit);

/**
 * outq_commit(q, len, n):
 * The message at that place has ${len} octets and ${n} records, .number of
 * them numbered.  Returns how many of them are lost: all or none.
 */
unsigned int outq_commit(struct outq *q, size_t len, unsigned int n);

/**
 * outq_write(q, fd, patience_ms):
 * Write to ${fd} what it takes, waiting so long for room in a pipe.  Returns
 * 0 when that was all, or -1 with errno.
 */
int outq_write(struct outq *q, int fd, int patience_ms);

/**
 * outq_whole(q):
 * Return how many messages were written whole, as a sum: .end is the octets.
 */
struct outq_mark outq_whole(const struct outq *q);

/**
 * outq_all(q):
 * The same of all messages, written or not.
 */
struct outq_mark outq_all(const struct outq *q);

/**
 * outq_clear(q):
 * Forget all messages.
 */
void outq_clear(struct outq *q);

#endif
