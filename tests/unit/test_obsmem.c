/* SPDX-License-Identifier: BSD-3-Clause */
/* links: collector/obsmem wire/dnsname tests/unit/gen tests/unit/gendns */
/* Tests of the memory for what observations point to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>

#include "collector/obsmem.h"
#include "tests/unit/gen.h"
#include "tests/unit/gendns.h"

#define N 500

static void
what_is_kept_outlives_its_source(void **state)
{
	struct obsmem m = { 0 };
	struct obs *src[N], kept[N];
	struct gen g;

	(void)state;
	gen_seed(&g, 9);
	for (unsigned int round = 0; round < 3; round++) {
		for (unsigned int i = 0; i < N; i++) {
			struct obs *o = gendns_new(&g);

			kept[i] = *o;
			assert_true(obsmem_keep(&m, &kept[i]));
			src[i] = gendns_copy(o);
			gendns_free(o);
		}
		for (unsigned int i = 0; i < N; i++) {
			assert_true(gen_same(&kept[i], src[i]));
			gendns_free(src[i]);
		}
		obsmem_clear(&m);
	}
	obsmem_done(&m);
}

static void
memory_is_bounded_and_comes_back(void **state)
{
	struct obsmem m = { 0 };
	struct obs *o = gendns_max(6);
	unsigned int kept = 0;
	struct obs copy;

	(void)state;
	while (copy = *o, obsmem_keep(&m, &copy))
		kept++;
	assert_true(kept > 1000 && kept < OBSMEM_MAX / 90000);
	assert_true(m.total <= OBSMEM_MAX);
	obsmem_clear(&m);
	copy = *o;
	assert_true(obsmem_keep(&m, &copy));
	obsmem_done(&m);
	obsmem_done(&m);
	gendns_free(o);
}

static void
packets_need_nothing(void **state)
{
	struct obsmem m = { 0 };
	struct obs o = { .kind = OBS_PKT };

	(void)state;
	assert_true(obsmem_keep(&m, &o));
	assert_null(m.chunk);
	obsmem_done(&m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_kept_outlives_its_source),
		cmocka_unit_test(memory_is_bounded_and_comes_back),
		cmocka_unit_test(packets_need_nothing),
	};

	return cmocka_run_group_tests_name("obsmem", tests, NULL, NULL);
}
