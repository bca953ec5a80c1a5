/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/nsfind agent/netns base/log */
/* What --netns may name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <stdio.h>
#include <unistd.h>

#include "agent/nsfind.h"

static void
names_and_numbers_in_a_list_are_right(void **state)
{
	(void)state;
	assert_null(nsfind_check("all"));
	assert_null(nsfind_check("alice"));
	assert_null(nsfind_check("1234"));
	assert_null(nsfind_check("alice,bob,1234"));
	assert_null(nsfind_check("alice,"));
}

static void
paths_and_nothing_are_mistakes(void **state)
{
	(void)state;
	assert_non_null(nsfind_check(""));
	assert_non_null(nsfind_check(","));
	assert_non_null(nsfind_check("/run/netns/alice"));
	assert_non_null(nsfind_check("alice,.."));
	assert_non_null(
	    nsfind_check("a name that is longer than a name of a node can be; "
			 "which is some sixty octets"));
}

static void
only_all_and_numbers_are_found_by_processes(void **state)
{
	static const char *const names[] = { "alice,bob", "4you" };
	static const char *const number[] = { "alice", "bob,12" };
	static const char *const all[] = { "alice,all" };

	(void)state;
	assert_false(nsfind_processes(names, 2));
	assert_true(nsfind_processes(number, 2));
	assert_true(nsfind_processes(all, 1));
	assert_false(nsfind_processes(NULL, 0));
}

static void
our_own_is_never_found_and_others_are_missed(void **state)
{
	char list[64];
	const char *const what[] = { list };
	struct nsfind *f = nsfind_open(what, 1);

	(void)state;
	assert_non_null(f);
	(void)snprintf(list, sizeof(list), "%d", (int)getpid());
	assert_int_equal(nsfind_scan(f), 0);
	assert_null(nsfind_at(f, 0));
	assert_null(nsfind_missing(f));

	(void)snprintf(
	    list, sizeof(list), "%d,no-such-name,999999999", (int)getpid());
	assert_int_equal(nsfind_scan(f), 0);
	assert_null(nsfind_at(f, 0));
	assert_string_equal(nsfind_missing(f), "no-such-name");
	assert_false(nsfind_unfinished(f));
	nsfind_close(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_and_numbers_in_a_list_are_right),
		cmocka_unit_test(paths_and_nothing_are_mistakes),
		cmocka_unit_test(only_all_and_numbers_are_found_by_processes),
		cmocka_unit_test(our_own_is_never_found_and_others_are_missed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
