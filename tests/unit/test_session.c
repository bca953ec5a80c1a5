/* SPDX-License-Identifier: BSD-3-Clause */
/* links: collector/session collector/legacy collector/hub collector/timing base/meterlog base/meter collector/source collector/ledger base/log base/obuf base/proc wire/stream wire/dnsget wire/enc wire/dnsrec wire/dnstab wire/dnsname wire/sess wire/hello wire/ctl wire/frame wire/pack wire/flowtab wire/unpack wire/dict wire/bits wire/zpack wire/rec28 -lev -lz */
/* Whole conversations with an agent in memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <ev.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collector/session.h"
#include "wire/enc.h"
#include "wire/frame.h"

#define WALL ((wall_t){ 1700000000 * MONO_NS_PER_S })

/* ---- an output that remembers ---- */

static struct {
	struct sink sink;
	uint64_t pkts, hosts, losses;
	uint64_t next; /* number after the last packet */
} out;

static void
out_put(struct sink *s, const struct sink_src *src, uint64_t first,
    const struct obs *o, size_t n)
{
	(void)s;
	assert_int_equal(src->host, 1);
	if (o->kind == OBS_PKT) {
		assert_true(first >= out.next);
		out.next = first + n;
		out.pkts += n;
		for (size_t i = 0; i < n; i++)
			assert_int_equal(o[i].pkt.len, 100 + (first + i) % 50);
	} else {
		assert_int_equal(n, 1);
		out.hosts += o->kind == OBS_HOST;
		out.losses += o->kind == OBS_LOSS;
	}
}

static int
out_flush(struct sink *s, mono_t now)
{
	(void)s;
	(void)now;
	return 0;
}

static void
out_close(struct sink *s)
{
	(void)s;
}

static const struct sink_type out_type = {
	.name = "test", .put = out_put, .flush = out_flush, .close = out_close
};

struct sink *
sink_open(const struct conf *conf, const char *spec, struct ev_loop *loop)
{
	(void)conf;
	(void)spec;
	(void)loop;
	memset(&out, 0, sizeof(out));
	out.sink.type = &out_type;
	return &out.sink;
}

/* ---- an agent in memory ---- */

struct agent {
	uint8_t data[1 << 20];
	size_t len;
	struct hello h;
	struct enc *enc;
};

static struct agent agent;

static void
agent_say(const void *data, size_t len)
{
	assert_true(agent.len + len <= sizeof(agent.data));
	memcpy(agent.data + agent.len, data, len);
	agent.len += len;
}

static void
agent_block(void *arg, const struct enc_block *b)
{
	(void)arg;
	agent_say(b->data, b->len);
}

static void
agent_frame(enum frame_type type, const uint8_t *body, size_t len)
{
	uint8_t frame[CTL_MAX + FRAME_OVERHEAD];

	agent_say(frame, ctl_frame(frame, type, body, len));
}

/* A stream with this first octet of its id, whose next record is ${seq}. */
static void
agent_begin(uint8_t id, uint64_t seq)
{
	uint8_t buf[HELLO_MAX];

	agent.len = 0;
	hello_default(&agent.h, true);
	agent.h.par.block = 16;
	agent.h.has_stream = true;
	agent.h.stream_id[0] = id;
	agent.h.seq = seq;
	snprintf(agent.h.node, sizeof(agent.h.node), "n1");
	agent_say(buf, hello_put(buf, &agent.h));
	agent.enc = enc_new(&agent.h.par, 6, seq, agent_block, NULL);
	assert_non_null(agent.enc);
}

static void
agent_records(unsigned int n)
{
	for (; n > 0; n--) {
		struct obs o = { .kind = OBS_PKT, .time = WALL };

		o.pkt.ipver = 4;
		o.pkt.proto = 17;
		o.pkt.has = OBS_HAS_PORTS;
		o.pkt.len = (uint32_t)(100 + enc_next(agent.enc) % 50);
		enc_put(agent.enc, &o);
	}
	enc_flush(agent.enc);
}

static void
agent_bye(enum ctl_bye why)
{
	uint8_t body[CTL_MAX];

	agent_frame(
	    FRAME_BYE, body, ctl_bye_put(body, why, enc_next(agent.enc)));
}

/* ---- the collector's side ---- */

static struct ev_loop *loop;
static struct hub *hub;
static struct source *src;
static struct session_env env;
static struct session *sess;
static bool welcome; /* whether unknown agents are */

static void
gone(void *arg, const char *sink)
{
	(void)arg;
	fail_msg("output %s is gone", sink);
}

static struct source *
who(void *arg, const struct hello *h)
{
	assert_ptr_equal(arg, &env);
	assert_string_equal(h->node, "n1");
	return welcome ? src : NULL;
}

static mono_t
at(double seconds)
{
	return (mono_t){ (int64_t)(seconds * 1e9) };
}

static enum sess_state
feed(size_t piece)
{
	enum sess_state state = session_state(sess);

	for (size_t i = 0; i < agent.len; i += piece) {
		const size_t n = agent.len - i < piece ? agent.len - i : piece;

		state = session_feed(sess, agent.data + i, n, at(1), WALL);
	}
	agent.len = 0;
	return state;
}

/* What the session says: HELLO into ${ret_h}, the rest is returned. */
static size_t
heard(struct hello *ret_h, uint8_t *ret_frames, size_t max)
{
	static uint8_t buf[128 * 1024];
	int fd[2];
	ssize_t n;
	int used = 0;

	assert_int_equal(pipe(fd), 0);
	assert_true(obuf_send(session_out(sess), fd[1]) >= 0);
	close(fd[1]);
	n = read(fd[0], buf, sizeof(buf));
	close(fd[0]);
	assert_true(n >= 0);
	if (ret_h != NULL) {
		used = hello_get(ret_h, buf, (size_t)n);
		assert_true(used > 0);
	}
	assert_true((size_t)(n - used) <= max);
	memcpy(ret_frames, buf + used, (size_t)(n - used));
	return (size_t)(n - used);
}

/* The last frame of a type that the session says. */
static bool
said(enum frame_type type, struct frame *ret_f)
{
	static uint8_t frames[64 * 1024];
	struct hello h;
	struct frame f = { 0 };
	bool found = false;
	const size_t len = heard(&h, frames, sizeof(frames));

	for (size_t i = 0; i < len;) {
		const int n = frame_get(&f, frames + i, len - i, FRAME_MAX);

		assert_true(n > 0);
		if (f.type == type) {
			*ret_f = f;
			found = true;
		}
		i += (size_t)n;
	}
	return found;
}

static void
assert_bye(enum ctl_bye why)
{
	struct frame f = { 0 };
	unsigned int got;
	uint64_t next;

	assert_true(said(FRAME_BYE, &f));
	assert_int_equal(ctl_bye_get(&got, &next, f.body, f.len), 0);
	assert_int_equal(got, why);
}

static void
begin(struct source *s)
{
	sess = session_new(&env, s, &env, at(0));
	assert_non_null(sess);
}

static void
end(void)
{
	session_free(sess);
	sess = NULL;
	enc_free(agent.enc);
	agent.enc = NULL;
}

static int
setup(void **state)
{
	(void)state;
	loop = ev_loop_new(EVFLAG_AUTO);
	hub = hub_new(loop, gone, NULL);
	assert_int_equal(hub_output(hub, NULL, "test"), 0);
	src = hub_source(hub, 1, "10.0.0.1:7073");
	env.hub = hub;
	env.scratch = stream_scratch_new();
	env.legacy = true;
	env.who = who;
	hello_default(&env.offer, false);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	end();
	stream_scratch_free(env.scratch);
	hub_free(hub);
	ev_loop_destroy(loop);
	return 0;
}

/* ---- */

static void
the_collector_speaks_first(void **state)
{
	uint8_t rest[16];
	struct hello h;

	(void)state;
	begin(src);
	assert_int_equal(heard(&h, rest, sizeof(rest)), 0);
	assert_false(h.from_agent);
	assert_false(h.has_stream);
}

static void
records_arrive_whatever_the_cuts(void **state)
{
	(void)state;
	for (size_t piece = 1; piece < 300; piece += 7) {
		const uint64_t was = out.pkts;

		begin(src);
		agent_begin((uint8_t)piece, 0);
		out.next = 0;
		agent_records(100);
		agent_bye(CTL_BYE_END);
		assert_int_equal(feed(piece), SESS_ENDING);
		assert_int_equal(out.pkts - was, 100);
		assert_true(session_finished(sess));
		assert_null(session_why(sess));
		end();
	}
	assert_int_equal(src->led.c.lost_unexplained, 0);
	assert_string_equal(src->src.name, "n1");
}

static void
a_second_session_goes_on_where_the_first_stopped(void **state)
{
	uint8_t rest[16];
	struct hello h;

	(void)state;
	begin(src);
	agent_begin(1, 0);
	agent_records(100);
	assert_int_equal(feed(50), SESS_OPEN);
	session_eof(sess);
	assert_int_equal(session_state(sess), SESS_CLOSED);
	end();
	begin(src);
	assert_int_equal(heard(&h, rest, sizeof(rest)), 0);
	assert_true(h.has_stream);
	assert_int_equal(h.stream_id[0], 1);
	assert_int_equal(h.seq, 100);
	agent_begin(1, 64);
	agent_records(50);
	assert_int_equal(feed(50), SESS_OPEN);
	assert_int_equal(out.pkts, 114);
	assert_int_equal(src->led.c.records, 114);
	assert_int_equal(src->led.c.duplicates, 36);
	assert_int_equal(src->led.c.lost_unexplained, 0);
	assert_int_equal(src->led.c.lost_late, 0);
}

static void
what_came_is_acknowledged_after_a_second(void **state)
{
	struct frame f = { 0 };
	uint64_t seq;

	(void)state;
	begin(src);
	agent_begin(1, 0);
	agent_records(40);
	feed(4096);
	session_tick(sess, at(2), WALL);
	assert_true(said(FRAME_ACK, &f));
	assert_int_equal(ctl_ack_get(&seq, f.body, f.len), 0);
	assert_int_equal(seq, 40);
}

static void
a_flipped_bit_ends_the_session_with_bye(void **state)
{
	(void)state;
	begin(src);
	agent_begin(1, 0);
	agent_records(40);
	agent.data[agent.len - 3] ^= 4;
	assert_int_equal(feed(4096), SESS_ENDING);
	assert_bye(CTL_BYE_PROTOCOL);
	assert_non_null(session_why(sess));
	assert_int_equal(src->led.c.bad_sessions, 1);
	assert_false(session_finished(sess));
}

static void
nothing_is_taken_after_bye(void **state)
{
	(void)state;
	begin(src);
	agent_begin(1, 0);
	agent_records(16);
	agent_bye(CTL_BYE_END);
	agent_records(16);
	assert_int_equal(feed(100000), SESS_ENDING);
	assert_int_equal(out.pkts, 16);
}

static void
an_agent_that_says_nothing_is_left_after_three_seconds(void **state)
{
	(void)state;
	begin(src);
	assert_int_equal(session_tick(sess, at(2.9), WALL), SESS_WAIT);
	assert_int_equal(session_tick(sess, at(3), WALL), SESS_CLOSED);
}

static void
a_hello_must_be_whole_within_five_seconds(void **state)
{
	(void)state;
	begin(src);
	agent_begin(1, 0);
	agent.len = 20;
	assert_int_equal(feed(20), SESS_HELLO);
	assert_int_equal(session_tick(sess, at(4.9), WALL), SESS_HELLO);
	assert_int_equal(session_tick(sess, at(5), WALL), SESS_ENDING);
	assert_bye(CTL_BYE_TIMEOUT);
}

static void
a_dead_agent_is_left_after_three_missed_stats(void **state)
{
	(void)state;
	begin(src);
	agent_begin(1, 0);
	assert_int_equal(feed(4096), SESS_OPEN);
	assert_int_equal(session_tick(sess, at(30.9), WALL), SESS_OPEN);
	assert_int_equal(session_tick(sess, at(31), WALL), SESS_ENDING);
	assert_bye(CTL_BYE_TIMEOUT);
}

static void
a_ping_is_answered_and_an_answer_tells_the_offset(void **state)
{
	uint8_t body[CTL_MAX];
	const struct ctl_time ping = { .id = 7, .t1 = 5 };
	struct ctl_time t;
	struct frame f = { 0 };

	(void)state;
	begin(src);
	agent_begin(1, 0);
	agent_frame(FRAME_TIME, body, ctl_time_put(body, &ping));
	feed(4096);
	assert_true(said(FRAME_TIME, &f));
	assert_int_equal(ctl_time_get(&t, f.body, f.len), 0);
	assert_int_equal(t.id, 7);
	assert_int_equal(t.t1, 5);
	assert_int_equal(t.t2, WALL.ns);
	/* we asked at WALL - 8, it got that at its WALL + 1000 */
	t = (struct ctl_time){ .id = 1,
		.t1 = WALL.ns - 8,
		.t2 = WALL.ns + 1000,
		.t3 = WALL.ns + 1002 };
	agent_frame(FRAME_TIME, body, ctl_time_put(body, &t));
	feed(4096);
	assert_true(src->timed);
	assert_int_equal(src->clock_offset_ns, 1005);
	assert_int_equal(src->round_trip_ns, 6);
}

static void
an_old_agent_is_understood_unless_forbidden(void **state)
{
	uint8_t rec[28] = { 0x65, 0x53, 0xf1, 0 };

	(void)state;
	rec[21] = 100; /* length */
	rec[26] = 17;
	begin(src);
	agent_say(rec, sizeof(rec));
	assert_int_equal(feed(5), SESS_LEGACY);
	assert_int_equal(out.pkts, 1);
	session_eof(sess);
	assert_true(session_finished(sess));
	end();
	env.legacy = false;
	begin(src);
	agent_say(rec, sizeof(rec));
	assert_int_equal(feed(5), SESS_CLOSED);
	assert_int_equal(out.pkts, 1);
}

static void
neither_old_nor_new_is_closed(void **state)
{
	(void)state;
	begin(src);
	agent_say("SSH-2.0-OpenSSH_9.2\r\n", 21);
	assert_int_equal(feed(21), SESS_CLOSED);
	assert_non_null(session_why(sess));
}

static void
an_agent_that_dials_in_is_named_by_its_hello(void **state)
{
	(void)state;
	welcome = true;
	begin(NULL);
	assert_null(session_source(sess));
	agent_begin(1, 0);
	agent_records(16);
	assert_int_equal(feed(4096), SESS_OPEN);
	assert_ptr_equal(session_source(sess), src);
	assert_true(src->busy);
	assert_int_equal(out.pkts, 16);
	assert_true(src->led.c.octets > 100);
	end();
	assert_false(src->busy);
	welcome = false;
	begin(NULL);
	agent_begin(2, 0);
	agent_records(16);
	assert_int_equal(feed(4096), SESS_ENDING);
	assert_bye(CTL_BYE_LIMIT);
	assert_int_equal(out.pkts, 16);
}

static void
our_end_says_what_we_have(void **state)
{
	struct frame f = { 0 };
	unsigned int why;
	uint64_t seq;

	(void)state;
	begin(src);
	agent_begin(1, 0);
	agent_records(30);
	feed(4096);
	session_end(sess, CTL_BYE_END);
	assert_int_equal(session_state(sess), SESS_ENDING);
	assert_true(said(FRAME_BYE, &f));
	assert_int_equal(ctl_bye_get(&why, &seq, f.body, f.len), 0);
	assert_int_equal(why, CTL_BYE_END);
	assert_int_equal(seq, 30);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

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
		T(a_dead_agent_is_left_after_three_missed_stats),
		T(a_ping_is_answered_and_an_answer_tells_the_offset),
		T(an_old_agent_is_understood_unless_forbidden),
		T(neither_old_nor_new_is_closed),
		T(an_agent_that_dials_in_is_named_by_its_hello),
		T(our_end_says_what_we_have),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
