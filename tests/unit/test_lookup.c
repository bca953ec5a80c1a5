/* SPDX-License-Identifier: BSD-3-Clause */
/* links: base/lookup base/net -lev */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <ev.h>
#include <sched.h>
#include <string.h>

#include "base/lookup.h"

struct answer {
	struct ev_loop *loop;
	unsigned int calls;
	size_t n;
	char first[NET_NAME_MAX];
	char why[128];
};

static void
on_lookup(void *arg, const struct net_addr *addr, size_t n, const char *why)
{
	struct answer *a = arg;

	a->calls++;
	a->n = n;
	if (n > 0)
		(void)net_name(a->first, &addr[0]);
	if (why != NULL)
		memcpy(a->why, why, strnlen(why, sizeof(a->why) - 1));
	ev_break(a->loop, EVBREAK_ALL);
}

/* Look ${host} up; the answer comes from the loop, never from the call. */
static struct answer
look_up(const char *host)
{
	struct answer a = { .loop = ev_loop_new(0) };
	struct net_hostport hp = { .port = 7073 };

	assert_non_null(a.loop);
	memcpy(hp.host, host, strlen(host) + 1);
	assert_non_null(lookup_begin(a.loop, &hp, on_lookup, &a));
	assert_int_equal(a.calls, 0);
	(void)ev_run(a.loop, 0);
	assert_int_equal(a.calls, 1);
	/* the question left no watcher behind that would keep the loop */
	(void)ev_run(a.loop, 0);
	assert_int_equal(a.calls, 1);
	ev_loop_destroy(a.loop);
	return a;
}

static void
literals_are_answered_from_the_loop(void **state)
{
	struct answer a = look_up("192.0.2.1");

	(void)state;
	assert_int_equal(a.n, 1);
	assert_string_equal(a.first, "192.0.2.1:7073");
	a = look_up("2001:db8::1");
	assert_int_equal(a.n, 1);
	assert_string_equal(a.first, "[2001:db8::1]:7073");
}

static void
names_are_answered_from_the_loop(void **state)
{
	const struct answer a = look_up("localhost");

	(void)state;
	assert_true(a.n >= 1);
	assert_non_null(strstr(a.first, ":7073"));
}

static void
names_that_do_not_exist_say_why(void **state)
{
	const struct answer a = look_up("no..such..name");

	(void)state;
	assert_int_equal(a.n, 0);
	assert_string_not_equal(a.why, "");
}

static void
a_cancelled_lookup_never_answers(void **state)
{
	static const char *const host[] = { "192.0.2.1", "localhost",
		"no..such..name" };
	struct answer a = { .loop = ev_loop_new(0) };

	(void)state;
	assert_non_null(a.loop);
	lookup_cancel(NULL);
	for (size_t i = 0; i < 60; i++) {
		struct net_hostport hp = { .port = 7073 };
		struct lookup *l;

		memcpy(hp.host, host[i % 3], strlen(host[i % 3]) + 1);
		l = lookup_begin(a.loop, &hp, on_lookup, &a);
		assert_non_null(l);
		if (i % 2 == 0)
			(void)sched_yield();
		lookup_cancel(l);
	}
	(void)ev_run(a.loop, 0);
	assert_int_equal(a.calls, 0);
	ev_loop_destroy(a.loop);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(literals_are_answered_from_the_loop),
		cmocka_unit_test(names_are_answered_from_the_loop),
		cmocka_unit_test(names_that_do_not_exist_say_why),
		cmocka_unit_test(a_cancelled_lookup_never_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
