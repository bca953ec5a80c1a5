/* SPDX-License-Identifier: BSD-3-Clause */
/* links: base/meter -ljansson -lm */
/* Meters on invented time, against recorded lines of the old agents. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "base/meter.h"

#define ORACLE "tests/golden/shodohflo/stats_oracle.json"

static mono_t
at(double sec)
{
	return (mono_t){ llround(sec * 1e6) * MONO_NS_PER_US };
}

/* The timers under way, as the recording numbers them. */
static mono_t since[256];
static size_t n_since;

static mono_t
take(size_t i)
{
	const mono_t t = since[i];

	assert_true(i < n_since);
	n_since--;
	memmove(&since[i], &since[i + 1], (n_since - i) * sizeof(t));
	return t;
}

static void
every_recorded_line_comes_out_again(void **state)
{
	json_t *root = json_load_file(ORACLE, 0, NULL);
	char line[METER_LINE_MAX];
	unsigned int n = 0;
	struct meter m;
	const json_t *op;
	size_t i;

	(void)state;
	assert_non_null(root);
	meter_init(
	    &m, "x", at(json_number_value(json_object_get(root, "start"))));
	json_array_foreach(json_object_get(root, "ops"), i, op)
	{
		const mono_t now = at(json_number_value(json_array_get(op, 0)));
		const char *what = json_string_value(json_array_get(op, 1));
		const json_t *arg = json_array_get(op, 2);

		if (strcmp(what, "start") == 0) {
			meter_start(&m, 1, now);
			since[n_since++] = now;
		} else if (strcmp(what, "stop") == 0) {
			meter_stop(
			    &m, 1, take((size_t)json_integer_value(arg)), now);
		} else {
			assert_string_equal(
			    meter_line(line, &m, now), json_string_value(arg));
			n++;
		}
	}
	assert_int_equal(n, 142);
	json_decref(root);
}

static void
the_running_second_is_not_shown(void **state)
{
	char line[METER_LINE_MAX];
	struct meter m;

	(void)state;
	meter_init(&m, "name", at(10));
	meter_start(&m, 1, at(10));
	assert_non_null(strstr(meter_line(line, &m, at(10.999)),
	    "dmax=0 d1=0.0000 d10=0.0000 d60=0.0000 nmin=0 nmax=0"));
	assert_non_null(strstr(meter_line(line, &m, at(11)),
	    "dmax=1 d1=1.0000 d10=0.1000 d60=0.0167 nmin=0 nmax=1"));
	assert_memory_equal(line, "name: emin=0.0000 ", 18);
}

static void
many_at_once_count_as_many(void **state)
{
	char line[METER_LINE_MAX];
	struct meter m;

	(void)state;
	meter_init(&m, "x", at(1));
	meter_start(&m, 300, at(1));
	meter_stop(&m, 200, at(1), at(1.5));
	assert_string_equal(meter_line(line, &m, at(2)),
	    "x: emin=0.0000 emax=0.5000 e1=0.5000 e10=0.0500 e60=0.0083 "
	    "dmin=0 dmax=100 d1=100.0000 d10=10.0000 d60=1.6667 "
	    "nmin=0 nmax=300 n1=300.0000 n10=30.0000 n60=5.0000");
}

static void
a_pause_of_a_year_leaves_the_present_level(void **state)
{
	char line[METER_LINE_MAX];
	struct meter m;

	(void)state;
	meter_init(&m, "x", at(1));
	meter_start(&m, 2, at(1));
	assert_string_equal(meter_line(line, &m, at(31536001)),
	    "x: emin=0.0000 emax=0.0000 e1=0.0000 e10=0.0000 e60=0.0000 "
	    "dmin=2 dmax=2 d1=2.0000 d10=2.0000 d60=2.0000 "
	    "nmin=0 nmax=0 n1=0.0000 n10=0.0000 n60=0.0000");
}

static void
the_last_minute_is_exact(void **state)
{
	char line[METER_LINE_MAX];
	struct meter m;

	(void)state;
	meter_init(&m, "x", at(0));
	meter_start(&m, 60, at(0));
	meter_stop(&m, 60, at(0), at(0.5));
	assert_non_null(
	    strstr(meter_line(line, &m, at(60.9)), "nmax=60 n1=0.0000"));
	assert_non_null(strstr(line, "n60=1.0000"));
	assert_non_null(strstr(meter_line(line, &m, at(61)), "nmax=0 "));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_recorded_line_comes_out_again),
		cmocka_unit_test(the_running_second_is_not_shown),
		cmocka_unit_test(many_at_once_count_as_many),
		cmocka_unit_test(a_pause_of_a_year_leaves_the_present_level),
		cmocka_unit_test(the_last_minute_is_exact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
