/* SPDX-License-Identifier: BSD-3-Clause */
/* links: collector/store base/infile base/gzread collector/obsq collector/obsmem wire/dnsname wire/dnsline collector/source collector/clockfix collector/clockest collector/dayoff collector/ledger base/log wire/stream wire/ifaces wire/dnsget wire/hello wire/ctl wire/frame wire/pack wire/cols wire/flowtab wire/unpack wire/dict wire/bits wire/zpack wire/line wire/text -lz */
/* What kind of file is it? */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <string.h>

#include "collector/store.h"

static enum store_kind
kind(const char *text, size_t len, bool eof)
{
	enum store_kind k = STORE_UNKNOWN;

	assert_int_equal(store_sniff((const uint8_t *)text, len, eof, &k), 1);
	return k;
}

static bool
undecided(const char *text, size_t len)
{
	enum store_kind k;

	return store_sniff((const uint8_t *)text, len, false, &k) == 0;
}

static void
a_stream_is_known_by_its_whole_magic(void **state)
{
	(void)state;
	for (size_t n = 1; n < HELLO_MAGIC_LEN; n++) {
		assert_true(undecided(HELLO_MAGIC, n));
		assert_int_equal(kind(HELLO_MAGIC, n, true), STORE_V1);
	}
	assert_int_equal(kind(HELLO_MAGIC, HELLO_MAGIC_LEN, false), STORE_V1);
	assert_int_equal(kind("\xF0PMX\r\n\x1a\n", 8, false), STORE_UNKNOWN);
}

static void
a_text_log_begins_with_a_time_or_a_comment(void **state)
{
	(void)state;
	assert_int_equal(kind("1700000000.000000:", 18, false), STORE_TEXT);
	assert_int_equal(kind("1", 1, false), STORE_TEXT);
	assert_int_equal(kind("# loss", 6, false), STORE_TEXT);
	assert_int_equal(kind("-1.5", 4, false), STORE_TEXT);
}

static void
gzip_is_told_from_other_files(void **state)
{
	(void)state;
	assert_true(undecided("\x1f", 1));
	assert_int_equal(kind("\x1f\x8b", 2, false), STORE_GZIP);
	assert_int_equal(kind("\x1f\x9d", 2, false), STORE_UNKNOWN);
}

static void
an_empty_file_is_no_mistake(void **state)
{
	(void)state;
	assert_true(undecided("", 0));
	assert_int_equal(kind("", 0, true), STORE_EMPTY);
}

static void
captures_and_programs_are_refused(void **state)
{
	(void)state;
	assert_int_equal(kind("\xd4\xc3\xb2\xa1", 4, false), STORE_UNKNOWN);
	assert_int_equal(kind("\x7f"
			      "ELF",
			     4, false),
	    STORE_UNKNOWN);
	assert_int_equal(kind("hello", 5, false), STORE_UNKNOWN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stream_is_known_by_its_whole_magic),
		cmocka_unit_test(a_text_log_begins_with_a_time_or_a_comment),
		cmocka_unit_test(gzip_is_told_from_other_files),
		cmocka_unit_test(an_empty_file_is_no_mistake),
		cmocka_unit_test(captures_and_programs_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
