/* SPDX-License-Identifier: BSD-3-Clause */
/* links: wire/enc wire/dnsrec wire/dnstab wire/dnsname wire/hello wire/pack wire/cols wire/flowtab wire/dict wire/bits wire/zpack wire/frame wire/ctl wire/rec28 wire/line wire/text -lz */
/* mkrec old|v1|text COUNT: writes COUNT invented records to standard output. */

#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/bytes.h"
#include "wire/ctl.h"
#include "wire/enc.h"
#include "wire/line.h"
#include "wire/rec28.h"

#define FLOWS 100
#define BLOCK 512

/* A hundred conversations in turn, ten microseconds apart. */
static void
invent(struct obs *o, uint64_t i)
{
	const uint32_t flow = (uint32_t)(i * 2654435761u >> 7) % FLOWS;

	memset(o, 0, sizeof(*o));
	o->kind = OBS_PKT;
	o->time = wall_make(1700000000, (int64_t)i * 10000);
	put_be32(o->pkt.src, 0x0a000001 + flow);
	put_be32(o->pkt.dst, 0x0a010001);
	o->pkt.sport = (uint16_t)(40000 + flow);
	o->pkt.dport = 5000;
	o->pkt.ipver = 4;
	o->pkt.proto = 17;
	o->pkt.has = OBS_HAS_PORTS;
	o->pkt.len = 100 + flow;
}

static void
write_block(void *arg, const struct enc_block *b)
{
	if (fwrite(b->data, 1, b->len, arg) != b->len)
		err(1, "write");
}

static void
write_v1(uint64_t count)
{
	uint8_t buf[HELLO_MAX], body[CTL_MAX];
	uint8_t frame[CTL_MAX + FRAME_OVERHEAD];
	struct hello h;
	struct obs o;
	struct enc *e;
	size_t n;

	hello_default(&h, true);
	h.par.block = BLOCK;
	h.has_stream = true;
	snprintf(h.node, sizeof(h.node), "invented");
	fwrite(buf, 1, hello_put(buf, &h), stdout);
	if ((e = enc_new(&h.par, 6, 0, write_block, stdout)) == NULL)
		err(1, "encoder");
	for (uint64_t i = 0; i < count; i++) {
		invent(&o, i);
		enc_put(e, &o);
	}
	enc_flush(e);
	enc_free(e);
	n = ctl_bye_put(body, CTL_BYE_END, count);
	fwrite(frame, 1, ctl_frame(frame, FRAME_BYE, body, n), stdout);
}

static void
write_plain(uint64_t count, int text)
{
	char line[LINE_MAX_LEN];
	uint8_t rec[2 * REC28_LEN];
	unsigned int note;
	struct obs o;

	for (uint64_t i = 0; i < count; i++) {
		invent(&o, i);
		if (text) {
			fwrite(line, 1, line_put(line, &o, LINE_BASIC, NULL),
			    stdout);
		} else {
			fwrite(rec, 1, rec28_put(rec, &o, &note), stdout);
		}
	}
}

int
main(int argc, char *argv[])
{
	if (argc != 3)
		errx(2, "usage: mkrec old|v1|text count");
	const uint64_t count = strtoull(argv[2], NULL, 10);

	if (strcmp(argv[1], "v1") == 0) {
		write_v1(count);
	} else if (strcmp(argv[1], "old") == 0) {
		write_plain(count, 0);
	} else if (strcmp(argv[1], "text") == 0) {
		write_plain(count, 1);
	} else {
		errx(2, "%s: not old, v1 or text", argv[1]);
	}
	if (fflush(stdout) != 0)
		err(1, "write");
	return 0;
}
