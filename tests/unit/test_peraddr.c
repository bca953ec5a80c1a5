/* SPDX-License-Identifier: BSD-3-Clause */
/* links: base/peraddr base/proc */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <arpa/inet.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "base/peraddr.h"

static struct net_addr
addr(const char *text, uint16_t port)
{
	struct net_addr a = { .len = 0 };
	struct sockaddr_in v4 = { .sin_family = AF_INET,
		.sin_port = htons(port) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6,
		.sin6_port = htons(port) };

	if (inet_pton(AF_INET, text, &v4.sin_addr) == 1) {
		memcpy(&a.ss, &v4, sizeof(v4));
		a.len = sizeof(v4);
	} else {
		assert_int_equal(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
		memcpy(&a.ss, &v6, sizeof(v6));
		a.len = sizeof(v6);
	}
	return a;
}

static bool
enter(struct peraddr *t, const char *text, uint16_t port)
{
	const struct net_addr a = addr(text, port);

	return peraddr_enter(t, &a);
}

static void
leave(struct peraddr *t, const char *text, uint16_t port)
{
	const struct net_addr a = addr(text, port);

	peraddr_leave(t, &a);
}

static void
an_address_has_so_many_places_whatever_its_ports(void **state)
{
	struct peraddr *t = peraddr_new(2);

	(void)state;
	assert_true(enter(t, "10.0.0.1", 1));
	assert_true(enter(t, "10.0.0.1", 2));
	assert_false(enter(t, "10.0.0.1", 3));
	assert_true(enter(t, "10.0.0.2", 3));
	leave(t, "10.0.0.1", 1);
	assert_true(enter(t, "10.0.0.1", 4));
	assert_false(enter(t, "10.0.0.1", 5));
	peraddr_free(t);
}

static void
a_mapped_address_is_the_one_it_maps(void **state)
{
	struct peraddr *t = peraddr_new(1);

	(void)state;
	assert_true(enter(t, "::ffff:10.0.0.1", 1));
	assert_false(enter(t, "10.0.0.1", 1));
	assert_true(enter(t, "::ffff:10.0.0.2", 1));
	peraddr_free(t);
}

static void
an_ipv6_network_counts_as_one(void **state)
{
	struct peraddr *t = peraddr_new(1);

	(void)state;
	assert_true(enter(t, "2001:db8::1", 1));
	assert_false(enter(t, "2001:db8::2:3:4:5", 1));
	assert_true(enter(t, "2001:db8:0:1::1", 1));
	leave(t, "2001:db8::1", 1);
	assert_true(enter(t, "2001:db8::2:3:4:5", 1));
	peraddr_free(t);
}

static void
without_a_limit_all_may_enter(void **state)
{
	struct peraddr *t = peraddr_new(0);

	(void)state;
	for (uint16_t i = 0; i < 5000; i++)
		assert_true(enter(t, "10.0.0.1", i));
	peraddr_free(t);
}

static void
thousands_of_addresses_come_and_go(void **state)
{
	struct peraddr *t = peraddr_new(1);
	char text[32];

	(void)state;
	for (int round = 0; round < 2; round++) {
		for (unsigned int i = 0; i < 5000; i++) {
			(void)snprintf(
			    text, sizeof(text), "10.0.%u.%u", i / 250, i % 250);
			assert_true(enter(t, text, 1));
			assert_false(enter(t, text, 2));
		}
		for (unsigned int i = 0; i < 5000; i++) {
			(void)snprintf(
			    text, sizeof(text), "10.0.%u.%u", i / 250, i % 250);
			leave(t, text, 1);
		}
	}
	peraddr_free(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    an_address_has_so_many_places_whatever_its_ports),
		cmocka_unit_test(a_mapped_address_is_the_one_it_maps),
		cmocka_unit_test(an_ipv6_network_counts_as_one),
		cmocka_unit_test(without_a_limit_all_may_enter),
		cmocka_unit_test(thousands_of_addresses_come_and_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
