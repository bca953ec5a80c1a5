/* SPDX-License-Identifier: BSD-3-Clause */
/* Sequence numbers of one MGEN flow as they arrive at one place. */
#ifndef COLLECTOR_MGENSEQ_H_
#define COLLECTOR_MGENSEQ_H_

#include <stdbool.h>
#include <stdint.h>

#include "wire/mono.h"

#define MGENSEQ_WINDOW 32768 /* numbers behind the highest that are known */
#define MGENSEQ_JUMP   65536 /* a larger step needs a second witness */

struct mgenseq {
	bool parts; /* set by the user: numbers may come again, in parts */
	bool any;   /* a message came */
	bool holds; /* .held waits for a second witness */
	uint32_t restarts; /* the sender began anew so often */
	uint64_t closed;   /* messages sent in the runs before this one */
	int64_t high;      /* of this run; wraps are unrolled */
	int64_t low;       /* lowest one of the first run */
	wall_t tx;         /* transmit time of .high */
	wall_t old;        /* of the highest one of the run before */
	uint32_t held;
	wall_t held_tx;
	uint64_t seen[MGENSEQ_WINDOW / 64];
};

enum mgenseq_what {
	MGENSEQ_NEW,       /* the highest one so far */
	MGENSEQ_REORDERED, /* after a higher one, for the first time (RFC 4737) */
	MGENSEQ_REPEATED, /* came before (RFC 5560) */
	MGENSEQ_LATE, /* so far behind that it may have come before, or not */
	MGENSEQ_HELD  /* a large step: the next message tells what it is */
};

struct mgenseq_step {
	enum mgenseq_what what;
	uint64_t advance; /* messages sent that are known by this one */
	bool released;    /* the one held is new, and came before this one */
	bool stray;       /* the one held belongs to nothing */
	bool restarted;
};

/**
 * mgenseq_put(s, seq, tx):
 * The message ${seq}, sent at ${tx}, comes; ${s} begins as zeroes.  A sender
 * began anew when a number that is not higher has a later transmit time; else
 * numbers wrap after 2^32 - 1.  With ${s}->parts, the same number with a later
 * time is another part of a message, and not a new start: over TCP, MGEN splits
 * messages of more than 65535 octets.
 */
struct mgenseq_step mgenseq_put(struct mgenseq *s, uint32_t seq, wall_t tx);

/**
 * mgenseq_sent(s):
 * Return the messages sent: the highest number plus one, of every run.
 */
uint64_t mgenseq_sent(const struct mgenseq *s);

#endif
