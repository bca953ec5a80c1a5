/* SPDX-License-Identifier: BSD-3-Clause */
/* What is between a connection and its first HELLO: TLS, or none. */
#ifndef COLLECTOR_SHAKE_H_
#define COLLECTOR_SHAKE_H_

#include <ev.h>
#include <stdbool.h>

#include "base/conn.h"

/* It is over; ${ok}: the connection is secure, or plain and may be so. */
typedef void shake_fn(void *arg, bool ok);

struct shake {
	struct ev_loop *loop;
	struct conn *conn;
	shake_fn *done;
	void *arg;
	ev_io io;
	ev_timer timer;
};

/**
 * shake_init(s, loop, conn, done, arg):
 * Prepare ${s} for the connections that ${conn} will be, one by one.
 */
void shake_init(struct shake *s, struct ev_loop *loop, struct conn *conn,
    shake_fn *done, void *arg);

/**
 * shake_begin(s):
 * Shake hands, for CONN_SHAKE_S at most.  An agent that dialled in and says
 * nothing for a moment is plain.  The done function is called once, maybe
 * before this returns; when it failed, with errno or conn_why.
 */
void shake_begin(struct shake *s);

/**
 * shake_end(s):
 * Leave off; no call follows.
 */
void shake_end(struct shake *s);

#endif
