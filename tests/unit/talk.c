/* SPDX-License-Identifier: BSD-3-Clause */
/* An agent in memory, the session with it, and an output that remembers. */
#include "tests/unit/talk.h"

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

/* ---- an output that remembers ---- */

struct talk_out talk_out;

static void
out_put(struct sink *s, const struct sink_src *src, uint64_t first,
    const struct obs *o, size_t n)
{
	(void)s;
	assert_int_equal(src->host, 1);
	talk_out.last = o[n - 1].time;
	if (o->kind == OBS_PKT) {
		assert_true(first >= talk_out.next);
		talk_out.next = first + n;
		talk_out.pkts += n;
		for (size_t i = 0; i < n; i++)
			assert_int_equal(o[i].pkt.len, 100 + (first + i) % 50);
	} else {
		assert_int_equal(n, 1);
		talk_out.hosts += o->kind == OBS_HOST;
		talk_out.losses += o->kind == OBS_LOSS;
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
	memset(&talk_out, 0, sizeof(talk_out));
	talk_out.sink.type = &out_type;
	return &talk_out.sink;
}

/* ---- an agent in memory ---- */

struct talk_agent talk_agent;

void
talk_say(const void *data, size_t len)
{
	assert_true(talk_agent.len + len <= sizeof(talk_agent.data));
	memcpy(talk_agent.data + talk_agent.len, data, len);
	talk_agent.len += len;
}

static void
agent_block(void *arg, const struct enc_block *b)
{
	(void)arg;
	talk_say(b->data, b->len);
}

void
talk_frame(enum frame_type type, const uint8_t *body, size_t len)
{
	uint8_t frame[CTL_MAX + FRAME_OVERHEAD];

	talk_say(frame, ctl_frame(frame, type, body, len));
}

void
talk_hello(uint8_t id, uint64_t seq)
{
	uint8_t buf[HELLO_MAX];

	talk_agent.len = 0;
	hello_default(&talk_agent.h, true);
	talk_agent.h.par.block = 16;
	talk_agent.h.has_stream = true;
	talk_agent.h.stream_id[0] = id;
	talk_agent.h.seq = seq;
	talk_agent.h.wall = talk_agent.clock;
	snprintf(talk_agent.h.node, sizeof(talk_agent.h.node), "n1");
	talk_say(buf, hello_put(buf, &talk_agent.h));
	talk_agent.enc = enc_new(&talk_agent.h.par, 6, seq, agent_block, NULL);
	assert_non_null(talk_agent.enc);
}

void
talk_record_at(wall_t time)
{
	struct obs o = { .kind = OBS_PKT, .time = time };

	o.pkt.ipver = 4;
	o.pkt.proto = 17;
	o.pkt.has = OBS_HAS_PORTS;
	o.pkt.len = (uint32_t)(100 + enc_next(talk_agent.enc) % 50);
	enc_put(talk_agent.enc, &o);
}

void
talk_records(unsigned int n)
{
	for (; n > 0; n--)
		talk_record_at(TALK_WALL);
	enc_flush(talk_agent.enc);
}

void
talk_bye(enum ctl_bye why)
{
	uint8_t body[CTL_MAX];

	talk_frame(
	    FRAME_BYE, body, ctl_bye_put(body, why, enc_next(talk_agent.enc)));
}

/* ---- the collector's side ---- */

static struct ev_loop *loop;
static struct hub *hub;
struct source *talk_src;
struct session_env talk_env;
struct session *talk_sess;
bool talk_welcome;
int64_t talk_late;

static void
gone(void *arg, const char *sink)
{
	(void)arg;
	fail_msg("output %s is gone", sink);
}

static struct source *
who(void *arg, const struct hello *h)
{
	assert_ptr_equal(arg, &talk_env);
	assert_string_equal(h->node, "n1");
	return talk_welcome ? talk_src : NULL;
}

mono_t
talk_at(double seconds)
{
	return (mono_t){ (int64_t)(seconds * 1e9) };
}

static mono_t
mono(void)
{
	return (mono_t){ MONO_NS_PER_S + talk_late };
}

static wall_t
wall(void)
{
	return (wall_t){ TALK_WALL.ns + talk_late };
}

enum sess_state
talk_tick(void)
{
	return session_tick(talk_sess, mono(), wall());
}

enum sess_state
talk_feed(size_t piece)
{
	enum sess_state state = session_state(talk_sess);

	for (size_t i = 0; i < talk_agent.len; i += piece) {
		const size_t n =
		    talk_agent.len - i < piece ? talk_agent.len - i : piece;

		state = session_feed(
		    talk_sess, talk_agent.data + i, n, mono(), wall());
	}
	talk_agent.len = 0;
	return state;
}

size_t
talk_heard(struct hello *ret_h, uint8_t *ret_frames, size_t max)
{
	static uint8_t buf[128 * 1024];
	int fd[2];
	ssize_t n;
	int used = 0;

	assert_int_equal(pipe(fd), 0);
	assert_true(obuf_send(session_out(talk_sess), fd[1]) >= 0);
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

static bool
find(struct hello *ret_h, enum frame_type type, struct frame *ret_f)
{
	static uint8_t frames[64 * 1024];
	struct frame f = { 0 };
	bool found = false;
	const size_t len = talk_heard(ret_h, frames, sizeof(frames));

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

bool
talk_said(enum frame_type type, struct frame *ret_f)
{
	struct hello h;

	return find(&h, type, ret_f);
}

bool
talk_says(enum frame_type type, struct frame *ret_f)
{
	return find(NULL, type, ret_f);
}

void
talk_assert_bye(enum ctl_bye why)
{
	struct frame f = { 0 };
	unsigned int got;
	uint64_t next;

	assert_true(talk_said(FRAME_BYE, &f));
	assert_int_equal(ctl_bye_get(&got, &next, f.body, f.len), 0);
	assert_int_equal(got, why);
}

void
talk_begin(struct source *s)
{
	talk_sess = session_new(&talk_env, s, &talk_env, talk_at(0));
	assert_non_null(talk_sess);
}

void
talk_end(void)
{
	session_free(talk_sess);
	talk_sess = NULL;
	enc_free(talk_agent.enc);
	talk_agent.enc = NULL;
}

int
talk_setup(void **state)
{
	(void)state;
	talk_agent.clock.ns = talk_late = 0;
	loop = ev_loop_new(EVFLAG_AUTO);
	hub = hub_new(loop, gone, NULL);
	assert_int_equal(hub_output(hub, NULL, "test"), 0);
	talk_src = hub_source(hub, 1, "10.0.0.1:7073");
	talk_env.hub = hub;
	talk_env.scratch = stream_scratch_new();
	talk_env.legacy = true;
	talk_env.apply_clock = false;
	talk_env.who = who;
	hello_default(&talk_env.offer, false);
	return 0;
}

int
talk_teardown(void **state)
{
	(void)state;
	talk_end();
	stream_scratch_free(talk_env.scratch);
	hub_free(hub);
	ev_loop_destroy(loop);
	return 0;
}
