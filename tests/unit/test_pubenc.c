/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/pubenc agent/spool agent/spoolmem agent/spoolpos base/obuf wire/enc wire/dnsrec wire/dnstab wire/dnsname wire/pack wire/cols wire/flowtab wire/dict wire/bits wire/zpack wire/frame wire/ctl wire/hello -lev -lz */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <ev.h>

#include "agent/pubenc.h"
#include "wire/frame.h"

#define SPOOL    (1 << 20)
#define SEEN_MAX 16

/* The frames that an encoder made since watching began. */
struct seen {
	struct pubenc *enc;
	struct spool_cursor cur;
	unsigned int n;
	struct frame frame[SEEN_MAX];
	uint8_t buf[65536];
};

static struct seen seen;

static void
watch(struct pubenc *e)
{
	seen.enc = e;
	spool_seek_end(pubenc_spool(e), &seen.cur);
}

/* Find the frames that were added.  Returns their number. */
static unsigned int
look(void)
{
	size_t at = 0, n;

	n = spool_read(
	    pubenc_spool(seen.enc), &seen.cur, seen.buf, sizeof(seen.buf));
	seen.n = 0;
	while (at < n) {
		assert_true(seen.n < SEEN_MAX);
		at += (size_t)frame_get(
		    &seen.frame[seen.n++], seen.buf + at, n - at, FRAME_MAX);
	}
	return seen.n;
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
digests_of_a_larger_range_serve_who_wants_fewer(void **state)
{
	const struct hello_params none = params(100);
	struct hello_params all = none, some;
	struct pubenc *e1, *e2;
	struct pubenc_set set;

	(void)state;
	all.fields |= HELLO_FIELD_DIGEST;
	some = all;
	some.digest_max = 1000;
	assert_true(pubenc_fits(&all, &some));
	assert_false(pubenc_fits(&some, &all));
	assert_false(pubenc_fits(&all, &none));
	/* But nobody is sent more than was asked for, unless it is kept. */
	pubenc_init(&set, 6, SPOOL);
	e1 = pubenc_join(&set, &all);
	e2 = pubenc_join(&set, &some);
	assert_ptr_not_equal(e1, e2);
	pubenc_leave(e1);
	pubenc_leave(e2);
}

static void
equal_parameters_share_one_encoder(void **state)
{
	const struct hello_params a = params(100), b = params(200);
	struct pubenc *e1, *e2, *e3;
	struct pubenc_set set;

	(void)state;
	pubenc_init(&set, 6, SPOOL);
	e1 = pubenc_join(&set, &a);
	e2 = pubenc_join(&set, &a);
	e3 = pubenc_join(&set, &b);
	assert_non_null(e1);
	assert_ptr_equal(e1, e2);
	assert_ptr_not_equal(e1, e3);
	pubenc_leave(e1);
	watch(e2);
	put_packets(&set, 1);
	pubenc_flush(&set);
	assert_int_equal(look(), 1);
	pubenc_leave(e2);
	assert_ptr_equal(pubenc_join(&set, &b), e3);
	watch(e3);
	put_packets(&set, 1);
	pubenc_flush(&set);
	assert_int_equal(look(), 1);
	pubenc_leave(e3);
	pubenc_leave(e3);
	assert_true(LIST_EMPTY(&set.list));
}

static void
a_late_joiner_starts_at_a_key_block(void **state)
{
	const struct hello_params a = params(100);
	struct pubenc *e1, *e2;
	struct pubenc_set set;

	(void)state;
	pubenc_init(&set, 6, SPOOL);
	e1 = pubenc_join(&set, &a);
	watch(e1);
	put_packets(&set, 10);
	e2 = pubenc_join(&set, &a);
	assert_int_equal(look(), 1);
	assert_int_equal(seen.cur.pos.seq, 10);
	watch(e2);
	put_packets(&set, 3);
	pubenc_flush(&set);
	assert_int_equal(look(), 1);
	assert_int_equal(seen.frame[0].flags, FRAME_FLAG_KEY);
	assert_int_equal(seen.cur.pos.seq, 13);
	pubenc_leave(e1);
	pubenc_leave(e2);
}

static void
packets_are_numbered_while_nobody_listens(void **state)
{
	const struct hello_params a = params(100);
	const struct obs host = { .kind = OBS_HOST };
	struct pubenc_set set;
	struct pubenc *e;

	(void)state;
	pubenc_init(&set, 6, SPOOL);
	put_packets(&set, 42);
	pubenc_put(&set, &host);
	assert_int_equal(set.next, 42);
	e = pubenc_join(&set, &a);
	watch(e);
	assert_int_equal(seen.cur.pos.seq, 42);
	put_packets(&set, 1);
	pubenc_flush(&set);
	assert_int_equal(look(), 1);
	assert_int_equal(seen.cur.pos.seq, 43);
	pubenc_leave(e);
}

static void
what_pends_is_sent_when_its_latency_has_passed(void **state)
{
	const struct hello_params a = params(10);
	struct ev_loop *loop = ev_loop_new(0);
	struct pubenc_set set;
	struct pubenc *e;

	(void)state;
	pubenc_init(&set, 6, SPOOL);
	pubenc_start(&set, loop);
	e = pubenc_join(&set, &a);
	watch(e);
	pubenc_wait(&set);
	assert_int_equal(ev_pending_count(loop), 0);
	put_packets(&set, 2);
	pubenc_wait(&set);
	assert_int_equal(look(), 0);
	ev_run(loop, 0); /* until no timer is left */
	assert_int_equal(look(), 1);
	assert_int_equal(seen.cur.pos.seq, 2);
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
	struct pubenc *e;

	(void)state;
	par.caps = HELLO_CAP_DNS;
	par.block = 4;
	pubenc_init(&set, 6, SPOOL);
	pubenc_start(&set, loop);
	set.next_dns = 41;
	e = pubenc_join(&set, &par);
	assert_non_null(e);
	watch(e);
	pubenc_put(&set, &dns);
	assert_int_equal(set.next_dns, 42);
	/* Blocks of packets come and go; they do not put it off. */
	for (unsigned int i = 0; i < 1000 && seen.cur.pos.dns < 42; i++) {
		put_packets(&set, 4);
		pubenc_wait(&set);
		ev_sleep(0.002);
		ev_run(loop, EVRUN_NOWAIT);
		(void)look();
	}
	assert_int_equal(seen.cur.pos.dns, 42);
	pubenc_leave(e);
	ev_loop_destroy(loop);
}

static void
only_what_all_have_acknowledged_is_dropped(void **state)
{
	const struct hello_params a = params(100);
	struct pubenc_claim here = { 0 }, away = { 0 };
	struct pubenc_set set;
	struct pubenc *e;
	uint64_t used;

	(void)state;
	pubenc_init(&set, 6, SPOOL);
	e = pubenc_join(&set, &a);
	pubenc_claim(e, &here, 0, 0);
	pubenc_claim(e, &away, 0, 0);
	put_packets(&set, 50000);
	pubenc_flush(&set);
	used = spool_used(pubenc_spool(e));
	assert_true(pubenc_acked(&here, 50000, 0));
	assert_false(pubenc_acked(&here, 50000, 0));
	pubenc_trim(e);
	assert_int_equal(spool_used(pubenc_spool(e)), used);
	assert_true(pubenc_acked(&away, 20000, 0));
	pubenc_trim(e);
	assert_true(spool_used(pubenc_spool(e)) < used);
	/* Who was away finds what it lacks. */
	spool_seek(pubenc_spool(e), &seen.cur, 20000, 0);
	assert_true(seen.cur.pos.seq <= 20000);
	assert_int_equal(seen.cur.lost.seq, 0);
	pubenc_waive(&away);
	pubenc_waive(&here);
	pubenc_leave(e);
}

static void
capabilities_part_encoders(void **state)
{
	struct hello_params with = params(100);
	const struct hello_params without = with;
	struct pubenc *e1, *e2;
	struct pubenc_set set;

	(void)state;
	with.caps = HELLO_CAP_DNS;
	pubenc_init(&set, 6, SPOOL);
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
		cmocka_unit_test(
		    digests_of_a_larger_range_serve_who_wants_fewer),
		cmocka_unit_test(equal_parameters_share_one_encoder),
		cmocka_unit_test(dns_waits_for_its_latency_while_packets_flow),
		cmocka_unit_test(capabilities_part_encoders),
		cmocka_unit_test(only_what_all_have_acknowledged_is_dropped),
		cmocka_unit_test(a_late_joiner_starts_at_a_key_block),
		cmocka_unit_test(packets_are_numbered_while_nobody_listens),
		cmocka_unit_test(
		    what_pends_is_sent_when_its_latency_has_passed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
