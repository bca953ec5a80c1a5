/* SPDX-License-Identifier: BSD-3-Clause */
/* links: collector/mgenstat collector/mgentell collector/mgenhop collector/mgenpath collector/mgentab collector/mgenwait collector/clockfix collector/mgenclock collector/sinksrc collector/mgenseq collector/mgendelay */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <string.h>

#include "collector/clockfix.h"
#include "collector/mgenstat.h"

#define S         MONO_NS_PER_S
#define MS        MONO_NS_PER_MS
#define LINES_MAX 64

/* What was emitted of places; the pointers in it copied. */
struct got {
	struct mgenstat_line line;
	struct mgentab_place at;
	struct mgentab_key key;
	struct mgentab_count count;
};

static const struct sink_src a = { .host = 1, .name = "a" };
static const struct sink_src b = { .host = 70, .name = "b" };
static struct got got[LINES_MAX];
static size_t n;
static struct mgenstat *ms;

static void
on_line(void *arg, const struct mgenstat_line *line)
{
	assert_ptr_equal(arg, got);
	if (line->hop != NULL || line->kind == MGENSTAT_RECEIVER)
		return;
	assert_true(n < LINES_MAX);
	got[n].line = *line;
	got[n].at = *line->at;
	got[n].key = *line->key;
	got[n++].count = *line->count;
}

static int
begin_with(size_t points, size_t blocks)
{
	const struct mgenstat_conf conf = { .room = { points, blocks, 1 << 20 },
		.key = { { 3, 4 } },
		.emit = on_line,
		.arg = got };

	n = 0;
	ms = mgenstat_new(&conf);
	return ms == NULL;
}

static int
begin(void **state)
{
	(void)state;
	return begin_with(100, 100);
}

static int
finish(void **state)
{
	(void)state;
	mgenstat_free(ms);
	return 0;
}

/* A datagram of 128 octets with message ${seq} of flow 7. */
static struct obs
pkt(int64_t time_ms, uint32_t seq, int64_t tx_ms)
{
	return (struct obs){ .kind = OBS_PKT,
		.time = { time_ms * MS },
		.pkt = { .src = { 10, 0, 0, 1 },
		    .dst = { 10, 0, 0, 2 },
		    .sport = 5000,
		    .dport = 5001,
		    .ipver = 4,
		    .proto = 17,
		    .len = 128,
		    .has = OBS_HAS_PORTS | OBS_HAS_MGEN | OBS_HAS_MSG,
		    .mgen_flow = 7,
		    .mgen_seq = seq,
		    .mgen_tx = { tx_ms * MS } } };
}

static void
put(const struct sink_src *src, struct obs o)
{
	mgenstat_put(ms, src, &o, 1);
}

/* The line number ${i} from the end, 0 the last one. */
static const struct got *
back(size_t i)
{
	assert_true(i < n);
	return &got[n - 1 - i];
}

static void
seconds_add_up_to_the_total(void **state)
{
	const struct mgentab_count *t;
	uint64_t sent = 0, received = 0, octets = 0;

	(void)state;
	put(&a, pkt(10100, 0, 10000));
	put(&a, pkt(10200, 1, 10190));
	put(&a, pkt(11000, 4, 10990));
	put(&a, pkt(11100, 3, 10900));
	put(&a, pkt(11100, 3, 10900));
	put(&a, pkt(14000, 6, 13980));
	mgenstat_flush(ms);
	assert_int_equal(n, 4);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(got[i].line.kind, MGENSTAT_SECOND);
		sent += got[i].count.advance;
		received += got[i].count.received;
		octets += got[i].count.octets;
	}
	assert_int_equal(got[0].line.second, 10);
	assert_int_equal(got[1].line.second, 11);
	assert_int_equal(got[2].line.second, 14);
	t = &back(0)->count;
	assert_int_equal(back(0)->line.kind, MGENSTAT_TOTAL);
	assert_int_equal(back(0)->line.sent, 7);
	assert_int_equal(sent, 7);
	assert_int_equal(t->received, 5);
	assert_int_equal(received, 5);
	assert_int_equal(t->octets, 6 * 128);
	assert_int_equal(octets, t->octets);
	assert_int_equal(t->duplicated, 1);
	assert_int_equal(t->reordered, 1);
	assert_int_equal(t->delay.min, 10 * MS);
	assert_int_equal(t->delay.max, 200 * MS);
	assert_int_equal(mgendelay_mean(&t->delay), 340 * MS / 5);
	assert_int_equal(t->first.ns, 10100 * MS);
	assert_int_equal(t->last.ns, 14000 * MS);
	assert_int_equal(back(0)->line.before, 0);
	assert_true(back(0)->line.ranks.placed);
}

static void
every_place_knows_what_the_sender_sent(void **state)
{
	struct obs o;

	(void)state;
	for (uint32_t i = 0; i < 10; i++) {
		o = pkt(10000 + i, i, 10000 + i);
		o.pkt.role = OBS_ROLE_ORIGINATED;
		put(&a, o);
		o = pkt(10050 + i, i, 10000 + i);
		o.pkt.role = OBS_ROLE_DELIVERED;
		o.pkt.iface = 0x103;
		if (i > 0 && i < 7)
			put(&b, o);
	}
	mgenstat_flush(ms);
	assert_int_equal(n, 4);
	assert_ptr_equal(back(1)->at.src, &a);
	assert_int_equal(back(1)->count.received, 10);
	assert_ptr_equal(back(0)->at.src, &b);
	assert_int_equal(back(0)->at.iface, 0x103);
	assert_int_equal(back(0)->at.role, OBS_ROLE_DELIVERED);
	assert_int_equal(back(0)->line.sent, 10);
	assert_true(back(0)->line.sender);
	assert_int_equal(back(0)->count.received, 6);
	assert_int_equal(back(0)->line.before, 1);
	assert_int_equal(back(0)->line.ranks.p50 / MS, 50);
}

static void
flows_differ_by_id_ends_and_protocol(void **state)
{
	struct obs o = pkt(10000, 0, 10000);

	(void)state;
	put(&a, o);
	o.pkt.mgen_flow = UINT32_MAX;
	put(&a, o);
	o.pkt.dst[3] = 9;
	put(&a, o);
	o.pkt.sport = 1;
	put(&a, o);
	o.pkt.proto = 6;
	put(&a, o);
	o.pkt.has = 0; /* not MGEN's */
	put(&a, o);
	mgenstat_flush(ms);
	assert_int_equal(n, 10);
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(back(i)->count.received, 1);
	assert_int_equal(back(0)->key.proto, 6);
	assert_int_equal(back(4)->key.flow, 7);
}

static void
fragments_count_as_octets_alone(void **state)
{
	struct obs o = pkt(10001, 0, 10000);

	(void)state;
	put(&a, pkt(10000, 0, 10000));
	o.pkt.has &= (uint8_t)~OBS_HAS_MSG;
	put(&a, o);
	mgenstat_flush(ms);
	assert_int_equal(back(0)->count.packets, 2);
	assert_int_equal(back(0)->count.octets, 256);
	assert_int_equal(back(0)->count.messages, 1);
	assert_int_equal(back(0)->count.received, 1);
}

static void
a_header_that_tcp_repeats_is_no_duplicate(void **state)
{
	struct obs o = pkt(10000, 0, 10000);

	(void)state;
	o.pkt.proto = 6;
	put(&a, o);
	o.time.ns += MS;
	put(&a, o);
	mgenstat_flush(ms);
	assert_int_equal(back(0)->count.messages, 2);
	assert_int_equal(back(0)->count.received, 1);
	assert_int_equal(back(0)->count.duplicated, 0);
}

static void
over_tcp_headers_behind_another_are_known_by_the_next(void **state)
{
	static const uint32_t seq[] = { 2, 3, 5, 4, 5, 700000, 700002 };
	struct obs o;

	(void)state;
	for (uint32_t i = 0; i < sizeof(seq) / sizeof(seq[0]); i++) {
		o = pkt(10010 + 10 * i, seq[i], 10000 + seq[i] / 1000);
		o.pkt.proto = 6;
		put(&a, o);
	}
	o = pkt(20010, 1, 20000); /* another connection */
	o.pkt.proto = 6;
	put(&a, o);
	mgenstat_flush(ms);
	assert_int_equal(back(0)->count.received, 700001 + 1);
	assert_int_equal(back(0)->line.before, 2);
	assert_int_equal(back(0)->line.sent, 700003 + 2);
	assert_int_equal(back(0)->count.delay.n, 7);
}

static void
negative_delays_are_kept(void **state)
{
	(void)state;
	put(&a, pkt(10000, 0, 10500));
	put(&a, pkt(10010, 1, 10000));
	mgenstat_flush(ms);
	assert_int_equal(back(0)->count.delay.min, -500 * MS);
	assert_int_equal(back(0)->count.delay.negative, 1);
	assert_true(back(0)->line.ranks.p50 < -499 * MS);
}

static void
a_message_held_is_received_when_it_is_believed(void **state)
{
	(void)state;
	put(&a, pkt(10000, 0, 10000));
	put(&a, pkt(10100, 900000, 10070));
	put(&a, pkt(10200, 900001, 10190));
	put(&a, pkt(10300, 5, 10250)); /* a new start */
	put(&a, pkt(10400, 500000, 10390));
	mgenstat_flush(ms);
	assert_int_equal(back(0)->count.received, 4);
	assert_int_equal(back(0)->line.sent, 900002 + 6);
	assert_int_equal(back(0)->count.restarts, 1);
	assert_int_equal(back(0)->count.stray, 1);
	assert_int_equal(back(0)->count.delay.max, 50 * MS);
	assert_int_equal(mgendelay_mean(&back(0)->count.delay), 90 * MS / 4);
}

static void
a_second_ends_when_the_agent_goes_on(void **state)
{
	struct obs o = { .kind = OBS_HOST, .time = { 11 * S } };

	(void)state;
	put(&a, pkt(10000, 0, 10000));
	put(&b, pkt(10000, 0, 10000));
	put(&a, o);
	assert_int_equal(n, 0);
	o.time.ns = 12 * S;
	put(&a, o);
	assert_int_equal(n, 1);
	assert_ptr_equal(got[0].at.src, &a);
	mgenstat_clock(ms, (wall_t){ 14 * S - 1 });
	assert_int_equal(n, 1);
	mgenstat_clock(ms, (wall_t){ 14 * S });
	assert_int_equal(n, 2);
	assert_ptr_equal(got[1].at.src, &b);
	mgenstat_flush(ms);
	assert_int_equal(n, 4);
}

static void
a_record_that_is_a_little_old_joins_the_second(void **state)
{
	(void)state;
	put(&a, pkt(10000, 0, 10000));
	put(&a, pkt(9990, 1, 9980));
	put(&a, pkt(5000, 2, 4990)); /* the clock was set */
	mgenstat_flush(ms);
	assert_int_equal(n, 3);
	assert_int_equal(got[0].line.second, 10);
	assert_int_equal(got[0].count.received, 2);
	assert_int_equal(got[1].line.second, 5);
}

static void
the_flow_that_is_silent_longest_makes_room(void **state)
{
	struct obs o = pkt(10000, 0, 10000);

	(void)state;
	mgenstat_free(ms);
	assert_int_equal(begin_with(3, 1), 0);
	for (uint32_t i = 0; i < 3; i++) {
		o.pkt.mgen_flow = i;
		put(&a, o);
	}
	o.pkt.mgen_flow = 0;
	o.pkt.mgen_seq = 1;
	put(&a, o);
	o.pkt.mgen_flow = 3;
	put(&a, o);
	assert_int_equal(n, 2);
	assert_int_equal(back(0)->line.kind, MGENSTAT_TOTAL);
	assert_int_equal(back(0)->key.flow, 1);
	mgenstat_flush(ms);
	assert_int_equal(n, 8);
	assert_int_equal(back(2)->key.flow, 0);
	assert_int_equal(back(2)->count.received, 2);
}

static void
times_at_the_ends_of_the_world_are_harmless(void **state)
{
	struct obs o = pkt(0, 0, 0);

	(void)state;
	o.time.ns = INT64_MIN;
	o.pkt.mgen_tx.ns = INT64_MAX;
	put(&a, o);
	o.time.ns = INT64_MAX;
	o.pkt.mgen_tx.ns = INT64_MIN;
	o.pkt.mgen_seq = UINT32_MAX;
	put(&a, o);
	mgenstat_clock(ms, (wall_t){ 0 });
	mgenstat_flush(ms);
	assert_int_equal(back(0)->line.kind, MGENSTAT_TOTAL);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, finish)

/* ---- clocks ---- */

/* Agents whose times are put right; that of the sender was 3600 s ahead. */
static const struct clockfix fixes[2] = {
	{ .on = true, .off0 = 3600 * S, .off1 = 3600 * S },
	{ .on = true, .off0 = -5 * S, .off1 = -5 * S },
};
static const struct sink_src sender = { .host = 1,
	.name = "s",
	.clock = { .known = true,
	    .offset_ns = 3600 * S,
	    .bound_ns = 40,
	    .applied = true,
	    .applied_ns = 3600 * S,
	    .apart_ns = 50,
	    .fix = &fixes[0] } };
static const struct sink_src receiver = { .host = 2,
	.name = "r",
	.clock = { .known = true,
	    .offset_ns = -5 * S,
	    .bound_ns = 200,
	    .applied = true,
	    .applied_ns = -5 * S,
	    .apart_ns = 300,
	    .fix = &fixes[1] } };

static struct obs
seen(uint8_t role, int64_t time_ms, uint32_t seq)
{
	struct obs o = pkt(time_ms, seq, (int64_t)seq * 10 + 3600000 + 10000);

	o.pkt.role = role;
	return o;
}

static const struct got *
total_of(const struct sink_src *src)
{
	size_t i = 0;

	while (i < n &&
	       (got[i].line.kind != MGENSTAT_TOTAL || got[i].at.src != src))
		i++;
	assert_true(i < n);
	return &got[i];
}

static void
delays_are_put_right_by_the_clocks_of_both_ends(void **state)
{
	const struct mgentab_count *c;

	(void)state;
	/* the receiver is heard first: message i is sent at 10 s + 10 i ms */
	for (uint32_t i = 0; i < 600; i++)
		put(&receiver, seen(OBS_ROLE_DELIVERED, 10007 + i, i / 10));
	assert_int_equal(n, 0);
	put(&sender, seen(OBS_ROLE_ORIGINATED, 10001, 0));
	for (uint32_t i = 60; i < 80; i++) {
		put(&receiver, seen(OBS_ROLE_DELIVERED, 10007 + 10 * i, i));
	}
	mgenstat_flush(ms);
	c = &total_of(&receiver)->count;
	assert_int_equal(c->delay.n, 80);
	assert_int_equal(c->delay.min, 7 * MS);
	assert_int_equal(c->delay.max, 7 * MS);
	assert_int_equal(c->delay.negative, 0);
	assert_true(c->clock.bounded);
	assert_int_equal(c->clock.bound_ns, 350);
	assert_true(total_of(&receiver)->line.ranks.placed);
	assert_in_range(
	    total_of(&receiver)->line.ranks.p50, 7 * MS - MS / 100, 7 * MS);
	c = &total_of(&sender)->count;
	assert_int_equal(c->delay.min, MS);
	assert_true(c->clock.bounded);
	assert_int_equal(c->clock.bound_ns, 0);
}

static void
delays_of_an_unknown_sender_are_left_as_they_are(void **state)
{
	const struct mgentab_count *c;

	(void)state;
	for (uint32_t i = 0; i < 400; i++)
		put(&receiver, seen(OBS_ROLE_DELIVERED, 10007 + 10 * i, i));
	for (int i = 0; i < 5; i++) {
		assert_int_equal(got[n - 1].count.delay.n, 0);
		mgenstat_clock(ms, (wall_t){ 0 });
	}
	/* it is too late now */
	put(&sender, seen(OBS_ROLE_ORIGINATED, 10001, 0));
	put(&receiver, seen(OBS_ROLE_DELIVERED, 10007 + 4000, 400));
	mgenstat_flush(ms);
	c = &total_of(&receiver)->count;
	assert_int_equal(c->delay.n, 401);
	assert_int_equal(c->delay.negative, 401);
	assert_int_equal(c->delay.min, 7 * MS - 3600 * S);
	assert_int_equal(c->delay.max, 7 * MS - 3600 * S);
	assert_false(c->clock.bounded);
}

static void
delays_that_still_wait_at_the_end_are_not_lost(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 100; i++)
		put(&receiver, seen(OBS_ROLE_DELIVERED, 10007 + 10 * i, i));
	mgenstat_flush(ms);
	assert_int_equal(total_of(&receiver)->count.delay.n, 100);
	assert_false(total_of(&receiver)->count.clock.bounded);
}

static void
without_room_no_delay_waits(void **state)
{
	(void)state;
	finish(NULL);
	begin_with(100, 1);
	for (uint32_t i = 0; i < 1000; i++)
		put(&receiver, seen(OBS_ROLE_DELIVERED, 10007 + i, i));
	put(&sender, seen(OBS_ROLE_ORIGINATED, 10001, 0));
	mgenstat_flush(ms);
	assert_int_equal(total_of(&receiver)->count.delay.n, 1000);
	assert_false(total_of(&receiver)->count.clock.bounded);
}

static void
clocks_are_shown_and_nothing_is_changed_unless_asked(void **state)
{
	struct sink_src plain = receiver;
	const struct mgentab_count *c;

	(void)state;
	plain.clock.applied = false;
	put(&plain, seen(OBS_ROLE_DELIVERED, 10007, 0));
	/* it drifts meanwhile */
	plain.clock.offset_ns += 1000;
	put(&plain, seen(OBS_ROLE_DELIVERED, 13007, 300));
	mgenstat_flush(ms);
	c = &total_of(&plain)->count;
	assert_true(c->clock.known);
	assert_int_equal(c->clock.low, -5 * S + 800);
	assert_int_equal(c->clock.high, -5 * S + 1200);
	assert_false(c->clock.bounded);
	assert_int_equal(c->delay.min, 7 * MS - 3600 * S);
	assert_int_equal(c->delay.negative, 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(seconds_add_up_to_the_total),
		TEST(every_place_knows_what_the_sender_sent),
		TEST(flows_differ_by_id_ends_and_protocol),
		TEST(fragments_count_as_octets_alone),
		TEST(a_header_that_tcp_repeats_is_no_duplicate),
		TEST(over_tcp_headers_behind_another_are_known_by_the_next),
		TEST(negative_delays_are_kept),
		TEST(a_message_held_is_received_when_it_is_believed),
		TEST(a_second_ends_when_the_agent_goes_on),
		TEST(a_record_that_is_a_little_old_joins_the_second),
		TEST(the_flow_that_is_silent_longest_makes_room),
		TEST(times_at_the_ends_of_the_world_are_harmless),
		TEST(delays_are_put_right_by_the_clocks_of_both_ends),
		TEST(delays_of_an_unknown_sender_are_left_as_they_are),
		TEST(delays_that_still_wait_at_the_end_are_not_lost),
		TEST(without_room_no_delay_waits),
		TEST(clocks_are_shown_and_nothing_is_changed_unless_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
