/* SPDX-License-Identifier: BSD-3-Clause */
/* Observations at random, from a seed or from the octets of a fuzzer. */
#include "tests/unit/gen.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/unit/gendns.h"
#include "wire/bytes.h"

#define START_NS (1700000000 * MONO_NS_PER_S)

void
gen_seed(struct gen *ret_g, uint64_t seed)
{
	*ret_g = (struct gen){
		.state = seed * 2 + 1, .flows = 200, .now = START_NS
	};
}

void
gen_octets(struct gen *ret_g, const uint8_t *data, size_t len)
{
	*ret_g = (struct gen){
		.p = data, .end = data + len, .flows = 200, .now = START_NS
	};
}

/* splitmix64, or four octets of the input. */
static uint64_t
draw(struct gen *g)
{
	uint64_t v = 0;

	if (g->p != NULL) {
		for (unsigned int i = 0; i < 4 && g->p < g->end; i++)
			v |= (uint64_t)*g->p++ << (8 * i);
		return v;
	}
	v = g->state += 0x9e3779b97f4a7c15u;
	v = (v ^ v >> 30) * 0xbf58476d1ce4e5b9u;
	v = (v ^ v >> 27) * 0x94d049bb133111ebu;
	return v ^ v >> 31;
}

uint32_t
gen_below(struct gen *g, uint32_t n)
{
	return (uint32_t)(draw(g) % n);
}

static bool
once_in(struct gen *g, uint32_t n)
{
	return gen_below(g, n) == 0;
}

/* An address of ${ipver} with the number ${i}. */
static void
address(uint8_t dst[static 16], unsigned int ipver, uint32_t i)
{
	memset(dst, 0, 16);
	put_be32(dst, ipver == 4 ? 0x0a000000 | i : 0x20010db8);
	if (ipver == 6)
		put_be32(dst + 12, i);
}

/* The head of a packet of the flow with the number ${i}: always the same. */
static void
flow(struct obs_pkt *k, uint32_t i)
{
	static const uint8_t proto[] = { 6, 17, 1, 17, 47, 6, 17, 58 };
	const uint32_t h = i * 2654435761u;

	k->ipver = h & 0x100 ? 6 : 4;
	k->proto = proto[i % 8];
	address(k->src, k->ipver, i % 300);
	address(k->dst, k->ipver, i % 16 == 0 ? i % 300 : h >> 24);
	if (k->proto == 6 || k->proto == 17) {
		k->has |= OBS_HAS_PORTS;
		k->sport = (uint16_t)(h >> 7);
		k->dport = i % 32 == 0 ? k->sport : (uint16_t)(i % 5 * 1000);
	}
	if (k->proto == 1 || k->proto == 58) {
		k->has |= OBS_HAS_ICMP;
		k->icmp_type = (uint8_t)(i / 8 % 16);
		k->icmp_code = i & 1;
	}
	if (i % 8 == 3) {
		k->has |= OBS_HAS_MGEN;
		k->mgen_flow = i * 77777;
	}
	if (i % 7 == 0)
		k->vlan = (uint16_t)(0x8000 | i);
	k->iface =
	    i % 5 == 0 ? (uint16_t)(i % 3 == 0 ? i * 7 % 4096 : i & 0xff) : 0;
	k->role = (uint8_t)(i % (OBS_ROLE_MAX + 1));
}

static void
turn(struct obs_pkt *k)
{
	const uint16_t port = k->sport;
	uint8_t addr[16];

	memcpy(addr, k->src, 16);
	memcpy(k->src, k->dst, 16);
	memcpy(k->dst, addr, 16);
	k->sport = k->dport;
	k->dport = port;
}

static void
quote(struct gen *g, struct obs_pkt *k)
{
	k->has |= OBS_HAS_QUOTE;
	memcpy(k->q.src, k->dst, 16);
	memcpy(k->q.dst, k->src, 16);
	if (once_in(g, 2))
		address(k->q.src, k->ipver, gen_below(g, 1000));
	if (once_in(g, 2))
		address(k->q.dst, k->ipver, gen_below(g, 1000));
	k->q.proto = (uint8_t)gen_below(g, 256);
	k->q.sport = (uint16_t)gen_below(g, 65536);
	k->q.dport = (uint16_t)gen_below(g, 65536);
}

static void
message(struct gen *g, struct obs_pkt *k)
{
	k->has |= OBS_HAS_MSG;
	k->mgen_seq = g->seq++;
	if (once_in(g, 20))
		k->mgen_seq = (uint32_t)draw(g);
	k->mgen_tx.ns = g->now / MONO_NS_PER_US * MONO_NS_PER_US;
	if (g->now > 0)
		k->mgen_tx.ns -= gen_below(g, 9000) * MONO_NS_PER_US;
	if (once_in(g, 40)) { /* as any 32-bit seconds of a header */
		k->mgen_tx = wall_make(
		    (uint32_t)draw(g), (int64_t)gen_below(g, 1000) * 1000);
	}
}

/* Move the clock, wrapping at its ends. */
static void
move(struct gen *g, int64_t ns)
{
	g->now = (int64_t)((uint64_t)g->now + (uint64_t)ns);
}

static void
tick(struct gen *g)
{
	const uint32_t how = gen_below(g, 64);

	if (g->calm || how > 4) {
		move(g, gen_below(g, how > 32 ? 2000000 : 20));
	} else if (how > 1) {
		move(g, -(int64_t)gen_below(g, 3000000));
	} else if (how == 1) {
		move(g, (int64_t)gen_below(g, 100000) * MONO_NS_PER_S);
	} else if (once_in(g, 8)) {
		g->now = (int64_t)(draw(g) | draw(g) << 32);
	} else {
		g->now = START_NS;
	}
}

void
gen_pkt(struct gen *g, struct obs *ret_o)
{
	const uint32_t some = g->flows > 8 && once_in(g, 2) ? 8 : g->flows;
	struct obs_pkt *k = &ret_o->pkt;

	/* The padding too, so that gen_same can compare memory. */
	memset(ret_o, 0, sizeof(*ret_o));
	tick(g);
	ret_o->kind = OBS_PKT;
	ret_o->time.ns = g->now;
	flow(k, gen_below(g, some));
	if (once_in(g, 2))
		turn(k);
	k->len = g->calm ? 100 : 40 + gen_below(g, 8) * 100;
	k->ttl = 64;
	k->tcp_flags = k->proto == 6 ? 0x10 : 0;
	if ((k->has & OBS_HAS_MGEN) && !once_in(g, 4))
		message(g, k);
	if ((k->has & OBS_HAS_ICMP) && once_in(g, 2))
		quote(g, k);
	if (!g->calm && once_in(g, 8)) {
		k->len = (uint32_t)draw(g) >> gen_below(g, 32);
		k->ttl = (uint8_t)gen_below(g, 256);
		k->tos = (uint8_t)gen_below(g, 256);
		k->tcp_flags = (uint8_t)gen_below(g, 256);
		k->frag = (uint8_t)gen_below(g, OBS_FRAG_MAX + 1);
	}
	if (once_in(g, 3)) {
		k->has |= OBS_HAS_DIGEST;
		k->digest = (uint32_t)draw(g);
	}
}

static int64_t
floor_to(int64_t ns, int64_t tick_ns)
{
	const int64_t rest = (ns % tick_ns + tick_ns) % tick_ns;
	int64_t v;

	/* The first, cut tick of all times rounds up. */
	return __builtin_sub_overflow(ns, rest, &v) ? ns - ns % tick_ns : v;
}

struct obs
gen_expect(const struct obs *o, const struct hello_params *par)
{
	struct obs e = *o;
	struct obs_pkt *k = &e.pkt;
	int64_t tick_ns = 1;

	for (unsigned int i = 0; i < par->tick_exp; i++)
		tick_ns *= 10;
	e.time.ns = floor_to(o->time.ns, tick_ns);
	k->tcp_flags &= par->fields & HELLO_FIELD_TCP_FLAGS ? 0xff : 0;
	k->ttl &= par->fields & HELLO_FIELD_TTL ? 0xff : 0;
	k->tos &= par->fields & HELLO_FIELD_TOS ? 0xff : 0;
	k->vlan &= par->fields & HELLO_FIELD_VLAN ? 0xffff : 0;
	k->iface &= par->fields & HELLO_FIELD_IFACE ? 0xffff : 0;
	k->role &= par->fields & HELLO_FIELD_ROLE ? 0xff : 0;
	k->frag &= par->fields & HELLO_FIELD_FRAG ? 0xff : 0;
	if (!(par->fields & HELLO_FIELD_ICMP)) {
		k->has &= (uint8_t)~OBS_HAS_ICMP;
		k->icmp_type = k->icmp_code = 0;
	}
	if (!(par->fields & HELLO_FIELD_QUOTE)) {
		k->has &= (uint8_t)~OBS_HAS_QUOTE;
		memset(&k->q, 0, sizeof(k->q));
	}
	if (!(par->fields & HELLO_FIELD_MSG)) {
		k->has &= (uint8_t)~OBS_HAS_MSG;
		k->mgen_seq = 0;
		k->mgen_tx.ns = 0;
	}
	if (!(par->fields & HELLO_FIELD_DIGEST) ||
	    k->digest > par->digest_max) {
		k->has &= (uint8_t)~OBS_HAS_DIGEST;
		k->digest = 0;
	}
	return e;
}

bool
gen_same(const struct obs *a, const struct obs *b)
{
	if (a->kind != b->kind || a->time.ns != b->time.ns)
		return false;
	switch (a->kind) {
	case OBS_PKT:
		/* Records are equal octet by octet: see wire/obs.h. */
		return memcmp((const void *)&a->pkt, (const void *)&b->pkt,
			   sizeof(a->pkt)) == 0;
	case OBS_HOST:
		return a->host.has == b->host.has &&
		       a->host.cpu_busy == b->host.cpu_busy &&
		       a->host.mem_used == b->host.mem_used;
	case OBS_LOSS:
		return a->loss.reason == b->loss.reason &&
		       a->loss.first == b->loss.first &&
		       a->loss.count == b->loss.count;
	case OBS_DNS:
		return gendns_same(&a->dns, &b->dns);
	}
	return false;
}

/* Whole pages for ${len} octets. */
static size_t
pages(size_t len)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);

	return (len + page - 1) / page * page;
}

const uint8_t *
gen_guard(const void *data, size_t len)
{
	const size_t room = pages(len);
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uint8_t *m = mmap(NULL, room + page, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (m == MAP_FAILED || mprotect(m + room, page, PROT_NONE) != 0)
		abort();
	if (len > 0)
		memcpy(m + room - len, data, len);
	return m + room - len;
}

void
gen_unguard(const uint8_t *p, size_t len)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	union {
		const uint8_t *read;
		void *start;
	} m = { .read = p + len - pages(len) };

	if (munmap(m.start, pages(len) + page) != 0)
		abort();
}
