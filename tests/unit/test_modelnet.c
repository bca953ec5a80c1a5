/* SPDX-License-Identifier: BSD-3-Clause */
/* links: collector/modelnet */
/* Addresses and networks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <arpa/inet.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "collector/modelnet.h"

static void
networks_are_read_and_printed(void **state)
{
	static const char *const good[] = { "10.77.0.0/24", "0.0.0.0/0",
		"10.0.0.1/32", "2001:db8::/32", "::/0", "::1/128",
		"10.1.2.128/25" };
	char text[MODELNET_TEXT_MAX];
	struct modelnet net;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_null(modelnet_parse(&net, good[i]));
		assert_string_equal(modelnet_text(text, &net), good[i]);
	}
	assert_null(modelnet_parse(&net, "10.0.0.9"));
	assert_int_equal(net.bits, 32);
}

static void
what_is_no_network_is_refused(void **state)
{
	static const char *const bad[] = { "", "/", "10.77.0.1/24",
		"10.77.0.0/33", "10.77.0.0/", "10.77.0.0/-1", "10.77.0.0/2x",
		"2001:db8::1/32", "::/129", "name/8", "10.77.0.0/0024",
		"1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb/8" };
	struct modelnet net;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_non_null(modelnet_parse(&net, bad[i]));
}

static bool
has(const char *cidr, const char *addr)
{
	const int af = strchr(addr, ':') != NULL ? AF_INET6 : AF_INET;
	struct modelnet net;
	uint8_t octet[16] = { 0 };

	assert_null(modelnet_parse(&net, cidr));
	assert_int_equal(inet_pton(af, addr, octet), 1);
	return modelnet_has(&net, 1, af == AF_INET ? 4 : 6, octet);
}

static void
a_network_has_its_addresses_and_no_other(void **state)
{
	(void)state;
	assert_true(has("10.1.2.128/25", "10.1.2.255"));
	assert_false(has("10.1.2.128/25", "10.1.2.127"));
	assert_true(has("0.0.0.0/0", "255.1.2.3"));
	assert_false(has("0.0.0.0/0", "::1"));
	assert_false(has("::/0", "1.2.3.4"));
	assert_true(has("2001:db8::/33", "2001:db8:7fff::1"));
	assert_false(has("2001:db8::/33", "2001:db8:8000::1"));
	assert_true(has("10.0.0.1/32", "10.0.0.1"));
}

/* What glibc writes, but for a dotted quad at the end. */
static void
ipv6_text_is_that_of_the_c_library(void **state)
{
	(void)state;
	srandom(3);
	for (size_t i = 0; i < 100000; i++) {
		char want[INET6_ADDRSTRLEN];
		char got[MODELNET_ADDR_MAX + 1];
		uint8_t a[16];

		for (size_t k = 0; k < 16; k++)
			a[k] = random() % 3 == 0 ? (uint8_t)random() : 0;
		inet_ntop(AF_INET6, a, want, sizeof(want));
		got[modelnet_addr(got, 6, a)] = '\0';
		if (strchr(want, '.') == NULL) {
			assert_string_equal(got, want);
		} else {
			assert_null(strchr(got, '.'));
		}
	}
}

static void
ipv4_text_is_that_of_the_c_library(void **state)
{
	(void)state;
	for (unsigned int v = 0; v < 256; v++) {
		const uint8_t a[4] = { (uint8_t)v, 0, (uint8_t)(255 - v), 10 };
		char want[INET_ADDRSTRLEN];
		char got[MODELNET_ADDR_MAX + 1];

		inet_ntop(AF_INET, a, want, sizeof(want));
		got[modelnet_addr(got, 4, a)] = '\0';
		assert_string_equal(got, want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(networks_are_read_and_printed),
		cmocka_unit_test(what_is_no_network_is_refused),
		cmocka_unit_test(a_network_has_its_addresses_and_no_other),
		cmocka_unit_test(ipv6_text_is_that_of_the_c_library),
		cmocka_unit_test(ipv4_text_is_that_of_the_c_library),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
