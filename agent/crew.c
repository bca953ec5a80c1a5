/* SPDX-License-Identifier: BSD-3-Clause */
/* Several threads for what each has to wait for. */
#include "agent/crew.h"

#include <malloc.h>
#include <pthread.h>
#include <stdbool.h>

#define STACK (256 << 10)

/* What cannot have a thread is done here. */
static void
run_some(crew_fn *fn, void *const *arg, size_t n, const pthread_attr_t *attr)
{
	pthread_t thread[CREW_THREADS];
	bool runs[CREW_THREADS];

	for (size_t i = 0; i < n; i++)
		runs[i] = pthread_create(&thread[i], attr, fn, arg[i]) == 0;
	for (size_t i = 0; i < n; i++) {
		if (!runs[i])
			(void)fn(arg[i]);
	}
	for (size_t i = 0; i < n; i++) {
		if (runs[i])
			(void)pthread_join(thread[i], NULL);
	}
}

void
crew_run(crew_fn *fn, void *const *arg, size_t n)
{
	pthread_attr_t attr;

	if (n == 1)
		(void)fn(arg[0]);
	if (n <= 1 || pthread_attr_init(&attr) != 0)
		return;
	(void)pthread_attr_setstacksize(&attr, STACK);
	/* What a thread allocates is used by another one later. */
	(void)mallopt(M_ARENA_MAX, 1);
	for (size_t i = 0, some; i < n; i += some) {
		some = n - i < CREW_THREADS ? n - i : CREW_THREADS;
		run_some(fn, arg + i, some, &attr);
	}
	(void)pthread_attr_destroy(&attr);
}
