/* SPDX-License-Identifier: BSD-3-Clause */
/* links: collector/sinkredis collector/sinktab collector/sinkmark wire/zpack wire/frame collector/positions collector/position collector/journal base/fdio collector/sinkbatch collector/sinkwork collector/sinklist collector/sinkmulti collector/sinkconn collector/sinkpend collector/sinksend collector/sinkcmd collector/sinkknow collector/modeldns collector/modelskip wire/dnsname collector/sinkfmt collector/model collector/modelnet collector/flowmap collector/recent collector/conf collector/confline collector/confrows collector/confset collector/confflow collector/class base/allow base/opt base/rotate base/lookup base/net base/log base/proc tests/unit/sinktest tests/unit/redisd -linih -lhiredis -lev -lz */
/* The Redis output against a real redis-server of our own. */
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

#include "collector/conf.h"
#include "tests/unit/redisd.h"
#include "tests/unit/sinktest.h"
#include "wire/bytes.h"

/* The flow number ${n}, from client 10.0.0.1. */
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
	sinktest_sink->type->put(sinktest_sink, &src, 1, &o, 1);
}

static void
updates_arrive_with_their_expiry(void **state)
{
	(void)state;
	sinktest_open();
	put(1);
	put(1);
	put(2);
	assert_int_equal(sinktest_drain(), 1);
	assert_string_equal(redisd_ask("GET client;10.0.0.1"), "2");
	assert_string_equal(redisd_ask("GET 10.0.0.1;192.0.0.2;53;flow"), "1");
	assert_string_equal(redisd_ask("GET 192.0.0.1;10.0.0.1;peer"), "1");
	assert_in_range(
	    strtol(redisd_ask("TTL client;10.0.0.1"), NULL, 10), 890, 900);
	assert_string_equal(redisd_ask("DBSIZE"), "7");
	assert_int_equal(sinktest_sink->written, 3);
	assert_int_equal(sinktest_counter("updates_made"), 8);
}

static void
nothing_is_lost_while_the_server_is_away(void **state)
{
	(void)state;
	redisd_stop();
	sinktest_open();
	for (uint32_t n = 0; n < 3000; n++)
		put(n);
	ev_run(sinktest_loop, EVRUN_NOWAIT);
	redisd_start();
	assert_int_equal(sinktest_drain(), 1);
	assert_string_equal(redisd_ask("GET client;10.0.0.1"), "3000");
	assert_string_equal(redisd_ask("DBSIZE"), "9001");
	assert_int_equal(sinktest_counter("updates_made"), 12000);
	assert_int_equal(sinktest_counter("updates_dropped"), 0);
}

static void
a_lost_connection_is_made_again_and_the_ledger_closes(void **state)
{
	(void)state;
	sinktest_open();
	put(0);
	assert_int_equal(sinktest_drain(), 1);
	redisd_stop();
	for (uint32_t n = 1; n < 1000; n++)
		put(n);
	sinktest_until("updates_unconfirmed", 1);
	redisd_start();
	assert_int_equal(sinktest_drain(), 1);
	assert_int_equal(sinktest_counter("connections"), 2);
	assert_int_equal(sinktest_counter("updates_made") +
			     sinktest_counter("updates_unconfirmed"),
	    4000);
	assert_int_equal(sinktest_counter("updates_pending"), 0);
}

static void
what_does_not_fit_is_counted(void **state)
{
	(void)state;
	redisd_stop();
	sinktest_conf->redis_pending = 1024;
	sinktest_open();
	for (uint32_t n = 0; n < 1000; n++)
		put(n);
	assert_true(sinktest_sink->lost > 0);
	assert_int_equal(sinktest_sink->lost + sinktest_sink->written, 1000);
	assert_int_equal(sinktest_counter("updates_pending") +
			     sinktest_counter("updates_dropped"),
	    4000);
	redisd_start();
	assert_int_equal(sinktest_drain(), 1);
	assert_string_equal(redisd_ask("GET client;10.0.0.1"), "1000");
}

static void
a_user_and_a_database_are_used(void **state)
{
	(void)state;
	redisd_ask("ACL SETUSER fred on >secret ~* +@all");
	sinktest_conf->redis_user = strdup("fred");
	sinktest_conf->redis_secret = strdup("secret");
	sinktest_conf->redis_database = 3;
	sinktest_open();
	put(1);
	assert_int_equal(sinktest_drain(), 1);
	assert_string_equal(redisd_ask("DBSIZE"), "0");
	assert_non_null(strstr(redisd_ask("INFO keyspace"), "db3:keys=4,"));
}

static void
a_wrong_password_writes_nothing_and_is_tried_again(void **state)
{
	(void)state;
	redisd_ask("ACL SETUSER fred on >secret ~* +@all");
	sinktest_conf->redis_user = strdup("fred");
	sinktest_conf->redis_secret = strdup("wrong");
	sinktest_conf->redis_drain_ms = 300;
	sinktest_open();
	put(1);
	assert_int_equal(sinktest_drain(), -1);
	assert_string_equal(redisd_ask("DBSIZE"), "0");
	assert_int_equal(sinktest_counter("connections"), 0);
	assert_int_equal(sinktest_counter("updates_pending"), 4);
}

static void
a_key_of_another_type_is_refused_and_counted(void **state)
{
	(void)state;
	redisd_ask("LPUSH client;10.0.0.1 x");
	sinktest_open();
	put(1);
	assert_int_equal(sinktest_drain(), 1);
	assert_int_equal(sinktest_counter("updates_refused"), 1);
	assert_int_equal(sinktest_counter("updates_made"), 3);
}

static void
an_answer_that_passes_is_waited_for(void **state)
{
	(void)state;
	redisd_ask("CONFIG SET maxmemory 1");
	sinktest_open();
	put(1);
	sinktest_until("connections", 1);
	for (int i = 0; i < 20; i++)
		ev_run(sinktest_loop, EVRUN_NOWAIT);
	redisd_ask("CONFIG SET maxmemory 0");
	assert_int_equal(sinktest_drain(), 1);
	assert_string_equal(redisd_ask("GET client;10.0.0.1"), "1");
	assert_int_equal(sinktest_counter("updates_made"), 4);
	assert_int_equal(sinktest_counter("updates_refused"), 0);
}

static void
a_server_that_stops_answering_is_left(void **state)
{
	(void)state;
	sinktest_conf->redis_reply_ms = 100;
	sinktest_open();
	put(1);
	assert_int_equal(sinktest_drain(), 1);
	redisd_signal(SIGSTOP);
	put(2);
	sinktest_until("updates_unconfirmed", 4);
	redisd_signal(SIGCONT);
	put(3);
	assert_int_equal(sinktest_drain(), 1);
	assert_string_equal(
	    redisd_ask("EXISTS 10.0.0.1;192.0.0.3;53;flow"), "1");
}

#define T(name) \
	cmocka_unit_test_setup_teardown(name, sinktest_setup, sinktest_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(updates_arrive_with_their_expiry),
		T(nothing_is_lost_while_the_server_is_away),
		T(a_lost_connection_is_made_again_and_the_ledger_closes),
		T(what_does_not_fit_is_counted),
		T(a_user_and_a_database_are_used),
		T(a_wrong_password_writes_nothing_and_is_tried_again),
		T(a_key_of_another_type_is_refused_and_counted),
		T(an_answer_that_passes_is_waited_for),
		T(a_server_that_stops_answering_is_left),
	};

	return cmocka_run_group_tests(tests, sinktest_begin, sinktest_end);
}
