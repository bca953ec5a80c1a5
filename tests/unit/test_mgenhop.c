/* SPDX-License-Identifier: BSD-3-Clause */
/* links: collector/mgenstat collector/mgentell collector/mgenhop collector/mgenpath collector/mgentab collector/mgenwait collector/clockfix collector/mgenclock collector/sinksrc collector/mgenseq collector/mgendelay */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "collector/clockfix.h"
#include "collector/mgenstat.h"
#include "wire/hello.h"

#define S  MONO_NS_PER_S
#define US MONO_NS_PER_US

enum { NODES = 70, ORIGINATED = OBS_ROLE_ORIGINATED };
enum { DELIVERED = OBS_ROLE_DELIVERED, FORWARDED = OBS_ROLE_FORWARDED };

static const struct sink_src s = { .host = 1, .name = "s" };
static const struct sink_src r = { .host = 2, .name = "r" };
static const struct sink_src q = { .host = 3, .name = "q" };
static const struct sink_src d = { .host = 4, .name = "d" };
static const struct sink_src e = { .host = 5, .name = "e" };
static struct mgenstat *ms;
static char hops[8192], seconds[8192], receivers[4096];
static bool group, tcp;

static const char *
name_of(const struct mgentab_place *at)
{
	static char name[2][80];
	static unsigned int i;

	i ^= 1;
	(void)snprintf(name[i], sizeof(name[i]), "%s%u", at->src->name,
	    (unsigned int)at->iface);
	return name[i];
}

/* One line a hop: from, to, received of sent, lost, mean delay in us. */
static void
on_line(void *arg, const struct mgenstat_line *l)
{
	char *end = hops + strlen(hops);
	const struct mgenhop *h = l->hop;

	(void)arg;
	if (l->kind == MGENSTAT_HOP_SECOND) {
		end = seconds + strlen(seconds);
		end += snprintf(end, 30, "%jd: ", (intmax_t)l->second);
	}
	if (l->kind == MGENSTAT_RECEIVER) {
		end = receivers + strlen(receivers);
		(void)snprintf(end, 80, "%s %ju of %ju\n", l->at->src->name,
		    (uintmax_t)l->count->received, (uintmax_t)l->sent);
	}
	if (h == NULL)
		return;
	(void)snprintf(end, 200, "%s>%s %ju of %ju, %s%jd lost, %jd us\n",
	    h->from == NULL ? "" : name_of(&h->from->at),
	    l->at == NULL ? "" : name_of(l->at), (uintmax_t)h->received,
	    (uintmax_t)h->sent,
	    l->at == NULL ? "ends, "
	    : h->matched  ? ""
			  : "totals, ",
	    (intmax_t)h->lost,
	    (intmax_t)((h->delay.n > 0 ? mgendelay_mean(&h->delay)
				       : h->mean_ns) /
		       US));
	if (h->bounded) {
		(void)snprintf(end + strlen(end) - 1, 80, ", +-%jd us\n",
		    (intmax_t)(h->bound_ns / US));
	}
}

static int
begin_with(size_t paths)
{
	const struct mgenstat_conf conf = { .room = { 4096, 100, paths },
		.key = { { 3, 4 } },
		.emit = on_line };

	hops[0] = seconds[0] = receivers[0] = '\0';
	group = tcp = false;
	ms = mgenstat_new(&conf);
	return ms == NULL;
}

static int
begin(void **state)
{
	(void)state;
	return begin_with(16 << 20);
}

static int
finish(void **state)
{
	(void)state;
	mgenstat_free(ms);
	return 0;
}

/* ${src} sees the message ${seq}, sent every millisecond, after so many us. */
static void
see(const struct sink_src *src, unsigned int iface, unsigned int role,
    uint32_t seq, int64_t us)
{
	const int64_t tx = S + seq * MONO_NS_PER_MS;
	struct obs o = { .kind = OBS_PKT,
		.time = { tx + us * US },
		.pkt = { .src = { 10, 0, 0, 1 },
		    .dst = { 10, 0, 9, 9 },
		    .ipver = 4,
		    .proto = tcp ? 6 : 17,
		    .len = 128,
		    .iface = (uint8_t)iface,
		    .role = (uint8_t)role,
		    .has = OBS_HAS_MGEN | OBS_HAS_MSG,
		    .mgen_flow = 7,
		    .mgen_seq = seq,
		    .mgen_tx = { tx } } };

	if (group)
		o.pkt.dst[0] = 224;
	mgenstat_put(ms, src, &o, 1);
}

static void
are(const char *want_hops, const char *want_receivers)
{
	mgenstat_flush(ms);
	assert_string_equal(hops, want_hops);
	assert_string_equal(receivers, want_receivers);
}

/* 1000 messages; the queue of the router drops every fourth. */
static void
feed_router(const struct sink_src *last)
{
	for (uint32_t i = 0; i < 1000; i++) {
		see(&s, 0, ORIGINATED, i, 5);
		see(&r, 1, FORWARDED, i, 7);
		if (i % 4 == 3)
			continue;
		see(&r, 0, FORWARDED, i, 1007);
		see(last, 0, DELIVERED, i, 1010);
	}
}

static void
a_router_that_drops_is_told(void **state)
{
	(void)state;
	feed_router(&d);
	are(">s0 1000 of 1000, 0 lost, 5 us\n"
	    "s0>r1 1000 of 1000, 0 lost, 2 us\n"
	    "r1>r0 750 of 1000, 250 lost, 1000 us\n"
	    "r0>d0 750 of 750, 0 lost, 3 us\n",
	    "d 750 of 1000\n");
}

static void
agents_may_be_read_one_after_the_other(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 5000; i++)
		see(&d, 0, DELIVERED, i, 30);
	for (uint32_t i = 0; i < 5000; i++)
		see(&s, 0, ORIGINATED, i, 10);
	are(">s0 5000 of 5000, 0 lost, 10 us\n"
	    "s0>d0 5000 of 5000, 0 lost, 20 us\n",
	    "d 5000 of 5000\n");
}

static void
what_no_place_saw_is_lost_before_the_first(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 10; i++) {
		if (i != 4)
			see(&s, 0, ORIGINATED, i, 5);
	}
	are(">s0 9 of 10, 1 lost, 5 us\n"
	    "s0> 0 of 9, ends, 0 lost, 0 us\n",
	    "");
}

static void
two_ways_are_two_hops_to_the_same_place(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 100; i++) {
		const struct sink_src *by = i < 40 ? &r : &q;

		see(&s, 0, ORIGINATED, i, 1);
		see(by, 0, FORWARDED, i, 11);
		if (i % 10 != 0)
			see(&d, 0, DELIVERED, i, 31);
	}
	are(">s0 100 of 100, 0 lost, 1 us\n"
	    "s0>r0 40 of 100, 0 lost, 10 us\n"
	    "s0>q0 60 of 100, 0 lost, 10 us\n"
	    "r0>d0 36 of 40, 4 lost, 20 us\n"
	    "q0>d0 54 of 60, 6 lost, 20 us\n",
	    "d 90 of 100\n");
}

/* At the same microsecond the order is that of most other messages. */
static void
equal_times_do_not_change_the_way(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 200; i++) {
		see(&r, 1, FORWARDED, i, i % 3 == 0 ? 2 : 1);
		see(&r, 0, FORWARDED, i, 2);
		see(&s, 0, ORIGINATED, i, 2);
		see(&d, 0, DELIVERED, i, 2);
	}
	are(">s0 200 of 200, 0 lost, 2 us\n"
	    "s0>r1 200 of 200, 0 lost, 0 us\n"
	    "r1>r0 200 of 200, 0 lost, 0 us\n"
	    "r0>d0 200 of 200, 0 lost, 0 us\n",
	    "d 200 of 200\n");
}

static void
a_group_is_a_tree(void **state)
{
	(void)state;
	group = true;
	for (uint32_t i = 0; i < 1000; i++) {
		see(&s, 0, ORIGINATED, i, 1);
		see(&r, 0, DELIVERED, i, 3);
		see(&r, 1, DELIVERED, i, 5);
		see(&d, 0, DELIVERED, i, 9 + i % 5);
		if (i % 2 == 0)
			see(&e, 0, DELIVERED, i, 10);
	}
	are(">s0 1000 of 1000, 0 lost, 1 us\n"
	    "s0>r0 1000 of 1000, 0 lost, 2 us\n"
	    "r0>r1 1000 of 1000, 0 lost, 2 us\n"
	    "r1>e0 500 of 1000, 500 lost, 5 us\n"
	    "r1>d0 1000 of 1000, 0 lost, 6 us\n",
	    "r 1000 of 1000\n"
	    "d 1000 of 1000\n"
	    "e 500 of 1000\n");
}

static void
a_receiver_with_two_interfaces_counts_once(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 100; i++) {
		if (i % 2 == 0)
			see(&d, 0, DELIVERED, i, 10);
		if (i % 3 == 0)
			see(&d, 1, DELIVERED, i, 10);
	}
	mgenstat_flush(ms);
	assert_string_equal(receivers, "d 67 of 100\n");
}

static void
agents_of_the_same_name_are_two_receivers(void **state)
{
	static const struct sink_src twin = { .host = 9, .name = "d" };

	(void)state;
	group = true;
	for (uint32_t i = 0; i < 100; i++) {
		if (i % 2 == 0 || i == 99)
			see(&d, 0, DELIVERED, i, 10);
		if (i % 2 == 1)
			see(&twin, 0, DELIVERED, i, 10);
	}
	mgenstat_flush(ms);
	assert_string_equal(receivers, "d 51 of 100\nd 50 of 100\n");
}

/* One agent for all nodes of a host: --netns. */
static void
interfaces_of_one_agent_may_be_of_several_nodes(void **state)
{
	static const struct hello_iface ifs[] = { { .name = "a", .node = "x" },
		{ .name = "b", .node = "y" }, { .name = "c", .node = "y" } };
	static const struct sink_src host = {
		.host = 9, .name = "host", .ifs = { 3, ifs }
	};

	(void)state;
	group = true;
	for (uint32_t i = 0; i < 100; i++) {
		see(&host, 0, DELIVERED, i, 10);
		see(&host, 1 + i % 2, DELIVERED, i, 20);
	}
	mgenstat_flush(ms);
	assert_string_equal(receivers, "host 100 of 100\nhost 100 of 100\n");
}

static void
over_tcp_totals_are_told(void **state)
{
	(void)state;
	tcp = true;
	for (uint32_t i = 0; i < 100; i++) {
		see(&s, 0, ORIGINATED, i, 1);
		if (i % 2 == 1)
			see(&d, 0, DELIVERED, i, 11);
	}
	are(">s0 100 of 100, totals, 0 lost, 1 us\n"
	    "s0>d0 99 of 100, totals, 1 lost, 10 us\n",
	    "d 99 of 100\n");
}

/* What cannot be compared is told from what each place counted. */
static void
without_room_for_messages_totals_are_told(void **state)
{
	(void)state;
	mgenstat_free(ms);
	assert_int_equal(begin_with(8192), 0);
	for (uint32_t i = 0; i < 1000; i++)
		see(&d, 0, DELIVERED, i, 30);
	for (uint32_t i = 0; i < 1000; i++)
		see(&s, 0, ORIGINATED, i, 10);
	mgenstat_flush(ms);
	assert_non_null(
	    strstr(hops, ">s0 1000 of 1000, totals, 0 lost, 10 us"));
	assert_non_null(
	    strstr(hops, "s0>d0 1000 of 1000, totals, 0 lost, 20 us"));
	assert_string_equal(receivers, "d 1000 of 1000\n");
}

static void
a_flow_with_no_room_at_all_has_its_totals(void **state)
{
	(void)state;
	mgenstat_free(ms);
	assert_int_equal(begin_with(100), 0);
	feed_router(&d);
	are("", "d 750 of 1000\n");
}

static void
more_places_than_are_followed_are_left_out(void **state)
{
	static char name[NODES][8];
	static struct sink_src many[NODES];

	(void)state;
	for (unsigned int i = 0; i < NODES; i++) {
		(void)snprintf(name[i], sizeof(name[i]), "n%u", i);
		many[i] = (struct sink_src){ .host = i + 1, .name = name[i] };
		see(&many[i], 0, FORWARDED, 0, i);
		see(&many[i], 0, FORWARDED, 1, i);
	}
	mgenstat_flush(ms);
	assert_non_null(
	    strstr(hops, "n620>n630 2 of 2, totals, 0 lost, 1 us\n"));
	assert_null(strstr(hops, "n640"));
}

static void
hops_of_a_second_are_told_four_seconds_after_it(void **state)
{
	(void)state;
	for (uint32_t i = 500; i < 1500; i++) {
		see(&s, 0, ORIGINATED, i, 1);
		if (i % 4 != 0)
			see(&d, 0, DELIVERED, i, 2000001);
	}
	see(&s, 0, ORIGINATED, 4998, 1);
	assert_string_equal(seconds, "");
	see(&s, 0, ORIGINATED, 5000, 1); /* sent at 6 s */
	assert_string_equal(seconds,
	    "1: >s0 500 of 500, 0 lost, 1 us\n"
	    "1: s0>d0 375 of 500, 125 lost, 2000000 us\n");
	seconds[0] = '\0';
	mgenstat_clock(ms, (wall_t){ 7 * S - 1 });
	assert_string_equal(seconds, "");
	mgenstat_clock(ms, (wall_t){ 7 * S });
	assert_string_equal(seconds,
	    "2: >s0 500 of 500, 0 lost, 1 us\n"
	    "2: s0>d0 375 of 500, 125 lost, 2000000 us\n");
	seconds[0] = '\0';
	mgenstat_flush(ms);
	assert_string_equal(seconds, "5: >s0 1 of 1, 0 lost, 1 us\n"
				     "5: s0> 0 of 1, ends, 0 lost, 0 us\n"
				     "6: >s0 1 of 1, 0 lost, 1 us\n"
				     "6: s0> 0 of 1, ends, 0 lost, 0 us\n");
	assert_non_null(strstr(hops, "s0>d0 750 of 1002, 252 lost"));
}

/* Messages that come after their second was told are in the totals. */
static void
what_comes_late_is_in_the_totals_alone(void **state)
{
	(void)state;
	see(&s, 0, ORIGINATED, 0, 1);
	see(&s, 0, ORIGINATED, 1, 1);
	see(&d, 0, DELIVERED, 0, 2);
	mgenstat_clock(ms, (wall_t){ 8 * S });
	see(&d, 0, DELIVERED, 1, 2);
	assert_non_null(strstr(seconds, "1: s0>d0 1 of 2, 1 lost"));
	seconds[0] = '\0';
	mgenstat_flush(ms);
	assert_string_equal(seconds, "");
	assert_non_null(strstr(hops, "s0>d0 2 of 2, 0 lost"));
}

static void
one_place_alone_has_no_seconds_of_hops(void **state)
{
	(void)state;
	see(&s, 0, ORIGINATED, 0, 1);
	mgenstat_clock(ms, (wall_t){ 8 * S });
	see(&s, 0, ORIGINATED, 9000, 1);
	mgenstat_flush(ms);
	assert_string_equal(seconds, "");
}

static void
seconds_whose_messages_wait_no_more_are_not_told(void **state)
{
	(void)state;
	mgenstat_free(ms);
	assert_int_equal(begin_with(8192), 0);
	for (uint32_t i = 0; i < 2000; i++) {
		see(&s, 0, ORIGINATED, i, 1);
		see(&d, 0, DELIVERED, i, 2);
	}
	mgenstat_flush(ms);
	assert_string_equal(seconds, "");
	assert_non_null(strstr(hops, "s0>d0 2000 of 2000, 0 lost"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, finish)

/* Times of both ends are put right; the sender's clock was an hour ahead. */
static void
hops_between_clocks_that_are_put_right_have_a_bound(void **state)
{
	static const struct clockfix fix = {
		.on = true, .off0 = 3600 * S, .off1 = 3600 * S
	};
	const struct sink_clock right = {
		.known = true, .applied = true, .apart_ns = 4 * US, .fix = &fix
	};
	struct sink_src from = s, to = d;

	(void)state;
	from.clock = to.clock = right;
	for (uint32_t i = 0; i < 10; i++) {
		see(&to, 0, DELIVERED, i, 300 - 3600 * (S / US));
		see(&from, 0, ORIGINATED, i, 100 - 3600 * (S / US));
	}
	mgenstat_flush(ms);
	assert_string_equal(hops, ">s0 10 of 10, 0 lost, 100 us, +-0 us\n"
				  "s0>d0 10 of 10, 0 lost, 200 us, +-8 us\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_router_that_drops_is_told),
		TEST(agents_may_be_read_one_after_the_other),
		TEST(what_no_place_saw_is_lost_before_the_first),
		TEST(two_ways_are_two_hops_to_the_same_place),
		TEST(equal_times_do_not_change_the_way),
		TEST(a_group_is_a_tree),
		TEST(a_receiver_with_two_interfaces_counts_once),
		TEST(agents_of_the_same_name_are_two_receivers),
		TEST(interfaces_of_one_agent_may_be_of_several_nodes),
		TEST(over_tcp_totals_are_told),
		TEST(without_room_for_messages_totals_are_told),
		TEST(a_flow_with_no_room_at_all_has_its_totals),
		TEST(more_places_than_are_followed_are_left_out),
		TEST(hops_of_a_second_are_told_four_seconds_after_it),
		TEST(what_comes_late_is_in_the_totals_alone),
		TEST(one_place_alone_has_no_seconds_of_hops),
		TEST(seconds_whose_messages_wait_no_more_are_not_told),
		TEST(hops_between_clocks_that_are_put_right_have_a_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
