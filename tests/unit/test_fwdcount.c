/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/fwdcount base/stat */
/* The totals that capture-fwd ends with. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/fwdcount.h"

/* What ${c} prints; free it. */
static char *
printed(const struct fwdcount *c)
{
	char *text = NULL;
	size_t size = 0;
	FILE *fp = open_memstream(&text, &size);

	assert_non_null(fp);
	fwdcount_print(c, fp);
	assert_int_equal(fclose(fp), 0);
	return text;
}

static void
each_counter_has_a_line(void **state)
{
	const struct fwdcount c = { .packets_read = 7, .drop_iface = 9 };
	char *text = printed(&c);

	(void)state;
	assert_true(strncmp(text, "packets_read 7\n", 15) == 0);
	assert_non_null(strstr(text, "\npackets_sent 0\n"));
	assert_non_null(strstr(text, "\ndrop_iface 9\n"));
	assert_null(strstr(text, "send_error"));
	free(text);
}

static void
errors_of_sending_have_their_names(void **state)
{
	static const int errors[] = { ENOBUFS, EPERM, ENOBUFS, EMSGSIZE, 0, -3,
		100000, FWDCOUNT_ERRNO_MAX - 1 };
	struct fwdcount c = { .packets_read = 1 };
	char *text;

	(void)state;
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		fwdcount_error(&c, errors[i]);
	text = printed(&c);
	assert_non_null(strstr(text, "\nsend_error.ENOBUFS 2\n"));
	assert_non_null(strstr(text, "\nsend_error.EPERM 1\n"));
	assert_non_null(strstr(text, "\nsend_error.EMSGSIZE 1\n"));
	/* what is no error, or has no name */
	assert_non_null(strstr(text, "\nsend_error.other 3\n"));
	assert_non_null(strstr(text, "\nsend_error.other 1\n"));
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_counter_has_a_line),
		cmocka_unit_test(errors_of_sending_have_their_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
