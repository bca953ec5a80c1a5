/* SPDX-License-Identifier: BSD-3-Clause */
/* links: collector/sinkredis collector/sinktab collector/sinkmark wire/zpack wire/frame collector/positions collector/position collector/journal base/fdio collector/sinkbatch collector/sinkwork collector/sinklist collector/sinkmulti collector/sinkconn collector/sinkpend collector/sinksend collector/sinkcmd collector/sinkknow collector/modeldns collector/modelskip wire/dnsname collector/sinkfmt collector/model collector/modelnet collector/flowmap collector/recent collector/conf collector/confline collector/confrows collector/confset collector/confflow collector/class base/allow base/opt base/rotate base/lookup base/net base/log base/proc tests/unit/sinktest tests/unit/redisd -linih -lhiredis -lev -lz */
/* The Redis output that remembers, against a real redis-server of our own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <ev.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collector/conf.h"
#include "collector/positions.h"
#include "tests/unit/redisd.h"
#include "tests/unit/sinktest.h"
#include "wire/bytes.h"
#include "wire/dnsname.h"

#define MARK "recollect;00112233"

enum { PATIENCE_S = 20 };

static char dir[32];
static struct position place = { .id = { 1 } };

static void
remove_file(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	(void)unlink(path);
}

static int
setup(void **state)
{
	snprintf(dir, sizeof(dir), "/tmp/test_sinkkeep.XXXXXX");
	assert_non_null(mkdtemp(dir));
	place.next = 0;
	return sinktest_setup(state);
}

static int
teardown(void **state)
{
	remove_file("redis");
	remove_file("redis.new");
	assert_int_equal(rmdir(dir), 0);
	return sinktest_teardown(state);
}

/* Turn the loop until ${done}, or patience, is at its end. */
static void
until(bool (*done)(void))
{
	const ev_tstamp end = ev_time() + PATIENCE_S;

	while (!done() && ev_time() < end)
		ev_run(sinktest_loop, EVRUN_NOWAIT);
	assert_true(done());
}

static bool
ready(void)
{
	return sinktest_sink->type->ready(sinktest_sink);
}

static bool
had(void)
{
	return sinktest_sink->type->had(sinktest_sink);
}

static void
begin(void)
{
	const struct sink_keep k = { .dir = dir, .id = &MARK[10] };

	sinktest_open();
	assert_int_equal(sinktest_sink->type->keep(sinktest_sink, &k), 0);
}

/* As after kill -9: nothing is finished. */
static void
crash(void)
{
	sinktest_sink->type->close(sinktest_sink);
	sinktest_sink = NULL;
}

static void
restart(void)
{
	begin();
	until(ready);
}

/* How far the output says it is. */
static uint64_t
next(void)
{
	const struct position *p = positions_find(sinktest_sink->has, place.id);

	return p == NULL ? 0 : p->next;
}

/* Packet number ${n}, a flow of its own, from client 10.0.0.1. */
static void
put(uint32_t n)
{
	struct obs o = { .kind = OBS_PKT, .time = wall_make(1700000000, 0) };
	const struct sink_src src = { .host = 1, .name = "test" };

	o.pkt = (struct obs_pkt){ .ipver = 4,
		.proto = 17,
		.sport = 40000,
		.dport = 53,
		.has = OBS_HAS_PORTS };
	put_be32(o.pkt.src, 0x0a000001);
	put_be32(o.pkt.dst, 0xc0000000 + n);
	sinktest_sink->type->put(sinktest_sink, &src, n, &o, 1);
}

/* An answer that 10.0.0.1 got: the address of example.com is 192.0.2.1. */
static void
put_dns(void)
{
	static uint8_t name[DNSNAME_MAX];
	static const struct obs_dns_addr addr = { .addr = { 192, 0, 2, 1 },
		.ttl = 60 };
	struct obs o = { .kind = OBS_DNS, .time = wall_make(1700000000, 0) };
	const struct sink_src src = { .host = 1, .name = "test" };

	memcpy(name, "\7example\3com", 13);
	o.dns = (struct obs_dns){ .what = OBS_DNS_ANSWER,
		.ipver = 4,
		.client = { 10, 0, 0, 1 },
		.qtype = 1,
		.names = name,
		.n_names = 1,
		.addrs = &addr,
		.n_addrs = 1 };
	sinktest_sink->type->put(sinktest_sink, &src, 0, &o, 1);
}

static int
commit(uint64_t to)
{
	place.next = to;
	return sinktest_sink->type->commit(sinktest_sink, &place, 1);
}

static void
what_redis_has_is_known_after_a_restart(void **state)
{
	(void)state;
	restart();
	assert_true(sinktest_sink->fresh);
	assert_int_equal(next(), 0);
	put(0);
	put(1);
	assert_int_equal(commit(2), 0);
	until(had);
	assert_int_equal(commit(7), 1); /* nothing new for Redis */
	put(7);
	crash();
	restart();
	assert_false(sinktest_sink->fresh);
	assert_int_equal(next(), 7);
	assert_string_equal(redisd_ask("GET client;10.0.0.1"), "2");
	put(0); /* of which it knows that it was seen */
	assert_int_equal(sinktest_counter("recent"), 1);
	put(7);
	assert_int_equal(commit(8), 0);
	until(had);
	assert_string_equal(redisd_ask("GET client;10.0.0.1"), "3");
	assert_string_equal(redisd_ask("GET " MARK), "3");
	assert_in_range(
	    strtol(redisd_ask("TTL " MARK), NULL, 10), 604800, 31 * 86400);
}

/* The batch is on its way when we die, or it was not even sent. */
static void
a_batch_in_flight_at_a_crash_is_made_once(void **state)
{
	uint32_t n = 0;
	char want[16];

	(void)state;
	restart();
	for (unsigned int lap = 0; lap < 60; lap++) {
		n = (uint32_t)next();
		for (unsigned int i = 0; i < 50; i++)
			put(n++);
		sinktest_turn(lap % 4 == 0 ? 0 : 0.01);
		redisd_signal(lap % 2 == 0 ? SIGSTOP : SIGCONT);
		assert_int_equal(commit(n), 0);
		for (unsigned int i = 0; i < lap / 3; i++)
			ev_run(sinktest_loop, EVRUN_NOWAIT);
		crash();
		begin();
		ev_run(sinktest_loop, EVRUN_NOWAIT);
		redisd_signal(SIGCONT);
		until(ready);
		snprintf(want, sizeof(want), "%ju", (uintmax_t)next());
		assert_string_equal(
		    redisd_ask("GET client;10.0.0.1"), next() == 0 ? "" : want);
	}
}

/* How many clients the server has, us and the one that asks among them. */
static unsigned int
clients(void)
{
	const char *at = redisd_ask("CLIENT LIST");
	unsigned int n = 0;

	while ((at = strstr(at, " fd=")) != NULL) {
		at++;
		n++;
	}
	return n;
}

static bool
alone(void)
{
	return clients() <= 2;
}

/*
 * The server still has the batch of a dead connection to read, more than it
 * reads at once, when the next one asks how far it is.
 */
static void
what_a_dead_connection_left_behind_is_not_made_later(void **state)
{
	char want[16];
	uint32_t n;

	(void)state;
	restart();
	for (unsigned int lap = 0; lap < 10; lap++) {
		n = (uint32_t)next();
		sinktest_turn(0.02); /* it may send now */
		redisd_signal(SIGSTOP);
		for (unsigned int i = 0; i < 200; i++)
			put(n++);
		assert_int_equal(commit(n), 0);
		for (unsigned int i = 0; i < 50; i++)
			ev_run(sinktest_loop, EVRUN_NOWAIT);
		crash();
		begin();
		for (unsigned int i = 0; i < 50; i++)
			ev_run(sinktest_loop, EVRUN_NOWAIT);
		redisd_signal(SIGCONT);
		until(ready);
		until(alone);
		snprintf(want, sizeof(want), "%ju", (uintmax_t)next());
		assert_string_equal(
		    redisd_ask("GET client;10.0.0.1"), next() == 0 ? "" : want);
	}
}

/* How many transactions the server was asked for. */
static long
execs(void)
{
	const char *at =
	    strstr(redisd_ask("INFO commandstats"), "cmdstat_exec:calls=");

	assert_non_null(at);
	return strtol(at + strlen("cmdstat_exec:calls="), NULL, 10);
}

/* Its batch is not made then: the other one would not know of it. */
static void
a_connection_is_shut_out_when_another_one_asks_how_far_redis_is(void **state)
{
	long n;

	(void)state;
	restart();
	sinktest_turn(0.05);
	n = execs();
	(void)redisd_ask("INCRBY " MARK " 0");
	put(1);
	assert_int_equal(commit(1), 0);
	until(had);
	assert_int_equal(execs(), n + 2);
	assert_string_equal(redisd_ask("GET client;10.0.0.1"), "1");
}

static void
a_connection_that_breaks_makes_nothing_twice_and_loses_nothing(void **state)
{
	char want[16];
	uint32_t n = 0;

	(void)state;
	restart();
	for (unsigned int lap = 0; lap < 40; lap++) {
		for (unsigned int i = 0; i < 50; i++)
			put(n++);
		assert_int_equal(commit(n), 0);
		for (unsigned int i = 0; i < lap / 4; i++)
			ev_run(sinktest_loop, EVRUN_NOWAIT);
		(void)redisd_ask("CLIENT KILL TYPE normal SKIPME yes");
		until(had);
		snprintf(want, sizeof(want), "%u", n);
		assert_string_equal(redisd_ask("GET client;10.0.0.1"), want);
	}
	assert_int_equal(sinktest_counter("updates_unconfirmed"), 0);
	sinktest_account((uint64_t)n * 4);
}

static void
another_server_gets_the_batch_that_the_first_one_took_along(void **state)
{
	(void)state;
	restart();
	put(1);
	redisd_signal(SIGSTOP);
	assert_int_equal(commit(2), 0);
	for (unsigned int i = 0; i < 10; i++)
		ev_run(sinktest_loop, EVRUN_NOWAIT);
	redisd_stop();
	redisd_start();
	until(had);
	assert_string_equal(redisd_ask("GET client;10.0.0.1"), "1");
}

static void
names_are_in_their_list_once(void **state)
{
	(void)state;
	restart();
	for (unsigned int i = 0; i < 3; i++) {
		put_dns();
		put_dns();
		assert_int_equal(commit(i), 0);
		until(had);
		crash();
		restart();
	}
	assert_string_equal(
	    redisd_ask("GET 10.0.0.1;192.0.2.1;dns"), ";example.com.;");
	assert_string_equal(redisd_ask("GET client;10.0.0.1"), "6");
}

static void
a_key_of_another_type_is_refused_and_stops_nothing(void **state)
{
	(void)state;
	(void)redisd_ask("LPUSH client;10.0.0.1 x");
	(void)redisd_ask("LPUSH 10.0.0.1;192.0.2.1;dns x");
	restart();
	put(1);
	put_dns();
	assert_int_equal(commit(2), 0);
	until(had);
	assert_string_equal(redisd_ask("GET 10.0.0.1;192.0.0.1;53;flow"), "1");
	assert_int_equal(sinktest_counter("updates_refused"), 3);
	sinktest_account(6);
}

static void
a_server_without_memory_gets_the_batch_when_it_has_some(void **state)
{
	(void)state;
	restart();
	(void)redisd_ask("CONFIG SET maxmemory 1");
	put(1);
	put_dns();
	assert_int_equal(commit(2), 0);
	for (unsigned int i = 0; i < 1000; i++)
		ev_run(sinktest_loop, EVRUN_NOWAIT);
	assert_false(had());
	(void)redisd_ask("CONFIG SET maxmemory 0");
	until(had);
	assert_string_equal(redisd_ask("GET client;10.0.0.1"), "2");
}

static void
a_server_that_is_away_makes_input_wait_and_drops_nothing(void **state)
{
	uint32_t n = 0;

	(void)state;
	sinktest_conf->redis_pending = 1024;
	restart();
	redisd_stop();
	while (!sinktest_sink->type->full(sinktest_sink)) {
		put(n++);
		assert_true(n < 2000);
	}
	for (unsigned int i = 0; i < 10000; i++)
		put(n++);
	redisd_start();
	assert_int_equal(commit(n), 0);
	until(had);
	assert_false(sinktest_sink->type->full(sinktest_sink));
	assert_int_equal(sinktest_counter("updates_dropped"), 0);
	assert_int_equal(sinktest_counter("updates_made"), 4 * (uint64_t)n);
}

static void
a_long_journal_is_begun_anew_and_says_the_same(void **state)
{
	char path[64];
	uint32_t n = 0;
	FILE *fp;

	(void)state;
	sinktest_conf->recent_max = 1024;
	snprintf(path, sizeof(path), "%s/redis", dir);
	restart();
	for (unsigned int lap = 0; lap < 400; lap++) {
		for (unsigned int i = 0; i < 500; i++)
			put(n++);
		assert_int_equal(commit(n), 0);
		until(had);
	}
	fp = fopen(path, "r");
	assert_non_null(fp);
	assert_int_equal(fseek(fp, 0, SEEK_END), 0);
	assert_true(ftell(fp) < 6000000);
	fclose(fp);
	crash();
	restart();
	assert_int_equal(next(), n);
	put(n - 1);
	assert_int_equal(sinktest_counter("recent"), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(what_redis_has_is_known_after_a_restart),
		TEST(a_batch_in_flight_at_a_crash_is_made_once),
		TEST(what_a_dead_connection_left_behind_is_not_made_later),
		TEST(
		    a_connection_is_shut_out_when_another_one_asks_how_far_redis_is),
		TEST(
		    a_connection_that_breaks_makes_nothing_twice_and_loses_nothing),
		TEST(
		    another_server_gets_the_batch_that_the_first_one_took_along),
		TEST(names_are_in_their_list_once),
		TEST(a_key_of_another_type_is_refused_and_stops_nothing),
		TEST(a_server_without_memory_gets_the_batch_when_it_has_some),
		TEST(a_server_that_is_away_makes_input_wait_and_drops_nothing),
		TEST(a_long_journal_is_begun_anew_and_says_the_same),
#undef TEST
	};

	return cmocka_run_group_tests(tests, sinktest_begin, sinktest_end);
}
