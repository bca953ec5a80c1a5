/* SPDX-License-Identifier: BSD-3-Clause */
/* One address where datagrams are received, in bursts, with their times. */
#include "collector/dnssock.h"

#include <errno.h>
#include <ev.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "base/proc.h"
#include "base/udp.h"
#include "collector/timing.h"

#define BATCH        32    /* datagrams of one system call */
#define BATCHES      16    /* before others have a turn */
#define DATAGRAM_MAX 65536 /* no datagram is longer */
#define CONTROL_MAX  128
#define STOP_ROUNDS  64 /* at the end, of BATCHES: traffic may never pause */

struct dnssock {
	struct ev_loop *loop;
	struct dnssock_conf conf;
	dnssock_fn *take;
	void *arg;
	struct meterlog *meters;
	struct dnssock_count count;
	int fd;
	uint32_t overflow; /* the system's count of its drops */
	ev_io io;
	struct mmsghdr msg[BATCH];
	struct iovec iov[BATCH];
	struct sockaddr_storage from[BATCH];
	_Alignas(struct cmsghdr) char control[BATCH][CONTROL_MAX];
	char data[BATCH][DATAGRAM_MAX]; /* mostly untouched */
};

/* When it arrived, and what the system dropped before it. */
static wall_t
read_control(struct dnssock *s, struct msghdr *h)
{
	wall_t when = { 0 };
	struct timespec ts;
	uint32_t n;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c != NULL;
	     c = CMSG_NXTHDR(h, c)) {
		if (c->cmsg_level != SOL_SOCKET)
			continue;
		if (c->cmsg_type == SO_RXQ_OVFL) {
			memcpy(&n, CMSG_DATA(c), sizeof(n));
			s->count.dropped += n - s->overflow;
			s->overflow = n;
		} else if (c->cmsg_type == SO_TIMESTAMPNS) {
			memcpy(&ts, CMSG_DATA(c), sizeof(ts));
			when = wall_make(ts.tv_sec, ts.tv_nsec);
		}
	}
	return when.ns == 0 ? proc_wall() : when;
}

static void
hand_over(struct dnssock *s, size_t i, mono_t now)
{
	struct msghdr *h = &s->msg[i].msg_hdr;
	struct dnssock_datagram d = { .from = { .ss = s->from[i],
					  .len = h->msg_namelen },
		.data = s->data[i],
		.len = s->msg[i].msg_len,
		.when = read_control(s, h),
		.now = now };

	s->count.datagrams++;
	if ((h->msg_flags & MSG_TRUNC) != 0) {
		s->count.truncated++;
	} else {
		s->take(s->arg, &d);
	}
}

/* Returns how many datagrams were taken, 0 when none waits. */
static size_t
receive(struct dnssock *s, mono_t now)
{
	int n;

	for (size_t i = 0; i < BATCH; i++) {
		s->msg[i].msg_hdr.msg_namelen = sizeof(s->from[i]);
		s->msg[i].msg_hdr.msg_controllen = CONTROL_MAX;
	}
	n = recvmmsg(s->fd, s->msg, BATCH, MSG_DONTWAIT, NULL);
	if (n < 0) {
		s->count.failed += errno != EAGAIN && errno != EINTR;
		return 0;
	}
	for (size_t i = 0; i < (size_t)n; i++)
		hand_over(s, i, now);
	return (size_t)n;
}

/* Returns whether there may be more. */
static bool
receive_all(struct dnssock *s)
{
	const mono_t from = proc_mono();
	size_t sum = 0;
	size_t n = BATCH;
	mono_t to;

	for (int i = 0; i < BATCHES && n == BATCH; i++) {
		n = receive(s, from);
		sum += n;
	}
	to = meterlog_now(s->meters);
	meterlog_batch(s->meters, TIMING_DATAGRAM, sum, from, to);
	meterlog_batch(s->meters, TIMING_CONSUME, sum > 0, from, to);
	return n == BATCH;
}

static void
on_io(struct ev_loop *loop, ev_io *w, int revents)
{
	(void)loop;
	(void)revents;
	(void)receive_all(w->data);
}

static void
set_on(int fd, int name)
{
	const int on = 1;

	(void)setsockopt(fd, SOL_SOCKET, name, &on, sizeof(on));
}

static int
open_socket(struct dnssock *s)
{
	const struct dnssock_conf *c = &s->conf;
	struct udp_iface i;
	struct net_addr a;
	const char *iface;
	const char *why;

	if (udp_addr(&a, c->text) != 0) {
		log_errorx(
		    "dns.listen: not an address with a port: %s", c->text);
		return -1;
	}
	iface = udp_is_group(&a) ? c->iface : NULL;
	if ((why = udp_check(&a, iface)) != NULL) {
		log_errorx("dns.listen: %s: %s", c->text, why);
		return -1;
	}
	if (iface != NULL && udp_iface(&i, iface) != 0) {
		log_error("dns.interface: %s", iface);
		return -1;
	}
	if ((s->fd = udp_listen(&a, iface == NULL ? NULL : &i)) < 0) {
		log_error("dns.listen: %s", c->text);
		return -1;
	}
	return 0;
}

/* One answer may make 4,000 datagrams, all at once. */
static void
set_room(struct dnssock *s)
{
	const size_t got = udp_room(s->fd, SO_RCVBUF, s->conf.room);

	if (got >= s->conf.room)
		return;
	log_warnx("dns.listen: %s: the system gives a receive buffer of %zu "
		  "octets, not %zu; see net.core.rmem_max",
	    s->conf.text, got, s->conf.room);
}

static void
set_vectors(struct dnssock *s)
{
	for (size_t i = 0; i < BATCH; i++) {
		s->iov[i].iov_base = s->data[i];
		s->iov[i].iov_len = DATAGRAM_MAX;
		s->msg[i].msg_hdr = (struct msghdr){ .msg_name = &s->from[i],
			.msg_iov = &s->iov[i],
			.msg_iovlen = 1,
			.msg_control = s->control[i] };
	}
}

struct dnssock *
dnssock_open(struct ev_loop *loop, const struct dnssock_conf *conf,
    dnssock_fn *take, void *arg)
{
	struct dnssock *s = calloc(1, sizeof(*s));

	if (s == NULL) {
		log_error("dns.listen: %s", conf->text);
		return NULL;
	}
	s->loop = loop;
	s->conf = *conf;
	s->take = take;
	s->arg = arg;
	s->fd = -1;
	if (open_socket(s) != 0) {
		free(s);
		return NULL;
	}
	set_on(s->fd, SO_RXQ_OVFL);
	set_on(s->fd, SO_TIMESTAMPNS);
	set_room(s);
	set_vectors(s);
	ev_io_init(&s->io, on_io, s->fd, EV_READ);
	s->io.data = s;
	return s;
}

void
dnssock_start(struct dnssock *s, struct meterlog *meters)
{
	s->meters = meters;
	ev_io_start(s->loop, &s->io);
}

static void
close_socket(struct dnssock *s)
{
	if (s->fd < 0)
		return;
	ev_io_stop(s->loop, &s->io);
	(void)close(s->fd);
	s->fd = -1;
}

void
dnssock_stop(struct dnssock *s)
{
	for (int i = 0; i < STOP_ROUNDS; i++) {
		if (s->fd < 0 || !receive_all(s))
			break;
	}
	close_socket(s);
}

const struct dnssock_count *
dnssock_count(const struct dnssock *s)
{
	return &s->count;
}

void
dnssock_free(struct dnssock *s)
{
	if (s == NULL)
		return;
	close_socket(s);
	free(s);
}
