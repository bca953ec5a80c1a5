/* SPDX-License-Identifier: BSD-3-Clause */
/* What of a captured frame is put into the tunnel. */
#include "agent/fwdlink.h"

#include "agent/pktlink.h"
#include "wire/bytes.h"

#define ETHERTYPE_IPV4 0x0800
#define ETHERTYPE_IPV6 0x86dd
#define LOOPBACK_LEN   4
#define SLL_LEN        16
#define SLL2_LEN       20
#define SLL_LLC        0x0004 /* the type of IEEE 802.2 LLC frames */
#define LLC_MAX        1500
#define MAC_LEN        6

/* ARPHRD_* of linux/if_arp.h, and those whose type is no EtherType. */
#define ARPHRD_ETHER    1
#define ARPHRD_DOT11    801
#define ARPHRD_RADIOTAP 803
#define ARPHRD_NETLINK  824

/* The rest of ${f} behind ${head} octets. */
static void
behind(struct fwdlink *l, const struct pkt_frame *f, size_t head)
{
	l->data = f->data + head;
	l->caplen = f->caplen - head;
	l->len = f->len - head;
}

/* Nothing before the IP packet but ${head} octets without its type. */
static bool
by_version(struct fwdlink *l, const struct pkt_frame *f, size_t head)
{
	if (f->caplen <= head)
		return false;
	behind(l, f, head);
	switch (*l->data >> 4) {
	case 4:
		l->type = ETHERTYPE_IPV4;
		return true;
	case 6:
		l->type = ETHERTYPE_IPV6;
		return true;
	default:
		return false;
	}
}

/* Linux cooked headers of ${head} octets, with their ${type}. */
static bool
cooked(struct fwdlink *l, const struct pkt_frame *f, size_t head, uint16_t type,
    uint16_t hardware)
{
	if (hardware == ARPHRD_NETLINK ||
	    (hardware >= ARPHRD_DOT11 && hardware <= ARPHRD_RADIOTAP))
		return false;
	behind(l, f, head);
	l->type = type;
	if (type >= FWDLINK_TYPE_MIN)
		return true;
	l->type = (uint16_t)l->len;
	return type == SLL_LLC && l->len > 0 && l->len <= LLC_MAX;
}

static bool
sll(struct fwdlink *l, const struct pkt_frame *f)
{
	const uint8_t *p = f->data;

	if (f->caplen < SLL_LEN)
		return false;
	if (get_be16(&p[2]) == ARPHRD_ETHER && get_be16(&p[4]) == MAC_LEN)
		l->src_mac = &p[6];
	return cooked(l, f, SLL_LEN, get_be16(&p[14]), get_be16(&p[2]));
}

static bool
sll2(struct fwdlink *l, const struct pkt_frame *f)
{
	const uint8_t *p = f->data;

	if (f->caplen < SLL2_LEN)
		return false;
	if (get_be16(&p[8]) == ARPHRD_ETHER && p[11] == MAC_LEN)
		l->src_mac = &p[12];
	return cooked(l, f, SLL2_LEN, get_be16(&p[0]), get_be16(&p[8]));
}

bool
fwdlink_inner(struct fwdlink *ret_l, const struct pkt_frame *f)
{
	ret_l->src_mac = NULL;
	ret_l->type = 0;
	switch (f->linktype) {
	case PKTLINK_ETHERNET:
		behind(ret_l, f, 0);
		return true;
	case PKTLINK_SLL:
		return sll(ret_l, f);
	case PKTLINK_SLL2:
		return sll2(ret_l, f);
	case PKTLINK_NULL:
	case PKTLINK_LOOP:
		return by_version(ret_l, f, LOOPBACK_LEN);
	default:
		return by_version(ret_l, f, 0);
	}
}
