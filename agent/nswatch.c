/* SPDX-License-Identifier: BSD-3-Clause */
/* When to look for network namespaces again. */
#include "agent/nswatch.h"

#include <errno.h>
#include <ev.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "agent/nsfind.h"

#define SOON_MIN 0.01 /* seconds */
#define SOON_MAX 0.5
#define NEWS_MAX 4096

struct nswatch {
	int fd;
	struct ev_loop *loop;
	ev_io io;
	ev_timer tick, soon;
	double delay;
	nswatch_fn *fn;
	void *arg;
};

/* Once more does no harm, and it may be there, or be another one, by now. */
static void
watch_dir(const struct nswatch *w)
{
	(void)inotify_add_watch(
	    w->fd, NSFIND_DIR, IN_CREATE | IN_DELETE | IN_MOVE | IN_ONLYDIR);
}

struct nswatch *
nswatch_open(void)
{
	struct nswatch *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return NULL;
	w->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (w->fd < 0) {
		const int err = errno;

		free(w);
		errno = err;
		return NULL;
	}
	watch_dir(w);
	return w;
}

static void
look(struct nswatch *w, double delay)
{
	const bool again = w->fn(w->arg);

	ev_timer_stop(w->loop, &w->soon);
	if (!again || delay > SOON_MAX)
		return;
	w->delay = delay;
	ev_timer_set(&w->soon, delay, 0.);
	ev_timer_start(w->loop, &w->soon);
}

static void
on_tick(struct ev_loop *loop, ev_timer *t, int revents)
{
	struct nswatch *w = t->data;

	(void)loop;
	(void)revents;
	watch_dir(w);
	(void)w->fn(w->arg);
}

static void
on_soon(struct ev_loop *loop, ev_timer *t, int revents)
{
	struct nswatch *w = t->data;

	(void)loop;
	(void)revents;
	look(w, w->delay * 2);
}

/* Only that there is news matters. */
static void
on_news(struct ev_loop *loop, ev_io *io, int revents)
{
	struct nswatch *w = io->data;
	_Alignas(struct inotify_event) char news[NEWS_MAX];

	(void)loop;
	(void)revents;
	while (read(w->fd, news, sizeof(news)) > 0)
		;
	look(w, SOON_MIN);
}

void
nswatch_start(
    struct nswatch *w, struct ev_loop *loop, nswatch_fn *fn, void *arg)
{
	w->loop = loop;
	w->fn = fn;
	w->arg = arg;
	ev_io_init(&w->io, on_news, w->fd, EV_READ);
	ev_timer_init(&w->tick, on_tick, NSWATCH_S, NSWATCH_S);
	ev_timer_init(&w->soon, on_soon, 0., 0.);
	w->io.data = w->tick.data = w->soon.data = w;
	ev_io_start(loop, &w->io);
	ev_timer_start(loop, &w->tick);
}

void
nswatch_close(struct nswatch *w)
{
	if (w == NULL)
		return;
	if (w->loop != NULL) {
		ev_io_stop(w->loop, &w->io);
		ev_timer_stop(w->loop, &w->tick);
		ev_timer_stop(w->loop, &w->soon);
	}
	(void)close(w->fd);
	free(w);
}
