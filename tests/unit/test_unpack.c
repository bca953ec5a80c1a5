/* SPDX-License-Identifier: BSD-3-Clause */
/* links: wire/unpack wire/pack wire/cols wire/flowtab wire/dict wire/bits */
/* Tests of the unpacker on records made by hand, true ones and lies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <stdlib.h>

#include "wire/bits.h"
#include "wire/unpack.h"

/* What stands around a record of a test. */
struct around {
	wall_t base;
	unsigned int messages;
	const uint8_t *raw;
	size_t n_raw;
};

/* Unpack one record whose columns are ${cols}, with ticks of 1 us. */
static int
one_in(const struct around *a, const char *cols, size_t len, struct obs *ret_o)
{
	const struct hello_params par = { .slots_log2 = 6,
		.tick_exp = 3,
		.block = 1,
		.fields = HELLO_FIELD_ALL,
		.digest_max = UINT32_MAX };
	const struct unpack_in in = { .count = 1,
		.messages = a->messages,
		.cols = { (const uint8_t *)cols, len },
		.raw = { a->raw, a->n_raw } };
	struct unpack *u = unpack_new(&par);
	int err;

	assert_non_null(u);
	unpack_reset(u, a->base);
	err = unpack(u, ret_o, &in);
	unpack_free(u);
	return err;
}

/* The same at time 0, with the raw halves of ${fresh} new addresses. */
static int
one(unsigned int fresh, const char *cols, size_t len)
{
	static const uint8_t raw[4];
	const struct around a = { .raw = raw, .n_raw = 2 * (size_t)fresh };
	struct obs o;

	return one_in(&a, cols, len, &o);
}

#define ONE(cols)       one(2, cols, sizeof(cols) - 1)
#define OF(fresh, cols) one(fresh, cols, sizeof(cols) - 1)

/* Token, time, then kind, protocol, source, destination, V4_0, V4_1. */
#define FLOW(token, kind) token "\0" kind "\x11\0\0\1\2\1\2"

static void
tokens_that_name_nothing_are_refused(void **state)
{
	(void)state;
	assert_int_equal(ONE(FLOW("\xe0", "\0")), 0);
	assert_int_equal(ONE(FLOW("\xf0", "\0")), -1); /* reserved token */
	assert_int_equal(OF(0, "\x00\0"), -1);         /* rank 0 of none */
	assert_int_equal(OF(0, "\xc0\0\0"), -1);       /* rank octet */
	assert_int_equal(OF(0, "\xd0\0\0\0"), -1);     /* slot never used */
	assert_int_equal(OF(0, "\xd0\0\x40\0"), -1); /* slot beyond the last */
	/* A number of 2^40 and more. */
	assert_int_equal(ONE("\xe0\x9c\0\x11\0\0\1\2\1\2"), -1);
}

static void
an_address_index_without_an_address_is_refused(void **state)
{
	(void)state;
	/* The source enters the table before the destination is read. */
	assert_int_equal(OF(1, "\xe0\0\0\x11\0\1\1\1"), 0);
	assert_int_equal(OF(1, "\xe0\0\0\x11\0\2\1\1"), -1);
	assert_int_equal(OF(1, "\xe0\0\0\x11\1\0\1\1"), -1);
	assert_int_equal(OF(1, "\xe0\0\0\x11\xff\0\1\1"), -1);
}

static void
roles_over_4_are_refused(void **state)
{
	(void)state;
	assert_int_equal(ONE("\xe0\0\x40\x11\0\0\1\1\2\1\2"), 0);
	assert_int_equal(ONE("\xe0\0\x40\x11\0\0\4\1\2\1\2"), 0);
	assert_int_equal(ONE("\xe0\0\x40\x11\0\0\5\1\2\1\2"), -1);
	assert_int_equal(ONE("\xe0\0\x40\x11\0\0\xff\1\2\1\2"), -1);
}

/* The interface of the record with the columns ${cols}, -1: refused. */
static int
iface_of(const char *cols, size_t len)
{
	static const uint8_t raw[4];
	const struct around a = { .raw = raw, .n_raw = 4 };
	struct obs o;

	return one_in(&a, cols, len, &o) == 0 ? o.pkt.iface : -1;
}

#define IFACE(kind, octets) "\xe0\0" kind "\x11\0\0" octets "\1\2\1\2"
#define IFACE_OF(kind, octets) \
	iface_of(IFACE(kind, octets), sizeof(IFACE(kind, octets)) - 1)

static void
interfaces_over_255_have_a_high_octet(void **state)
{
	(void)state;
	assert_int_equal(IFACE_OF("\x20", "\xff"), 255);
	assert_int_equal(IFACE_OF("\xa0", "\0\1"), 256);
	assert_int_equal(IFACE_OF("\xa0", "\xff\x0f"), 4095);
	assert_int_equal(IFACE_OF("\xa0", "\0\x10"), -1); /* beyond all */
	assert_int_equal(IFACE_OF("\xa0", "\xff\0"), -1); /* superfluous */
	assert_int_equal(IFACE_OF("\x80", "\1"), -1);     /* without low */
}

/* Token, time, length 1, the marks; then as above. */
#define MARKS(marks, more) "\xec\0\0\1" marks more "\0\x11\0\0\1\2\1\2"

static void
marks_that_cannot_be_are_refused(void **state)
{
	(void)state;
	assert_int_equal(ONE(MARKS("\x00", "")), 0);
	assert_int_equal(ONE(MARKS("\x08", "")), 0);  /* first fragment */
	assert_int_equal(ONE(MARKS("\x10", "")), 0);  /* later fragment */
	assert_int_equal(ONE(MARKS("\x18", "")), -1); /* neither */
	assert_int_equal(ONE(MARKS("\x40", "")), -1); /* bit 30 */
	assert_int_equal(ONE(MARKS("\x80", "")), -1); /* bit 31 */
	assert_int_equal(ONE(MARKS("\x20", "\0\1")), 0);
	assert_int_equal(ONE(MARKS("\x20", "\0\0")), -1); /* not LONG */
}

/* At 1970-01-01 an MGEN message with this lag: octet, ${n} raw bits ${v}. */
static int
lag(uint8_t code, uint64_t v, unsigned int n, int64_t *ret_tx)
{
	char cols[] = MARKS("\x04", "") "L\0"; /* lag, sequence */
	uint8_t raw[24];
	struct bits_wr w = { .start = raw, .p = raw };
	struct around a = { .messages = 1, .raw = raw };
	struct obs o = { .kind = OBS_PKT };
	int err;

	cols[sizeof(cols) - 3] = (char)code;
	bits_put(&w, 0, 32);
	bits_put(&w, v, n);
	a.n_raw = bits_finish(&w);
	err = one_in(&a, cols, sizeof(cols) - 1, &o);
	*ret_tx = o.pkt.mgen_tx.ns;
	return err;
}

static void
a_lag_must_fit_signed_32_bits(void **state)
{
	int64_t tx;

	(void)state;
	/* 2^32 - 2 and 2^32 - 1 are the zigzag of the largest and smallest. */
	assert_int_equal(lag(123, 0x1ffffffe, 29, &tx), 0);
	assert_int_equal(tx, -INT64_C(2147483647000));
	assert_int_equal(lag(123, 0x1fffffff, 29, &tx), 0);
	assert_int_equal(tx, INT64_C(2147483648000));
	assert_int_equal(lag(124, 0, 30, &tx), -1); /* 2^31 */
	assert_int_equal(lag(124, 1, 30, &tx), -1); /* -2^31 - 1 */
	/* The escape may. */
	assert_int_equal(lag(255, UINT64_C(1) << 32, 64, &tx), 0);
	assert_int_equal(tx, -INT64_C(2147483648000));
}

static void
transmit_times_beyond_64_bits_are_refused(void **state)
{
	const uint64_t most = INT64_MAX / 1000; /* us */
	int64_t tx;

	(void)state;
	assert_int_equal(lag(255, 2 * most, 64, &tx), 0);
	assert_int_equal(tx, -(int64_t)most * 1000);
	assert_int_equal(lag(255, 2 * most + 2, 64, &tx), -1);
	assert_int_equal(lag(255, 2 * most - 1, 64, &tx), 0);
	assert_int_equal(tx, most * 1000);
	assert_int_equal(lag(255, 2 * most + 1, 64, &tx), -1);
	assert_int_equal(lag(255, UINT64_MAX, 64, &tx), -1);
}

/* The time of a record in the tick of the base time ${ns}. */
static int64_t
time_at(int64_t ns)
{
	static const char cols[] = FLOW("\xe0", "\0");
	static const uint8_t raw[4];
	const struct around a = { .base = { ns }, .raw = raw, .n_raw = 4 };
	struct obs o;

	assert_int_equal(one_in(&a, cols, sizeof(cols) - 1, &o), 0);
	return o.time.ns;
}

static void
the_tick_before_all_time_is_not_used(void **state)
{
	(void)state;
	assert_int_equal(time_at(1999), 1000);
	assert_int_equal(time_at(-1), -1000);
	assert_int_equal(time_at(-1000), -1000);
	assert_int_equal(time_at(INT64_MIN), -INT64_C(9223372036854775000));
	assert_int_equal(time_at(INT64_MIN + 807), time_at(INT64_MIN));
	assert_int_equal(time_at(INT64_MIN + 808), time_at(INT64_MIN));
	assert_int_equal(
	    time_at(INT64_MIN + 1808), -INT64_C(9223372036854774000));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tokens_that_name_nothing_are_refused),
		cmocka_unit_test(interfaces_over_255_have_a_high_octet),
		cmocka_unit_test(
		    an_address_index_without_an_address_is_refused),
		cmocka_unit_test(roles_over_4_are_refused),
		cmocka_unit_test(marks_that_cannot_be_are_refused),
		cmocka_unit_test(a_lag_must_fit_signed_32_bits),
		cmocka_unit_test(transmit_times_beyond_64_bits_are_refused),
		cmocka_unit_test(the_tick_before_all_time_is_not_used),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
