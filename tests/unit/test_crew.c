/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/crew agent/capdev -lpcap */
/* Threads that wait together, and how long a ring may fill. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <stdatomic.h>
#include <time.h>

#include "agent/capdev.h"
#include "agent/crew.h"

#define MANY (3 * CREW_THREADS + 1)

static atomic_int at_once, most;

static void *
wait_and_count(void *arg)
{
	const struct timespec pause = { .tv_nsec = 20000000 };
	atomic_int *called = arg;
	const int now = atomic_fetch_add(&at_once, 1) + 1;

	if (now > atomic_load(&most))
		atomic_store(&most, now);
	(void)nanosleep(&pause, NULL);
	(void)atomic_fetch_sub(&at_once, 1);
	(void)atomic_fetch_add(called, 1);
	return NULL;
}

static void
each_is_called_once_and_all_are_done(void **state)
{
	static atomic_int called[MANY];
	void *arg[MANY];

	(void)state;
	for (size_t n = 0; n <= MANY; n += MANY / 4) {
		for (size_t i = 0; i < MANY; i++) {
			atomic_store(&called[i], 0);
			arg[i] = &called[i];
		}
		crew_run(wait_and_count, arg, n);
		for (size_t i = 0; i < MANY; i++)
			assert_int_equal(atomic_load(&called[i]), i < n);
	}
	assert_in_range(atomic_load(&most), 2, CREW_THREADS);
}

static void
a_small_ring_is_handed_over_less_often(void **state)
{
	(void)state;
	assert_int_equal(capdev_block_ms(64 << 10), 200);
	assert_int_equal(capdev_block_ms(256 << 10), 200);
	assert_int_equal(capdev_block_ms(512 << 10), 200);
	assert_int_equal(capdev_block_ms(1 << 20), 100);
	assert_int_equal(capdev_block_ms(2 << 20), 50);
	assert_int_equal(capdev_block_ms((size_t)1 << 30), 50);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_is_called_once_and_all_are_done),
		cmocka_unit_test(a_small_ring_is_handed_over_less_often),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
