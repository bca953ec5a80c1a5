/* SPDX-License-Identifier: BSD-3-Clause */
/* links: collector/join collector/joinpath */
/* Records with equal digests: which of them are one packet, in which order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "collector/join.h"

#define S       MONO_NS_PER_S
#define MS      MONO_NS_PER_MS
#define GOT_MAX 512

struct got {
	struct join_packet p;
	struct join_seen seen[JOIN_SEEN_MAX];
};

static const struct sink_src a = { .host = 1, .name = "a" };
static const struct sink_src r = { .host = 2, .name = "r" };
static const struct sink_src q = { .host = 3, .name = "q" };
static const struct sink_src b = { .host = 4, .name = "b" };
static struct got got[GOT_MAX];
static size_t n;
static struct join *join;

static void
on_packet(void *arg, const struct join_packet *p)
{
	assert_ptr_equal(arg, got);
	assert_true(n < GOT_MAX);
	got[n].p = *p;
	memcpy(got[n].seen, p->seen, p->n * sizeof(*p->seen));
	got[n].p.seen = got[n].seen;
	n++;
}

static int
begin_with(size_t packets)
{
	const struct join_conf conf = { .window_ns = 2 * S,
		.packets = packets,
		.key = { { 3, 4 } },
		.emit = on_packet,
		.arg = got };

	n = 0;
	join = join_new(&conf);
	return join == NULL;
}

static int
begin(void **state)
{
	(void)state;
	return begin_with(300);
}

static int
finish(void **state)
{
	(void)state;
	join_free(join);
	return 0;
}

static struct obs_pkt
pkt(uint32_t digest, uint8_t ttl, uint8_t role)
{
	return (struct obs_pkt){ .src = { 10, 0, 0, 1 },
		.dst = { 10, 0, 0, 2 },
		.sport = 5000,
		.dport = 5001,
		.ipver = 4,
		.proto = 17,
		.len = 128,
		.ttl = ttl,
		.role = role,
		.has = OBS_HAS_PORTS | OBS_HAS_DIGEST,
		.digest = digest };
}

/* ${src} sees the packet ${digest} at ${time}, in ns. */
static void
see(const struct sink_src *src, uint32_t digest, int64_t time, uint8_t ttl)
{
	const struct obs_pkt k = pkt(digest, ttl,
	    src == &a   ? OBS_ROLE_ORIGINATED
	    : src == &b ? OBS_ROLE_DELIVERED
			: OBS_ROLE_FORWARDED);

	assert_true(join_put(join, src, (wall_t){ time }, &k));
}

/* The names along the path of the packet ${i}: "a r r b". */
static const char *
path(size_t i)
{
	static char text[4 * JOIN_SEEN_MAX];
	size_t at = 0;

	assert_true(i < n);
	text[0] = '\0';
	for (unsigned int k = 0; k < got[i].p.n; k++) {
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s",
		    k > 0 ? " " : "", got[i].seen[k].src->name);
	}
	return text;
}

static void
records_of_one_packet_are_joined_in_any_order(void **state)
{
	(void)state;
	see(&b, 7, S + 3 * MS, 63);
	see(&r, 7, S + 2 * MS, 63);
	see(&a, 7, S, 64);
	see(&r, 7, S + MS, 64);
	see(&b, 8, S + 4 * MS, 63);
	join_flush(join);
	assert_int_equal(n, 2);
	assert_string_equal(path(0), "a r r b");
	assert_int_equal(got[0].p.copies, 1);
	assert_int_equal(got[0].seen[1].ttl, 64);
	assert_int_equal(got[0].seen[2].ttl, 63);
	assert_string_equal(path(1), "b");
}

static void
other_packets_with_the_same_digest_are_kept_apart(void **state)
{
	struct obs_pkt k = pkt(7, 64, OBS_ROLE_ORIGINATED);

	(void)state;
	see(&a, 7, S, 64);
	k.dport++;
	assert_true(join_put(join, &b, (wall_t){ S }, &k));
	k = pkt(7, 64, OBS_ROLE_ORIGINATED);
	k.len++;
	assert_true(join_put(join, &b, (wall_t){ S }, &k));
	k = pkt(7, 64, OBS_ROLE_ORIGINATED);
	k.src[3]++;
	assert_true(join_put(join, &b, (wall_t){ S }, &k));
	join_flush(join);
	assert_int_equal(n, 4);
}

/* Two routers; their clocks are off by more than a packet takes. */
static void
clocks_do_not_turn_a_path_round(void **state)
{
	(void)state;
	see(&a, 7, S, 64);
	see(&r, 7, S + 500 * MS, 64); /* in */
	see(&r, 7, S + 501 * MS, 63); /* out */
	see(&q, 7, S - 300 * MS, 63); /* in */
	see(&q, 7, S - 299 * MS, 62); /* out */
	see(&b, 7, S - 800 * MS, 62);
	join_flush(join);
	assert_int_equal(n, 1);
	assert_string_equal(path(0), "a r r q q b");
}

static void
without_ttl_and_roles_time_decides(void **state)
{
	struct obs_pkt k = pkt(7, 0, OBS_ROLE_UNKNOWN);

	(void)state;
	assert_true(join_put(join, &b, (wall_t){ S + 2 }, &k));
	assert_true(join_put(join, &r, (wall_t){ S + 1 }, &k));
	assert_true(join_put(join, &a, (wall_t){ S }, &k));
	join_flush(join);
	assert_string_equal(path(0), "a r b");
}

static void
packets_end_when_the_window_is_over(void **state)
{
	(void)state;
	see(&a, 7, S, 64);
	join_until(join, (wall_t){ 3 * S });
	see(&b, 7, 3 * S, 63);
	join_until(join, (wall_t){ 3 * S + 499 * MS });
	assert_int_equal(n, 0);
	join_until(join, (wall_t){ 3 * S + 501 * MS });
	assert_int_equal(n, 1);
	assert_string_equal(path(0), "a b");
}

static void
what_is_farther_apart_than_the_window_is_not_joined(void **state)
{
	(void)state;
	see(&a, 7, S, 64);
	see(&b, 7, 3 * S + 1, 63);
	join_flush(join);
	assert_int_equal(n, 2);
	assert_string_equal(path(0), "a");
	assert_string_equal(path(1), "b");
}

static void
records_of_packets_that_are_over_are_late(void **state)
{
	const struct obs_pkt k = pkt(7, 63, OBS_ROLE_DELIVERED);

	(void)state;
	see(&a, 7, S, 64);
	join_until(join, (wall_t){ 10 * S });
	assert_false(join_put(join, &b, (wall_t){ S + MS }, &k));
	assert_int_equal(join_counted(join).late, 1);
	join_flush(join);
	assert_int_equal(n, 1);
}

static void
times_at_the_ends_of_the_range_do_no_harm(void **state)
{
	const struct obs_pkt k = pkt(7, 64, OBS_ROLE_ORIGINATED);

	(void)state;
	assert_false(join_put(join, &a, (wall_t){ INT64_MAX }, &k));
	assert_false(join_put(join, &a, (wall_t){ INT64_MIN }, &k));
	join_until(join, (wall_t){ INT64_MIN });
	see(&a, 7, S, 64);
	join_until(join, (wall_t){ INT64_MAX });
	assert_int_equal(n, 1);
}

/* Equal packets 10 ms apart that take 25 ms: the agents' blocks in turn. */
static void
equal_packets_are_paired_in_their_order(void **state)
{
	(void)state;
	for (int64_t i = 0; i < 40; i += 8) {
		for (int64_t k = i; k < i + 8; k++)
			see(&b, 7, S + (10 * k + 25) * MS, 63);
		for (int64_t k = i; k < i + 8; k++)
			see(&a, 7, S + 10 * k * MS, 64);
	}
	join_flush(join);
	assert_int_equal(n, 1);
	assert_int_equal(got[0].p.copies, 40);
	assert_false(got[0].p.mixed);
	for (unsigned int i = 0; i < 40; i++) {
		assert_int_equal(
		    got[0].seen[40 + i].time.ns - got[0].seen[i].time.ns,
		    25 * MS);
	}
}

/*
 * Equal packets without end, and one of them is lost: from there on the n-th
 * ones are not the same, and the packets must say that nobody knows.
 */
static void
equal_packets_without_end_are_mixed(void **state)
{
	unsigned int at_a = 0, at_b = 0;

	(void)state;
	for (int64_t k = 0; k < 100; k++) {
		see(&a, 7, S + 100 * k * MS, 64);
		if (k != 5)
			see(&b, 7, S + (100 * k + 25) * MS, 63);
		join_until(join, (wall_t){ S + 100 * k * MS });
	}
	join_flush(join);
	assert_true(n > 2 && n < 10);
	for (size_t i = 0; i < n; i++) {
		assert_true(got[i].p.mixed);
		for (unsigned int k = 0; k < got[i].p.n; k++) {
			at_a += got[i].seen[k].src == &a;
			at_b += got[i].seen[k].src == &b;
		}
	}
	assert_int_equal(at_a, 100);
	assert_int_equal(at_b, 99);
}

static void
equal_packets_farther_apart_than_the_window_are_not(void **state)
{
	(void)state;
	for (int64_t k = 1; k < 5; k++) {
		see(&a, 7, 3 * k * S, 64);
		see(&b, 7, 3 * k * S + MS, 63);
	}
	join_flush(join);
	assert_int_equal(n, 4);
	for (size_t i = 0; i < n; i++) {
		assert_string_equal(path(i), "a b");
		assert_false(got[i].p.mixed);
	}
}

static void
a_later_fragment_is_of_the_flow_that_anyone_knows(void **state)
{
	struct obs_pkt k = pkt(7, 64, OBS_ROLE_ORIGINATED);

	(void)state;
	k.frag = OBS_FRAG_LATER;
	k.sport = k.dport = 0;
	k.has = OBS_HAS_DIGEST;
	assert_true(join_put(join, &a, (wall_t){ S }, &k));
	k.sport = 5000;
	k.dport = 5001;
	k.has |= OBS_HAS_PORTS;
	k.ttl = 63;
	assert_true(join_put(join, &b, (wall_t){ S + 1 }, &k));
	join_flush(join);
	assert_int_equal(n, 1);
	assert_int_equal(got[0].p.key.sport, 5000);
	assert_int_equal(got[0].p.key.proto, 17);
}

static void
a_full_table_gives_up_the_oldest_and_counts_it(void **state)
{
	(void)state;
	join_free(join);
	assert_int_equal(begin_with(64), 0);
	for (uint32_t i = 0; i < 200; i++)
		see(&a, i, S + i, 64);
	assert_int_equal(n, 200 - 64);
	assert_int_equal(join_counted(join).early, 200 - 64);
	for (uint32_t i = 0; i < n; i++)
		assert_int_equal(got[i].p.key.digest, i);
	/* More records of one packet than there is room for on average */
	for (int64_t i = 0; i < 1000; i++)
		see(&a, 999, 2 * S + i * MS / 10, 64);
	join_flush(join);
}

#define JOIN_TEST(f) cmocka_unit_test_setup_teardown(f, begin, finish)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		JOIN_TEST(records_of_one_packet_are_joined_in_any_order),
		JOIN_TEST(other_packets_with_the_same_digest_are_kept_apart),
		JOIN_TEST(clocks_do_not_turn_a_path_round),
		JOIN_TEST(without_ttl_and_roles_time_decides),
		JOIN_TEST(packets_end_when_the_window_is_over),
		JOIN_TEST(what_is_farther_apart_than_the_window_is_not_joined),
		JOIN_TEST(records_of_packets_that_are_over_are_late),
		JOIN_TEST(times_at_the_ends_of_the_range_do_no_harm),
		JOIN_TEST(equal_packets_are_paired_in_their_order),
		JOIN_TEST(equal_packets_without_end_are_mixed),
		JOIN_TEST(equal_packets_farther_apart_than_the_window_are_not),
		JOIN_TEST(a_later_fragment_is_of_the_flow_that_anyone_knows),
		JOIN_TEST(a_full_table_gives_up_the_oldest_and_counts_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
