/* SPDX-License-Identifier: BSD-3-Clause */
/* links: collector/sinkredis collector/sinkconn collector/sinkpend collector/sinksend collector/sinkcmd collector/sinkknow collector/modeldns collector/modelskip wire/dnsname collector/sinkfmt collector/model collector/modelnet collector/flowmap collector/recent collector/conf collector/confline collector/confrows collector/confflow collector/class base/opt base/net base/log base/proc tests/unit/redisd tests/unit/dnsjson -ljansson -linih -lhiredis -lev */
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
#include "collector/sinkredis.h"
#include "tests/unit/dnsjson.h"
#include "tests/unit/redisd.h"

enum { PATIENCE_S = 20, LISTS = 50, NAMES = 120 };

static const char *socket_path;
static struct ev_loop *loop;
static struct conf *conf;
static struct sink *sink;

static void
open_sink(void)
{
	sink = sinkredis_type.open(conf, NULL, loop);
	assert_non_null(sink);
}

static void
put(const char *question, const char *addr)
{
	const struct sink_src src = { .host = 1, .name = "test" };
	static struct dnsjson d;

	dnsjson_answer(&d, "10.0.0.1", 1, question, addr);
	sink->type->put(sink, &src, 0, &d.obs, 1);
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

static int
drain(void)
{
	int rc;

	while ((rc = sink->type->drain(sink)) == 0)
		ev_run(loop, EVRUN_ONCE);
	return rc;
}

static uint64_t
counter(const char *name)
{
	char *text = NULL;
	size_t len;
	FILE *fp = open_memstream(&text, &len);
	const char *at;
	uint64_t v;

	sink->type->stats(sink, fp);
	fclose(fp);
	at = strstr(text, name);
	assert_non_null(at);
	v = strtoull(at + strlen(name), NULL, 10);
	free(text);
	return v;
}

/* Turn the loop until the counter ${name} reaches ${v}. */
static void
until(const char *name, uint64_t v)
{
	const ev_tstamp end = ev_time() + PATIENCE_S;

	while (counter(name) < v && ev_time() < end) {
		sink->type->flush(sink, proc_mono());
		ev_run(loop, EVRUN_ONCE);
	}
	assert_true(counter(name) >= v);
}

/* Turn the loop for ${s} seconds. */
static void
turn(double s)
{
	const ev_tstamp end = ev_time() + s;

	while (ev_time() < end) {
		sink->type->flush(sink, proc_mono());
		ev_run(loop, EVRUN_NOWAIT);
	}
}

/* Every update that was asked for is in the account, once. */
static void
assert_account(uint64_t updates)
{
	assert_int_equal(
	    counter("updates_made ") + counter("updates_pending ") +
		counter("updates_dropped ") + counter("updates_unconfirmed ") +
		counter("updates_refused "),
	    updates);
}

/* All names have all addresses. */
static void
put_all(void)
{
	for (unsigned int name = 0; name < NAMES; name++)
		for (unsigned int list = 0; list < LISTS; list++)
			put_number(name, list);
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
	open_sink();
	put_all();
	put_all();
	assert_int_equal(drain(), 1);
	assert_all();
	assert_account(4 * LISTS * NAMES);
	assert_int_equal(counter("updates_made "), 4 * LISTS * NAMES);
	assert_int_equal(counter("names_appended "), LISTS * NAMES);
	assert_string_equal(redisd_ask("GET client;10.0.0.1"), "12000");
}

static void
a_known_name_is_asked_for_and_not_appended(void **state)
{
	(void)state;
	open_sink();
	for (int i = 0; i < 100; i++)
		put_number(1, 1);
	assert_int_equal(drain(), 1);
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
	open_sink();
	put_number(1, 1);
	put_number(2, 1);
	assert_int_equal(drain(), 1);
	redisd_ask("DEL 10.0.0.1;192.0.2.1;dns");
	put_number(2, 1);
	put_number(2, 1);
	put_number(1, 1);
	assert_int_equal(drain(), 1);
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
	open_sink();
	put_number(7, 1);
	put_number(8, 1);
	assert_int_equal(drain(), 1);
	assert_string_equal(
	    redisd_ask("GET 10.0.0.1;192.0.2.1;dns"), ";n7.ex.;;n8.ex.;");
}

static void
the_life_of_a_list_is_grace_or_that_of_the_answer_too(void **state)
{
	(void)state;
	open_sink();
	put("a.ex. b.ex.", "192.0.2.1");
	assert_int_equal(drain(), 1);
	assert_in_range(
	    strtol(redisd_ask("TTL 10.0.0.1;b.ex.;cname"), NULL, 10), 890, 900);
	conf->redis_expire = CONF_EXPIRE_TTL;
	put("a.ex. b.ex.", "192.0.2.1");
	put("none.ex.", NULL);
	assert_int_equal(drain(), 1);
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
	open_sink();
	put_all();
	put_all();
	turn(0.05);
	assert_account(4 * LISTS * NAMES);
	redisd_start();
	assert_int_equal(drain(), 1);
	assert_all();
	assert_string_equal(redisd_ask("GET client;10.0.0.1"), "12000");
	assert_int_equal(counter("updates_dropped "), 0);
}

static void
links_are_made_again_after_a_crash_under_load(void **state)
{
	uint64_t before;

	(void)state;
	open_sink();
	put_all();
	until("updates_made ", 1000);
	redisd_stop();
	put_all();
	until("updates_unconfirmed ", 1);
	assert_account(4 * LISTS * NAMES);
	before = counter("names_appended ");
	redisd_start();
	assert_int_equal(drain(), 1);
	assert_account(4 * LISTS * NAMES);
	assert_int_equal(counter("updates_pending "), 0);
	assert_int_equal(counter("connections "), 2);
	/* the second round came after the crash: all are there again */
	assert_int_equal(counter("names_appended ") - before, LISTS * NAMES);
	assert_non_null(
	    strstr(redisd_ask("GET 10.0.0.1;192.0.2.0;dns"), ";n119.ex.;"));
}

static void
without_memory_links_wait(void **state)
{
	(void)state;
	redisd_ask("CONFIG SET maxmemory 1");
	open_sink();
	put_number(1, 1);
	put_number(1, 1);
	put_number(2, 1);
	until("connections ", 1);
	turn(0.2);
	assert_int_equal(counter("names_appended "), 0);
	assert_account(6);
	redisd_ask("CONFIG SET maxmemory 0");
	assert_int_equal(drain(), 1);
	assert_string_equal(
	    redisd_ask("GET 10.0.0.1;192.0.2.1;dns"), ";n1.ex.;;n2.ex.;");
	assert_string_equal(redisd_ask("GET client;10.0.0.1"), "3");
	assert_int_equal(counter("updates_made "), 6);
}

static void
a_replica_is_waited_for(void **state)
{
	(void)state;
	redisd_ask("REPLICAOF 127.0.0.1 1");
	open_sink();
	put_number(1, 1);
	put("none.ex.", NULL);
	until("connections ", 1);
	turn(0.2);
	assert_int_equal(counter("updates_made "), 0);
	redisd_ask("REPLICAOF NO ONE");
	assert_int_equal(drain(), 1);
	assert_string_equal(
	    redisd_ask("GET 10.0.0.1;192.0.2.1;dns"), ";n1.ex.;");
	assert_string_equal(redisd_ask("GET 10.0.0.1;none.ex.;nx"), "1");
	assert_int_equal(counter("updates_made "), 4);
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
	open_sink();
	put_number(1, 1);
	until("connections ", 1);
	turn(0.1);
	assert_account(2);
	assert_int_equal(drain(), 1);
	assert_string_equal(
	    redisd_ask("GET 10.0.0.1;192.0.2.1;dns"), ";n1.ex.;");
	assert_int_equal(counter("updates_made "), 2);
	redisd_ask("CONFIG SET key-load-delay 0");
}

static void
a_slow_server_gets_all(void **state)
{
	(void)state;
	open_sink();
	put_number(1, 1);
	assert_int_equal(drain(), 1);
	redisd_ask("CLIENT PAUSE 700 ALL");
	put_all();
	put_all();
	turn(0.2);
	assert_account(4 * LISTS * NAMES + 2);
	assert_int_equal(drain(), 1);
	assert_int_equal(counter("connections "), 1);
	assert_int_equal(counter("updates_made "), 4 * LISTS * NAMES + 2);
	assert_non_null(
	    strstr(redisd_ask("GET 10.0.0.1;192.0.2.49;dns"), ";n119.ex.;"));
}

static void
a_server_that_stops_answering_gets_the_links_later(void **state)
{
	(void)state;
	conf->redis_reply_ms = 100;
	open_sink();
	put_number(1, 1);
	assert_int_equal(drain(), 1);
	redisd_signal(SIGSTOP);
	put_number(2, 1);
	until("updates_unconfirmed ", 1); /* the client's counter */
	redisd_signal(SIGCONT);
	assert_int_equal(drain(), 1);
	assert_string_equal(
	    redisd_ask("GET 10.0.0.1;192.0.2.1;dns"), ";n1.ex.;;n2.ex.;");
	assert_account(4);
}

static void
a_password_that_is_missing_is_waited_for(void **state)
{
	(void)state;
	redisd_ask("CONFIG SET requirepass secret");
	open_sink();
	put_number(1, 1);
	until("connections ", 1);
	turn(0.2);
	assert_account(2);
	assert_int_equal(counter("updates_made "), 0);
	sink->type->close(sink);
	conf->redis_secret = strdup("secret");
	open_sink();
	put_number(1, 1);
	assert_int_equal(drain(), 1);
	assert_int_equal(counter("updates_made "), 2);
}

static void
lists_of_another_type_are_refused_and_others_go_on(void **state)
{
	(void)state;
	redisd_ask("LPUSH 10.0.0.1;192.0.2.1;dns x");
	redisd_ask("LPUSH 10.0.0.1;none.ex.;nx x");
	redisd_ask("SET client;10.0.0.1 text");
	open_sink();
	put_number(1, 1);
	put_number(1, 2);
	put("none.ex.", NULL);
	assert_int_equal(drain(), 1);
	assert_string_equal(
	    redisd_ask("GET 10.0.0.1;192.0.2.2;dns"), ";n1.ex.;");
	assert_string_equal(redisd_ask("TYPE 10.0.0.1;192.0.2.1;dns"), "list");
	assert_int_equal(counter("updates_refused "), 5);
	assert_int_equal(counter("updates_made "), 1);
}

static void
stored_input_is_asked_to_wait_and_loses_nothing(void **state)
{
	unsigned int waits = 0;

	(void)state;
	conf->redis_pending = 1024;
	redisd_stop();
	open_sink();
	for (unsigned int i = 0; i < 5000; i++) {
		put_number(i, i % 250);
		if (!sink->type->full(sink))
			continue;
		if (waits++ == 0)
			redisd_start();
		while (sink->type->full(sink)) {
			ev_run(loop, EVRUN_ONCE);
			sink->type->flush(sink, proc_mono());
		}
	}
	assert_int_equal(drain(), 1);
	assert_true(waits > 0);
	assert_int_equal(counter("updates_dropped "), 0);
	assert_int_equal(counter("updates_made "), 10000);
}

static void
without_any_progress_stored_input_goes_on_and_drops_are_counted(void **state)
{
	(void)state;
	conf->redis_pending = 1024;
	conf->redis_drain_ms = 200;
	redisd_stop();
	open_sink();
	for (unsigned int i = 0; !sink->type->full(sink); i++)
		put_number(i, i % 250);
	turn(0.4);
	assert_false(sink->type->full(sink));
	for (unsigned int i = 0; i < 1000; i++)
		put_number(i, 250);
	assert_true(counter("updates_dropped ") > 0);
	assert_true(sink->lost > 0);
	assert_int_equal(drain(), -1);
}

static int
setup(void **state)
{
	(void)state;
	conf = conf_read(NULL);
	conf->redis_socket = strdup(socket_path);
	redisd_start();
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	if (sink != NULL)
		sink->type->close(sink);
	sink = NULL;
	conf_free(conf);
	redisd_stop();
	return 0;
}

static int
begin(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	loop = ev_default_loop(0);
	socket_path = redisd_begin();
	return 0;
}

static int
end(void **state)
{
	(void)state;
	return redisd_end();
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

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

	return cmocka_run_group_tests(tests, begin, end);
}
