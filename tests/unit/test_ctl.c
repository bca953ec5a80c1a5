/* SPDX-License-Identifier: BSD-3-Clause */
/* links: wire/ctl wire/frame wire/zpack wire/dnsname tests/unit/gen tests/unit/gendns -lz */
/* Tests of the payloads of small frames. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/gen.h"
#include "wire/ctl.h"

static const struct ctl_stats stats = { .wall = { -1 },
	.mono_ns = INT64_MAX,
	.next_seq = UINT64_MAX,
	.received = 1,
	.kernel_drops = 200,
	.iface_drops = 3,
	.filtered = 40000,
	.not_ip = 5,
	.malformed = 6,
	.gap_records = 7,
	.queued = 8,
	.cpu_us = 9,
	.host_iface = 10,
	.host_softnet = 11,
	.host_udp = 12 };
static const struct ctl_time ping = { .id = 300, .t1 = -1, .t2 = 2, .t3 = 3 };
static const struct obs host = { .kind = OBS_HOST,
	.time = { 1700000000000000000 },
	.host = { .has = OBS_HOST_ALL, .cpu_busy = 99, .mem_used = 1 << 20 } };
static const struct obs gap = { .kind = OBS_LOSS,
	.time = { 5 },
	.loss = { .reason = OBS_LOSS_SPOOL, .first = 10, .count = 300 } };

/* Read ${body} as every type in turn.  Returns 0, or -1, of type ${i}. */
static int
get(unsigned int i, const uint8_t *body, size_t len)
{
	struct ctl_stats s;
	struct ctl_time t;
	struct obs o;
	unsigned int why;
	uint64_t seq, dns;

	switch (i) {
	case 0:
		return ctl_stats_get(&s, body, len);
	case 1:
		return ctl_sysinfo_get(&o, body, len);
	case 2:
		return ctl_gap_get(&o, body, len);
	case 3:
		return ctl_ack_get(&seq, &dns, body, len);
	case 4:
		return ctl_time_get(&t, body, len);
	default:
		return ctl_bye_get(&why, &seq, body, len);
	}
}
#define TYPES 6

static size_t
put(unsigned int i, uint8_t body[static CTL_MAX])
{
	switch (i) {
	case 0:
		return ctl_stats_put(body, &stats);
	case 1:
		return ctl_sysinfo_put(body, &host);
	case 2:
		return ctl_gap_put(body, &gap);
	case 3:
		return ctl_ack_put(body, 1 << 20, 77);
	case 4:
		return ctl_time_put(body, &ping);
	default:
		return ctl_bye_put(body, CTL_BYE_LIMIT, 1 << 20);
	}
}

static void
small_payloads_come_back(void **state)
{
	uint8_t body[CTL_MAX];
	struct ctl_stats s;
	struct ctl_time t;
	struct obs o;
	unsigned int why;
	uint64_t seq, dns;

	(void)state;
	assert_int_equal(ctl_stats_get(&s, body, put(0, body)), 0);
	assert_memory_equal(&s, &stats, sizeof(s));
	assert_int_equal(ctl_sysinfo_get(&o, body, put(1, body)), 0);
	assert_true(gen_same(&o, &host));
	assert_int_equal(ctl_gap_get(&o, body, put(2, body)), 0);
	assert_true(gen_same(&o, &gap));
	assert_int_equal(ctl_ack_get(&seq, &dns, body, put(3, body)), 0);
	assert_int_equal(seq, 1 << 20);
	assert_int_equal(dns, 77);
	assert_int_equal(ctl_time_get(&t, body, put(4, body)), 0);
	assert_memory_equal(&t, &ping, sizeof(t));
	assert_int_equal(ctl_bye_get(&why, &seq, body, put(5, body)), 0);
	assert_int_equal(why, CTL_BYE_LIMIT);
	assert_int_equal(seq, 1 << 20);
}

static void
sysinfo_has_only_the_members_it_names(void **state)
{
	(void)state;
	for (unsigned int has = 0; has <= OBS_HOST_ALL; has++) {
		struct obs o = { .kind = OBS_HOST,
			.host = { .has = (uint8_t)has } };
		uint8_t body[CTL_MAX];
		struct obs got;

		if (has & OBS_HOST_CPU)
			o.host.cpu_busy = 7;
		if (has & OBS_HOST_MEM)
			o.host.mem_used = 8;
		assert_int_equal(
		    ctl_sysinfo_get(&got, body, ctl_sysinfo_put(body, &o)), 0);
		assert_true(gen_same(&got, &o));
	}
}

static void
cut_payloads_are_malformed(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < TYPES; i++) {
		uint8_t body[CTL_MAX];
		const size_t n = put(i, body);

		for (size_t cut = 0; cut < n; cut++) {
			const uint8_t *p = gen_guard(body, cut);

			assert_int_equal(get(i, p, cut), -1);
			gen_unguard(p, cut);
		}
	}
}

static void
octets_after_the_known_members_are_ignored(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < TYPES; i++) {
		uint8_t body[CTL_MAX];
		const size_t n = put(i, body);

		body[n] = 0xff;
		assert_int_equal(get(i, body, n + 1), 0);
	}
}

static void
gaps_that_cannot_be_are_refused(void **state)
{
	static const struct obs_loss bad[] = {
		{ .reason = 0, .first = 1, .count = 1 },
		{ .reason = OBS_LOSS_MAX + 1, .first = 1, .count = 1 },
		{ .reason = 1, .first = 1, .count = 0 },
		{ .reason = 1, .first = UINT64_MAX, .count = 1 },
	};
	uint8_t body[CTL_MAX];
	struct obs got;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const struct obs o = { .kind = OBS_LOSS, .loss = bad[i] };

		assert_int_equal(
		    ctl_gap_get(&got, body, ctl_gap_put(body, &o)), -1);
	}
}

static void
unknown_members_of_sysinfo_are_refused(void **state)
{
	const struct obs o = { .kind = OBS_HOST, .host = { .has = 4 } };
	uint8_t body[CTL_MAX];
	struct obs got;

	(void)state;
	assert_int_equal(
	    ctl_sysinfo_get(&got, body, ctl_sysinfo_put(body, &o)), -1);
}

static void
a_cpu_load_over_32_bits_is_refused(void **state)
{
	uint8_t body[] = { 0, 0, 0, 0, 0, 0, 0, 1, OBS_HOST_CPU, 0xff, 0xff,
		0xff, 0xff, 0x0f };
	struct obs got;

	(void)state;
	assert_int_equal(ctl_sysinfo_get(&got, body, sizeof(body)), 0);
	assert_int_equal(got.host.cpu_busy, UINT32_MAX);
	body[sizeof(body) - 1] = 0x1f;
	assert_int_equal(ctl_sysinfo_get(&got, body, sizeof(body)), -1);
}

static void
a_payload_goes_into_one_frame(void **state)
{
	uint8_t body[CTL_MAX];
	uint8_t buf[CTL_MAX + FRAME_OVERHEAD];
	const size_t len = put(0, body);
	const size_t n = ctl_frame(buf, FRAME_STATS, body, len);
	struct frame f;

	(void)state;
	assert_int_equal(frame_get(&f, buf, n, CTL_MAX), n);
	assert_int_equal(f.type, FRAME_STATS);
	assert_int_equal(f.flags, 0);
	assert_int_equal(f.len, len);
	assert_memory_equal(f.body, body, len);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(small_payloads_come_back),
		cmocka_unit_test(sysinfo_has_only_the_members_it_names),
		cmocka_unit_test(cut_payloads_are_malformed),
		cmocka_unit_test(octets_after_the_known_members_are_ignored),
		cmocka_unit_test(gaps_that_cannot_be_are_refused),
		cmocka_unit_test(unknown_members_of_sysinfo_are_refused),
		cmocka_unit_test(a_cpu_load_over_32_bits_is_refused),
		cmocka_unit_test(a_payload_goes_into_one_frame),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
