/* SPDX-License-Identifier: BSD-3-Clause */
/* Outer packets to the monitor, many with one system call. */
#include "agent/fwdsend.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "agent/fwdpool.h"
#include "base/log.h"
#include "base/udp.h"

#define BATCH  64
#define ARENA  (1u << 19) /* octets of a batch */
#define SNDBUF (4u << 20)

struct fwdsend {
	const struct fwdsend_conf *conf;
	int probe; /* connected: knows our address, and the MTU */
	int raw;   /* -1: the pool sends */
	struct fwdpool *pool;
	size_t mtu;
	bool broken; /* a fragment of the packet at hand was not sent */
	size_t n;
	size_t used; /* of the arena */
	struct fwdout_pkt pkt[BATCH];
	struct mmsghdr msg[BATCH];
	struct iovec part[BATCH];
	uint8_t arena[ARENA];
};

static void
read_mtu(struct fwdsend *s)
{
	const bool v4 = s->conf->to.ss.ss_family == AF_INET;
	int mtu = 0;
	socklen_t len = sizeof(mtu);

	if (getsockopt(s->probe, v4 ? IPPROTO_IP : IPPROTO_IPV6,
		v4 ? IP_MTU : IPV6_MTU, &mtu, &len) == 0 &&
	    mtu > 0)
		s->mtu = (size_t)mtu;
}

/*
 * A socket for packets with our own IP header.  It receives nothing, as no
 * protocol has its number; the kernel does not fragment for it.
 */
static int
open_raw(const struct net_addr *to)
{
	struct net_addr at = *to;
	struct sockaddr_in6 v6;
	const int fd =
	    socket(to->ss.ss_family, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);

	if (fd < 0)
		return -1;
	if (to->ss.ss_family == AF_INET6) {
		/* Here a port would be a protocol. */
		memcpy(&v6, &to->ss, sizeof(v6));
		v6.sin6_port = 0;
		memcpy(&at.ss, &v6, sizeof(v6));
	}
	if (connect(fd, (const struct sockaddr *)&at.ss, at.len) != 0) {
		(void)close(fd);
		return -1;
	}
	(void)udp_room(fd, SO_SNDBUF, SNDBUF);
	return fd;
}

static int
send_close(void *out)
{
	struct fwdsend *s = out;

	if (s == NULL)
		return 0;
	if (s->probe >= 0)
		(void)close(s->probe);
	if (s->raw >= 0)
		(void)close(s->raw);
	fwdpool_free(s->pool);
	free(s);
	return 0;
}

struct fwdsend *
fwdsend_open(const struct fwdsend_conf *conf)
{
	struct fwdsend *s = calloc(1, sizeof(*s));
	int err;

	if (s == NULL)
		return NULL;
	s->conf = conf;
	s->raw = -1;
	for (size_t i = 0; i < BATCH; i++) {
		s->msg[i].msg_hdr.msg_iov = &s->part[i];
		s->msg[i].msg_hdr.msg_iovlen = 1;
	}
	if ((s->probe = udp_dial(&conf->to, NULL)) >= 0) {
		read_mtu(s);
		s->raw = open_raw(&conf->to);
		if (s->raw >= 0 || (s->pool = fwdpool_new(&conf->to)) != NULL)
			return s;
	}
	err = errno;
	(void)send_close(s);
	errno = err;
	return NULL;
}

bool
fwdsend_raw(const struct fwdsend *s)
{
	return s->raw >= 0;
}

struct net_addr
fwdsend_source(const struct fwdsend *s)
{
	struct net_addr a = { .len = sizeof(a.ss) };

	(void)getsockname(s->probe, (struct sockaddr *)&a.ss, &a.len);
	return a;
}

static void
settle(struct fwdsend *s, const struct fwdout_pkt *p)
{
	struct fwdcount *c = s->conf->count;

	if (!p->last)
		return;
	if (s->broken) {
		c->packets_not_sent++;
	} else {
		c->packets_sent++;
		c->octets_sent += p->octets;
	}
	s->broken = false;
}

static void
fail(struct fwdsend *s, const struct fwdout_pkt *p, int err)
{
	fwdcount_error(s->conf->count, err);
	/* A packet that is too long for the path tells that it has changed. */
	if (err == EMSGSIZE)
		read_mtu(s);
	s->broken = true;
	settle(s, p);
}

/* Sending was told to stop: none of these goes out. */
static void
fail_all(struct fwdsend *s, const struct fwdout_pkt *pkt, size_t n)
{
	for (size_t i = 0; i < n; i++)
		fail(s, &pkt[i], EINTR);
}

/* Send ${n} datagrams through ${fd}; one that fails does not stop the rest. */
static void
push(struct fwdsend *s, int fd, struct mmsghdr *msg,
    const struct fwdout_pkt *pkt, size_t n)
{
	bool refused = false;

	for (size_t i = 0; i < n;) {
		const int k =
		    fd < 0 ? -1
			   : sendmmsg(fd, &msg[i], (unsigned int)(n - i), 0);

		if (k < 0 && errno == EINTR) {
			if (*s->conf->stop == 0)
				continue;
			fail_all(s, &pkt[i], n - i);
			return;
		}
		if (k < 0 && errno == ECONNREFUSED && !refused) {
			/* An answer to an earlier one: this was not sent. */
			fwdcount_error(s->conf->count, errno);
			refused = true;
			continue;
		}
		refused = false;
		if (k < 0)
			fail(s, &pkt[i++], errno);
		for (int j = 0; j < k; j++)
			settle(s, &pkt[i++]);
	}
}

/* Each socket sends its packets at once, in their order. */
static void
push_pool(struct fwdsend *s)
{
	struct mmsghdr msg[BATCH];
	struct fwdout_pkt pkt[BATCH];
	unsigned int slot[BATCH];
	bool done[BATCH] = { false };

	for (size_t i = 0; i < s->n; i++)
		slot[i] = fwdpool_slot(s->pool, s->pkt[i].port);
	for (size_t i = 0; i < s->n; i++) {
		size_t n = 0;

		if (done[i])
			continue;
		for (size_t k = i; k < s->n; k++) {
			if (slot[k] != slot[i])
				continue;
			msg[n] = s->msg[k];
			pkt[n++] = s->pkt[k];
			done[k] = true;
		}
		push(s, fwdpool_fd(s->pool, slot[i], pkt[0].port), msg, pkt, n);
	}
}

static int
send_flush(void *out)
{
	struct fwdsend *s = out;

	if (s->n > 0 && s->raw >= 0) {
		push(s, s->raw, s->msg, s->pkt, s->n);
	} else if (s->n > 0) {
		push_pool(s);
	}
	s->n = s->used = 0;
	return 0;
}

static uint8_t *
send_room(void *out, size_t n)
{
	struct fwdsend *s = out;

	if (n > ARENA - s->used || s->n == BATCH)
		(void)send_flush(s);
	return n <= ARENA ? s->arena + s->used : NULL;
}

static int
send_add(void *out, const struct fwdout_pkt *p)
{
	struct fwdsend *s = out;

	s->pkt[s->n] = *p;
	s->part[s->n].iov_base = s->arena + s->used;
	s->part[s->n].iov_len = p->caplen;
	s->used += p->caplen;
	if (++s->n == BATCH)
		(void)send_flush(s);
	return 0;
}

static size_t
send_mtu(void *out)
{
	const struct fwdsend *s = out;

	return s->mtu;
}

const struct fwdout_type fwdsend_type = { .room = send_room,
	.add = send_add,
	.flush = send_flush,
	.mtu = send_mtu,
	.close = send_close };
