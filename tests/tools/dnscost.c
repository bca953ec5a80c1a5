/* SPDX-License-Identifier: BSD-3-Clause */
/* links: wire/dnsline wire/line wire/text wire/enc wire/dnsrec wire/dnstab wire/dnsname wire/pack wire/cols wire/flowtab wire/dict wire/bits wire/zpack wire/frame wire/hello wire/ctl -lz */
/* What the records of a DNS log cost on the wire. */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>

#include "wire/dnsline.h"
#include "wire/enc.h"

/*
 * dnscost LOG LATENCY-MS LEVEL [FASTER]
 *
 * Prints the octets a record, framing included, the records, and those in a
 * block.  FASTER divides the time between records: so many such resolvers.
 */
struct cost {
	size_t octets, blocks, records;
};

static void
on_block(void *arg, const struct enc_block *b)
{
	struct cost *c = arg;

	c->octets += b->len;
	c->records += b->count;
	c->blocks++;
}

/* Read all of ${fp}.  Returns its octets. */
static size_t
read_all(FILE *fp, char **ret_text)
{
	size_t used = 0, room = 0, n;
	char *text = NULL;

	do {
		if (room - used < 65536 &&
		    (text = realloc(text, room = 2 * room + 65536)) == NULL)
			err(1, "log");
		n = fread(text + used, 1, room - used, fp);
		used += n;
	} while (n > 0);
	*ret_text = text;
	return used;
}

static void
send_all(struct enc *e, const char *text, size_t len, int64_t latency,
    int64_t faster)
{
	static struct dnsline mem;
	int64_t begun = 0;
	struct obs o;
	ptrdiff_t n;

	for (; len > 0; text += n, len -= (size_t)n) {
		n = dnsline_get(&o, &mem, text, len);
		if (n <= 0)
			errx(1, "no DNS log: %.60s", text);
		if (o.kind != OBS_DNS)
			continue;
		o.time.ns /= faster;
		if (enc_pending(e) == 0)
			begun = o.time.ns;
		if (o.time.ns - begun > latency) {
			enc_flush(e);
			begun = o.time.ns;
		}
		if (!enc_put(e, &o))
			errx(1, "lost: %.60s", text);
	}
	enc_flush(e);
}

int
main(int argc, char **argv)
{
	struct cost cost = { 0 };
	struct hello h;
	struct enc *e;
	char *text;
	FILE *fp;

	if (argc < 4 || (fp = fopen(argv[1], "r")) == NULL)
		err(1, "dnscost LOG LATENCY-MS LEVEL [FASTER]");
	const size_t len = read_all(fp, &text);

	fclose(fp);
	hello_default(&h, true);
	h.par.caps = HELLO_CAP_DNS;
	if ((e = enc_new(&h.par, (int)strtol(argv[3], NULL, 10), 0, on_block,
		 &cost)) == NULL)
		err(1, "encoder");
	send_all(e, text, len, strtol(argv[2], NULL, 10) * MONO_NS_PER_MS,
	    argc > 4 ? strtol(argv[4], NULL, 10) : 1);
	printf("%.2f %zu %.1f\n", (double)cost.octets / (double)cost.records,
	    cost.records, (double)cost.records / (double)cost.blocks);
	enc_free(e);
	free(text);
	return 0;
}
