/* SPDX-License-Identifier: BSD-3-Clause */
/* links: collector/session collector/sesstell collector/sessrest collector/legacy collector/hub collector/streams collector/summary collector/sinksrc collector/class collector/outputs collector/output collector/position collector/positions collector/state collector/journal base/fdio collector/timing base/meterlog base/meter collector/source collector/clockfix collector/clockest collector/dayoff collector/ledger base/log base/obuf base/proc wire/stream wire/ifaces wire/dnsget wire/enc wire/dnsrec wire/dnstab wire/dnsname wire/sess wire/hello wire/ctl wire/frame wire/pack wire/cols wire/flowtab wire/unpack wire/dict wire/bits wire/zpack wire/rec28 tests/unit/talk -lev -lz */
/* Whole conversations with an agent in memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <stdio.h>
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
	talk_hello(1, UINT64_C(300) * 16);
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
a_question_about_the_time_is_answered(void **state)
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
	assert_int_equal(t.t3, TALK_WALL.ns);
}

/* The agent, whose clock is ahead, answers question ${id} after ${took}. */
static void
answer(uint64_t id, int64_t ahead, int64_t took)
{
	uint8_t body[CTL_MAX];
	struct ctl_time t = { .id = id, .t1 = -1 };

	t.t2 = t.t3 = TALK_WALL.ns + talk_late + took / 2 + ahead;
	talk_late += took;
	talk_frame(FRAME_TIME, body, ctl_time_put(body, &t));
	talk_feed(4096);
}

/* Whether the session asks; returns the number of the question, or 0. */
static uint64_t
asked(bool first)
{
	struct ctl_time t;
	struct frame f = { 0 };

	if (!(first ? talk_said : talk_says)(FRAME_TIME, &f))
		return 0;
	assert_int_equal(ctl_time_get(&t, f.body, f.len), 0);
	assert_true(t.t1 <= TALK_WALL.ns + talk_late);
	assert_int_equal(t.t2, 0);
	assert_int_equal(t.t3, 0);
	return t.id;
}

static void
open_session(void)
{
	talk_begin(talk_src);
	talk_hello(1, 0);
	assert_int_equal(talk_feed(4096), SESS_OPEN);
}

static void
the_offset_of_a_clock_is_learned_with_its_bound(void **state)
{
	const struct sink_clock *c = &talk_src->src.clock;

	(void)state;
	open_session();
	assert_false(c->known);
	answer(asked(true), 3600 * MONO_NS_PER_S, 400 * MONO_NS_PER_US);
	assert_true(c->known);
	assert_in_range(c->bound_ns, 200000, 202000);
	assert_in_range(c->offset_ns, 3600 * MONO_NS_PER_S - c->bound_ns,
	    3600 * MONO_NS_PER_S + c->bound_ns);
	assert_int_equal(talk_src->clock.round_trip_ns, 400000);
	talk_late += MONO_NS_PER_S;
	talk_tick();
	assert_in_range(c->bound_ns, 600000, 800000);
}

static void
questions_come_in_a_burst_then_each_second_then_rarely(void **state)
{
	uint64_t id, last = 0;
	int64_t at = 0, gap;

	(void)state;
	open_session();
	id = asked(true);
	for (int ticks = 0; ticks < 100; ticks++) {
		while (id != 0) {
			gap = talk_late - at;
			at = talk_late;
			assert_int_equal(id, ++last);
			assert_true(id > 4 || gap <= 400000);
			if (id > 4 && id <= 12)
				assert_in_range(gap, 900000000, 1100000000);
			if (id > 12)
				assert_in_range(gap, 2900000000, 5900000000);
			answer(id, 0, 400000);
			id = asked(false);
		}
		talk_late += MONO_NS_PER_S;
		talk_tick();
		id = asked(false);
	}
	assert_in_range(last, 12 + 92 / 6, 12 + 92 / 3);
	assert_int_equal(talk_src->clock.samples, last - (id != 0));
}

static void
one_question_waits_at_a_time_but_not_for_good(void **state)
{
	int seconds = 0;
	uint8_t body[CTL_MAX];
	const struct ctl_stats alive = { 0 };

	(void)state;
	open_session();
	assert_int_equal(asked(true), 1);
	do {
		talk_late += MONO_NS_PER_S;
		talk_frame(FRAME_STATS, body, ctl_stats_put(body, &alive));
		talk_feed(4096);
		talk_tick();
		seconds++;
	} while (asked(false) == 0);
	assert_int_equal(seconds, 30);
	/* an answer that comes now is that of another question */
	answer(1, 0, 1000);
	assert_int_equal(talk_src->clock.samples, 0);
	answer(2, 0, 1000);
	assert_int_equal(talk_src->clock.samples, 1);
}

static void
answers_to_nothing_tell_nothing(void **state)
{
	(void)state;
	open_session();
	assert_int_equal(asked(true), 1);
	answer(7, 5, 1000);
	assert_int_equal(talk_src->clock.samples, 0);
	answer(1, 5, 1000);
	assert_int_equal(talk_src->clock.samples, 1);
	answer(1, MONO_NS_PER_S, 1000);
	assert_int_equal(talk_src->clock.samples, 1);
	assert_int_equal(talk_src->clock.steps, 0);
	assert_int_equal(session_state(talk_sess), SESS_OPEN);
}

static void
a_clock_is_remembered_over_sessions_and_forgotten_with_its_agent(void **state)
{
	(void)state;
	open_session();
	answer(asked(true), 5 * MONO_NS_PER_S, 1000);
	talk_end();
	assert_true(talk_src->src.clock.known);
	talk_late += 60 * MONO_NS_PER_S;
	open_session();
	answer(asked(true), 9 * MONO_NS_PER_S, 1000);
	assert_int_equal(talk_src->clock.steps, 1);
	source_forget(talk_src, "10.0.0.2:1");
	assert_false(talk_src->src.clock.known);
	assert_int_equal(talk_src->clock.samples, 0);
}

static void
times_are_put_right_only_when_asked(void **state)
{
	(void)state;
	for (int asked_for = 0; asked_for < 2; asked_for++) {
		talk_env.apply_clock = asked_for;
		if (asked_for)
			assert_int_equal(hub_correct(talk_env.hub), 0);
		talk_begin(talk_src);
		talk_hello((uint8_t)(1 + asked_for), 0);
		talk_feed(4096);
		talk_out.next = 0;
		answer(asked(true), 3600 * MONO_NS_PER_S, 2000);
		talk_record_at((wall_t){ TALK_WALL.ns + 3600 * MONO_NS_PER_S });
		talk_records(0);
		talk_feed(4096);
		assert_in_range(talk_out.last.ns -
				    (asked_for ? 0 : 3600 * MONO_NS_PER_S) -
				    TALK_WALL.ns + 1500,
		    0, 3000);
		assert_int_equal(talk_src->src.clock.applied, asked_for);
		talk_end();
	}
	assert_int_equal(talk_src->led.c.times_kept, 0);
}

static void
a_clock_that_is_set_is_followed_at_once(void **state)
{
	(void)state;
	talk_env.apply_clock = true;
	assert_int_equal(hub_correct(talk_env.hub), 0);
	open_session();
	answer(asked(true), 3600 * MONO_NS_PER_S, 2000);
	talk_record_at((wall_t){ TALK_WALL.ns + 3600 * MONO_NS_PER_S });
	talk_records(0);
	talk_feed(4096);
	answer(asked(false), -3600 * MONO_NS_PER_S, 2000);
	talk_record_at((wall_t){ TALK_WALL.ns - 3600 * MONO_NS_PER_S });
	talk_records(0);
	talk_feed(4096);
	assert_int_equal(talk_src->clock.steps, 1);
	assert_in_range(talk_out.last.ns - TALK_WALL.ns + 1500, 0, 3000);
}

static void
the_first_question_can_come_with_hello(void **state)
{
	struct ctl_time t;
	struct frame f = { 0 };

	(void)state;
	talk_env.apply_clock = true;
	talk_begin(talk_src);
	session_ask(talk_sess, talk_at(1), TALK_WALL);
	assert_true(talk_said(FRAME_TIME, &f));
	assert_int_equal(ctl_time_get(&t, f.body, f.len), 0);
	assert_int_equal(t.id, 1);
	assert_int_equal(t.t1, TALK_WALL.ns);
	talk_hello(1, 0);
	talk_feed(4096);
	assert_int_equal(asked(false), 0); /* one at a time */
	answer(1, 5 * MONO_NS_PER_S, 2000);
	assert_int_equal(talk_src->clock.samples, 1);
	assert_int_equal(asked(false), 2);
}

static void
times_of_an_unknown_clock_are_kept_and_counted(void **state)
{
	(void)state;
	talk_env.apply_clock = true;
	assert_int_equal(hub_correct(talk_env.hub), 0);
	open_session();
	talk_records(7);
	talk_feed(4096);
	assert_int_equal(talk_out.last.ns, TALK_WALL.ns);
	assert_int_equal(talk_src->led.c.times_kept, 7);
	assert_false(talk_src->src.clock.applied);
}

/* Whether something without a number came before is told by the agent's time. */
static void
what_comes_again_is_known_however_times_are_put_right(void **state)
{
	struct obs o = { .kind = OBS_HOST,
		.time = TALK_WALL,
		.host = { .has = OBS_HOST_CPU, .cpu_busy = 3 } };
	uint8_t body[CTL_MAX];

	(void)state;
	talk_env.apply_clock = true;
	assert_int_equal(hub_correct(talk_env.hub), 0);
	for (int i = 0; i < 2; i++) {
		open_session();
		answer(asked(true), -i * MONO_NS_PER_S, 2000);
		talk_frame(FRAME_SYSINFO, body, ctl_sysinfo_put(body, &o));
		talk_feed(4096);
		talk_end();
	}
	assert_int_equal(talk_out.hosts, 1);
	assert_int_equal(talk_src->led.c.duplicates, 1);
}

/* What the counter of our agent is, in ${ret_value}; false: it is not there. */
static bool
printed(const char *counter, char ret_value[static 64])
{
	char *text = NULL, *at, name[64];
	size_t len;
	FILE *fp = open_memstream(&text, &len);
	bool is;

	assert_non_null(fp);
	source_print(talk_src, (mono_t){ MONO_NS_PER_S + talk_late }, fp);
	fclose(fp);
	snprintf(name, sizeof(name), "agent.1.%s ", counter);
	at = strstr(text, name);
	is = at != NULL && sscanf(at, "%*s %63s", ret_value) == 1;
	free(text);
	return is;
}

static void
the_ledger_tells_of_the_clock_or_that_it_is_unknown(void **state)
{
	char value[64];

	(void)state;
	open_session();
	assert_true(printed("clock", value));
	assert_string_equal(value, "unknown");
	assert_false(printed("clock_offset_us", value));
	assert_false(printed("clock_bound_us", value));
	answer(asked(true), -3600 * MONO_NS_PER_S, 400000);
	assert_true(printed("clock_offset_us", value));
	assert_false(printed("clock", value));
	assert_in_range(-strtoll(value, NULL, 10), 3599999800, 3600000200);
	assert_true(printed("clock_bound_us", value));
	assert_in_range(strtoll(value, NULL, 10), 201, 204);
	assert_true(printed("clock_samples", value));
	assert_string_equal(value, "1");
	assert_true(printed("clock_steps", value));
	assert_string_equal(value, "0");
	assert_true(printed("round_trip_us", value));
	assert_string_equal(value, "400");
	assert_false(printed("clock_drift_ppm", value));
	for (int i = 0; i < 30; i++) {
		talk_late += MONO_NS_PER_S;
		talk_tick();
		answer(asked(false), -3600 * MONO_NS_PER_S, 10000);
	}
	assert_true(printed("clock_drift_ppm", value));
	assert_in_range((strtod(value, NULL) + 30) * 10, 0, 600);
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
		T(a_question_about_the_time_is_answered),
		T(the_offset_of_a_clock_is_learned_with_its_bound),
		T(questions_come_in_a_burst_then_each_second_then_rarely),
		T(one_question_waits_at_a_time_but_not_for_good),
		T(answers_to_nothing_tell_nothing),
		T(a_clock_is_remembered_over_sessions_and_forgotten_with_its_agent),
		T(times_are_put_right_only_when_asked),
		T(a_clock_that_is_set_is_followed_at_once),
		T(the_first_question_can_come_with_hello),
		T(times_of_an_unknown_clock_are_kept_and_counted),
		T(what_comes_again_is_known_however_times_are_put_right),
		T(the_ledger_tells_of_the_clock_or_that_it_is_unknown),
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
