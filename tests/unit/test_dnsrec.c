/* SPDX-License-Identifier: BSD-3-Clause */
/* links: wire/enc wire/dnsrec wire/dnstab wire/dnsname wire/stream wire/dnsget wire/hello wire/frame wire/ctl wire/pack wire/flowtab wire/unpack wire/dict wire/bits wire/zpack tests/unit/gen tests/unit/gendns tests/unit/tape -lz */
/* Tests of DNS records through a stream: whole, bent, lost and hostile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/gen.h"
#include "tests/unit/gendns.h"
#include "tests/unit/tape.h"
#include "wire/bytes.h"
#include "wire/dnsget.h"
#include "wire/frame.h"
#include "wire/zpack.h"

static struct hello_params
params(enum hello_codec codec)
{
	struct hello h;

	hello_default(&h, true);
	h.par.codec = (uint8_t)codec;
	h.par.caps = HELLO_CAP_DNS;
	return h.par;
}

/* Send ${n} DNS observations and some packets; note the first in ${sent}. */
static void
record(struct tape *t, const struct hello_params *par, struct tape_seen *sent,
    unsigned int n, bool calm)
{
	struct enc *e = enc_new(par, 6, 0, tape_block, t);
	struct gen g;

	assert_non_null(e);
	gen_seed(&g, n);
	g.calm = calm;
	tape_hello(t, par);
	for (unsigned int i = 0; i < n; i++) {
		struct obs *o = gendns_new(&g);

		assert_true(enc_put(e, o));
		gendns_floor(o, par->tick_exp);
		tape_ops.obs(sent, i, o, 1);
		gendns_free(o);
	}
	assert_int_equal(enc_dns_next(e), n);
	enc_flush(e);
	assert_int_equal(enc_pending(e), 0);
	enc_free(e);
}

static void
assert_seen(const struct tape_seen *got, const struct tape_seen *want)
{
	assert_int_equal(got->n, want->n);
	for (size_t i = 0; i < got->n; i++) {
		assert_int_equal(got->seq[i], want->seq[i]);
		assert_true(gen_same(&got->obs[i], &want->obs[i]));
	}
}

static void
dns_records_of_every_kind_come_back(void **state)
{
	(void)state;
	for (int way = 0; way < 40; way++) {
		struct hello_params par = params((enum hello_codec)(way % 2));
		struct tape t = { 0 };
		struct tape_seen sent = { 0 };
		struct tape_seen got;
		enum ctl_bye why;

		par.tick_exp = (uint8_t)(way / 4);
		par.block = way % 3 == 0 ? 4096 : 100;
		record(&t, &par, &sent, 700, (way & 2) != 0);
		assert_null(tape_read(&t, way % 5 == 0 ? 999 : 0, &got, &why));
		assert_seen(&got, &sent);
		tape_seen_done(&sent);
		tape_seen_done(&got);
		tape_done(&t);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dns_records_of_every_kind_come_back),
	};

	return cmocka_run_group_tests_name("dnsrec", tests, NULL, NULL);
}
