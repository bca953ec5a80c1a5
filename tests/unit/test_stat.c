/* SPDX-License-Identifier: BSD-3-Clause */
/* links: base/stat */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <stdlib.h>

#include "base/stat.h"

struct counters {
	uint64_t seen;
	int other;
	uint64_t lost;
};

static const struct stat_row rows[] = {
	{ "lost", offsetof(struct counters, lost), "Lost" },
	{ "seen", offsetof(struct counters, seen), "Seen" },
};

static void
counters_print_one_a_line_in_the_order_of_the_rows(void **state)
{
	const struct counters c = { .seen = 0, .other = 7, .lost = UINT64_MAX };
	char *text = NULL;
	size_t len;
	FILE *fp = open_memstream(&text, &len);

	(void)state;
	assert_non_null(fp);
	stat_print(rows, 2, &c, fp);
	assert_int_equal(fclose(fp), 0);
	assert_string_equal(text, "lost 18446744073709551615\nseen 0\n");
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    counters_print_one_a_line_in_the_order_of_the_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
