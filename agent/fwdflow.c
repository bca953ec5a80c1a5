/* SPDX-License-Identifier: BSD-3-Clause */
/* The flow of a packet, and the source port that keeps it in order. */
#include "agent/fwdflow.h"

#include <netinet/in.h>
#include <string.h>

#include "agent/pktip.h"
#include "agent/pktlink.h"
#include "wire/bytes.h"
#include "wire/hash.h"

#define ETHERTYPE_IPV4 0x0800
#define ETHERTYPE_VLAN 0x8100
#define ETHERTYPE_IPV6 0x86dd
#define ETHERTYPE_QINQ 0x88a8
#define TAG_LEN        4
#define MAC_LEN        6

_Static_assert(sizeof(struct fwdflow) == 40, "there is no padding");

static bool
has_ports(uint8_t proto)
{
	return proto == IPPROTO_TCP || proto == IPPROTO_UDP ||
	       proto == IPPROTO_SCTP || proto == IPPROTO_UDPLITE ||
	       proto == IPPROTO_DCCP;
}

/* The IP packet of which ${len} of ${size} octets are at ${p}. */
static void
read_ip(struct fwdflow *f, const uint8_t *p, size_t len, size_t size)
{
	struct obs_pkt k;
	struct pktip ip;

	k.ipver = 0;
	k.frag = OBS_FRAG_NONE;
	memset(k.src, 0, sizeof(k.src));
	memset(k.dst, 0, sizeof(k.dst));
	(void)pktip_parse(&k, &ip, p, len, size);
	if (k.ipver == 0)
		return;
	f->ipver = k.ipver;
	f->proto = k.proto;
	f->frag = k.frag != OBS_FRAG_NONE;
	memcpy(f->src.addr, k.src, sizeof(k.src));
	memcpy(f->dst.addr, k.dst, sizeof(k.dst));
	if (f->frag || ip.p == NULL || ip.len < 4 || !has_ports(f->proto))
		return;
	memcpy(f->src.port, ip.p, 2);
	memcpy(f->dst.port, ip.p + 2, 2);
}

static void
read_ether(struct fwdflow *f, const struct fwdlink *l)
{
	struct pktlink in;
	const enum pktlink_kind kind = pktlink_ether(&in, l->data, l->caplen);

	if (kind == PKTLINK_IS_IPV4 || kind == PKTLINK_IS_IPV6)
		read_ip(f, in.p, in.len, l->len - in.head);
	if (f->ipver != 0 || in.dst_mac == NULL)
		return;
	memcpy(f->dst.addr, in.dst_mac, MAC_LEN);
	memcpy(f->src.addr, in.src_mac, MAC_LEN);
}

/* Behind no link header of its own there may still be VLAN tags. */
static void
read_typed(struct fwdflow *f, const struct fwdlink *l)
{
	const uint8_t *p = l->data;
	size_t left = l->caplen;
	uint16_t type = l->type;

	while ((type == ETHERTYPE_VLAN || type == ETHERTYPE_QINQ) &&
	       left >= TAG_LEN) {
		type = get_be16(p + 2);
		p += TAG_LEN;
		left -= TAG_LEN;
	}
	if (type == ETHERTYPE_IPV4 || type == ETHERTYPE_IPV6)
		read_ip(f, p, left, l->len - (size_t)(p - l->data));
}

void
fwdflow_read(struct fwdflow *ret_f, const struct fwdlink *l)
{
	memset(ret_f, 0, sizeof(*ret_f));
	if (l->type == 0) {
		read_ether(ret_f, l);
	} else {
		read_typed(ret_f, l);
	}
}

uint16_t
fwdflow_port(const struct fwdflow *f)
{
	/* No secret: it keeps nobody from anything, and runs must agree. */
	static const struct hash_key key = { { 0x9e3779b97f4a7c15,
	    0xc2b2ae3d27d4eb4f } };
	const uint64_t a = hash_bytes(&key, &f->src, sizeof(f->src));
	const uint64_t b = hash_bytes(&key, &f->dst, sizeof(f->dst));
	const uint8_t kind[2] = { f->proto, f->ipver };
	const uint64_t h =
	    hash_fold((a ^ b) + load64((const uint8_t[8]){ kind[0], kind[1] }),
		(a + b) ^ key.k[0]);

	return (
	    uint16_t)(FWDFLOW_PORT_MIN + (((h >> 32) * FWDFLOW_PORTS) >> 32));
}
