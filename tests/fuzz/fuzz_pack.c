/* SPDX-License-Identifier: BSD-3-Clause */
/* links: wire/enc wire/dnsrec wire/dnstab wire/dnsname wire/stream wire/ifaces wire/dnsget wire/hello wire/frame wire/ctl wire/pack wire/cols wire/flowtab wire/unpack wire/dict wire/bits wire/zpack tests/unit/gen tests/unit/gendns tests/unit/tape -lz */
/* Records made of the input: what is sent arrives. */
#include <stdlib.h>

#include "tests/unit/gen.h"
#include "tests/unit/tape.h"

#define RECORDS_MAX 3000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct hello_params
params(struct gen *g)
{
	struct hello h;

	hello_default(&h, true);
	h.par.codec = (uint8_t)gen_below(g, 2);
	h.par.tick_exp = (uint8_t)gen_below(g, 10);
	h.par.slots_log2 = (uint8_t)(6 + gen_below(g, 8));
	h.par.block = (uint16_t)(1 + gen_below(g, 600));
	h.par.fields = gen_below(g, HELLO_FIELD_ALL + 1);
	g->flows = 1 + gen_below(g, GEN_FLOWS);
	return h.par;
}

/* Read the stream ${t} and compare it with what was sent. */
static void
compare(const struct tape *t, const struct tape_seen *sent)
{
	struct tape_seen got;
	enum ctl_bye why;

	if (tape_read(t, 0, &got, &why) != NULL || got.n != sent->n)
		abort();
	for (size_t i = 0; i < got.n; i++) {
		if (got.seq[i] != i || !gen_same(&got.obs[i], &sent->obs[i]))
			abort();
	}
	tape_seen_done(&got);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tape_seen sent = { 0 };
	struct tape t = { 0 };
	struct hello_params par;
	struct enc *e;
	struct gen g;
	struct obs o;

	gen_octets(&g, data, size);
	par = params(&g);
	tape_hello(&t, &par);
	e = enc_new(&par, 1, 0, tape_block, &t);
	if (e == NULL)
		abort();
	while (g.p < g.end && sent.n < RECORDS_MAX) {
		gen_pkt(&g, &o);
		enc_put(e, &o);
		o = gen_expect(&o, &par);
		tape_ops.obs(&sent, sent.n, &o, 1);
	}
	enc_flush(e);
	compare(&t, &sent);
	enc_free(e);
	tape_seen_done(&sent);
	tape_done(&t);
	return 0;
}
