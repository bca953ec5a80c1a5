/* SPDX-License-Identifier: BSD-3-Clause */
/* links: base/allow */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <arpa/inet.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "base/allow.h"
#include "base/net.h"

static bool
has(const struct allow *a, const char *text)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	struct net_addr addr = { .len = sizeof(v4) };

	if (inet_pton(AF_INET, text, &v4.sin_addr) == 1) {
		memcpy(&addr.ss, &v4, sizeof(v4));
		return allow_has(a, &addr);
	}
	assert_int_equal(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
	memcpy(&addr.ss, &v6, sizeof(v6));
	return allow_has(a, &addr);
}

/* The user ${uid} at a UNIX-domain socket. */
static bool
has_user(const struct allow *a, uid_t uid)
{
	const struct net_addr addr = { .ss = { .ss_family = AF_UNIX },
		.cred = { .uid = uid } };

	return allow_has(a, &addr);
}

static void
an_empty_list_admits_everybody(void **state)
{
	const struct allow a = { NULL, 0 };

	(void)state;
	assert_true(has(&a, "10.0.0.1"));
	assert_true(has(&a, "2001:db8::1"));
}

static void
only_listed_networks_are_admitted(void **state)
{
	struct allow a = { NULL, 0 };

	(void)state;
	assert_null(allow_add(&a, "10.1.128.0/17"));
	assert_null(allow_add(&a, "192.0.2.7"));
	assert_null(allow_add(&a, "2001:db8:0:8000::/49"));
	assert_null(allow_add(&a, "fe80::1"));
	assert_true(has(&a, "10.1.128.0"));
	assert_true(has(&a, "10.1.255.255"));
	assert_false(has(&a, "10.1.127.255"));
	assert_false(has(&a, "10.2.128.0"));
	assert_true(has(&a, "192.0.2.7"));
	assert_false(has(&a, "192.0.2.6"));
	assert_true(has(&a, "2001:db8:0:8000::"));
	assert_true(has(&a, "2001:db8:0:ffff:ffff:ffff:ffff:ffff"));
	assert_false(has(&a, "2001:db8:0:7fff::1"));
	assert_true(has(&a, "fe80::1"));
	assert_false(has(&a, "fe80::2"));
	allow_done(&a);
	assert_int_equal(a.n, 0);
}

static void
v4_mapped_addresses_are_those_of_ipv4(void **state)
{
	struct allow a = { NULL, 0 }, any4 = { NULL, 0 }, any6 = { NULL, 0 };

	(void)state;
	assert_null(allow_add(&a, "10.0.0.0/8"));
	assert_true(has(&a, "::ffff:10.9.9.9"));
	assert_false(has(&a, "::ffff:11.0.0.1"));
	assert_false(has(&a, "::10.9.9.9"));
	assert_null(allow_add(&any4, "0.0.0.0/0"));
	assert_true(has(&any4, "1.2.3.4"));
	assert_true(has(&any4, "::ffff:1.2.3.4"));
	assert_false(has(&any4, "::1"));
	assert_null(allow_add(&any6, "::/0"));
	assert_true(has(&any6, "::1"));
	assert_false(has(&any6, "::ffff:1.2.3.4"));
	assert_false(has(&any6, "1.2.3.4"));
	assert_null(allow_add(&any6, "::ffff:1.2.0.0/112"));
	assert_true(has(&any6, "1.2.3.4"));
	allow_done(&a);
	allow_done(&any4);
	allow_done(&any6);
}

static void
an_address_of_another_family_is_in_no_list(void **state)
{
	const struct net_addr other = { .ss = { .ss_family = AF_PACKET } };
	struct allow a = { NULL, 0 };

	(void)state;
	assert_null(allow_add(&a, "::/0"));
	assert_null(allow_add(&a, "unix"));
	assert_false(allow_has(&a, &other));
	allow_done(&a);
}

static void
users_of_a_socket_are_in_no_network(void **state)
{
	struct allow net = { NULL, 0 }, all = { NULL, 0 }, one = { NULL, 0 };

	(void)state;
	assert_true(has_user(&net, 0));
	assert_null(allow_add(&net, "::/0"));
	assert_null(allow_add(&net, "0.0.0.0/0"));
	assert_false(has_user(&net, 0));
	assert_null(allow_add(&all, "unix"));
	assert_true(has_user(&all, 1000));
	assert_false(has(&all, "127.0.0.1"));
	assert_null(allow_add(&one, "unix:1000"));
	assert_true(has_user(&one, 1000));
	assert_false(has_user(&one, 0));
	assert_false(has(&one, "::"));
	allow_done(&net);
	allow_done(&all);
	allow_done(&one);
}

static void
what_is_no_network_is_refused(void **state)
{
	static const char *const wrong[] = { "", "/8", "10.0.0/8", "10.0.0.0/",
		"10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8x", "10.0.0.1/8",
		"::1/127", "::/129", "localhost", "[::1]", "10.0.0.0/8/8",
		"unix:", "unix:root", "unix:-1", "unix:4294967296", "unixx",
		"1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb" };
	struct allow a = { NULL, 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_non_null(allow_add(&a, wrong[i]));
	assert_int_equal(a.n, 0);
}

static void
networks_are_written_as_they_are_read(void **state)
{
	static const char *const nets[] = { "unix", "unix:4294967295",
		"10.1.128.0/17", "192.0.2.7/32", "2001:db8::/32", "0.0.0.0/0",
		"::/0", "::1/128" };
	struct allow a = { NULL, 0 };
	char text[ALLOW_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < 8; i++) {
		assert_null(allow_add(&a, nets[i]));
		assert_string_equal(allow_text(text, &a.net[i]), nets[i]);
	}
	allow_done(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_list_admits_everybody),
		cmocka_unit_test(only_listed_networks_are_admitted),
		cmocka_unit_test(v4_mapped_addresses_are_those_of_ipv4),
		cmocka_unit_test(an_address_of_another_family_is_in_no_list),
		cmocka_unit_test(users_of_a_socket_are_in_no_network),
		cmocka_unit_test(what_is_no_network_is_refused),
		cmocka_unit_test(networks_are_written_as_they_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
