/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/pub agent/publisten base/local agent/pubdial agent/pubpeer agent/pubtalk agent/pubq agent/pubenc agent/pubfeed agent/pubdisk agent/pubaway agent/spool agent/spoolmem agent/spooldisk agent/spoolname base/fdio agent/spooldir agent/spoolmark agent/spoolowed agent/spoollist agent/spoolpos agent/ident agent/iftab base/lograte base/peraddr base/gate base/allow base/conn base/tls base/tlsctx base/tlslib base/psk base/lookup base/net base/obuf base/log base/proc wire/enc wire/dnsrec wire/dnstab wire/dnsname wire/pack wire/cols wire/flowtab wire/dict wire/bits wire/zpack wire/unpack wire/stream wire/ifaces wire/dnsget wire/frame wire/ctl wire/hello wire/sess wire/rec28 wire/line wire/text tests/unit/stage tests/unit/tmpfile -lev -lz */
/* What collectors get from the publisher under TLS. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>

#include "base/conn.h"
#include "base/log.h"
#include "base/proc.h"
#include "tests/unit/stage.h"
#include "tests/unit/tmpfile.h"

#define KEY  "node:00112233445566778899aabbccddeeff"
#define LINE "1700000000.000007:10.0.0.1:7:10.0.0.2:2:107:0:17\n"

static struct tlsctx *ctx;

static int
make(void **state)
{
	int rc;

	stage_tls.psk_file = tmpfile_make(KEY, 0600);
	rc = stage_make(state);
	ctx = tlsctx_new(&stage_tls);
	tmpfile_remove();
	return rc != 0 || ctx == NULL ? -1 : 0;
}

static int
clean(void **state)
{
	const int rc = stage_remove(state);

	tlsctx_free(ctx);
	return rc;
}

/* A client whose handshake is done. */
static struct client *
connect_tls(struct stage *s, struct conn *ret_conn)
{
	struct client *c = stage_connect(s);

	assert_int_equal(fcntl(c->fd, F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(conn_dialled(ret_conn, c->fd, ctx, "127.0.0.1"), 0);
	while (conn_handshake(ret_conn) != 0) {
		assert_int_equal(errno, EAGAIN);
		stage_turn(s, NULL);
	}
	return c;
}

static void
leave_tls(struct client *c, struct conn *conn)
{
	tls_free(conn->tls);
	stage_leave(c);
}

static void
a_silent_collector_gets_nothing_under_tls(void **state)
{
	struct stage *s = *state;
	const int64_t until = proc_mono().ns + 150 * MONO_NS_PER_MS;
	struct conn conn;
	char buf[64];
	struct client *c = connect_tls(s, &conn);

	/* five times the silence that means "old" elsewhere */
	while (proc_mono().ns < until) {
		stage_turn(s, NULL);
		stage_publish(s, 7, 1);
	}
	assert_int_equal(pub_attached(s->pub), 0);
	assert_int_equal(conn_read(&conn, buf, sizeof(buf)), -1);
	assert_int_equal(errno, EAGAIN);
	leave_tls(c, &conn);
}

static void
a_collector_that_speaks_gets_its_session_under_tls(void **state)
{
	struct stage *s = *state;
	struct conn conn;
	char buf[sizeof(LINE)];
	ssize_t n;
	struct client *c = connect_tls(s, &conn);

	assert_int_equal(conn_write(&conn, "TEXT\n", 5), 5);
	stage_wait_attached(s, 1);
	stage_publish(s, 7, 1);
	pub_end(s->pub, 5);
	while ((n = conn_read(&conn, buf, sizeof(buf))) < 0) {
		assert_int_equal(errno, EAGAIN);
		stage_turn(s, NULL);
	}
	assert_int_equal(n, strlen(LINE));
	assert_memory_equal(buf, LINE, strlen(LINE));
	while ((n = conn_read(&conn, buf, sizeof(buf))) < 0) {
		assert_int_equal(errno, EAGAIN);
		stage_turn(s, NULL);
	}
	assert_int_equal(n, 0);
	leave_tls(c, &conn);
}

static void
a_plain_old_collector_is_served_beside_tls(void **state)
{
	struct stage *s = *state;
	struct client *c = stage_connect(s);

	stage_wait_attached(s, 1);
	stage_publish(s, 7, 1);
	while (c->len < 28)
		stage_turn(s, c);
	/* too late for TLS: an old one's octets are not looked at */
	stage_say(c, "\x16\x03\x01", 3);
	stage_publish(s, 7, 1);
	while (c->len < 56)
		stage_turn(s, c);
	assert_int_equal(s->count.tls_failed, 0);
	stage_leave(c);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, make, clean)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_silent_collector_gets_nothing_under_tls),
		TEST(a_collector_that_speaks_gets_its_session_under_tls),
		TEST(a_plain_old_collector_is_served_beside_tls),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	log_init("test_pubtls", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
