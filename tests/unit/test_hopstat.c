/* SPDX-License-Identifier: BSD-3-Clause */
/* links: collector/hopstat collector/hopflow collector/hopline collector/join collector/joinpath collector/mgendelay */
/* Paths, loss and delays of packets, and the totals of links and network. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "collector/hopstat.h"

#define S         MONO_NS_PER_S
#define MS        MONO_NS_PER_MS
#define LINES_MAX 256
#define HALF      (UINT32_MAX / 2)

/* What was emitted; the pointers in it copied. */
struct got {
	struct hopflow_line line;
	struct hopflow_at from, to;
	struct mgendelay delay;
};

static const struct sink_src a = {
	.host = 1, .name = "a", .digests = true, .digest_max = UINT32_MAX
};
static const struct sink_src r = {
	.host = 9, .name = "r", .digests = true, .digest_max = UINT32_MAX
};
static const struct sink_src b = {
	.host = 70, .name = "b", .digests = true, .digest_max = UINT32_MAX
};
static struct got got[LINES_MAX];
static size_t n;
static struct hopstat *hs;
static uint32_t digest;

static void
on_line(void *arg, const struct hopflow_line *line)
{
	struct got *g = &got[n++];

	assert_ptr_equal(arg, got);
	assert_true(n <= LINES_MAX);
	*g = (struct got){ .line = *line };
	if (line->from != NULL)
		g->from = *line->from;
	if (line->to != NULL)
		g->to = *line->to;
	if (line->delay != NULL)
		g->delay = *line->delay;
}

static int
begin_with(uint32_t digest_max, size_t flows)
{
	const struct hopstat_conf conf = { .window_ns = 2 * S,
		.packets = 1000,
		.flows = flows,
		.blocks = 100,
		.digest_max = digest_max,
		.idle_ns = 15 * S,
		.active_ns = 60 * S,
		.key = { { 3, 4 } },
		.emit = on_line,
		.arg = got };

	n = 0;
	digest = 0;
	hs = hopstat_new(&conf);
	return hs == NULL;
}

static int
begin(void **state)
{
	(void)state;
	return begin_with(UINT32_MAX, 100);
}

static int
finish(void **state)
{
	(void)state;
	hopstat_free(hs);
	return 0;
}

static struct obs
pkt(int64_t time, uint8_t ttl, uint8_t role)
{
	return (struct obs){ .kind = OBS_PKT,
		.time = { time },
		.pkt = { .src = { 10, 0, 0, 1 },
		    .dst = { 10, 0, 0, 2 },
		    .sport = 5000,
		    .dport = 5001,
		    .ipver = 4,
		    .proto = 17,
		    .len = 100,
		    .ttl = ttl,
		    .role = role,
		    .iface = role == OBS_ROLE_FORWARDED && ttl == 63,
		    .has = OBS_HAS_PORTS | OBS_HAS_DIGEST,
		    .digest = digest } };
}

static void
see(const struct sink_src *src, int64_t time, uint8_t ttl, uint8_t role)
{
	const struct obs o = pkt(time, ttl, role);

	hopstat_put(hs, src, &o, 1);
}

/* The next packet, sent at ${time}, passes the first ${places} of 4. */
static void
send(int64_t time, unsigned int places)
{
	digest += 0x1000193;
	if (places > 0)
		see(&a, time, 64, OBS_ROLE_ORIGINATED);
	if (places > 1)
		see(&r, time + MS, 64, OBS_ROLE_FORWARDED);
	if (places > 2)
		see(&r, time + 5 * MS, 63, OBS_ROLE_FORWARDED);
	if (places > 3)
		see(&b, time + 6 * MS, 63, OBS_ROLE_DELIVERED);
}

static const struct got *
line(enum hopflow_kind kind, unsigned int nth)
{
	size_t i = 0;

	while (i < n && (got[i].line.kind != kind || nth-- > 0))
		i++;
	assert_true(i < n);
	return &got[i < n ? i : 0];
}

static unsigned int
lines(enum hopflow_kind kind)
{
	unsigned int count = 0;

	for (size_t i = 0; i < n; i++)
		count += got[i].line.kind == kind;
	return count;
}

static void
a_path_has_its_hops_in_order_with_loss_and_delay(void **state)
{
	const struct got *g;

	(void)state;
	for (int64_t i = 0; i < 10; i++)
		send(S + i * 20 * MS, i < 7 ? 4 : 2);
	send(S + 300 * MS, 3);
	hopstat_flush(hs);
	assert_int_equal(lines(HOPFLOW_HOP), 3);
	g = line(HOPFLOW_HOP, 0);
	assert_ptr_equal(g->from.src, &a);
	assert_ptr_equal(g->to.src, &r);
	assert_int_equal(g->line.seen, 11);
	assert_int_equal(g->line.packets, 11);
	assert_int_equal(g->line.octets, 1100);
	assert_true(g->line.counts_lost);
	assert_int_equal(g->line.lost, 0);
	assert_int_equal(g->delay.min, MS);
	assert_int_equal(g->delay.max, MS);
	g = line(HOPFLOW_HOP, 1);
	assert_ptr_equal(g->from.src, &r);
	assert_int_equal(g->from.iface, 0);
	assert_int_equal(g->to.iface, 1);
	assert_int_equal(g->line.seen, 11);
	assert_int_equal(g->line.packets, 8);
	assert_int_equal(g->line.lost, 3);
	assert_int_equal(g->delay.n, 8);
	assert_int_equal(g->delay.min, 4 * MS);
	assert_true(g->line.ranks.placed);
	assert_in_range(
	    g->line.ranks.p50, 4 * MS - MS / 100, 4 * MS + MS / 100);
	g = line(HOPFLOW_HOP, 2);
	assert_ptr_equal(g->to.src, &b);
	assert_int_equal(g->line.seen, 8);
	assert_int_equal(g->line.packets, 7);
	assert_int_equal(g->line.lost, 1);
	assert_int_equal(lines(HOPFLOW_END), 1);
	g = line(HOPFLOW_END, 0);
	assert_ptr_equal(g->from.src, &b);
	assert_int_equal(g->line.packets, 7);
	assert_int_equal(g->line.first.ns, S);
	assert_int_equal(g->line.last.ns, S + 305 * MS);
}

static void
each_packet_counts_once_for_the_network(void **state)
{
	const struct got *g;

	(void)state;
	for (int64_t i = 0; i < 10; i++)
		send(S + i * 20 * MS, i < 7 ? 4 : 2);
	hopstat_flush(hs);
	assert_int_equal(lines(HOPFLOW_NETWORK), 1);
	g = line(HOPFLOW_NETWORK, 0);
	assert_int_equal(g->line.seen, 34);
	assert_int_equal(g->line.packets, 10);
	assert_int_equal(g->line.octets, 1000);
	assert_int_equal(lines(HOPFLOW_LINK), 4);
	assert_int_equal(line(HOPFLOW_LINK, 0)->line.packets, 10);
	assert_int_equal(line(HOPFLOW_LINK, 2)->line.packets, 7);
	assert_int_equal(line(HOPFLOW_LINK, 2)->from.iface, 1);
	assert_ptr_equal(line(HOPFLOW_LINK, 3)->from.src, &b);
}

static void
records_without_a_digest_are_counted_apart(void **state)
{
	struct obs o = pkt(S, 64, OBS_ROLE_ORIGINATED);
	const struct sink_src few = {
		.host = 3, .name = "few", .digests = true, .digest_max = HALF
	};
	const struct sink_src none = {
		.host = 4, .name = "none", .digest_max = UINT32_MAX
	};

	(void)state;
	o.pkt.has = OBS_HAS_PORTS;
	hopstat_put(hs, &a, &o, 1);
	/* An agent whose range is smaller would lack packets of others. */
	see(&few, S, 63, OBS_ROLE_DELIVERED);
	see(&none, S, 63, OBS_ROLE_DELIVERED);
	send(S, 1);
	o = (struct obs){ .kind = OBS_LOSS,
		.time = { S },
		.loss = { .reason = OBS_LOSS_KERNEL, .count = 5 } };
	hopstat_put(hs, &a, &o, 1);
	hopstat_flush(hs);
	assert_int_equal(line(HOPFLOW_LINK, 0)->line.seen, 2);
	assert_int_equal(line(HOPFLOW_LINK, 0)->line.plain, 1);
	assert_int_equal(line(HOPFLOW_LINK, 1)->line.plain, 1);
	assert_int_equal(line(HOPFLOW_NETWORK, 0)->line.plain, 3);
	assert_int_equal(line(HOPFLOW_NETWORK, 0)->line.packets, 1);
	assert_int_equal(line(HOPFLOW_NETWORK, 0)->line.missing, 5);
}

static void
digests_beyond_the_range_are_only_seen(void **state)
{
	unsigned int below = 0;

	(void)state;
	hopstat_free(hs);
	assert_int_equal(begin_with(HALF, 100), 0);
	for (int64_t i = 0; i < 1000; i++) {
		send(S + i * MS, 4);
		below += digest <= HALF;
	}
	hopstat_flush(hs);
	assert_true(below > 100 && below < 900);
	assert_int_equal(line(HOPFLOW_LINK, 0)->line.seen, 1000);
	assert_int_equal(line(HOPFLOW_LINK, 0)->line.packets, below);
	assert_int_equal(line(HOPFLOW_NETWORK, 0)->line.packets, below);
	assert_int_equal(line(HOPFLOW_HOP, 0)->line.seen, below);
	assert_int_equal(line(HOPFLOW_HOP, 0)->line.lost, 0);
}

/* The agent was asked for a range, and left the other digests out. */
static void
what_was_not_asked_for_is_not_missed(void **state)
{
	const struct sink_src half = {
		.host = 3, .name = "half", .digests = true, .digest_max = HALF
	};
	struct obs o = pkt(S, 64, OBS_ROLE_ORIGINATED);

	(void)state;
	hopstat_free(hs);
	assert_int_equal(begin_with(HALF, 100), 0);
	hopstat_put(hs, &half, &o, 1);
	o.pkt.has = OBS_HAS_PORTS;
	hopstat_put(hs, &half, &o, 1);
	hopstat_flush(hs);
	assert_int_equal(line(HOPFLOW_NETWORK, 0)->line.seen, 2);
	assert_int_equal(line(HOPFLOW_NETWORK, 0)->line.packets, 1);
	assert_int_equal(line(HOPFLOW_NETWORK, 0)->line.plain, 0);
}

static void
who_overhears_is_on_no_path(void **state)
{
	(void)state;
	send(S, 1);
	see(&r, S + 1, 64, OBS_ROLE_OVERHEARD);
	see(&b, S + MS, 64, OBS_ROLE_DELIVERED);
	hopstat_flush(hs);
	assert_int_equal(lines(HOPFLOW_HOP), 1);
	assert_ptr_equal(line(HOPFLOW_HOP, 0)->to.src, &b);
	assert_int_equal(lines(HOPFLOW_LINK), 3);
}

static void
a_group_has_a_delivery_for_each_receiver(void **state)
{
	(void)state;
	for (int64_t i = 0; i < 10; i++) {
		struct obs o;

		digest++;
		o = pkt(S + i * MS, 64, OBS_ROLE_ORIGINATED);
		o.pkt.dst[0] = 224;
		hopstat_put(hs, &a, &o, 1);
		o.pkt.role = OBS_ROLE_DELIVERED;
		o.time.ns += 10;
		if (i < 9)
			hopstat_put(hs, &r, &o, 1);
		o.time.ns += 10;
		if (i < 4)
			hopstat_put(hs, &b, &o, 1);
	}
	hopstat_flush(hs);
	assert_int_equal(lines(HOPFLOW_HOP), 2);
	assert_ptr_equal(line(HOPFLOW_HOP, 0)->to.src, &r);
	assert_int_equal(line(HOPFLOW_HOP, 0)->line.lost, 1);
	assert_ptr_equal(line(HOPFLOW_HOP, 1)->from.src, &a);
	assert_ptr_equal(line(HOPFLOW_HOP, 1)->to.src, &b);
	assert_int_equal(line(HOPFLOW_HOP, 1)->line.lost, 6);
	assert_int_equal(line(HOPFLOW_HOP, 1)->delay.max, 20);
}

/* A router that watches "any", so that both ways are one interface. */
static void
coming_by_again_is_another_place(void **state)
{
	(void)state;
	digest = 5;
	for (uint8_t ttl = 64; ttl > 60; ttl--) {
		struct obs o = pkt(S + 64 - ttl, ttl, OBS_ROLE_FORWARDED);

		o.pkt.iface = 0;
		hopstat_put(hs, &r, &o, 1);
	}
	hopstat_flush(hs);
	assert_int_equal(lines(HOPFLOW_HOP), 3);
	assert_int_equal(line(HOPFLOW_HOP, 2)->from.pass, 2);
	assert_int_equal(line(HOPFLOW_HOP, 2)->to.pass, 3);
	assert_int_equal(line(HOPFLOW_HOP, 2)->delay.max, 1);
	assert_int_equal(line(HOPFLOW_NETWORK, 0)->line.packets, 1);
}

static void
repeated_packets_are_told_and_have_no_delay(void **state)
{
	(void)state;
	send(S, 3);
	see(&b, S + 6 * MS, 63, OBS_ROLE_DELIVERED);
	see(&b, S + 7 * MS, 63, OBS_ROLE_DELIVERED);
	hopstat_flush(hs);
	assert_int_equal(line(HOPFLOW_HOP, 2)->line.packets, 1);
	assert_int_equal(line(HOPFLOW_HOP, 2)->line.repeated, 1);
	assert_int_equal(line(HOPFLOW_HOP, 2)->line.unpaired, 1);
	assert_int_equal(line(HOPFLOW_HOP, 2)->delay.n, 0);
	assert_int_equal(line(HOPFLOW_NETWORK, 0)->line.packets, 1);
	assert_int_equal(line(HOPFLOW_NETWORK, 0)->line.repeated, 1);
}

static void
of_equal_packets_some_lost_are_counted_without_delay(void **state)
{
	(void)state;
	digest = 9;
	for (int64_t i = 0; i < 10; i++)
		see(&a, S + i * MS, 64, OBS_ROLE_ORIGINATED);
	for (int64_t i = 0; i < 7; i++)
		see(&b, S + (i + 5) * MS, 64, OBS_ROLE_DELIVERED);
	hopstat_flush(hs);
	assert_int_equal(line(HOPFLOW_HOP, 0)->line.seen, 10);
	assert_int_equal(line(HOPFLOW_HOP, 0)->line.packets, 7);
	assert_int_equal(line(HOPFLOW_HOP, 0)->line.lost, 3);
	assert_int_equal(line(HOPFLOW_HOP, 0)->line.unpaired, 7);
	assert_int_equal(line(HOPFLOW_HOP, 0)->delay.n, 0);
}

static void
an_agent_that_is_behind_is_waited_for_but_not_for_ever(void **state)
{
	const uint32_t first = 0x1000193;
	struct obs o;

	(void)state;
	see(&b, S, 63, OBS_ROLE_DELIVERED);
	send(S + MS, 1);
	for (int64_t t = 2 * S; t < 9 * S; t += S)
		send(t, 1);
	o = pkt(S + 7 * MS, 63, OBS_ROLE_DELIVERED);
	o.pkt.digest = first;
	hopstat_put(hs, &b, &o, 1); /* in time */
	for (int64_t t = 9 * S; t < 25 * S; t += S)
		send(t, 1);
	o = pkt(2 * S + 6 * MS, 63, OBS_ROLE_DELIVERED);
	o.pkt.digest = 2 * first;
	hopstat_put(hs, &b, &o, 1); /* too late */
	hopstat_flush(hs);
	assert_int_equal(line(HOPFLOW_NETWORK, 0)->line.late, 1);
	assert_int_equal(line(HOPFLOW_HOP, 0)->line.packets, 1);
	assert_int_equal(line(HOPFLOW_HOP, 0)->delay.max, 6 * MS);
}

static void
who_is_gone_is_not_waited_for(void **state)
{
	(void)state;
	see(&b, S, 63, OBS_ROLE_DELIVERED);
	hopstat_gone(hs, &b);
	for (int64_t t = 2 * S; t < 9 * S; t += S)
		send(t, 1);
	see(&b, 2 * S, 63, OBS_ROLE_DELIVERED);
	hopstat_flush(hs);
	assert_int_equal(line(HOPFLOW_NETWORK, 0)->line.late, 1);
}

static void
flows_end_when_idle_and_go_on_in_further_lines(void **state)
{
	(void)state;
	for (int64_t t = 1; t < 100; t++)
		send(t * S, t < 80 ? 4 : 2);
	assert_int_equal(lines(HOPFLOW_HOP), 3);
	hopstat_flush(hs);
	/* The path is still known: what ends at the router is lost. */
	assert_int_equal(lines(HOPFLOW_HOP), 6);
	assert_int_equal(line(HOPFLOW_HOP, 1)->line.lost, 0);
	assert_int_equal(line(HOPFLOW_HOP, 4)->line.lost, 20);
	assert_int_equal(
	    line(HOPFLOW_HOP, 0)->line.seen + line(HOPFLOW_HOP, 3)->line.seen,
	    99);
	assert_int_equal(lines(HOPFLOW_NETWORK), 2);
	assert_int_equal(line(HOPFLOW_NETWORK, 0)->line.packets +
			     line(HOPFLOW_NETWORK, 1)->line.packets,
	    99);
}

static void
an_idle_flow_ends_while_others_go_on(void **state)
{
	(void)state;
	send(S, 4);
	for (int64_t t = 2; t < 40; t++) {
		struct obs o;

		digest++;
		o = pkt(t * S, 64, OBS_ROLE_ORIGINATED);
		o.pkt.sport = 7;
		hopstat_put(hs, &a, &o, 1);
		o = (struct obs){ .kind = OBS_HOST, .time = { t * S } };
		hopstat_put(hs, &r, &o, 1);
		hopstat_put(hs, &b, &o, 1);
	}
	assert_int_equal(lines(HOPFLOW_HOP), 3);
	assert_int_equal(lines(HOPFLOW_NETWORK), 0);
}

static void
flows_are_bounded_and_the_silent_one_ends(void **state)
{
	(void)state;
	hopstat_free(hs);
	assert_int_equal(begin_with(UINT32_MAX, 16), 0);
	for (uint16_t i = 0; i < 100; i++) {
		struct obs o;

		digest++;
		o = pkt(S + i, 64, OBS_ROLE_ORIGINATED);
		o.pkt.sport = i;
		hopstat_put(hs, &a, &o, 1);
	}
	hopstat_flush(hs);
	assert_int_equal(lines(HOPFLOW_END), 100);
}

static void
a_time_of_another_age_does_not_stop_it(void **state)
{
	(void)state;
	see(&a, INT64_MAX, 64, OBS_ROLE_ORIGINATED);
	see(&a, INT64_MIN, 64, OBS_ROLE_ORIGINATED);
	see(&r, INT64_MAX / 2, 64, OBS_ROLE_FORWARDED);
	for (int64_t i = 0; i < 10; i++)
		send(S + i * 20 * MS, 4);
	hopstat_flush(hs);
	assert_int_equal(
	    line(HOPFLOW_NETWORK, 0)->line.late, 3); /* and one more */
	assert_int_equal(line(HOPFLOW_NETWORK, 0)->line.packets, 11);
}

#define HOP_TEST(f) cmocka_unit_test_setup_teardown(f, begin, finish)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		HOP_TEST(a_path_has_its_hops_in_order_with_loss_and_delay),
		HOP_TEST(each_packet_counts_once_for_the_network),
		HOP_TEST(records_without_a_digest_are_counted_apart),
		HOP_TEST(digests_beyond_the_range_are_only_seen),
		HOP_TEST(what_was_not_asked_for_is_not_missed),
		HOP_TEST(who_overhears_is_on_no_path),
		HOP_TEST(a_group_has_a_delivery_for_each_receiver),
		HOP_TEST(coming_by_again_is_another_place),
		HOP_TEST(repeated_packets_are_told_and_have_no_delay),
		HOP_TEST(of_equal_packets_some_lost_are_counted_without_delay),
		HOP_TEST(
		    an_agent_that_is_behind_is_waited_for_but_not_for_ever),
		HOP_TEST(who_is_gone_is_not_waited_for),
		HOP_TEST(flows_end_when_idle_and_go_on_in_further_lines),
		HOP_TEST(an_idle_flow_ends_while_others_go_on),
		HOP_TEST(flows_are_bounded_and_the_silent_one_ends),
		HOP_TEST(a_time_of_another_age_does_not_stop_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
