/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/fwdtell */
/* The line of progress. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <string.h>

#include "agent/fwdtell.h"

#define S MONO_NS_PER_S

static void
a_live_source_has_packets_octets_and_rate(void **state)
{
	struct fwdtell t = { .start = { S }, .last = { S } };
	struct fwdtell_now now = {
		.time = { 3 * S }, .packets = 3000, .octets = 1234567
	};
	char line[FWDTELL_LINE_MAX];

	(void)state;
	assert_string_equal(fwdtell_line(&t, &now, line),
	    "3000 packets, 1.2 MB, 1500 packets/s");
	/* the rate is that since the last line */
	now.time.ns = 4 * S;
	now.packets = 3010;
	now.octets = 999;
	assert_string_equal(
	    fwdtell_line(&t, &now, line), "3010 packets, 999 B, 10 packets/s");
}

static void
a_file_has_a_share_and_an_end(void **state)
{
	struct fwdtell t = { .start = { 0 }, .last = { 0 } };
	struct fwdtell_now now = { .time = { 100 * S },
		.packets = 500,
		.octets = 50000,
		.done = 1000,
		.size = 40000 };
	char line[FWDTELL_LINE_MAX];

	(void)state;
	assert_string_equal(fwdtell_line(&t, &now, line),
	    "500 packets, 50.0 kB, 5 packets/s, 2.5 %, 01:05:00 left");
	now.done = now.size;
	assert_string_equal(fwdtell_line(&t, &now, line),
	    "500 packets, 50.0 kB, 0 packets/s, 100.0 %, 00:00:00 left");
}

static void
the_largest_numbers_fit(void **state)
{
	struct fwdtell t = { .start = { 0 }, .last = { 0 } };
	const struct fwdtell_now now = { .time = { INT64_MAX },
		.packets = UINT64_MAX,
		.octets = UINT64_MAX,
		.done = 1,
		.size = UINT64_MAX };
	char line[FWDTELL_LINE_MAX];

	(void)state;
	assert_in_range(
	    strlen(fwdtell_line(&t, &now, line)), 40, FWDTELL_LINE_MAX - 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_live_source_has_packets_octets_and_rate),
		cmocka_unit_test(a_file_has_a_share_and_an_end),
		cmocka_unit_test(the_largest_numbers_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
