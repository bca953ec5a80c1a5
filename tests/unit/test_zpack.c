/* SPDX-License-Identifier: BSD-3-Clause */
/* links: wire/zpack wire/dnsname tests/unit/gen tests/unit/gendns -lz */
/* Tests of the compressor: window over blocks, no tail, bounded output. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/gen.h"
#include "wire/zpack.h"

#define ROOM 200000

struct ends {
	struct zpack *out;
	struct zpack_in *in;
	uint8_t z[ROOM], back[ROOM];
};

static int
set_up(void **state)
{
	struct ends *e = calloc(1, sizeof(*e));

	*state = e;
	if (e == NULL)
		return -1;
	e->out = zpack_new(6, 12);
	e->in = zpack_in_new(12);
	if (e->out == NULL || e->in == NULL)
		return -1;
	zpack_reset(e->out, 6);
	return 0;
}

static int
tear_down(void **state)
{
	struct ends *e = *state;

	zpack_free(e->out);
	zpack_in_free(e->in);
	free(e);
	return 0;
}

/* Fill ${data} with octets below ${range}. */
static void
fill(uint8_t *data, size_t len, uint64_t seed, uint32_t range)
{
	struct gen g;

	gen_seed(&g, seed);
	for (size_t i = 0; i < len; i++)
		data[i] = (uint8_t)gen_below(&g, range);
}

/* Compress in three parts.  Returns the octets at e->z. */
static size_t
squeeze(struct ends *e, const uint8_t *data, size_t len)
{
	const size_t third = len / 3;
	const size_t bound = zpack_bound(e->out, len);

	zpack_start(e->out, e->z, bound);
	if (third > 0) {
		zpack_add(e->out, data, third, true);
		zpack_add(e->out, data + third, third, true);
	}
	zpack_add(e->out, data + 2 * third, len - 2 * third, false);
	len = zpack_end(e->out);
	assert_true(len <= bound);
	return len;
}

static void
blocks_of_all_kinds_come_back_and_share_a_window(void **state)
{
	struct ends *e = *state;
	uint8_t data[9000];

	for (uint32_t i = 0; i < 200; i++) {
		const size_t len = 1 + i * 45;
		size_t n;
		const uint8_t *p;

		if (i == 100) {
			zpack_reset(e->out, 1);
			zpack_in_reset(e->in);
		}
		fill(data, len, i, i % 4 == 0 ? 256 : 1 + i);
		n = squeeze(e, data, len);
		p = gen_guard(e->z, n);
		assert_int_equal(zpack_in(e->in, e->back, len, p, n), len);
		assert_memory_equal(e->back, data, len);
		gen_unguard(p, n);
	}
}

static void
a_block_refers_to_the_block_before(void **state)
{
	struct ends *e = *state;
	uint8_t data[600];
	size_t first;

	fill(data, sizeof(data), 1, 256);
	first = squeeze(e, data, sizeof(data));
	assert_true(squeeze(e, data, sizeof(data)) < first / 8);
}

static void
the_tail_of_the_flush_is_stripped(void **state)
{
	struct ends *e = *state;
	const size_t n = squeeze(e, (const uint8_t *)"abcabcabc", 9);

	assert_true(n < 4 || memcmp(e->z + n - 4, "\0\0\xff\xff", 4) != 0);
	assert_int_equal(zpack_in(e->in, e->back, 9, e->z, n), 9);
}

static void
a_bomb_stops_at_the_room_it_was_given(void **state)
{
	struct ends *e = *state;
	const size_t len = ROOM - 1000;
	uint8_t *zero = calloc(1, len);
	size_t n = squeeze(e, zero, len);

	assert_true(n < 1000);
	e->back[1000] = 0x5a;
	assert_int_equal(zpack_in(e->in, e->back, 1000, e->z, n), -1);
	assert_int_equal(e->back[1000], 0x5a);
	/* One octet too little is found too. */
	zpack_in_reset(e->in);
	assert_int_equal(zpack_in(e->in, e->back, len - 1, e->z, n), -1);
	zpack_in_reset(e->in);
	assert_int_equal(zpack_in(e->in, e->back, len, e->z, n), len);
	free(zero);
}

static void
a_cut_or_ended_deflate_stream_is_refused(void **state)
{
	struct ends *e = *state;
	uint8_t data[500];
	size_t n;

	fill(data, sizeof(data), 3, 7);
	n = squeeze(e, data, sizeof(data));
	for (size_t cut = 1; cut < n; cut++) {
		ptrdiff_t got;

		zpack_in_reset(e->in);
		got = zpack_in(e->in, e->back, ROOM, e->z, cut);
		assert_true(got < (ptrdiff_t)sizeof(data));
	}
	/* BFINAL: a last, empty block of fixed codes. */
	zpack_in_reset(e->in);
	assert_int_equal(
	    zpack_in(e->in, e->back, ROOM, (const uint8_t *)"\3", 2), -1);
}

static void
the_crc_is_that_of_gzip(void **state)
{
	(void)state;
	assert_int_equal(
	    zpack_crc((const uint8_t *)"123456789", 9), 0xcbf43926);
}

#define WITH_ENDS(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_ENDS(blocks_of_all_kinds_come_back_and_share_a_window),
		WITH_ENDS(a_block_refers_to_the_block_before),
		WITH_ENDS(the_tail_of_the_flush_is_stripped),
		WITH_ENDS(a_bomb_stops_at_the_room_it_was_given),
		WITH_ENDS(a_cut_or_ended_deflate_stream_is_refused),
		cmocka_unit_test(the_crc_is_that_of_gzip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
