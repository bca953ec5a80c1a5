/* SPDX-License-Identifier: BSD-3-Clause */
/* links: collector/fileidx collector/journal base/fdio collector/position collector/positions wire/frame wire/zpack -lz */
/* Files that are cut to what their index says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "collector/fileidx.h"

static const struct hash_key key = { { 1, 2 } };
static char dir[32], path[64], idx[64], moved[64];
static unsigned int warnings;

/* In place of base/log. */
void
log_warnx(const char *fmt, ...)
{
	(void)fmt;
	warnings++;
}

void
log_errorx(const char *fmt, ...)
{
	fail_msg("%s", fmt);
}

void
log_error(const char *fmt, ...)
{
	fail_msg("%s", fmt);
}

static void
append(const char *text)
{
	FILE *fp = fopen(path, "a");

	assert_non_null(fp);
	fputs(text, fp);
	fclose(fp);
}

static off_t
size_of(const char *name)
{
	struct stat st;

	return stat(name, &st) == 0 ? st.st_size : -1;
}

static int
setup(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/test_fileidx.XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/log", dir);
	snprintf(idx, sizeof(idx), "%s/log.idx", dir);
	snprintf(moved, sizeof(moved), "%s/log.1", dir);
	warnings = 0;
	append("");
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	(void)unlink(path);
	(void)unlink(idx);
	(void)unlink(moved);
	return rmdir(dir);
}

static struct fileidx *
start_with(bool sync)
{
	struct fileidx *x = fileidx_open(path, &key, sync);

	assert_non_null(x);
	assert_int_equal(fileidx_renew(x), 0);
	return x;
}

static struct fileidx *
start(void)
{
	return start_with(true);
}

static void
commit(struct fileidx *x, uint8_t id, uint64_t next)
{
	struct position p = { .next = next };

	p.id[0] = id;
	assert_int_equal(fileidx_commit(x, size_of(path), &p, 1), 0);
}

static uint64_t
next_of(struct fileidx *x, uint8_t id)
{
	const uint8_t whole[POSITION_ID] = { id };
	const struct position *p = positions_find(fileidx_positions(x), whole);

	return p == NULL ? 0 : p->next;
}

static void
what_was_not_committed_is_cut_off(void **state)
{
	struct fileidx *x;

	(void)state;
	append("old\n");
	x = start();
	assert_true(fileidx_fresh(x));
	append("one\n");
	commit(x, 1, 10);
	append("two\n");
	commit(x, 2, 20);
	append("three\n");
	fileidx_close(x);
	x = start();
	assert_false(fileidx_fresh(x));
	assert_int_equal(size_of(path), 12);
	assert_int_equal(next_of(x, 1), 10);
	assert_int_equal(next_of(x, 2), 20);
	fileidx_close(x);
	assert_int_equal(warnings, 0);
}

static void
a_shorter_file_is_left_alone_with_a_warning(void **state)
{
	struct fileidx *x = start();

	(void)state;
	append("one\ntwo\n");
	commit(x, 1, 10);
	fileidx_close(x);
	assert_int_equal(truncate(path, 4), 0);
	x = start();
	assert_int_equal(size_of(path), 4);
	assert_int_equal(warnings, 1);
	assert_int_equal(next_of(x, 1), 10);
	append("more\n");
	commit(x, 1, 11);
	fileidx_close(x);
	fileidx_close(start());
	assert_int_equal(size_of(path), 9);
	assert_int_equal(warnings, 1);
}

static void
a_file_that_was_renamed_is_cut_under_its_new_name(void **state)
{
	struct fileidx *x = start();

	(void)state;
	append("one\n");
	commit(x, 1, 10);
	append("two\n");
	fileidx_close(x);
	assert_int_equal(rename(path, moved), 0);
	append("head\n");
	x = start();
	assert_int_equal(size_of(moved), 4);
	assert_int_equal(size_of(path), 5);
	assert_int_equal(next_of(x, 1), 10);
	fileidx_close(x);
	assert_int_equal(warnings, 0);
}

static void
a_file_that_was_left_counts_whatever_becomes_of_it(void **state)
{
	struct position p = { .next = 30 };
	struct fileidx *x = start();

	(void)state;
	append("one\n");
	commit(x, 1, 10);
	append("two\n");
	p.id[0] = 1;
	assert_int_equal(fileidx_leave(x, &p, 1), 0);
	fileidx_close(x);
	assert_int_equal(unlink(path), 0);
	append("head\n");
	x = start();
	assert_int_equal(size_of(path), 5);
	assert_int_equal(next_of(x, 1), 30);
	fileidx_close(x);
	assert_int_equal(warnings, 0);
}

static void
the_index_stays_small_and_knows_every_stream(void **state)
{
	/* so many waits for the disk would take minutes where it is busy */
	struct fileidx *x = start_with(false);

	(void)state;
	for (unsigned int i = 0; i < 20000; i++) {
		if (i % 100 == 0)
			append("x\n");
		commit(x, (uint8_t)(1 + i % 200), i);
	}
	fileidx_close(x);
	assert_true(size_of(idx) < 400000);
	x = start();
	assert_int_equal(positions_n(fileidx_positions(x)), 200);
	assert_int_equal(next_of(x, 200), 19999);
	assert_int_equal(size_of(path), 400);
	assert_true(size_of(idx) < 20000);
	fileidx_close(x);
}

/* A commit may be torn at any octet: the one before it counts then. */
static void
an_index_cut_at_every_octet_gives_an_earlier_commit(void **state)
{
	static char copy[4096];
	struct fileidx *x = start();
	off_t whole;
	off_t all;
	FILE *fp;

	(void)state;
	append("one\n");
	commit(x, 1, 10);
	whole = size_of(idx);
	append("two\n");
	commit(x, 1, 20);
	all = size_of(idx);
	fileidx_close(x);
	fp = fopen(idx, "r");
	assert_int_equal(fread(copy, 1, sizeof(copy), fp), all);
	fclose(fp);
	for (off_t cut = all; cut >= whole; cut--) {
		fp = fopen(idx, "w");
		assert_int_equal(fwrite(copy, 1, (size_t)cut, fp), cut);
		fclose(fp);
		x = fileidx_open(path, &key, false);
		assert_non_null(x);
		assert_int_equal(next_of(x, 1), cut == all ? 20 : 10);
		assert_int_equal(size_of(path), cut == all ? 8 : 4);
		fileidx_close(x);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(what_was_not_committed_is_cut_off),
		TEST(a_shorter_file_is_left_alone_with_a_warning),
		TEST(a_file_that_was_renamed_is_cut_under_its_new_name),
		TEST(a_file_that_was_left_counts_whatever_becomes_of_it),
		TEST(the_index_stays_small_and_knows_every_stream),
		TEST(an_index_cut_at_every_octet_gives_an_earlier_commit),
#undef TEST
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
