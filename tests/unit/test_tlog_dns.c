/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/tlog base/outfile base/outpath base/outq base/rotate base/proc base/log wire/dnsline wire/dnsname wire/line wire/text */
/* Tests of the DNS log. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/tlog.h"

static const char line[] = "1.000000 - A NOERROR org. - - r 1\n";

static const struct obs answer = { .kind = OBS_DNS,
	.time = { MONO_NS_PER_S },
	.dns = { .qtype = 1,
	    .conn = 1,
	    .n_names = 1,
	    .names = (const uint8_t *)"\3org",
	    .resolver = "r" } };

struct place {
	char dir[32], path[48], old[48];
};

static int
make_place(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return -1;
	snprintf(p->dir, sizeof(p->dir), "/tmp/tlogXXXXXX");
	if (mkdtemp(p->dir) == NULL)
		return -1;
	snprintf(p->path, sizeof(p->path), "%s/log", p->dir);
	snprintf(p->old, sizeof(p->old), "%s/old", p->dir);
	*state = p;
	return 0;
}

static int
remove_place(void **state)
{
	struct place *p = *state;

	unlink(p->path);
	unlink(p->old);
	rmdir(p->dir);
	free(p);
	return 0;
}

static void
expect_content(const char *path, const char *want)
{
	char buf[512] = "";
	FILE *fp = fopen(path, "r");

	assert_non_null(fp);
	buf[fread(buf, 1, sizeof(buf) - 1, fp)] = '\0';
	fclose(fp);
	assert_string_equal(buf, want);
}

static void
answers_are_lines_and_packets_are_not(void **state)
{
	const struct place *p = *state;
	const struct obs pkt = { .kind = OBS_PKT, .pkt = { .ipver = 4 } };
	const struct obs ring = { .kind = OBS_LOSS,
		.loss = { .reason = OBS_LOSS_KERNEL, .count = 1 } };
	struct obs alive = answer;
	struct tlog *l = tlog_open_dns(p->path);

	assert_non_null(l);
	alive.dns.what = OBS_DNS_ALIVE;
	tlog_put(l, &pkt, 0);
	tlog_put(l, &ring, 0);
	tlog_put(l, &alive, 0);
	tlog_put(l, &answer, 0);
	assert_int_equal(tlog_flush(l, (mono_t){ 0 }), 0);
	expect_content(p->path, line);
	assert_int_equal(tlog_close(l), 0);
}

static void
a_log_that_was_moved_away_is_made_again(void **state)
{
	const struct place *p = *state;
	struct tlog *l = tlog_open_dns(p->path);

	assert_non_null(l);
	tlog_put(l, &answer, 0);
	assert_int_equal(rename(p->path, p->old), 0);
	tlog_reopen(l);
	tlog_put(l, &answer, 0);
	tlog_put(l, &answer, 0);
	assert_int_equal(tlog_lost(l), 0);
	assert_int_equal(tlog_close(l), 0);
	expect_content(p->old, line);
	assert_int_equal(unlink(p->old), 0);
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
		    answers_are_lines_and_packets_are_not, make_place,
		    remove_place),
		cmocka_unit_test_setup_teardown(
		    a_log_that_was_moved_away_is_made_again, make_place,
		    remove_place),
		cmocka_unit_test(what_a_full_disk_refuses_is_counted),
		cmocka_unit_test(no_log_is_fine),
	};

	return cmocka_run_group_tests_name("dlog", tests, NULL, NULL);
}
