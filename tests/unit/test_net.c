/* SPDX-License-Identifier: BSD-3-Clause */
/* links: base/net */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <arpa/inet.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/net.h"

#define PATIENCE_MS 10000

static void
expect_parse(
    const char *text, uint16_t defport, const char *host, unsigned int port)
{
	struct net_hostport hp;

	assert_int_equal(net_parse(&hp, text, defport), 0);
	assert_string_equal(hp.host, host);
	assert_int_equal(hp.port, port);
}

static void
addresses_have_a_host_and_a_port(void **state)
{
	(void)state;
	expect_parse("10.0.0.1:7073", 0, "10.0.0.1", 7073);
	expect_parse("10.0.0.1", 7073, "10.0.0.1", 7073);
	expect_parse("host.example", 7073, "host.example", 7073);
	expect_parse("host.example:1", 7073, "host.example", 1);
	expect_parse("[2001:db8::5]:65535", 0, "2001:db8::5", 65535);
	expect_parse("[::1]", 7073, "::1", 7073);
	expect_parse("[fe80::1%eth0]:1", 0, "fe80::1%eth0", 1);
	expect_parse(":7073", 0, "", 7073);
	expect_parse(":0", 7073, "", 0);
}

static void
a_path_has_no_port(void **state)
{
	char longest[5 + NET_PATH_MAX] = "unix:";
	char text[NET_HOST_MAX];
	struct net_hostport hp;

	(void)state;
	expect_parse("unix:/tmp/a:b", 7073, "unix:/tmp/a:b", 0);
	expect_parse("unix:s", 0, "unix:s", 0);
	assert_int_equal(net_parse(&hp, "unix:", 7073), -1);
	memset(longest + 5, 'a', NET_PATH_MAX - 1);
	assert_int_equal(net_parse(&hp, longest, 0), 0);
	assert_string_equal(net_path(hp.host), longest + 5);
	net_text(text, sizeof(text), &hp);
	assert_string_equal(text, longest);
	memcpy(longest, "unix:a", 6);
	memset(longest + 5, 'a', NET_PATH_MAX);
	char longer[sizeof(longest) + 1];
	memcpy(longer, longest, sizeof(longest));
	longer[sizeof(longest)] = '\0';
	assert_int_equal(net_parse(&hp, longer, 0), -1);
	assert_int_equal(net_parse(&hp, "[::1]:7", 0), 0);
	assert_null(net_path(hp.host));
	net_text(text, sizeof(text), &hp);
	assert_string_equal(text, "[::1]:7");
}

static void
other_text_is_refused_and_leaves_the_result_alone(void **state)
{
	static const char *const bad[] = { "", ":", "host:", "host:x",
		"host:65536", "host:-1", "host:+1", "host: 1", "host:1 ",
		"host:0000001", "::1", "2001:db8::5:7073", "[::1", "[]:1",
		"[::1]x", "[::1]:", "[host]:1", "a:b:1", "host" };
	char too_long[NET_HOST_MAX + 3];
	struct net_hostport hp = { "kept", 9 };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(net_parse(&hp, bad[i], 0), -1);
	assert_int_equal(net_parse(&hp, "", 7073), -1);
	memset(too_long, 'a', sizeof(too_long));
	memcpy(&too_long[NET_HOST_MAX], ":1", 3);
	assert_int_equal(net_parse(&hp, too_long, 0), -1);
	assert_string_equal(hp.host, "kept");
	assert_int_equal(hp.port, 9);
	memcpy(&too_long[NET_HOST_MAX - 1], ":1", 3);
	assert_int_equal(net_parse(&hp, too_long, 0), 0);
	assert_int_equal(strlen(hp.host), NET_HOST_MAX - 1);
}

static struct net_addr
address(const char *text, uint16_t port, uint32_t scope)
{
	struct net_addr a = { .len = 0 };
	struct sockaddr_in v4 = { .sin_family = AF_INET,
		.sin_port = htons(port) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6,
		.sin6_port = htons(port),
		.sin6_scope_id = scope };

	if (inet_pton(AF_INET, text, &v4.sin_addr) == 1) {
		memcpy(&a.ss, &v4, sizeof(v4));
		a.len = sizeof(v4);
		return a;
	}
	assert_int_equal(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
	memcpy(&a.ss, &v6, sizeof(v6));
	a.len = sizeof(v6);
	return a;
}

static void
expect_name(const char *text, uint16_t port, uint32_t scope, const char *want)
{
	const struct net_addr a = address(text, port, scope);
	char got[NET_NAME_MAX];

	assert_ptr_equal(net_name(got, &a), got);
	assert_string_equal(got, want);
}

static void
names_tell_address_and_port(void **state)
{
	(void)state;
	expect_name("10.0.0.1", 7073, 0, "10.0.0.1:7073");
	expect_name("2001:db8::1", 7073, 0, "[2001:db8::1]:7073");
	expect_name("::ffff:10.0.0.1", 7073, 0, "10.0.0.1:7073");
	expect_name("fe80::1", 1, 4294967295, "[fe80::1%4294967295]:1");
	expect_name("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 65535,
	    4294967295,
	    "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff%4294967295]:65535");
}

static void
wait_for(int fd, short events)
{
	struct pollfd p = { .fd = fd, .events = events };

	assert_int_equal(poll(&p, 1, PATIENCE_MS), 1);
}

static int
option(int fd, int level, int name)
{
	int v = -1;
	socklen_t len = sizeof(v);

	assert_int_equal(getsockopt(fd, level, name, &v, &len), 0);
	return v;
}

static void
expect_connection(int fd)
{
	assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_int_not_equal(option(fd, IPPROTO_TCP, TCP_NODELAY), 0);
	assert_int_not_equal(option(fd, SOL_SOCKET, SO_KEEPALIVE), 0);
}

/* Listen on ${host}, dial ${to}, and see both ends. */
static void
connect_to(const char *host, const char *to)
{
	struct net_hostport hp = { .port = 0 };
	struct net_addr peer;
	struct net_addr target;
	char name[NET_NAME_MAX];
	uint16_t port = 0;
	int listener;
	int accepted;
	int dialled;

	memcpy(hp.host, host, strlen(host) + 1);
	listener = net_listen(&hp, &port);
	assert_true(listener >= 0);
	assert_int_not_equal(port, 0);
	assert_int_equal(net_accept(listener, &peer), -1);
	assert_int_equal(errno, EAGAIN);
	target = address(to, port, 0);
	dialled = net_dial(&target);
	assert_true(dialled >= 0);
	wait_for(dialled, POLLOUT);
	assert_int_equal(net_dial_result(dialled), 0);
	wait_for(listener, POLLIN);
	accepted = net_accept(listener, &peer);
	assert_true(accepted >= 0);
	expect_connection(dialled);
	expect_connection(accepted);
	(void)net_name(name, &peer);
	assert_int_equal(strncmp(name, to[0] == ':' ? "[::1]:" : "127.0.0.1:",
			     to[0] == ':' ? 6 : 10),
	    0);
	(void)close(accepted);
	(void)close(dialled);
	(void)close(listener);
}

static bool
has_ipv6(void)
{
	struct net_hostport hp = { .host = "::1" };
	uint16_t port;
	const int fd = net_listen(&hp, &port);

	if (fd >= 0)
		(void)close(fd);
	return fd >= 0;
}

static void
a_dialled_connection_is_accepted(void **state)
{
	(void)state;
	connect_to("127.0.0.1", "127.0.0.1");
}

static void
no_host_is_all_addresses_of_both_families(void **state)
{
	(void)state;
	connect_to("", "127.0.0.1");
	if (!has_ipv6()) {
		print_message("no IPv6 here\n");
		skip();
	}
	connect_to("", "::1");
	connect_to("::1", "::1");
}

static void
a_refused_connection_says_so(void **state)
{
	struct net_hostport hp = { .host = "127.0.0.1" };
	struct net_addr a;
	uint16_t port;
	int fd = net_listen(&hp, &port);

	(void)state;
	assert_true(fd >= 0);
	(void)close(fd); /* nobody listens there now */
	a = address("127.0.0.1", port, 0);
	fd = net_dial(&a);
	assert_true(fd >= 0);
	wait_for(fd, POLLOUT);
	assert_int_equal(net_dial_result(fd), -1);
	assert_int_equal(errno, ECONNREFUSED);
	(void)close(fd);
}

static void
listening_fails_where_it_cannot(void **state)
{
	struct net_hostport hp = { .host = "127.0.0.1" };
	uint16_t port = 0;
	uint16_t other = 0;
	const int fd = net_listen(&hp, &port);

	(void)state;
	assert_true(fd >= 0);
	hp.port = port;
	assert_int_equal(net_listen(&hp, &other), -1);
	assert_int_equal(errno, EADDRINUSE);
	(void)close(fd);
	memcpy(hp.host, "not-a-literal", sizeof("not-a-literal"));
	assert_int_equal(net_listen(&hp, &other), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_have_a_host_and_a_port),
		cmocka_unit_test(a_path_has_no_port),
		cmocka_unit_test(
		    other_text_is_refused_and_leaves_the_result_alone),
		cmocka_unit_test(names_tell_address_and_port),
		cmocka_unit_test(a_dialled_connection_is_accepted),
		cmocka_unit_test(no_host_is_all_addresses_of_both_families),
		cmocka_unit_test(a_refused_connection_says_so),
		cmocka_unit_test(listening_fails_where_it_cannot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
