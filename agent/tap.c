/* SPDX-License-Identifier: BSD-3-Clause */
/* dnstap: resolvers that connect, or stored streams; observations out. */
#include "agent/tap.h"

#include <errno.h>
#include <ev.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/tapconn.h"
#include "agent/tapfile.h"
#include "base/log.h"
#include "base/proc.h"

#define BURST 64 /* connections accepted before others have a turn */

struct tap;

struct listener {
	struct tap *tap;
	struct taplisten l;
	ev_io io;
};

struct tap {
	const struct tap_conf *conf;
	struct tapsink sink;
	struct ev_loop *loop;
	struct tapfile *files;
	struct listener *listener;
	size_t n_listeners;
	LIST_HEAD(, tapconn) conns;
	unsigned int n_conns;
	ev_prepare prepare;
};

static int
open_sink(struct tap *t)
{
	struct dnsobs_conf c = { .old = t->conf->old,
		.dup = t->conf->dup,
		.dup_ns = t->conf->dup_ns };

	if (proc_hash_key(&c.key) == 0 && tapsink_open(&t->sink, &c) == 0)
		return 0;
	log_error("dnstap");
	return -1;
}

static int
open_listeners(struct tap *t)
{
	const struct tap_conf *c = t->conf;

	t->listener = calloc(c->n_where + 1, sizeof(*t->listener));
	if (t->listener == NULL) {
		log_error("dnstap");
		return -1;
	}
	for (; t->n_listeners < c->n_where; t->n_listeners++) {
		struct listener *l = &t->listener[t->n_listeners];

		l->tap = t;
		if (taplisten_open(&l->l, c->where[t->n_listeners], &c->perm) <
		    0)
			return -1;
	}
	return 0;
}

struct tap *
tap_open(const struct tap_conf *conf, struct count *count, tapsink_fn *emit,
    void *arg)
{
	struct tap *t = calloc(1, sizeof(*t));

	if (t == NULL) {
		log_error("dnstap");
		return NULL;
	}
	t->conf = conf;
	t->sink = (struct tapsink){ .count = count, .emit = emit, .arg = arg };
	LIST_INIT(&t->conns);
	if (open_sink(t) == 0 && open_listeners(t) == 0) {
		if (conf->n_files == 0)
			return t;
		t->files = tapfile_open(
		    conf->file, conf->n_files, conf->frame_max, &t->sink);
		if (t->files != NULL)
			return t;
	}
	tap_close(t);
	return NULL;
}

static void
add(struct listener *l, int fd, const struct net_addr *addr)
{
	struct tap *t = l->tap;
	char name[NET_NAME_MAX];
	const char *who =
	    addr->ss.ss_family == AF_UNIX ? l->l.l.path : net_name(name, addr);
	struct tapconn *c = NULL;

	if (t->n_conns < t->conf->max_conns)
		c = tapconn_new(t->loop, &t->sink, fd, t->conf->frame_max, who);
	if (c == NULL) {
		t->sink.count->tap_refused++;
		tapsink_warn(
		    &t->sink, "%s: refused, %u are connected", who, t->n_conns);
		(void)close(fd);
		return;
	}
	t->sink.count->tap_accepted++;
	t->n_conns++;
	LIST_INSERT_HEAD(&t->conns, c, link);
}

/* Out of descriptors, the listener rests until the next tick. */
static void
on_accept(struct ev_loop *loop, ev_io *w, int revents)
{
	struct listener *l = w->data;
	struct net_addr addr;
	int fd;

	(void)revents;
	for (int i = 0; i < BURST; i++) {
		if ((fd = net_accept(l->l.l.fd, &addr)) < 0)
			break;
		add(l, fd, &addr);
		errno = EAGAIN;
	}
	if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED)
		return;
	tapsink_warn(
	    &l->tap->sink, "%s: accept: %s", l->l.name, strerrordesc_np(errno));
	ev_io_stop(loop, w);
}

/* Before the loop sleeps: forget who is gone. */
static void
on_prepare(struct ev_loop *loop, ev_prepare *w, int revents)
{
	struct tap *t = w->data;
	struct tapconn *c, *next;

	(void)loop;
	(void)revents;
	for (c = LIST_FIRST(&t->conns); c != NULL; c = next) {
		next = LIST_NEXT(c, link);
		if (!tapconn_over(c))
			continue;
		LIST_REMOVE(c, link);
		tapconn_free(c);
		t->n_conns--;
	}
}

void
tap_start(struct tap *t, struct ev_loop *loop, struct meterlog *meters)
{
	t->sink.meters = meters;
	t->loop = loop;
	ev_prepare_init(&t->prepare, on_prepare);
	t->prepare.data = t;
	ev_prepare_start(loop, &t->prepare);
	for (size_t i = 0; i < t->n_listeners; i++) {
		struct listener *l = &t->listener[i];

		ev_io_init(&l->io, on_accept, l->l.l.fd, EV_READ);
		l->io.data = l;
		ev_io_start(loop, &l->io);
	}
}

void
tap_tick(struct tap *t)
{
	if (t->loop == NULL)
		return;
	for (size_t i = 0; i < t->n_listeners; i++)
		ev_io_start(t->loop, &t->listener[i].io);
	tapsink_alive(&t->sink, proc_wall());
}

int
tap_read(struct tap *t, unsigned int max)
{
	return t->files == NULL ? 0 : tapfile_read(t->files, max);
}

int
tap_peek(struct tap *t, wall_t *ret_time)
{
	return t->files == NULL ? 0 : tapfile_peek(t->files, ret_time);
}

static void
stop_listening(struct tap *t)
{
	for (size_t i = 0; i < t->n_listeners; i++) {
		if (t->loop != NULL)
			ev_io_stop(t->loop, &t->listener[i].io);
		taplisten_close(&t->listener[i].l);
	}
	t->n_listeners = 0;
}

void
tap_end(struct tap *t)
{
	struct tapconn *c;

	stop_listening(t);
	LIST_FOREACH(c, &t->conns, link)
		tapconn_end(c);
	if (t->files != NULL)
		tapfile_end(t->files);
}

void
tap_close(struct tap *t)
{
	struct tapconn *c;

	if (t == NULL)
		return;
	stop_listening(t);
	while ((c = LIST_FIRST(&t->conns)) != NULL) {
		LIST_REMOVE(c, link);
		tapconn_free(c);
	}
	if (t->loop != NULL)
		ev_prepare_stop(t->loop, &t->prepare);
	tapfile_close(t->files);
	tapsink_close(&t->sink);
	free(t->listener);
	free(t);
}
