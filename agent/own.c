/* SPDX-License-Identifier: BSD-3-Clause */
/* The host's own addresses, kept up to date. */
#include "agent/own.h"

#include <ev.h>
#include <ifaddrs.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <netpacket/packet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAC_LEN  6
#define NEWS_MAX 8192 /* octets of a notification; only its coming matters */

struct own {
	struct pktown table;
	int fd;
	struct ev_loop *loop;
	ev_io io;
};

static void
add_inet(struct pktown *t, const struct sockaddr *sa, bool broadcast)
{
	uint8_t addr[16] = { 0 };
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	if (sa->sa_family == AF_INET) {
		memcpy(&v4, sa, sizeof(v4));
		memcpy(addr, &v4.sin_addr, 4);
	} else {
		memcpy(&v6, sa, sizeof(v6));
		memcpy(addr, &v6.sin6_addr, 16);
	}
	pktown_add(t, addr, broadcast);
}

static bool
mac_of(const struct ifaddrs *ifa, uint8_t ret[static MAC_LEN])
{
	struct sockaddr_ll ll;

	if (ifa->ifa_addr == NULL || ifa->ifa_addr->sa_family != AF_PACKET)
		return false;
	memcpy(&ll, ifa->ifa_addr, sizeof(ll));
	if (ll.sll_hatype != ARPHRD_ETHER || ll.sll_halen != MAC_LEN)
		return false;
	memcpy(ret, ll.sll_addr, MAC_LEN);
	return true;
}

static void
add(struct pktown *t, const struct ifaddrs *ifa)
{
	uint8_t mac[MAC_LEN];

	if (ifa->ifa_addr == NULL)
		return;
	if (mac_of(ifa, mac))
		pktown_add_mac(t, mac);
	if (ifa->ifa_addr->sa_family != AF_INET &&
	    ifa->ifa_addr->sa_family != AF_INET6)
		return;
	add_inet(t, ifa->ifa_addr, false);
	if ((ifa->ifa_flags & IFF_BROADCAST) &&
	    ifa->ifa_addr->sa_family == AF_INET && ifa->ifa_broadaddr != NULL)
		add_inet(t, ifa->ifa_broadaddr, true);
}

static int
refresh(struct own *o)
{
	struct ifaddrs *list;

	if (getifaddrs(&list) != 0)
		return -1;
	pktown_clear(&o->table);
	for (const struct ifaddrs *i = list; i != NULL; i = i->ifa_next)
		add(&o->table, i);
	freeifaddrs(list);
	return 0;
}

static int
subscribe(void)
{
	const struct sockaddr_nl sa = { .nl_family = AF_NETLINK,
		.nl_groups =
		    RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR };
	const int fd = socket(
	    AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);

	if (fd >= 0 &&
	    bind(fd, (const struct sockaddr *)&sa, sizeof(sa)) != 0) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

struct own *
own_open(void)
{
	struct own *o = calloc(1, sizeof(*o));

	if (o == NULL)
		return NULL;
	o->fd = subscribe();
	if (o->fd < 0 || refresh(o) != 0) {
		own_close(o);
		return NULL;
	}
	return o;
}

static void
on_news(struct ev_loop *loop, ev_io *w, int revents)
{
	struct own *o = w->data;
	char news[NEWS_MAX];

	(void)loop;
	(void)revents;
	while (recv(o->fd, news, sizeof(news), 0) > 0)
		;
	(void)refresh(o);
}

void
own_start(struct own *o, struct ev_loop *loop)
{
	o->loop = loop;
	ev_io_init(&o->io, on_news, o->fd, EV_READ);
	o->io.data = o;
	ev_io_start(loop, &o->io);
}

const struct pktown *
own_table(const struct own *o)
{
	return &o->table;
}

unsigned int
own_iface(const char *name, uint8_t ret_mac[static 6], uint8_t ret_v4[static 4])
{
	struct ifaddrs *list;
	struct sockaddr_in v4;
	unsigned int has = 0;

	if (getifaddrs(&list) != 0)
		return 0;
	for (const struct ifaddrs *i = list; i != NULL; i = i->ifa_next) {
		if (strcmp(i->ifa_name, name) != 0 || i->ifa_addr == NULL)
			continue;
		if (mac_of(i, ret_mac))
			has |= OWN_HAS_MAC;
		if (i->ifa_addr->sa_family == AF_INET && !(has & OWN_HAS_V4)) {
			memcpy(&v4, i->ifa_addr, sizeof(v4));
			memcpy(ret_v4, &v4.sin_addr, 4);
			has |= OWN_HAS_V4;
		}
	}
	freeifaddrs(list);
	return has;
}

void
own_close(struct own *o)
{
	if (o == NULL)
		return;
	if (o->loop != NULL)
		ev_io_stop(o->loop, &o->io);
	if (o->fd >= 0)
		(void)close(o->fd);
	free(o);
}
