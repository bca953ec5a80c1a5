/* SPDX-License-Identifier: BSD-3-Clause */
/* links: base/obuf */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/obuf.h"

/* Octets that tell their position. */
static uint8_t
octet(size_t at)
{
	return (uint8_t)(at * 7 + at / 256);
}

static bool
put_from(struct obuf *b, size_t at, size_t len)
{
	uint8_t data[8192];

	assert_true(len <= sizeof(data));
	for (size_t i = 0; i < len; i++)
		data[i] = octet(at + i);
	return obuf_put(b, data, len);
}

/* Read all that waits at ${fd} and check it.  Returns its octets. */
static size_t
read_from(int fd, size_t at)
{
	uint8_t data[8192];
	size_t done = 0;
	ssize_t n;

	while ((n = read(fd, data, sizeof(data))) > 0) {
		for (size_t i = 0; i < (size_t)n; i++)
			assert_int_equal(data[i], octet(at + done + i));
		done += (size_t)n;
	}
	return done;
}

static void
make_pair(int ret_fd[static 2])
{
	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ret_fd), 0);
}

static void
close_pair(const int fd[static 2])
{
	(void)close(fd[0]);
	(void)close(fd[1]);
}

static void
a_message_fits_whole_or_not_at_all(void **state)
{
	struct obuf b;

	(void)state;
	obuf_init(&b, 10);
	assert_true(put_from(&b, 0, 6));
	assert_false(put_from(&b, 6, 5));
	assert_int_equal(obuf_used(&b), 6);
	assert_true(put_from(&b, 6, 4));
	assert_int_equal(obuf_used(&b), 10);
	assert_false(put_from(&b, 10, 1));
	assert_true(obuf_put(&b, NULL, 0));
	obuf_done(&b);
	assert_int_equal(obuf_used(&b), 0);
	obuf_init(&b, 0);
	assert_true(obuf_put(&b, NULL, 0));
	assert_false(put_from(&b, 0, 1));
	obuf_done(&b);
}

static void
an_empty_queue_sends_nothing(void **state)
{
	struct obuf b;

	(void)state;
	obuf_init(&b, 10);
	assert_int_equal(obuf_send(&b, -1), 0);
	obuf_done(&b);
}

static void
octets_leave_in_order_while_the_ring_wraps_and_grows(void **state)
{
	size_t in = 0;
	size_t out = 0;
	struct obuf b;
	int fd[2];

	(void)state;
	make_pair(fd);
	obuf_init(&b, 100000);
	for (size_t round = 0; round < 3000; round++) {
		const size_t len = round * 131 % 1999;

		if (put_from(&b, in, len))
			in += len;
		if (round % 3 == 0) {
			assert_true(obuf_send(&b, fd[0]) >= 0);
			out += read_from(fd[1], out);
		}
		assert_int_equal(obuf_used(&b), in - out);
	}
	while (obuf_used(&b) > 0) {
		assert_true(obuf_send(&b, fd[0]) > 0);
		out += read_from(fd[1], out);
	}
	assert_int_equal(out, in);
	assert_true(in > 1000000);
	obuf_done(&b);
	close_pair(fd);
}

static void
a_full_socket_takes_a_part_and_then_nothing(void **state)
{
	const size_t total = (size_t)4 << 20;
	size_t in = 0;
	size_t out = 0;
	size_t sent = 0;
	struct obuf b;
	ptrdiff_t n;
	int fd[2];

	(void)state;
	make_pair(fd);
	obuf_init(&b, total);
	while (put_from(&b, in, 8192))
		in += 8192;
	assert_int_equal(in, total);
	while ((n = obuf_send(&b, fd[0])) > 0)
		sent += (size_t)n;
	assert_int_equal(n, 0);
	assert_true(sent > 0 && sent < total);
	assert_int_equal(obuf_used(&b), total - sent);
	while (out < total) {
		out += read_from(fd[1], out);
		assert_true(obuf_send(&b, fd[0]) >= 0);
	}
	obuf_done(&b);
	close_pair(fd);
}

/* SIGPIPE has its default action here: it would end the test. */
static void
a_closed_peer_is_an_error_and_no_signal(void **state)
{
	struct obuf b;
	int fd[2];

	(void)state;
	make_pair(fd);
	obuf_init(&b, 100);
	assert_true(put_from(&b, 0, 10));
	(void)close(fd[1]);
	assert_int_equal(obuf_send(&b, fd[0]), -1);
	assert_int_equal(errno, EPIPE);
	assert_int_equal(obuf_used(&b), 10);
	obuf_done(&b);
	(void)close(fd[0]);
}

static void
a_pipe_will_do_too(void **state)
{
	struct obuf b;
	int fd[2];

	(void)state;
	assert_int_equal(pipe2(fd, O_NONBLOCK), 0);
	obuf_init(&b, 100);
	assert_true(put_from(&b, 0, 60));
	assert_int_equal(obuf_send(&b, fd[1]), 60);
	assert_int_equal(read_from(fd[0], 0), 60);
	obuf_done(&b);
	close_pair(fd);
}

static void
what_is_queued_can_be_looked_at_and_dropped(void **state)
{
	const uint8_t *at = NULL;
	struct obuf b;
	size_t n, seen = 0;

	(void)state;
	obuf_init(&b, 4096);
	assert_int_equal(obuf_peek(&b, &at), 0);
	assert_true(put_from(&b, 0, 4000));
	obuf_drop(&b, 3000);
	seen = 3000;
	/* round the end of the ring: two runs */
	assert_true(put_from(&b, 4000, 2000));
	while ((n = obuf_peek(&b, &at)) > 0) {
		for (size_t i = 0; i < n; i++)
			assert_int_equal(at[i], octet(seen + i));
		seen += n;
		obuf_drop(&b, n);
	}
	assert_int_equal(seen, 6000);
	assert_int_equal(obuf_used(&b), 0);
	obuf_done(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_fits_whole_or_not_at_all),
		cmocka_unit_test(an_empty_queue_sends_nothing),
		cmocka_unit_test(
		    octets_leave_in_order_while_the_ring_wraps_and_grows),
		cmocka_unit_test(a_full_socket_takes_a_part_and_then_nothing),
		cmocka_unit_test(a_closed_peer_is_an_error_and_no_signal),
		cmocka_unit_test(a_pipe_will_do_too),
		cmocka_unit_test(what_is_queued_can_be_looked_at_and_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
