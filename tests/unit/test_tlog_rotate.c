/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/tlog base/outfile base/outpath base/outq base/rotate base/proc base/log wire/dnsline wire/dnsname wire/line wire/text tests/unit/rotdir tests/unit/tmpdir */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "agent/tlog.h"
#include "tests/unit/rotdir.h"
#include "tests/unit/tmpdir.h"

static const struct rotate by_size = { .size = 4096 };

/* The closed file once there is one; puts ${o} until then, from ${seq}. */
static const char *
fill(struct tlog *l, const struct obs *o, uint64_t *seq)
{
	const char *name[2];

	assert_non_null(l);
	while (rotdir_list(name, 2) == 1) {
		tlog_put(l, o, *seq);
		++*seq;
	}
	return tmpdir_read(name[1]);
}

/* The last line of ${text}. */
static const char *
last_line(const char *text)
{
	const char *p = text + strlen(text) - 1;

	while (p > text && p[-1] != '\n')
		p--;
	return p;
}

static void
a_closed_log_tells_the_numbers_of_its_packets(void **state)
{
	const struct obs host = {
		.kind = OBS_HOST, .time = { 1 }, .host = { .has = OBS_HOST_ALL }
	};
	const struct obs loss = { .kind = OBS_LOSS,
		.time = { 1 },
		.loss = { .reason = OBS_LOSS_KERNEL, .count = 1 } };
	const struct obs pkt = { .kind = OBS_PKT, .pkt = { .ipver = 4 } };
	struct tlog *l = tlog_open(tmpdir_path("log"), LINE_BASIC, NULL);
	uint64_t seq = 1000;
	const char *text;
	char want[64];

	(void)state;
	tlog_rotate(l, &by_size);
	tlog_put(l, &host, 0);
	tlog_put(l, &loss, 0);
	text = fill(l, &pkt, &seq);
	(void)snprintf(want, sizeof(want),
	    "# end records %ju first 1000 last %ju\n", (uintmax_t)seq - 1000,
	    (uintmax_t)seq - 1);
	assert_string_equal(last_line(text), want);
	assert_int_equal(tlog_close(l), 0);
}

static void
a_closed_dns_log_tells_the_numbers_of_its_records(void **state)
{
	const struct obs up = { .kind = OBS_DNS,
		.dns = { .what = OBS_DNS_UP, .conn = 1, .resolver = "" } };
	const struct obs pkt = { .kind = OBS_PKT, .pkt = { .ipver = 4 } };
	struct tlog *l = tlog_open_dns(tmpdir_path("log"));
	uint64_t seq = 5;
	const char *text;
	char want[64];

	(void)state;
	tlog_rotate(l, &by_size);
	tlog_put(l, &pkt, 77); /* not for this log */
	text = fill(l, &up, &seq);
	(void)snprintf(want, sizeof(want),
	    "# end records %ju first 5 last %ju\n", (uintmax_t)seq - 5,
	    (uintmax_t)seq - 1);
	assert_string_equal(last_line(text), want);
	assert_int_equal(tlog_close(l), 0);
}

#define TEST(f) \
	cmocka_unit_test_setup_teardown(f, tmpdir_setup, rotdir_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_closed_log_tells_the_numbers_of_its_packets),
		TEST(a_closed_dns_log_tells_the_numbers_of_its_records),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
