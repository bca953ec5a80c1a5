/* SPDX-License-Identifier: BSD-3-Clause */
/* links: collector/clockest */
/* Clocks that are off, drift and jump, over ways of any delay. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <stdio.h>

#include "collector/clockest.h"

#define US    MONO_NS_PER_US
#define MS    MONO_NS_PER_MS
#define S     MONO_NS_PER_S

#define EPOCH (1700000000 * S) /* our clock at the time 0 */

/* The world: true time is our monotonic clock. */
static struct {
	int64_t now;
	int64_t offset; /* of the other clock, at .since */
	int64_t since;
	int64_t rate; /* it grows by, 10^-9 */
	int64_t ours; /* our clock was set by so much */
	uint64_t chance;
} world;

static struct clockest c;

static int
begin(void **state)
{
	(void)state;
	world.now = 1000 * S;
	world.since = world.now;
	world.offset = world.rate = world.ours = 0;
	world.chance = 88172645463325252u;
	clockest_init(&c);
	return 0;
}

/* xorshift64: below ${n} */
static int64_t
chance(int64_t n)
{
	world.chance ^= world.chance << 13;
	world.chance ^= world.chance >> 7;
	world.chance ^= world.chance << 17;
	return (int64_t)(world.chance % (uint64_t)n);
}

static int64_t
truth(void)
{
	return world.offset +
	       (world.now - world.since) / 1000 * world.rate / 1000000;
}

static void
set_rate(int64_t rate)
{
	world.offset = truth();
	world.since = world.now;
	world.rate = rate;
}

static wall_t
our_clock(void)
{
	return (wall_t){ EPOCH + world.now + world.ours };
}

static wall_t
their_clock(void)
{
	return (wall_t){ EPOCH + world.now + truth() };
}

/* A question that is under way for ${there}, held, and back after ${back}. */
static bool
exchange(int64_t there, int64_t held, int64_t back)
{
	struct clockest_exchange x = { .asked = our_clock(),
		.asked_at = { world.now } };

	world.now += there;
	x.received = their_clock();
	world.now += held;
	x.answered = their_clock();
	world.now += back;
	x.came = our_clock();
	x.came_at.ns = world.now;
	return clockest_add(&c, &x);
}

/* The bound holds now.  Returns it. */
static int64_t
checked(void)
{
	struct clockest_offset o;
	const int64_t is = truth() - world.ours;

	assert_true(clockest_get(&c, (mono_t){ world.now }, &o));
	if (o.ns - is > o.bound_ns || is - o.ns > o.bound_ns) {
		fail_msg("%lld us +- %lld, but it is %lld",
		    (long long)(o.ns / US), (long long)(o.bound_ns / US),
		    (long long)(is / US));
	}
	return o.bound_ns;
}

/* So much time passes; the bound holds all the while. */
static void
pass(int64_t span)
{
	for (int i = 0; i < 10; i++) {
		world.now += span / 10;
		checked();
	}
}

static void
nothing_is_known_before_the_first_exchange(void **state)
{
	struct clockest_offset o;
	int64_t ppb;

	(void)state;
	assert_false(clockest_get(&c, (mono_t){ world.now }, &o));
	assert_false(clockest_rate(&c, &ppb));
}

static void
one_exchange_is_right_within_half_its_delay(void **state)
{
	(void)state;
	world.offset = -3600 * S;
	assert_true(exchange(9 * MS, 50 * MS, 1 * MS));
	assert_int_equal(c.round_trip_ns, 10 * MS);
	assert_in_range(checked(), 5 * MS, 5 * MS + 40 * US);
}

static void
the_best_of_both_ways_counts(void **state)
{
	(void)state;
	world.offset = 250 * MS;
	/* now the one way is short, now the other: no exchange is good */
	for (int i = 0; i < 10; i++) {
		exchange(100 * US, 0, 20 * MS);
		exchange(20 * MS, 0, 100 * US);
	}
	assert_in_range(checked(), 0, 200 * US);
}

static void
the_bound_holds_whatever_the_delays(void **state)
{
	(void)state;
	for (int run = 0; run < 200; run++) {
		begin(NULL);
		world.chance += (uint64_t)run * 7919;
		world.offset = chance(7200 * S) - 3600 * S;
		set_rate(chance(900000) - 450000);
		for (int i = 0; i < 60; i++) {
			const int64_t there = chance(10) == 0 ? 80 * MS : MS;
			const int64_t back = chance(4) == 0 ? 900 * MS : 5 * MS;

			exchange(10 * US + chance(there), chance(MS),
			    20 * US + chance(back));
			checked();
			pass(i < 8 ? S : 3 * S + chance(2 * S));
		}
		assert_int_equal(c.steps, 0);
		assert_int_equal(c.refused, 0);
		assert_int_equal(c.samples, 60);
	}
}

static void
the_bound_holds_while_the_rate_wanders(void **state)
{
	(void)state;
	for (int run = 0; run < 50; run++) {
		begin(NULL);
		world.chance += (uint64_t)run * 104729;
		for (int i = 0; i < 200; i++) {
			set_rate(20000 + chance(CLOCKEST_WANDER));
			exchange(30 * US + chance(200 * US), 0,
			    30 * US + chance(200 * US));
			pass(i < 8 ? S : 4 * S);
		}
		assert_int_equal(c.steps, 0);
	}
}

static void
on_a_short_way_the_bound_is_below_a_millisecond(void **state)
{
	int64_t most = 0;

	(void)state;
	world.offset = 3600 * S + 250 * MS;
	set_rate(-100000);
	for (int i = 0; i < 100; i++) {
		exchange(40 * US + chance(100 * US), 10 * US,
		    40 * US + chance(100 * US));
		for (int k = 0; k < 5; k++) {
			const int64_t bound = checked();

			if (bound > most)
				most = bound;
			world.now += (i < 8 ? S : 5 * S) / 5;
		}
	}
	assert_in_range(most, 20 * US, MS);
}

static void
the_drift_is_told_once_it_is_known(void **state)
{
	int64_t ppb;

	(void)state;
	set_rate(123000);
	exchange(MS, 0, MS);
	assert_false(clockest_rate(&c, &ppb));
	for (int i = 0; i < 8; i++) {
		pass(S);
		exchange(100 * US, 0, 100 * US);
	}
	for (int i = 0; i < 8; i++) {
		pass(4 * S);
		exchange(100 * US, 0, 100 * US);
	}
	assert_true(clockest_rate(&c, &ppb));
	assert_in_range(
	    ppb, 123000 - 2 * CLOCKEST_WANDER, 123000 + 2 * CLOCKEST_WANDER);
}

static void
steps_of_their_clock_begin_anew_and_are_counted(void **state)
{
	static const int64_t steps[] = { 3600 * S, -3600 * S, 30 * MS,
		-30 * MS };

	(void)state;
	for (size_t k = 0; k < sizeof(steps) / sizeof(steps[0]); k++) {
		for (int i = 0; i < 20; i++) {
			exchange(200 * US, 0, 200 * US);
			pass(2 * S);
		}
		assert_int_equal(c.steps, k);
		world.offset += steps[k];
		exchange(300 * US, 0, 200 * US);
		assert_int_equal(c.steps, k + 1);
		checked();
	}
}

static void
a_step_of_our_clock_is_one_too(void **state)
{
	(void)state;
	exchange(200 * US, 0, 200 * US);
	pass(2 * S);
	world.ours = 5 * S;
	exchange(200 * US, 0, 200 * US);
	assert_int_equal(c.steps, 1);
	checked();
}

static void
another_rate_begins_anew_as_well(void **state)
{
	(void)state;
	for (int i = 0; i < 16; i++) {
		exchange(100 * US, 0, 100 * US);
		pass(4 * S);
	}
	set_rate(400000);
	for (int i = 0; i < 16; i++) {
		world.now += 4 * S;
		exchange(100 * US, 0, 100 * US);
		checked();
	}
	assert_in_range(c.steps, 1, 2);
}

static void
a_long_silence_widens_the_bound(void **state)
{
	(void)state;
	set_rate(300000);
	exchange(100 * US, 0, 100 * US);
	pass(100 * S);
	assert_in_range(checked(), 30 * MS, 60 * MS);
	assert_int_equal(exchange(100 * US, 0, 100 * US), true);
	assert_int_equal(c.steps, 0);
	assert_in_range(checked(), 0, 200 * US);
}

static void
times_before_are_as_good_as_the_first_exchange(void **state)
{
	const mono_t first = { world.now + 200 * US };
	struct clockest_offset a, b;

	(void)state;
	set_rate(100000);
	for (int i = 0; i < 10; i++) {
		exchange(100 * US, 0, 100 * US);
		pass(4 * S);
	}
	assert_true(clockest_get(&c, first, &a));
	assert_true(clockest_get(&c, (mono_t){ INT64_MIN / 4 }, &b));
	assert_int_equal(a.ns, b.ns);
	assert_true(a.ns <= a.bound_ns && -a.ns <= a.bound_ns);
}

static void
what_cannot_be_is_refused(void **state)
{
	const wall_t now = our_clock();
	struct clockest_exchange x = { .asked = now,
		.came = { now.ns + MS },
		.asked_at = { world.now },
		.came_at = { world.now + MS },
		.received = now,
		.answered = { now.ns + 2 * MS } };

	(void)state;
	assert_false(clockest_add(&c, &x)); /* held longer than it took */
	x.answered.ns = now.ns - 1;
	assert_false(clockest_add(&c, &x)); /* answered before it came */
	x.answered = now;
	x.came.ns = now.ns + S;
	assert_false(clockest_add(&c, &x)); /* our clock was set meanwhile */
	x.came.ns = now.ns + MS;
	x.received.ns = x.answered.ns = INT64_MAX;
	assert_false(clockest_add(&c, &x)); /* no clock shows that */
	x.received.ns = x.answered.ns = INT64_MIN;
	assert_false(clockest_add(&c, &x));
	x.received = x.answered = now;
	x.came_at.ns = world.now - 1;
	assert_false(
	    clockest_add(&c, &x)); /* the end is before the beginning */
	assert_int_equal(c.refused, 6);
	assert_int_equal(c.samples, 0);
	x.came_at.ns = world.now + MS;
	assert_true(clockest_add(&c, &x));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(
		    nothing_is_known_before_the_first_exchange, begin),
		cmocka_unit_test_setup(
		    one_exchange_is_right_within_half_its_delay, begin),
		cmocka_unit_test_setup(the_best_of_both_ways_counts, begin),
		cmocka_unit_test_setup(
		    the_bound_holds_whatever_the_delays, begin),
		cmocka_unit_test_setup(
		    the_bound_holds_while_the_rate_wanders, begin),
		cmocka_unit_test_setup(
		    on_a_short_way_the_bound_is_below_a_millisecond, begin),
		cmocka_unit_test_setup(
		    the_drift_is_told_once_it_is_known, begin),
		cmocka_unit_test_setup(
		    steps_of_their_clock_begin_anew_and_are_counted, begin),
		cmocka_unit_test_setup(a_step_of_our_clock_is_one_too, begin),
		cmocka_unit_test_setup(another_rate_begins_anew_as_well, begin),
		cmocka_unit_test_setup(a_long_silence_widens_the_bound, begin),
		cmocka_unit_test_setup(
		    times_before_are_as_good_as_the_first_exchange, begin),
		cmocka_unit_test_setup(what_cannot_be_is_refused, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
