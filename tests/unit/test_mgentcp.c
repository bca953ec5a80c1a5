/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/mgentcp agent/mgen */
/* MGEN over TCP: flows followed through segments cut anywhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <stdlib.h>

#include "agent/mgentcp.h"
#include "tests/unit/frames.h"

#define ISN 0xfffff000u /* sequence numbers wrap early */

static const struct hash_key hash = { { 0x9e3779b97f4a7c15,
    0xd6e8feb86659fd93 } };
static const struct obs_pkt direction = { .src = { 10, 0, 0, 1 },
	.dst = { 10, 0, 0, 2 },
	.sport = 1000,
	.dport = 2000,
	.ipver = 4,
	.proto = 6 };

/* The octets of a connection. */
static uint8_t stream[400000];
static size_t stream_len;

/* Append a message, as MGEN writes one: a header every 8192 octets. */
static void
message(uint16_t size, uint32_t flow, uint32_t seq)
{
	struct frame f = { 0 };

	frame_mgen(&f, size, flow, seq);
	memset(stream + stream_len, 0xee, size);
	for (size_t at = 0; at < size; at += MGEN_SEGMENT) {
		const size_t room = size - at;

		memcpy(stream + stream_len + at, f.data,
		    room < f.len ? room : f.len);
	}
	stream_len += size;
}

static int
new_tracker(void **state)
{
	stream_len = 0;
	*state = mgentcp_new(&hash);
	return *state == NULL ? -1 : 0;
}

static int
free_tracker(void **state)
{
	free(*state);
	return 0;
}

/* The segment of ${len} octets at ${at}, ${captured} of them captured. */
static bool
segment(struct mgentcp *t, size_t at, size_t len, size_t captured,
    struct mgentcp_hit *hit)
{
	struct mgentcp_seg seg = { .len = len,
		.captured = captured < len ? captured : len,
		.seq = ISN + (uint32_t)at };
	uint8_t *data = malloc(seg.captured + 1);
	bool seen;

	/* exactly as large, for the sanitizer to watch its end */
	assert_non_null(data);
	memcpy(data + 1, stream + at, seg.captured);
	seg.p = data + 1;
	seen = mgentcp_seen(t, &direction, &seg, hit);
	free(data);
	return seen;
}

static void
a_segment_without_a_header_is_not_mgens(void **state)
{
	struct mgentcp_hit hit;

	message(100, 7, 0);
	assert_false(segment(*state, 1, 99, 99, &hit));
	assert_true(segment(*state, 0, 100, 100, &hit));
	assert_int_equal(hit.flow, 7);
	assert_true(hit.header);
	assert_int_equal(hit.starts, 1);
}

static void
a_message_is_followed_at_every_segment_size(void **state)
{
	struct mgentcp_hit hit;

	message(20000, 7, 0);
	message(5000, 8, 0);
	message(65535, 7, 1);
	for (size_t mss = 536; mss < 9000; mss += 97) {
		unsigned int starts = 0;

		mgentcp_reset(*state, &direction);
		for (size_t at = 0; at < stream_len; at += mss) {
			const size_t len =
			    stream_len - at < mss ? stream_len - at : mss;

			assert_true(segment(*state, at, len, len, &hit));
			starts += hit.starts;
		}
		/* a header between two segments cannot be read */
		assert_in_range(starts, 1, 3);
	}
}

static void
two_flows_share_a_connection_and_a_segment(void **state)
{
	struct mgentcp_hit hit;

	message(100, 7, 0);
	message(200, 8, 5);
	message(1000, 9, 1);
	assert_true(segment(*state, 0, 150, 150, &hit));
	assert_int_equal(hit.flow, 7);
	assert_int_equal(hit.starts, 2);
	assert_int_equal(hit.msg.flow, 7);
	assert_true(segment(*state, 150, 300, 300, &hit));
	assert_int_equal(hit.flow, 8);
	assert_int_equal(hit.starts, 1);
	assert_int_equal(hit.msg.flow, 9);
	assert_int_equal(hit.msg.seq, 1);
	assert_true(segment(*state, 450, 850, 850, &hit));
	assert_int_equal(hit.flow, 9);
	assert_false(hit.header);
}

static void
repeated_headers_need_not_be_captured(void **state)
{
	struct mgentcp_hit hit;
	unsigned int starts = 0;

	message(20000, 7, 0);
	message(20000, 8, 0);
	for (size_t at = 0; at < stream_len; at += 1000) {
		assert_true(segment(*state, at, 1000, 126, &hit));
		assert_int_equal(hit.flow, at < 20000 ? 7 : 8);
		starts += hit.starts;
	}
	assert_int_equal(starts, 2);
}

static void
a_split_message_is_counted_once(void **state)
{
	struct mgentcp_hit hit;

	message(65535, 7, 3);
	message(40000, 7, 3);
	message(100, 7, 4);
	assert_true(segment(*state, 0, 65000, 65000, &hit));
	assert_int_equal(hit.starts, 1);
	assert_true(segment(*state, 65000, 40000, 40000, &hit));
	assert_int_equal(hit.starts, 0);
	assert_true(hit.header);
	assert_true(segment(*state, 105000, 635, 635, &hit));
	assert_int_equal(hit.starts, 1);
	assert_int_equal(hit.msg.seq, 4);
}

static void
what_is_sent_again_is_counted_before(void **state)
{
	struct mgentcp_hit hit;

	message(1000, 7, 0);
	message(3000, 7, 1);
	assert_true(segment(*state, 0, 1000, 1000, &hit));
	assert_true(segment(*state, 1000, 1000, 1000, &hit));
	assert_int_equal(hit.starts, 1);
	assert_true(segment(*state, 0, 1000, 1000, &hit));
	assert_int_equal(hit.flow, 7);
	assert_int_equal(hit.msg.seq, 0);
	assert_int_equal(hit.starts, 0);
	/* and we are still where we were */
	assert_true(segment(*state, 2000, 1000, 1000, &hit));
	assert_false(hit.header);
	assert_true(segment(*state, 3000, 1000, 1000, &hit));
	assert_false(hit.header);
}

static void
behind_a_hole_any_header_leads_back(void **state)
{
	struct mgentcp_hit hit;

	message(1000, 7, 0);
	message(1000, 7, 1);
	message(1000, 8, 0);
	message(1000, 8, 1);
	assert_true(segment(*state, 0, 1000, 1000, &hit));
	assert_true(segment(*state, 1900, 1000, 1000, &hit));
	assert_int_equal(hit.flow, 8);
	assert_int_equal(hit.starts, 1);
	assert_true(segment(*state, 2900, 1100, 1100, &hit));
	assert_int_equal(hit.flow, 8);
	assert_int_equal(hit.msg.seq, 1);
}

static void
another_protocol_on_the_same_ports_is_not_mgens(void **state)
{
	struct mgentcp_hit hit;

	message(1000, 7, 0);
	memset(stream + 1000, 'x', 5000);
	assert_true(segment(*state, 0, 1000, 1000, &hit));
	assert_false(segment(*state, 1000, 1000, 1000, &hit));
	assert_false(segment(*state, 2000, 1000, 1000, &hit));
}

static void
a_contradiction_within_a_segment_ends_the_flow(void **state)
{
	struct mgentcp_hit hit;

	message(1000, 7, 0);
	memset(stream + 1000, 'x', 5000);
	assert_true(segment(*state, 0, 1500, 1500, &hit));
	assert_false(segment(*state, 1500, 1000, 1000, &hit));
}

static void
a_header_leads_back_after_a_contradiction(void **state)
{
	struct mgentcp_hit hit;

	message(1000, 7, 0);
	message(1000, 7, 1); /* the header of this one is spoilt */
	message(3000, 8, 0);
	memset(stream + 1000, 'x', 28);
	assert_true(segment(*state, 0, 1000, 1000, &hit));
	assert_false(segment(*state, 1000, 1000, 1000, &hit));
	assert_true(segment(*state, 2000, 1000, 1000, &hit));
	assert_true(segment(*state, 3000, 1000, 1000, &hit));
	assert_int_equal(hit.flow, 8);
	assert_false(hit.header);
}

static void
an_unseen_header_is_presumed_of_the_flow_for_a_while(void **state)
{
	struct mgentcp_seg seg = { .p = stream, .len = 1000 };
	struct mgentcp_hit hit;

	message(1000, 7, 0);
	assert_true(segment(*state, 0, 1000, 1000, &hit));
	seg.seq = ISN + 1000;
	assert_true(mgentcp_seen(*state, &direction, &seg, &hit));
	assert_int_equal(hit.flow, 7);
	assert_false(hit.header);
	seg.seq = ISN + 500000;
	assert_true(mgentcp_seen(*state, &direction, &seg, &hit));
	seg.seq = ISN + 5000000;
	assert_false(mgentcp_seen(*state, &direction, &seg, &hit));
}

static void
what_came_before_the_part_we_are_in_is_unknown(void **state)
{
	struct mgentcp_hit hit;

	message(20000, 7, 0);
	assert_true(segment(*state, 0, 10000, 10000, &hit));
	assert_true(segment(*state, 8500, 1000, 1000, &hit));
	assert_false(segment(*state, 1000, 1000, 1000, &hit));
	assert_true(segment(*state, 10000, 1000, 1000, &hit));
	assert_int_equal(hit.flow, 7);
}

static void
a_new_connection_begins_without_a_past(void **state)
{
	struct mgentcp_hit hit;

	message(8000, 7, 0);
	assert_true(segment(*state, 0, 1000, 1000, &hit));
	mgentcp_reset(*state, &direction);
	assert_false(segment(*state, 1000, 1000, 1000, &hit));
	assert_true(segment(*state, 0, 1000, 1000, &hit));
	assert_int_equal(hit.starts, 1);
}

static void
directions_interfaces_and_vlans_are_apart(void **state)
{
	struct frame f = { 0 };
	struct obs_pkt k = direction;
	struct mgentcp_seg seg = { .p = f.data, .captured = 28, .len = 28 };
	struct mgentcp_hit hit;

	frame_mgen(&f, 8000, 7, 0);
	assert_true(mgentcp_seen(*state, &k, &seg, &hit));
	seg.seq += 28;
	seg.p = (const uint8_t *)"no header, but what follows it";
	k.iface = 0x100;
	assert_false(mgentcp_seen(*state, &k, &seg, &hit));
	k = direction;
	k.vlan = 0x8001;
	assert_false(mgentcp_seen(*state, &k, &seg, &hit));
	k = direction;
	k.sport++;
	assert_false(mgentcp_seen(*state, &k, &seg, &hit));
	assert_true(mgentcp_seen(*state, &direction, &seg, &hit));
}

/* Far more connections than there is room: the one in use is kept. */
static void
the_least_used_connection_gives_way(void **state)
{
	struct frame f = { 0 };
	struct obs_pkt k = direction;
	struct mgentcp_seg seg = { .p = f.data, .captured = 28, .len = 28 };
	const struct mgentcp_seg more = {
		.p = (const uint8_t *)"!", .captured = 1, .len = 1, .seq = 28
	};
	struct mgentcp_hit hit;

	frame_mgen(&f, 8000, 7, 0);
	assert_true(mgentcp_seen(*state, &direction, &seg, &hit));
	for (unsigned int i = 1; i < 20000; i++) {
		k.sport = (uint16_t)(direction.sport + i);
		assert_true(mgentcp_seen(*state, &k, &seg, &hit));
		assert_true(mgentcp_seen(*state, &direction, &more, &hit));
	}
	k.sport = (uint16_t)(direction.sport + 1);
	assert_false(mgentcp_seen(*state, &k, &more, &hit));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, new_tracker, free_tracker)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_segment_without_a_header_is_not_mgens),
		TEST(a_message_is_followed_at_every_segment_size),
		TEST(two_flows_share_a_connection_and_a_segment),
		TEST(repeated_headers_need_not_be_captured),
		TEST(a_split_message_is_counted_once),
		TEST(what_is_sent_again_is_counted_before),
		TEST(behind_a_hole_any_header_leads_back),
		TEST(another_protocol_on_the_same_ports_is_not_mgens),
		TEST(a_contradiction_within_a_segment_ends_the_flow),
		TEST(a_header_leads_back_after_a_contradiction),
		TEST(an_unseen_header_is_presumed_of_the_flow_for_a_while),
		TEST(what_came_before_the_part_we_are_in_is_unknown),
		TEST(a_new_connection_begins_without_a_past),
		TEST(directions_interfaces_and_vlans_are_apart),
		TEST(the_least_used_connection_gives_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
