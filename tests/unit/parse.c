/* SPDX-License-Identifier: BSD-3-Clause */
/* A packet parser for tests, and what it counts. */
#include "tests/unit/parse.h"

#include <string.h>

#include "agent/pktlink.h"
#include "tests/unit/guard.h"

static const struct hash_key hash = { { 0x9e3779b97f4a7c15,
    0xd6e8feb86659fd93 } };
struct count parse_count;
struct pkt *parse_pkt;

int
parse_start(void **state)
{
	memset(&parse_count, 0, sizeof(parse_count));
	parse_pkt = pkt_new(&hash, &parse_count, false);
	*state = parse_pkt;
	return parse_pkt == NULL ? -1 : 0;
}

int
parse_start_inner(void **state)
{
	memset(&parse_count, 0, sizeof(parse_count));
	parse_pkt = pkt_new(&hash, &parse_count, true);
	*state = parse_pkt;
	return parse_pkt == NULL ? -1 : 0;
}

int
parse_stop(void **state)
{
	pkt_free(*state);
	return 0;
}

bool
parse_cut(struct obs *o, const struct frame *f, size_t n)
{
	const struct pkt_frame frame = { .data = guard_put(f->data, n),
		.caplen = n,
		.len = f->len,
		.time = { 5 },
		.linktype = PKTLINK_ETHERNET,
		.iface = 3 };

	return pkt_parse(parse_pkt, o, &frame);
}

bool
parse_whole(struct obs *o, const struct frame *f)
{
	return parse_cut(o, f, f->len);
}
