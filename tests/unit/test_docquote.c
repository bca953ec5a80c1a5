/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/docquote tests/unit/shell tests/unit/tmpdir */
/* Names of interfaces in commands and on a terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "agent/docquote.h"
#include "tests/unit/shell.h"
#include "tests/unit/tmpdir.h"

static void
ordinary_names_stay_as_they_are(void **state)
{
	static const char *const name[] = { "eth0", "wlp3s0f1", "eth0.100",
		"veth1a2b@if7", "br-5_c", "123456789012345" };
	char dst[DOCQUOTE_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(name) / sizeof(name[0]); i++) {
		assert_string_equal(docquote_word(dst, name[i]), name[i]);
		assert_string_equal(
		    docquote_shown(dst, sizeof(dst), name[i]), name[i]);
	}
}

static void
a_terminal_obeys_nothing(void **state)
{
	char dst[DOCQUOTE_MAX];

	(void)state;
	assert_string_equal(docquote_shown(dst, sizeof(dst), "\x1b[2J\x7f\x9b"),
	    "\\033[2J\\177\\233");
	assert_string_equal(
	    docquote_shown(dst, sizeof(dst), "a\\b"), "a\\134b");
	/* what does not fit is left out, nothing is cut in the midst */
	assert_string_equal(docquote_shown(dst, 6, "a\x01\x02"), "a\\001");
	assert_string_equal(docquote_shown(dst, 5, "a\x01\x02"), "a");
}

static void
no_name_is_more_than_one_word_of_a_command(void **state)
{
	char dst[DOCQUOTE_MAX], name[3] = "";
	char command[128];

	(void)state;
	assert_string_equal(docquote_word(dst, "$(id)"), "$'$(id)'");
	assert_string_equal(docquote_word(dst, "a;b"), "$'a;b'");
	assert_string_equal(docquote_word(dst, "'"), "$'\\047'");
	assert_string_equal(docquote_word(dst, ""), "$''");
	for (int c = 1; c < 256; c++) {
		name[0] = (char)c;
		name[1] = 'x';
		(void)docquote_word(dst, name);
		for (const char *p = dst; *p != '\0'; p++)
			assert_in_range(*p, ' ', '~');
		if (c % 8 != 1)
			continue;
		/* and bash makes of it what it was */
		(void)snprintf(command, sizeof(command),
		    "exec bash <<\\#\nprintf %%s %s | cmp - want\n#\n", dst);
		tmpdir_write("want", name);
		assert_int_equal(shell_run(tmpdir, command), 0);
	}
}

static void
the_longest_name_has_room(void **state)
{
	char dst[DOCQUOTE_MAX], name[IFNAMSIZ];

	(void)state;
	memset(name, 1, sizeof(name));
	name[IFNAMSIZ - 1] = '\0';
	assert_int_equal(
	    strlen(docquote_word(dst, name)), 3 + 4 * (IFNAMSIZ - 1));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ordinary_names_stay_as_they_are),
		cmocka_unit_test(a_terminal_obeys_nothing),
		cmocka_unit_test(no_name_is_more_than_one_word_of_a_command),
		cmocka_unit_test(the_longest_name_has_room),
	};

	return cmocka_run_group_tests(tests, tmpdir_setup, tmpdir_teardown);
}
