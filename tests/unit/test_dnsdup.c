/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/dnsdup wire/dnsname */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "agent/dnsdup.h"
#include "wire/bytes.h"

static struct dnsdup *
make(enum dnsdup_mode mode)
{
	static const struct hash_key key = { { 0x9e3779b97f4a7c15,
	    0xd6e8feb86659fd93 } };
	struct dnsdup *d = dnsdup_new(mode, MONO_NS_PER_S, &key);

	assert_non_null(d);
	return d;
}

/* Client ${client} asks for ${name} at ${ms} milliseconds. */
static bool
ask(struct dnsdup *d, int64_t ms, uint32_t client, unsigned int qtype,
    const char *name)
{
	struct obs_dns o = { .ipver = 4,
		.qtype = (uint16_t)qtype,
		.names = (const uint8_t *)name };

	put_be32(o.client, client);
	return dnsdup_seen(d, (wall_t){ ms * MONO_NS_PER_MS }, &o);
}

static void
the_same_client_and_question_are_seen_once_in_a_window(void **state)
{
	struct dnsdup *d = make(DNSDUP_CLIENT);

	(void)state;
	assert_false(ask(d, 0, 1, 1, "\1a"));
	assert_true(ask(d, 500, 1, 1, "\1a"));
	assert_false(ask(d, 500, 2, 1, "\1a"));
	assert_false(ask(d, 500, 1, 28, "\1a"));
	assert_false(ask(d, 500, 1, 1, "\1b"));
	assert_true(ask(d, 1000, 1, 1, "\1a"));
	assert_false(ask(d, 1001, 1, 1, "\1a"));
	free(d);
}

/* A flow goes to the address that was given: none may be left out. */
static void
another_answer_to_the_same_question_passes(void **state)
{
	const struct obs_dns_addr addr[] = { { { 192, 0, 2, 1 }, 60 },
		{ { 192, 0, 2, 2 }, 60 }, { { 192, 0, 2, 1 }, 30 } };
	struct obs_dns o = { .ipver = 4,
		.qtype = 1,
		.n_names = 1,
		.names = (const uint8_t *)"\1a",
		.n_addrs = 2,
		.addrs = addr };
	struct dnsdup *d = make(DNSDUP_CLIENT);
	struct dnsdup *by_name = make(DNSDUP_NAME);
	const wall_t now = { 0 };

	(void)state;
	assert_false(dnsdup_seen(d, now, &o));
	assert_false(dnsdup_seen(by_name, now, &o));
	o.addrs = addr + 1; /* in another order, with other TTLs */
	assert_true(dnsdup_seen(d, now, &o));
	o.n_addrs = 1;
	assert_false(dnsdup_seen(d, now, &o));
	assert_true(dnsdup_seen(by_name, now, &o));
	o.n_names = 2;
	o.names = (const uint8_t *)"\1a\0\1b";
	assert_false(dnsdup_seen(d, now, &o));
	assert_true(dnsdup_seen(by_name, now, &o));
	free(d);
	free(by_name);
}

/* Fixed, not sliding: what came late in it is forgotten with the rest. */
static void
all_are_forgotten_together(void **state)
{
	struct dnsdup *d = make(DNSDUP_CLIENT);

	(void)state;
	assert_false(ask(d, 0, 1, 1, "\1a"));
	assert_false(ask(d, 990, 1, 1, "\1b"));
	assert_false(ask(d, 1010, 1, 1, "\1b"));
	assert_true(ask(d, 2010, 1, 1, "\1b"));
	assert_false(ask(d, 2011, 1, 1, "\1b"));
	free(d);
}

static void
by_name_the_client_does_not_matter(void **state)
{
	struct dnsdup *d = make(DNSDUP_NAME);

	(void)state;
	assert_false(ask(d, 0, 1, 1, "\1a"));
	assert_true(ask(d, 0, 2, 1, "\1a"));
	assert_false(ask(d, 0, 2, 28, "\1a"));
	free(d);
}

static void
off_sees_nothing(void **state)
{
	struct dnsdup *d = make(DNSDUP_OFF);

	(void)state;
	assert_false(ask(d, 0, 1, 1, "\1a"));
	assert_false(ask(d, 0, 1, 1, "\1a"));
	free(d);
}

/* A clock that was far ahead must not stop all for as long. */
static void
time_that_runs_back_opens_a_window_too(void **state)
{
	struct dnsdup *d = make(DNSDUP_CLIENT);

	(void)state;
	assert_false(ask(d, 100000, 1, 1, "\1a"));
	assert_true(ask(d, 99500, 1, 1, "\1a"));
	assert_false(ask(d, 98000, 1, 1, "\1a"));
	assert_true(ask(d, 98000, 1, 1, "\1a"));
	assert_false(ask(d, INT64_MIN / MONO_NS_PER_MS, 1, 1, "\1a"));
	assert_false(ask(d, INT64_MAX / MONO_NS_PER_MS, 1, 1, "\1a"));
	free(d);
}

static void
beyond_the_bound_duplicates_pass(void **state)
{
	struct dnsdup *d = make(DNSDUP_CLIENT);

	(void)state;
	for (int64_t at = 0; at <= 2000; at += 2000) {
		for (uint32_t i = 0; i < DNSDUP_MAX; i++)
			assert_false(ask(d, at, i, 1, "\1a"));
		for (uint32_t i = 0; i < DNSDUP_MAX; i++)
			assert_true(ask(d, at, i, 1, "\1a"));
		assert_false(ask(d, at, DNSDUP_MAX, 1, "\1a"));
		assert_false(ask(d, at, DNSDUP_MAX, 1, "\1a"));
	}
	free(d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    the_same_client_and_question_are_seen_once_in_a_window),
		cmocka_unit_test(another_answer_to_the_same_question_passes),
		cmocka_unit_test(all_are_forgotten_together),
		cmocka_unit_test(by_name_the_client_does_not_matter),
		cmocka_unit_test(off_sees_nothing),
		cmocka_unit_test(time_that_runs_back_opens_a_window_too),
		cmocka_unit_test(beyond_the_bound_duplicates_pass),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
