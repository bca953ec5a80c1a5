/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/pkt agent/pktdigest agent/pktip agent/pktlink agent/pkttun agent/pktfrag agent/pktown agent/mgen agent/mgentcp wire/line wire/text */
/* Frames: every one is counted once, every record is fit for the formats. */
#include <stdlib.h>
#include <string.h>

#include "agent/pkt.h"
#include "agent/pktlink.h"
#include "wire/bytes.h"
#include "wire/line.h"

/*
 * The input: one octet for the link type, with 8 to decapsulate; then frames,
 * each after two octets: 6 bits for the octets cut off, 10 for those captured.
 */
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
	must((k->has & ~OBS_HAS_ALL) == 0);
	must((k->has & OBS_HAS_DIGEST) || k->digest == 0);
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
	struct line_place at;
	char text[LINE_MAX_LEN];
	struct obs again;
	const size_t n = line_put(text, o, LINE_BASIC, NULL);

	memset(&again, 0, sizeof(again));
	must(line_get(&again, &at, text, n) == (int)n);
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
	static const int types[] = { PKTLINK_ETHERNET, PKTLINK_NULL,
		PKTLINK_RAW, PKTLINK_LOOP, PKTLINK_SLL, PKTLINK_SLL2,
		PKTLINK_IPV4, PKTLINK_RAW_OPENBSD };
	static const struct hash_key key = { { 0x9e3779b97f4a7c15,
	    0xd6e8feb86659fd93 } };
	struct rd r = rd_init(data, size);
	const uint8_t kind = rd_u8(&r);
	struct count count = { 0 };
	struct pkt *p = pkt_new(&key, &count, kind & 8);
	struct pkt_frame f = { .linktype = types[kind & 7] };
	struct pktown own;

	must(p != NULL);
	pktown_clear(&own);
	pktown_add_mac(&own, (const uint8_t *)"\x02\0\0\0\0\x01");
	pkt_own(p, &own);
	if (kind & 16)
		pkt_digest(p);
	for (; rd_left(&r) > 2; f.time.ns += MONO_NS_PER_S) {
		const uint16_t head = rd_u16(&r);

		f.caplen = head & 0x3ff;
		if (f.caplen > rd_left(&r))
			f.caplen = rd_left(&r);
		f.len = f.caplen + (head >> 10);
		frame(p, &count, &f, rd_take(&r, f.caplen));
	}
	pkt_free(p);
	return 0;
}
