/* SPDX-License-Identifier: BSD-3-Clause */
/* Link layers: from a captured frame to its network packet. */
#include "agent/pktlink.h"

#include <string.h>

#include "wire/bytes.h"

#define ETHERTYPE_IPV4       0x0800
#define ETHERTYPE_ARP        0x0806
#define ETHERTYPE_VLAN       0x8100
#define ETHERTYPE_IPV6       0x86dd
#define ETHERTYPE_PPPOE      0x8864
#define ETHERTYPE_MPLS       0x8847
#define ETHERTYPE_MPLS_GROUP 0x8848
#define ETHERTYPE_QINQ       0x88a8
#define ETHERTYPE_QINQ_OLD   0x9100
#define ETHERTYPE_MIN        0x0600 /* below it is an 802.3 length */

#define MPLS_BOTTOM          0x100 /* of the stack */
#define PPP_IPV4             0x0021
#define PPP_IPV6             0x0057
#define TAGS_MAX             8 /* VLAN tags, and MPLS labels, that we follow */
#define VID_MASK             0xfff
#define VID_SET              0x8000

#define ETHER_LEN            14
#define SLL_LEN              16
#define SLL2_LEN             20
#define ARPHRD_ETHER         1

int
pktlink_known(int linktype)
{
	switch (linktype) {
	case PKTLINK_NULL:
	case PKTLINK_ETHERNET:
	case PKTLINK_RAW:
	case PKTLINK_RAW_OPENBSD:
	case PKTLINK_RAW_FILE:
	case PKTLINK_LOOP:
	case PKTLINK_SLL:
	case PKTLINK_IPV4:
	case PKTLINK_IPV6:
	case PKTLINK_SLL2:
		return 1;
	default:
		return 0;
	}
}

static enum pktlink_kind
by_version(const struct rd *r)
{
	if (rd_left(r) == 0)
		return PKTLINK_IS_CUT;
	if (*r->p >> 4 == 4)
		return PKTLINK_IS_IPV4;
	return *r->p >> 4 == 6 ? PKTLINK_IS_IPV6 : PKTLINK_IS_OTHER;
}

static enum pktlink_kind
mpls(struct rd *r)
{
	for (int i = 0; i < TAGS_MAX; i++) {
		if ((rd_u32(r) & MPLS_BOTTOM) != 0)
			return by_version(r);
	}
	return r->bad ? PKTLINK_IS_CUT : PKTLINK_IS_OTHER;
}

static enum pktlink_kind
pppoe(struct rd *r)
{
	uint16_t proto;

	rd_skip(r, 6);
	proto = rd_u16(r);
	if (r->bad)
		return PKTLINK_IS_CUT;
	if (proto == PPP_IPV4)
		return PKTLINK_IS_IPV4;
	return proto == PPP_IPV6 ? PKTLINK_IS_IPV6 : PKTLINK_IS_OTHER;
}

/* LLC with a SNAP header of organisation 0 carries an EtherType after all. */
static enum pktlink_kind
llc(struct rd *r)
{
	static const uint8_t snap[6] = { 0xaa, 0xaa, 0x03 };
	const uint8_t *head = rd_take(r, sizeof(snap));

	if (head == NULL)
		return PKTLINK_IS_CUT;
	if (memcmp(head, snap, sizeof(snap)) != 0)
		return PKTLINK_IS_LLC;
	switch (rd_u16(r)) {
	case ETHERTYPE_IPV4:
		return PKTLINK_IS_IPV4;
	case ETHERTYPE_IPV6:
		return PKTLINK_IS_IPV6;
	case ETHERTYPE_ARP:
		return PKTLINK_IS_ARP;
	default:
		return r->bad ? PKTLINK_IS_CUT : PKTLINK_IS_LLC;
	}
}

static enum pktlink_kind
by_type(struct pktlink *l, struct rd *r, uint16_t type)
{
	uint16_t tag;

	for (int i = 0; i < TAGS_MAX &&
			(type == ETHERTYPE_VLAN || type == ETHERTYPE_QINQ ||
			    type == ETHERTYPE_QINQ_OLD);
	     i++) {
		tag = rd_u16(r);
		type = rd_u16(r);
		if (l->vlan == 0)
			l->vlan = VID_SET | (tag & VID_MASK);
	}
	if (r->bad)
		return PKTLINK_IS_CUT;
	switch (type) {
	case ETHERTYPE_IPV4:
		return PKTLINK_IS_IPV4;
	case ETHERTYPE_IPV6:
		return PKTLINK_IS_IPV6;
	case ETHERTYPE_ARP:
		return PKTLINK_IS_ARP;
	case ETHERTYPE_MPLS:
	case ETHERTYPE_MPLS_GROUP:
		return mpls(r);
	case ETHERTYPE_PPPOE:
		return pppoe(r);
	default:
		return type < ETHERTYPE_MIN ? llc(r) : PKTLINK_IS_OTHER;
	}
}

static enum pktlink_kind
ethernet(struct pktlink *l, struct rd *r)
{
	const uint8_t *head = rd_take(r, ETHER_LEN);

	if (head == NULL)
		return PKTLINK_IS_CUT;
	l->dst_mac = head;
	l->src_mac = head + 6;
	return by_type(l, r, get_be16(head + 12));
}

/* LINKTYPE_LINUX_SLL: packet type, ARPHRD, address length, address, type. */
static enum pktlink_kind
sll(struct pktlink *l, struct rd *r)
{
	const uint8_t *head = rd_take(r, SLL_LEN);

	if (head == NULL)
		return PKTLINK_IS_CUT;
	if (get_be16(head + 2) == ARPHRD_ETHER && get_be16(head + 4) == 6)
		l->src_mac = head + 6;
	return by_type(l, r, get_be16(head + 14));
}

/* LINKTYPE_LINUX_SLL2: type, 0, interface, ARPHRD, packet type, address. */
static enum pktlink_kind
sll2(struct pktlink *l, struct rd *r)
{
	const uint8_t *head = rd_take(r, SLL2_LEN);

	if (head == NULL)
		return PKTLINK_IS_CUT;
	if (get_be16(head + 8) == ARPHRD_ETHER && head[11] == 6)
		l->src_mac = head + 12;
	return by_type(l, r, get_be16(head));
}

/* BSD loopback: the address family, in the byte order of the writer or ours. */
static enum pktlink_kind
loopback(struct rd *r)
{
	rd_skip(r, 4);
	return r->bad ? PKTLINK_IS_CUT : by_version(r);
}

static enum pktlink_kind
by_linktype(struct pktlink *l, struct rd *r, int linktype)
{
	switch (linktype) {
	case PKTLINK_ETHERNET:
		return ethernet(l, r);
	case PKTLINK_SLL:
		return sll(l, r);
	case PKTLINK_SLL2:
		return sll2(l, r);
	case PKTLINK_NULL:
	case PKTLINK_LOOP:
		return loopback(r);
	case PKTLINK_RAW:
	case PKTLINK_RAW_OPENBSD:
	case PKTLINK_RAW_FILE:
	case PKTLINK_IPV4:
	case PKTLINK_IPV6:
		return by_version(r);
	default:
		return PKTLINK_IS_OTHER;
	}
}

enum pktlink_kind
pktlink_parse(
    struct pktlink *ret_l, const uint8_t *data, size_t len, int linktype)
{
	struct rd r = rd_init(data, len);
	enum pktlink_kind kind;

	ret_l->vlan = 0;
	ret_l->dst_mac = ret_l->src_mac = NULL;
	kind = by_linktype(ret_l, &r, linktype);
	ret_l->p = r.p;
	ret_l->len = rd_left(&r);
	ret_l->head = (size_t)(r.p - data);
	return kind;
}

enum pktlink_kind
pktlink_ether(struct pktlink *ret_l, const uint8_t *data, size_t len)
{
	return pktlink_parse(ret_l, data, len, PKTLINK_ETHERNET);
}
