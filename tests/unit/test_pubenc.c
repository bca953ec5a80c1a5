/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/pubenc wire/enc wire/dnsrec wire/dnstab wire/dnsname wire/pack wire/cols wire/flowtab wire/dict wire/bits wire/zpack wire/frame wire/ctl wire/hello -lev -lz */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <ev.h>

#include "agent/pubenc.h"
#include "wire/frame.h"

#define SEEN_MAX 16

/* The frames that encoders sent. */
struct seen {
	unsigned int n;
	const struct pubenc *from[SEEN_MAX];
	struct enc_block block[SEEN_MAX];
};

static void
note_block(void *arg, const struct pubenc *e, const struct enc_block *b)
{
	struct seen *s = arg;

	assert_true(s->n < SEEN_MAX);
	s->from[s->n] = e;
	s->block[s->n] = *b;
	s->block[s->n++].data = NULL;
}

static struct hello_params
params(uint16_t latency_ms)
{
	struct hello h;

	hello_default(&h, true);
	h.par.latency_ms = latency_ms;
	return h.par;
}

static void
put_packets(struct pubenc_set *set, unsigned int n)
{
	struct obs o = { .kind = OBS_PKT, .pkt = { .ipver = 4, .len = 60 } };

	while (n-- > 0)
		pubenc_put(set, &o);
}

static void
equal_parameters_share_one_encoder(void **state)
{
	const struct hello_params a = params(100), b = params(200);
	struct pubenc *e1, *e2, *e3;
	struct pubenc_set set;
	struct seen seen = { 0 };

	(void)state;
	pubenc_init(&set, 6, note_block, &seen);
	e1 = pubenc_join(&set, &a);
	e2 = pubenc_join(&set, &a);
	e3 = pubenc_join(&set, &b);
	assert_non_null(e1);
	assert_ptr_equal(e1, e2);
	assert_ptr_not_equal(e1, e3);
	pubenc_leave(e1);
	put_packets(&set, 1);
	pubenc_flush(&set);
	assert_int_equal(seen.n, 2);
	pubenc_leave(e2);
	put_packets(&set, 1);
	pubenc_flush(&set);
	assert_int_equal(seen.n, 3);
	assert_ptr_equal(seen.from[2], e3);
	pubenc_leave(e3);
	assert_true(LIST_EMPTY(&set.list));
}

static void
a_late_joiner_starts_at_a_key_block(void **state)
{
	const struct hello_params a = params(100);
	struct pubenc *e1, *e2;
	struct pubenc_set set;
	struct seen seen = { 0 };

	(void)state;
	pubenc_init(&set, 6, note_block, &seen);
	e1 = pubenc_join(&set, &a);
	put_packets(&set, 10);
	e2 = pubenc_join(&set, &a);
	assert_int_equal(seen.n, 1);
	assert_int_equal(seen.block[0].count, 10);
	put_packets(&set, 3);
	pubenc_flush(&set);
	assert_int_equal(seen.n, 2);
	assert_true(seen.block[1].key);
	assert_int_equal(seen.block[1].first, 10);
	assert_int_equal(seen.block[1].count, 3);
	pubenc_leave(e1);
	pubenc_leave(e2);
}

static void
packets_are_numbered_while_nobody_listens(void **state)
{
	const struct hello_params a = params(100);
	const struct obs host = { .kind = OBS_HOST };
	struct pubenc_set set;
	struct seen seen = { 0 };
	struct pubenc *e;

	(void)state;
	pubenc_init(&set, 6, note_block, &seen);
	put_packets(&set, 42);
	pubenc_put(&set, &host);
	assert_int_equal(set.next, 42);
	e = pubenc_join(&set, &a);
	put_packets(&set, 1);
	pubenc_flush(&set);
	assert_int_equal(seen.n, 1);
	assert_int_equal(seen.block[0].first, 42);
	pubenc_leave(e);
}

static void
what_pends_is_sent_when_its_latency_has_passed(void **state)
{
	const struct hello_params a = params(10);
	struct ev_loop *loop = ev_loop_new(0);
	struct pubenc_set set;
	struct seen seen = { 0 };
	struct pubenc *e;

	(void)state;
	pubenc_init(&set, 6, note_block, &seen);
	pubenc_start(&set, loop);
	e = pubenc_join(&set, &a);
	pubenc_wait(&set);
	assert_int_equal(ev_pending_count(loop), 0);
	put_packets(&set, 2);
	pubenc_wait(&set);
	assert_int_equal(seen.n, 0);
	ev_run(loop, 0); /* until no timer is left */
	assert_int_equal(seen.n, 1);
	assert_int_equal(seen.block[0].count, 2);
	pubenc_leave(e);
	ev_loop_destroy(loop);
}

static void
dns_waits_for_its_latency_while_packets_flow(void **state)
{
	struct ev_loop *loop = ev_loop_new(EVFLAG_AUTO);
	struct hello_params par = params(20);
	const struct obs dns = { .kind = OBS_DNS,
		.dns = { .what = OBS_DNS_UP, .conn = 1, .resolver = "" } };
	struct pubenc_set set;
	struct seen seen = { 0 };
	struct pubenc *e;
	bool sent = false;

	(void)state;
	par.caps = HELLO_CAP_DNS;
	par.block = 4;
	pubenc_init(&set, 6, note_block, &seen);
	pubenc_start(&set, loop);
	set.next_dns = 41;
	e = pubenc_join(&set, &par);
	assert_non_null(e);
	pubenc_put(&set, &dns);
	assert_int_equal(set.next_dns, 42);
	/* Blocks of packets come and go; they do not put it off. */
	for (unsigned int i = 0; i < 1000 && !sent; i++) {
		seen.n = 0;
		put_packets(&set, 4);
		pubenc_wait(&set);
		ev_sleep(0.002);
		ev_run(loop, EVRUN_NOWAIT);
		for (unsigned int k = 0; k < seen.n; k++) {
			sent |= seen.block[k].type == FRAME_DNS &&
				seen.block[k].first == 41;
		}
	}
	assert_true(sent);
	pubenc_leave(e);
	ev_loop_destroy(loop);
}

static void
capabilities_part_encoders(void **state)
{
	struct hello_params with = params(100);
	const struct hello_params without = with;
	struct pubenc *e1, *e2;
	struct pubenc_set set;
	struct seen seen = { 0 };

	(void)state;
	with.caps = HELLO_CAP_DNS;
	pubenc_init(&set, 6, note_block, &seen);
	e1 = pubenc_join(&set, &with);
	e2 = pubenc_join(&set, &without);
	assert_ptr_not_equal(e1, e2);
	pubenc_leave(e1);
	pubenc_leave(e2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_parameters_share_one_encoder),
		cmocka_unit_test(dns_waits_for_its_latency_while_packets_flow),
		cmocka_unit_test(capabilities_part_encoders),
		cmocka_unit_test(a_late_joiner_starts_at_a_key_block),
		cmocka_unit_test(packets_are_numbered_while_nobody_listens),
		cmocka_unit_test(
		    what_pends_is_sent_when_its_latency_has_passed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
