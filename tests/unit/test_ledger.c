/* SPDX-License-Identifier: BSD-3-Clause */
/* links: collector/ledger */
/* Loss and repetition. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "collector/ledger.h"

static struct obs
gap(uint32_t reason, uint64_t first, uint64_t count)
{
	return (struct obs){ .kind = OBS_LOSS,
		.time = { 1000 },
		.loss = { .reason = reason, .first = first, .count = count } };
}

static struct obs
host(int64_t ns)
{
	return (struct obs){ .kind = OBS_HOST, .time = { ns } };
}

static void
records_sent_again_are_dropped_and_counted(void **state)
{
	struct ledger l = { 0 };

	(void)state;
	ledger_stream(&l, LEDGER_ANEW);
	assert_int_equal(ledger_packets(&l, 0, 100), 0);
	ledger_stream(&l, LEDGER_RESUMED);
	assert_int_equal(ledger_packets(&l, 64, 20), 20);
	assert_int_equal(ledger_packets(&l, 84, 20), 16);
	assert_int_equal(ledger_packets(&l, 104, 6), 0);
	assert_int_equal(l.c.records, 110);
	assert_int_equal(l.c.duplicates, 36);
	assert_int_equal(l.c.lost_unexplained, 0);
	assert_int_equal(l.next, 110);
}

static void
a_jump_without_a_gap_is_unexplained(void **state)
{
	struct ledger l = { 0 };

	(void)state;
	ledger_stream(&l, LEDGER_ANEW);
	ledger_packets(&l, 0, 10);
	assert_int_equal(ledger_packets(&l, 15, 5), 0);
	assert_int_equal(l.c.lost_unexplained, 5);
	assert_int_equal(l.c.records, 15);
	assert_int_equal(l.next, 20);
}

static void
what_was_before_the_first_record_is_late(void **state)
{
	struct ledger l = { 0 };

	(void)state;
	ledger_stream(&l, LEDGER_ANEW);
	ledger_packets(&l, 1000, 5);
	assert_int_equal(l.c.lost_late, 1000);
	assert_int_equal(l.c.lost_unexplained, 0);
}

static void
a_gap_is_counted_once_under_its_reason(void **state)
{
	static const struct {
		uint32_t reason;
		size_t offset;
	} rows[] = {
		{ OBS_LOSS_QUEUE, offsetof(struct ledger_counts, lost_queue) },
		{ OBS_LOSS_LATE, offsetof(struct ledger_counts, lost_late) },
		{ OBS_LOSS_UNENCODABLE,
		    offsetof(struct ledger_counts, lost_unencodable) },
		{ OBS_LOSS_SPOOL, offsetof(struct ledger_counts, lost_spool) },
		{ 9, offsetof(struct ledger_counts, lost_other) },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ledger l = { 0 };
		struct obs o = gap(rows[i].reason, 10, 7);
		struct obs part;
		uint64_t v;

		ledger_stream(&l, LEDGER_ANEW);
		ledger_packets(&l, 0, 10);
		assert_true(ledger_loss(&l, 17, &o, &part));
		assert_false(ledger_loss(&l, 17, &o, &part));
		assert_int_equal(ledger_packets(&l, 17, 3), 0);
		memcpy(&v, (const char *)&l.c + rows[i].offset, sizeof(v));
		assert_int_equal(v, 7);
		assert_int_equal(l.c.records, 13);
		assert_int_equal(l.c.lost_unexplained, 0);
	}
}

static void
only_the_new_part_of_a_gap_is_passed_on(void **state)
{
	struct ledger l = { 0 };
	const struct obs o = gap(OBS_LOSS_SPOOL, 5, 10);
	struct obs part;

	(void)state;
	ledger_stream(&l, LEDGER_ANEW);
	ledger_packets(&l, 0, 10);
	assert_true(ledger_loss(&l, 15, &o, &part));
	assert_int_equal(part.loss.first, 10);
	assert_int_equal(part.loss.count, 5);
	assert_int_equal(l.c.lost_spool, 5);
}

static void
a_gap_beyond_a_hole_leaves_the_hole_unexplained(void **state)
{
	struct ledger l = { 0 };
	const struct obs o = gap(OBS_LOSS_QUEUE, 12, 3);
	struct obs part;

	(void)state;
	ledger_stream(&l, LEDGER_ANEW);
	ledger_packets(&l, 0, 10);
	assert_true(ledger_loss(&l, 15, &o, &part));
	assert_int_equal(l.c.lost_unexplained, 2);
	assert_int_equal(l.c.lost_queue, 3);
}

static void
a_gap_up_to_the_end_of_numbers_does_not_wrap(void **state)
{
	struct ledger l = { 0 };
	const struct obs o = gap(OBS_LOSS_QUEUE, 10, UINT64_MAX);
	struct obs part;

	(void)state;
	ledger_stream(&l, LEDGER_ANEW);
	ledger_packets(&l, 0, 10);
	assert_true(ledger_loss(&l, 10, &o, &part));
	assert_int_equal(l.next, UINT64_MAX);
	assert_int_equal(l.c.lost_queue, UINT64_MAX - 10);
}

static void
dropped_packets_are_no_lost_records(void **state)
{
	struct ledger l = { 0 };
	const struct obs kernel = gap(OBS_LOSS_KERNEL, 0, 4);
	const struct obs iface = gap(OBS_LOSS_INTERFACE, 0, 5);
	const struct obs other = gap(30, 0, 6);
	struct obs part;

	(void)state;
	ledger_stream(&l, LEDGER_ANEW);
	ledger_packets(&l, 0, 10);
	assert_true(ledger_loss(&l, 10, &kernel, &part));
	assert_true(ledger_loss(&l, 10, &iface, &part));
	assert_true(ledger_loss(&l, 10, &other, &part));
	assert_int_equal(l.next, 10);
	assert_int_equal(l.c.drop_kernel, 4);
	assert_int_equal(l.c.drop_interface, 5);
	assert_int_equal(l.c.drop_other, 6);
}

static void
host_records_sent_again_are_known_by_place_and_time(void **state)
{
	struct ledger l = { 0 };
	const struct obs at5 = host(5);
	const struct obs at6 = host(6);

	(void)state;
	ledger_stream(&l, LEDGER_ANEW);
	ledger_packets(&l, 0, 10);
	assert_true(ledger_host(&l, 10, &at5));
	assert_true(ledger_host(&l, 10, &at5));
	ledger_stream(&l, LEDGER_RESUMED);
	assert_int_equal(ledger_packets(&l, 0, 10), 10);
	assert_false(ledger_host(&l, 4, &at6));
	assert_false(ledger_host(&l, 10, &at5));
	assert_true(ledger_host(&l, 10, &at6));
	assert_true(ledger_host(&l, 10, &at6));
	assert_int_equal(l.c.host_records, 4);
	assert_int_equal(l.c.duplicates, 12);
}

static void
a_new_stream_starts_its_numbers_anew(void **state)
{
	struct ledger l = { 0 };

	(void)state;
	ledger_stream(&l, LEDGER_ANEW);
	ledger_packets(&l, 0, 10);
	ledger_stream(&l, LEDGER_ANEW);
	assert_int_equal(ledger_packets(&l, 0, 10), 0);
	assert_int_equal(l.c.records, 20);
	assert_int_equal(l.c.duplicates, 0);
}

static void
old_records_have_no_numbers_to_compare(void **state)
{
	struct ledger l = { 0 };
	const struct obs o = gap(OBS_LOSS_QUEUE, 3, 4);
	struct obs part;

	(void)state;
	ledger_stream(&l, LEDGER_PLAIN);
	assert_int_equal(ledger_packets(&l, 0, 10), 0);
	assert_true(ledger_loss(&l, 10, &o, &part));
	assert_int_equal(part.loss.first, 3);
	assert_int_equal(ledger_packets(&l, 10, 10), 0);
	assert_int_equal(l.c.records, 20);
	assert_int_equal(l.c.lost_queue, 4);
	assert_int_equal(l.c.lost_unexplained, 0);
}

static void
dns_numbers_that_were_seen_are_dropped(void **state)
{
	const wall_t now = { 5 };
	struct ledger l = { 0 };
	struct obs gap;

	(void)state;
	ledger_stream(&l, LEDGER_ANEW);
	assert_int_equal(ledger_dns(&l, 100, 10, now, &gap), 0);
	assert_int_equal(gap.loss.count, 0);
	assert_int_equal(l.c.dns_late, 100);
	ledger_stream(&l, LEDGER_RESUMED);
	assert_int_equal(ledger_dns(&l, 104, 3, now, &gap), 3);
	assert_int_equal(ledger_dns(&l, 107, 5, now, &gap), 3);
	assert_int_equal(gap.loss.count, 0);
	assert_int_equal(l.c.dns_duplicates, 6);
	assert_int_equal(l.c.dns_records, 12);
	assert_int_equal(l.c.dns_lost, 0);
	ledger_stream(&l, LEDGER_ANEW);
	assert_int_equal(ledger_dns(&l, 0, 5, now, &gap), 0);
	assert_int_equal(l.c.dns_late, 100);
	assert_int_equal(l.c.records, 0);
}

static void
dns_records_that_did_not_come_are_lost_once(void **state)
{
	const wall_t now = { 5 };
	struct ledger l = { 0 };
	struct obs o = gap(OBS_LOSS_DNS_QUEUE, 10, 20);
	struct obs part;

	(void)state;
	ledger_stream(&l, LEDGER_ANEW);
	/* The reader of a stream tells what is missing from its HELLO on. */
	assert_true(ledger_loss(&l, 0, &o, &part));
	assert_int_equal(l.c.dns_late, 10);
	assert_int_equal(l.c.dns_lost, 20);
	assert_int_equal(ledger_dns(&l, 30, 5, now, &part), 0);
	assert_int_equal(part.loss.count, 0);
	/* What was lost while we were away, only the numbers tell. */
	ledger_stream(&l, LEDGER_RESUMED);
	assert_int_equal(ledger_dns(&l, 42, 1, now, &part), 0);
	assert_int_equal(part.loss.reason, OBS_LOSS_DNS_QUEUE);
	assert_int_equal(part.loss.first, 35);
	assert_int_equal(part.loss.count, 7);
	assert_int_equal(part.time.ns, 5);
	assert_int_equal(l.c.dns_lost, 27);
	o = gap(OBS_LOSS_DNS_QUEUE, 40, 5);
	assert_true(ledger_loss(&l, 0, &o, &part));
	assert_int_equal(part.loss.first, 43);
	assert_int_equal(part.loss.count, 2);
	assert_false(ledger_loss(&l, 0, &o, &part));
	assert_int_equal(l.c.dns_lost, 29);
	assert_int_equal(l.c.dns_records, 6);
}

static void
totals_of_the_agent_add_up_over_its_lives(void **state)
{
	struct ledger l = { 0 };
	const struct ctl_stats one = { .received = 100, .kernel_drops = 7 };
	const struct ctl_stats two = { .received = 150, .kernel_drops = 7 };
	const struct ctl_stats other = { .received = 30, .kernel_drops = 1 };

	(void)state;
	ledger_stream(&l, LEDGER_ANEW);
	ledger_stats(&l, &one);
	ledger_stream(&l, LEDGER_RESUMED);
	ledger_stats(&l, &two);
	ledger_stream(&l, LEDGER_ANEW);
	ledger_stats(&l, &other);
	assert_int_equal(l.c.agent_received, 180);
	assert_int_equal(l.c.agent_kernel_drops, 8);
}

static void
an_end_beyond_the_last_record_is_unexplained(void **state)
{
	struct ledger l = { 0 };

	(void)state;
	ledger_stream(&l, LEDGER_ANEW);
	ledger_packets(&l, 0, 10);
	ledger_bye(&l, 10);
	assert_int_equal(l.c.lost_unexplained, 0);
	ledger_bye(&l, 13);
	assert_int_equal(l.c.lost_unexplained, 3);
}

static void
the_sum_of_two_accounts_prints_every_counter(void **state)
{
	const struct ledger_counts a = { .records = 3, .bad_lines = 2 };
	const struct ledger_counts b = { .records = 4, .bad_lines = 5 };
	struct ledger_counts sum = { 0 };
	char *text = NULL;
	size_t len;
	size_t lines = 0;
	FILE *fp = open_memstream(&text, &len);

	(void)state;
	ledger_add(&sum, &a);
	ledger_add(&sum, &b);
	ledger_print(&sum, "total", true, fp);
	fclose(fp);
	for (const char *p = text; *p != '\0'; p++)
		lines += *p == '\n';
	assert_int_equal(lines, ledger_n_rows);
	assert_non_null(strstr(text, "total.records 7\n"));
	assert_non_null(strstr(text, "total.bad_lines 7\n"));
	assert_non_null(strstr(text, "total.duplicates 0\n"));
	free(text);
}

static void
the_manual_explains_every_counter(void **state)
{
	static char text[65536];
	char item[64];
	FILE *fp = fopen("man/recollect.8", "r");

	(void)state;
	assert_non_null(fp);
	text[fread(text, 1, sizeof(text) - 1, fp)] = '\0';
	fclose(fp);
	for (size_t i = 0; i < ledger_n_rows; i++) {
		snprintf(
		    item, sizeof(item), "\n.It Cm %s\n", ledger_rows[i].name);
		if (strstr(text, item) == NULL)
			fail_msg("%s is missing", ledger_rows[i].name);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_sent_again_are_dropped_and_counted),
		cmocka_unit_test(a_jump_without_a_gap_is_unexplained),
		cmocka_unit_test(what_was_before_the_first_record_is_late),
		cmocka_unit_test(a_gap_is_counted_once_under_its_reason),
		cmocka_unit_test(only_the_new_part_of_a_gap_is_passed_on),
		cmocka_unit_test(
		    a_gap_beyond_a_hole_leaves_the_hole_unexplained),
		cmocka_unit_test(a_gap_up_to_the_end_of_numbers_does_not_wrap),
		cmocka_unit_test(dropped_packets_are_no_lost_records),
		cmocka_unit_test(
		    host_records_sent_again_are_known_by_place_and_time),
		cmocka_unit_test(a_new_stream_starts_its_numbers_anew),
		cmocka_unit_test(old_records_have_no_numbers_to_compare),
		cmocka_unit_test(dns_numbers_that_were_seen_are_dropped),
		cmocka_unit_test(dns_records_that_did_not_come_are_lost_once),
		cmocka_unit_test(totals_of_the_agent_add_up_over_its_lives),
		cmocka_unit_test(an_end_beyond_the_last_record_is_unexplained),
		cmocka_unit_test(the_sum_of_two_accounts_prints_every_counter),
		cmocka_unit_test(the_manual_explains_every_counter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
