/* SPDX-License-Identifier: BSD-3-Clause */
/* links: collector/legacy wire/rec28 */
/* Old records, cut anywhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "collector/legacy.h"
#include "wire/bytes.h"

#define REC     ((size_t)REC28_LEN)
#define RECORDS 300 /* more than the reader hands on at once */
#define LEN     (RECORDS * REC)

static uint8_t stream[LEN];

/* What came out, and whether it came in order. */
struct seen {
	size_t pkts, hosts;
	uint64_t next;
};

static void
fill_stream(void)
{
	for (uint32_t i = 0; i < RECORDS; i++) {
		uint8_t *p = &stream[i * REC];

		memset(p, 0, REC);
		put_be32(p, 1700000000 + i);
		put_be32(p + 4, i);
		put_be32(p + 8, 0x0a000001);
		put_be32(p + 12, 0x0a000002);
		put_be16(p + 16, 1000);
		put_be16(p + 18, 2000);
		put_be16(p + 20, (uint16_t)i);
		p[26] = 17;
		if (i % 10 != 9)
			continue;
		/* CPU load, as the old agent wrote it */
		memset(p + 8, 0, 20);
		p[8] = p[12] = 1;
		put_be16(p + 16, 1);
		put_be16(p + 18, 1);
		put_be16(p + 20, 50);
		put_be32(p + 22, 0xffffffff);
		p[26] = 61;
	}
}

static void
note(void *arg, uint64_t first, const struct obs *o, size_t n)
{
	struct seen *s = arg;

	assert_int_equal(first, s->next);
	if (o->kind == OBS_HOST) {
		assert_int_equal(n, 1);
		assert_int_equal(o->host.cpu_busy, 50);
		s->hosts++;
		return;
	}
	for (size_t i = 0; i < n; i++) {
		const uint64_t at = s->next + s->hosts;

		assert_int_equal(o[i].kind, OBS_PKT);
		assert_int_equal(o[i].pkt.len, at);
		assert_int_equal(
		    o[i].time.ns, (int64_t)(1700000000 + at) * MONO_NS_PER_S +
				      (int64_t)at * 1000);
		s->next++;
		s->pkts++;
	}
}

static void
check_all(const struct seen *s)
{
	assert_int_equal(s->pkts, RECORDS - RECORDS / 10);
	assert_int_equal(s->hosts, RECORDS / 10);
}

static void
a_stream_in_one_piece_gives_every_record(void **state)
{
	struct seen s = { 0 };
	struct legacy l;

	(void)state;
	legacy_init(&l, 0);
	assert_int_equal(legacy_feed(&l, stream, LEN, note, &s), 0);
	check_all(&s);
}

static void
a_cut_at_any_octet_loses_nothing(void **state)
{
	(void)state;
	for (size_t cut = 0; cut <= LEN; cut++) {
		struct seen s = { 0 };
		struct legacy l;

		legacy_init(&l, 0);
		assert_int_equal(legacy_feed(&l, stream, cut, note, &s), 0);
		assert_int_equal(l.n, cut % REC);
		assert_int_equal(
		    legacy_feed(&l, stream + cut, LEN - cut, note, &s), 0);
		check_all(&s);
	}
}

static void
pieces_of_any_size_lose_nothing(void **state)
{
	(void)state;
	for (size_t piece = 1; piece < 4 * REC; piece++) {
		struct seen s = { 0 };
		struct legacy l;

		legacy_init(&l, 0);
		for (size_t at = 0; at < LEN; at += piece) {
			const size_t n = LEN - at < piece ? LEN - at : piece;

			assert_int_equal(
			    legacy_feed(&l, stream + at, n, note, &s), 0);
		}
		check_all(&s);
	}
}

static void
what_came_before_a_bad_record_is_given_out(void **state)
{
	uint8_t bad[3 * REC];

	(void)state;
	memcpy(bad, stream, sizeof(bad));
	put_be32(&bad[2 * REC + 4], 1000000);
	for (size_t cut = 0; cut < 2 * REC; cut++) {
		struct seen s = { 0 };
		struct legacy l;

		legacy_init(&l, 0);
		assert_int_equal(legacy_feed(&l, bad, cut, note, &s), 0);
		assert_int_equal(
		    legacy_feed(&l, bad + cut, sizeof(bad) - cut, note, &s),
		    -1);
		assert_int_equal(s.pkts, 2);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stream_in_one_piece_gives_every_record),
		cmocka_unit_test(a_cut_at_any_octet_loses_nothing),
		cmocka_unit_test(pieces_of_any_size_lose_nothing),
		cmocka_unit_test(what_came_before_a_bad_record_is_given_out),
	};

	fill_stream();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
