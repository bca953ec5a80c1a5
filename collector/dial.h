/* SPDX-License-Identifier: BSD-3-Clause */
/* One attempt after another to connect to an agent: its name, then a socket. */
#ifndef COLLECTOR_DIAL_H_
#define COLLECTOR_DIAL_H_

#include <ev.h>

#include "base/lookup.h"
#include "base/net.h"

/*
 * An attempt is over: ${fd} is connected, and belongs to who is told; or it is
 * -1, and ${why} says what was wrong.
 */
typedef void dial_fn(void *arg, int fd, const char *why);

struct dial {
	struct ev_loop *loop;
	struct net_hostport hp;
	dial_fn *done;
	void *arg;
	struct lookup *lookup;
	unsigned int turn; /* which of several addresses is next */
	int fd;            /* under way, or -1 */
	ev_io io;
	ev_timer timer;
};

/**
 * dial_init(d, loop, hp, done, arg):
 * Prepare ${d} for attempts to connect to ${hp} (copied).
 */
void dial_init(struct dial *d, struct ev_loop *loop,
    const struct net_hostport *hp, dial_fn *done, void *arg);

/**
 * dial_begin(d):
 * Make an attempt: ${done} will be called once, maybe before this returns.
 */
void dial_begin(struct dial *d);

/**
 * dial_end(d):
 * Leave off; no call follows.
 */
void dial_end(struct dial *d);

#endif
