/* SPDX-License-Identifier: BSD-3-Clause */
/* The old record: 28 octets, IPv4 only, no framing. */
#include "wire/rec28.h"

#include <netinet/in.h>

#include "wire/bytes.h"

/*
 *	 0        4        8        12       16     18     20    22      26  27
 *	+--------+--------+--------+--------+------+------+-----+-------+---+--+
 *	| sec    | usec   | source | dest.  | sport| dport| len | MGEN  |pro|0 |
 *	+--------+--------+--------+--------+------+------+-----+-------+---+--+
 */
#define PROTO_HOST 61 /* "any host internal protocol": CPU and memory */
#define USEC_MAX   999999
#define MEM_UNIT   256 /* KiB */

/* What makes a pseudo-record: address octets, ports and flow. */
#define CPU_MARK 1
#define CPU_FLOW 0xffffffffu
#define MEM_MARK 2
#define MEM_FLOW 0xfffffffeu

static void
put_time(uint8_t dst[static REC28_LEN], wall_t time)
{
	int64_t sec = time.ns / MONO_NS_PER_S;
	int64_t ns = time.ns % MONO_NS_PER_S;

	if (ns < 0) {
		ns += MONO_NS_PER_S;
		sec--;
	}
	put_be32(&dst[0], (uint32_t)sec);
	put_be32(&dst[4], (uint32_t)(ns / MONO_NS_PER_US));
}

static uint16_t
clamp(uint64_t len, unsigned int *ret_note)
{
	if (len <= UINT16_MAX)
		return (uint16_t)len;
	*ret_note |= REC28_CLAMPED;
	return UINT16_MAX;
}

static void
put_host(uint8_t dst[static REC28_LEN], wall_t time, uint8_t mark,
    uint32_t flow, uint16_t value)
{
	memset(dst, 0, REC28_LEN);
	put_time(dst, time);
	dst[8] = dst[12] = mark;
	put_be16(&dst[16], mark);
	put_be16(&dst[18], mark);
	put_be16(&dst[20], value);
	put_be32(&dst[22], flow);
	dst[26] = PROTO_HOST;
}

static size_t
put_hosts(uint8_t dst[static 2 * REC28_LEN], const struct obs *o,
    unsigned int *ret_note)
{
	const struct obs_host *h = &o->host;
	size_t n = 0;

	if (h->has & OBS_HOST_CPU) {
		put_host(dst, o->time, CPU_MARK, CPU_FLOW,
		    clamp(h->cpu_busy, ret_note));
		n += REC28_LEN;
	}
	if (h->has & OBS_HOST_MEM) {
		put_host(dst + n, o->time, MEM_MARK, MEM_FLOW,
		    clamp(h->mem_used / MEM_UNIT, ret_note));
		n += REC28_LEN;
	}
	return n;
}

size_t
rec28_put(uint8_t dst[static 2 * REC28_LEN], const struct obs *o,
    unsigned int *ret_note)
{
	const struct obs_pkt *k = &o->pkt;
	const bool ports = k->proto == IPPROTO_TCP || k->proto == IPPROTO_UDP;

	*ret_note = 0;
	if (o->kind == OBS_HOST)
		return put_hosts(dst, o, ret_note);
	if (o->kind != OBS_PKT)
		return 0;
	if (k->ipver != 4) {
		*ret_note = REC28_NOT_IPV4;
		return 0;
	}
	put_time(dst, o->time);
	memcpy(&dst[8], k->src, 4);
	memcpy(&dst[12], k->dst, 4);
	put_be16(&dst[16], ports ? k->sport : 0);
	put_be16(&dst[18], ports ? k->dport : 0);
	put_be16(&dst[20], clamp(k->len, ret_note));
	put_be32(&dst[22], k->mgen_flow);
	dst[26] = k->proto;
	dst[27] = 0;
	return REC28_LEN;
}

static bool
is_host(const uint8_t *buf, uint8_t mark, uint32_t flow)
{
	uint8_t want[REC28_LEN];

	put_host(want, (wall_t){ 0 }, mark, flow, 0);
	return memcmp(&buf[8], &want[8], 12) == 0 &&
	       memcmp(&buf[22], &want[22], 5) == 0;
}

static void
get_pkt(struct obs_pkt *k, const uint8_t *buf)
{
	k->ipver = 4;
	memcpy(k->src, &buf[8], 4);
	memcpy(k->dst, &buf[12], 4);
	k->sport = get_be16(&buf[16]);
	k->dport = get_be16(&buf[18]);
	k->len = get_be16(&buf[20]);
	k->mgen_flow = get_be32(&buf[22]);
	k->proto = buf[26];
	if (k->sport != 0 || k->dport != 0)
		k->has |= OBS_HAS_PORTS;
	if (k->mgen_flow != 0)
		k->has |= OBS_HAS_MGEN;
}

int
rec28_get(struct obs *ret_o, const uint8_t *buf, size_t len)
{
	struct obs o = { .kind = OBS_PKT };
	uint32_t usec;

	if (len < REC28_LEN)
		return 0;
	usec = get_be32(&buf[4]);
	if (usec > USEC_MAX)
		return -1;
	o.time = wall_make(get_be32(&buf[0]), usec * MONO_NS_PER_US);
	if (buf[26] == PROTO_HOST && is_host(buf, CPU_MARK, CPU_FLOW)) {
		o.kind = OBS_HOST;
		o.host.has = OBS_HOST_CPU;
		o.host.cpu_busy = get_be16(&buf[20]);
	} else if (buf[26] == PROTO_HOST && is_host(buf, MEM_MARK, MEM_FLOW)) {
		o.kind = OBS_HOST;
		o.host.has = OBS_HOST_MEM;
		o.host.mem_used = (uint64_t)get_be16(&buf[20]) * MEM_UNIT;
	} else {
		get_pkt(&o.pkt, buf);
	}
	*ret_o = o;
	return REC28_LEN;
}
