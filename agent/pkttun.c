/* SPDX-License-Identifier: BSD-3-Clause */
/* Tunnels: the packet that a packet carries. */
#include "agent/pkttun.h"

#include <netinet/in.h>

#include "agent/pktlink.h"
#include "wire/bytes.h"

#define PORT_VXLAN     4789
#define PORT_GENEVE    6081
#define TYPE_IPV4      0x0800
#define TYPE_IPV6      0x86dd
#define TYPE_ETHERNET  0x6558 /* transparent bridging */
#define UDP_LEN        8

#define GRE_CHECKSUM   0x8000
#define GRE_ROUTING    0x4000
#define GRE_KEY        0x2000
#define GRE_SEQUENCE   0x1000
#define GRE_VERSION    0x0007

#define VXLAN_VNI      0x08
#define GENEVE_LEN     8
#define GENEVE_OPTIONS 0x3f /* in units of 4 octets */

/* What is left in ${r} is a packet of the EtherType ${type}. */
static bool
inside(struct pkttun *t, const struct pktip *ip, struct rd *r, uint16_t type)
{
	struct pktlink l;
	enum pktlink_kind kind;

	if (r->bad)
		return false;
	t->dst_mac = t->src_mac = NULL;
	t->p = r->p;
	t->len = rd_left(r);
	if (type == TYPE_ETHERNET) {
		kind = pktlink_ether(&l, r->p, rd_left(r));
		if (kind != PKTLINK_IS_IPV4 && kind != PKTLINK_IS_IPV6)
			return false;
		t->p = l.p;
		t->len = l.len;
		t->dst_mac = l.dst_mac;
		t->src_mac = l.src_mac;
	} else if (type != TYPE_IPV4 && type != TYPE_IPV6) {
		return false;
	}
	t->size = ip->size - (size_t)(t->p - ip->p);
	return t->len > 0;
}

static bool
gre(struct pkttun *t, const struct pktip *ip, struct rd *r)
{
	const uint16_t flags = rd_u16(r);
	const uint16_t type = rd_u16(r);

	if ((flags & (GRE_ROUTING | GRE_VERSION)) != 0)
		return false;
	rd_skip(r, flags & GRE_CHECKSUM ? 4 : 0);
	rd_skip(r, flags & GRE_KEY ? 4 : 0);
	rd_skip(r, flags & GRE_SEQUENCE ? 4 : 0);
	return inside(t, ip, r, type);
}

static bool
vxlan(struct pkttun *t, const struct pktip *ip, struct rd *r)
{
	const uint8_t flags = rd_u8(r);

	rd_skip(r, 7);
	return (flags & VXLAN_VNI) && inside(t, ip, r, TYPE_ETHERNET);
}

static bool
geneve(struct pkttun *t, const struct pktip *ip, struct rd *r)
{
	const uint8_t *head = rd_take(r, GENEVE_LEN);

	if (head == NULL || head[0] >> 6 != 0)
		return false;
	rd_skip(r, (size_t)(head[0] & GENEVE_OPTIONS) * 4);
	return inside(t, ip, r, get_be16(head + 2));
}

bool
pkttun_open(
    struct pkttun *ret_t, const struct obs_pkt *k, const struct pktip *ip)
{
	struct rd r;

	if (ip->p == NULL || k->frag != OBS_FRAG_NONE)
		return false;
	r = rd_init(ip->p, ip->len);
	switch (k->proto) {
	case IPPROTO_IPIP:
		return inside(ret_t, ip, &r, TYPE_IPV4);
	case IPPROTO_IPV6:
		return inside(ret_t, ip, &r, TYPE_IPV6);
	case IPPROTO_GRE:
		return gre(ret_t, ip, &r);
	case IPPROTO_UDP:
		rd_skip(&r, UDP_LEN);
		if (k->dport == PORT_VXLAN)
			return vxlan(ret_t, ip, &r);
		return k->dport == PORT_GENEVE && geneve(ret_t, ip, &r);
	default:
		return false;
	}
}
