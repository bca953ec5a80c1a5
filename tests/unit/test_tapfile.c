/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/tap agent/tapconn base/meterlog base/meter agent/tapfile agent/tapsink base/lograte agent/taplisten base/local agent/fstrm agent/dnsobs agent/dnstap agent/dnsmsg agent/dnsrr agent/dnschain agent/dnsdup base/log base/net base/proc wire/dnsname -lev -lfstrm -lresolv */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/tap.h"
#include "base/log.h"
#include "tests/unit/seen.h"

#define EDGE   "tests/golden/shodohflo/edge_small.fstrm"
#define GOLDEN "tests/golden/shodohflo/golden.fstrm"
#define START \
	"\0\0\0\0\0\0\0\x22\0\0\0\2\0\0\0\1\0\0\0\x16protobuf:dnstap.Dnstap"
#define STOP "\0\0\0\0\0\0\0\4\0\0\0\3"
#define JUNK "\0\0\0\1x" /* a data frame that is no dnstap */

static struct seen seen;
static struct count count;
static struct tap_conf conf;
static struct tap *tap;

static void
begin(void)
{
	memset(&seen, 0, sizeof(seen));
	memset(&count, 0, sizeof(count));
	tap = tap_open(&conf, &count, seen_put, &seen);
}

static void
read_files(const char *const *file, size_t n)
{
	conf = (struct tap_conf){ .file = file,
		.n_files = n,
		.frame_max = 1 << 20,
		.dup_ns = MONO_NS_PER_S };
	begin();
	assert_non_null(tap);
	while (tap_read(tap, 7) > 0)
		;
	tap_end(tap);
	tap_close(tap);
}

/* Of every frame one counter tells what became of it. */
static void
assert_all_counted(const struct count *c)
{
	assert_int_equal(c->dns_frames,
	    c->dns_answers + c->dns_malformed + c->dns_other_types +
		c->dns_no_message + c->dns_not_address_type + c->dns_no_client +
		c->dns_rcode + c->dns_no_data + c->dns_duplicate +
		c->dns_no_address + c->dns_too_large);
}

static void
a_file_is_a_connection_from_its_first_record_to_its_last(void **state)
{
	static const char *const file[] = { GOLDEN };

	(void)state;
	read_files(file, 1);
	assert_int_equal(seen.what[0], 'U');
	assert_int_equal(seen.what[seen.n - 1], 'D');
	assert_int_equal(seen_letters(&seen, 'a'), seen.n - 2);
	assert_int_equal(seen_letters(&seen, 'a'), count.dns_answers);
	assert_int_equal(count.dns_frames, 53);
	assert_true(seen.up.ns > 1000000000 * MONO_NS_PER_S);
	assert_true(seen.down.ns > seen.up.ns);
	assert_all_counted(&count);
}

static void
what_could_not_be_decoded_is_told_as_lost(void **state)
{
	static const char *const file[] = { EDGE, EDGE };

	(void)state;
	read_files(file, 2);
	assert_int_equal(seen_letters(&seen, 'U'), 2);
	assert_int_equal(seen_letters(&seen, 'D'), 2);
	assert_int_equal(seen.conn, 2);
	assert_int_equal(seen.lost, count.dns_malformed + count.dns_no_message);
	assert_int_equal(seen.lost, 2 * 21);
	assert_all_counted(&count);
}

static void
write_file(const char *name, const void *data, size_t len)
{
	FILE *fp = fopen(name, "wb");

	assert_non_null(fp);
	assert_int_equal(fwrite(data, 1, len, fp), len);
	assert_int_equal(fclose(fp), 0);
}

/* Bad files, each with a good one behind it. */
static void
after_a_bad_file_the_next_one_is_read(void **state)
{
	static const struct {
		const char *data;
		size_t len;
		int bad;
		const char *want;
	} t[] = {
#define ROW(s, bad, want) { s, sizeof(s) - 1, bad, want }
		ROW(START STOP, 0, ""),
		ROW(START, 0, ""),
		ROW(START JUNK STOP, 0, "-"),
		ROW("", 1, ""),
		ROW("#!/bin/sh\n", 1, "-"),
		ROW(START "\0\0\0\5x", 1, "-"),
		ROW(START "\0\x10\0\1", 1, "-"),
#undef ROW
	};
	char path[] = "/tmp/tapXXXXXX";
	const char *const file[] = { path, GOLDEN };
	int rc, bad;

	(void)state;
	assert_int_equal(close(mkstemp(path)), 0);
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		write_file(path, t[i].data, t[i].len);
		conf.file = file;
		conf.n_files = 2;
		begin();
		assert_non_null(tap);
		for (bad = 0; (rc = tap_read(tap, 3)) != 0;)
			bad += rc < 0;
		tap_close(tap);
		assert_int_equal(bad, t[i].bad);
		assert_memory_equal(seen.what, t[i].want, strlen(t[i].want));
		assert_int_equal(seen.what[strlen(t[i].want)], 'U');
		assert_int_equal(seen.what[seen.n - 1], 'D');
	}
	assert_int_equal(unlink(path), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_file_is_a_connection_from_its_first_record_to_its_last),
		cmocka_unit_test(what_could_not_be_decoded_is_told_as_lost),
		cmocka_unit_test(after_a_bad_file_the_next_one_is_read),
	};

	log_init("test", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
