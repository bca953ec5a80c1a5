/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/pkt agent/pktdigest agent/pktip agent/pktlink agent/pkttun agent/pktfrag agent/pktown agent/mgen agent/mgentcp wire/enc wire/dnsrec wire/dnstab wire/dnsname wire/stream wire/ifaces wire/dnsget wire/unpack wire/pack wire/cols wire/flowtab wire/dict wire/bits wire/zpack wire/frame wire/hello wire/ctl -lpcap -lz */
/* What the records of captures cost on the wire. */
#include <err.h>
#include <pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/pkt.h"
#include "wire/enc.h"
#include "wire/stream.h"

/*
 * wirecost CAPTURE BLOCK FIELDS LEVEL TIMES-TO-ENCODE TIMES-TO-DECODE [N]
 *
 * Prints the octets a record.  The digests of one packet in N are sent, if that
 * field is.  Under callgrind, runs that differ only in how
 * often they encode or decode tell what that costs.
 */
struct cost {
	struct obs *obs;
	size_t n, room;
	struct hello hello;
	int level;
	uint8_t *stream;
	size_t used, size;
	size_t decoded;
};

static void
keep(struct cost *c, const void *data, size_t len)
{
	if (c->used + len > c->size) {
		c->size = (c->used + len) * 2;
		if ((c->stream = realloc(c->stream, c->size)) == NULL)
			err(1, "stream");
	}
	memcpy(c->stream + c->used, data, len);
	c->used += len;
}

static void
on_block(void *arg, const struct enc_block *b)
{
	keep(arg, b->data, b->len);
}

static void
add(struct cost *c, const struct obs *o)
{
	if (c->n == c->room) {
		c->room = c->room * 2 + 1024;
		c->obs = realloc(c->obs, c->room * sizeof(*c->obs));
		if (c->obs == NULL)
			err(1, "records");
	}
	c->obs[c->n++] = *o;
}

static void
load(struct cost *c, const char *path)
{
	char why[PCAP_ERRBUF_SIZE];
	struct hash_key key = { { 1, 2 } };
	struct count count = { 0 };
	struct pkt *p = pkt_new(&key, &count, false);
	pcap_t *in = pcap_open_offline_with_tstamp_precision(
	    path, PCAP_TSTAMP_PRECISION_NANO, why);
	struct pcap_pkthdr *h;
	const u_char *data;
	struct obs o;

	if (in == NULL || p == NULL)
		errx(1, "%s: %s", path, why);
	if (c->hello.par.fields & HELLO_FIELD_DIGEST)
		pkt_digest(p);
	while (pcap_next_ex(in, &h, &data) == 1) {
		const struct pkt_frame f = { .data = data,
			.caplen = h->caplen,
			.len = h->len,
			.time = wall_make(h->ts.tv_sec, h->ts.tv_usec),
			.linktype = pcap_datalink(in) };

		if (pkt_parse(p, &o, &f))
			add(c, &o);
	}
	pcap_close(in);
	pkt_free(p);
}

static void
encode(struct cost *c)
{
	struct enc *e = enc_new(&c->hello.par, c->level, 0, on_block, c);

	if (e == NULL)
		err(1, "encoder");
	c->used = 0;
	for (size_t i = 0; i < c->n; i++)
		enc_put(e, &c->obs[i]);
	enc_flush(e);
	enc_free(e);
}

static void
on_hello(void *arg, const struct hello *h)
{
	(void)arg;
	(void)h;
}

static void
on_iface(void *arg, unsigned int index, const struct hello_iface *i)
{
	(void)arg;
	(void)index;
	(void)i;
}

static void
on_obs(void *arg, uint64_t first, struct obs *o, size_t n)
{
	struct cost *c = arg;

	(void)first;
	(void)o;
	c->decoded += n;
}

static void
on_stats(void *arg, const struct ctl_stats *s)
{
	(void)arg;
	(void)s;
}

static void
on_time(void *arg, const struct ctl_time *t)
{
	(void)arg;
	(void)t;
}

static void
on_bye(void *arg, unsigned int why, uint64_t next)
{
	(void)arg;
	(void)why;
	(void)next;
}

static void
decode(struct cost *c)
{
	static const struct stream_ops ops = { on_hello, on_iface, on_obs,
		on_stats, on_time, on_bye };
	struct stream_scratch *sc = stream_scratch_new();
	struct stream *s = stream_new(sc, &ops, c);
	uint8_t hello[HELLO_MAX];

	if (sc == NULL || s == NULL)
		err(1, "decoder");
	c->decoded = 0;
	if (stream_feed(s, hello, hello_put(hello, &c->hello)) <= 0 ||
	    stream_feed(s, c->stream, c->used) != (ptrdiff_t)c->used ||
	    c->decoded != c->n)
		errx(1, "the stream does not decode");
	stream_free(s);
	stream_scratch_free(sc);
}

int
main(int argc, char **argv)
{
	struct cost c = { .level = 6 };

	if (argc != 7 && argc != 8)
		errx(1, "usage: wirecost capture block fields level e d [n]");
	hello_default(&c.hello, true);
	c.hello.par.block = (uint16_t)strtoul(argv[2], NULL, 0);
	c.hello.par.fields = (uint32_t)strtoul(argv[3], NULL, 0);
	c.hello.par.frame_max = FRAME_MAX;
	if (argc == 8) {
		c.hello.par.digest_max =
		    UINT32_MAX / (uint32_t)strtoul(argv[7], NULL, 0);
	}
	c.level = (int)strtol(argv[4], NULL, 0);
	load(&c, argv[1]);
	for (long i = strtol(argv[5], NULL, 0); i > 0; i--)
		encode(&c);
	for (long i = strtol(argv[6], NULL, 0); i > 0; i--)
		decode(&c);
	printf("%.4f %zu\n", (double)c.used / (double)c.n, c.n);
	free(c.obs);
	free(c.stream);
	return 0;
}
