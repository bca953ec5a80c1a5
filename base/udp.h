/* SPDX-License-Identifier: BSD-3-Clause */
/* UDP sockets, unicast and multicast, IPv4 and IPv6, all non-blocking. */
#ifndef BASE_UDP_H_
#define BASE_UDP_H_

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/net.h"

/* Where datagrams to a group leave, or a group is joined. */
struct udp_iface {
	unsigned int index;
	struct in_addr v4; /* all zero, unless it was named by this address */
};

/**
 * udp_addr(ret_a, text):
 * Read V4ADDR:PORT or [V6ADDR]:PORT; no names.  Returns 0, or -1.
 */
int udp_addr(struct net_addr *ret_a, const char *text);

bool udp_is_group(const struct net_addr *a);

/**
 * udp_check(a, iface):
 * Return what is wrong with naming the interface ${iface} (NULL: none) for
 * ${a}: a group needs one, another address must have none; NULL if nothing.
 */
const char *udp_check(const struct net_addr *a, const char *iface);

/**
 * udp_iface(ret_i, text):
 * Find the interface with the name or the address ${text}.  Returns 0, or -1
 * with errno.
 */
int udp_iface(struct udp_iface *ret_i, const char *text);

/**
 * udp_listen(a, i):
 * Return a socket that receives what is sent to ${a}, and nothing else: for a
 * group joined on ${i}, and shared with others who do that.  ${i} is NULL for
 * another address.  -1 with errno.
 */
int udp_listen(const struct net_addr *a, const struct udp_iface *i);

/* How datagrams to a group are sent. */
struct udp_group {
	struct udp_iface iface;
	int ttl;   /* or hop limit, 0..255; 0 stays on this host */
	bool loop; /* members on this host get them, too */
};

/**
 * udp_dial(a, g):
 * Return a socket connected to ${a}, or -1 with errno.  ${g} is NULL for an
 * address that is no group.
 */
int udp_dial(const struct net_addr *a, const struct udp_group *g);

/**
 * udp_room(fd, name, want):
 * Ask for ${want} octets of SO_RCVBUF or SO_SNDBUF, as ${name} says, over the
 * limit of the system if we may.  Returns how many there are.
 */
size_t udp_room(int fd, int name, size_t want);

#endif
