/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/pub agent/pubdial agent/pubpeer agent/pubtalk agent/pubq agent/pubenc agent/ident base/net base/obuf base/log base/proc wire/enc wire/dnsrec wire/dnstab wire/dnsname wire/pack wire/cols wire/flowtab wire/dict wire/bits wire/zpack wire/unpack wire/stream wire/dnsget wire/frame wire/ctl wire/hello wire/sess wire/rec28 wire/line wire/text -lev -lz */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <arpa/inet.h>
#include <cmocka.h>
#include <errno.h>
#include <ev.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/pub.h"
#include "base/log.h"
#include "wire/bytes.h"
#include "wire/ctl.h"
#include "wire/frame.h"
#include "wire/rec28.h"
#include "wire/stream.h"

#define QUEUE      (256 << 10)
#define PATIENCE_S 10.0 /* before a test that waits fails */

/* A publisher, its loop, and what a v1 client saw. */
struct stage {
	struct ev_loop *loop;
	struct pub_conf conf;
	struct count count;
	struct ident id;
	struct pub *pub;
	ev_timer guard;
};

/* One client, and all that it received. */
struct client {
	int fd;
	bool eof;
	size_t len;
	uint8_t buf[4 << 20];
	uint64_t pkts, gaps, gap_first, host;
	unsigned int hellos, byes, bye_why, pings, stats;
	struct ctl_time pong;
};

static void
on_guard(struct ev_loop *loop, ev_timer *w, int revents)
{
	(void)loop;
	(void)w;
	(void)revents;
	fail_msg("nothing happened for %.0f s", PATIENCE_S);
}

static int
make_stage(void **state)
{
	static const struct hello_iface iface = { .name = "eth0" };
	struct stage *s = calloc(1, sizeof(*s));

	s->loop = ev_loop_new(0);
	s->conf = (struct pub_conf){ .accept = true,
		.listen = "127.0.0.1",
		.legacy_wait_ms = 30,
		.queue = QUEUE,
		.max_peers = 3,
		.level = 6,
		.format = LINE_BASIC };
	if (ident_init(&s->id, "n1", &iface, 1) < 0)
		return -1;
	s->pub = pub_open(&s->conf, &s->id, &s->count);
	if (s->pub == NULL)
		return -1;
	pub_start(s->pub, s->loop);
	ev_timer_init(&s->guard, on_guard, PATIENCE_S, 0);
	ev_timer_start(s->loop, &s->guard);
	*state = s;
	return 0;
}

static int
remove_stage(void **state)
{
	struct stage *s = *state;

	ev_timer_stop(s->loop, &s->guard);
	pub_close(s->pub);
	ev_loop_destroy(s->loop);
	free(s);
	return 0;
}

static struct client *
connect_to(const struct stage *s)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_port = htons(pub_port(s->pub)),
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	const int small = 4096;
	struct client *c = calloc(1, sizeof(*c));

	c->fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_true(c->fd >= 0);
	setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	assert_int_equal(
	    connect(c->fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
	return c;
}

static void
leave(struct client *c)
{
	close(c->fd);
	free(c);
}

static void
say(const struct client *c, const void *data, size_t len)
{
	assert_int_equal(send(c->fd, data, len, MSG_NOSIGNAL), len);
}

static void
listen_to(struct client *c)
{
	const ssize_t n =
	    recv(c->fd, c->buf + c->len, sizeof(c->buf) - c->len, MSG_DONTWAIT);

	if (n > 0) {
		c->len += (size_t)n;
	} else if (n == 0 || errno != EAGAIN) {
		c->eof = true;
	}
}

/* One round of the loop, which does not sleep, and of the client. */
static void
turn(struct stage *s, struct client *c)
{
	ev_run(s->loop, EVRUN_NOWAIT);
	if (c != NULL)
		listen_to(c);
	usleep(200);
}

static void
wait_attached(struct stage *s, unsigned int n)
{
	while (pub_attached(s->pub) != n)
		turn(s, NULL);
}

static void
wait_eof(struct stage *s, struct client *c)
{
	while (!c->eof)
		turn(s, c);
}

static struct obs
packet(uint32_t i)
{
	struct obs o = { .kind = OBS_PKT,
		.time = wall_make(1700000000, (int64_t)i * 1000) };

	o.pkt.ipver = 4;
	memcpy(o.pkt.src, "\x0a\0\0\1", 4);
	memcpy(o.pkt.dst, "\x0a\0\0\2", 4);
	o.pkt.has = OBS_HAS_PORTS;
	o.pkt.sport = (uint16_t)i;
	o.pkt.dport = 2;
	o.pkt.len = 100 + i % 1000;
	o.pkt.proto = 17;
	return o;
}

static void
publish(struct stage *s, uint32_t first, uint32_t n)
{
	for (uint32_t i = first; i < first + n; i++) {
		const struct obs o = packet(i);

		pub_send(s->pub, &o);
	}
}

/* The same, but hard to compress: every packet is a flow of its own. */
static void
publish_noise(struct stage *s, uint32_t first, uint32_t n)
{
	for (uint32_t i = first; i < first + n; i++) {
		struct obs o = packet(i);

		put_be32(o.pkt.src, i * 2654435761u);
		put_be32(o.pkt.dst, i * 2246822519u);
		pub_send(s->pub, &o);
	}
}

static void
on_hello(void *arg, const struct hello *h)
{
	struct client *c = arg;

	c->hellos += h->from_agent;
}

static void
on_obs(void *arg, uint64_t first, const struct obs *o, size_t n)
{
	struct client *c = arg;

	if (o->kind == OBS_PKT) {
		assert_int_equal(first, c->pkts + c->gaps);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(o[i].pkt.sport, (uint16_t)(first + i));
		c->pkts += n;
	} else if (o->kind == OBS_LOSS) {
		assert_int_equal(o->loss.reason, OBS_LOSS_QUEUE);
		c->gap_first = o->loss.first;
		c->gaps += o->loss.count;
	} else
		c->host++;
}

static void
on_stats(void *arg, const struct ctl_stats *st)
{
	struct client *c = arg;

	assert_int_equal(st->next_seq, 10);
	c->stats++;
}

static void
on_time(void *arg, const struct ctl_time *t)
{
	struct client *c = arg;

	c->pong = *t;
	c->pings++;
}

static void
on_bye(void *arg, unsigned int why, uint64_t next_seq)
{
	struct client *c = arg;

	(void)next_seq;
	c->byes++;
	c->bye_why = why;
}

static const struct stream_ops ops = { on_hello, on_obs, on_stats, on_time,
	on_bye };

/* Decode all that ${c} received. */
static void
decode(struct client *c)
{
	struct stream_scratch *sc = stream_scratch_new();
	struct stream *st = stream_new(sc, &ops, c);

	assert_non_null(st);
	assert_int_equal(stream_feed(st, c->buf, c->len), c->len);
	stream_free(st);
	stream_scratch_free(sc);
}

static void
say_hello(const struct client *c)
{
	uint8_t buf[HELLO_MAX];
	struct hello h;

	hello_default(&h, false);
	say(c, buf, hello_put(buf, &h));
}

static void
a_silent_collector_gets_old_records(void **state)
{
	struct stage *s = *state;
	struct client *c = connect_to(s);
	uint8_t want[2 * REC28_LEN];
	unsigned int note;

	wait_attached(s, 1);
	publish(s, 0, 3);
	pub_end(s->pub, 5);
	wait_eof(s, c);
	assert_int_equal(c->len, 3 * REC28_LEN);
	for (size_t i = 0; i < 3; i++) {
		const struct obs o = packet((uint32_t)i);

		rec28_put(want, &o, &note);
		assert_memory_equal(c->buf + i * REC28_LEN, want, REC28_LEN);
	}
	leave(c);
}

static void
nothing_is_written_before_it_is_decided_what(void **state)
{
	struct stage *s = *state;
	struct client *c = connect_to(s);

	while (s->count.peer_accepted == 0)
		turn(s, c);
	publish(s, 0, 1000);
	for (unsigned int i = 0; i < 10; i++)
		turn(s, c);
	assert_int_equal(pub_attached(s->pub), 0);
	assert_int_equal(c->len, 0);
	leave(c);
}

static void
the_line_text_gets_text_lines(void **state)
{
	struct stage *s = *state;
	struct client *c = connect_to(s);

	say(c, "TEXT\n", 5);
	wait_attached(s, 1);
	publish(s, 7, 1);
	pub_end(s->pub, 5);
	wait_eof(s, c);
	assert_string_equal((char *)c->buf,
	    "1700000000.000007:10.0.0.1:7:10.0.0.2:2:107:0:17\n");
	leave(c);
}

static void
a_text_client_may_close_its_half(void **state)
{
	struct stage *s = *state;
	struct client *c = connect_to(s);

	say(c, "TEXT\n", 5);
	shutdown(c->fd, SHUT_WR);
	wait_attached(s, 1);
	publish(s, 7, 1);
	while (c->len < 49)
		turn(s, c);
	pub_end(s->pub, 5);
	wait_eof(s, c);
	assert_int_equal(c->len, 49);
	leave(c);
}

static void
unknown_first_octets_end_the_connection(void **state)
{
	static const char *const alien[] = { "\x16\x03\x01", "GET / HTTP/1.0",
		"TEXX", "\xf0XMS" };
	struct stage *s = *state;

	for (unsigned int i = 0; i < 4; i++) {
		struct client *c = connect_to(s);

		say(c, alien[i], strlen(alien[i]));
		wait_eof(s, c);
		assert_int_equal(c->len, 0);
		leave(c);
	}
	assert_int_equal(s->count.peer_bad, 4);
}

static void
a_hello_is_answered_and_records_follow(void **state)
{
	struct stage *s = *state;
	struct client *c = connect_to(s);

	say_hello(c);
	wait_attached(s, 1);
	publish(s, 0, 2000);
	pub_end(s->pub, 5);
	wait_eof(s, c);
	decode(c);
	assert_int_equal(c->hellos, 1);
	assert_int_equal(c->pkts, 2000);
	assert_int_equal(c->gaps, 0);
	assert_int_equal(c->byes, 1);
	assert_int_equal(c->bye_why, CTL_BYE_END);
	leave(c);
}

static void
a_hello_may_come_octet_by_octet(void **state)
{
	struct stage *s = *state;
	struct client *c = connect_to(s);
	uint8_t buf[HELLO_MAX];
	struct hello h;

	hello_default(&h, false);
	const size_t len = hello_put(buf, &h);
	for (size_t i = 0; i < len; i++) {
		assert_int_equal(pub_attached(s->pub), 0);
		say(c, buf + i, 1);
		turn(s, c);
	}
	wait_attached(s, 1);
	leave(c);
}

static void
a_collector_that_breaks_the_protocol_gets_bye(void **state)
{
	struct stage *s = *state;
	struct client *c = connect_to(s);

	say_hello(c);
	wait_attached(s, 1);
	say(c, "\xff\xff\xff\xff\xff\xff\xff\xff", 8);
	wait_eof(s, c);
	decode(c);
	assert_int_equal(c->byes, 1);
	assert_int_equal(c->bye_why, CTL_BYE_PROTOCOL);
	assert_int_equal(s->count.peer_bad, 1);
	leave(c);
}

/* Say HELLO, then a frame of this type, and return why the agent says BYE. */
static unsigned int
bye_for(struct stage *s, enum frame_type type, const void *body, size_t len)
{
	uint8_t frame[CTL_MAX + FRAME_OVERHEAD];
	struct client *c = connect_to(s);
	unsigned int why;

	say_hello(c);
	wait_attached(s, 1);
	say(c, frame, ctl_frame(frame, type, body, len));
	wait_eof(s, c);
	decode(c);
	assert_int_equal(c->byes, 1);
	why = c->bye_why;
	leave(c);
	return why;
}

static void
reserved_and_senseless_frames_end_the_session(void **state)
{
	struct stage *s = *state;
	uint8_t ack[CTL_MAX];

	assert_int_equal(bye_for(s, FRAME_CONTROL, (const uint8_t *)"", 0),
	    CTL_BYE_PROTOCOL);
	assert_int_equal(
	    bye_for(s, FRAME_PKT, (const uint8_t *)"", 0), CTL_BYE_PROTOCOL);
	assert_int_equal(
	    bye_for(s, FRAME_ACK, ack, ctl_ack_put(ack, 1)), CTL_BYE_PROTOCOL);
	assert_int_equal(s->count.peer_bad, 3);
}

static void
a_ping_is_answered_and_an_ack_is_kept(void **state)
{
	const struct ctl_time ping = { .id = 5, .t1 = 77 };
	struct stage *s = *state;
	struct client *c = connect_to(s);
	uint8_t frame[CTL_MAX + FRAME_OVERHEAD], body[CTL_MAX];

	say_hello(c);
	wait_attached(s, 1);
	publish(s, 0, 10);
	while (c->len == 0)
		turn(s, c);
	const size_t hello = c->len;
	say(c, frame, ctl_frame(frame, FRAME_ACK, body, ctl_ack_put(body, 10)));
	say(c, frame,
	    ctl_frame(frame, FRAME_TIME, body, ctl_time_put(body, &ping)));
	while (c->len == hello)
		turn(s, c);
	pub_tick(s->pub);
	pub_end(s->pub, 5);
	wait_eof(s, c);
	decode(c);
	assert_int_equal(c->pings, 1);
	assert_int_equal(c->pong.id, 5);
	assert_int_equal(c->pong.t1, 77);
	assert_true(c->pong.t3 >= c->pong.t2 && c->pong.t2 > 0);
	assert_int_equal(c->stats, 1);
	assert_int_equal(s->count.peer_bad, 0);
	leave(c);
}

static void
connections_beyond_the_limit_are_closed(void **state)
{
	struct stage *s = *state;
	struct client *c[4];

	for (unsigned int i = 0; i < 4; i++)
		c[i] = connect_to(s);
	wait_eof(s, c[3]);
	assert_int_equal(s->count.peer_accepted, 3);
	assert_int_equal(s->count.peer_refused, 1);
	for (unsigned int i = 0; i < 4; i++)
		leave(c[i]);
}

/* Publish until the one that does not read has lost some. */
static uint32_t
overrun(struct stage *s, struct client *fast)
{
	uint32_t n = 0;

	while (s->count.queue_full == 0) {
		publish_noise(s, n, 500);
		n += 500;
		turn(s, fast);
	}
	return n;
}

static void
a_slow_collector_is_told_its_loss_and_another_gets_all(void **state)
{
	struct stage *s = *state;
	struct client *slow = connect_to(s), *fast = connect_to(s);
	uint32_t n;

	say_hello(slow);
	say_hello(fast);
	wait_attached(s, 2);
	n = overrun(s, fast);
	while (pub_behind(s->pub)) {
		turn(s, fast);
		listen_to(slow);
	}
	for (unsigned int i = 0; i < 50; i++) {
		turn(s, slow);
		listen_to(fast);
	}
	publish(s, n, 1000);
	n += 1000;
	pub_end(s->pub, 5);
	while (!slow->eof || !fast->eof) {
		turn(s, slow);
		listen_to(fast);
	}
	decode(slow);
	decode(fast);
	assert_int_equal(fast->pkts, n);
	assert_int_equal(fast->gaps, 0);
	assert_true(slow->gaps > 0);
	assert_int_equal(slow->gaps, s->count.queue_full);
	assert_int_equal(slow->pkts + slow->gaps, n);
	assert_int_equal(slow->byes, 1);
	leave(slow);
	leave(fast);
}

static void
a_slow_text_client_gets_a_line_with_its_loss(void **state)
{
	struct stage *s = *state;
	struct client *c = connect_to(s);
	uint64_t lines = 0, losses = 0;
	uint32_t n;

	say(c, "TEXT\n", 5);
	wait_attached(s, 1);
	n = overrun(s, NULL);
	pub_end(s->pub, 5);
	wait_eof(s, c);
	for (const char *p = (char *)c->buf; *p != '\0';
	     p = strchr(p, '\n') + 1) {
		losses += *p == '#';
		lines += *p != '#';
	}
	assert_int_equal(losses, 1);
	assert_int_equal(lines, n - s->count.queue_full);
	leave(c);
}

static void
a_collector_that_never_reads_does_not_hold_the_end(void **state)
{
	struct stage *s = *state;
	struct client *c = connect_to(s);

	wait_attached(s, 1);
	overrun(s, NULL);
	pub_end(s->pub, 0.05);
	while (!pub_ended(s->pub))
		turn(s, NULL);
	leave(c);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, make_stage, remove_stage)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_silent_collector_gets_old_records),
		TEST(nothing_is_written_before_it_is_decided_what),
		TEST(the_line_text_gets_text_lines),
		TEST(a_text_client_may_close_its_half),
		TEST(unknown_first_octets_end_the_connection),
		TEST(a_hello_is_answered_and_records_follow),
		TEST(a_hello_may_come_octet_by_octet),
		TEST(a_collector_that_breaks_the_protocol_gets_bye),
		TEST(reserved_and_senseless_frames_end_the_session),
		TEST(a_ping_is_answered_and_an_ack_is_kept),
		TEST(connections_beyond_the_limit_are_closed),
		TEST(a_slow_collector_is_told_its_loss_and_another_gets_all),
		TEST(a_slow_text_client_gets_a_line_with_its_loss),
		TEST(a_collector_that_never_reads_does_not_hold_the_end),
	};

	log_init("test_pub", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
