/* SPDX-License-Identifier: BSD-3-Clause */
/* What is between a connection and its first HELLO: TLS, or none. */
#include "collector/shake.h"

#include <errno.h>

/*
 * An agent with TLS speaks right after it connected, one without waits for
 * us, and takes us for an old collector after 0.5 s.
 */
#define FIRST_SECONDS 0.25

static void
over(struct shake *s, bool ok)
{
	const int err = errno;

	shake_end(s);
	errno = err;
	s->done(s->arg, ok);
}

static void
set_timer(struct shake *s, double seconds)
{
	ev_timer_stop(s->loop, &s->timer);
	ev_timer_set(&s->timer, seconds, 0.);
	ev_timer_start(s->loop, &s->timer);
}

static void
go_on(struct shake *s)
{
	const enum conn_stage was = s->conn->stage;

	if (conn_handshake(s->conn) == 0) {
		over(s, true);
		return;
	}
	if (errno != EAGAIN) {
		over(s, false);
		return;
	}
	if (s->conn->stage != was)
		set_timer(s, CONN_SHAKE_S);
	ev_io_stop(s->loop, &s->io);
	ev_io_set(&s->io, s->conn->fd, conn_poll(s->conn, true, false));
	ev_io_start(s->loop, &s->io);
}

static void
on_io(struct ev_loop *loop, ev_io *w, int revents)
{
	(void)loop;
	(void)revents;
	go_on(w->data);
}

static void
on_timer(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct shake *s = w->data;

	(void)loop;
	(void)revents;
	if (s->conn->stage == CONN_FIRST && !s->conn->required) {
		conn_settle(s->conn);
		over(s, true);
		return;
	}
	conn_expire(s->conn);
	errno = ETIMEDOUT;
	over(s, false);
}

void
shake_init(struct shake *s, struct ev_loop *loop, struct conn *conn,
    shake_fn *done, void *arg)
{
	*s = (struct shake){
		.loop = loop, .conn = conn, .done = done, .arg = arg
	};
	ev_init(&s->io, on_io);
	ev_init(&s->timer, on_timer);
	s->io.data = s->timer.data = s;
}

void
shake_begin(struct shake *s)
{
	const bool maybe = s->conn->stage == CONN_FIRST && !s->conn->required;

	set_timer(s, maybe ? FIRST_SECONDS : CONN_SHAKE_S);
	go_on(s);
}

void
shake_end(struct shake *s)
{
	ev_io_stop(s->loop, &s->io);
	ev_timer_stop(s->loop, &s->timer);
}
