/* SPDX-License-Identifier: BSD-3-Clause */
/* links: collector/journal base/fdio wire/frame wire/zpack -lz */
/* A journal that is cut anywhere, flipped, replaced, and used by two. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collector/journal.h"

#define WHOLE 9 /* the type that ends a group; its body is a number */

static char dir[32], path[64], path_new[64];
static unsigned int parts, last, stop_at;

static int
setup(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/test_journal.XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/j", dir);
	snprintf(path_new, sizeof(path_new), "%s/j.new", dir);
	stop_at = 1000;
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	(void)unlink(path);
	(void)unlink(path_new);
	return rmdir(dir);
}

static enum journal_next
on_frame(void *arg, unsigned int type, const uint8_t *body, size_t len)
{
	(void)arg;
	assert_true(len > 0);
	if (type != WHOLE) {
		parts++;
		return JOURNAL_MORE;
	}
	if (body[0] >= stop_at)
		return JOURNAL_STOP;
	last = body[0];
	return JOURNAL_WHOLE;
}

static struct journal *
start(void)
{
	parts = last = 0;
	return journal_open(path, false, on_frame, NULL);
}

/* Group number ${n}: as many parts, and the end. */
static void
put(struct journal *j, uint8_t n)
{
	for (unsigned int i = 0; i < n; i++)
		journal_put(j, 1, (const uint8_t *)"part", 4);
	journal_put(j, WHOLE, &n, 1);
}

static off_t
size_of(const char *name)
{
	struct stat st;

	return stat(name, &st) == 0 ? st.st_size : -1;
}

static void
whole_groups_survive_a_cut_at_every_octet(void **state)
{
	off_t end[4] = { 0 };
	char copy[4096];
	struct journal *j = start();
	int fd;

	(void)state;
	assert_non_null(j);
	for (uint8_t n = 1; n <= 3; n++) {
		put(j, n);
		assert_int_equal(journal_commit(j), 0);
		end[n] = journal_size(j);
	}
	journal_close(j);
	assert_int_equal(size_of(path), end[3]);
	fd = open(path, O_RDONLY);
	assert_int_equal(read(fd, copy, sizeof(copy)), end[3]);
	close(fd);
	for (off_t cut = 0; cut <= end[3]; cut++) {
		unsigned int whole = 0;

		fd = open(path, O_WRONLY | O_TRUNC);
		assert_int_equal(write(fd, copy, (size_t)cut), cut);
		close(fd);
		while (whole < 3 && end[whole + 1] <= cut)
			whole++;
		j = start();
		assert_non_null(j);
		assert_int_equal(last, whole);
		assert_int_equal(size_of(path), end[whole]);
		put(j, 4);
		assert_int_equal(journal_commit(j), 0);
		journal_close(j);
		j = start();
		assert_int_equal(last, 4);
		journal_close(j);
	}
}

static void
nothing_counts_behind_a_flipped_bit(void **state)
{
	struct journal *j = start();
	off_t end;
	char c;
	int fd;

	(void)state;
	put(j, 1);
	assert_int_equal(journal_commit(j), 0);
	end = journal_size(j);
	put(j, 2);
	assert_int_equal(journal_commit(j), 0);
	journal_close(j);
	fd = open(path, O_RDWR);
	assert_int_equal(pread(fd, &c, 1, end + 3), 1);
	c ^= 4;
	assert_int_equal(pwrite(fd, &c, 1, end + 3), 1);
	close(fd);
	j = start();
	assert_int_equal(last, 1);
	assert_int_equal(journal_size(j), end);
	journal_close(j);
}

static void
a_reader_that_stops_cuts_there(void **state)
{
	struct journal *j = start();

	(void)state;
	for (uint8_t n = 1; n <= 3; n++) {
		put(j, n);
		assert_int_equal(journal_commit(j), 0);
	}
	journal_close(j);
	stop_at = 3;
	j = start();
	assert_int_equal(last, 2);
	journal_close(j);
	stop_at = 1000;
	j = start();
	assert_int_equal(last, 2);
	journal_close(j);
}

static void
a_new_file_takes_the_place_of_the_old_one_when_it_is_settled(void **state)
{
	struct journal *j = start();

	(void)state;
	put(j, 1);
	assert_int_equal(journal_commit(j), 0);
	journal_anew(j);
	put(j, 2);
	assert_int_equal(journal_commit(j), 0);
	assert_true(size_of(path_new) > 0);
	parts = last = 0;
	assert_true(journal_scan(path, on_frame, NULL) > 0);
	assert_int_equal(last, 1);
	assert_int_equal(journal_settle(j), 0);
	assert_int_equal(size_of(path_new), -1);
	put(j, 3);
	assert_int_equal(journal_commit(j), 0);
	journal_close(j);
	j = start();
	assert_int_equal(last, 3);
	assert_int_equal(parts, 5);
	journal_close(j);
}

static void
a_group_that_cannot_be_written_leaves_nothing_behind(void **state)
{
	struct journal *j = start();
	struct rlimit was;
	struct rlimit small;
	off_t size;

	(void)state;
	put(j, 1);
	assert_int_equal(journal_commit(j), 0);
	size = journal_size(j);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	small = was;
	small.rlim_cur = (rlim_t)size + 5;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	put(j, 2);
	assert_int_equal(journal_commit(j), -1);
	assert_int_equal(errno, EFBIG);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	assert_int_equal(size_of(path), size);
	put(j, 3);
	assert_int_equal(journal_commit(j), 0);
	journal_close(j);
	j = start();
	assert_int_equal(last, 3);
	assert_int_equal(parts, 4);
	journal_close(j);
}

static void
a_journal_has_one_owner_and_other_files_are_refused(void **state)
{
	struct journal *j = start();
	FILE *fp;

	(void)state;
	assert_null(start());
	assert_int_equal(errno, EWOULDBLOCK);
	journal_close(j);
	fp = fopen(path, "w");
	fputs("somebody's own notes\n", fp);
	fclose(fp);
	assert_null(start());
	assert_int_equal(errno, EBADMSG);
	assert_int_equal(size_of(path), 21);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    whole_groups_survive_a_cut_at_every_octet, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    nothing_counts_behind_a_flipped_bit, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_reader_that_stops_cuts_there, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_new_file_takes_the_place_of_the_old_one_when_it_is_settled,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_group_that_cannot_be_written_leaves_nothing_behind, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(
		    a_journal_has_one_owner_and_other_files_are_refused, setup,
		    teardown),
	};

	(void)signal(SIGXFSZ, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
