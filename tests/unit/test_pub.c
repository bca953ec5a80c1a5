/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/pub agent/publisten base/local agent/pubdial agent/pubpeer agent/pubtalk agent/pubq agent/pubenc agent/pubfeed agent/pubdisk agent/pubaway agent/spool agent/spoolmem agent/spooldisk agent/spoolname base/fdio agent/spooldir agent/spoolmark agent/spoolowed agent/spoollist agent/spoolpos agent/ident agent/iftab base/lograte base/peraddr base/gate base/allow base/conn base/tls base/tlsctx base/tlslib base/psk base/lookup base/net base/obuf base/log base/proc wire/enc wire/dnsrec wire/dnstab wire/dnsname wire/pack wire/cols wire/flowtab wire/dict wire/bits wire/zpack wire/unpack wire/stream wire/ifaces wire/dnsget wire/frame wire/ctl wire/hello wire/sess wire/rec28 wire/line wire/text tests/unit/stage tests/unit/tmpdir -lev -lz */
/* What collectors of every kind get from the publisher. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <string.h>
#include <sys/socket.h>

#include "base/log.h"
#include "base/proc.h"
#include "tests/unit/stage.h"
#include "tests/unit/tmpdir.h"
#include "wire/frame.h"
#include "wire/rec28.h"

static void
a_silent_collector_gets_old_records(void **state)
{
	struct stage *s = *state;
	struct client *c = stage_connect(s);
	uint8_t want[2 * REC28_LEN];
	unsigned int note;

	stage_wait_attached(s, 1);
	stage_publish(s, 0, 3);
	pub_end(s->pub, 5);
	stage_wait_eof(s, c);
	assert_int_equal(c->len, 3 * REC28_LEN);
	for (size_t i = 0; i < 3; i++) {
		const struct obs o = stage_packet((uint32_t)i);

		rec28_put(want, &o, &note);
		assert_memory_equal(c->buf + i * REC28_LEN, want, REC28_LEN);
	}
	stage_leave(c);
}

static void
nothing_is_written_before_it_is_decided_what(void **state)
{
	struct stage *s = *state;
	struct client *c = stage_connect(s);

	while (s->count.peer_accepted == 0)
		stage_turn(s, c);
	stage_publish(s, 0, 1000);
	for (unsigned int i = 0; i < 10; i++)
		stage_turn(s, c);
	assert_int_equal(pub_attached(s->pub), 0);
	assert_int_equal(c->len, 0);
	stage_leave(c);
}

static void
the_line_text_gets_text_lines(void **state)
{
	struct stage *s = *state;
	struct client *c = stage_connect(s);

	stage_say(c, "TEXT\n", 5);
	stage_wait_attached(s, 1);
	stage_publish(s, 7, 1);
	pub_end(s->pub, 5);
	stage_wait_eof(s, c);
	assert_string_equal((char *)c->buf,
	    "1700000000.000007:10.0.0.1:7:10.0.0.2:2:107:0:17\n");
	stage_leave(c);
}

static void
a_text_client_may_close_its_half(void **state)
{
	struct stage *s = *state;
	struct client *c = stage_connect(s);

	stage_say(c, "TEXT\n", 5);
	shutdown(c->fd, SHUT_WR);
	stage_wait_attached(s, 1);
	stage_publish(s, 7, 1);
	while (c->len < 49)
		stage_turn(s, c);
	pub_end(s->pub, 5);
	stage_wait_eof(s, c);
	assert_int_equal(c->len, 49);
	stage_leave(c);
}

static void
unknown_first_octets_end_the_connection(void **state)
{
	static const char *const alien[] = { "\x16\x03\x01", "GET / HTTP/1.0",
		"TEXX", "\xf0XMS" };
	struct stage *s = *state;

	for (unsigned int i = 0; i < 4; i++) {
		struct client *c = stage_connect(s);

		stage_say(c, alien[i], strlen(alien[i]));
		stage_wait_eof(s, c);
		assert_int_equal(c->len, 0);
		stage_leave(c);
	}
	assert_int_equal(s->count.peer_bad, 4);
}

static void
a_collector_is_told_of_more_interfaces_than_hello_holds(void **state)
{
	struct stage *s = *state;
	struct client *c = stage_connect(s);
	struct client *late;
	struct hello_iface i = { .name = "0123456789abcde", .linktype = 1 };

	memset(i.filter, 'f', sizeof(i.filter) - 1);
	stage_say_hello(c);
	stage_wait_attached(s, 1);
	for (unsigned int n = 1; n < 2000; n++) {
		snprintf(i.node, sizeof(i.node), "node%u", n);
		assert_int_equal(iftab_add(s->tab, &i), n);
	}
	stage_publish(s, 0, 100);
	late = stage_connect(s);
	stage_say_hello(late);
	stage_wait_attached(s, 2);
	pub_end(s->pub, 5);
	stage_wait_eof(s, c);
	stage_wait_eof(s, late);
	stage_decode(c);
	assert_int_equal(c->pkts, 100);
	assert_int_equal(c->ifaces, 2000);
	assert_memory_equal(&c->last_iface, &i, sizeof(i));
	late->pkts = 100; /* that it was too late for */
	stage_decode(late);
	assert_int_equal(late->ifaces, 2000);
	assert_memory_equal(&late->last_iface, &i, sizeof(i));
	stage_leave(c);
	stage_leave(late);
}

static void
a_hello_is_answered_and_records_follow(void **state)
{
	struct stage *s = *state;
	struct client *c = stage_connect(s);

	stage_say_hello(c);
	stage_wait_attached(s, 1);
	stage_publish(s, 0, 2000);
	pub_end(s->pub, 5);
	stage_wait_eof(s, c);
	stage_decode(c);
	assert_int_equal(c->hellos, 1);
	assert_int_equal(c->pkts, 2000);
	assert_int_equal(c->gaps, 0);
	assert_int_equal(c->byes, 1);
	assert_int_equal(c->bye_why, CTL_BYE_END);
	stage_leave(c);
}

static void
a_hello_may_come_octet_by_octet(void **state)
{
	struct stage *s = *state;
	struct client *c = stage_connect(s);
	uint8_t buf[HELLO_MAX];
	struct hello h;

	hello_default(&h, false);
	const size_t len = hello_put(buf, &h);
	for (size_t i = 0; i < len; i++) {
		assert_int_equal(pub_attached(s->pub), 0);
		stage_say(c, buf + i, 1);
		stage_turn(s, c);
	}
	stage_wait_attached(s, 1);
	stage_leave(c);
}

/* A collector that calls itself ${node}. */
static struct client *
connect_as(struct stage *s, const char *node, unsigned int n)
{
	struct client *c = stage_connect(s);
	uint8_t buf[HELLO_MAX];
	struct hello h;

	hello_default(&h, false);
	snprintf(h.node, sizeof(h.node), "%s", node);
	stage_say(c, buf, hello_put(buf, &h));
	stage_wait_attached(s, n);
	return c;
}

/* Of two on one host, the one whose host has another name since. */
static void
a_collector_is_known_by_its_id(void **state)
{
	struct stage *s = *state;
	struct client *c = connect_as(s, "host#0123456789abcdef", 1);
	struct client *d = connect_as(s, "host#0123456789abcdee", 2);

	stage_publish(s, 0, 100);
	stage_leave(c);
	stage_wait_attached(s, 1);
	stage_leave(d);
	stage_wait_attached(s, 0);
	stage_publish(s, 100, 100);
	c = connect_as(s, "other#0123456789abcdef", 1);
	/* No id, but a name like one. */
	d = connect_as(s, "other#0123456789abcdeg", 2);
	pub_end(s->pub, 5);
	stage_wait_eof(s, c);
	stage_wait_eof(s, d);
	stage_decode(c);
	assert_int_equal(c->pkts, 200);
	d->pkts = 200; /* that it was too late for */
	stage_decode(d);
	assert_int_equal(d->pkts, 200);
	stage_leave(c);
	stage_leave(d);
}

static void
a_collector_that_breaks_the_protocol_gets_bye(void **state)
{
	struct stage *s = *state;
	struct client *c = stage_connect(s);

	stage_say_hello(c);
	stage_wait_attached(s, 1);
	stage_say(c, "\xff\xff\xff\xff\xff\xff\xff\xff", 8);
	stage_wait_eof(s, c);
	stage_decode(c);
	assert_int_equal(c->byes, 1);
	assert_int_equal(c->bye_why, CTL_BYE_PROTOCOL);
	assert_int_equal(s->count.peer_bad, 1);
	stage_leave(c);
}

/* Say HELLO, then a frame of this type, and return why the agent says BYE. */
static unsigned int
bye_for(struct stage *s, enum frame_type type, const void *body, size_t len)
{
	uint8_t frame[CTL_MAX + FRAME_OVERHEAD];
	struct client *c = stage_connect(s);
	unsigned int why;

	stage_say_hello(c);
	stage_wait_attached(s, 1);
	stage_say(c, frame, ctl_frame(frame, type, body, len));
	stage_wait_eof(s, c);
	stage_decode(c);
	assert_int_equal(c->byes, 1);
	why = c->bye_why;
	stage_leave(c);
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
	assert_int_equal(bye_for(s, FRAME_ACK, ack, ctl_ack_put(ack, 1, 0)),
	    CTL_BYE_PROTOCOL);
	assert_int_equal(s->count.peer_bad, 3);
}

static void
a_ping_is_answered_and_an_ack_is_kept(void **state)
{
	const struct ctl_time ping = { .id = 5, .t1 = 77 };
	struct stage *s = *state;
	struct client *c = stage_connect(s);
	uint8_t frame[CTL_MAX + FRAME_OVERHEAD], body[CTL_MAX];

	stage_say_hello(c);
	stage_wait_attached(s, 1);
	stage_publish(s, 0, 10);
	while (c->len == 0)
		stage_turn(s, c);
	const size_t hello = c->len;
	stage_say(c, frame,
	    ctl_frame(frame, FRAME_ACK, body, ctl_ack_put(body, 10, 0)));
	stage_say(c, frame,
	    ctl_frame(frame, FRAME_TIME, body, ctl_time_put(body, &ping)));
	while (c->len == hello)
		stage_turn(s, c);
	pub_tick(s->pub);
	pub_end(s->pub, 5);
	stage_wait_eof(s, c);
	stage_decode(c);
	assert_int_equal(c->pings, 1);
	assert_int_equal(c->pong.id, 5);
	assert_int_equal(c->pong.t1, 77);
	assert_true(c->pong.t3 >= c->pong.t2 && c->pong.t2 > 0);
	/* one at the tick, and the last ones at the end */
	assert_int_equal(c->stats, 2);
	assert_int_equal(c->next_seq, 10);
	assert_int_equal(s->count.peer_bad, 0);
	stage_leave(c);
}

/* The clock of records, and that of the host here, are this process's own. */
static void
the_time_is_told_at_once_and_before_any_record(void **state)
{
	const struct ctl_time ping = { .id = 1, .t1 = 42 };
	struct stage *s = *state;
	struct client *c = stage_connect(s);
	uint8_t both[HELLO_MAX + CTL_MAX + FRAME_OVERHEAD], body[CTL_MAX];
	struct hello h;
	size_t n;
	wall_t before, after;

	hello_default(&h, false);
	n = hello_put(both, &h);
	n += ctl_frame(both + n, FRAME_TIME, body, ctl_time_put(body, &ping));
	before = proc_wall();
	stage_say(c, both, n);
	stage_wait_attached(s, 1);
	stage_publish(s, 0, 10);
	pub_end(s->pub, 5);
	stage_wait_eof(s, c);
	after = proc_wall();
	stage_decode(c);
	assert_int_equal(c->pings, 1);
	assert_int_equal(c->pkts, 10);
	assert_int_equal(c->pkts_at_pong, 0);
	assert_int_equal(c->pong.id, 1);
	assert_int_equal(c->pong.t1, 42);
	assert_true(c->pong.t2 >= before.ns && c->pong.t3 >= c->pong.t2);
	assert_true(c->pong.t3 <= after.ns);
	stage_leave(c);
}

static void
connections_beyond_the_limit_are_closed(void **state)
{
	struct stage *s = *state;
	struct client *c[4];

	for (unsigned int i = 0; i < 4; i++)
		c[i] = stage_connect(s);
	stage_wait_eof(s, c[3]);
	assert_int_equal(s->count.peer_accepted, 3);
	assert_int_equal(s->count.peer_refused, 1);
	for (unsigned int i = 0; i < 4; i++)
		stage_leave(c[i]);
}

static void
one_address_does_not_take_all_places(void **state)
{
	struct stage *s = *state;
	struct client *c[3];

	pub_close(s->pub);
	s->conf.max_per_addr = 2;
	s->pub = pub_open(&s->conf, &s->id, &s->count);
	pub_start(s->pub, s->loop);
	for (unsigned int i = 0; i < 3; i++)
		c[i] = stage_connect(s);
	stage_wait_eof(s, c[2]);
	assert_int_equal(s->count.peer_accepted, 2);
	assert_int_equal(s->count.peer_refused, 1);
	stage_wait_attached(s, 2);
	/* Who leaves makes room for another one. */
	stage_leave(c[0]);
	stage_wait_attached(s, 1);
	c[0] = stage_connect(s);
	stage_wait_attached(s, 2);
	assert_int_equal(s->count.peer_accepted, 3);
	for (unsigned int i = 0; i < 3; i++)
		stage_leave(c[i]);
}

static void
a_flood_of_questions_ends_the_session(void **state)
{
	struct stage *s = *state;
	struct client *c = stage_connect(s);
	const struct ctl_time t = { .id = 1 };
	uint8_t body[CTL_MAX], frame[CTL_MAX + FRAME_OVERHEAD];
	const size_t n =
	    ctl_frame(frame, FRAME_TIME, body, ctl_time_put(body, &t));

	stage_say_hello(c);
	stage_wait_attached(s, 1);
	for (int i = 0; i < 1000; i++) {
		stage_say(c, frame, n);
		if (i % 50 == 49)
			stage_turn(s, c);
	}
	stage_turn(s, c);
	assert_int_equal(s->count.peer_bad, 0);
	stage_say(c, frame, n);
	stage_wait_eof(s, c);
	assert_int_equal(s->count.peer_bad, 1);
	stage_leave(c);
}

/* Publish until the one that does not read has lost some. */
static uint32_t
overrun(struct stage *s, struct client *fast)
{
	uint32_t n = 0;

	while (s->count.queue_full == 0) {
		stage_publish_noise(s, n, 500);
		n += 500;
		stage_turn(s, fast);
	}
	return n;
}

static void
a_slow_collector_is_told_its_loss_and_another_gets_all(void **state)
{
	struct stage *s = *state;
	struct client *slow = stage_connect(s), *fast = stage_connect(s);
	uint32_t n;

	stage_say_hello(slow);
	stage_say_hello(fast);
	stage_wait_attached(s, 2);
	n = overrun(s, fast);
	while (pub_behind(s->pub)) {
		stage_turn(s, fast);
		stage_listen(slow);
	}
	for (unsigned int i = 0; i < 50; i++) {
		stage_turn(s, slow);
		stage_listen(fast);
	}
	stage_publish(s, n, 1000);
	n += 1000;
	pub_end(s->pub, 5);
	while (!slow->eof || !fast->eof) {
		stage_turn(s, slow);
		stage_listen(fast);
	}
	stage_decode(slow);
	stage_decode(fast);
	assert_int_equal(fast->pkts, n);
	assert_int_equal(fast->gaps, 0);
	assert_true(slow->gaps > 0);
	assert_int_equal(slow->gaps, s->count.queue_full);
	assert_int_equal(slow->pkts + slow->gaps, n);
	assert_int_equal(slow->byes, 1);
	stage_leave(slow);
	stage_leave(fast);
}

/* A disk is large; memory is not, for who cannot read what is on the disk. */
static void
what_is_kept_in_memory_is_bounded_beside_a_spool_on_disk(void **state)
{
	struct stage *s = *state;
	struct client *c;

	assert_int_equal(tmpdir_setup(NULL), 0);
	pub_close(s->pub);
	s->conf.spool_dir = tmpdir;
	s->conf.spool_size = 64 << 20;
	s->pub = pub_open(&s->conf, &s->id, &s->count);
	assert_non_null(s->pub);
	pub_start(s->pub, s->loop);
	c = stage_connect(s);
	stage_say_hello(c);
	stage_wait_attached(s, 1);
	stage_publish_noise(s, 0, 100000);
	stage_turn(s, NULL);
	assert_true(s->count.queue_full > 0);
	stage_leave(c);
	pub_close(s->pub);
	s->pub = NULL;
	assert_int_equal(tmpdir_teardown(NULL), 0);
}

static void
a_slow_text_client_gets_a_line_with_its_loss(void **state)
{
	struct stage *s = *state;
	struct client *c = stage_connect(s);
	uint64_t lines = 0, losses = 0;
	uint32_t n;

	stage_say(c, "TEXT\n", 5);
	stage_wait_attached(s, 1);
	n = overrun(s, NULL);
	pub_end(s->pub, 5);
	stage_wait_eof(s, c);
	for (const char *p = (char *)c->buf; *p != '\0';
	     p = strchr(p, '\n') + 1) {
		losses += *p == '#';
		lines += *p != '#';
	}
	assert_int_equal(losses, 1);
	assert_int_equal(lines, n - s->count.queue_full);
	stage_leave(c);
}

static void
a_collector_that_never_reads_does_not_hold_the_end(void **state)
{
	struct stage *s = *state;
	struct client *c = stage_connect(s);

	stage_wait_attached(s, 1);
	overrun(s, NULL);
	pub_end(s->pub, 0.05);
	while (!pub_ended(s->pub))
		stage_turn(s, NULL);
	stage_leave(c);
}

static void
the_end_comes_to_collectors_in_every_state(void **state)
{
	enum { WAIT, HELLO, OPEN, TEXT, LEAVING, OLD, ALL };
	struct client *c[ALL];
	struct stage *s = *state;
	uint8_t bye[CTL_MAX + FRAME_OVERHEAD], body[CTL_MAX];

	s->conf.max_peers = ALL;
	c[OLD] = stage_connect(s);
	stage_wait_attached(s, 1);
	for (unsigned int i = 0; i < OLD; i++)
		c[i] = stage_connect(s);
	stage_say(c[WAIT], "\xf0PM", 3);
	stage_say(c[HELLO], "\xf0PMS\r\n\x1a\n", 8);
	stage_say_hello(c[OPEN]);
	stage_say(c[TEXT], "TEXT\n", 5);
	stage_say_hello(c[LEAVING]);
	stage_wait_attached(s, 4);
	stage_publish(s, 0, 10);
	stage_say(c[LEAVING], bye,
	    ctl_frame(
		bye, FRAME_BYE, body, ctl_bye_put(body, CTL_BYE_AGAIN, 0)));
	stage_wait_attached(s, 3);
	pub_end(s->pub, 5);
	for (unsigned int i = 0; i < ALL; i++)
		stage_wait_eof(s, c[i]);
	for (unsigned int i = 0; i < ALL; i++)
		shutdown(c[i]->fd, SHUT_RDWR);
	while (!pub_ended(s->pub))
		stage_turn(s, NULL);
	assert_int_equal(c[WAIT]->len, 0);
	assert_int_equal(c[HELLO]->len, 0);
	stage_decode(c[OPEN]);
	assert_int_equal(c[OPEN]->pkts, 10);
	assert_int_equal(c[OPEN]->byes, 1);
	assert_true(c[TEXT]->len > 0);
	assert_int_equal(c[OLD]->len, 10 * REC28_LEN);
	for (unsigned int i = 0; i < ALL; i++)
		stage_leave(c[i]);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, stage_make, stage_remove)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_silent_collector_gets_old_records),
		TEST(nothing_is_written_before_it_is_decided_what),
		TEST(the_line_text_gets_text_lines),
		TEST(a_text_client_may_close_its_half),
		TEST(unknown_first_octets_end_the_connection),
		TEST(a_collector_is_told_of_more_interfaces_than_hello_holds),
		TEST(a_hello_is_answered_and_records_follow),
		TEST(a_hello_may_come_octet_by_octet),
		TEST(a_collector_is_known_by_its_id),
		TEST(a_collector_that_breaks_the_protocol_gets_bye),
		TEST(reserved_and_senseless_frames_end_the_session),
		TEST(a_ping_is_answered_and_an_ack_is_kept),
		TEST(the_time_is_told_at_once_and_before_any_record),
		TEST(connections_beyond_the_limit_are_closed),
		TEST(one_address_does_not_take_all_places),
		TEST(a_flood_of_questions_ends_the_session),
		TEST(a_slow_collector_is_told_its_loss_and_another_gets_all),
		TEST(what_is_kept_in_memory_is_bounded_beside_a_spool_on_disk),
		TEST(a_slow_text_client_gets_a_line_with_its_loss),
		TEST(a_collector_that_never_reads_does_not_hold_the_end),
		TEST(the_end_comes_to_collectors_in_every_state),
	};

	log_init("test_pub", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
