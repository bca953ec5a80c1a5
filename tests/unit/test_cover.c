/* SPDX-License-Identifier: BSD-3-Clause */
/* links: collector/cover collector/modelnet tests/unit/answer wire/dnsname */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <stdio.h>

#include "collector/cover.h"
#include "tests/unit/answer.h"

static const struct hash_key key = { { 3, 4 } };

static wall_t
at(int64_t s)
{
	return (wall_t){ s * MONO_NS_PER_S };
}

/* Resolvers report within 2 s. */
static struct cover *
make_for(bool all)
{
	struct cover *c = cover_new(100, 2 * MONO_NS_PER_S, all, &key);

	assert_non_null(c);
	return c;
}

static struct cover *
make(void)
{
	return make_for(false);
}

static void
asks(struct cover *c, int64_t s, unsigned int src, uint32_t conn,
    const char *client)
{
	struct obs o;

	answer_make(&o, 0, client, "a.example", "192.0.2.1/60");
	o.dns.conn = conn;
	cover_answer(c, src, at(s), &o.dns);
}

static bool
proves(const struct cover *c, const char *client, int64_t from, int64_t until)
{
	uint8_t addr[16];
	const uint8_t ver = answer_addr(addr, client);

	return cover_proves(c, ver, addr, at(from), at(until));
}

static void
a_client_that_asked_is_covered_from_the_beginning_of_the_connection(
    void **state)
{
	struct cover *c = make();

	(void)state;
	cover_up(c, 1, 1, at(100));
	assert_false(proves(c, "10.0.0.1", 110, 120));
	asks(c, 115, 1, 1, "10.0.0.1");
	cover_alive(c, 1, at(121));
	assert_false(proves(c, "10.0.0.1", 110, 120));
	cover_alive(c, 1, at(122));
	assert_true(proves(c, "10.0.0.1", 110, 120));
	assert_true(proves(c, "10.0.0.1", 100, 120));
	assert_false(proves(c, "10.0.0.1", 99, 120));
	assert_false(proves(c, "10.0.0.2", 110, 120));
	assert_false(proves(c, "2001:db8::1", 110, 120));
	cover_free(c);
}

static void
an_answer_is_a_sign_of_life_of_its_connection_only(void **state)
{
	struct cover *c = make();

	(void)state;
	cover_up(c, 1, 1, at(100));
	cover_up(c, 1, 2, at(100));
	asks(c, 110, 1, 1, "10.0.0.1");
	asks(c, 110, 1, 2, "10.0.0.2");
	asks(c, 130, 1, 1, "10.0.0.3");
	assert_true(proves(c, "10.0.0.1", 110, 120));
	assert_false(proves(c, "10.0.0.2", 110, 120));
	cover_free(c);
}

static void
a_gap_ends_the_proof_until_later(void **state)
{
	struct cover *c = make();

	(void)state;
	cover_up(c, 1, 1, at(100));
	cover_up(c, 2, 1, at(100));
	asks(c, 110, 1, 1, "10.0.0.1");
	asks(c, 110, 2, 1, "10.0.0.2");
	cover_gap(c, 1, at(120));
	cover_alive(c, 1, at(150));
	cover_alive(c, 2, at(150));
	assert_false(proves(c, "10.0.0.1", 110, 130));
	assert_true(proves(c, "10.0.0.1", 120, 130));
	assert_true(proves(c, "10.0.0.2", 110, 130));
	cover_free(c);
}

static void
a_lost_resolver_uncovers_its_clients_until_it_is_back(void **state)
{
	struct cover *c = make();

	(void)state;
	cover_up(c, 1, 1, at(100));
	cover_up(c, 2, 1, at(100));
	asks(c, 110, 1, 1, "10.0.0.1");
	asks(c, 111, 2, 1, "10.0.0.1");
	cover_alive(c, 2, at(500));
	cover_down(c, 1, 1);
	assert_false(proves(c, "10.0.0.1", 120, 130));
	asks(c, 140, 2, 1, "10.0.0.1");
	assert_false(proves(c, "10.0.0.1", 120, 130));
	cover_up(c, 1, 2, at(200));
	cover_alive(c, 1, at(500));
	assert_false(proves(c, "10.0.0.1", 210, 220));
	asks(c, 230, 1, 2, "10.0.0.1");
	assert_true(proves(c, "10.0.0.1", 210, 220));
	assert_false(proves(c, "10.0.0.1", 199, 220));
	cover_free(c);
}

static void
a_source_that_is_gone_takes_its_connections_along(void **state)
{
	struct cover *c = make();

	(void)state;
	cover_up(c, 1, 1, at(100));
	cover_up(c, 1, 2, at(100));
	cover_up(c, 1025, 1, at(100)); /* the same list of the table */
	asks(c, 110, 1, 2, "10.0.0.1");
	asks(c, 110, 1025, 1, "10.0.0.2");
	cover_alive(c, 1, at(200));
	cover_alive(c, 1025, at(200));
	assert_true(proves(c, "10.0.0.1", 110, 120));
	cover_gone(c, 1);
	assert_false(proves(c, "10.0.0.1", 110, 120));
	assert_true(proves(c, "10.0.0.2", 110, 120));
	cover_free(c);
}

static void
a_connection_begun_unseen_counts_from_its_first_answer(void **state)
{
	struct cover *c = make();

	(void)state;
	asks(c, 110, 1, 7, "10.0.0.1");
	cover_alive(c, 1, at(200));
	assert_true(proves(c, "10.0.0.1", 110, 120));
	assert_false(proves(c, "10.0.0.1", 109, 120));
	cover_free(c);
}

static void
a_declared_client_needs_all_resolvers_that_ever_were(void **state)
{
	static const struct modelnet net[] = { { { 10, 7 }, 4, 16 } };
	struct cover *c = make();

	(void)state;
	cover_declare(c, net, 1);
	assert_false(proves(c, "10.7.0.1", 110, 120));
	cover_up(c, 1, 1, at(100));
	cover_up(c, 2, 1, at(105));
	cover_alive(c, 1, at(150));
	assert_false(proves(c, "10.7.0.1", 110, 120));
	cover_alive(c, 2, at(150));
	assert_true(proves(c, "10.7.0.1", 110, 120));
	assert_false(proves(c, "10.7.0.1", 104, 120));
	assert_false(proves(c, "10.8.0.1", 110, 120));
	cover_down(c, 2, 1);
	assert_false(proves(c, "10.7.0.1", 110, 120));
	cover_up(c, 2, 2, at(160));
	cover_alive(c, 1, at(200));
	cover_alive(c, 2, at(200));
	assert_true(proves(c, "10.7.0.1", 160, 170));
	assert_false(proves(c, "10.7.0.1", 159, 170));
	cover_free(c);
}

static void
any_lost_resolver_uncovers_everybody_if_all_matter(void **state)
{
	struct cover *c = make_for(true);

	(void)state;
	cover_up(c, 1, 1, at(100));
	cover_up(c, 2, 1, at(105));
	asks(c, 110, 1, 1, "10.0.0.1");
	cover_alive(c, 1, at(150));
	cover_alive(c, 2, at(150));
	assert_true(proves(c, "10.0.0.1", 110, 120));
	assert_false(proves(c, "10.0.0.1", 104, 120));
	assert_false(proves(c, "10.0.0.2", 110, 120));
	cover_gap(c, 2, at(112));
	assert_false(proves(c, "10.0.0.1", 110, 120));
	assert_true(proves(c, "10.0.0.1", 112, 120));
	cover_down(c, 2, 1);
	assert_false(proves(c, "10.0.0.1", 112, 120));
	cover_free(c);
}

static void
a_forgotten_lookup_uncovers_its_client_for_the_past(void **state)
{
	struct cover *c = make();
	uint8_t addr[16];

	(void)state;
	(void)answer_addr(addr, "10.0.0.1");
	cover_up(c, 1, 1, at(100));
	asks(c, 110, 1, 1, "10.0.0.1");
	cover_alive(c, 1, at(200));
	cover_forget(c, at(150), 4, addr);
	assert_false(proves(c, "10.0.0.1", 120, 160));
	assert_true(proves(c, "10.0.0.1", 150, 160));
	cover_free(c);
}

static void
the_longest_silent_client_is_forgotten_first(void **state)
{
	struct cover *c = make();
	char client[32];

	(void)state;
	cover_up(c, 1, 1, at(100));
	asks(c, 110, 1, 1, "10.9.0.1");
	asks(c, 110, 1, 1, "10.9.0.2");
	for (int i = 0; i < 98; i++) {
		(void)snprintf(client, sizeof(client), "10.0.0.%d", i);
		asks(c, 111, 1, 1, client);
	}
	asks(c, 112, 1, 1, "10.9.0.1");
	asks(c, 113, 1, 1, "10.9.0.3");
	cover_alive(c, 1, at(200));
	assert_int_equal(cover_clients(c), 100);
	assert_true(proves(c, "10.9.0.1", 110, 120));
	assert_false(proves(c, "10.9.0.2", 110, 120));
	/* What a client asked that may have been forgotten is not known. */
	assert_false(proves(c, "10.9.0.3", 112, 120));
	assert_true(proves(c, "10.9.0.3", 113, 120));
	cover_free(c);
}

static void
a_client_of_too_many_resolvers_is_never_covered(void **state)
{
	struct cover *c = make();

	(void)state;
	for (uint32_t conn = 1; conn <= 5; conn++) {
		cover_up(c, 1, conn, at(100));
		asks(c, 110, 1, conn, "10.0.0.1");
	}
	cover_alive(c, 1, at(200));
	assert_false(proves(c, "10.0.0.1", 110, 120));
	cover_free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_client_that_asked_is_covered_from_the_beginning_of_the_connection),
		cmocka_unit_test(
		    an_answer_is_a_sign_of_life_of_its_connection_only),
		cmocka_unit_test(a_gap_ends_the_proof_until_later),
		cmocka_unit_test(
		    a_lost_resolver_uncovers_its_clients_until_it_is_back),
		cmocka_unit_test(
		    a_source_that_is_gone_takes_its_connections_along),
		cmocka_unit_test(
		    a_connection_begun_unseen_counts_from_its_first_answer),
		cmocka_unit_test(
		    a_declared_client_needs_all_resolvers_that_ever_were),
		cmocka_unit_test(
		    any_lost_resolver_uncovers_everybody_if_all_matter),
		cmocka_unit_test(
		    a_forgotten_lookup_uncovers_its_client_for_the_past),
		cmocka_unit_test(the_longest_silent_client_is_forgotten_first),
		cmocka_unit_test(
		    a_client_of_too_many_resolvers_is_never_covered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
