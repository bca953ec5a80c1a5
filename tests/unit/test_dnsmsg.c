/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/dnsmsg agent/dnsrr wire/dnsname -lresolv */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <stdio.h>

#include "agent/dnsmsg.h"
#include "agent/dnsrr.h"
#include "tests/unit/dnsmake.h"
#include "tests/unit/guard.h"

#define QNAME    0xc00c /* pointer to the question's name */
#define PTR_LAST 254    /* of 127 pointers one to the other */
#define FLAGS    2      /* where they are */

static struct dnsmake m;
static struct dnsmsg msg;

static int
get(void)
{
	return dnsmsg_get(&msg, guard_put(m.data, m.len), m.len);
}

/* A record with the question's owner in the answer, with these data. */
static void
add(unsigned int type, const void *rdata, size_t len)
{
	dnsmake_u16(&m, QNAME);
	dnsmake_rr(&m, 0, type, 60, (unsigned int)len);
	dnsmake_octets(&m, rdata, len);
}
#define ADD(type, s) add(type, s, sizeof(s) - 1)

static void
add_opt(int section, const char *owner, unsigned int code)
{
	dnsmake_name(&m, owner);
	dnsmake_rr(&m, section, 41, code << 24, 0);
}

static void
the_question_is_read_in_lower_case(void **state)
{
	(void)state;
	dnsmake_begin(&m, "WwW.Ex.", 28);
	assert_int_equal(get(), 0);
	assert_int_equal(msg.qtype, 28);
	assert_int_equal(msg.qname_len, 8);
	assert_memory_equal(msg.qname, "\3www\2ex", 8);
	assert_true(msg.address);
	assert_false(msg.data);
}

static void
other_questions_are_none_for_an_address(void **state)
{
	(void)state;
	dnsmake_begin(&m, "a.", 16);
	assert_int_equal(get(), 0);
	assert_false(msg.address);
	dnsmake_begin(&m, "a.", 1);
	m.data[FLAGS] = 0xa8; /* UPDATE */
	assert_int_equal(get(), 0);
	assert_false(msg.address);
	m.data[FLAGS] = 0xa0; /* NOTIFY */
	assert_int_equal(get(), 0);
	assert_true(msg.address);
}

static void
the_upper_bits_of_the_code_are_in_opt(void **state)
{
	(void)state;
	dnsmake_begin(&m, "a.", 1);
	m.data[FLAGS + 1] = 0x82;
	assert_int_equal(get(), 0);
	assert_int_equal(msg.rcode, 2);
	add_opt(2, ".", 1);
	assert_int_equal(get(), 0);
	assert_int_equal(msg.rcode, 0x12);
	add_opt(2, ".", 1);
	assert_int_equal(get(), -1);
}

static void
opt_belongs_to_the_root_in_the_additional_section(void **state)
{
	(void)state;
	dnsmake_begin(&m, "a.", 1);
	add_opt(2, "a.", 0);
	assert_int_equal(get(), -1);
	dnsmake_begin(&m, "a.", 1);
	add_opt(0, ".", 0);
	assert_int_equal(get(), -1);
	dnsmake_begin(&m, "a.", 1);
	add_opt(1, ".", 0);
	assert_int_equal(get(), -1);
}

static void
data_have_the_form_of_their_type(void **state)
{
	static const struct {
		size_t type, len;
		const char *rdata;
		int want;
	} t[] = { { 1, 4, "\1\2\3\4", 0 }, { 1, 3, "\1\2\3", -1 },
		{ 1, 5, "\1\2\3\4\5", -1 }, { 1, 0, "", -1 },
		{ 28, 16, "0123456789abcdef", 0 }, { 28, 4, "\1\2\3\4", -1 },
		{ 5, 3, "\1b", 0 }, { 5, 2, "\1b", -1 }, { 5, 4, "\1b\0", -1 },
		{ 5, 0, "", -1 }, { 5, 2, "\xc0\x0c", 0 }, { 2, 1, "", 0 },
		{ 15, 3, "\0\1", 0 }, { 15, 1, "", -1 }, { 15, 2, "\0\1", -1 },
		{ 6, 22, "\0\0abcdefghijklmnopqrst", 0 },
		{ 6, 21, "\0\0abcdefghijklmnopqrs", -1 },
		{ 33, 7, "abcdef", 0 }, { 33, 6, "abcdef", -1 },
		{ 16, 4, "\1a\1b", 0 }, { 16, 0, "", -1 },
		{ 16, 3, "\3ab", -1 }, { 65280, 3, "\3ab", 0 } };

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		dnsmake_begin(&m, "a.", 1);
		add((unsigned int)t[i].type, t[i].rdata, t[i].len);
		ADD(1, "\1\2\3\4"); /* what could be taken for the rest */
		assert_int_equal(get(), t[i].want);
		assert_int_equal(dnsmsg_check(m.data, m.len), get() == 0);
	}
}

static void
a_cut_message_or_one_with_more_behind_it_is_malformed(void **state)
{
	(void)state;
	dnsmake_begin(&m, "a.", 1);
	ADD(5, "\1b");
	ADD(1, "\1\2\3\4");
	assert_int_equal(get(), -1); /* the CNAME lacks its end */
	dnsmake_begin(&m, "a.", 1);
	add(5, "\1b", 3);
	ADD(1, "\1\2\3\4");
	assert_int_equal(get(), 0);
	assert_int_equal(msg.n_rrs, 2);
	assert_true(msg.data);
	m.data[m.len++] = 0;
	assert_int_equal(get(), -1);
	m.len--;
	for (size_t n = m.len; n-- > 0;) {
		m.len = n;
		assert_int_equal(get(), -1);
	}
}

static void
a_message_without_question_is_malformed(void **state)
{
	static const char head[] = "\0\0\x81\x80\0\0\0\0\0\0\0\0";

	(void)state;
	assert_int_equal(dnsmsg_get(&msg, (const uint8_t *)head, 12), -1);
	assert_true(dnsmsg_check((const uint8_t *)head, 12));
	assert_int_equal(dnsmsg_get(&msg, (const uint8_t *)head, 0), -1);
}

/* The name at ${at} of a message of ${len} octets. */
static size_t
name(const char *data, size_t len, size_t at)
{
	return dnsrr_name(guard_put(data, len), len, at);
}

static void
pointers_point_back(void **state)
{
	(void)state;
	assert_int_equal(name("\1a\0\1b\xc0\0", 7, 3), 4);
	assert_int_equal(name("\1a\0\1b\xc0\3", 7, 3), 0); /* to itself */
	assert_int_equal(name("\xc0\2\0", 3, 0), 0);
	assert_int_equal(name("\xc0\0", 2, 0), 0);
	assert_int_equal(name("\1a\xc0\0", 4, 2), 0); /* round and round */
	assert_int_equal(name("\0\xc0", 2, 1), 0);
	assert_int_equal(name("\0\xff\xff", 3, 1), 0);
	assert_int_equal(name("\x40x\0", 3, 0), 0);
	assert_int_equal(name("\x80x\0", 3, 0), 0);
	assert_int_equal(name("\2a", 2, 0), 0);
	assert_int_equal(name("\1a", 2, 0), 0);
	assert_int_equal(name("", 0, 0), 0);
}

static void
a_name_has_255_octets_and_127_pointers_at_most(void **state)
{
	char data[600] = { 0 };
	uint8_t dst[DNSNAME_MAX];

	(void)state;
	for (size_t i = 1; i < 130; i++) {
		data[2 * i] = (char)0xc0;
		data[2 * i + 1] = (char)(2 * i - 2);
	}
	assert_int_equal(name(data, 300, PTR_LAST), 2);
	assert_int_equal(name(data, 300, PTR_LAST + 2), 0);
	assert_int_equal(
	    dnsrr_unpack(dst, (const uint8_t *)data, 300, PTR_LAST), 1);
	for (size_t i = 0; i < 260; i++)
		data[i] = i % 2 == 0 ? 1 : 'X';
	data[254] = 0;
	assert_int_equal(name(data, 300, 0), 255);
	assert_int_equal(dnsrr_unpack(dst, (const uint8_t *)data, 300, 0), 255);
	assert_memory_equal(dst, "\1x\1x\1x", 6);
	data[254] = 1;
	data[256] = 0;
	assert_int_equal(name(data, 300, 0), 0);
	assert_int_equal(dnsrr_unpack(dst, (const uint8_t *)data, 300, 0), 0);
}

static void
every_record_that_fits_has_its_place(void **state)
{
	(void)state;
	dnsmake_begin(&m, ".", 1);
	while (m.len + 11 <= DNSMSG_MAX) {
		dnsmake_name(&m, ".");
		dnsmake_rr(&m, 0, 1, 1, 0);
		put_be16(m.data + m.len - 8, 3); /* class CH: no address */
	}
	assert_int_equal(get(), 0);
	assert_true(msg.n_rrs > 5900 && msg.n_rrs <= DNSMSG_RRS_MAX);
	m.len = DNSMSG_MAX + 1;
	assert_int_equal(dnsmsg_get(&msg, m.data, m.len), -1);
	assert_false(dnsmsg_check(m.data, m.len));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_question_is_read_in_lower_case),
		cmocka_unit_test(other_questions_are_none_for_an_address),
		cmocka_unit_test(the_upper_bits_of_the_code_are_in_opt),
		cmocka_unit_test(
		    opt_belongs_to_the_root_in_the_additional_section),
		cmocka_unit_test(data_have_the_form_of_their_type),
		cmocka_unit_test(
		    a_cut_message_or_one_with_more_behind_it_is_malformed),
		cmocka_unit_test(a_message_without_question_is_malformed),
		cmocka_unit_test(pointers_point_back),
		cmocka_unit_test(
		    a_name_has_255_octets_and_127_pointers_at_most),
		cmocka_unit_test(every_record_that_fits_has_its_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
