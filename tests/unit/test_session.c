/* SPDX-License-Identifier: BSD-3-Clause */
/* links: collector/session collector/sesstell collector/sessrest collector/legacy collector/hub collector/summary collector/sinksrc collector/class collector/outputs collector/output collector/position collector/positions collector/state collector/journal base/fdio collector/timing base/meterlog base/meter collector/source collector/dayoff collector/ledger base/log base/obuf base/proc wire/stream wire/ifaces wire/dnsget wire/enc wire/dnsrec wire/dnstab wire/dnsname wire/sess wire/hello wire/ctl wire/frame wire/pack wire/cols wire/flowtab wire/unpack wire/dict wire/bits wire/zpack wire/rec28 tests/unit/talk -lev -lz */
/* Whole conversations with an agent in memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/talk.h"
#include "wire/ifaces.h"

static void
the_collector_speaks_first(void **state)
{
	uint8_t rest[16];
	struct hello h;

	(void)state;
	talk_begin(talk_src);
	assert_int_equal(talk_heard(&h, rest, sizeof(rest)), 0);
	assert_false(h.from_agent);
	assert_false(h.has_stream);
}

static void
records_arrive_whatever_the_cuts(void **state)
{
	(void)state;
	for (size_t piece = 1; piece < 300; piece += 7) {
		const uint64_t was = talk_out.pkts;

		talk_begin(talk_src);
		talk_hello((uint8_t)piece, 0);
		talk_out.next = 0;
		talk_records(100);
		talk_bye(CTL_BYE_END);
		assert_int_equal(talk_feed(piece), SESS_ENDING);
		assert_int_equal(talk_out.pkts - was, 100);
		assert_true(session_finished(talk_sess));
		assert_null(session_why(talk_sess));
		talk_end();
	}
	assert_int_equal(talk_src->led.c.lost_unexplained, 0);
	assert_string_equal(talk_src->src.name, "n1");
}

static void
a_second_session_goes_on_where_the_first_stopped(void **state)
{
	uint8_t rest[16];
	struct hello h;

	(void)state;
	talk_begin(talk_src);
	talk_hello(1, 0);
	talk_records(100);
	assert_int_equal(talk_feed(50), SESS_OPEN);
	session_eof(talk_sess);
	assert_int_equal(session_state(talk_sess), SESS_CLOSED);
	talk_end();
	talk_begin(talk_src);
	assert_int_equal(talk_heard(&h, rest, sizeof(rest)), 0);
	assert_true(h.has_stream);
	assert_int_equal(h.stream_id[0], 1);
	assert_int_equal(h.seq, 100);
	talk_hello(1, 64);
	talk_records(50);
	assert_int_equal(talk_feed(50), SESS_OPEN);
	assert_int_equal(talk_out.pkts, 114);
	assert_int_equal(talk_src->led.c.records, 114);
	assert_int_equal(talk_src->led.c.duplicates, 36);
	assert_int_equal(talk_src->led.c.lost_unexplained, 0);
	assert_int_equal(talk_src->led.c.lost_late, 0);
}

static void
what_came_is_acknowledged_after_a_second(void **state)
{
	struct frame f = { 0 };
	uint64_t seq, dns;

	(void)state;
	talk_begin(talk_src);
	talk_hello(1, 0);
	talk_records(40);
	talk_feed(4096);
	hub_commit(talk_env.hub);
	session_tick(talk_sess, talk_at(2), TALK_WALL);
	assert_true(talk_said(FRAME_ACK, &f));
	assert_int_equal(ctl_ack_get(&seq, &dns, f.body, f.len), 0);
	assert_int_equal(seq, 40);
}

static void
a_flipped_bit_ends_the_session_with_bye(void **state)
{
	(void)state;
	talk_begin(talk_src);
	talk_hello(1, 0);
	talk_records(40);
	talk_agent.data[talk_agent.len - 3] ^= 4;
	assert_int_equal(talk_feed(4096), SESS_ENDING);
	talk_assert_bye(CTL_BYE_PROTOCOL);
	assert_non_null(session_why(talk_sess));
	assert_int_equal(talk_src->led.c.bad_sessions, 1);
	assert_false(session_finished(talk_sess));
}

static void
nothing_is_taken_after_bye(void **state)
{
	(void)state;
	talk_begin(talk_src);
	talk_hello(1, 0);
	talk_records(16);
	talk_bye(CTL_BYE_END);
	talk_records(16);
	assert_int_equal(talk_feed(100000), SESS_ENDING);
	assert_int_equal(talk_out.pkts, 16);
}

static void
an_agent_that_says_nothing_is_left_after_three_seconds(void **state)
{
	(void)state;
	talk_begin(talk_src);
	assert_int_equal(
	    session_tick(talk_sess, talk_at(2.9), TALK_WALL), SESS_WAIT);
	assert_int_equal(
	    session_tick(talk_sess, talk_at(3), TALK_WALL), SESS_CLOSED);
}

static void
a_hello_must_be_whole_within_five_seconds(void **state)
{
	(void)state;
	talk_begin(talk_src);
	talk_hello(1, 0);
	talk_agent.len = 20;
	assert_int_equal(talk_feed(20), SESS_HELLO);
	assert_int_equal(
	    session_tick(talk_sess, talk_at(4.9), TALK_WALL), SESS_HELLO);
	assert_int_equal(
	    session_tick(talk_sess, talk_at(5), TALK_WALL), SESS_ENDING);
	talk_assert_bye(CTL_BYE_TIMEOUT);
}

static void
a_dead_agent_is_left_after_three_missed_stats(void **state)
{
	(void)state;
	talk_begin(talk_src);
	talk_hello(1, 0);
	assert_int_equal(talk_feed(4096), SESS_OPEN);
	assert_int_equal(
	    session_tick(talk_sess, talk_at(30.9), TALK_WALL), SESS_OPEN);
	assert_int_equal(
	    session_tick(talk_sess, talk_at(31), TALK_WALL), SESS_ENDING);
	talk_assert_bye(CTL_BYE_TIMEOUT);
}

static void
who_was_not_listened_to_is_not_dead(void **state)
{
	(void)state;
	talk_begin(talk_src);
	talk_hello(1, 0);
	talk_records(32);
	assert_int_equal(talk_feed(4096), SESS_OPEN);
	assert_int_equal(session_records(talk_sess), 32);
	session_deaf(talk_sess, talk_at(31));
	assert_int_equal(
	    session_tick(talk_sess, talk_at(31), TALK_WALL), SESS_OPEN);
	assert_int_equal(
	    session_tick(talk_sess, talk_at(61), TALK_WALL), SESS_ENDING);
}

static void
an_agent_tells_of_more_interfaces_while_it_runs(void **state)
{
	struct hello_iface i = { .name = "eth0", .linktype = 1 };
	uint8_t frame[IFACES_FRAME_MAX];

	(void)state;
	talk_begin(talk_src);
	talk_hello(1, 0);
	for (unsigned int n = 0; n < 300; n++) {
		snprintf(i.node, sizeof(i.node), "n%u", n);
		talk_say(frame, ifaces_frame(frame, n, &i));
		talk_records(16);
	}
	assert_int_equal(talk_feed(100), SESS_OPEN);
	assert_int_equal(talk_out.pkts, 300 * 16);
	assert_int_equal(talk_src->src.ifs.n, 300);
	assert_string_equal(talk_src->src.ifs.iface[299].node, "n299");
	/* It resumes, tells of all again, and contradicts itself. */
	talk_end();
	talk_begin(talk_src);
	talk_hello(1, 300u * 16);
	strcpy(i.node, "n0");
	talk_say(frame, ifaces_frame(frame, 0, &i));
	assert_int_equal(talk_feed(100), SESS_OPEN);
	assert_int_equal(talk_src->src.ifs.n, 300);
	strcpy(i.node, "n1");
	talk_say(frame, ifaces_frame(frame, 0, &i));
	assert_int_equal(talk_feed(100), SESS_ENDING);
	talk_assert_bye(CTL_BYE_PROTOCOL);
}

static void
a_ping_is_answered_and_an_answer_tells_the_offset(void **state)
{
	uint8_t body[CTL_MAX];
	const struct ctl_time ping = { .id = 7, .t1 = 5 };
	struct ctl_time t;
	struct frame f = { 0 };

	(void)state;
	talk_begin(talk_src);
	talk_hello(1, 0);
	talk_frame(FRAME_TIME, body, ctl_time_put(body, &ping));
	talk_feed(4096);
	assert_true(talk_said(FRAME_TIME, &f));
	assert_int_equal(ctl_time_get(&t, f.body, f.len), 0);
	assert_int_equal(t.id, 7);
	assert_int_equal(t.t1, 5);
	assert_int_equal(t.t2, TALK_WALL.ns);
	/* we asked at WALL - 8, it got that at its WALL + 1000 */
	t = (struct ctl_time){ .id = 1,
		.t1 = TALK_WALL.ns - 8,
		.t2 = TALK_WALL.ns + 1000,
		.t3 = TALK_WALL.ns + 1002 };
	talk_frame(FRAME_TIME, body, ctl_time_put(body, &t));
	talk_feed(4096);
	assert_true(talk_src->timed);
	assert_int_equal(talk_src->clock_offset_ns, 1005);
	assert_int_equal(talk_src->round_trip_ns, 6);
}

static void
an_old_agent_is_understood_unless_forbidden(void **state)
{
	uint8_t rec[28] = { 0x65, 0x53, 0xf1, 0 };

	(void)state;
	rec[21] = 100; /* length */
	rec[26] = 17;
	talk_begin(talk_src);
	talk_say(rec, sizeof(rec));
	assert_int_equal(talk_feed(5), SESS_LEGACY);
	assert_int_equal(talk_out.pkts, 1);
	session_eof(talk_sess);
	assert_true(session_finished(talk_sess));
	talk_end();
	talk_env.legacy = false;
	talk_begin(talk_src);
	talk_say(rec, sizeof(rec));
	assert_int_equal(talk_feed(5), SESS_CLOSED);
	assert_int_equal(talk_out.pkts, 1);
}

static void
old_records_under_tls_are_refused(void **state)
{
	uint8_t rec[28] = { 0x65, 0x53, 0xf1, 0 };

	(void)state;
	talk_begin(talk_src);
	session_secure(talk_sess);
	talk_say(rec, sizeof(rec));
	assert_int_equal(talk_feed(5), SESS_CLOSED);
	assert_int_equal(talk_out.pkts, 0);
	assert_string_equal(
	    session_why(talk_sess), "it sends old records under TLS");
}

static void
neither_old_nor_new_is_closed(void **state)
{
	(void)state;
	talk_begin(talk_src);
	talk_say("SSH-2.0-OpenSSH_9.2\r\n", 21);
	assert_int_equal(talk_feed(21), SESS_CLOSED);
	assert_non_null(session_why(talk_sess));
}

static void
an_agent_that_dials_in_is_named_by_its_hello(void **state)
{
	(void)state;
	talk_welcome = true;
	talk_begin(NULL);
	assert_null(session_source(talk_sess));
	talk_hello(1, 0);
	talk_records(16);
	assert_int_equal(talk_feed(4096), SESS_OPEN);
	assert_ptr_equal(session_source(talk_sess), talk_src);
	assert_true(talk_src->busy);
	assert_int_equal(talk_out.pkts, 16);
	assert_true(talk_src->led.c.octets > 100);
	talk_end();
	assert_false(talk_src->busy);
	talk_welcome = false;
	talk_begin(NULL);
	talk_hello(2, 0);
	talk_records(16);
	assert_int_equal(talk_feed(4096), SESS_ENDING);
	talk_assert_bye(CTL_BYE_LIMIT);
	assert_int_equal(talk_out.pkts, 16);
}

static void
our_end_says_what_we_have(void **state)
{
	struct frame f = { 0 };
	unsigned int why;
	uint64_t seq;

	(void)state;
	talk_begin(talk_src);
	talk_hello(1, 0);
	talk_records(30);
	talk_feed(4096);
	session_end(talk_sess, CTL_BYE_END);
	assert_int_equal(session_state(talk_sess), SESS_ENDING);
	assert_true(talk_said(FRAME_BYE, &f));
	assert_int_equal(ctl_bye_get(&why, &seq, f.body, f.len), 0);
	assert_int_equal(why, CTL_BYE_END);
	assert_int_equal(seq, 30);
}

static void
a_frame_must_end_within_half_a_minute(void **state)
{
	const wall_t wall = TALK_WALL;
	const uint8_t head[3] = { FRAME_EXT, 0xff, 0x3f };

	(void)state;
	talk_begin(talk_src);
	talk_hello(1, 0);
	talk_records(16);
	assert_int_equal(talk_feed(4096), SESS_OPEN);
	/* An octet a second is a sign of life, but no frame. */
	(void)session_feed(
	    talk_sess, head, sizeof(head), talk_at(1), TALK_WALL);
	for (int i = 2; i < 31; i++) {
		(void)session_feed(talk_sess, head, 1, talk_at(i), TALK_WALL);
		assert_int_equal(
		    session_tick(talk_sess, talk_at(i), wall), SESS_OPEN);
	}
	assert_int_equal(
	    session_tick(talk_sess, talk_at(32), wall), SESS_ENDING);
	assert_string_equal(session_why(talk_sess), "its frame does not end");
	talk_assert_bye(CTL_BYE_TIMEOUT);
}

/* There is always half a frame that waits, but never the same for long. */
static void
a_frame_that_ends_in_time_starts_the_clock_anew(void **state)
{
	const struct ctl_stats st = { .wall = TALK_WALL };
	uint8_t body[CTL_MAX];
	size_t len;

	(void)state;
	talk_begin(talk_src);
	talk_hello(1, 0);
	assert_int_equal(talk_feed(4096), SESS_OPEN);
	talk_frame(FRAME_STATS, body, ctl_stats_put(body, &st));
	len = talk_agent.len;
	(void)session_feed(
	    talk_sess, talk_agent.data, len / 2, talk_at(1), TALK_WALL);
	for (int t = 21; t < 200; t += 20) {
		uint8_t both[2 * CTL_MAX];

		memcpy(both, talk_agent.data + len / 2, len - len / 2);
		memcpy(both + len - len / 2, talk_agent.data, len / 2);
		assert_int_equal(
		    session_feed(talk_sess, both, len, talk_at(t), TALK_WALL),
		    SESS_OPEN);
		assert_int_equal(
		    session_tick(talk_sess, talk_at(t + 19), TALK_WALL),
		    SESS_OPEN);
	}
}

/* A packet arrives whose time is ${s} seconds after TALK_WALL. */
static uint64_t
off_after(int64_t s)
{
	talk_record_at((wall_t){ TALK_WALL.ns + s * MONO_NS_PER_S });
	talk_records(0);
	talk_feed(4096);
	return talk_src->led.c.times_off;
}

static void
times_over_a_day_from_the_agents_clock_are_counted(void **state)
{
	const struct ctl_stats later = { .wall = { TALK_WALL.ns +
						   86400 * MONO_NS_PER_S } };
	uint8_t body[CTL_MAX];

	(void)state;
	talk_begin(talk_src);
	talk_agent.clock = TALK_WALL;
	talk_hello(1, 0);
	assert_int_equal(off_after(-86400), 0);
	assert_int_equal(off_after(86400), 0);
	assert_int_equal(off_after(-86401), 1);
	assert_true(talk_src->off_told);
	assert_int_equal(off_after(86401), 2);
	assert_int_equal(off_after(0), 2);
	/* STATS move the clock, and then it goes on with ours. */
	talk_frame(FRAME_STATS, body, ctl_stats_put(body, &later));
	assert_int_equal(off_after(2L * 86400), 2);
	assert_int_equal(off_after(-1), 3);
	assert_int_equal(off_after(2L * 86400 + 1), 4);
	dayoff_now(&talk_src->off, talk_at(2));
	assert_int_equal(
	    talk_src->off.last, later.wall.ns + 86401 * MONO_NS_PER_S);
	/* All are passed on; those that come again count once. */
	assert_int_equal(talk_out.pkts, 8);
	session_eof(talk_sess);
	talk_end();
	talk_begin(talk_src);
	talk_hello(1, 2);
	assert_int_equal(off_after(-86401), 4);
	assert_false(talk_src->off_told);
}

static void
without_a_clock_no_time_is_off(void **state)
{
	(void)state;
	talk_begin(talk_src);
	talk_hello(1, 0);
	assert_int_equal(off_after(-86400L * 365), 0);
	assert_int_equal(off_after(86400L * 365), 0);
}

static void
times_of_old_agents_are_compared_with_our_clock(void **state)
{
	uint8_t rec[28] = { 0x65, 0x53, 0xf1, 0 };

	(void)state;
	rec[21] = 100; /* length */
	rec[26] = 17;
	talk_begin(talk_src);
	talk_say(rec, sizeof(rec));
	talk_feed(28);
	assert_int_equal(talk_src->led.c.times_off, 0);
	rec[0] = 0x67;
	rec[21] = 101;
	talk_say(rec, sizeof(rec));
	talk_feed(28);
	assert_int_equal(talk_src->led.c.times_off, 1);
}

#define T(f) cmocka_unit_test_setup_teardown(f, talk_setup, talk_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_collector_speaks_first),
		T(records_arrive_whatever_the_cuts),
		T(a_second_session_goes_on_where_the_first_stopped),
		T(what_came_is_acknowledged_after_a_second),
		T(a_flipped_bit_ends_the_session_with_bye),
		T(nothing_is_taken_after_bye),
		T(an_agent_that_says_nothing_is_left_after_three_seconds),
		T(a_hello_must_be_whole_within_five_seconds),
		T(a_frame_must_end_within_half_a_minute),
		T(a_frame_that_ends_in_time_starts_the_clock_anew),
		T(a_dead_agent_is_left_after_three_missed_stats),
		T(who_was_not_listened_to_is_not_dead),
		T(an_agent_tells_of_more_interfaces_while_it_runs),
		T(a_ping_is_answered_and_an_answer_tells_the_offset),
		T(an_old_agent_is_understood_unless_forbidden),
		T(old_records_under_tls_are_refused),
		T(neither_old_nor_new_is_closed),
		T(an_agent_that_dials_in_is_named_by_its_hello),
		T(our_end_says_what_we_have),
		T(times_over_a_day_from_the_agents_clock_are_counted),
		T(without_a_clock_no_time_is_off),
		T(times_of_old_agents_are_compared_with_our_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
