/* SPDX-License-Identifier: BSD-3-Clause */
/* links: base/seldom base/log tests/unit/tmpfile */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>

#include "base/log.h"
#include "base/seldom.h"
#include "tests/unit/tmpfile.h"

static void
a_message_of_a_kind_comes_once_in_ten_seconds(void **state)
{
	struct seldom s = { .hidden = 0 }, other = { .hidden = 0 };
	mono_t now = { 5 };

	(void)state;
	log_init("p", LOG_LEVEL_WARN);
	tmpfile_capture();
	seldom_warnx(&s, now, "peer %d", 1);
	now.ns += SELDOM_NS - 1;
	seldom_warnx(&s, now, "peer %d", 2);
	seldom_warnx(&s, now, "peer %d", 3);
	seldom_warnx(&other, now, "another");
	now.ns++;
	seldom_warnx(&s, now, "peer %d", 4);
	now.ns += SELDOM_NS;
	seldom_warnx(&s, now, "peer %d", 5);
	assert_string_equal(tmpfile_captured(),
	    "p: peer 1\np: another\np: peer 4 (and 2 like it before)\n"
	    "p: peer 5\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_of_a_kind_comes_once_in_ten_seconds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
