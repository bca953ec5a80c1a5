/* SPDX-License-Identifier: BSD-3-Clause */
/* One inner packet in, one outer one or its fragments out. */
#include "agent/fwdtun.h"

#include <string.h>

#include "agent/fwdfrag.h"

#define UDP_V4 28 /* octets of IP and UDP */
#define UDP_V6 48

/* The longest outer packet that goes as a whole. */
static size_t
limit(const struct fwdtun *t)
{
	const size_t path = t->type->mtu(t->out);

	if (path == 0 || (t->mtu > 0 && t->mtu < path))
		return t->mtu == 0 ? SIZE_MAX : t->mtu;
	return path;
}

/* Octets of the outer packet ${m} from the IP header on. */
static size_t
ip_octets(const struct fwdtun *t, const struct fwdencap_made *m)
{
	if (t->encap.from != FWDENCAP_FROM_TUNNEL)
		return m->len - t->encap.ip;
	return m->len + (t->encap.v6 ? UDP_V6 : UDP_V4);
}

/* The packet ${p} of ${len} octets lies where the first fragment will. */
static int
fragment(struct fwdtun *t, const uint8_t *packet, size_t len, size_t mtu,
    struct fwdout_pkt *p)
{
	const size_t ip = t->encap.ip;
	struct fwdfrag f;

	memcpy(t->whole, packet, len);
	fwdfrag_init(&f, t->whole + ip, len - ip, mtu, ++t->id);
	while (!fwdfrag_done(&f)) {
		uint8_t *dst = t->type->room(t->out, ip + mtu);

		memcpy(dst, t->whole, ip);
		p->caplen = p->len = ip + fwdfrag_next(&f, dst + ip);
		p->last = fwdfrag_done(&f);
		if (t->type->add(t->out, p) != 0)
			return -1;
	}
	return 0;
}

int
fwdtun_put(
    struct fwdtun *t, const struct fwdlink *l, uint16_t port, wall_t time)
{
	const size_t max = limit(t);
	struct fwdlink in = *l;
	struct fwdencap_made m;
	uint8_t *dst = NULL;

	if (in.caplen <= FWDTUN_INNER_MAX)
		dst = t->type->room(t->out, FWDENCAP_ROOM + in.caplen);
	if (dst == NULL || !fwdencap_put(&t->encap, dst, &in, port, &m)) {
		t->count->packets_too_long++;
		return 0;
	}
	if (ip_octets(t, &m) > max && m.caplen < m.len) {
		/* What is missing cannot be in a fragment. */
		in.len = in.caplen;
		(void)fwdencap_put(&t->encap, dst, &in, port, &m);
	}
	struct fwdout_pkt p = { .caplen = m.caplen,
		.len = m.len,
		.time = time,
		.octets = in.caplen,
		.port = port,
		.last = true };

	if (ip_octets(t, &m) <= max)
		return t->type->add(t->out, &p);
	if (t->drop) {
		t->count->packets_over_mtu++;
		return 0;
	}
	t->count->packets_fragmented++;
	/* UDP sockets leave it to the kernel. */
	if (t->encap.from == FWDENCAP_FROM_TUNNEL)
		return t->type->add(t->out, &p);
	return fragment(t, dst, m.caplen, max, &p);
}
