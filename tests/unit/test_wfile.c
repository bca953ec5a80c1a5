/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/wfile base/fdio agent/ident agent/iftab base/log base/proc wire/enc wire/dnsrec wire/dnstab wire/dnsname wire/stream wire/ifaces wire/dnsget wire/hello wire/frame wire/ctl wire/pack wire/cols wire/flowtab wire/unpack wire/dict wire/bits wire/zpack tests/unit/gen tests/unit/gendns tests/unit/tape tests/unit/rotdir tests/unit/tmpdir -lz */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "agent/wfile.h"
#include "tests/unit/rotdir.h"
#include "tests/unit/tape.h"
#include "tests/unit/tmpdir.h"

static struct iftab *tab;

static struct wfile *
open_file(void)
{
	struct wfile *f;
	static struct ident id;

	iftab_free(tab);
	tab = iftab_new();
	assert_non_null(tab);
	assert_int_equal(ident_init(&id, "n", tab), 0);
	f = wfile_open(tmpdir_path("stream"), &id, 6);
	assert_non_null(f);
	return f;
}

/* Packets with the numbers ${first} to ${first} + ${n} - 1 as their times. */
static void
put(struct wfile *f, unsigned int first, unsigned int n)
{
	for (unsigned int i = first; i < first + n; i++) {
		struct obs o = { .kind = OBS_PKT,
			.time = wall_make(1700000000 + i, 0),
			.pkt = { .ipver = 4, .proto = 17, .len = i & 0xffff } };

		memcpy(o.pkt.src, &i, sizeof(i));
		wfile_put(f, &o);
	}
}

static void
limit_size(rlim_t size)
{
	struct rlimit r;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &r), 0);
	r.rlim_cur = size;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &r), 0);
}

static off_t
size(void)
{
	struct stat st;

	assert_int_equal(stat(tmpdir_path("stream"), &st), 0);
	return st.st_size;
}

/* What the file tells: packets, gaps and what is in them, and the end. */
struct told {
	uint64_t packets, gaps, missing;
	unsigned int ifaces;
	bool ended;
};

/* Read the file.  Every packet has its number, none comes twice. */
static struct told
told(void)
{
	FILE *fp = fopen(tmpdir_path("stream"), "re");
	const size_t len = (size_t)size();
	struct tape t = { .data = malloc(len), .len = len };
	struct tape_seen seen;
	struct told s = { 0 };
	enum ctl_bye why;
	uint64_t next = 0;

	assert_true(fp != NULL && t.data != NULL);
	assert_int_equal(fread(t.data, 1, len, fp), len);
	(void)fclose(fp);
	assert_null(tape_read(&t, 0, &seen, &why));
	for (size_t i = 0; i < seen.n; i++) {
		const struct obs *o = &seen.obs[i];

		if (o->kind == OBS_LOSS) {
			assert_int_equal(o->loss.reason, OBS_LOSS_SPOOL);
			assert_int_equal(o->loss.first, next);
			next += o->loss.count;
			s.missing += o->loss.count;
			s.gaps++;
			continue;
		}
		assert_int_equal(o->time.ns / MONO_NS_PER_S - 1700000000, next);
		next++;
		s.packets++;
	}
	s.ended = seen.byes == 1;
	s.ifaces = seen.ifaces;
	assert_true(!s.ended || seen.bye_next == next);
	tape_seen_done(&seen);
	tape_done(&t);
	return s;
}

static void
a_file_that_can_be_written_again_goes_on_with_a_gap(void **state)
{
	struct wfile *f = open_file();
	struct told s;
	off_t whole;

	(void)state;
	put(f, 0, 10000);
	wfile_flush(f);
	whole = size();
	limit_size((rlim_t)whole + 10); /* less than a GAP */
	put(f, 10000, 7000);            /* a block, and part of another */
	wfile_flush(f);
	assert_int_equal(size(), whole);
	wfile_retry(f); /* in vain */
	put(f, 17000, 500);
	limit_size(RLIM_INFINITY);
	wfile_retry(f);
	put(f, 17500, 5000);
	assert_int_equal(wfile_lost(f), 7500);
	assert_int_equal(wfile_close(f), 0);
	s = told();
	assert_int_equal(s.packets, 15000);
	assert_int_equal(s.missing, 7500);
	assert_true(s.ended);
}

static void
a_file_that_failed_at_once_begins_with_its_hello(void **state)
{
	struct wfile *f = open_file();
	struct told s;

	(void)state;
	limit_size(10);
	put(f, 0, 100);
	wfile_flush(f);
	assert_int_equal(size(), 0);
	assert_int_equal(wfile_lost(f), 100);
	limit_size(RLIM_INFINITY);
	wfile_retry(f);
	put(f, 100, 50);
	assert_int_equal(wfile_close(f), 0);
	s = told();
	assert_int_equal(s.packets, 50);
	assert_int_equal(s.gaps, 1);
	assert_int_equal(s.missing, 100);
	assert_true(s.ended);
}

/* The limit moves in small steps: some attempts get no further than GAP. */
static void
room_for_a_gap_alone_loses_no_account(void **state)
{
	struct wfile *f = open_file();
	unsigned int n = 0;
	struct told s;

	(void)state;
	for (rlim_t limit = 400; limit < 4000; limit += 13) {
		limit_size(limit);
		wfile_retry(f);
		put(f, n, 37);
		n += 37;
		wfile_flush(f);
		assert_true((rlim_t)size() <= limit);
	}
	limit_size(RLIM_INFINITY);
	assert_int_equal(wfile_close(f), 0);
	s = told();
	assert_true(s.packets > 0 && s.gaps > 1);
	assert_int_equal(s.packets + s.missing, n);
	assert_true(s.ended);
}

/* Interface ${n} of another node comes, and is seen by packet ${n}. */
static void
put_at(struct wfile *f, unsigned int n)
{
	struct hello_iface i = { .name = "eth0", .linktype = 1 };
	struct obs o = { .kind = OBS_PKT,
		.time = wall_make(1700000000 + n, 0),
		.pkt = { .ipver = 4, .proto = 17 } };

	snprintf(i.node, sizeof(i.node), "node%u", n);
	o.pkt.iface = iftab_add(tab, &i);
	assert_int_equal(o.pkt.iface, n);
	wfile_put(f, &o);
}

static void
interfaces_are_told_also_when_the_disk_was_full(void **state)
{
	struct wfile *f = open_file();
	unsigned int n = 0;
	struct told s;

	(void)state;
	/* The limit is for what this test prints, too. */
	for (; size() < 8000; wfile_flush(f))
		put_at(f, n++);
	for (rlim_t limit = (rlim_t)size(); limit < 30000; limit += 60) {
		limit_size(limit);
		wfile_retry(f);
		put_at(f, n++);
		wfile_flush(f);
		assert_true((rlim_t)size() <= limit);
	}
	limit_size(RLIM_INFINITY);
	assert_int_equal(wfile_close(f), 0);
	s = told();
	assert_true(s.packets > 0 && s.gaps > 1);
	assert_int_equal(s.packets + s.missing, n);
	assert_int_equal(s.ifaces, n);
	assert_true(size() < (off_t)n * 200); /* each told once */
}

static void
a_file_that_is_full_to_the_end_has_whole_frames(void **state)
{
	struct wfile *f = open_file();
	struct told s;

	(void)state;
	put(f, 0, 5000);
	wfile_flush(f);
	limit_size((rlim_t)size() + 20);
	put(f, 5000, 1000);
	wfile_flush(f);
	assert_int_equal(wfile_lost(f), 1000);
	assert_int_equal(wfile_close(f), -1);
	limit_size(RLIM_INFINITY);
	s = told();
	assert_int_equal(s.packets, 5000);
	assert_false(s.ended);
}

#define TEST(f) \
	cmocka_unit_test_setup_teardown(f, tmpdir_setup, rotdir_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_file_that_can_be_written_again_goes_on_with_a_gap),
		TEST(a_file_that_failed_at_once_begins_with_its_hello),
		TEST(room_for_a_gap_alone_loses_no_account),
		TEST(interfaces_are_told_also_when_the_disk_was_full),
		TEST(a_file_that_is_full_to_the_end_has_whole_frames),
	};

	(void)signal(SIGXFSZ, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
