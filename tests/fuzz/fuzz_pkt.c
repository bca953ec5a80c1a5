/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/pkt agent/pktip agent/pktlink agent/pkttun agent/pktfrag agent/pktown agent/mgen agent/mgentcp wire/line wire/text */
/* Frames: every one is counted once, every record is fit for the formats. */
#include <stdlib.h>
#include <string.h>

#include "agent/pkt.h"
#include "agent/pktlink.h"
#include "wire/line.h"

/*
 * The input: one octet for the link type, with 0x80 to decapsulate; then
 * frames, each after its captured octets (2, big-endian), the octets cut off
 * (1) and the seconds since the last one (1).
 */
#define HEAD 4

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool so)
{
	if (!so)
		abort();
}

/* Members that do not apply are 0; those that do are in their range. */
static void
check_record(const struct obs *o)
{
	static const uint8_t zeros[16];
	const struct obs_pkt *k = &o->pkt;

	must(o->kind == OBS_PKT && (k->ipver == 4 || k->ipver == 6));
	must(k->ipver == 6 || memcmp(k->src + 4, zeros, 12) == 0);
	must(k->ipver == 6 || memcmp(k->dst + 4, zeros, 12) == 0);
	must(k->len >= (k->ipver == 6 ? 40 : 20));
	must(k->frag <= OBS_FRAG_MAX && k->role <= OBS_ROLE_MAX);
	must((k->has & ~OBS_HAS_ALL) == 0 && !(k->has & OBS_HAS_DIGEST));
	must((k->has & OBS_HAS_PORTS) || (k->sport | k->dport) == 0);
	must((k->has & OBS_HAS_ICMP) || (k->icmp_type | k->icmp_code) == 0);
	must((k->has & OBS_HAS_MGEN) || k->mgen_flow == 0);
	must((k->has & OBS_HAS_MGEN) || !(k->has & OBS_HAS_MSG));
	must((k->has & OBS_HAS_MSG) || (k->mgen_seq | k->mgen_tx.ns) == 0);
	must((k->has & OBS_HAS_QUOTE) ||
	     (k->q.proto | k->q.sport | k->q.dport) == 0);
	must(k->vlan == 0 || (k->vlan & 0xf000) == 0x8000);
}

/* The text line of a record is read as the same address, length, ports. */
static void
check_line(const struct obs *o)
{
	char name[LINE_IFNAME_MAX];
	char text[LINE_MAX_LEN];
	struct obs again;
	const size_t n = line_put(text, o, LINE_BASIC, NULL);

	memset(&again, 0, sizeof(again));
	must(line_get(&again, name, text, n) == (int)n);
	must(memcmp(again.pkt.src, o->pkt.src, 16) == 0);
	must(memcmp(again.pkt.dst, o->pkt.dst, 16) == 0);
	must(again.pkt.len == o->pkt.len);
	must(again.pkt.sport == o->pkt.sport);
	must(again.pkt.dport == o->pkt.dport);
	must(again.pkt.mgen_flow == o->pkt.mgen_flow);
}

static uint64_t
outcomes(const struct count *c)
{
	return c->pkt_records + c->pkt_arp + c->pkt_llc + c->pkt_not_ip +
	       c->pkt_cut + c->pkt_unread;
}

/* Parse one frame from a block of its own, for the sanitizer's sake. */
static void
frame(struct pkt *p, struct count *c, struct pkt_frame *f, const uint8_t *data)
{
	uint8_t *copy = malloc(f->caplen + 1);
	const struct count was = *c;
	struct obs o;
	bool made;

	must(copy != NULL);
	memcpy(copy + 1, data, f->caplen);
	f->data = copy + 1;
	memset(&o, 0xa5, sizeof(o));
	made = pkt_parse(p, &o, f);
	free(copy);
	must(c->pkt_received == was.pkt_received + 1);
	must(outcomes(c) == outcomes(&was) + 1);
	must(c->pkt_records == was.pkt_records + made);
	must(c->pkt_truncated + c->pkt_malformed <=
	     was.pkt_truncated + was.pkt_malformed + 1);
	if (made) {
		check_record(&o);
		check_line(&o);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int types[] = { PKTLINK_ETHERNET, PKTLINK_SLL,
		PKTLINK_SLL2, PKTLINK_NULL, PKTLINK_RAW, PKTLINK_LOOP,
		PKTLINK_IPV4, 147 };
	static const struct hash_key key = { { 0x9e3779b97f4a7c15,
	    0xd6e8feb86659fd93 } };
	struct pkt_frame f = { 0 };
	struct count count = { 0 };
	struct pktown own;
	struct pkt *p;

	if (size == 0 || (p = pkt_new(&key, &count, data[0] & 0x80)) == NULL)
		return 0;
	pktown_clear(&own);
	pktown_add_mac(&own, (const uint8_t *)"\x02\0\0\0\0\x01");
	pkt_own(p, &own);
	f.linktype = types[data[0] & 7];
	for (data++, size--; size > HEAD; data += f.caplen, size -= f.caplen) {
		f.caplen = (size_t)data[0] << 8 | data[1];
		f.time.ns += data[3] * MONO_NS_PER_S;
		data += HEAD;
		size -= HEAD;
		if (f.caplen > size)
			f.caplen = size;
		f.len = f.caplen + data[-2];
		frame(p, &count, &f, data);
	}
	pkt_free(p);
	return 0;
}
