/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/spoolowed agent/spoolmark wire/hello wire/frame tests/unit/tmpdir -lz */
/* Whom a stream is kept for, and how that is written down. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/spoolmark.h"
#include "agent/spoolowed.h"
#include "tests/unit/tmpdir.h"

static const uint8_t id[16] = "sixteen octets.";

static struct spoolmark
mark_of(unsigned int n)
{
	struct spoolmark m = { .since = 5,
		.acked_seq = 100,
		.acked_dns = 10,
		.next_seq = 200,
		.next_dns = 20 };
	char who[32];

	for (unsigned int i = 0; i < n; i++) {
		snprintf(who, sizeof(who), "#%016x", i);
		assert_non_null(spoolowed_put(&m.owed, who, i, i + 1));
	}
	return m;
}

/* Open the file of the mark. */
static int
open_mark(int flags)
{
	char name[SPOOLMARK_NAME_MAX];

	spoolmark_name(id, name);
	return open(tmpdir_path(name), flags | O_CREAT, 0600);
}

static void
write_mark(const struct spoolmark *m)
{
	const int fd = open_mark(O_WRONLY);

	assert_true(fd >= 0);
	spoolmark_write(fd, m);
	close(fd);
}

static struct spoolmark
read_mark(void)
{
	const int dir = open(tmpdir, O_RDONLY | O_DIRECTORY);
	struct spoolmark m;

	assert_true(dir >= 0);
	spoolmark_read(dir, id, &m);
	close(dir);
	return m;
}

static void
a_collector_is_there_once_with_its_least_numbers(void **state)
{
	struct spoolowed l = { 0 };
	const struct spoolowed_one *one;

	(void)state;
	assert_null(spoolowed_find(&l, "a"));
	one = spoolowed_put(&l, "a", 5, 7);
	assert_ptr_equal(spoolowed_put(&l, "a", 6, 3), one);
	assert_ptr_equal(spoolowed_put(&l, "b", 1, 1), &l.one[1]);
	assert_int_equal(l.n, 2);
	assert_int_equal(one->seq, 5);
	assert_int_equal(one->dns, 3);
	assert_null(spoolowed_put(&l, "", 1, 1));
	spoolowed_drop(&l, spoolowed_find(&l, "a"));
	assert_null(spoolowed_find(&l, "a"));
	assert_non_null(spoolowed_find(&l, "b"));
}

static void
names_are_cut_and_lose_control_characters(void **state)
{
	static const char bad[] = "a\nowed 0 0 \x7f";
	char longest[2 * SPOOLOWED_WHO_MAX], line[SPOOLOWED_LINE_MAX];
	struct spoolowed l = { 0 };

	(void)state;
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_string_equal(spoolowed_put(&l, bad, 0, 0)->who, "a?owed 0 0 ?");
	assert_int_equal(
	    strlen(spoolowed_put(&l, longest, UINT64_MAX, UINT64_MAX)->who),
	    SPOOLOWED_WHO_MAX - 1);
	/* They are found by what they were called. */
	assert_ptr_equal(spoolowed_find(&l, bad), &l.one[0]);
	assert_ptr_equal(spoolowed_find(&l, longest), &l.one[1]);
	assert_int_equal(
	    spoolowed_line(&l.one[1], line), SPOOLOWED_LINE_MAX - 1);
	assert_int_equal(strlen(line), SPOOLOWED_LINE_MAX - 1);
}

static void
no_more_are_remembered_than_there_is_room_for(void **state)
{
	struct spoolmark m = mark_of(SPOOLOWED_MAX);

	(void)state;
	assert_null(spoolowed_put(&m.owed, "one more", 0, 0));
	assert_non_null(spoolowed_put(&m.owed, m.owed.one[3].who, 0, 0));
	spoolowed_drop(&m.owed, &m.owed.one[0]);
	assert_non_null(spoolowed_put(&m.owed, "one more", 0, 0));
}

static void
who_is_away_for_too_long_is_forgotten_but_no_reader(void **state)
{
	struct spoolmark m = mark_of(3);

	(void)state;
	spoolmark_settle(&m, (mono_t){ 10 });
	m.owed.one[1].readers = 1;
	m.owed.one[2].since.ns = 11;
	assert_false(spoolowed_expire(&m.owed, (mono_t){ 19 }, 10));
	assert_true(spoolowed_expire(&m.owed, (mono_t){ 20 }, 10));
	assert_int_equal(m.owed.n, 2);
	assert_null(spoolowed_find(&m.owed, "#0000000000000000"));
}

static void
a_stream_is_over_when_all_who_are_owed_have_it(void **state)
{
	struct spoolmark m = mark_of(2);
	const char *a = "#0000000000000000", *b = "#0000000000000001";

	(void)state;
	assert_true(spoolmark_acked(&m, a, 200, 20));
	assert_false(spoolmark_acked(&m, a, 200, 20));
	assert_true(spoolmark_was_had(&m));
	assert_false(spoolmark_is_over(&m));
	assert_true(spoolmark_acked(&m, b, 150, 20));
	/* Less than before is nothing new. */
	assert_false(spoolmark_acked(&m, b, 140, 20));
	assert_int_equal(spoolowed_find(&m.owed, b)->seq, 150);
	assert_false(spoolmark_is_over(&m));
	assert_true(spoolmark_acked(&m, b, 200, 20));
	assert_true(spoolmark_is_over(&m));
	/* Where nobody is known, one is enough. */
	m = mark_of(0);
	assert_false(spoolmark_is_over(&m));
	assert_true(spoolmark_acked(&m, a, 200, 20));
	assert_true(spoolmark_is_over(&m));
}

static void
what_is_written_down_is_read_again(void **state)
{
	(void)state;
	/* None, all, and then fewer over more. */
	for (unsigned int i = 0; i < 3; i++) {
		const unsigned int n = i == 0 ? 0 : i == 1 ? SPOOLOWED_MAX : 2;
		const struct spoolmark m = mark_of(n);
		const struct spoolmark back = (write_mark(&m), read_mark());

		assert_int_equal(back.since, 5);
		assert_int_equal(back.acked_seq, 100);
		assert_int_equal(back.acked_dns, 10);
		assert_int_equal(back.next_seq, 200);
		assert_int_equal(back.next_dns, 20);
		assert_int_equal(back.owed.n, n);
		assert_memory_equal(&back.owed, &m.owed, sizeof(m.owed));
	}
}

static void
marks_that_differ_are_told_apart(void **state)
{
	const struct spoolmark a = mark_of(2);
	struct spoolmark b = mark_of(2);

	(void)state;
	assert_true(spoolmark_same(&a, &b));
	b.owed.one[1].dns++;
	assert_false(spoolmark_same(&a, &b));
	b = mark_of(3);
	assert_false(spoolmark_same(&a, &b));
	b = mark_of(2);
	b.owed.one[0].who[3] = '1';
	assert_false(spoolmark_same(&a, &b));
	b = mark_of(2);
	b.next_seq++;
	assert_false(spoolmark_same(&a, &b));
}

/* Wherever it is torn, the lines that are whole count. */
static void
a_torn_mark_says_what_is_whole(void **state)
{
	const struct spoolmark m = mark_of(3);
	off_t end;
	int fd;

	(void)state;
	write_mark(&m);
	fd = open_mark(O_RDWR);
	end = lseek(fd, 0, SEEK_END);
	while (end-- > 0) {
		struct spoolmark back;

		assert_int_equal(ftruncate(fd, end), 0);
		back = read_mark();
		assert_true(back.owed.n < 3);
		for (unsigned int i = 0; i < back.owed.n; i++) {
			assert_memory_equal(&back.owed.one[i], &m.owed.one[i],
			    sizeof(m.owed.one[i]));
		}
		if (back.owed.n > 0)
			assert_int_equal(back.next_dns, 20);
	}
	close(fd);
}

static void
lines_that_are_none_end_the_list(void **state)
{
	static const char good[] =
	    "owed 00000000000000000007 00000000000000000008 a b\n";
	static const char *const bad[] = { "", "\n", "owed\n", "owed 1 2 x\n",
		"owed 00000000000000000001 00000000000000000002\n",
		"owed 00000000000000000001 00000000000000000002 ",
		"owed -0000000000000000001 00000000000000000002 x\n",
		"since 00000000000000000001 00000000000000000002 x\n" };
	char text[512];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct spoolowed l = { 0 };

		snprintf(text, sizeof(text), "%s%s%s", good, bad[i], good);
		if (i == 0)
			text[sizeof(good) - 1] = '\0';
		spoolowed_read(&l, text);
		assert_int_equal(l.n, i == 5 ? 2 : 1);
		assert_string_equal(l.one[0].who, "a b");
		assert_int_equal(l.one[0].seq, 7);
		assert_int_equal(l.one[0].dns, 8);
	}
}

static void
only_names_of_marks_are_taken_for_some(void **state)
{
	static const char *const bad[] = { "", ".mark", "x.mark",
		"0000000000000000000000000000000g.mark",
		"0000000000000000000000000000000A.mark",
		"00000000000000000000000000000000.pms1",
		" 0000000000000000000000000000000.mark" };
	char name[SPOOLMARK_NAME_MAX];
	uint8_t got[16];

	(void)state;
	spoolmark_name(id, name);
	assert_true(spoolmark_id(name, got));
	assert_memory_equal(got, id, sizeof(id));
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_false(spoolmark_id(bad[i], got));
}

#define with_dir(f) \
	cmocka_unit_test_setup_teardown(f, tmpdir_setup, tmpdir_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_collector_is_there_once_with_its_least_numbers),
		cmocka_unit_test(names_are_cut_and_lose_control_characters),
		cmocka_unit_test(no_more_are_remembered_than_there_is_room_for),
		cmocka_unit_test(
		    who_is_away_for_too_long_is_forgotten_but_no_reader),
		cmocka_unit_test(
		    a_stream_is_over_when_all_who_are_owed_have_it),
		with_dir(what_is_written_down_is_read_again),
		cmocka_unit_test(marks_that_differ_are_told_apart),
		with_dir(a_torn_mark_says_what_is_whole),
		cmocka_unit_test(lines_that_are_none_end_the_list),
		cmocka_unit_test(only_names_of_marks_are_taken_for_some),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
