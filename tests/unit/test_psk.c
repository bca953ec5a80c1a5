/* SPDX-License-Identifier: BSD-3-Clause */
/* links: base/psk base/log tests/unit/tmpfile */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/psk.h"
#include "tests/unit/tmpfile.h"

#define HEX "000102030405060708090a0b0c0d0e0F"

static void
keys_are_found_by_their_identity(void **state)
{
	static const uint8_t want[16] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
		12, 13, 14, 15 };
	struct psk *p = psk_load(tmpfile_make("# keys of the site\n\n"
					      "  \tnode-1:" HEX "\r\n"
					      " # more\n"
					      "fe80::2:" HEX HEX,
	    0600));

	(void)state;
	assert_non_null(p);
	assert_string_equal(psk_first(p)->identity, "node-1");
	assert_int_equal(psk_first(p)->len, 16);
	assert_memory_equal(psk_first(p)->key, want, 16);
	assert_ptr_equal(psk_find(p, "node-1", 6), psk_first(p));
	assert_int_equal(psk_find(p, "fe80::2", 7)->len, 32);
	assert_null(psk_find(p, "node-", 5));
	assert_null(psk_find(p, "node-1\0", 7));
	psk_free(p);
	psk_free(NULL);
	tmpfile_remove();
}

/* Load a file that is wrong in line 2, and return what was said about it. */
static const char *
complaint(const char *line, mode_t mode)
{
	char text[4096];

	(void)snprintf(text, sizeof(text), "good:" HEX "\n%s\n", line);
	const char *path = tmpfile_make(text, mode);

	tmpfile_capture();
	assert_null(psk_load(path));
	tmpfile_remove();
	return tmpfile_captured();
}

static void
wrong_lines_are_named_and_never_shown(void **state)
{
	static const struct {
		const char *line, *why;
	} wrong[] = {
		{ "sesame", "IDENTITY:HEXKEY" },
		{ ":" HEX, "empty" },
		{ "a b:" HEX, "ASCII" },
		{ "\xc3\xa9:" HEX, "ASCII" },
		{ "n:", "less than 32" },
		{ "n:5e5a5e5a5e5a5e5a5e5a5e5a5e5a5e", "less than 32" },
		{ "n:" HEX HEX HEX HEX "00", "more than 128" },
		{ "n:5e5a" HEX "0", "odd" },
		{ "n:5e5aXX" HEX, "hexadecimal" },
		{ "good:" HEX, "before" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		const char *said = complaint(wrong[i].line, 0600);

		assert_non_null(strstr(said, ":2: "));
		assert_non_null(strstr(said, wrong[i].why));
		assert_null(strstr(said, "5e5a"));
		assert_null(strstr(said, HEX));
	}
}

static void
a_file_that_others_can_read_is_refused(void **state)
{
	static const mode_t modes[] = { 0640, 0604, 0620, 0601, 0644 };

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		const char *said = complaint("", modes[i]);

		assert_non_null(strstr(said, "others have access"));
		assert_non_null(strstr(said, "/tmp/"));
	}
}

static void
a_file_without_keys_or_none_at_all_says_so(void **state)
{
	const char *path = tmpfile_make("# nothing\n", 0600);

	(void)state;
	tmpfile_capture();
	assert_null(psk_load(path));
	tmpfile_remove();
	assert_null(psk_load(path));
	assert_null(psk_load("/tmp"));
	const char *said = tmpfile_captured();

	assert_non_null(strstr(said, "there is no key"));
	assert_non_null(strstr(said, "No such file"));
	assert_non_null(strstr(said, "no regular file"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_are_found_by_their_identity),
		cmocka_unit_test(wrong_lines_are_named_and_never_shown),
		cmocka_unit_test(a_file_that_others_can_read_is_refused),
		cmocka_unit_test(a_file_without_keys_or_none_at_all_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
