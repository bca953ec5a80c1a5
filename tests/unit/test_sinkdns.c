/* SPDX-License-Identifier: BSD-3-Clause */
/* links: collector/sinkredis collector/sinktab collector/sinkmark wire/zpack wire/frame collector/positions collector/position collector/journal base/fdio collector/sinkbatch collector/sinkwork collector/sinklist collector/sinkmulti collector/sinkconn collector/sinkpend collector/sinksend collector/sinkcmd collector/sinkknow collector/modeldns collector/modelskip wire/dnsname collector/sinkfmt collector/model collector/modelnet collector/flowmap collector/recent collector/conf collector/confline collector/confrows collector/confset collector/confflow collector/class base/allow base/opt base/rotate base/lookup base/net base/log base/proc tests/unit/sinktest tests/unit/redisd tests/unit/dnsjson -ljansson -linih -lhiredis -lev -lz */
/* DNS answers to a real redis-server that has all kinds of trouble. */
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

#include "base/proc.h"
#include "collector/conf.h"
#include "tests/unit/dnsjson.h"
#include "tests/unit/redisd.h"
#include "tests/unit/sinktest.h"

enum { LISTS = 50, NAMES = 120 };
#define PAIRS UINT64_C(6000) /* LISTS * NAMES */

static void
put(const char *question, const char *addr)
{
	const struct sink_src src = { .host = 1, .name = "test" };
	static struct dnsjson d;

	dnsjson_answer(&d, "10.0.0.1", 1, question, addr);
	sinktest_sink->type->put(sinktest_sink, &src, 0, &d.obs, 1);
}

/* Name number ${name} has the address number ${list}. */
static void
put_number(unsigned int name, unsigned int list)
{
	char question[32];
	char addr[32];

	snprintf(question, sizeof(question), "n%u.ex.", name);
	snprintf(addr, sizeof(addr), "192.0.2.%u", list);
	put(question, addr);
}

/* All names have all addresses. */
static void
put_all(void)
{
	for (unsigned int i = 0; i < NAMES * LISTS; i++)
		put_number(i / LISTS, i % LISTS);
}

/* Each list has each name, once, in the order in which they were put. */
static void
assert_all(void)
{
	char want[NAMES * 16];
	size_t len = 0;

	for (unsigned int name = 0; name < NAMES; name++) {
		len += (size_t)snprintf(
		    &want[len], sizeof(want) - len, ";n%u.ex.;", name);
	}
	for (unsigned int list = 0; list < LISTS; list++) {
		assert_string_equal(
		    redisd_ask("GET 10.0.0.1;192.0.2.%u;dns", list), want);
	}
}

static void
lists_have_every_name_once_in_order_under_load(void **state)
{
	(void)state;
	sinktest_open();
	put_all();
	put_all();
	assert_int_equal(sinktest_drain(), 1);
	assert_all();
	sinktest_account(4 * PAIRS);
	assert_int_equal(sinktest_counter("updates_made"), 4 * PAIRS);
	assert_int_equal(sinktest_counter("names_appended"), PAIRS);
	assert_string_equal(redisd_ask("GET client;10.0.0.1"), "12000");
}

static void
a_known_name_is_asked_for_and_not_appended(void **state)
{
	(void)state;
	sinktest_open();
	for (int i = 0; i < 100; i++)
		put_number(1, 1);
	assert_int_equal(sinktest_drain(), 1);
	assert_non_null(
	    strstr(redisd_ask("INFO commandstats"), "cmdstat_append:calls=1,"));
	assert_non_null(
	    strstr(redisd_ask("INFO commandstats"), "cmdstat_get:calls=100,"));
	assert_non_null(strstr(
	    redisd_ask("INFO commandstats"), "cmdstat_expire:calls=200,"));
}

static void
a_list_that_somebody_deleted_is_made_again(void **state)
{
	(void)state;
	sinktest_open();
	put_number(1, 1);
	put_number(2, 1);
	assert_int_equal(sinktest_drain(), 1);
	redisd_ask("DEL 10.0.0.1;192.0.2.1;dns");
	put_number(2, 1);
	put_number(2, 1);
	put_number(1, 1);
	assert_int_equal(sinktest_drain(), 1);
	assert_string_equal(
	    redisd_ask("GET 10.0.0.1;192.0.2.1;dns"), ";n2.ex.;;n1.ex.;");
	assert_in_range(
	    strtol(redisd_ask("TTL 10.0.0.1;192.0.2.1;dns"), NULL, 10), 890,
	    900);
}

static void
names_that_another_writer_added_stay(void **state)
{
	(void)state;
	redisd_ask("APPEND 10.0.0.1;192.0.2.1;dns ;n7.ex.;");
	sinktest_open();
	put_number(7, 1);
	put_number(8, 1);
	assert_int_equal(sinktest_drain(), 1);
	assert_string_equal(
	    redisd_ask("GET 10.0.0.1;192.0.2.1;dns"), ";n7.ex.;;n8.ex.;");
}

static void
the_life_of_a_list_is_grace_or_that_of_the_answer_too(void **state)
{
	(void)state;
	sinktest_open();
	put("a.ex. b.ex.", "192.0.2.1");
	assert_int_equal(sinktest_drain(), 1);
	assert_in_range(
	    strtol(redisd_ask("TTL 10.0.0.1;b.ex.;cname"), NULL, 10), 890, 900);
	sinktest_conf->redis_expire = CONF_EXPIRE_TTL;
	put("a.ex. b.ex.", "192.0.2.1");
	put("none.ex.", NULL);
	assert_int_equal(sinktest_drain(), 1);
	assert_in_range(
	    strtol(redisd_ask("TTL 10.0.0.1;b.ex.;cname"), NULL, 10), 1190,
	    1200);
	assert_in_range(
	    strtol(redisd_ask("TTL 10.0.0.1;192.0.2.1;dns"), NULL, 10), 1190,
	    1200);
	assert_in_range(
	    strtol(redisd_ask("TTL 10.0.0.1;none.ex.;nx"), NULL, 10), 890, 900);
	assert_in_range(
	    strtol(redisd_ask("TTL client;10.0.0.1"), NULL, 10), 890, 900);
}

static void
a_server_that_is_down_at_first_gets_all_later(void **state)
{
	(void)state;
	redisd_stop();
	sinktest_open();
	put_all();
	put_all();
	sinktest_turn(0.05);
	sinktest_account(4 * PAIRS);
	redisd_start();
	assert_int_equal(sinktest_drain(), 1);
	assert_all();
	assert_string_equal(redisd_ask("GET client;10.0.0.1"), "12000");
	assert_int_equal(sinktest_counter("updates_dropped"), 0);
}

static void
links_are_made_again_after_a_crash_under_load(void **state)
{
	uint64_t before;

	(void)state;
	sinktest_open();
	put_all();
	sinktest_until("updates_made", 1000);
	redisd_stop();
	put_all();
	sinktest_until("updates_unconfirmed", 1);
	sinktest_account(4 * PAIRS);
	before = sinktest_counter("names_appended");
	redisd_start();
	assert_int_equal(sinktest_drain(), 1);
	sinktest_account(4 * PAIRS);
	assert_int_equal(sinktest_counter("updates_pending"), 0);
	assert_int_equal(sinktest_counter("connections"), 2);
	/* the second round came after the crash: all are there again */
	assert_int_equal(sinktest_counter("names_appended") - before, PAIRS);
	assert_non_null(
	    strstr(redisd_ask("GET 10.0.0.1;192.0.2.0;dns"), ";n119.ex.;"));
}

static void
without_memory_links_wait(void **state)
{
	(void)state;
	redisd_ask("CONFIG SET maxmemory 1");
	sinktest_open();
	put_number(1, 1);
	put_number(1, 1);
	put_number(2, 1);
	sinktest_until("connections", 1);
	sinktest_turn(0.2);
	assert_int_equal(sinktest_counter("names_appended"), 0);
	sinktest_account(6);
	redisd_ask("CONFIG SET maxmemory 0");
	assert_int_equal(sinktest_drain(), 1);
	assert_string_equal(
	    redisd_ask("GET 10.0.0.1;192.0.2.1;dns"), ";n1.ex.;;n2.ex.;");
	assert_string_equal(redisd_ask("GET client;10.0.0.1"), "3");
	assert_int_equal(sinktest_counter("updates_made"), 6);
}

static void
a_replica_is_waited_for(void **state)
{
	(void)state;
	redisd_ask("REPLICAOF 127.0.0.1 1");
	sinktest_open();
	put_number(1, 1);
	put("none.ex.", NULL);
	sinktest_until("connections", 1);
	sinktest_turn(0.2);
	assert_int_equal(sinktest_counter("updates_made"), 0);
	redisd_ask("REPLICAOF NO ONE");
	assert_int_equal(sinktest_drain(), 1);
	assert_string_equal(
	    redisd_ask("GET 10.0.0.1;192.0.2.1;dns"), ";n1.ex.;");
	assert_string_equal(redisd_ask("GET 10.0.0.1;none.ex.;nx"), "1");
	assert_int_equal(sinktest_counter("updates_made"), 4);
}

static void
a_server_that_loads_its_data_is_waited_for(void **state)
{
	pid_t loader;

	(void)state;
	redisd_ask("DEBUG POPULATE 2000");
	redisd_ask("CONFIG SET key-load-delay 500");
	redisd_ask("CONFIG SET loading-process-events-interval-bytes 1024");
	if ((loader = fork()) == 0) { /* the loop of libev waits for it */
		redisd_ask("DEBUG RELOAD");
		_exit(0);
	}
	assert_true(loader > 0);
	while (strncmp(redisd_ask("GET x"), "LOADING", 7) != 0)
		continue;
	sinktest_open();
	put_number(1, 1);
	sinktest_until("connections", 1);
	sinktest_turn(0.1);
	sinktest_account(2);
	assert_int_equal(sinktest_drain(), 1);
	assert_string_equal(
	    redisd_ask("GET 10.0.0.1;192.0.2.1;dns"), ";n1.ex.;");
	assert_int_equal(sinktest_counter("updates_made"), 2);
	redisd_ask("CONFIG SET key-load-delay 0");
}

static void
a_slow_server_gets_all(void **state)
{
	(void)state;
	sinktest_open();
	put_number(1, 1);
	assert_int_equal(sinktest_drain(), 1);
	redisd_ask("CLIENT PAUSE 700 ALL");
	put_all();
	put_all();
	sinktest_turn(0.2);
	sinktest_account(4 * PAIRS + 2);
	assert_int_equal(sinktest_drain(), 1);
	assert_int_equal(sinktest_counter("connections"), 1);
	assert_int_equal(sinktest_counter("updates_made"), 4 * PAIRS + 2);
	assert_non_null(
	    strstr(redisd_ask("GET 10.0.0.1;192.0.2.49;dns"), ";n119.ex.;"));
}

static void
a_server_that_stops_answering_gets_the_links_later(void **state)
{
	(void)state;
	sinktest_conf->redis_reply_ms = 100;
	sinktest_open();
	put_number(1, 1);
	assert_int_equal(sinktest_drain(), 1);
	redisd_signal(SIGSTOP);
	put_number(2, 1);
	sinktest_until("updates_unconfirmed", 1); /* the client's counter */
	redisd_signal(SIGCONT);
	assert_int_equal(sinktest_drain(), 1);
	assert_string_equal(
	    redisd_ask("GET 10.0.0.1;192.0.2.1;dns"), ";n1.ex.;;n2.ex.;");
	sinktest_account(4);
}

static void
a_password_that_is_missing_is_waited_for(void **state)
{
	(void)state;
	redisd_ask("CONFIG SET requirepass secret");
	sinktest_open();
	put_number(1, 1);
	sinktest_until("connections", 1);
	sinktest_turn(0.2);
	sinktest_account(2);
	assert_int_equal(sinktest_counter("updates_made"), 0);
	sinktest_sink->type->close(sinktest_sink);
	sinktest_conf->redis_secret = strdup("secret");
	sinktest_open();
	put_number(1, 1);
	assert_int_equal(sinktest_drain(), 1);
	assert_int_equal(sinktest_counter("updates_made"), 2);
}

static void
lists_of_another_type_are_refused_and_others_go_on(void **state)
{
	(void)state;
	redisd_ask("LPUSH 10.0.0.1;192.0.2.1;dns x");
	redisd_ask("LPUSH 10.0.0.1;none.ex.;nx x");
	redisd_ask("SET client;10.0.0.1 text");
	sinktest_open();
	put_number(1, 1);
	put_number(1, 2);
	put("none.ex.", NULL);
	assert_int_equal(sinktest_drain(), 1);
	assert_string_equal(
	    redisd_ask("GET 10.0.0.1;192.0.2.2;dns"), ";n1.ex.;");
	assert_string_equal(redisd_ask("TYPE 10.0.0.1;192.0.2.1;dns"), "list");
	assert_int_equal(sinktest_counter("updates_refused"), 5);
	assert_int_equal(sinktest_counter("updates_made"), 1);
}

static void
stored_input_is_asked_to_wait_and_loses_nothing(void **state)
{
	unsigned int waits = 0;

	(void)state;
	sinktest_conf->redis_pending = 1024;
	redisd_stop();
	sinktest_open();
	for (unsigned int i = 0; i < 5000; i++) {
		put_number(i, i % 250);
		if (!sinktest_sink->type->full(sinktest_sink))
			continue;
		if (waits++ == 0)
			redisd_start();
		while (sinktest_sink->type->full(sinktest_sink)) {
			ev_run(sinktest_loop, EVRUN_ONCE);
			sinktest_sink->type->flush(sinktest_sink, proc_mono());
		}
	}
	assert_int_equal(sinktest_drain(), 1);
	assert_true(waits > 0);
	assert_int_equal(sinktest_counter("updates_dropped"), 0);
	assert_int_equal(sinktest_counter("updates_made"), 10000);
}

static void
without_any_progress_stored_input_goes_on_and_drops_are_counted(void **state)
{
	(void)state;
	sinktest_conf->redis_pending = 1024;
	sinktest_conf->redis_drain_ms = 200;
	redisd_stop();
	sinktest_open();
	for (unsigned int i = 0; !sinktest_sink->type->full(sinktest_sink); i++)
		put_number(i, i % 250);
	sinktest_turn(0.4);
	assert_false(sinktest_sink->type->full(sinktest_sink));
	for (unsigned int i = 0; i < 1000; i++)
		put_number(i, 250);
	assert_true(sinktest_counter("updates_dropped") > 0);
	assert_true(sinktest_sink->lost > 0);
	assert_int_equal(sinktest_drain(), -1);
}

#define T(name) \
	cmocka_unit_test_setup_teardown(name, sinktest_setup, sinktest_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(lists_have_every_name_once_in_order_under_load),
		T(a_known_name_is_asked_for_and_not_appended),
		T(a_list_that_somebody_deleted_is_made_again),
		T(names_that_another_writer_added_stay),
		T(the_life_of_a_list_is_grace_or_that_of_the_answer_too),
		T(a_server_that_is_down_at_first_gets_all_later),
		T(links_are_made_again_after_a_crash_under_load),
		T(without_memory_links_wait),
		T(a_replica_is_waited_for),
		T(a_server_that_loads_its_data_is_waited_for),
		T(a_slow_server_gets_all),
		T(a_server_that_stops_answering_gets_the_links_later),
		T(a_password_that_is_missing_is_waited_for),
		T(lists_of_another_type_are_refused_and_others_go_on),
		T(stored_input_is_asked_to_wait_and_loses_nothing),
		T(without_any_progress_stored_input_goes_on_and_drops_are_counted),
	};

	return cmocka_run_group_tests(tests, sinktest_begin, sinktest_end);
}
