/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/tlog base/outfile base/outpath base/outq base/rotate base/proc base/log wire/dnsline wire/dnsname wire/line wire/text tests/unit/tmpdir */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "agent/tlog.h"
#include "tests/unit/tmpdir.h"

static const char first_line[] =
    "1700000000.000123:10.0.0.1:1:10.0.0.2:2:100:0:17\n";
static const char second_line[] =
    "1700000001.000123:10.0.0.1:1:10.0.0.2:2:100:0:17\n";

static struct obs
packet(int64_t sec)
{
	struct obs o = { .kind = OBS_PKT, .time = wall_make(sec, 123000) };
	struct obs_pkt *p = &o.pkt;

	p->ipver = 4;
	memcpy(p->src, "\x0a\0\0\1", 4);
	memcpy(p->dst, "\x0a\0\0\2", 4);
	p->has = OBS_HAS_PORTS;
	p->sport = 1;
	p->dport = 2;
	p->len = 100;
	p->proto = 17;
	return o;
}

static void
a_record_is_in_the_file_once_it_is_flushed(void **state)
{
	struct tlog *l = tlog_open(tmpdir_path("log"), LINE_BASIC, NULL);
	const struct obs o = packet(1700000000);

	(void)state;
	assert_non_null(l);
	tlog_put(l, &o, 0);
	assert_int_equal(tlog_flush(l, (mono_t){ 0 }), 0);
	assert_string_equal(tmpdir_read("log"), first_line);
	assert_int_equal(tlog_lost(l), 0);
	assert_int_equal(tlog_close(l), 0);
}

static void
closing_writes_what_is_buffered(void **state)
{
	struct tlog *l = tlog_open(tmpdir_path("log"), LINE_BASIC, NULL);
	const struct obs o = packet(1700000000);

	(void)state;
	tlog_put(l, &o, 0);
	assert_int_equal(tlog_close(l), 0);
	assert_string_equal(tmpdir_read("log"), first_line);
}

static void
a_renamed_log_is_continued_under_its_path(void **state)
{
	struct tlog *l = tlog_open(tmpdir_path("log"), LINE_BASIC, NULL);
	const struct obs a = packet(1700000000), b = packet(1700000001);

	(void)state;
	tlog_put(l, &a, 0);
	assert_int_equal(rename(tmpdir_path("log"), tmpdir_path("old")), 0);
	tlog_reopen(l);
	tlog_put(l, &b, 0);
	assert_int_equal(tlog_close(l), 0);
	assert_string_equal(tmpdir_read("old"), first_line);
	assert_string_equal(tmpdir_read("log"), second_line);
}

static void
a_full_disk_is_counted_and_not_waited_for(void **state)
{
	struct tlog *l = tlog_open("/dev/full", LINE_BASIC, NULL);
	const struct obs o = packet(1700000000);

	(void)state;
	assert_non_null(l);
	for (unsigned int i = 0; i < 5000; i++)
		tlog_put(l, &o, 0);
	assert_int_equal(tlog_flush(l, (mono_t){ MONO_NS_PER_S }), -1);
	assert_int_equal(tlog_lost(l), 5000);
	assert_int_equal(tlog_close(l), 0);
}

static void
a_path_that_cannot_be_opened_is_refused(void **state)
{
	(void)state;
	assert_null(tlog_open("/nonexistent/log", LINE_BASIC, NULL));
}

static void
no_log_at_all_is_fine(void **state)
{
	(void)state;
	assert_int_equal(tlog_flush(NULL, (mono_t){ 0 }), 0);
	assert_int_equal(tlog_lost(NULL), 0);
	tlog_reopen(NULL);
	assert_int_equal(tlog_close(NULL), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    a_record_is_in_the_file_once_it_is_flushed, tmpdir_setup,
		    tmpdir_teardown),
		cmocka_unit_test_setup_teardown(closing_writes_what_is_buffered,
		    tmpdir_setup, tmpdir_teardown),
		cmocka_unit_test_setup_teardown(
		    a_renamed_log_is_continued_under_its_path, tmpdir_setup,
		    tmpdir_teardown),
		cmocka_unit_test(a_full_disk_is_counted_and_not_waited_for),
		cmocka_unit_test(a_path_that_cannot_be_opened_is_refused),
		cmocka_unit_test(no_log_at_all_is_fine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
