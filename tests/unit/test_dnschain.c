/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/dnschain agent/dnsmsg agent/dnsrr wire/dnsname -lresolv */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent/dnschain.h"
#include "tests/unit/dnsmake.h"

#define POINTER 0xc00c /* to the question's name */

static struct dnsmake m;
static struct dnsmsg msg;
static struct dnschain *chain;
static struct obs_dns o;

static int
setup(void **state)
{
	static const struct hash_key key = { { 0x9e3779b97f4a7c15,
	    0xd6e8feb86659fd93 } };

	(void)state;
	chain = dnschain_new(&key);
	return chain == NULL ? -1 : 0;
}

static int
teardown(void **state)
{
	(void)state;
	free(chain);
	return 0;
}

static enum dnschain_end
walk(void)
{
	o = (struct obs_dns){ 0 };
	assert_true(m.len <= DNSMSG_MAX);
	assert_int_equal(dnsmsg_get(&msg, m.data, m.len), 0);
	return dnschain_walk(chain, &o, &msg);
}

static void
assert_name(unsigned int i, const char *text)
{
	const uint8_t *p = o.names;
	char got[DNSNAME_TEXT_MAX + 1];

	assert_true(i < o.n_names);
	while (i-- > 0)
		p += dnsname_get(p, DNSNAME_MAX);
	*dnsname_text(got, p) = '\0';
	assert_string_equal(got, text);
}

static void
an_address_has_the_least_ttl_on_the_way(void **state)
{
	(void)state;
	dnsmake_begin(&m, "WWW.ex.", 1);
	dnsmake_a(&m, "c.EX.", 300, 0x01020304);
	dnsmake_a(&m, "c.ex.", 10, 0x01020305);
	dnsmake_cname(&m, "b.ex.", 70, "C.ex.");
	dnsmake_cname(&m, "www.ex.", 60, "B.ex.");
	assert_int_equal(walk(), DNSCHAIN_ADDRESS);
	assert_int_equal(o.n_names, 3);
	assert_name(0, "www.ex.");
	assert_name(1, "b.ex.");
	assert_name(2, "c.ex.");
	assert_int_equal(o.n_addrs, 2);
	assert_memory_equal(o.addrs[0].addr, "\1\2\3\4", 4);
	assert_int_equal(o.addrs[0].ttl, 60);
	assert_int_equal(o.addrs[1].ttl, 10);
}

static void
equal_addresses_are_one_with_the_lesser_ttl(void **state)
{
	(void)state;
	dnsmake_begin(&m, "a.ex.", 1);
	dnsmake_a(&m, "a.ex.", 30, 0x01020304);
	dnsmake_a(&m, "a.ex.", 0x80000001, 0x01020304);
	assert_int_equal(walk(), DNSCHAIN_ADDRESS);
	assert_int_equal(o.n_addrs, 1);
	/* RFC 2181 section 8: with the top bit it is 0 */
	assert_int_equal(o.addrs[0].ttl, 0);
}

static void
of_two_cnames_the_last_one_counts(void **state)
{
	(void)state;
	dnsmake_begin(&m, "a.ex.", 1);
	dnsmake_cname(&m, "a.ex.", 9, "one.ex.");
	dnsmake_a(&m, "one.ex.", 30, 1);
	dnsmake_cname(&m, "A.ex.", 7, "two.ex.");
	dnsmake_a(&m, "two.ex.", 30, 2);
	assert_int_equal(walk(), DNSCHAIN_ADDRESS);
	assert_name(1, "two.ex.");
	assert_memory_equal(o.addrs[0].addr, "\0\0\0\2", 4);
	assert_int_equal(o.addrs[0].ttl, 7);
}

static void
of_the_groups_of_an_owner_the_one_that_begins_last_counts(void **state)
{
	(void)state;
	dnsmake_begin(&m, "a.ex.", 1);
	dnsmake_a(&m, "a.ex.", 1, 1);
	dnsmake_cname(&m, "a.ex.", 1, "b.ex.");
	dnsmake_a(&m, "a.ex.", 1, 2);
	dnsmake_a(&m, "b.ex.", 1, 3);
	assert_int_equal(walk(), DNSCHAIN_ADDRESS);
	assert_int_equal(o.n_names, 2);
	assert_memory_equal(o.addrs[0].addr, "\0\0\0\3", 4);
}

static void
a_loop_ends_with_a_name_that_was_there(void **state)
{
	(void)state;
	dnsmake_begin(&m, "a.ex.", 1);
	dnsmake_cname(&m, "a.ex.", 1, "b.ex.");
	dnsmake_cname(&m, "b.ex.", 1, "a.ex.");
	dnsmake_a(&m, "c.ex.", 1, 3);
	assert_int_equal(walk(), DNSCHAIN_NOWHERE);
	assert_int_equal(o.n_names, 3);
	assert_name(2, "a.ex.");
	assert_int_equal(o.n_addrs, 0);
}

static void
cnames(unsigned int n)
{
	char owner[32], target[32];

	dnsmake_begin(&m, "n0.", 1);
	for (unsigned int i = 0; i < n; i++) {
		(void)snprintf(owner, sizeof(owner), "n%u.", i);
		(void)snprintf(target, sizeof(target), "n%u.", i + 1);
		dnsmake_cname(&m, owner, 5, target);
	}
	(void)snprintf(owner, sizeof(owner), "n%u.", n);
	dnsmake_a(&m, owner, 5, 9);
}

static void
more_names_than_fit_are_too_many(void **state)
{
	(void)state;
	cnames(OBS_DNS_NAMES_MAX - 1);
	assert_int_equal(walk(), DNSCHAIN_ADDRESS);
	assert_int_equal(o.n_names, OBS_DNS_NAMES_MAX);
	assert_int_equal(o.n_addrs, 1);
	cnames(OBS_DNS_NAMES_MAX);
	assert_int_equal(walk(), DNSCHAIN_TOO_LARGE);
	assert_int_equal(o.n_names, 0);
	cnames(2500);
	assert_int_equal(walk(), DNSCHAIN_TOO_LARGE);
}

static void
addresses(unsigned int n)
{
	dnsmake_begin(&m, ".", 1);
	for (uint32_t i = 0; i < n; i++)
		dnsmake_a(&m, ".", 5, i);
}

static void
more_addresses_than_fit_are_too_many(void **state)
{
	(void)state;
	addresses(OBS_DNS_ADDRS_MAX);
	assert_int_equal(walk(), DNSCHAIN_ADDRESS);
	assert_int_equal(o.n_addrs, OBS_DNS_ADDRS_MAX);
	assert_memory_equal(o.addrs[4095].addr, "\0\0\x0f\xff", 4);
	addresses(OBS_DNS_ADDRS_MAX + 1);
	assert_int_equal(walk(), DNSCHAIN_TOO_LARGE);
}

static double
cpu(void)
{
	return (double)clock() / CLOCKS_PER_SEC;
}

/* Each kind of largest message 20 times: a square would take minutes. */
static void
repeat(const char *what, enum dnschain_end end)
{
	const double begin = cpu();

	for (int i = 0; i < 20; i++)
		assert_int_equal(walk(), end);
	print_message("%s: %.3f ms\n", what, (cpu() - begin) * 1000 / 20);
	assert_true(cpu() - begin < 2.0);
}

/* Names that begin ${less} before the end of 127 pointers, one to the other. */
static void
pointers(unsigned int less)
{
	unsigned int last;

	dnsmake_begin(&m, "a.ex.", 1);
	dnsmake_u16(&m, POINTER);
	dnsmake_rr(&m, 0, 65280, 1, 2 * 127);
	for (unsigned int i = 0; i < 127; i++) {
		const size_t to = i == 0 ? 12 : m.len - 2;

		dnsmake_u16(&m, 0xc000 | (unsigned int)to);
	}
	last = 0xc000 | (unsigned int)(m.len - 2 * (size_t)less);
	while (m.len < 65500) {
		dnsmake_u16(&m, last);
		dnsmake_rr(&m, 0, 1, 1, 4);
		dnsmake_u32(&m, 1);
	}
}

static void
no_message_takes_long(void **state)
{
	unsigned int class = 1;

	(void)state;
	addresses(OBS_DNS_ADDRS_MAX);
	repeat("addresses", DNSCHAIN_ADDRESS);
	cnames(2500);
	repeat("CNAMEs", DNSCHAIN_TOO_LARGE);
	dnsmake_begin(&m, "a.ex.", 1);
	while (m.len < 65500) { /* one owner, a class for each */
		dnsmake_u16(&m, POINTER);
		dnsmake_rr(&m, 0, 5, 1, 2);
		put_be16(m.data + m.len - 8, (uint16_t) class ++);
		dnsmake_u16(&m, POINTER);
	}
	repeat("classes", DNSCHAIN_NOWHERE);
	dnsmake_begin(&m, "a.ex.", 1);
	while (m.len < 65500) { /* the same one, at different places */
		dnsmake_a(&m, "a.ex.", 1, 7);
	}
	repeat("owners", DNSCHAIN_ADDRESS);
	pointers(2); /* 127 each, the most */
	repeat("pointers", DNSCHAIN_ADDRESS);
	pointers(1);
	assert_int_equal(dnsmsg_get(&msg, m.data, m.len), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_has_the_least_ttl_on_the_way),
		cmocka_unit_test(equal_addresses_are_one_with_the_lesser_ttl),
		cmocka_unit_test(of_two_cnames_the_last_one_counts),
		cmocka_unit_test(
		    of_the_groups_of_an_owner_the_one_that_begins_last_counts),
		cmocka_unit_test(a_loop_ends_with_a_name_that_was_there),
		cmocka_unit_test(more_names_than_fit_are_too_many),
		cmocka_unit_test(more_addresses_than_fit_are_too_many),
		cmocka_unit_test(no_message_takes_long),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
