/* SPDX-License-Identifier: BSD-3-Clause */
/* links: collector/sinkfmt collector/modelnet */
/* Pieces of text of the outputs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "collector/sinkfmt.h"
#include "wire/hello.h"

static const char *
ended(char *start, char *end)
{
	*end = '\0';
	return start;
}

static void
numbers_are_those_of_printf(void **state)
{
	char want[32];
	char got[32];

	(void)state;
	for (uint64_t v = 1, i = 0; i < 64; i++, v *= 2) {
		snprintf(want, sizeof(want), "%" PRIu64, v - 1);
		assert_string_equal(ended(got, sinkfmt_u64(got, v - 1)), want);
	}
	assert_string_equal(
	    ended(got, sinkfmt_u64(got, UINT64_MAX)), "18446744073709551615");
}

static void
times_have_six_digits_or_nine(void **state)
{
	char t[SINKFMT_TIME_MAX + 1];
	const wall_t us = wall_make(1700000000, 123000);
	const wall_t ns = wall_make(1700000000, 123456789);

	(void)state;
	assert_string_equal(ended(t, sinkfmt_time(t, us, CONF_TIME_EPOCH)),
	    "1700000000.000123");
	assert_string_equal(ended(t, sinkfmt_time(t, us, CONF_TIME_ISO)),
	    "2023-11-14T22:13:20.000123Z");
	assert_string_equal(ended(t, sinkfmt_time(t, ns, CONF_TIME_ISO)),
	    "2023-11-14T22:13:20.123456789Z");
	assert_string_equal(ended(t, sinkfmt_usec(t, ns)), "1700000000.123456");
	assert_string_equal(
	    ended(t, sinkfmt_usec(t, (wall_t){ -1 })), "-1.999999");
}

static void
dates_are_those_of_gmtime(void **state)
{
	(void)state;
	for (int64_t sec = -9000000000; sec < 9000000000; sec += 7654321) {
		char want[64];
		char got[SINKFMT_TIME_MAX + 1];
		const time_t t = (time_t)sec;
		struct tm tm;

		gmtime_r(&t, &tm);
		strftime(want, sizeof(want), "%Y-%m-%dT%H:%M:%S.000000Z", &tm);
		assert_string_equal(
		    ended(got,
			sinkfmt_time(got, wall_make(sec, 0), CONF_TIME_ISO)),
		    want);
	}
}

static void
hostile_names_stay_inside_their_quotes(void **state)
{
	static const char name[] = "a\"b\\c\n\x01\xff<,";
	char text[128];

	(void)state;
	assert_string_equal(
	    ended(text, sinkfmt_json(text, name, SINKFMT_NAME_MAX)),
	    "\"a\\\"b\\\\c\\u000a\\u0001\\u00ff<,\"");
	assert_string_equal(
	    ended(text, sinkfmt_csv(text, name, SINKFMT_NAME_MAX)),
	    "\"a\"\"b\\c\\x0a\\x01\\xff<,\"");
	assert_string_equal(
	    ended(text, sinkfmt_json(text, "abcdef", 3)), "\"abc\"");
}

static void
interfaces_without_a_name_are_numbers(void **state)
{
	static const struct hello_iface eth0 = { .name = "eth0" };
	const struct sink_src src = { .ifs = { 1, &eth0 } };
	char text[LINE_IFNAME_MAX];

	(void)state;
	assert_string_equal(sinkfmt_iface(text, &src, 0), "eth0");
	assert_string_equal(sinkfmt_iface(text, &src, 200), "200");
}

static void
unknown_roles_have_no_name(void **state)
{
	(void)state;
	assert_null(sinkfmt_role(OBS_ROLE_UNKNOWN));
	assert_string_equal(sinkfmt_role(OBS_ROLE_FORWARDED), "forwarded");
	assert_null(sinkfmt_role(OBS_ROLE_MAX + 1));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_those_of_printf),
		cmocka_unit_test(times_have_six_digits_or_nine),
		cmocka_unit_test(dates_are_those_of_gmtime),
		cmocka_unit_test(hostile_names_stay_inside_their_quotes),
		cmocka_unit_test(interfaces_without_a_name_are_numbers),
		cmocka_unit_test(unknown_roles_have_no_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
