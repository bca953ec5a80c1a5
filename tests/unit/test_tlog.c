/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/tlog base/outfile base/outpath base/outq base/rotate base/proc base/log wire/dnsline wire/dnsname wire/line wire/text */
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

static const char first_line[] =
    "1700000000.000123:10.0.0.1:1:10.0.0.2:2:100:0:17\n";
static const char second_line[] =
    "1700000001.000123:10.0.0.1:1:10.0.0.2:2:100:0:17\n";

struct place {
	char dir[32];
	char path[48];
	char old[48];
};

static int
make_place(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	strcpy(p->dir, "/tmp/tlogXXXXXX");
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
a_record_is_in_the_file_once_it_is_flushed(void **state)
{
	const struct place *p = *state;
	struct tlog *l = tlog_open(p->path, LINE_BASIC, NULL);
	const struct obs o = packet(1700000000);

	assert_non_null(l);
	tlog_put(l, &o, 0);
	assert_int_equal(tlog_flush(l, (mono_t){ 0 }), 0);
	expect_content(p->path, first_line);
	assert_int_equal(tlog_lost(l), 0);
	assert_int_equal(tlog_close(l), 0);
}

static void
closing_writes_what_is_buffered(void **state)
{
	const struct place *p = *state;
	struct tlog *l = tlog_open(p->path, LINE_BASIC, NULL);
	const struct obs o = packet(1700000000);

	tlog_put(l, &o, 0);
	assert_int_equal(tlog_close(l), 0);
	expect_content(p->path, first_line);
}

static void
a_renamed_log_is_continued_under_its_path(void **state)
{
	const struct place *p = *state;
	struct tlog *l = tlog_open(p->path, LINE_BASIC, NULL);
	const struct obs a = packet(1700000000), b = packet(1700000001);

	tlog_put(l, &a, 0);
	assert_int_equal(rename(p->path, p->old), 0);
	tlog_reopen(l);
	tlog_put(l, &b, 0);
	assert_int_equal(tlog_close(l), 0);
	expect_content(p->old, first_line);
	expect_content(p->path, second_line);
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
		    a_record_is_in_the_file_once_it_is_flushed, make_place,
		    remove_place),
		cmocka_unit_test_setup_teardown(
		    closing_writes_what_is_buffered, make_place, remove_place),
		cmocka_unit_test_setup_teardown(
		    a_renamed_log_is_continued_under_its_path, make_place,
		    remove_place),
		cmocka_unit_test(a_full_disk_is_counted_and_not_waited_for),
		cmocka_unit_test(a_path_that_cannot_be_opened_is_refused),
		cmocka_unit_test(no_log_at_all_is_fine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
