/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/tlog base/outfile base/outpath base/outq base/rotate base/proc base/log wire/dnsline wire/dnsname wire/line wire/text tests/unit/tmpdir */
/* Tests of the DNS log. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <stdio.h>

#include "agent/tlog.h"
#include "tests/unit/tmpdir.h"

static const char line[] = "1.000000 - A NOERROR org. - - r 1\n";

static const struct obs answer = { .kind = OBS_DNS,
	.time = { MONO_NS_PER_S },
	.dns = { .qtype = 1,
	    .conn = 1,
	    .n_names = 1,
	    .names = (const uint8_t *)"\3org",
	    .resolver = "r" } };

static void
answers_are_lines_and_packets_are_not(void **state)
{
	const struct obs pkt = { .kind = OBS_PKT, .pkt = { .ipver = 4 } };
	const struct obs ring = { .kind = OBS_LOSS,
		.loss = { .reason = OBS_LOSS_KERNEL, .count = 1 } };
	struct obs alive = answer;
	struct tlog *l = tlog_open_dns(tmpdir_path("log"));

	(void)state;
	assert_non_null(l);
	alive.dns.what = OBS_DNS_ALIVE;
	tlog_put(l, &pkt, 0);
	tlog_put(l, &ring, 0);
	tlog_put(l, &alive, 0);
	tlog_put(l, &answer, 0);
	assert_int_equal(tlog_flush(l, (mono_t){ 0 }), 0);
	assert_string_equal(tmpdir_read("log"), line);
	assert_int_equal(tlog_close(l), 0);
}

static void
a_log_that_was_moved_away_is_made_again(void **state)
{
	struct tlog *l = tlog_open_dns(tmpdir_path("log"));

	(void)state;
	assert_non_null(l);
	tlog_put(l, &answer, 0);
	assert_int_equal(rename(tmpdir_path("log"), tmpdir_path("old")), 0);
	tlog_reopen(l);
	tlog_put(l, &answer, 0);
	tlog_put(l, &answer, 0);
	assert_int_equal(tlog_lost(l), 0);
	assert_int_equal(tlog_close(l), 0);
	assert_string_equal(tmpdir_read("old"), line);
}

static void
what_a_full_disk_refuses_is_counted(void **state)
{
	struct tlog *l = tlog_open_dns("/dev/full");

	(void)state;
	assert_non_null(l);
	tlog_put(l, &answer, 0);
	tlog_put(l, &answer, 0);
	assert_int_equal(tlog_flush(l, (mono_t){ 0 }), -1);
	assert_int_equal(tlog_lost(l), 2);
	(void)tlog_close(l);
}

static void
no_log_is_fine(void **state)
{
	(void)state;
	assert_int_equal(tlog_flush(NULL, (mono_t){ 0 }), 0);
	tlog_reopen(NULL);
	assert_int_equal(tlog_lost(NULL), 0);
	assert_int_equal(tlog_close(NULL), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    answers_are_lines_and_packets_are_not, tmpdir_setup,
		    tmpdir_teardown),
		cmocka_unit_test_setup_teardown(
		    a_log_that_was_moved_away_is_made_again, tmpdir_setup,
		    tmpdir_teardown),
		cmocka_unit_test(what_a_full_disk_refuses_is_counted),
		cmocka_unit_test(no_log_is_fine),
	};

	return cmocka_run_group_tests_name("dlog", tests, NULL, NULL);
}
