/* SPDX-License-Identifier: BSD-3-Clause */
/* links: wire/dnsline wire/line wire/text wire/enc wire/dnsrec wire/dnstab wire/dnsname wire/pack wire/cols wire/flowtab wire/dict wire/bits wire/zpack wire/frame wire/hello wire/ctl -lz */
/* A stored stream of the records in a DNS log. */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>

#include "wire/ctl.h"
#include "wire/dnsline.h"
#include "wire/enc.h"

/*
 * mkdns BLOCK [LOST] <LOG >STREAM
 *
 * Blocks of BLOCK records; the LOST-th block, from 1, is left out.
 */
struct maker {
	unsigned int blocks, lost;
};

static void
put(const void *data, size_t len)
{
	if (fwrite(data, 1, len, stdout) != len)
		err(1, "write");
}

static void
on_block(void *arg, const struct enc_block *b)
{
	struct maker *m = arg;

	if (++m->blocks != m->lost)
		put(b->data, b->len);
}

static void
put_hello(const struct hello *h)
{
	uint8_t buf[HELLO_MAX];

	put(buf, hello_put(buf, h));
}

static void
put_bye(const struct enc *e)
{
	uint8_t body[CTL_MAX], frame[CTL_MAX + FRAME_OVERHEAD];
	size_t n = ctl_bye_put(body, CTL_BYE_END, 0);

	n = ctl_bye_dns_put(body, n, enc_dns_next(e));
	put(frame, ctl_frame(frame, FRAME_BYE, body, n));
}

int
main(int argc, char **argv)
{
	static struct dnsline mem;
	struct maker m = {
		.lost = argc > 2 ? (unsigned int)strtoul(argv[2], NULL, 10) : 0
	};
	struct hello h;
	struct enc *e;
	struct obs o;
	char *line = NULL;
	size_t room = 0;
	ssize_t len;

	hello_default(&h, true);
	h.par.caps = HELLO_CAP_DNS;
	h.par.block = argc > 1 ? (uint16_t)strtoul(argv[1], NULL, 10) : 100;
	h.has_stream = true;
	if ((e = enc_new(&h.par, 6, 0, on_block, &m)) == NULL)
		err(1, "encoder");
	put_hello(&h);
	while ((len = getline(&line, &room, stdin)) > 0) {
		if (dnsline_get(&o, &mem, line, (size_t)len) != len)
			errx(1, "no DNS log: %.60s", line);
		if (!enc_put(e, &o))
			errx(1, "lost: %.60s", line);
	}
	enc_flush(e);
	put_bye(e);
	enc_free(e);
	free(line);
	return fflush(stdout) == 0 ? 0 : 1;
}
