/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/tap agent/tapconn base/meterlog base/meter agent/tapfile agent/tapsink base/lograte agent/taplisten base/local agent/fstrm agent/dnsobs agent/dnstap agent/dnsmsg agent/dnsrr agent/dnschain agent/dnsdup base/log base/net base/proc wire/dnsname -lev -lfstrm -lresolv */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <errno.h>
#include <ev.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "agent/fstrm.h"
#include "agent/tap.h"
#include "base/log.h"
#include "tests/unit/seen.h"
#include "tests/unit/stored.h"

#define GOLDEN "tests/golden/shodohflo/golden.fstrm"
#define FIELD  "\0\0\0\1\0\0\0\x16protobuf:dnstap.Dnstap"
#define READY  "\0\0\0\0\0\0\0\x22\0\0\0\4" FIELD
#define ACCEPT "\0\0\0\0\0\0\0\x22\0\0\0\1" FIELD
#define START  "\0\0\0\0\0\0\0\x22\0\0\0\2" FIELD
#define STOP   "\0\0\0\0\0\0\0\4\0\0\0\3"
#define FINISH "\0\0\0\0\0\0\0\4\0\0\0\5"
#define JUNK   "\0\0\0\1x" /* a data frame that is no dnstap */

static char dir[] = "/tmp/tapXXXXXX";
static char path[64];
static struct seen seen;
static struct count count;
static struct tap_conf conf;
static struct tap *tap;
static struct ev_loop *loop;

static void
begin(void)
{
	memset(&seen, 0, sizeof(seen));
	memset(&count, 0, sizeof(count));
	tap = tap_open(&conf, &count, seen_put, &seen);
}

static int
setup(void **state)
{
	(void)state;
	log_init("test", LOG_LEVEL_ERROR);
	loop = ev_loop_new(0);
	if (mkdtemp(dir) == NULL || loop == NULL)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/tap", dir);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	ev_loop_destroy(loop);
	return rmdir(dir);
}

static void
write_file(const char *name, const void *data, size_t len)
{
	FILE *fp = fopen(name, "wb");

	assert_non_null(fp);
	assert_int_equal(fwrite(data, 1, len, fp), len);
	assert_int_equal(fclose(fp), 0);
}

static void
listen_here(void)
{
	static const char *where[1];

	where[0] = path;
	conf = (struct tap_conf){ .where = where,
		.n_where = 1,
		.max_conns = 2,
		.frame_max = 4096,
		.perm = { .mode = 0640, .uid = (uid_t)-1, .gid = (gid_t)-1 },
		.dup_ns = MONO_NS_PER_S };
	begin();
	assert_non_null(tap);
	tap_start(tap, loop, NULL);
}

static int
dial(void)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	const int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", path);
	assert_int_equal(
	    connect(fd, (const struct sockaddr *)&sun, sizeof(sun)), 0);
	return fd;
}

/* Let the agent do all that there is to do. */
static void
settle(void)
{
	for (int i = 0; i < 8; i++)
		ev_run(loop, EVRUN_NOWAIT);
}

static void
say(int fd, const void *data, size_t len)
{
	assert_int_equal(send(fd, data, len, MSG_NOSIGNAL), len);
	settle();
}
#define SAY(fd, s) say(fd, s, sizeof(s) - 1)

static void
hear(int fd, const void *want, size_t len)
{
	char buf[256];

	assert_int_equal(recv(fd, buf, sizeof(buf), MSG_DONTWAIT), len);
	assert_memory_equal(buf, want, len);
}
#define HEAR(fd, s) hear(fd, s, sizeof(s) - 1)

/* The agent closed the connection: no more octets, or a reset. */
static void
assert_closed(int fd)
{
	char c;

	settle();
	assert_true(recv(fd, &c, 1, MSG_DONTWAIT) == 0 || errno == ECONNRESET);
	(void)close(fd);
}

/* The frames of a stored stream, over a connection. */
static void
say_frames(int fd, const char *name)
{
	const uint8_t *frame;
	struct stored t;
	size_t len;

	assert_true(stored_load(&t, name));
	while (stored_next(&t, &frame, &len))
		say(fd, frame - 4, len + 4);
	free(t.data);
}

static void
a_bidirectional_stream_is_accepted_and_finished(void **state)
{
	int fd;

	(void)state;
	listen_here();
	fd = dial();
	SAY(fd, READY);
	HEAR(fd, ACCEPT);
	assert_int_equal(seen.n, 0);
	SAY(fd, START);
	assert_string_equal(seen.what, "U");
	say_frames(fd, GOLDEN);
	assert_int_equal(count.dns_frames, 53);
	assert_int_equal(seen_letters(&seen, 'a'), count.dns_answers);
	tap_tick(tap);
	SAY(fd, STOP);
	HEAR(fd, FINISH);
	assert_closed(fd);
	assert_int_equal(seen.what[seen.n - 2], 'l');
	assert_int_equal(seen.what[seen.n - 1], 'D');
	tap_tick(tap);
	assert_int_equal(seen_letters(&seen, 'l'), 1);
	assert_int_equal(count.tap_accepted, 1);
	assert_int_equal(count.tap_bad, 0);
	tap_close(tap);
}

static void
a_unidirectional_stream_ends_with_stop(void **state)
{
	int fd;

	(void)state;
	listen_here();
	fd = dial();
	SAY(fd, START STOP);
	assert_string_equal(seen.what, "UD");
	assert_closed(fd);
	assert_int_equal(count.tap_bad, 0);
	tap_close(tap);
}

static void
several_connections_have_numbers_of_their_own(void **state)
{
	int a, b;

	(void)state;
	listen_here();
	a = dial();
	b = dial();
	SAY(a, START);
	assert_int_equal(seen.conn, 1);
	SAY(b, START JUNK);
	assert_int_equal(seen.conn, 2);
	tap_tick(tap);
	assert_string_equal(seen.what, "UU-l");
	(void)close(a);
	settle();
	assert_int_equal(seen.conn, 1);
	tap_tick(tap);
	/* what is there at the end is still read */
	assert_int_equal(send(b, JUNK, 5, 0), 5);
	tap_end(tap);
	assert_string_equal(seen.what, "UU-lDl-D");
	assert_int_equal(seen.lost, 2);
	assert_closed(b);
	tap_close(tap);
}

static void
more_connections_than_allowed_are_refused(void **state)
{
	int a, b, c;

	(void)state;
	listen_here();
	a = dial();
	b = dial();
	c = dial();
	settle();
	assert_closed(c);
	assert_int_equal(count.tap_refused, 1);
	(void)close(a);
	settle();
	c = dial();
	SAY(c, START);
	assert_string_equal(seen.what, "U");
	(void)close(b);
	(void)close(c);
	tap_close(tap);
}

static void
who_breaks_the_protocol_is_closed(void **state)
{
	static const struct {
		const char *data;
		size_t len;
		const char *want;
	} t[] = {
#define ROW(s, want) { s, sizeof(s) - 1, want }
		ROW(JUNK, ""),
		ROW(FINISH, ""),
		ROW(ACCEPT, ""),
		ROW(STOP, ""),
		ROW(READY READY, ""),
		ROW("GET / HTTP/1.0\r\n", ""),
		ROW("\0\0\0\0\0\0\2\1", ""),
		ROW(START START, "U-D"),
		ROW(START "\0\0\x10\1", "U-D"),
		ROW(START FINISH, "U-D"),
#undef ROW
	};

	(void)state;
	listen_here();
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		const int fd = dial();

		memset(&seen, 0, sizeof(seen));
		say(fd, t[i].data, t[i].len);
		if (t[i].len > sizeof(READY) &&
		    memcmp(t[i].data, READY, sizeof(READY) - 1) == 0)
			HEAR(fd, ACCEPT);
		assert_closed(fd);
		assert_string_equal(seen.what, t[i].want);
		assert_int_equal(count.tap_bad, i + 1);
	}
	tap_close(tap);
}

static void
a_frame_that_is_cut_by_the_end_is_lost(void **state)
{
	int fd;

	(void)state;
	listen_here();
	fd = dial();
	SAY(fd, START "\0\0\0\5x");
	(void)close(fd);
	settle();
	assert_string_equal(seen.what, "U-D");
	fd = dial();
	SAY(fd, START);
	(void)close(fd);
	settle();
	assert_string_equal(seen.what, "U-DUD");
	tap_close(tap);
}

static void
a_socket_has_its_mode_and_goes_away_at_the_end(void **state)
{
	struct stat st;

	(void)state;
	listen_here();
	assert_int_equal(lstat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	tap_close(tap);
	assert_int_equal(lstat(path, &st), -1);
}

static void
only_a_socket_that_nobody_listens_on_is_replaced(void **state)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	struct tap *first;
	int fd;

	(void)state;
	(void)snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", path);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(
	    bind(fd, (const struct sockaddr *)&sun, sizeof(sun)), 0);
	(void)close(fd);
	listen_here();
	first = tap;
	begin();
	assert_null(tap);
	fd = dial(); /* the first one is still there */
	(void)close(fd);
	tap_close(first);
	write_file(path, "x", 1);
	begin();
	assert_null(tap);
	assert_int_equal(unlink(path), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_bidirectional_stream_is_accepted_and_finished),
		cmocka_unit_test(a_unidirectional_stream_ends_with_stop),
		cmocka_unit_test(several_connections_have_numbers_of_their_own),
		cmocka_unit_test(more_connections_than_allowed_are_refused),
		cmocka_unit_test(who_breaks_the_protocol_is_closed),
		cmocka_unit_test(a_frame_that_is_cut_by_the_end_is_lost),
		cmocka_unit_test(
		    a_socket_has_its_mode_and_goes_away_at_the_end),
		cmocka_unit_test(
		    only_a_socket_that_nobody_listens_on_is_replaced),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
