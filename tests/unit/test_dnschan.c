/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/dnschan base/udp base/net base/log base/proc base/outfile base/outpath base/outq base/rotate base/meter base/meterlog wire/dnsjson wire/dnsname wire/text -lev */
/* The channel of JSON datagrams: to a reader, to none, to a group. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <arpa/inet.h>
#include <cmocka.h>
#include <ev.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/dnschan.h"
#include "base/log.h"
#include "base/udp.h"

#define PATIENCE_MS 10000

static const uint8_t question[] = { 1, 'q', 2, 'e', 'x', 0 };

static struct obs_dns_addr addrs[OBS_DNS_ADDRS_MAX];

static const struct obs_dns answer = { .ipver = 4,
	.client = { 10, 0, 0, 1 },
	.qtype = 1,
	.n_names = 1,
	.n_addrs = 1,
	.names = question,
	.addrs = addrs,
	.resolver = "" };

/* A socket at a free port of ${host}; the port goes to ${text}, too. */
static int
reader(
    char text[static NET_NAME_MAX], const char *host, const struct udp_iface *i)
{
	struct net_addr a;
	int fd;

	snprintf(text, NET_NAME_MAX, "%s:0", host);
	assert_int_equal(udp_addr(&a, text), 0);
	fd = udp_listen(&a, i);
	assert_true(fd >= 0);
	a.len = sizeof(a.ss);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a.ss, &a.len), 0);
	net_name(text, &a);
	return fd;
}

/* Read one datagram, "" when none comes within ${ms}. */
static const char *
read_one(int fd, int ms)
{
	static char text[2048];
	struct pollfd p = { .fd = fd, .events = POLLIN };
	ssize_t n = 0;

	if (poll(&p, 1, ms) == 1)
		n = recv(fd, text, sizeof(text) - 1, 0);
	assert_true(n >= 0);
	text[n] = '\0';
	return text;
}

static void
a_datagram_goes_to_a_reader_on(const char *host)
{
	char name[NET_NAME_MAX];
	const int fd = reader(name, host, NULL);
	const struct dnschan_conf conf = { .to = name };
	struct dnschan *c = dnschan_open(&conf);

	assert_non_null(c);
	dnschan_put(c, &answer);
	assert_string_equal(read_one(fd, PATIENCE_MS),
	    "{\"chain\": [\"q.ex.\"], \"client\": \"10.0.0.1\", \"qtype\": "
	    "\"A\", \"status\": \"NOERROR\", \"id\": 1, \"address\": "
	    "\"0.0.0.0\"}\n");
	dnschan_put(c, &answer);
	assert_non_null(strstr(read_one(fd, PATIENCE_MS), "\"id\": 2,"));
	assert_int_equal(dnschan_sent(c), 2);
	assert_int_equal(dnschan_lost(c), 0);
	assert_int_equal(dnschan_waiting(c), 0);
	assert_int_equal(dnschan_close(c), 0);
	close(fd);
}

static void
datagrams_go_to_an_address_of_ipv4(void **state)
{
	(void)state;
	a_datagram_goes_to_a_reader_on("127.0.0.1");
}

static void
datagrams_go_to_an_address_of_ipv6(void **state)
{
	(void)state;
	a_datagram_goes_to_a_reader_on("[::1]");
}

/* Whatever is refused is counted, but for the last one. */
static void
without_a_reader_datagrams_are_lost_and_counted(void **state)
{
	char name[NET_NAME_MAX];
	int fd = reader(name, "127.0.0.1", NULL);
	const struct dnschan_conf conf = { .to = name };
	struct dnschan *c = dnschan_open(&conf);
	struct net_addr a;

	(void)state;
	assert_non_null(c);
	close(fd);
	for (unsigned int i = 0; i < 100; i++)
		dnschan_put(c, &answer);
	assert_int_equal(dnschan_sent(c) + dnschan_lost(c), 100);
	assert_int_equal(dnschan_lost(c), 99);
	assert_int_equal(udp_addr(&a, name), 0);
	fd = udp_listen(&a, NULL);
	assert_true(fd >= 0);
	dnschan_put(c, &answer);
	assert_non_null(strstr(read_one(fd, PATIENCE_MS), "\"id\": 101,"));
	assert_int_equal(dnschan_lost(c), 100);
	assert_int_equal(dnschan_close(c), 0);
	close(fd);
}

static void
what_is_too_long_for_a_datagram_is_lost_and_counted(void **state)
{
	static uint8_t names[OBS_DNS_NAMES_MAX * 255];
	char name[NET_NAME_MAX];
	const int fd = reader(name, "127.0.0.1", NULL);
	const struct dnschan_conf conf = { .to = name };
	struct dnschan *c = dnschan_open(&conf);
	struct obs_dns d = answer;
	uint8_t *p = names;

	(void)state;
	for (unsigned int i = 0; i < OBS_DNS_NAMES_MAX; i++) {
		memset(p, 0xff, 254);
		p[0] = p[64] = p[128] = 63;
		p[192] = 61;
		p[254] = 0;
		p += 255;
	}
	d.names = names;
	d.n_names = OBS_DNS_NAMES_MAX;
	assert_non_null(c);
	dnschan_put(c, &d);
	assert_int_equal(dnschan_lost(c), 1);
	dnschan_put(c, &answer);
	assert_non_null(strstr(read_one(fd, PATIENCE_MS), "\"id\": 2,"));
	assert_int_equal(dnschan_close(c), 0);
	close(fd);
}

static void
a_big_answer_is_as_many_datagrams_as_addresses(void **state)
{
	char name[NET_NAME_MAX];
	const int fd = reader(name, "127.0.0.1", NULL);
	const struct dnschan_conf conf = { .to = name };
	struct dnschan *c = dnschan_open(&conf);
	struct obs_dns d = answer;
	char id[32];

	(void)state;
	assert_non_null(c);
	d.n_addrs = 4000;
	if (udp_room(fd, SO_RCVBUF, 16 << 20) < 16 << 20)
		skip(); /* without privileges it depends on the system */
	dnschan_put(c, &d);
	assert_int_equal(dnschan_sent(c), 4000);
	for (unsigned int i = 1; i <= 4000; i++) {
		snprintf(id, sizeof(id), "\"id\": %u,", i);
		assert_non_null(strstr(read_one(fd, PATIENCE_MS), id));
	}
	assert_int_equal(dnschan_close(c), 0);
	close(fd);
}

static void
a_group_is_reached_through_the_interface_that_is_named(void **state)
{
	struct udp_iface lo;
	char name[NET_NAME_MAX];
	const struct dnschan_conf conf = {
		.to = name, .iface = "127.0.0.1", .ttl = 0, .loop = true
	};
	struct dnschan *c;
	int fd;

	(void)state;
	assert_int_equal(udp_iface(&lo, "lo"), 0);
	fd = reader(name, "239.192.7.73", &lo);
	c = dnschan_open(&conf);
	assert_non_null(c);
	dnschan_put(c, &answer);
	dnschan_put(c, &answer);
	assert_non_null(strstr(read_one(fd, PATIENCE_MS), "\"id\": 1,"));
	assert_non_null(strstr(read_one(fd, PATIENCE_MS), "\"id\": 2,"));
	dnschan_close(c);
	close(fd);
}

static void
an_impossible_channel_is_refused(void **state)
{
	static const struct dnschan_conf bad[] = {
		{ .to = "127.0.0.1" },
		{ .to = "127.0.0.1:x" },
		{ .to = ":1" },
		{ .to = "localhost:1" },
		{ .to = "::1:1" },
		{ .to = "127.0.0.1:1", .iface = "lo" },
		{ .to = "239.0.0.1:1" },
		{ .to = "[ff02::1]:1" },
		{ .to = "239.0.0.1:1", .iface = "no-such-if" },
		{ .to = "239.0.0.1:1", .iface = "192.0.2.77" },
		{ .to = "stdout", .iface = "lo" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_null(dnschan_open(&bad[i]));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(datagrams_go_to_an_address_of_ipv4),
		cmocka_unit_test(datagrams_go_to_an_address_of_ipv6),
		cmocka_unit_test(
		    without_a_reader_datagrams_are_lost_and_counted),
		cmocka_unit_test(
		    what_is_too_long_for_a_datagram_is_lost_and_counted),
		cmocka_unit_test(
		    a_big_answer_is_as_many_datagrams_as_addresses),
		cmocka_unit_test(
		    a_group_is_reached_through_the_interface_that_is_named),
		cmocka_unit_test(an_impossible_channel_is_refused),
	};

	log_init("test", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
