/* SPDX-License-Identifier: BSD-3-Clause */
/* A collector that the agent connects to, again and again. */
#include "agent/pubdial.h"

#include <errno.h>
#include <ev.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/lookup.h"

#define PORT       7073
#define WAIT_MIN_S 0.5
#define WAIT_MAX_S 10.0

struct pubdial {
	const char *text;
	struct net_hostport hp;
	pubdial_fn *done;
	void *arg;
	pubdial_addr_fn *dialled;
	void *dialled_arg;
	struct ev_loop *loop;
	struct lookup *lookup;
	struct net_addr addr;
	int fd; /* connecting */
	double wait;
	unsigned int attempts;
	bool stopped;
	bool told; /* the failure was logged */
	ev_io io;
	ev_timer timer;
};

static void
again(struct pubdial *d, const char *why)
{
	if (why != NULL && !d->told) {
		log_warnx("--dial %s: %s", d->text, why);
		d->told = true;
	}
	if (d->stopped)
		return;
	ev_timer_set(&d->timer, d->wait, 0);
	ev_timer_start(d->loop, &d->timer);
	d->wait = d->wait * 2 > WAIT_MAX_S ? WAIT_MAX_S : d->wait * 2;
}

static void
on_connected(struct ev_loop *loop, ev_io *w, int revents)
{
	struct pubdial *d = w->data;
	const int fd = d->fd;

	(void)revents;
	ev_io_stop(loop, w);
	d->fd = -1;
	if (net_dial_result(fd) < 0) {
		const char *why = strerrordesc_np(errno);

		close(fd);
		again(d, why);
	} else if (!d->done(d->arg, d, fd, &d->addr))
		again(d, "too many collectors");
}

/* One address an attempt, the next one the next time. */
static void
on_lookup(void *arg, const struct net_addr *addr, size_t n, const char *why)
{
	struct pubdial *d = arg;

	d->lookup = NULL;
	if (n == 0) {
		again(d, why);
		return;
	}
	d->addr = addr[d->attempts++ % n];
	if (d->dialled != NULL) {
		d->dialled(
		    d->dialled_arg, (const struct sockaddr *)&d->addr.ss);
	}
	if ((d->fd = net_dial(&d->addr)) < 0) {
		again(d, strerrordesc_np(errno));
		return;
	}
	ev_io_set(&d->io, d->fd, EV_WRITE);
	ev_io_start(d->loop, &d->io);
}

static void
on_timer(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct pubdial *d = w->data;

	(void)revents;
	d->lookup = lookup_begin(loop, &d->hp, on_lookup, d);
	if (d->lookup == NULL)
		again(d, strerrordesc_np(errno));
}

struct pubdial *
pubdial_new(const char *text, pubdial_fn *done, void *arg)
{
	struct pubdial *d = calloc(1, sizeof(*d));

	if (d == NULL) {
		log_error("--dial");
		return NULL;
	}
	*d = (struct pubdial){ .text = text,
		.done = done,
		.arg = arg,
		.fd = -1,
		.wait = WAIT_MIN_S };
	if (net_parse(&d->hp, text, PORT) < 0 || d->hp.host[0] == '\0') {
		log_errorx("--dial: bad address \"%s\"", text);
		free(d);
		return NULL;
	}
	ev_init(&d->timer, on_timer);
	ev_init(&d->io, on_connected);
	d->timer.data = d;
	d->io.data = d;
	return d;
}

void
pubdial_watch(struct pubdial *d, pubdial_addr_fn *dialled, void *arg)
{
	d->dialled = dialled;
	d->dialled_arg = arg;
}

const char *
pubdial_host(const struct pubdial *d)
{
	return d->hp.host;
}

void
pubdial_start(struct pubdial *d, struct ev_loop *loop)
{
	d->loop = loop;
	ev_timer_set(&d->timer, 0, 0);
	ev_timer_start(loop, &d->timer);
}

void
pubdial_closed(struct pubdial *d, bool worked)
{
	if (worked) {
		d->wait = WAIT_MIN_S;
		d->told = false;
	}
	again(d, NULL);
}

void
pubdial_stop(struct pubdial *d)
{
	d->stopped = true;
	if (d->loop == NULL)
		return;
	ev_timer_stop(d->loop, &d->timer);
	ev_io_stop(d->loop, &d->io);
	if (d->lookup != NULL)
		lookup_cancel(d->lookup);
	if (d->fd >= 0)
		close(d->fd);
	d->lookup = NULL;
	d->fd = -1;
}

void
pubdial_free(struct pubdial *d)
{
	if (d == NULL)
		return;
	pubdial_stop(d);
	free(d);
}
