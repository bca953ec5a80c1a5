/* SPDX-License-Identifier: BSD-3-Clause */
/* Where agents that dial are accepted. */
#include "collector/listen.h"

#include <errno.h>
#include <ev.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/lograte.h"
#include "base/proc.h"

#define BURST         64  /* connections accepted before others have a turn */
#define PAUSE_SECONDS 1.0 /* when descriptors ran out */
#define LINES_MAX     5   /* that tell of it, in a minute */

struct listen {
	struct ev_loop *loop;
	listen_fn *take;
	void *arg;
	int fd;
	uint16_t port;
	ev_io io;
	ev_timer pause;
	struct lograte rate;
};

/* Without a descriptor to give, the socket would stay ready for ever. */
static void
hold(struct listen *l)
{
	if (lograte_may(&l->rate, proc_mono()))
		log_warn("accept: pausing");
	ev_io_stop(l->loop, &l->io);
	ev_timer_set(&l->pause, PAUSE_SECONDS, 0.);
	ev_timer_start(l->loop, &l->pause);
}

static void
on_pause(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct listen *l = w->data;

	(void)revents;
	ev_io_start(loop, &l->io);
}

static void
on_io(struct ev_loop *loop, ev_io *w, int revents)
{
	struct listen *l = w->data;
	struct net_addr addr;

	(void)loop;
	(void)revents;
	for (int i = 0; i < BURST; i++) {
		const int fd = net_accept(l->fd, &addr);

		if (fd != -1) {
			l->take(l->arg, fd, &addr);
		} else if (errno == EMFILE || errno == ENFILE ||
			   errno == ENOBUFS || errno == ENOMEM) {
			hold(l);
			return;
		} else if (errno == EAGAIN) {
			return;
		}
	}
}

struct listen *
listen_open(struct ev_loop *loop, const char *text, listen_fn *take, void *arg)
{
	struct net_hostport hp;
	struct listen *l;

	if (net_parse(&hp, text, 0) != 0) {
		log_errorx("%s: not an address with a port", text);
		return NULL;
	}
	if ((l = calloc(1, sizeof(*l))) == NULL ||
	    (l->fd = net_listen(&hp, &l->port)) == -1) {
		log_error("cannot listen at %s", text);
		free(l);
		return NULL;
	}
	l->loop = loop;
	l->take = take;
	l->arg = arg;
	l->rate = (struct lograte){ .what = "accept", .max = LINES_MAX };
	ev_timer_init(&l->pause, on_pause, PAUSE_SECONDS, 0.);
	ev_io_init(&l->io, on_io, l->fd, EV_READ);
	l->io.data = l->pause.data = l;
	ev_io_start(loop, &l->io);
	return l;
}

uint16_t
listen_port(const struct listen *l)
{
	return l->port;
}

int
listen_fd(const struct listen *l)
{
	return l->fd;
}

void
listen_close(struct listen *l)
{
	if (l == NULL)
		return;
	ev_io_stop(l->loop, &l->io);
	ev_timer_stop(l->loop, &l->pause);
	close(l->fd);
	lograte_done(&l->rate);
	free(l);
}
