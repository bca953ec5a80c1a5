/* SPDX-License-Identifier: BSD-3-Clause */
/* One attempt after another to connect to an agent: its name, then a socket. */
#include "collector/dial.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define DIAL_SECONDS 10.0 /* for name and connection */

static void
failed(struct dial *d, const char *why)
{
	dial_end(d);
	d->done(d->arg, -1, why);
}

static void
on_io(struct ev_loop *loop, ev_io *w, int revents)
{
	struct dial *d = w->data;
	const int fd = d->fd;

	(void)loop;
	(void)revents;
	if (net_dial_result(fd) != 0) {
		failed(d, strerror(errno));
		return;
	}
	d->fd = -1;
	dial_end(d);
	d->done(d->arg, fd, NULL);
}

static void
on_timer(struct ev_loop *loop, ev_timer *w, int revents)
{
	(void)loop;
	(void)revents;
	failed(w->data, strerror(ETIMEDOUT));
}

static void
on_lookup(void *arg, const struct net_addr *addr, size_t n, const char *why)
{
	struct dial *d = arg;

	d->lookup = NULL;
	if (n > 0) {
		d->fd = net_dial(&addr[d->turn++ % n]);
		why = strerror(errno);
	}
	if (d->fd == -1) {
		failed(d, why);
		return;
	}
	ev_io_set(&d->io, d->fd, EV_WRITE);
	ev_io_start(d->loop, &d->io);
}

void
dial_init(struct dial *d, struct ev_loop *loop, const struct net_hostport *hp,
    dial_fn *done, void *arg)
{
	*d = (struct dial){
		.loop = loop, .hp = *hp, .done = done, .arg = arg, .fd = -1
	};
	ev_init(&d->io, on_io);
	ev_timer_init(&d->timer, on_timer, DIAL_SECONDS, 0.);
	d->io.data = d->timer.data = d;
}

void
dial_begin(struct dial *d)
{
	ev_timer_set(&d->timer, DIAL_SECONDS, 0.);
	ev_timer_start(d->loop, &d->timer);
	d->lookup = lookup_begin(d->loop, &d->hp, on_lookup, d);
	if (d->lookup == NULL)
		failed(d, strerror(errno));
}

void
dial_end(struct dial *d)
{
	ev_io_stop(d->loop, &d->io);
	ev_timer_stop(d->loop, &d->timer);
	if (d->lookup != NULL)
		lookup_cancel(d->lookup);
	d->lookup = NULL;
	if (d->fd != -1)
		close(d->fd);
	d->fd = -1;
}
