/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/fwdpool */
/* Sockets that differ by their source port. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <arpa/inet.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/fwdpool.h"

/* A receiver that nobody else has, and its address. */
static int
receiver(struct net_addr *ret_to)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET,
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	const int fd = socket(AF_INET, SOCK_DGRAM, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (const struct sockaddr *)&v4, sizeof(v4)), 0);
	ret_to->len = sizeof(ret_to->ss);
	assert_int_equal(
	    getsockname(fd, (struct sockaddr *)&ret_to->ss, &ret_to->len), 0);
	return fd;
}

/* Send through ${from}; returns the source port that ${to} sees. */
static uint16_t
port_seen(int to, int from)
{
	struct sockaddr_in v4 = { .sin_port = 0 };
	socklen_t len = sizeof(v4);
	char c;

	assert_int_equal(send(from, "x", 1, 0), 1);
	assert_int_equal(
	    recvfrom(to, &c, 1, 0, (struct sockaddr *)&v4, &len), 1);
	return ntohs(v4.sin_port);
}

static void
the_port_is_the_one_that_was_asked_for(void **state)
{
	struct net_addr to;
	const int fd = receiver(&to);
	struct fwdpool *p = fwdpool_new(&to);
	uint16_t port = 0;
	int out;

	(void)state;
	assert_non_null(p);
	/* somebody may have some of them */
	for (uint16_t want = 20000; want < 20100 && port != want; want++) {
		out = fwdpool_fd(p, fwdpool_slot(p, want), want);
		assert_true(out >= 0);
		port = port_seen(fd, out);
		if (port == want) {
			assert_int_equal(
			    fwdpool_fd(p, fwdpool_slot(p, want), want), out);
		}
	}
	assert_in_range(port, 20000, 20099);
	fwdpool_free(p);
	(void)close(fd);
}

static void
a_port_that_is_taken_gives_way_to_one_near_it(void **state)
{
	struct net_addr to;
	struct net_addr taken;
	const int fd = receiver(&to);
	const int other = receiver(&taken);
	struct fwdpool *p = fwdpool_new(&to);
	struct sockaddr_in v4;
	uint16_t port;
	int out;

	(void)state;
	assert_non_null(p);
	memcpy(&v4, &taken.ss, sizeof(v4));
	port = ntohs(v4.sin_port);
	out = fwdpool_fd(p, fwdpool_slot(p, port), port);
	assert_true(out >= 0);
	assert_true(port_seen(fd, out) != port);
	fwdpool_free(p);
	(void)close(other);
	(void)close(fd);
}

static void
more_ports_than_descriptors_share_sockets(void **state)
{
	const struct rlimit few = { 74, 74 };
	struct rlimit was;
	struct net_addr to;
	const int fd = receiver(&to);
	struct fwdpool *p;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &was), 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE,
			     &(struct rlimit){ few.rlim_cur, was.rlim_max }),
	    0);
	p = fwdpool_new(&to);
	assert_non_null(p);
	for (unsigned int port = 1024; port < 51024; port++)
		assert_in_range(fwdpool_slot(p, (uint16_t)port), 0, 9);
	assert_int_equal(fwdpool_slot(p, 1033), fwdpool_slot(p, 1043));
	fwdpool_free(p);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &was), 0);
	(void)close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_port_is_the_one_that_was_asked_for),
		cmocka_unit_test(a_port_that_is_taken_gives_way_to_one_near_it),
		cmocka_unit_test(more_ports_than_descriptors_share_sockets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
