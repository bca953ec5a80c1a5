/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/pkt agent/pktip agent/pktlink agent/pkttun agent/pktfrag agent/pktown agent/mgen agent/mgentcp */
/* Frames of strangers, several in a row so that fragments and TCP meet. */
#include <stdlib.h>
#include <string.h>

#include "agent/pkt.h"
#include "wire/bytes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const int linktypes[] = { 1, 0, 12, 108, 113, 276, 228, 14 };

static void
check(const struct obs *o)
{
	const struct obs_pkt *k = &o->pkt;

	if ((k->ipver != 4 && k->ipver != 6) || k->role > OBS_ROLE_MAX ||
	    k->frag > OBS_FRAG_MAX ||
	    (!(k->has & OBS_HAS_PORTS) && (k->sport | k->dport) != 0) ||
	    ((k->has & OBS_HAS_MSG) && !(k->has & OBS_HAS_MGEN)))
		abort();
}

/* Octets: link type and decapsulation, then frames with their lengths. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const struct hash_key key = { { 1, 2 } };
	struct rd r = rd_init(data, len);
	struct count c = { 0 };
	const uint8_t kind = rd_u8(&r);
	struct pkt *p = pkt_new(&key, &c, kind & 8);
	struct pktown own;
	struct obs o;

	if (p == NULL)
		abort();
	pktown_clear(&own);
	pkt_own(p, &own);
	for (int64_t t = 0; rd_left(&r) > 2; t += MONO_NS_PER_MS) {
		const uint16_t more = rd_u16(&r);
		struct pkt_frame f = { .time = { t },
			.linktype = linktypes[kind & 7] };
		uint8_t *copy;

		f.caplen =
		    (more & 0x3ff) < rd_left(&r) ? more & 0x3ff : rd_left(&r);
		f.len = f.caplen + (more >> 10);
		copy = malloc(f.caplen > 0 ? f.caplen : 1);
		memcpy(copy, rd_take(&r, f.caplen), f.caplen);
		f.data = copy; /* so that a read behind it is seen */
		if (pkt_parse(p, &o, &f))
			check(&o);
		free(copy);
	}
	pkt_free(p);
	return 0;
}
