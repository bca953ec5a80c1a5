/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/fwdencap agent/fwdflow agent/fwdfrag agent/fwdlink agent/fwdown agent/fwdsum agent/pktip agent/pktlink */
/* Frames to be tunnelled: what comes out holds them, and is a sane packet. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "agent/fwdencap.h"
#include "agent/fwdflow.h"
#include "agent/fwdfrag.h"
#include "agent/fwdlink.h"
#include "agent/fwdown.h"
#include "agent/fwdsum.h"
#include "agent/pktlink.h"
#include "wire/bytes.h"

#define MTU 1280

/*
 * The input: one octet for the link type, with 8 GENEVE, 16 IPv6 outside, 32
 * a packet that is sent; then a frame, after two octets of what was cut off.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool so)
{
	if (!so)
		abort();
}

/* ${sum} with the checksum in it: nothing is left. */
static bool
is_right(uint64_t sum)
{
	uint8_t rest[2];

	fwdsum_put(rest, sum);
	return get_be16(rest) == 0;
}

/* The IP packet ${p} of ${len} octets, ${cut} of them missing. */
static void
check_outer(const uint8_t *p, size_t len, bool v6, bool cut)
{
	const uint8_t *udp = p + (v6 ? 40 : 20);
	const size_t rest = len - (v6 ? 40 : 20);
	uint64_t sum;

	must(get_be16(v6 ? &p[4] : &p[2]) == (v6 ? rest : len));
	must(v6 || is_right(fwdsum_add(0, p, 20)));
	must(get_be16(&udp[0]) >= FWDFLOW_PORT_MIN);
	must(get_be16(&udp[0]) < FWDFLOW_PORT_MIN + FWDFLOW_PORTS);
	must(get_be16(&udp[4]) == rest);
	must(cut == (get_be16(&udp[6]) == 0));
	if (cut)
		return;
	sum = fwdsum_add(0, v6 ? &p[8] : &p[12], v6 ? 32 : 8);
	sum = fwdsum_word(fwdsum_word(sum, 17), (uint16_t)rest);
	must(is_right(fwdsum_add(sum, udp, rest)));
}

/* The fragments of ${p} are short enough, and what it was. */
static void
check_fragments(const uint8_t *p, size_t len, bool v6)
{
	const size_t ip = v6 ? 40 : 20;
	uint8_t out[MTU];
	struct fwdfrag f;
	size_t at = ip;
	size_t n;

	fwdfrag_init(&f, p, len, MTU, 7);
	while ((n = fwdfrag_next(&f, out)) > 0) {
		const size_t head = ip + (v6 ? 8 : 0);

		must(n > head && n <= MTU && at + n - head <= len);
		must(memcmp(out + head, p + at, n - head) == 0);
		at += n - head;
	}
	must(at == len && fwdfrag_done(&f));
}

static void
tunnel(const struct fwdencap_conf *c, const struct fwdlink *l, uint16_t port)
{
	uint8_t *dst = malloc(FWDENCAP_ROOM + l->caplen);
	struct fwdencap_made m;
	struct fwdencap e;

	must(dst != NULL);
	fwdencap_init(&e, c);
	if (fwdencap_put(&e, dst, l, port, &m)) {
		must(m.caplen >= l->caplen && m.len >= m.caplen);
		must(m.caplen <= FWDENCAP_ROOM + l->caplen);
		must(memcmp(dst + m.caplen - l->caplen, l->data, l->caplen) ==
		     0);
		must(!c->sent || m.caplen == m.len);
		check_outer(dst + e.ip, m.len - e.ip, c->v6, m.caplen < m.len);
		if (m.caplen == m.len)
			check_fragments(dst + e.ip, m.len - e.ip, c->v6);
	}
	free(dst);
}

/* The other direction has the same port; the flow is ours or not, no crash. */
static uint16_t
flow_of(const struct fwdlink *l)
{
	const struct fwdown own = { .port = 4789 };
	struct fwdflow f;
	struct fwdflow back;

	memset(&f, 0xa5, sizeof(f));
	fwdflow_read(&f, l);
	must(f.ipver == 0 || f.ipver == 4 || f.ipver == 6);
	back = f;
	back.src = f.dst;
	back.dst = f.src;
	must(fwdflow_port(&f) == fwdflow_port(&back));
	(void)fwdown_is(&own, &f);
	return fwdflow_port(&f);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int types[] = { PKTLINK_ETHERNET, PKTLINK_NULL,
		PKTLINK_RAW, PKTLINK_LOOP, PKTLINK_SLL, PKTLINK_SLL2,
		PKTLINK_IPV4, PKTLINK_RAW_OPENBSD };
	struct rd r = rd_init(data, size);
	const uint8_t kind = rd_u8(&r);
	const size_t more = rd_u16(&r);
	const struct fwdencap_conf c = { .geneve = kind & 8,
		.v6 = kind & 16,
		.sent = kind & 32,
		.from = kind & 32 ? FWDENCAP_FROM_IP : FWDENCAP_FROM_ETHER,
		.vni = 4242,
		.port = 4789,
		.ttl = 32,
		.src = { 1 },
		.dst = { 2 } };
	const size_t caplen = rd_left(&r);
	uint8_t *copy;
	struct fwdlink l;

	if (r.bad)
		return 0;
	/* a block of its own, for the sanitizer's sake */
	must((copy = malloc(caplen + 1)) != NULL);
	memcpy(copy + 1, r.p, caplen);
	const struct pkt_frame f = { .data = copy + 1,
		.caplen = caplen,
		.len = caplen + more,
		.linktype = types[kind & 7] };

	if (fwdlink_inner(&l, &f)) {
		must(l.data + l.caplen == f.data + f.caplen);
		must(l.len - l.caplen == f.len - f.caplen);
		tunnel(&c, &l, flow_of(&l));
	}
	free(copy);
	return 0;
}
