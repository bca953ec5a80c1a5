/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/mgentcp agent/mgen */
/* MGEN over TCP: any segments in any order, and the detector alone. */
#include <stdlib.h>
#include <string.h>

#include "agent/mgentcp.h"

/*
 * The input: segments, each after its captured octets (1), the octets cut off
 * (2, big-endian), and where it begins beside the end of the last one (2,
 * signed); 0x80 in a sixth octet resets first.
 */
#define HEAD 6

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool so)
{
	if (!so)
		abort();
}

static void
check_header(const uint8_t *p, size_t len)
{
	struct mgen m;
	struct mgen again;

	if (!mgen_get(&m, p, len))
		return;
	must(len >= MGEN_HEAD && m.size >= MGEN_MIN_V4);
	must(m.tx.ns >= 0 && m.tx.ns % MONO_NS_PER_US == 0);
	/* more octets behind it do not matter, fewer make it none */
	must(mgen_get(&again, p, MGEN_HEAD) && again.flow == m.flow &&
	     again.seq == m.seq && again.size == m.size);
	must(!mgen_get(&again, p, MGEN_HEAD - 1));
}

static void
segment(struct mgentcp *t, const struct mgentcp_seg *seg)
{
	static const struct obs_pkt k = { .ipver = 4, .sport = 1, .dport = 2 };
	struct mgentcp_seg own = *seg;
	uint8_t *copy = malloc(seg->captured + 1);
	struct mgentcp_hit hit;
	struct mgen m;

	must(copy != NULL);
	memcpy(copy + 1, seg->p, seg->captured);
	own.p = copy + 1;
	check_header(own.p, own.captured);
	if (mgentcp_seen(t, &k, &own, &hit)) {
		must(hit.header || hit.starts == 0);
		must(hit.starts <= own.captured / MGEN_HEAD);
		must(!hit.header || hit.msg.size >= MGEN_MIN_V4);
	} else {
		/* a header in front is always one */
		must(!mgen_get(&m, own.p, own.captured));
	}
	if (mgen_get(&m, own.p, own.captured))
		must(hit.flow == m.flow && hit.msg.seq == m.seq);
	free(copy);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct hash_key key = { { 0x9e3779b97f4a7c15,
	    0xd6e8feb86659fd93 } };
	static const struct obs_pkt k = { .ipver = 4, .sport = 1, .dport = 2 };
	struct mgentcp *t = mgentcp_new(&key);
	struct mgentcp_seg seg = { .seq = 0xffffff00 };

	must(t != NULL);
	for (; size > HEAD; data += seg.captured, size -= seg.captured) {
		const uint16_t cut = (uint16_t)(data[1] << 8 | data[2]);
		const uint16_t step = (uint16_t)(data[3] << 8 | data[4]);

		seg.captured = data[0];
		seg.seq += (uint32_t)(int16_t)step;
		if (data[5] & 0x80)
			mgentcp_reset(t, &k);
		data += HEAD;
		size -= HEAD;
		if (seg.captured > size)
			seg.captured = size;
		seg.len = seg.captured + cut;
		seg.p = data;
		if (seg.len > 0)
			segment(t, &seg);
		seg.seq += (uint32_t)seg.len;
	}
	free(t);
	return 0;
}
