/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/mgen */
/* The strict detector of MGEN messages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>

#include "agent/mgen.h"
#include "tests/unit/frames.h"
#include "tests/unit/guard.h"

static bool
is_mgen(const struct frame *f)
{
	struct mgen m;

	return mgen_get(&m, f->data, f->len);
}

static void
a_message_tells_flow_sequence_time_and_size(void **state)
{
	struct frame f = { 0 };
	struct mgen m;

	(void)state;
	frame_mgen(&f, 1024, 0xffffffff, 0x01020304);
	assert_true(mgen_get(&m, guard_put(f.data, MGEN_HEAD), MGEN_HEAD));
	assert_int_equal(m.flow, 0xffffffff);
	assert_int_equal(m.seq, 0x01020304);
	assert_int_equal(m.size, 1024);
	assert_int_equal(m.tx.ns, 1000000002000);
}

static void
a_cut_header_is_none(void **state)
{
	struct frame f = { 0 };
	struct mgen m;

	(void)state;
	frame_mgen(&f, 1024, 1, 1);
	for (size_t n = 0; n < MGEN_HEAD; n++)
		assert_false(mgen_get(&m, guard_put(f.data, n), n));
}

/* Whether a message is one whose octet ${at} is ${v}. */
static bool
with(size_t at, uint8_t v)
{
	struct frame f = { 0 };

	frame_mgen(&f, 1024, 1, 1);
	f.data[at] = v;
	return is_mgen(&f);
}

static void
every_fixed_field_is_checked(void **state)
{
	(void)state;
	assert_false(with(2, 1));
	assert_false(with(2, 3));
	assert_true(with(3, 0x1f));
	assert_false(with(3, 0x20));
	assert_false(with(22, 2)); /* IPv6 of 4 octets */
	assert_false(with(23, 16));
	assert_false(with(22, 0));
	assert_false(with(22, 3));
}

static void
a_second_has_a_million_microseconds(void **state)
{
	struct frame f = { 0 };

	(void)state;
	frame_mgen(&f, 1024, 1, 1);
	put_be32(&f.data[16], 999999);
	assert_true(is_mgen(&f));
	put_be32(&f.data[16], 1000000);
	assert_false(is_mgen(&f));
	put_be32(&f.data[16], 0xffffffff);
	assert_false(is_mgen(&f));
}

static void
the_smallest_message_depends_on_the_address(void **state)
{
	struct frame f = { 0 };

	(void)state;
	frame_mgen(&f, 28, 1, 1);
	assert_true(is_mgen(&f));
	put_be16(f.data, 27);
	assert_false(is_mgen(&f));
	f.data[22] = 2;
	f.data[23] = 16;
	put_be16(f.data, 39);
	assert_false(is_mgen(&f));
	put_be16(f.data, 40);
	assert_true(is_mgen(&f));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_tells_flow_sequence_time_and_size),
		cmocka_unit_test(a_cut_header_is_none),
		cmocka_unit_test(every_fixed_field_is_checked),
		cmocka_unit_test(a_second_has_a_million_microseconds),
		cmocka_unit_test(the_smallest_message_depends_on_the_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
