/* SPDX-License-Identifier: BSD-3-Clause */
/* links: wire/dnsname */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <string.h>

#include "wire/dnsname.h"

static void
same_text(const char *wire, size_t len, const char *text)
{
	uint8_t name[DNSNAME_MAX];
	char got[DNSNAME_TEXT_MAX + 1];

	assert_int_equal(dnsname_get((const uint8_t *)wire, len), len);
	*dnsname_text(got, (const uint8_t *)wire) = '\0';
	assert_string_equal(got, text);
	assert_int_equal(dnsname_parse(name, text, strlen(text)), len);
	assert_memory_equal(name, wire, len);
}
#define SAME_TEXT(wire, text) same_text(wire, sizeof(wire), text)

static void
a_name_and_its_text_are_the_same(void **state)
{
	(void)state;
	SAME_TEXT("", ".");
	SAME_TEXT("\3www\7example\3com", "www.example.com.");
	SAME_TEXT("\5a.b;c\1\\", "a\\.b\\;c.\\\\.");
	SAME_TEXT("\4\"()@\1$", "\\\"\\(\\)\\@.\\$.");
	SAME_TEXT("\5 \n\x7f\xff!", "\\032\\010\\127\\255!.");
}

static void
the_longest_name_fits(void **state)
{
	uint8_t name[DNSNAME_MAX] = { 0 }, again[DNSNAME_MAX];
	char text[DNSNAME_TEXT_MAX];
	size_t at = 0;

	(void)state;
	memset(name, 0xff, sizeof(name));
	for (unsigned int n = 63; at < DNSNAME_MAX - 1; at += n + 1) {
		if (at + n + 1 > DNSNAME_MAX - 1)
			n = (unsigned int)(DNSNAME_MAX - 2 - at);
		name[at] = (uint8_t)n;
	}
	name[DNSNAME_MAX - 1] = 0;
	assert_int_equal(dnsname_get(name, sizeof(name)), DNSNAME_MAX);
	assert_int_equal(dnsname_get(name, sizeof(name) - 1), 0);
	const size_t len = (size_t)(dnsname_text(text, name) - text);
	assert_true(len <= DNSNAME_TEXT_MAX);
	assert_int_equal(dnsname_parse(again, text, len), DNSNAME_MAX);
	assert_memory_equal(name, again, DNSNAME_MAX);
	text[len - 1] = 'x';
	assert_int_equal(dnsname_parse(again, text, len), 0);
}

static void
every_prefix_of_a_name_is_none(void **state)
{
	static const uint8_t name[] = "\3www\7example\3com";

	(void)state;
	for (size_t n = 0; n < sizeof(name); n++)
		assert_int_equal(dnsname_get(name, n), 0);
	assert_int_equal(dnsname_get((const uint8_t *)"\xc0\x0c", 3), 0);
	assert_int_equal(dnsname_get((const uint8_t *)"\x40", 2), 0);
}

static void
malformed_text_is_refused(void **state)
{
	static const char *const bad[] = { "", "..", ".a.", "a..b", "a\\",
		"\\25", "\\256.", "\\2x5.", "a.b\\1" };
	uint8_t name[DNSNAME_MAX];
	char label[66];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(
		    dnsname_parse(name, bad[i], strlen(bad[i])), 0);
	}
	memset(label, 'a', sizeof(label));
	assert_int_equal(dnsname_parse(name, label, DNSNAME_LABEL), 65);
	assert_int_equal(dnsname_parse(name, label, DNSNAME_LABEL + 1), 0);
	assert_int_equal(dnsname_parse(name, "a.b", 3), 5);
}

static void
only_ascii_letters_become_lower(void **state)
{
	uint8_t name[] = "\5AZ[@\xc4\1B";

	(void)state;
	dnsname_lower(name);
	assert_memory_equal(name, "\5az[@\xc4\1b", sizeof(name));
}

static bool
under(const char *name, const char *zone)
{
	return dnsname_is_under((const uint8_t *)name, (const uint8_t *)zone);
}

static void
a_zone_ends_at_a_label(void **state)
{
	(void)state;
	assert_true(under("\3www\7example\3com", "\7example\3com"));
	assert_true(under("\7example\3com", "\7example\3com"));
	assert_true(under("\7example\3com", ""));
	assert_false(under("\12badexample\3com", "\7example\3com"));
	assert_false(under("\3com", "\7example\3com"));
	assert_false(under("\3www\7example\3org", "\7example\3com"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_and_its_text_are_the_same),
		cmocka_unit_test(the_longest_name_fits),
		cmocka_unit_test(every_prefix_of_a_name_is_none),
		cmocka_unit_test(malformed_text_is_refused),
		cmocka_unit_test(only_ascii_letters_become_lower),
		cmocka_unit_test(a_zone_ends_at_a_label),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
