/* SPDX-License-Identifier: BSD-3-Clause */
/* links: wire/ifaces wire/hello wire/frame wire/zpack tests/unit/gen tests/unit/gendns wire/dnsname -lz */
/* The interfaces of a stream: the frame that tells of one, and the list. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/gen.h"
#include "wire/frame.h"
#include "wire/ifaces.h"

/* As long as all of it can be. */
static struct hello_iface
longest(void)
{
	struct hello_iface i = { .linktype = 0xfffe };

	memset(i.name, 'i', sizeof(i.name) - 1);
	memset(i.node, 'n', sizeof(i.node) - 1);
	memset(i.filter, 'f', sizeof(i.filter) - 1);
	return i;
}

static void
expect_back(uint64_t index, const struct hello_iface *i)
{
	uint8_t buf[IFACES_FRAME_MAX];
	const size_t n = ifaces_frame(buf, index, i);
	struct hello_iface got;
	struct frame f;
	uint64_t at;

	assert_int_equal(frame_get(&f, buf, n, FRAME_MAX), n);
	assert_int_equal(f.type, FRAME_EXT);
	assert_int_equal(f.flags, 0);
	assert_int_equal(ifaces_get(&at, &got, f.body, f.len), 1);
	assert_int_equal(at, index);
	assert_memory_equal(&got, i, sizeof(got));
}

static void
interfaces_that_are_told_come_back(void **state)
{
	const struct hello_iface nothing = { .linktype = 0 };
	const struct hello_iface eth0 = { .name = "eth0",
		.node = "n 3\xc3\xa9",
		.linktype = 1,
		.filter = "ip6 or arp" };
	const struct hello_iface most = longest();

	(void)state;
	expect_back(0, &nothing);
	expect_back(300, &eth0);
	expect_back(HELLO_STREAM_IFACES - 1, &most);
}

/* Read a payload that ends at the end of memory. */
static int
get(const char *body, size_t len, struct hello_iface *ret_i)
{
	const uint8_t *p = gen_guard(body, len);
	uint64_t index;
	const int r = ifaces_get(&index, ret_i, p, len);

	gen_unguard(p, len);
	return r;
}

#define GET(body) get(body, sizeof(body) - 1, &got)
#define TEN       "0123456789"

static void
malformed_interfaces_are_refused(void **state)
{
	struct hello_iface got;

	(void)state;
	assert_int_equal(GET("\1\0\0\1\1a\1b"), 1);
	assert_string_equal(got.name, "a");
	assert_string_equal(got.node, "b");
	assert_string_equal(got.filter, "");
	assert_int_equal(GET(""), -1);
	assert_int_equal(GET("\2"), 0); /* another extension */
	assert_int_equal(GET("\1\0\0\1\1a\2b"), -1);
	assert_int_equal(GET("\1\x80\0\0\1\1a\1b"), -1); /* overlong */
	for (size_t n = 1; n < 8; n++)
		assert_int_equal(get("\1\0\0\1\1a\1b", n, &got), -1);
	assert_int_equal(GET("\1\0\0\1\x0f" TEN "01234\0"), 1);
	assert_int_equal(GET("\1\0\0\1\x10" TEN "012345\0"), -1);
	assert_int_equal(
	    GET("\1\0\0\1\0\x3f" TEN TEN TEN TEN TEN TEN "012"), 1);
	assert_int_equal(
	    GET("\1\0\0\1\0\x40" TEN TEN TEN TEN TEN TEN "0123"), -1);
	assert_int_equal(GET("\1\0\0\1\0\0" TEN TEN TEN TEN "0123456"), 1);
	assert_int_equal(GET("\1\0\0\1\0\0" TEN TEN TEN TEN "01234567"), -1);
}

static void
names_can_stand_in_a_text_line(void **state)
{
	struct hello_iface got;

	(void)state;
	assert_int_equal(GET("\1\0\0\1\3a:b\4\n\0\x7f:t:x\n"), 1);
	assert_string_equal(got.name, "a?b");
	assert_string_equal(got.node, "????");
	assert_string_equal(got.filter, "t:x?");
}

static void
interfaces_are_told_in_order_and_never_change(void **state)
{
	struct hello_iface i = { .name = "eth0", .linktype = 1 };
	struct ifaces t = { 0 };

	(void)state;
	assert_int_equal(ifaces_add(&t, 1, &i), IFACES_WRONG);
	assert_int_equal(ifaces_add(&t, 0, &i), IFACES_NEW);
	assert_int_equal(ifaces_add(&t, 1, &i), IFACES_NEW); /* a second one */
	assert_int_equal(ifaces_add(&t, 0, &i), IFACES_KNOWN);
	i.filter[0] = 'x';
	assert_int_equal(ifaces_add(&t, 0, &i), IFACES_WRONG);
	i.filter[0] = '\0';
	i.linktype = 2;
	assert_int_equal(ifaces_add(&t, 0, &i), IFACES_WRONG);
	i.linktype = 1;
	i.node[0] = 'n';
	assert_int_equal(ifaces_add(&t, 0, &i), IFACES_WRONG);
	assert_int_equal(ifaces_find(&t, &i), 2);
	assert_int_equal(ifaces_add(&t, UINT64_MAX, &i), IFACES_WRONG);
	assert_int_equal(t.n, 2);
	assert_string_equal(t.iface[1].name, "eth0");
	ifaces_done(&t);
}

static void
a_stream_has_4096_interfaces_at_most(void **state)
{
	struct hello_iface i = { .name = "eth0" };
	struct ifaces t = { 0 };

	(void)state;
	for (unsigned int n = 0; n < 4096; n++) {
		snprintf(i.node, sizeof(i.node), "n%u", n);
		assert_int_equal(ifaces_find(&t, &i), n);
		assert_int_equal(ifaces_add(&t, n, &i), IFACES_NEW);
		assert_int_equal(ifaces_find(&t, &i), n);
	}
	assert_int_equal(ifaces_add(&t, 4096, &i), IFACES_WRONG);
	assert_int_equal(t.n, 4096);
	ifaces_done(&t);
}

static void
the_first_of_equal_interfaces_is_found(void **state)
{
	struct hello_iface i = { .name = "x.pcap" };
	struct ifaces t = { 0 };

	(void)state;
	for (unsigned int n = 0; n < 60; n++) {
		i.name[0] = (char)('a' + n % 20);
		assert_int_equal(ifaces_add(&t, n, &i), IFACES_NEW);
		assert_int_equal(ifaces_find(&t, &i), n % 20);
	}
	i.linktype = 1;
	assert_int_equal(ifaces_find(&t, &i), 60);
	ifaces_done(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(interfaces_that_are_told_come_back),
		cmocka_unit_test(malformed_interfaces_are_refused),
		cmocka_unit_test(names_can_stand_in_a_text_line),
		cmocka_unit_test(interfaces_are_told_in_order_and_never_change),
		cmocka_unit_test(a_stream_has_4096_interfaces_at_most),
		cmocka_unit_test(the_first_of_equal_interfaces_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
