/* SPDX-License-Identifier: BSD-3-Clause */
/* links: base/lograte base/log */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/lograte.h"

static FILE *said; /* what was printed */
static int saved;  /* standard error */

static int
begin(void **state)
{
	(void)state;
	said = tmpfile();
	saved = dup(STDERR_FILENO);
	return said == NULL || dup2(fileno(said), STDERR_FILENO) < 0;
}

static int
end(void **state)
{
	(void)state;
	(void)dup2(saved, STDERR_FILENO);
	(void)close(saved);
	return fclose(said);
}

/* The last line that was printed, "" when there is none. */
static const char *
last(void)
{
	static char line[256];

	line[0] = '\0';
	rewind(said);
	while (fgets(line, sizeof(line), said) != NULL)
		continue;
	line[strcspn(line, "\n")] = '\0';
	return line;
}

static mono_t
at(int64_t seconds)
{
	return (mono_t){ seconds * MONO_NS_PER_S };
}

static void
so_many_are_said_in_a_minute(void **state)
{
	struct lograte r = { .what = "bad peers", .max = 3 };
	unsigned int n = 0;

	(void)state;
	for (int i = 0; i < 1000; i++)
		n += lograte_may(&r, at(100 + i / 20));
	assert_int_equal(n, 3);
	assert_string_equal(last(), "");
}

static void
the_next_period_begins_with_how_many_were_left_out(void **state)
{
	struct lograte r = { .what = "bad peers", .max = 3 };

	(void)state;
	for (int i = 0; i < 10; i++)
		(void)lograte_may(&r, at(100));
	assert_true(lograte_may(&r, at(160)));
	assert_string_equal(
	    last(), "test: bad peers: 7 more messages like these");
}

static void
silence_after_a_flood_is_no_reason_not_to_tell(void **state)
{
	struct lograte r = { .what = "bad peers", .max = 1 };

	(void)state;
	for (int i = 0; i < 3; i++)
		(void)lograte_may(&r, at(100));
	lograte_tick(&r, at(159));
	assert_string_equal(last(), "");
	lograte_tick(&r, at(160));
	assert_string_equal(
	    last(), "test: bad peers: 2 more messages like these");
}

static void
the_end_tells_the_rest_once(void **state)
{
	struct lograte r = { .what = "bad peers", .max = 1 };

	(void)state;
	(void)lograte_may(&r, at(100));
	lograte_done(&r);
	assert_string_equal(last(), "");
	(void)lograte_may(&r, at(100));
	(void)lograte_may(&r, at(100));
	lograte_done(&r);
	assert_string_equal(
	    last(), "test: bad peers: 1 more messages like these");
	rewind(said);
	assert_int_equal(ftruncate(fileno(said), 0), 0);
	lograte_done(&r);
	assert_string_equal(last(), "");
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, begin, end)
	const struct CMUnitTest tests[] = {
		T(so_many_are_said_in_a_minute),
		T(the_next_period_begins_with_how_many_were_left_out),
		T(silence_after_a_flood_is_no_reason_not_to_tell),
		T(the_end_tells_the_rest_once),
	};

	log_init("test", LOG_LEVEL_INFO);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
