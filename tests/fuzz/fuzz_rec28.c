/* SPDX-License-Identifier: BSD-3-Clause */
/* links: wire/rec28 */
/* Old records: what was read and is written is read again as the same. */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "wire/rec28.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Only TCP and UDP are sent with ports, whoever else had some. */
static void
forget_ports(struct obs *o)
{
	struct obs_pkt *k = &o->pkt;

	if (o->kind != OBS_PKT || k->proto == IPPROTO_TCP ||
	    k->proto == IPPROTO_UDP)
		return;
	k->sport = k->dport = 0;
	k->has &= (uint8_t)~OBS_HAS_PORTS;
}

static void
check_record(const uint8_t *data)
{
	uint8_t out[2 * REC28_LEN];
	unsigned int note;
	struct obs again;
	struct obs o;
	int n;

	memset(&o, 0, sizeof(o));
	n = rec28_get(&o, data, REC28_LEN);
	if (n == -1)
		return;
	if (n != REC28_LEN || rec28_put(out, &o, &note) != REC28_LEN ||
	    note != 0)
		abort();
	if (rec28_get(&again, out, REC28_LEN) != REC28_LEN)
		abort();
	/* The reserved octet, and ports of other protocols, are not kept. */
	forget_ports(&o);
	/* Both began as zeros, NOLINTNEXTLINE(bugprone-suspicious-memory-comparison) */
	if (memcmp(&again, &o, sizeof(o)) != 0)
		abort();
	for (size_t len = 0; len < REC28_LEN; len++) {
		if (rec28_get(&again, data, len) != 0)
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (; size >= REC28_LEN; data += REC28_LEN, size -= REC28_LEN)
		check_record(data);
	return 0;
}
