/* SPDX-License-Identifier: BSD-3-Clause */
/* UDP sockets with many source ports, for who may not write them himself. */
#include "agent/fwdpool.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define SPARE 64 /* descriptors for everything else */
#define TRIES 16 /* ports near the one that is wanted */
#define NONE  (-1)

struct fwdpool {
	const struct net_addr *to;
	unsigned int size;
	int fd[FWDPOOL_MAX];
};

/* How many sockets the limit of descriptors leaves us. */
static unsigned int
size_of_pool(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) != 0 || r.rlim_cur <= SPARE)
		return 1;
	return r.rlim_cur - SPARE < FWDPOOL_MAX
		   ? (unsigned int)(r.rlim_cur - SPARE)
		   : FWDPOOL_MAX;
}

struct fwdpool *
fwdpool_new(const struct net_addr *to)
{
	struct fwdpool *p = malloc(sizeof(*p));

	if (p == NULL)
		return NULL;
	p->to = to;
	p->size = size_of_pool();
	for (unsigned int i = 0; i < FWDPOOL_MAX; i++)
		p->fd[i] = NONE;
	return p;
}

unsigned int
fwdpool_slot(const struct fwdpool *p, uint16_t port)
{
	return port % p->size;
}

static int
bind_to(int fd, int family, uint16_t port)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET,
		.sin_port = htons(port) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6,
		.sin6_port = htons(port) };

	if (family == AF_INET)
		return bind(fd, (const struct sockaddr *)&v4, sizeof(v4));
	return bind(fd, (const struct sockaddr *)&v6, sizeof(v6));
}

static int
bind_near(int fd, int family, uint16_t port)
{
	for (uint16_t i = 0; i < TRIES; i++) {
		if (bind_to(fd, family, (uint16_t)(port + i)) == 0)
			return 0;
		if (errno != EADDRINUSE && errno != EACCES)
			return -1;
	}
	return bind_to(fd, family, 0);
}

/* The kernel fragments what is too long, and forbids routers nothing. */
static int
open_socket(const struct net_addr *to, uint16_t port)
{
	const int family = to->ss.ss_family;
	const int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	const int pmtu = IP_PMTUDISC_DONT;
	int err;

	if (fd < 0)
		return -1;
	if (family == AF_INET) {
		(void)setsockopt(
		    fd, IPPROTO_IP, IP_MTU_DISCOVER, &pmtu, sizeof(pmtu));
	}
	if (bind_near(fd, family, port) == 0 &&
	    connect(fd, (const struct sockaddr *)&to->ss, to->len) == 0)
		return fd;
	err = errno;
	(void)close(fd);
	errno = err;
	return -1;
}

int
fwdpool_fd(struct fwdpool *p, unsigned int slot, uint16_t port)
{
	if (p->fd[slot] == NONE)
		p->fd[slot] = open_socket(p->to, port);
	return p->fd[slot];
}

void
fwdpool_free(struct fwdpool *p)
{
	if (p == NULL)
		return;
	for (unsigned int i = 0; i < FWDPOOL_MAX; i++) {
		if (p->fd[i] != NONE)
			(void)close(p->fd[i]);
	}
	free(p);
}
