/* SPDX-License-Identifier: BSD-3-Clause */
/* VXLAN (RFC 7348) and GENEVE (RFC 8926), and what stands before them. */
#include "agent/fwdencap.h"

#include <netinet/in.h>
#include <string.h>

#include "agent/fwdsum.h"
#include "wire/bytes.h"

#define IPV4_LEN       20
#define IPV6_LEN       40
#define UDP_LEN        8
#define TUNNEL_LEN     8
#define ETHERTYPE_IPV4 0x0800
#define ETHERTYPE_IPV6 0x86dd
#define GENEVE_ETHER   0x6558 /* "Transparent Ethernet Bridging" */
#define VXLAN_HAS_VNI  0x08
#define LENGTH_MAX     65535

static void
put_ether(uint8_t *p, const struct fwdencap_conf *c)
{
	memcpy(&p[0], c->dst_mac, 6);
	memcpy(&p[6], c->src_mac, 6);
	put_be16(&p[12], c->v6 ? ETHERTYPE_IPV6 : ETHERTYPE_IPV4);
}

/* RFC 791; length and checksum come with each packet. */
static void
put_ipv4(uint8_t *p, const struct fwdencap_conf *c)
{
	p[0] = 0x45;
	p[8] = c->ttl;
	p[9] = IPPROTO_UDP;
	memcpy(&p[12], c->src, 4);
	memcpy(&p[16], c->dst, 4);
}

/* RFC 8200; the length comes with each packet. */
static void
put_ipv6(uint8_t *p, const struct fwdencap_conf *c)
{
	p[0] = 0x60;
	p[6] = IPPROTO_UDP;
	p[7] = c->ttl;
	memcpy(&p[8], c->src, 16);
	memcpy(&p[24], c->dst, 16);
}

/*
 * VXLAN, RFC 7348 section 5    GENEVE, RFC 8926 section 3.4
 *   0 flags, with I              0 version, length of options
 *   1 reserved                   1 flags
 *                                2 protocol type (of each packet)
 *   4 VNI                        4 VNI
 *   7 reserved                   7 reserved
 */
static void
put_tunnel(uint8_t *p, const struct fwdencap_conf *c)
{
	if (!c->geneve)
		p[0] = VXLAN_HAS_VNI;
	put_be32(&p[4], c->vni << 8);
}

static size_t
ip_len(bool v6)
{
	return v6 ? IPV6_LEN : IPV4_LEN;
}

void
fwdencap_init(struct fwdencap *e, const struct fwdencap_conf *conf)
{
	const size_t addr = conf->v6 ? 16 : 4;

	memset(e, 0, sizeof(*e));
	e->geneve = conf->geneve;
	e->v6 = conf->v6;
	e->sent = conf->sent;
	e->from = conf->from;
	if (conf->from == FWDENCAP_FROM_ETHER) {
		put_ether(e->head, conf);
		e->ip = FWDENCAP_ETHER_LEN;
	}
	e->udp = e->ip;
	if (conf->from != FWDENCAP_FROM_TUNNEL) {
		if (conf->v6) {
			put_ipv6(&e->head[e->ip], conf);
		} else {
			put_ipv4(&e->head[e->ip], conf);
		}
		e->udp = e->ip + ip_len(conf->v6);
		put_be16(&e->head[e->udp + 2], conf->port);
		e->tunnel = e->udp + UDP_LEN;
	}
	put_tunnel(&e->head[e->tunnel], conf);
	e->len = e->tunnel + TUNNEL_LEN;
	/* IPv4 counts its own header, IPv6 does not. */
	e->max = LENGTH_MAX - UDP_LEN - (conf->v6 ? 0 : IPV4_LEN);
	e->pseudo = fwdsum_add(0, conf->src, addr);
	e->pseudo = fwdsum_add(e->pseudo, conf->dst, addr);
	e->pseudo = fwdsum_word(e->pseudo, IPPROTO_UDP);
}

/* The link header of what has none. */
static void
put_synthetic(uint8_t *p, const struct fwdlink *l)
{
	static const uint8_t macs[12] = { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1 };

	memcpy(p, macs, sizeof(macs));
	if (l->src_mac != NULL)
		memcpy(&p[6], l->src_mac, 6);
	put_be16(&p[12], l->type);
}

/* Fill in the IP and UDP headers of ${payload} octets behind UDP's. */
static void
finish(const struct fwdencap *e, uint8_t *dst, uint16_t port, size_t payload,
    const struct fwdencap_made *m)
{
	uint8_t *ip = dst + e->ip;
	uint8_t *udp = dst + e->udp;
	const uint16_t len = (uint16_t)(payload + UDP_LEN);
	uint64_t sum;

	if (e->v6) {
		put_be16(&ip[4], len);
	} else {
		put_be16(&ip[2], (uint16_t)(len + IPV4_LEN));
		fwdsum_put(&ip[10], fwdsum_add(0, ip, IPV4_LEN));
	}
	put_be16(&udp[0], port);
	put_be16(&udp[4], len);
	if (m->caplen < m->len)
		return;
	sum = fwdsum_add(fwdsum_word(e->pseudo, len), udp, len);
	fwdsum_put_udp(&udp[6], sum);
}

bool
fwdencap_put(const struct fwdencap *e, uint8_t *dst, const struct fwdlink *l,
    uint16_t port, struct fwdencap_made *ret_made)
{
	const bool synthetic =
	    l->type != 0 && (!e->geneve || l->type < FWDLINK_TYPE_MIN);
	const size_t head =
	    e->len + (synthetic ? (size_t)FWDENCAP_ETHER_LEN : 0);
	const size_t room = e->max + e->tunnel - head;
	size_t len = l->len;

	/* What cannot be told whole is told as it was captured. */
	if (len > room || e->sent)
		len = l->caplen;
	if (len > room)
		return false;
	memcpy(dst, e->head, e->len);
	if (e->geneve) {
		put_be16(dst + e->tunnel + 2,
		    synthetic || l->type == 0 ? GENEVE_ETHER : l->type);
	}
	if (synthetic)
		put_synthetic(dst + e->len, l);
	memcpy(dst + head, l->data, l->caplen);
	*ret_made = (struct fwdencap_made){ .caplen = head + l->caplen,
		.len = head + len };
	if (e->from != FWDENCAP_FROM_TUNNEL)
		finish(e, dst, port, head + len - e->tunnel, ret_made);
	return true;
}
