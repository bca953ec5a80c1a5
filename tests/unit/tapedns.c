/* SPDX-License-Identifier: BSD-3-Clause */
/* Streams of DNS records for tests. */
#include "tests/unit/tapedns.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>

#include "tests/unit/gen.h"
#include "tests/unit/gendns.h"

struct hello_params
tapedns_params(enum hello_codec codec)
{
	struct hello h;

	hello_default(&h, true);
	h.par.codec = (uint8_t)codec;
	h.par.caps = HELLO_CAP_DNS;
	return h.par;
}

void
tapedns_record(struct tape *t, const struct hello_params *par,
    struct tape_seen *sent, unsigned int n, bool calm)
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
