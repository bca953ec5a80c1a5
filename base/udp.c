/* SPDX-License-Identifier: BSD-3-Clause */
/* UDP sockets, unicast and multicast, IPv4 and IPv6, all non-blocking. */
#include "base/udp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <limits.h>
#include <net/if.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int
udp_addr(struct net_addr *ret_a, const char *text)
{
	const struct addrinfo hints = { .ai_flags =
					    AI_NUMERICHOST | AI_NUMERICSERV,
		.ai_socktype = SOCK_DGRAM };
	const char *port = strrchr(text, ':');
	struct net_hostport hp;
	struct addrinfo *res;

	if (net_parse(&hp, text, 0) != 0 || hp.host[0] == '\0' ||
	    getaddrinfo(hp.host, port + 1, &hints, &res) != 0)
		return -1;
	*ret_a = (struct net_addr){ .len = res->ai_addrlen };
	memcpy(&ret_a->ss, res->ai_addr, res->ai_addrlen);
	freeaddrinfo(res);
	return 0;
}

static struct sockaddr_in
v4_of(const struct net_addr *a)
{
	struct sockaddr_in sin;

	memcpy(&sin, &a->ss, sizeof(sin));
	return sin;
}

static struct sockaddr_in6
v6_of(const struct net_addr *a)
{
	struct sockaddr_in6 sin6;

	memcpy(&sin6, &a->ss, sizeof(sin6));
	return sin6;
}

bool
udp_is_group(const struct net_addr *a)
{
	const struct in6_addr v6 = v6_of(a).sin6_addr;

	if (a->ss.ss_family == AF_INET)
		return IN_MULTICAST(ntohl(v4_of(a).sin_addr.s_addr));
	return IN6_IS_ADDR_MULTICAST(&v6);
}

const char *
udp_check(const struct net_addr *a, const char *iface)
{
	if (udp_is_group(a) && iface == NULL)
		return "interface required for multicast";
	if (!udp_is_group(a) && iface != NULL)
		return "interface invalid for unicast";
	return NULL;
}

/* Whether ${sa} is the address ${v4} or ${v6}, whichever is not NULL. */
static bool
has_addr(const struct sockaddr *sa, const struct in_addr *v4,
    const struct in6_addr *v6)
{
	struct sockaddr_in sin;
	struct sockaddr_in6 sin6;

	if (sa == NULL)
		return false;
	if (sa->sa_family == AF_INET && v4 != NULL) {
		memcpy(&sin, sa, sizeof(sin));
		return sin.sin_addr.s_addr == v4->s_addr;
	}
	if (sa->sa_family == AF_INET6 && v6 != NULL) {
		memcpy(&sin6, sa, sizeof(sin6));
		return IN6_ARE_ADDR_EQUAL(&sin6.sin6_addr, v6);
	}
	return false;
}

/* The index of the interface with such an address, 0 with errno. */
static unsigned int
find_addr(const struct in_addr *v4, const struct in6_addr *v6)
{
	unsigned int index = 0;
	struct ifaddrs *all;

	if (getifaddrs(&all) != 0)
		return 0;
	for (const struct ifaddrs *i = all; i != NULL && index == 0;
	     i = i->ifa_next) {
		if (has_addr(i->ifa_addr, v4, v6))
			index = if_nametoindex(i->ifa_name);
	}
	freeifaddrs(all);
	if (index == 0)
		errno = EADDRNOTAVAIL;
	return index;
}

int
udp_iface(struct udp_iface *ret_i, const char *text)
{
	struct udp_iface i = { .index = 0 };
	struct in6_addr v6;

	if (inet_pton(AF_INET, text, &i.v4) == 1) {
		i.index = find_addr(&i.v4, NULL);
	} else if (inet_pton(AF_INET6, text, &v6) == 1) {
		i.index = find_addr(NULL, &v6);
	} else {
		i.index = if_nametoindex(text);
	}
	if (i.index == 0)
		return -1;
	*ret_i = i;
	return 0;
}

static int
set_int(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof(value));
}

static int
new_socket(const struct net_addr *a)
{
	return socket(
	    a->ss.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

/* Close after a failure, whose errno stays. */
static int
give_up(int fd)
{
	const int err = errno;

	(void)close(fd);
	errno = err;
	return -1;
}

/* Groups of one link or host have no meaning without their interface. */
static struct net_addr
scoped(const struct net_addr *a, unsigned int index)
{
	struct sockaddr_in6 sin6 = v6_of(a);
	struct net_addr ret = *a;

	if (a->ss.ss_family != AF_INET6 ||
	    (!IN6_IS_ADDR_MC_LINKLOCAL(&sin6.sin6_addr) &&
		!IN6_IS_ADDR_MC_NODELOCAL(&sin6.sin6_addr)))
		return ret;
	sin6.sin6_scope_id = index;
	memcpy(&ret.ss, &sin6, sizeof(sin6));
	return ret;
}

/* Without MULTICAST_ALL off, what others joined would be received, too. */
static int
join(int fd, const struct net_addr *a, const struct udp_iface *i)
{
	if (a->ss.ss_family == AF_INET) {
		const struct ip_mreqn m = { .imr_multiaddr = v4_of(a).sin_addr,
			.imr_address = i->v4,
			.imr_ifindex = (int)i->index };

		(void)set_int(fd, IPPROTO_IP, IP_MULTICAST_ALL, 0);
		return setsockopt(
		    fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &m, sizeof(m));
	}
	const struct ipv6_mreq m6 = { .ipv6mr_multiaddr = v6_of(a).sin6_addr,
		.ipv6mr_interface = i->index };

	(void)set_int(fd, IPPROTO_IPV6, IPV6_MULTICAST_ALL, 0);
	return setsockopt(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, &m6, sizeof(m6));
}

int
udp_listen(const struct net_addr *a, const struct udp_iface *i)
{
	const struct net_addr at = i == NULL ? *a : scoped(a, i->index);
	const int fd = new_socket(a);

	if (fd < 0)
		return -1;
	if (i != NULL && set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1) != 0)
		return give_up(fd);
	if (a->ss.ss_family == AF_INET6 &&
	    set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1) != 0)
		return give_up(fd);
	if (bind(fd, (const struct sockaddr *)&at.ss, at.len) != 0 ||
	    (i != NULL && join(fd, a, i) != 0))
		return give_up(fd);
	return fd;
}

static int
set_group(int fd, const struct udp_group *g, bool v4)
{
	const struct ip_mreqn m = { .imr_address = g->iface.v4,
		.imr_ifindex = (int)g->iface.index };

	if (v4) {
		return set_int(fd, IPPROTO_IP, IP_MULTICAST_LOOP, g->loop) |
		       set_int(fd, IPPROTO_IP, IP_MULTICAST_TTL, g->ttl) |
		       setsockopt(
			   fd, IPPROTO_IP, IP_MULTICAST_IF, &m, sizeof(m));
	}
	return set_int(fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, g->loop) |
	       set_int(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, g->ttl) |
	       set_int(
		   fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, (int)g->iface.index);
}

int
udp_dial(const struct net_addr *a, const struct udp_group *g)
{
	const struct net_addr to = g == NULL ? *a : scoped(a, g->iface.index);
	const int fd = new_socket(a);

	if (fd < 0)
		return -1;
	if (g != NULL && set_group(fd, g, a->ss.ss_family == AF_INET) != 0)
		return give_up(fd);
	if (connect(fd, (const struct sockaddr *)&to.ss, to.len) != 0)
		return give_up(fd);
	return fd;
}

size_t
udp_room(int fd, int name, size_t want)
{
	const int force = name == SO_RCVBUF ? SO_RCVBUFFORCE : SO_SNDBUFFORCE;
	const int n = want > INT_MAX / 2 ? INT_MAX / 2 : (int)want;
	int got = 0;
	socklen_t len = sizeof(got);

	if (set_int(fd, SOL_SOCKET, force, n) != 0)
		(void)set_int(fd, SOL_SOCKET, name, n);
	if (getsockopt(fd, SOL_SOCKET, name, &got, &len) != 0)
		return 0;
	return (size_t)got / 2; /* the kernel tells twice what was asked for */
}
