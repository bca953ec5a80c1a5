/* SPDX-License-Identifier: BSD-3-Clause */
/* links: base/conn base/gate base/allow base/lograte base/net base/proc base/obuf base/tls base/tlsctx base/tlslib base/psk base/log tests/unit/tmpfile -lev */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <errno.h>
#include <ev.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/gate.h"
#include "base/log.h"
#include "tests/unit/tmpfile.h"

#define KEY   "00112233445566778899aabbccddeeff"
#define OTHER "ff112233445566778899aabbccddeeff"
#define BULK  (1 << 20)

/* Both ends of a connection. */
struct pair {
	struct tlsctx *ours, *theirs;
	struct conn server, client;
};

static struct tlsctx *
load(const char *keys)
{
	const struct tlsctx_conf conf = { .psk_file =
					      tmpfile_make(keys, 0600) };
	struct tlsctx *ctx = tlsctx_new(&conf);

	assert_non_null(ctx);
	tmpfile_remove();
	return ctx;
}

static void
pair_make(struct pair *p, const char *ours, const char *theirs)
{
	int fd[2];

	p->ours = load(ours);
	p->theirs = load(theirs);
	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd), 0);
	conn_accepted(&p->server, fd[0], p->ours, true);
	assert_int_equal(
	    conn_dialled(&p->client, fd[1], p->theirs, "localhost"), 0);
}

static void
pair_done(struct pair *p)
{
	conn_close(&p->server);
	conn_close(&p->client);
	tlsctx_free(p->ours);
	tlsctx_free(p->theirs);
}

/* Take turns until one end fails, or both are through. */
static int
shake(struct pair *p)
{
	int a = -1, b = -1;

	for (int i = 0; i < 100 && (a != 0 || b != 0); i++) {
		if ((b = conn_handshake(&p->client)) != 0 && errno != EAGAIN)
			return -1;
		if ((a = conn_handshake(&p->server)) != 0 && errno != EAGAIN)
			return -1;
	}
	assert_int_equal(a | b, 0);
	return 0;
}

static void
shaken(struct pair *p)
{
	pair_make(p, "one:" OTHER "\nnode:" KEY, "node:" KEY);
	assert_int_equal(shake(p), 0);
	assert_int_equal(p->server.stage, CONN_SECURE);
	assert_int_equal(p->client.stage, CONN_SECURE);
}

static void
both_ends_with_the_same_key_talk(void **state)
{
	char about[TLS_WHY_MAX], buf[16];
	struct pair p;

	(void)state;
	shaken(&p);
	assert_string_equal(tls_about(p.server.tls, about), "TLS, PSK node");
	assert_string_equal(tls_about(p.client.tls, about), "TLS, PSK node");
	assert_int_equal(conn_write(&p.server, "speak first", 11), 11);
	assert_int_equal(conn_read(&p.client, buf, sizeof(buf)), 11);
	assert_memory_equal(buf, "speak first", 11);
	assert_int_equal(conn_read(&p.client, buf, sizeof(buf)), -1);
	assert_int_equal(errno, EAGAIN);
	assert_null(conn_why(&p.client));
	pair_done(&p);
}

static uint8_t
octet(size_t at)
{
	return (uint8_t)(at * 7 + at / 256);
}

/* Queue what fits, from octet ${at} of the bulk on. */
static size_t
refill(struct obuf *b, size_t at)
{
	uint8_t data[5000];
	size_t n = BULK - at < sizeof(data) ? BULK - at : sizeof(data);

	for (size_t i = 0; i < n; i++)
		data[i] = octet(at + i);
	return obuf_put(b, data, n) ? at + n : at;
}

static size_t
drain(struct conn *c, size_t at, size_t room)
{
	uint8_t buf[4096];
	ssize_t n = conn_read(c, buf, room);

	if (n < 0) {
		assert_int_equal(errno, EAGAIN);
		return at;
	}
	for (ssize_t i = 0; i < n; i++)
		assert_int_equal(buf[i], octet(at + (size_t)i));
	return at + (size_t)n;
}

static void
a_megabyte_arrives_through_small_buffers(void **state)
{
	size_t queued = 0, sent = 0, got = 0, held = 0, pending = 0;
	struct obuf b;
	struct pair p;
	int small = 4096;

	(void)state;
	shaken(&p);
	obuf_init(&b, 40000);
	(void)setsockopt(
	    p.server.fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	for (size_t turn = 0; got < BULK; turn++) {
		queued = refill(&b, queued);
		sent += (size_t)conn_send(&p.server, &b);
		held += conn_holds(&p.server);
		if (conn_holds(&p.server)) {
			assert_int_equal(
			    conn_poll(&p.server, false, false), EV_WRITE);
		}
		got = drain(&p.client, got, 1 + turn * 37 % 4096);
		pending += conn_pending(&p.client);
		assert_true(turn < 1000000);
	}
	assert_int_equal(sent, BULK);
	assert_int_equal(obuf_used(&b), 0);
	assert_false(conn_holds(&p.server));
	assert_true(held > 0);
	assert_true(pending > 0);
	obuf_done(&b);
	pair_done(&p);
}

/* What was taken is sent as it was, whatever is offered after that. */
static void
what_was_taken_is_not_offered_again(void **state)
{
	static uint8_t data[16384], other[16384], buf[16384];
	size_t a = 0, n = 0;
	struct pair p;
	ssize_t rc;

	(void)state;
	memset(data, 'a', sizeof(data));
	memset(other, 'b', sizeof(other));
	shaken(&p);
	while (!conn_holds(&p.server)) {
		rc = conn_write(&p.server, data, sizeof(data));
		assert_true(rc > 0);
		a += (size_t)rc;
	}
	assert_int_equal(conn_write(&p.server, other, sizeof(other)), 0);
	while (n < a + sizeof(other)) {
		if (n >= a)
			(void)conn_write(&p.server, NULL, 0);
		rc = conn_read(&p.client, buf, sizeof(buf));
		if (rc < 0) {
			(void)conn_write(&p.server, n < a ? NULL : other,
			    n < a ? 0 : sizeof(other));
			continue;
		}
		for (ssize_t i = 0; i < rc; i++)
			assert_int_equal(buf[i], n + (size_t)i < a ? 'a' : 'b');
		n += (size_t)rc;
	}
	pair_done(&p);
}

/* Octets on the wire of one that holds a single octet, and of KeyUpdate. */
#define ONE    (5 + 1 + 1 + 16)
#define UPDATE (5 + 5 + 1 + 16)

static void
keys_are_replaced_before_they_wear_out(void **state)
{
	static char buf[4096 * ONE];
	size_t raw = 0, n = 0;
	struct pair p;
	ssize_t rc;

	(void)state;
	shaken(&p);
	while (n < TLS_REKEY + 8) {
		for (int i = 0; i < 8; i++, n++)
			assert_int_equal(conn_write(&p.server, "x", 1), 1);
		if (n == TLS_REKEY)
			assert_int_equal(raw, (n - 8) * ONE);
		rc = recv(p.client.fd, buf, sizeof(buf), 0);
		assert_true(rc > 0);
		raw += (size_t)rc;
	}
	assert_int_equal(raw, n * ONE + UPDATE);
	pair_done(&p);

	/* and the other end follows */
	shaken(&p);
	for (n = 0; n < TLS_REKEY + 8; n++) {
		assert_int_equal(conn_write(&p.server, "x", 1), 1);
		assert_int_equal(conn_read(&p.client, buf, sizeof(buf)), 1);
	}
	pair_done(&p);
}

static void
each_direction_ends_by_itself(void **state)
{
	struct pair p;
	char c;

	(void)state;
	shaken(&p);
	assert_int_equal(conn_shutdown(&p.server), 0);
	assert_int_equal(conn_read(&p.client, &c, 1), 0);
	assert_int_equal(conn_write(&p.client, "x", 1), 1);
	assert_int_equal(conn_read(&p.server, &c, 1), 1);
	pair_done(&p);
}

static void
a_peer_that_vanishes_is_an_error_and_not_an_end(void **state)
{
	struct pair p;
	char c;

	(void)state;
	shaken(&p);
	(void)shutdown(p.server.fd, SHUT_RDWR);
	assert_int_equal(conn_read(&p.client, &c, 1), -1);
	assert_int_equal(errno, ECONNRESET);
	assert_null(conn_why(&p.client));
	pair_done(&p);
}

static void
a_wrong_key_and_an_unknown_identity_fail(void **state)
{
	static const struct {
		const char *theirs, *why;
	} wrong[] = {
		{ "node:" OTHER, "binder does not verify" },
		{ "nobody:" KEY, "unknown PSK identity \"nobody\"" },
	};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct pair p;
		char c;

		pair_make(&p, "node:" KEY, wrong[i].theirs);
		assert_int_equal(shake(&p), -1);
		assert_string_equal(conn_why(&p.server), wrong[i].why);
		assert_int_equal(conn_read(&p.server, &c, 1), -1);
		assert_int_equal(errno, EPROTO);
		assert_int_equal(conn_read(&p.client, &c, 1), -1);
		assert_non_null(conn_why(&p.client));
		pair_done(&p);
	}
}

/* A server that waits for the first octet, and a plain client. */
static int
plain_client(struct conn *server, struct tlsctx *ctx, bool required)
{
	int fd[2];

	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd), 0);
	conn_accepted(server, fd[0], ctx, required);
	return fd[1];
}

static void
plain_peers_are_served_unless_tls_is_required(void **state)
{
	struct tlsctx *ctx = load("node:" KEY);
	struct conn c;
	char buf[8];
	int fd;

	(void)state;
	for (int required = 0; required < 2; required++) {
		fd = plain_client(&c, ctx, required);
		assert_int_equal(conn_read(&c, buf, sizeof(buf)), -1);
		assert_int_equal(errno, EAGAIN);
		assert_int_equal(c.stage, CONN_FIRST);
		assert_int_equal(write(fd, "\xf0PMS", 4), 4);
		if (required) {
			assert_int_equal(conn_read(&c, buf, 8), -1);
			assert_int_equal(errno, EPROTO);
			assert_int_equal(c.stage, CONN_BARRED);
			assert_int_equal(conn_write(&c, "x", 1), -1);
		} else {
			assert_int_equal(conn_read(&c, buf, 8), 4);
			assert_memory_equal(buf, "\xf0PMS", 4);
			assert_int_equal(c.stage, CONN_PLAIN);
		}
		conn_close(&c);
		(void)close(fd);
	}
	tlsctx_free(ctx);
}

static void
who_speaks_before_the_peer_is_plain(void **state)
{
	struct tlsctx *ctx = load("node:" KEY);
	struct conn c;
	char buf[8];
	int fd = plain_client(&c, ctx, false);

	(void)state;
	assert_int_equal(conn_write(&c, NULL, 0), 0);
	assert_int_equal(c.stage, CONN_FIRST);
	assert_int_equal(conn_write(&c, "old", 3), 3);
	assert_int_equal(c.stage, CONN_PLAIN);
	assert_int_equal(read(fd, buf, 8), 3);
	conn_close(&c);
	(void)close(fd);
	fd = plain_client(&c, ctx, true);
	assert_int_equal(conn_write(&c, "old", 3), -1);
	assert_int_equal(c.stage, CONN_BARRED);
	assert_int_equal(read(fd, buf, 8), -1);
	conn_close(&c);
	(void)close(fd);
	tlsctx_free(ctx);
}

static void
without_tls_its_first_octet_is_only_an_octet(void **state)
{
	struct conn c;
	char buf[8];
	const int fd = plain_client(&c, NULL, false);

	(void)state;
	assert_int_equal(write(fd, "\x16\x03\x01", 3), 3);
	assert_int_equal(conn_read(&c, buf, 8), 3);
	assert_memory_equal(buf, "\x16\x03\x01", 3);
	conn_close(&c);
	(void)close(fd);
}

/* What a gate says of a peer that began like this, and then kept silent. */
static void
blame(struct gate *g, const char *first, size_t len)
{
	struct conn c;
	char buf[8];
	const int fd = plain_client(&c, g->tls, true);

	assert_int_equal(write(fd, first, len), len);
	(void)conn_read(&c, buf, sizeof(buf));
	conn_expire(&c);
	assert_true(gate_blame(g, &c, "10.0.0.1:7"));
	conn_close(&c);
	(void)close(fd);
}

static unsigned int
times(const char *text, const char *what)
{
	unsigned int n = 0;

	while ((text = strstr(text, what)) != NULL) {
		text += strlen(what);
		n++;
	}
	return n;
}

static void
a_gate_counts_each_reason_and_names_a_few(void **state)
{
	uint64_t addr = 0, plain = 0, tls = 0;
	const struct gate_conf conf = { .tls.psk_file =
					    tmpfile_make("node:" KEY, 0600),
		.require_tls = true,
		.peer = "collector",
		.not_allowed = &addr,
		.no_tls = &plain,
		.tls_failed = &tls };
	struct net_addr from = { .ss.ss_family = AF_INET };
	const char *said;
	struct gate g;

	(void)state;
	assert_int_equal(gate_open(&g, &conf), 0);
	tmpfile_remove();
	assert_true(gate_admits(&g, &from));
	assert_null(allow_add(&g.allow, "10.0.0.0/8"));
	tmpfile_capture();
	for (int i = 0; i < GATE_LINES + 1; i++) {
		assert_false(gate_admits(&g, &from));
		blame(&g, "GET /", 5);
		blame(&g, "", 0);
		blame(&g, "\x16\x03\x01", 3);
		blame(&g, "\x16 no TLS at all", 15);
	}
	gate_done(&g);
	said = tmpfile_captured();
	assert_int_equal(times(said, "t: collector 0.0.0.0:0: refused: its "
				     "address is not allowed\n"),
	    GATE_LINES);
	assert_int_equal(times(said, "t: collector 10.0.0.1:7: refused: it "
				     "does not use TLS\n"),
	    GATE_LINES);
	assert_int_equal(
	    times(said, "TLS: no handshake in time\n"), GATE_LINES);
	assert_int_equal(times(said, "more messages"), 3);
	assert_int_equal(addr, 6);
	assert_int_equal(plain, 12);
	assert_int_equal(tls, 12);
}

static void
settings_that_make_no_sense_are_refused(void **state)
{
	static const struct {
		struct gate_conf conf;
		const char *why;
	} wrong[] = {
		{ { .require_tls = true }, "neither a certificate" },
		{ { .tls.cert = "c" }, "needed together" },
		{ { .tls.psk_identity = "i" }, "file of pre-shared keys" },
		{ { .tls.name = "n" }, "needs certificates" },
		{ { .tls = { .cert = "/no", .key = "/no", .ca = "/no" } },
		    "/no: No such file" },
	};
	struct gate g;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		tmpfile_capture();
		assert_int_equal(gate_open(&g, &wrong[i].conf), -1);
		gate_done(&g);
		assert_non_null(strstr(tmpfile_captured(), wrong[i].why));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_ends_with_the_same_key_talk),
		cmocka_unit_test(a_megabyte_arrives_through_small_buffers),
		cmocka_unit_test(what_was_taken_is_not_offered_again),
		cmocka_unit_test(keys_are_replaced_before_they_wear_out),
		cmocka_unit_test(each_direction_ends_by_itself),
		cmocka_unit_test(
		    a_peer_that_vanishes_is_an_error_and_not_an_end),
		cmocka_unit_test(a_wrong_key_and_an_unknown_identity_fail),
		cmocka_unit_test(plain_peers_are_served_unless_tls_is_required),
		cmocka_unit_test(who_speaks_before_the_peer_is_plain),
		cmocka_unit_test(without_tls_its_first_octet_is_only_an_octet),
		cmocka_unit_test(a_gate_counts_each_reason_and_names_a_few),
		cmocka_unit_test(settings_that_make_no_sense_are_refused),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	log_init("t", LOG_LEVEL_WARN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
