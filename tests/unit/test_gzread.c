/* SPDX-License-Identifier: BSD-3-Clause */
/* links: base/gzread -lz */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/gzread.h"

#define TEXT_MAX 20000

static unsigned char text[2 * TEXT_MAX], packed[4 * TEXT_MAX];
static size_t text_len, packed_len;

/* Add a member with ${len} octets of text. */
static void
add_member(size_t len)
{
	z_stream z = { 0 };

	for (size_t i = 0; i < len; i++)
		text[text_len + i] = (unsigned char)('a' + i * i % 19);
	assert_int_equal(
	    deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY),
	    Z_OK);
	z.next_in = text + text_len;
	z.avail_in = (uInt)len;
	z.next_out = packed + packed_len;
	z.avail_out = (uInt)(sizeof(packed) - packed_len);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	packed_len = sizeof(packed) - z.avail_out;
	text_len += len;
	assert_int_equal(deflateEnd(&z), Z_OK);
}

static int
setup(void **state)
{
	(void)state;
	text_len = packed_len = 0;
	return 0;
}

/*
 * Read ${len} octets, so many at a time, with room for so many.  Returns
 * whether they are a whole file; fails when the text is another.
 */
static bool
reads(size_t len, size_t chunk, size_t room)
{
	static unsigned char out[2 * TEXT_MAX];
	struct gzread *g = gzread_new();
	size_t at = 0, n_out = 0, end = 0;

	assert_non_null(g);
	for (;;) {
		const size_t left = sizeof(out) - n_out;
		size_t used;
		ssize_t n;

		n = gzread_run(g, packed + at, end - at, &used, out + n_out,
		    room < left ? room : left);
		if (n < 0) {
			gzread_free(g);
			return false;
		}
		at += used;
		n_out += (size_t)n;
		assert_true(n_out <= text_len);
		if (n > 0)
			continue;
		assert_int_equal(at, end);
		if (end == len)
			break;
		end = len - end < chunk ? len : end + chunk;
	}
	assert_memory_equal(out, text, n_out);
	const bool whole = gzread_whole(g);

	assert_true(!whole || len < packed_len || n_out == text_len);
	gzread_free(g);
	return whole;
}

static void
pieces_of_any_size_give_the_text(void **state)
{
	static const size_t size[] = { 1, 2, 3, 7, 100, 4096, 65536 };

	(void)state;
	add_member(TEXT_MAX / 2);
	add_member(0);
	add_member(1000);
	for (size_t i = 0; i < 7; i++) {
		for (size_t k = 0; k < 7; k++)
			assert_true(reads(packed_len, size[i], size[k]));
	}
}

static void
a_file_is_whole_only_at_the_end_of_a_member(void **state)
{
	size_t first;

	(void)state;
	add_member(1000);
	first = packed_len;
	add_member(1000);
	for (size_t n = 0; n <= packed_len; n++) {
		assert_int_equal(
		    reads(n, 64, 64), n == first || n == packed_len);
	}
}

static void
zeros_behind_it_are_ignored_and_other_octets_are_not(void **state)
{
	(void)state;
	add_member(1000);
	memset(packed + packed_len, 0, 512);
	packed_len += 512;
	assert_true(reads(packed_len, 100, 100));
	packed[packed_len++] = 'x';
	assert_false(reads(packed_len, 100, 100));
}

static void
a_changed_octet_is_found(void **state)
{
	(void)state;
	add_member(TEXT_MAX);
	/* from the fixed octets on: the header holds a time and the like */
	for (size_t i = 10; i < packed_len; i++) {
		unsigned char out[2 * TEXT_MAX];
		struct gzread *g = gzread_new();
		size_t used;
		ssize_t n;

		packed[i] ^= 0x10;
		n = gzread_run(g, packed, packed_len, &used, out, sizeof(out));
		/* Some bits only fill an octet. */
		assert_true(n < 0 || !gzread_whole(g) ||
			    ((size_t)n == text_len &&
				memcmp(out, text, text_len) == 0));
		gzread_free(g);
		packed[i] ^= 0x10;
	}
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(pieces_of_any_size_give_the_text),
		TEST(a_file_is_whole_only_at_the_end_of_a_member),
		TEST(zeros_behind_it_are_ignored_and_other_octets_are_not),
		TEST(a_changed_octet_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
