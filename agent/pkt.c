/* SPDX-License-Identifier: BSD-3-Clause */
/* One captured frame in, one packet observation out. */
#include "agent/pkt.h"

#include <netinet/in.h>
#include <stdlib.h>

#include "agent/mgen.h"
#include "agent/mgentcp.h"
#include "agent/pktdigest.h"
#include "agent/pktfrag.h"
#include "agent/pktip.h"
#include "agent/pktlink.h"
#include "agent/pkttun.h"
#include "wire/bytes.h"

#define PORTS_LEN     4
#define UDP_LEN       8
#define TCP_MIN       20
#define TCP_FLAGS     13 /* offset */
#define TCP_SYN       0x02
#define ICMP_HEAD     8 /* before the packet that an error quotes */
#define PROTO_DCCP    33
#define PROTO_SCTP    132
#define PROTO_UDPLITE 136

struct pkt {
	struct count *count;
	const struct pktown *own;
	struct pktfrag *frag;
	struct mgentcp *mgentcp;
	bool decapsulate;
	bool digest;
};

struct pkt *
pkt_new(const struct hash_key *hash, struct count *count, bool decapsulate)
{
	struct pkt *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	p->count = count;
	p->decapsulate = decapsulate;
	p->frag = pktfrag_new(hash);
	p->mgentcp = mgentcp_new(hash);
	if (p->frag == NULL || p->mgentcp == NULL) {
		pkt_free(p);
		return NULL;
	}
	return p;
}

void
pkt_own(struct pkt *p, const struct pktown *own)
{
	p->own = own;
}

void
pkt_digest(struct pkt *p)
{
	p->digest = true;
}

static void
set_ports(struct obs_pkt *k, const uint8_t *p)
{
	k->sport = get_be16(&p[0]);
	k->dport = get_be16(&p[2]);
	k->has |= OBS_HAS_PORTS;
}

/* An upper layer of less than ${need} octets: cut by us, or by its sender? */
static enum pktip_verdict
too_short(const struct pktip *ip, size_t need)
{
	return ip->size < need ? PKTIP_MALFORMED : PKTIP_CUT;
}

static void
set_msg(struct obs_pkt *k, const struct mgen *m)
{
	k->mgen_seq = m->seq;
	k->mgen_tx = m->tx;
	k->has |= OBS_HAS_MSG;
}

static void
mgen_udp(struct pkt *p, struct obs_pkt *k, const struct pktip *ip)
{
	const uint16_t len = get_be16(&ip->p[4]);
	struct mgen m;

	if (!mgen_get(&m, ip->p + UDP_LEN, ip->len - UDP_LEN) ||
	    m.size != len - UDP_LEN)
		return;
	k->mgen_flow = m.flow;
	k->has |= OBS_HAS_MGEN;
	set_msg(k, &m);
	p->count->mgen_messages++;
}

static void
mgen_tcp(struct pkt *p, struct obs_pkt *k, const struct pktip *ip)
{
	const size_t head = (size_t)(ip->p[12] >> 4) * 4;
	struct mgentcp_seg seg = { .seq = get_be32(&ip->p[4]) };
	struct mgentcp_hit hit;

	if (k->tcp_flags & TCP_SYN)
		mgentcp_reset(p->mgentcp, k);
	if (ip->size <= head || ip->len < head)
		return;
	seg.p = ip->p + head;
	seg.captured = ip->len - head;
	seg.len = ip->size - head;
	if (!mgentcp_seen(p->mgentcp, k, &seg, &hit))
		return;
	k->mgen_flow = hit.flow;
	k->has |= OBS_HAS_MGEN;
	/* A record names one flow: no number of another one goes with it. */
	if (hit.header && hit.msg.flow == hit.flow)
		set_msg(k, &hit.msg);
	p->count->mgen_messages += hit.starts;
}

static enum pktip_verdict
tcp(struct pkt *p, struct obs_pkt *k, const struct pktip *ip)
{
	if (ip->size < TCP_MIN)
		return PKTIP_MALFORMED;
	if (ip->len >= PORTS_LEN)
		set_ports(k, ip->p);
	if (ip->len > TCP_FLAGS)
		k->tcp_flags = ip->p[TCP_FLAGS];
	if (ip->len < TCP_MIN)
		return PKTIP_CUT;
	if ((ip->p[12] >> 4) * 4u < TCP_MIN) {
		k->sport = k->dport = 0;
		k->tcp_flags = 0;
		k->has &= (uint8_t)~OBS_HAS_PORTS;
		return PKTIP_MALFORMED;
	}
	mgen_tcp(p, k, ip);
	return PKTIP_OK;
}

static enum pktip_verdict
udp(struct pkt *p, struct obs_pkt *k, const struct pktip *ip)
{
	if (ip->size < UDP_LEN)
		return PKTIP_MALFORMED;
	if (ip->len >= PORTS_LEN)
		set_ports(k, ip->p);
	if (ip->len < UDP_LEN)
		return PKTIP_CUT;
	mgen_udp(p, k, ip);
	return PKTIP_OK;
}

/* Whether ICMP of this type quotes a packet: RFC 792, RFC 4443. */
static bool
quotes(const struct obs_pkt *k)
{
	if (k->ipver == 6)
		return k->icmp_type >= 1 && k->icmp_type <= 4;
	return k->icmp_type == 3 || k->icmp_type == 4 || k->icmp_type == 5 ||
	       k->icmp_type == 11 || k->icmp_type == 12;
}

static void
quote(struct obs_pkt *k, const struct pktip *ip)
{
	struct obs_pkt inner = { 0 };
	struct pktip layer;
	const size_t len = ip->len - ICMP_HEAD;

	/* Only its head is there, so its own length cannot be checked. */
	(void)pktip_parse(
	    &inner, &layer, ip->p + ICMP_HEAD, len, ip->size - ICMP_HEAD);
	if (inner.ipver != k->ipver)
		return;
	memcpy(k->q.src, inner.src, 16);
	memcpy(k->q.dst, inner.dst, 16);
	k->q.proto = inner.proto;
	k->has |= OBS_HAS_QUOTE;
	if (layer.p != NULL && layer.len >= PORTS_LEN &&
	    (inner.proto == IPPROTO_TCP || inner.proto == IPPROTO_UDP)) {
		k->q.sport = get_be16(layer.p);
		k->q.dport = get_be16(layer.p + 2);
	}
}

static enum pktip_verdict
icmp(struct obs_pkt *k, const struct pktip *ip)
{
	if (ip->len < 2)
		return too_short(ip, 2);
	k->icmp_type = ip->p[0];
	k->icmp_code = ip->p[1];
	k->has |= OBS_HAS_ICMP;
	if (ip->len > ICMP_HEAD && quotes(k))
		quote(k, ip);
	return PKTIP_OK;
}

static enum pktip_verdict
upper(struct pkt *p, struct obs_pkt *k, const struct pktip *ip)
{
	switch (k->proto) {
	case IPPROTO_TCP:
		return tcp(p, k, ip);
	case IPPROTO_UDP:
		return udp(p, k, ip);
	case IPPROTO_ICMP:
		return k->ipver == 4 ? icmp(k, ip) : PKTIP_OK;
	case IPPROTO_ICMPV6:
		return k->ipver == 6 ? icmp(k, ip) : PKTIP_OK;
	case PROTO_DCCP:
	case PROTO_SCTP:
	case PROTO_UDPLITE:
		if (ip->len < PORTS_LEN)
			return too_short(ip, PORTS_LEN);
		set_ports(k, ip->p);
		return PKTIP_OK;
	default:
		return PKTIP_OK;
	}
}

static enum pktip_verdict
parse_ip(struct pkt *p, struct obs *o, struct pktip *ip, const uint8_t *data,
    size_t len, size_t size)
{
	struct obs_pkt *k = &o->pkt;
	enum pktip_verdict v = pktip_parse(k, ip, data, len, size);

	if (v != PKTIP_OK)
		return v;
	if (k->frag == OBS_FRAG_LATER) {
		if (pktfrag_later(p->frag, o, ip->id) != 0)
			p->count->frag_unmatched++;
		return PKTIP_OK;
	}
	if (ip->p != NULL)
		v = upper(p, k, ip);
	if (k->frag == OBS_FRAG_FIRST)
		pktfrag_first(p->frag, o, ip->id);
	return v;
}

/* Go into the tunnels of ${o} as long as there is a record inside. */
static enum pktip_verdict
decapsulate(struct pkt *p, struct obs *o, struct pktip *ip, struct pktlink *l,
    enum pktip_verdict v)
{
	struct pkttun t;

	for (int i = 0;
	     i < PKT_NESTING && v == PKTIP_OK && pkttun_open(&t, &o->pkt, ip);
	     i++) {
		struct obs inner = { .kind = OBS_PKT, .time = o->time };
		struct pktip upper_ip;
		enum pktip_verdict w;

		inner.pkt.iface = o->pkt.iface;
		inner.pkt.vlan = o->pkt.vlan;
		w = parse_ip(p, &inner, &upper_ip, t.p, t.len, t.size);
		if (inner.pkt.ipver == 0)
			return v;
		*o = inner;
		*ip = upper_ip;
		l->dst_mac = t.dst_mac;
		l->src_mac = t.src_mac;
		v = w;
	}
	return v;
}

static void
set_digest(struct pkt *p, struct obs_pkt *k, const struct pktip *ip)
{
	if (pktdigest_get(&k->digest, k, ip)) {
		k->has |= OBS_HAS_DIGEST;
	} else {
		p->count->pkt_no_digest++;
	}
}

static bool
count_link(struct count *c, enum pktlink_kind kind)
{
	switch (kind) {
	case PKTLINK_IS_IPV4:
	case PKTLINK_IS_IPV6:
		return true;
	case PKTLINK_IS_ARP:
		c->pkt_arp++;
		break;
	case PKTLINK_IS_LLC:
		c->pkt_llc++;
		break;
	case PKTLINK_IS_OTHER:
		c->pkt_not_ip++;
		break;
	case PKTLINK_IS_CUT:
		c->pkt_cut++;
		break;
	}
	return false;
}

bool
pkt_parse(struct pkt *p, struct obs *ret_o, const struct pkt_frame *f)
{
	struct count *c = p->count;
	struct obs_pkt *k = &ret_o->pkt;
	struct pktlink l;
	struct pktip ip;
	enum pktip_verdict v;

	c->pkt_received++;
	if (!count_link(c, pktlink_parse(&l, f->data, f->caplen, f->linktype)))
		return false;
	memset(ret_o, 0, sizeof(*ret_o));
	ret_o->kind = OBS_PKT;
	ret_o->time = f->time;
	k->iface = f->iface;
	k->vlan = l.vlan;
	v = parse_ip(p, ret_o, &ip, l.p, l.len, f->len - l.head);
	if (p->decapsulate)
		v = decapsulate(p, ret_o, &ip, &l, v);
	c->pkt_truncated += v == PKTIP_CUT;
	c->pkt_malformed += v == PKTIP_MALFORMED;
	if (k->ipver == 0) {
		c->pkt_unread++;
		return false;
	}
	if (p->digest)
		set_digest(p, k, &ip);
	if (p->own != NULL)
		k->role = pktown_role(p->own, k, l.dst_mac, l.src_mac);
	c->pkt_records++;
	return true;
}

void
pkt_free(struct pkt *p)
{
	if (p == NULL)
		return;
	free(p->frag);
	free(p->mgentcp);
	free(p);
}
