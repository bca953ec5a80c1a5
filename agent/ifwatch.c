/* SPDX-License-Identifier: BSD-3-Clause */
/* The interfaces of a network namespace and its addresses, kept up to date. */
#include "agent/ifwatch.h"

#include <errno.h>
#include <ev.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/proc.h"

#define NEWS_MAX  32768 /* octets of a datagram: the kernel makes no larger */
#define SOON_MIN  0.01  /* seconds: changes within are told together, */
#define SOON_MAX  0.16  /* and so long when they go on and on */
#define TRIES     8     /* to read a list that does not change meanwhile */
#define ANSWER_S  2     /* the kernel answers at once, or not at all */
#define BURST     4096  /* datagrams before other watchers get their turn */
#define ROOM_MORE 16

struct table {
	size_t n, room;
	struct ifwatch_if *iface;
};

struct ifwatch {
	struct pktown own;
	struct table now, fresh; /* .fresh is being read */
	int fd;
	uint32_t seq;
	bool again; /* there was news meanwhile, or too much of it */
	bool torn;  /* what was read is of two moments */
	struct ev_loop *loop;
	ev_io io;
	ev_timer soon;
	double delay;   /* of .soon */
	ev_tstamp last; /* when it was read last */
	ifwatch_fn *fn;
	void *arg;
};

/* Of the one thread that has the loop, for all. */
static struct pktown fresh_own;
static uint8_t news[NEWS_MAX];

static int
subscribe(void)
{
	const struct sockaddr_nl sa = { .nl_family = AF_NETLINK,
		.nl_groups =
		    RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR };
	const struct timeval patience = { .tv_sec = ANSWER_S };
	const int fd =
	    socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd < 0)
		return -1;
	if (bind(fd, (const struct sockaddr *)&sa, sizeof(sa)) == 0 &&
	    setsockopt(
		fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) == 0)
		return fd;
	const int err = errno;
	(void)close(fd);
	errno = err;
	return -1;
}

static struct ifwatch_if *
find(const struct table *t, int index)
{
	for (size_t i = 0; i < t->n; i++) {
		if (t->iface[i].index == index)
			return &t->iface[i];
	}
	return NULL;
}

static int
add_link(struct ifwatch *w, const struct ifmsg *m)
{
	struct table *t = &w->fresh;

	if (t->n == IFWATCH_MAX)
		return 0;
	if (t->n == t->room) {
		struct ifwatch_if *more =
		    reallocarray(t->iface, t->room + ROOM_MORE, sizeof(*more));

		if (more == NULL)
			return -1;
		t->iface = more;
		t->room += ROOM_MORE;
	}
	struct ifwatch_if *i = &t->iface[t->n++];
	*i = (struct ifwatch_if){ .index = m->index,
		.up = m->up,
		.loopback = m->loopback,
		.has_mac = m->has_mac,
		.hwtype = m->hwtype,
		.missed = m->missed };
	memcpy(i->name, m->name, sizeof(i->name));
	memcpy(i->mac, m->mac, sizeof(i->mac));
	if (m->has_mac)
		pktown_add_mac(&fresh_own, m->mac);
	return 0;
}

static void
add_addr(struct ifwatch *w, const struct ifmsg *m)
{
	struct ifwatch_if *i = find(&w->fresh, m->index);
	uint8_t broadcast[16] = { 0 };

	pktown_add(&fresh_own, m->addr, false);
	if (m->has_broadcast) {
		memcpy(broadcast, m->broadcast, sizeof(m->broadcast));
		pktown_add(&fresh_own, broadcast, true);
	}
	if (i != NULL && m->ipver == 4 && !i->has_v4) {
		memcpy(i->v4, m->addr, sizeof(i->v4));
		i->has_v4 = true;
	}
}

static int
take(struct ifwatch *w, const struct ifmsg *m)
{
	struct ifwatch_if *i;

	if (m->kind == IFMSG_LINK)
		return add_link(w, m);
	if (m->kind == IFMSG_ADDR) {
		add_addr(w, m);
	} else if (m->kind == IFMSG_STATS) {
		if ((i = find(&w->now, m->index)) != NULL)
			i->missed = m->missed;
	}
	return 0;
}

/* Returns 1 at the end of what was asked for, 0 before, -1 with errno. */
static int
take_all(struct ifwatch *w, const uint8_t *buf, size_t len)
{
	struct ifmsg m;
	size_t n;

	for (; (n = ifmsg_get(&m, buf, len)) > 0; buf += n, len -= n) {
		if (m.seq != w->seq) {
			w->again = true;
			continue;
		}
		w->torn |= m.interrupted;
		if (m.kind == IFMSG_DONE)
			return 1;
		if (m.kind == IFMSG_ERROR) {
			errno = m.error;
			return -1;
		}
		if (take(w, &m) != 0)
			return -1;
	}
	return 0;
}

/*
 * Who is root in the namespace may send to us, too: what is not the kernel's
 * has no octets.
 */
static ssize_t
receive(const struct ifwatch *w)
{
	struct sockaddr_nl from = { .nl_pid = 0 };
	socklen_t len = sizeof(from);
	const ssize_t n = recvfrom(
	    w->fd, news, sizeof(news), 0, (struct sockaddr *)&from, &len);

	return n > 0 && from.nl_pid != 0 ? 0 : n;
}

/* Ask for all of ${kind}, and wait for it: it is there at once. */
static int
ask(struct ifwatch *w, enum ifmsg_kind kind)
{
	const int64_t end = proc_mono().ns + ANSWER_S * MONO_NS_PER_S;
	uint8_t question[IFMSG_REQUEST_MAX];
	size_t len;
	ssize_t n;
	int rc = 0;

	if (++w->seq == 0)
		w->seq = 1;
	len = ifmsg_request(question, kind, w->seq);
	if (send(w->fd, question, len, 0) != (ssize_t)len)
		return -1;
	while (rc == 0) {
		n = receive(w);
		if (n < 0 && errno == ENOBUFS) {
			w->again = true;
		} else if (n < 0 && errno != EINTR) {
			return -1;
		} else if (n > 0) {
			rc = take_all(w, news, (size_t)n);
		}
		/* Others may send without end. */
		if (rc == 0 && proc_mono().ns > end) {
			errno = ETIMEDOUT;
			return -1;
		}
	}
	return rc < 0 ? -1 : 0;
}

/* Read everything, as it was at one moment. */
static int
refresh(struct ifwatch *w)
{
	int i = 0;

	w->again = false;
	do {
		w->torn = false;
		w->fresh.n = 0;
		pktown_clear(&fresh_own);
		if (ask(w, IFMSG_LINK) != 0 || ask(w, IFMSG_ADDR) != 0)
			return -1;
	} while (w->torn && ++i < TRIES);
	w->again |= w->torn;
	const struct table was = w->now;
	w->now = w->fresh;
	w->fresh = was;
	w->own = fresh_own;
	return 0;
}

struct ifwatch *
ifwatch_open(void)
{
	struct ifwatch *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return NULL;
	w->fd = subscribe();
	if (w->fd < 0 || refresh(w) != 0) {
		const int err = errno;

		ifwatch_close(w);
		errno = err;
		return NULL;
	}
	return w;
}

static void
later(struct ifwatch *w)
{
	if (w->loop == NULL || ev_is_active(&w->soon))
		return;
	if (ev_now(w->loop) - w->last > 2 * SOON_MAX) {
		w->delay = SOON_MIN;
	} else if (w->delay < SOON_MAX) {
		w->delay *= 2;
	}
	ev_timer_set(&w->soon, w->delay, 0.);
	ev_timer_start(w->loop, &w->soon);
}

static void
on_soon(struct ev_loop *loop, ev_timer *t, int revents)
{
	struct ifwatch *w = t->data;

	(void)revents;
	w->last = ev_now(loop);
	const bool done = refresh(w) == 0;

	if (done)
		w->fn(w->arg);
	/* The news that told of it will not come again. */
	if (!done || w->again)
		later(w);
}

/* Only that there is news matters. */
static void
on_news(struct ev_loop *loop, ev_io *io, int revents)
{
	struct ifwatch *w = io->data;
	char octet;

	(void)loop;
	(void)revents;
	for (int i = 0; i < BURST; i++) {
		if (recv(w->fd, &octet, 1, MSG_DONTWAIT | MSG_TRUNC) < 0 &&
		    errno != ENOBUFS && errno != EINTR)
			break;
	}
	later(w);
}

void
ifwatch_start(
    struct ifwatch *w, struct ev_loop *loop, ifwatch_fn *fn, void *arg)
{
	w->loop = loop;
	w->delay = SOON_MIN;
	w->fn = fn;
	w->arg = arg;
	ev_io_init(&w->io, on_news, w->fd, EV_READ);
	ev_timer_init(&w->soon, on_soon, 0., 0.);
	w->io.data = w->soon.data = w;
	ev_io_start(loop, &w->io);
	if (w->again)
		later(w);
}

int
ifwatch_refresh(struct ifwatch *w)
{
	const int rc = refresh(w);

	/* Who is told of changes is to be told of these, too. */
	later(w);
	return rc;
}

const struct pktown *
ifwatch_own(const struct ifwatch *w)
{
	return &w->own;
}

const struct ifwatch_if *
ifwatch_at(const struct ifwatch *w, size_t i)
{
	return i < w->now.n ? &w->now.iface[i] : NULL;
}

const struct ifwatch_if *
ifwatch_index(const struct ifwatch *w, int index)
{
	return find(&w->now, index);
}

const struct ifwatch_if *
ifwatch_name(const struct ifwatch *w, const char *name)
{
	for (size_t i = 0; i < w->now.n; i++) {
		if (strcmp(w->now.iface[i].name, name) == 0)
			return &w->now.iface[i];
	}
	return NULL;
}

int
ifwatch_poll(struct ifwatch *w)
{
	w->again = false;
	if (ask(w, IFMSG_STATS) != 0)
		return -1;
	/* News that came in between is not in the socket any more. */
	if (w->again)
		later(w);
	return 0;
}

void
ifwatch_stop(struct ifwatch *w)
{
	if (w->loop == NULL)
		return;
	ev_io_stop(w->loop, &w->io);
	ev_timer_stop(w->loop, &w->soon);
	w->loop = NULL;
}

void
ifwatch_close(struct ifwatch *w)
{
	if (w == NULL)
		return;
	ifwatch_stop(w);
	if (w->fd >= 0)
		(void)close(w->fd);
	free(w->now.iface);
	free(w->fresh.iface);
	free(w);
}
