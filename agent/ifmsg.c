/* SPDX-License-Identifier: BSD-3-Clause */
/* What the kernel's messages about interfaces say: rtnetlink(7). */
#include "agent/ifmsg.h"

#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <string.h>
#include <sys/socket.h>

#define MAC_LEN 6
#define V4_LEN  4
#define V6_LEN  16

/*
 * Every message and every attribute begins at a multiple of 4 octets, in the
 * byte order of this machine:
 *
 *	length(4) type(2) flags(2) seq(4) port(4) | head of its type | attributes
 *	attribute: length(2) type(2) value
 */
struct attr {
	unsigned int type;
	const uint8_t *value;
	size_t len;
};

/* Take the head at ${*p}, of a multiple of 4 octets; false: it is cut. */
static bool
take_head(void *ret, size_t size, const uint8_t **p, size_t *left)
{
	if (*left < size)
		return false;
	memcpy(ret, *p, size);
	*p += size;
	*left -= size;
	return true;
}

/* Take the attribute at ${*p}; returns false at the end. */
static bool
next_attr(struct attr *ret, const uint8_t **p, size_t *left)
{
	struct rtattr a;
	size_t step;

	if (*left < sizeof(a))
		return false;
	memcpy(&a, *p, sizeof(a));
	if (a.rta_len < sizeof(a) || a.rta_len > *left)
		return false;
	ret->type = a.rta_type & NLA_TYPE_MASK;
	ret->value = *p + RTA_LENGTH(0);
	ret->len = a.rta_len - RTA_LENGTH(0);
	step = RTA_ALIGN(a.rta_len);
	step = step > *left ? *left : step;
	*p += step;
	*left -= step;
	return true;
}

static uint64_t
missed_of(const struct attr *a)
{
	struct rtnl_link_stats64 s = { 0 };

	memcpy(&s, a->value, a->len < sizeof(s) ? a->len : sizeof(s));
	return s.rx_missed_errors + s.rx_fifo_errors;
}

static void
link_attr(struct ifmsg *m, const struct attr *a)
{
	if (a->type == IFLA_IFNAME) {
		memcpy(m->name, a->value,
		    strnlen((const char *)a->value,
			a->len < IFMSG_NAME_MAX ? a->len : IFMSG_NAME_MAX - 1));
	} else if (a->type == IFLA_ADDRESS && a->len == MAC_LEN &&
		   m->hwtype == ARPHRD_ETHER) {
		memcpy(m->mac, a->value, MAC_LEN);
		m->has_mac = true;
	} else if (a->type == IFLA_STATS64) {
		m->missed = missed_of(a);
	}
}

static void
get_link(struct ifmsg *m, const uint8_t *p, size_t len)
{
	struct ifinfomsg i;
	struct attr a;

	if (!take_head(&i, sizeof(i), &p, &len))
		return;
	m->index = i.ifi_index;
	m->up = (i.ifi_flags & IFF_UP) != 0;
	m->loopback = (i.ifi_flags & IFF_LOOPBACK) != 0;
	m->hwtype = i.ifi_type;
	while (next_attr(&a, &p, &len))
		link_attr(m, &a);
	if (m->index > 0 && m->name[0] != '\0')
		m->kind = IFMSG_LINK;
}

/* Where both are there, IFA_ADDRESS is the peer's. */
static void
get_addr(struct ifmsg *m, const uint8_t *p, size_t len)
{
	struct ifaddrmsg i;
	struct attr a;
	size_t size;

	if (!take_head(&i, sizeof(i), &p, &len))
		return;
	if (i.ifa_family != AF_INET && i.ifa_family != AF_INET6)
		return;
	size = i.ifa_family == AF_INET ? V4_LEN : V6_LEN;
	m->index = (int)i.ifa_index;
	for (bool local = false; next_attr(&a, &p, &len);) {
		if (a.len != size)
			continue;
		if (a.type == IFA_LOCAL || (a.type == IFA_ADDRESS && !local)) {
			memcpy(m->addr, a.value, size);
			m->ipver = size == V4_LEN ? 4 : 6;
			local = a.type == IFA_LOCAL;
		} else if (a.type == IFA_BROADCAST && size == V4_LEN) {
			memcpy(m->broadcast, a.value, V4_LEN);
			m->has_broadcast = true;
		}
	}
	if (m->index > 0 && m->ipver != 0)
		m->kind = IFMSG_ADDR;
}

static void
get_stats(struct ifmsg *m, const uint8_t *p, size_t len)
{
	struct if_stats_msg i;
	struct attr a;

	if (!take_head(&i, sizeof(i), &p, &len))
		return;
	m->index = (int)i.ifindex;
	while (next_attr(&a, &p, &len)) {
		if (a.type == IFLA_STATS_LINK_64) {
			m->missed = missed_of(&a);
			m->kind = IFMSG_STATS;
		}
	}
}

/* The end of a list and a refusal both begin with a negative errno, or 0. */
static void
get_end(struct ifmsg *m, const uint8_t *p, size_t len)
{
	int32_t error = 0;

	if (len >= sizeof(error))
		memcpy(&error, p, sizeof(error));
	m->error = error < 0 ? -error : 0;
	if (m->error != 0)
		m->kind = IFMSG_ERROR;
}

size_t
ifmsg_get(struct ifmsg *ret_m, const uint8_t *buf, size_t len)
{
	struct ifmsg *m = ret_m;
	struct nlmsghdr h;
	size_t rest;

	if (len < sizeof(h))
		return 0;
	memcpy(&h, buf, sizeof(h));
	if (h.nlmsg_len < sizeof(h) || h.nlmsg_len > len)
		return 0;
	*m = (struct ifmsg){ .seq = h.nlmsg_seq,
		.interrupted = (h.nlmsg_flags & NLM_F_DUMP_INTR) != 0 };
	buf += NLMSG_HDRLEN;
	rest = h.nlmsg_len - NLMSG_HDRLEN;
	switch (h.nlmsg_type) {
	case RTM_NEWLINK:
		get_link(m, buf, rest);
		break;
	case RTM_NEWADDR:
		get_addr(m, buf, rest);
		break;
	case RTM_NEWSTATS:
		get_stats(m, buf, rest);
		break;
	case NLMSG_DONE:
		m->kind = IFMSG_DONE;
		get_end(m, buf, rest);
		break;
	case NLMSG_ERROR:
		m->kind = IFMSG_ERROR;
		get_end(m, buf, rest);
		break;
	default:
		break;
	}
	rest = NLMSG_ALIGN(h.nlmsg_len);
	return rest > len ? len : rest;
}

size_t
ifmsg_request(
    uint8_t dst[static IFMSG_REQUEST_MAX], enum ifmsg_kind kind, uint32_t seq)
{
	struct nlmsghdr h = { .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
		.nlmsg_seq = seq };
	const struct ifinfomsg link = { .ifi_family = AF_UNSPEC };
	const struct ifaddrmsg addr = { .ifa_family = AF_UNSPEC };
	const struct if_stats_msg stats = {
		.filter_mask = IFLA_STATS_FILTER_BIT(IFLA_STATS_LINK_64)
	};
	const void *head = &link;
	size_t len = sizeof(link);

	h.nlmsg_type = RTM_GETLINK;
	if (kind == IFMSG_ADDR) {
		h.nlmsg_type = RTM_GETADDR;
		head = &addr;
		len = sizeof(addr);
	} else if (kind == IFMSG_STATS) {
		h.nlmsg_type = RTM_GETSTATS;
		head = &stats;
		len = sizeof(stats);
	}
	h.nlmsg_len = (uint32_t)NLMSG_LENGTH(len);
	memcpy(dst, &h, sizeof(h));
	memcpy(dst + NLMSG_HDRLEN, head, len);
	return h.nlmsg_len;
}
