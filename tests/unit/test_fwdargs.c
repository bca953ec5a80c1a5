/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/fwdargs */
/* Command lines and durations as Go reads them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "agent/fwdargs.h"

/* The command line ${text}, its words between blanks. */
static struct fwdargs
words(const char *text)
{
	static char copy[256];
	static char *argv[16];
	struct fwdargs a = { .argv = argv };

	assert_in_range(
	    snprintf(copy, sizeof(copy), "%s", text), 1, sizeof(copy) - 1);
	for (char *p = strtok(copy, " "); p != NULL; p = strtok(NULL, " "))
		argv[a.argc++] = p;
	return a;
}

static void
one_dash_or_two_blank_or_equals(void **state)
{
	struct fwdargs a = words("-vni 7 --vni 8 -vni=9 --vni= -x=a=b");
	static const char *const values[] = { "7", "8", "9", "", "a=b" };

	(void)state;
	for (int i = 0; i < 5; i++) {
		assert_int_equal(fwdargs_next(&a), FWDARGS_OPTION);
		assert_string_equal(a.name, i < 4 ? "vni" : "x");
		assert_string_equal(fwdargs_value(&a), values[i]);
	}
	assert_int_equal(fwdargs_next(&a), FWDARGS_END);
	assert_int_equal(a.at, a.argc);
}

static void
a_value_may_look_like_an_option(void **state)
{
	struct fwdargs a = words("-delay -5ms -r - tcp -p");

	(void)state;
	assert_int_equal(fwdargs_next(&a), FWDARGS_OPTION);
	assert_string_equal(fwdargs_value(&a), "-5ms");
	assert_int_equal(fwdargs_next(&a), FWDARGS_OPTION);
	assert_string_equal(fwdargs_value(&a), "-");
	assert_int_equal(fwdargs_next(&a), FWDARGS_END);
	assert_string_equal(a.argv[a.at], "tcp");
}

static void
an_option_without_a_value_takes_no_word(void **state)
{
	struct fwdargs a = words("-promisc false");

	(void)state;
	assert_int_equal(fwdargs_next(&a), FWDARGS_OPTION);
	assert_null(a.value);
	assert_int_equal(fwdargs_next(&a), FWDARGS_END);
	assert_int_equal(a.at, 1);
}

static void
the_last_option_may_lack_its_value(void **state)
{
	struct fwdargs a = words("-vni");

	(void)state;
	assert_int_equal(fwdargs_next(&a), FWDARGS_OPTION);
	assert_null(fwdargs_value(&a));
}

static void
two_dashes_end_the_options(void **state)
{
	struct fwdargs a = words("-debug -- -net 10.0.0.0/8");

	(void)state;
	assert_int_equal(fwdargs_next(&a), FWDARGS_OPTION);
	assert_int_equal(fwdargs_next(&a), FWDARGS_END);
	assert_int_equal(a.at, 2);
}

static void
what_is_no_option_is_told(void **state)
{
	static const char long_name[] =
	    "-a2345678901234567890123456789012345678901234567890"
	    "12345678901234";
	const char *const bad[] = { "---x", "-=", "--=1", long_name };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct fwdargs a = words(bad[i]);

		assert_int_equal(fwdargs_next(&a), FWDARGS_BAD);
		assert_int_equal(a.at, 1);
	}
}

static void
truth_has_the_words_of_go(void **state)
{
	static const char *const yes[] = { "1", "t", "T", "true", "TRUE",
		"True" };
	static const char *const no[] = { "0", "f", "F", "false", "FALSE",
		"False" };
	bool v = false;

	(void)state;
	for (int i = 0; i < 6; i++) {
		assert_int_equal(fwdargs_bool(&v, yes[i]), 0);
		assert_true(v);
		assert_int_equal(fwdargs_bool(&v, no[i]), 0);
		assert_false(v);
	}
	assert_int_equal(fwdargs_bool(&v, "yes"), -1);
	assert_int_equal(fwdargs_bool(&v, ""), -1);
	assert_int_equal(fwdargs_bool(&v, "tRUE"), -1);
}

static void
durations_have_units(void **state)
{
	static const struct {
		const char *text;
		int64_t ns;
	} good[] = { { "0", 0 }, { "+0", 0 }, { "1ms", 1000000 },
		{ "10us", 10000 }, { "10\302\265s", 10000 },
		{ "10\316\274s", 10000 }, { "1.5s", 1500000000 },
		{ "2m", 120000000000 }, { "1h30m", 5400000000000 },
		{ ".5ms", 500000 }, { "1.ms", 1000000 }, { "7ns", 7 },
		{ "1m0.25s", 60250000000 }, { "+3us", 3000 },
		{ "0.0000001s", 100 } };
	static const char *const bad[] = { "", "1", "ms", "-1ms", ".s", "1ms2",
		"1 ms", "1x", "1e3s", "99999999999999999999s",
		"9000000h9999999h", "1.5.5s", "+", "0x1s" };
	int64_t ns = -1;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(fwdargs_duration(&ns, good[i].text), 0);
		assert_int_equal(ns, good[i].ns);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(fwdargs_duration(&ns, bad[i]), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_dash_or_two_blank_or_equals),
		cmocka_unit_test(a_value_may_look_like_an_option),
		cmocka_unit_test(an_option_without_a_value_takes_no_word),
		cmocka_unit_test(the_last_option_may_lack_its_value),
		cmocka_unit_test(two_dashes_end_the_options),
		cmocka_unit_test(what_is_no_option_is_told),
		cmocka_unit_test(truth_has_the_words_of_go),
		cmocka_unit_test(durations_have_units),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
