/* SPDX-License-Identifier: BSD-3-Clause */
/* links: collector/dnscache collector/dnschain wire/dnsname tests/unit/answer */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "collector/dnscache.h"
#include "tests/unit/answer.h"
#include "wire/dnsname.h"

static unsigned int forgotten;

static void
on_forgot(void *arg, uint8_t ipver, const uint8_t client[static 16])
{
	(void)arg;
	(void)ipver;
	(void)client;
	forgotten++;
}

/* Grace 10 s, kept for 100 s more. */
static struct dnscache *
make(size_t max)
{
	const struct dnscache_conf conf = { .max = max,
		.grace_ns = 10 * MONO_NS_PER_S,
		.keep_ns = 100 * MONO_NS_PER_S,
		.key = { { 1, 2 } },
		.forgot = on_forgot };
	struct dnscache *c = dnscache_new(&conf);

	assert_non_null(c);
	forgotten = 0;
	return c;
}

static void
answer(struct dnscache *c, int64_t s, const char *client, const char *chain,
    const char *addrs)
{
	struct obs o;

	answer_make(&o, s * 1000, client, chain, addrs);
	dnscache_put(c, o.time, &o.dns);
}

static enum dnscache_find
find(const struct dnscache *c, int64_t s, const char *client, const char *addr,
    struct dnscache_hit *ret_hit)
{
	uint8_t from[16], to[16];
	const uint8_t ver = answer_addr(from, client);

	assert_int_equal(answer_addr(to, addr), ver);
	return dnscache_find(
	    c, (wall_t){ s * MONO_NS_PER_S }, ver, from, to, ret_hit);
}

static void
is_name(const struct dnscache_hit *hit, const char *want)
{
	char text[DNSNAME_TEXT_MAX + 1];

	*dnsname_text(text, hit->chain->names) = '\0';
	assert_string_equal(text, want);
}

static void
a_client_finds_what_it_looked_up_until_ttl_and_grace_are_over(void **state)
{
	struct dnscache *c = make(100);
	struct dnscache_hit hit;

	(void)state;
	answer(c, 1000, "10.0.0.1", "www.example.com cdn.example.net",
	    "192.0.2.1/60 192.0.2.2/60");
	assert_int_equal(
	    find(c, 1000, "10.0.0.1", "192.0.2.2", &hit), DNSCACHE_OWN);
	is_name(&hit, "www.example.com.");
	assert_int_equal(hit.chain->n, 2);
	assert_int_equal(hit.time.ns, 1000 * MONO_NS_PER_S);
	assert_int_equal(
	    find(c, 1070, "10.0.0.1", "192.0.2.1", &hit), DNSCACHE_OWN);
	assert_int_equal(
	    find(c, 1073, "10.0.0.1", "192.0.2.1", &hit), DNSCACHE_EXPIRED);
	assert_int_equal(hit.past_ns, 3 * MONO_NS_PER_S);
	is_name(&hit, "www.example.com.");
	assert_int_equal(
	    find(c, 1000, "10.0.0.1", "192.0.2.3", &hit), DNSCACHE_NOTHING);
	dnscache_free(c);
}

static void
another_client_finds_it_as_the_lookup_of_somebody_else(void **state)
{
	struct dnscache *c = make(100);
	struct dnscache_hit hit;

	(void)state;
	answer(c, 1000, "10.0.0.1", "a.example", "192.0.2.1/60");
	answer(c, 1001, "10.0.0.2", "b.example", "192.0.2.1/60");
	answer(c, 1002, "10.0.0.2", "c.example", "192.0.2.9/60");
	assert_int_equal(
	    find(c, 1003, "10.0.0.3", "192.0.2.1", &hit), DNSCACHE_OTHER);
	is_name(&hit, "b.example.");
	answer(c, 1004, "10.0.0.1", "a.example", "192.0.2.1/60");
	assert_int_equal(
	    find(c, 1005, "10.0.0.3", "192.0.2.1", &hit), DNSCACHE_OTHER);
	is_name(&hit, "a.example.");
	dnscache_free(c);
}

static void
two_questions_in_force_are_ambiguous(void **state)
{
	struct dnscache *c = make(100);
	struct dnscache_hit hit;

	(void)state;
	answer(c, 1000, "10.0.0.1", "a.example x.example", "192.0.2.1/60");
	answer(c, 1001, "10.0.0.1", "b.example x.example", "192.0.2.1/600");
	assert_int_equal(
	    find(c, 1002, "10.0.0.1", "192.0.2.1", &hit), DNSCACHE_AMBIGUOUS);
	assert_int_equal(hit.names, 2);
	is_name(&hit, "b.example.");
	assert_int_equal(
	    find(c, 1100, "10.0.0.1", "192.0.2.1", &hit), DNSCACHE_OWN);
	is_name(&hit, "b.example.");
	dnscache_free(c);
}

static void
one_question_over_two_ways_is_not_ambiguous(void **state)
{
	struct dnscache *c = make(100);
	struct dnscache_hit hit;

	(void)state;
	answer(c, 1000, "10.0.0.1", "a.example x.example", "192.0.2.1/60");
	answer(c, 1001, "10.0.0.1", "a.example y.example", "192.0.2.1/60");
	assert_int_equal(
	    find(c, 1002, "10.0.0.1", "192.0.2.1", &hit), DNSCACHE_OWN);
	assert_int_equal(hit.names, 1);
	assert_int_equal(dnschain_count(dnscache_chains(c)), 2);
	dnscache_free(c);
}

static void
an_address_is_of_one_version(void **state)
{
	struct dnscache *c = make(100);
	struct dnscache_hit hit;

	(void)state;
	answer(c, 1000, "2001:db8::1", "a.example", "2001:db8::80/60");
	answer(c, 1000, "10.0.0.1", "b.example", "2001:db8::81/60");
	assert_int_equal(
	    find(c, 1001, "2001:db8::1", "2001:db8::80", &hit), DNSCACHE_OWN);
	assert_int_equal(
	    find(c, 1001, "2001:db8::1", "2001:db8::81", &hit), DNSCACHE_OTHER);
	assert_int_equal(
	    find(c, 1001, "10.0.0.1", "32.1.13.184", &hit), DNSCACHE_NOTHING);
	dnscache_free(c);
}

static void
old_lookups_are_forgotten_without_a_word(void **state)
{
	struct dnscache *c = make(1000000);
	struct dnscache_hit hit;
	char name[32];

	(void)state;
	answer(c, 1000, "10.0.0.1", "old.example", "192.0.2.1/60");
	for (int i = 0; i < 10; i++) {
		(void)snprintf(name, sizeof(name), "n%d.example", i);
		answer(c, 1200 + 200 * i, "10.0.0.1", name, "192.0.2.2/60");
	}
	assert_true(dnscache_size(c) <= 2);
	assert_true(dnschain_count(dnscache_chains(c)) <= 2);
	assert_int_equal(forgotten, 0);
	assert_int_equal(
	    find(c, 3000, "10.0.0.1", "192.0.2.1", &hit), DNSCACHE_NOTHING);
	assert_int_equal(
	    find(c, 3000, "10.0.0.9", "192.0.2.1", &hit), DNSCACHE_NOTHING);
	dnscache_free(c);
}

static void
a_full_cache_forgets_the_oldest_and_says_so(void **state)
{
	struct dnscache *c = make(3000);
	struct dnscache_hit hit;
	char name[32], addr[32];

	(void)state;
	for (int i = 0; i < 5000; i++) {
		(void)snprintf(name, sizeof(name), "n%d.example", i);
		(void)snprintf(
		    addr, sizeof(addr), "10.1.%d.%d/60", i / 250, i % 250);
		answer(c, 1000, "10.0.0.1", name, addr);
	}
	assert_int_equal(dnscache_size(c), 3000);
	assert_int_equal(dnschain_count(dnscache_chains(c)), 3000);
	assert_int_equal(forgotten, 2000);
	assert_int_equal(dnscache_count(c)->forgotten, 2000);
	for (int i = 0; i < 5000; i++) {
		(void)snprintf(
		    addr, sizeof(addr), "10.1.%d.%d", i / 250, i % 250);
		assert_int_equal(find(c, 1001, "10.0.0.1", addr, &hit),
		    i < 2000 ? DNSCACHE_NOTHING : DNSCACHE_OWN);
		if (i < 2000)
			continue;
		(void)snprintf(name, sizeof(name), "n%d.example.", i);
		is_name(&hit, name);
		assert_int_equal(
		    find(c, 1001, "10.0.0.2", addr, &hit), DNSCACHE_OTHER);
		is_name(&hit, name);
	}
	dnscache_free(c);
}

static void
one_address_has_a_bounded_number_of_names(void **state)
{
	struct dnscache *c = make(100000);
	struct dnscache_hit hit;
	char name[32];

	(void)state;
	for (int i = 0; i < 20000; i++) {
		(void)snprintf(name, sizeof(name), "n%d.example", i);
		answer(c, 1000, "10.0.0.1", name, "192.0.2.1/60");
	}
	assert_true(dnscache_size(c) <= 64);
	assert_int_equal(forgotten, 20000 - 64);
	assert_int_equal(
	    find(c, 1001, "10.0.0.1", "192.0.2.1", &hit), DNSCACHE_AMBIGUOUS);
	is_name(&hit, "n19999.example.");
	assert_int_equal(
	    find(c, 1001, "10.0.0.7", "192.0.2.1", &hit), DNSCACHE_OTHER);
	is_name(&hit, "n19999.example.");
	dnscache_free(c);
}

static void
a_chain_that_is_held_outlives_its_lookup(void **state)
{
	struct dnscache *c = make(16);
	struct dnscache_hit hit;
	struct dnschain *kept;
	char name[32], addr[32];

	(void)state;
	answer(c, 1000, "10.0.0.1", "kept.example", "192.0.2.1/60");
	(void)find(c, 1000, "10.0.0.1", "192.0.2.1", &hit);
	kept = dnschain_hold(hit.chain);
	for (int i = 0; i < 100; i++) {
		(void)snprintf(name, sizeof(name), "n%d.example", i);
		(void)snprintf(addr, sizeof(addr), "10.1.0.%d/60", i);
		answer(c, 1000, "10.0.0.1", name, addr);
	}
	hit.chain = kept;
	is_name(&hit, "kept.example.");
	assert_int_equal(dnschain_count(dnscache_chains(c)), 17);
	dnschain_drop(dnscache_chains(c), kept);
	assert_int_equal(dnschain_count(dnscache_chains(c)), 16);
	dnscache_free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_client_finds_what_it_looked_up_until_ttl_and_grace_are_over),
		cmocka_unit_test(
		    another_client_finds_it_as_the_lookup_of_somebody_else),
		cmocka_unit_test(two_questions_in_force_are_ambiguous),
		cmocka_unit_test(one_question_over_two_ways_is_not_ambiguous),
		cmocka_unit_test(an_address_is_of_one_version),
		cmocka_unit_test(old_lookups_are_forgotten_without_a_word),
		cmocka_unit_test(a_full_cache_forgets_the_oldest_and_says_so),
		cmocka_unit_test(one_address_has_a_bounded_number_of_names),
		cmocka_unit_test(a_chain_that_is_held_outlives_its_lookup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
