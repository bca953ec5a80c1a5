/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/dnstap */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <stdio.h>

#include "agent/dnstap.h"
#include "tests/unit/guard.h"
#include "tests/unit/stored.h"

/* A Dnstap with a Message of fewer than 128 octets, the literal ${m}. */
#define MESSAGE(m)               \
	{                        \
		sizeof(m) - 1, m \
	}

struct message {
	size_t len;
	const char *p;
};

static struct dnstap d;

static int
get(const void *buf, size_t len)
{
	return dnstap_get(&d, guard_put(buf, len), len);
}

static int
get_message(const struct message m)
{
	uint8_t buf[130] = { 14 << 3 | 2, (uint8_t)m.len };

	assert_true(m.len < 128);
	memcpy(buf + 2, m.p, m.len);
	return get(buf, m.len + 2);
}
#define GET(m) get_message((struct message)MESSAGE(m))

static void
a_message_needs_its_type_alone(void **state)
{
	(void)state;
	assert_int_equal(GET("\x08\x06"), 0);
	assert_int_equal(d.type, DNSTAP_CLIENT_RESPONSE);
	assert_null(d.client.p);
	assert_null(d.response.p);
	assert_false(d.has_time);
	assert_int_equal(GET(""), -1);
	assert_int_equal(GET("\x72\x01x"), -1);
	assert_int_equal(get("", 0), -1);
	assert_int_equal(get("\x0a\x01i", 3), -1);
}

static void
an_address_has_4_or_16_octets(void **state)
{
	(void)state;
	assert_int_equal(GET("\x08\x06\x22\x04\x0a\0\0\1"), 0);
	assert_memory_equal(d.client.p, "\x0a\0\0\1", 4);
	assert_int_equal(GET("\x08\x06\x22\x10"
			     "0123456789abcdef"),
	    0);
	assert_int_equal(d.client.len, 16);
	assert_int_equal(GET("\x08\x06\x22\x05"
			     "01234"),
	    -1);
	assert_int_equal(GET("\x08\x06\x22\0"), -1);
	assert_int_equal(GET("\x08\x06\x2a\x05"
			     "01234"),
	    -1);
}

static void
the_time_is_that_of_the_response_or_else_of_the_query(void **state)
{
	(void)state;
	assert_int_equal(GET("\x08\x06\x40\x05\x4d\1\0\0\0"
			     "\x60\x07\x6d\2\1\0\0"),
	    0);
	assert_true(d.has_time);
	assert_int_equal(d.time.ns, 7000000258);
	assert_int_equal(GET("\x08\x06\x40\x05\x4d\1\0\0\0"), 0);
	assert_int_equal(d.time.ns, 5000000001);
	/* nanoseconds alone, or too many, are no time */
	assert_int_equal(GET("\x08\x06\x4d\1\0\0\0"), 0);
	assert_false(d.has_time);
	assert_int_equal(GET("\x08\x06\x40\x05\x4d\x00\xca\x9a\x3b"), 0);
	assert_false(d.has_time);
	assert_int_equal(
	    GET("\x08\x06\x40\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), 0);
	assert_false(d.has_time);
}

static void
the_last_one_of_a_repeated_field_counts(void **state)
{
	(void)state;
	assert_int_equal(GET("\x08\x05\x72\x01x\x08\x06\x72\x02yz"), 0);
	assert_int_equal(d.type, 6);
	assert_int_equal(d.response.len, 2);
	assert_memory_equal(d.response.p, "yz", 2);
	assert_int_equal(get("\x72\x02\x08\x05\x72\x02\x08\x06", 8), 0);
	assert_int_equal(d.type, 6);
}

static void
unknown_fields_are_stepped_over(void **state)
{
	(void)state;
	assert_int_equal(GET("\xf8\x07\x01\xf9\x07"
			     "01234567"
			     "\xfa\x07\x02xx\xfd\x07"
			     "0123"
			     "\x08\x06"),
	    0);
	assert_int_equal(GET("\x08\x06\xfb\x07"), -1); /* a group */
	assert_int_equal(GET("\x08\x06\xfc\x07"), -1);
	assert_int_equal(GET("\x08\x06\xfe\x07"), -1);
	assert_int_equal(GET("\x08\x06\x00\x01"), -1); /* field 0 */
	assert_int_equal(GET("\x08\x06\xfd\x07"
			     "012"),
	    -1);
	assert_int_equal(GET("\x08\x06\x72\x7f"), -1);
}

static void
known_fields_have_their_wire_type(void **state)
{
	(void)state;
	assert_int_equal(GET("\x0a\x01\x06"), -1);
	assert_int_equal(GET("\x08\x06\x70\x01"), -1);
	assert_int_equal(GET("\x08\x06\x20\x01"), -1);
	assert_int_equal(GET("\x08\x06\x45"
			     "0123"),
	    -1);
	assert_int_equal(GET("\x08\x06\x48\x01"), -1);
	assert_int_equal(get("\x70\x01", 2), -1);
	assert_int_equal(get("\x08\x01\x72\x02\x08\x06", 6), -1);
}

static void
a_number_has_at_most_ten_octets(void **state)
{
	(void)state;
	assert_int_equal(GET("\x08\x86\x80\x80\x80\x80\x80\x80\x80\x80\0"), 0);
	assert_int_equal(d.type, 6);
	assert_int_equal(
	    GET("\x08\x86\x80\x80\x80\x80\x80\x80\x80\x80\x80\0"), -1);
	assert_int_equal(GET("\x08\x86"), -1);
}

static void
a_frame_that_is_cut_is_never_the_same(void **state)
{
	const uint8_t *frame;
	size_t len;
	struct stored t;
	struct dnstap whole;

	(void)state;
	assert_true(stored_load(&t, "tests/golden/dnstap/own__bind9.fstrm"));
	while (stored_next(&t, &frame, &len)) {
		assert_int_equal(get(frame, len), 0);
		assert_true(d.has_time);
		whole = d;
		for (size_t i = 0; i < len; i++) {
			if (get(frame, i) == 0)
				assert_memory_not_equal(&d, &whole, sizeof(d));
		}
	}
	free(t.data);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_needs_its_type_alone),
		cmocka_unit_test(an_address_has_4_or_16_octets),
		cmocka_unit_test(
		    the_time_is_that_of_the_response_or_else_of_the_query),
		cmocka_unit_test(the_last_one_of_a_repeated_field_counts),
		cmocka_unit_test(unknown_fields_are_stepped_over),
		cmocka_unit_test(known_fields_have_their_wire_type),
		cmocka_unit_test(a_number_has_at_most_ten_octets),
		cmocka_unit_test(a_frame_that_is_cut_is_never_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
