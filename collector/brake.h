/* SPDX-License-Identifier: BSD-3-Clause */
/* Pauses in reading from an agent that sends more records than it may. */
#ifndef COLLECTOR_BRAKE_H_
#define COLLECTOR_BRAKE_H_

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

#include "collector/ratecap.h"
#include "collector/session.h"

/* A pause is over. */
typedef void brake_fn(void *arg);

struct brake {
	struct ev_loop *loop;
	brake_fn *over;
	void *arg;
	struct session *sess; /* borrowed, between brake_begin and brake_end */
	struct ratecap cap;
	uint64_t counted; /* records of the session, against the cap */
	bool on;          /* nothing should be read */
	mono_t since;     /* up to here the ledger knows of the pause */
	ev_timer timer;   /* its end */
};

/**
 * brake_init(b, loop, over, arg):
 * Make ${b} idle; ${over}(${arg}) will be called when a pause ends by itself.
 */
void brake_init(
    struct brake *b, struct ev_loop *loop, brake_fn *over, void *arg);

/**
 * brake_begin(b, sess, max):
 * Watch ${sess}, which may bring ${max} records a second; 0: any number.
 */
void brake_begin(struct brake *b, struct session *sess, uint64_t max);

/**
 * brake_check(b):
 * Something was read: a pause begins if that was enough.
 */
void brake_check(struct brake *b);

/**
 * brake_tick(b):
 * Tell the ledger of the pause so far, and the session that nobody listened.
 */
void brake_tick(struct brake *b);

/**
 * brake_end(b):
 * Watch no more; a pause ends.
 */
void brake_end(struct brake *b);

#endif
