/* SPDX-License-Identifier: BSD-3-Clause */
/* links: collector/sinkmgenfmt collector/mgenhop collector/mgenpath collector/mgentab collector/mgenwait collector/clockfix collector/mgenclock collector/sinksrc collector/mgenseq collector/sinkrow collector/sinkfmt collector/mgendelay collector/modelnet -ljansson */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "collector/sinkmgenfmt.h"
#include "wire/hello.h"

#define S      MONO_NS_PER_S
#define US     MONO_NS_PER_US
#define FIELDS 39 /* of all, those of hops alone left out */

static struct sink_src agent = { .host = 3, .name = "node 1" };
static char text[SINKMGENFMT_MAX + 1];

static const struct mgentab_key key = { .src = { 10, 0, 0, 1 },
	.dst = { 224, 1, 2, 3 },
	.sport = 5000,
	.dport = 5001,
	.flow = 4294967295u,
	.ipver = 4,
	.proto = 17 };

/* 8 of 10 messages, one with a delay of -1.5 us. */
static const struct mgentab_count count = { .packets = 10,
	.octets = 1000,
	.messages = 10,
	.advance = 6,
	.received = 8,
	.duplicated = 1,
	.reordered = 2,
	.late = 1,
	.stray = 3,
	.restarts = 4,
	.delay = { .n = 8,
	    .negative = 1,
	    .min = -1500,
	    .max = 2 * S,
	    .sum = 2000000000 },
	.first = { 1000 * S },
	.last = { 1004 * S },
	.clock = { .known = true,
	    .low = -3600 * S - 50 * US,
	    .high = -3600 * S + 50 * US,
	    .bounded = true,
	    .bound_ns = 98 * US } };

static struct mgentab_place at = { &agent, 2, OBS_ROLE_DELIVERED };

static struct mgenstat_line
line(enum mgenstat_kind kind)
{
	return (struct mgenstat_line){ .kind = kind,
		.key = &key,
		.at = &at,
		.count = &count,
		.second = 1003,
		.jitter_ns = 1234 * US,
		.sent = 10,
		.sender = true,
		.before = 1,
		.ranks = { .placed = true,
		    .p50 = 3 * US,
		    .p95 = 4 * US,
		    .p99 = 5 * US } };
}

static void
is_line(enum sinkrow_form form, const struct mgenstat_line *l, const char *want)
{
	const size_t len = sinkmgenfmt_line(text, form, l, CONF_TIME_EPOCH);

	assert_true(len <= SINKMGENFMT_MAX);
	text[len] = '\0';
	assert_string_equal(text, want);
}

static void
a_total_has_the_same_fields_in_every_form(void **state)
{
	const struct mgenstat_line l = line(MGENSTAT_TOTAL);

	(void)state;
	is_line(SINKROW_TEXT, &l,
	    "total 1000.000000 1004.000000 node\\x201 2 delivered 4294967295 "
	    "17 10.0.0.1 5000 224.1.2.3 5001 10 1000 2000 10 sender 8 0.800000 "
	    "2 1 1 2 1 3 4 -0.000001 0.250000 0.000003 0.000004 0.000005 "
	    "2.000000 1 0.001234 4.000000 2.000000 - - -"
	    " -3600.000000 0.000052 0.000100\n");
	is_line(SINKROW_CSV, &l,
	    "total,1000.000000,1004.000000,\"node 1\",\"2\",delivered,"
	    "4294967295,17,10.0.0.1,5000,224.1.2.3,5001,10,1000,2000,10,"
	    "sender,8,0.800000,2,1,1,2,1,3,4,-0.000001,0.250000,0.000003,"
	    "0.000004,0.000005,2.000000,1,0.001234,4.000000,2.000000,,,,"
	    "-3600.000000,0.000052,0.000100\n");
	is_line(SINKROW_JSON, &l,
	    "{\"kind\":\"total\",\"time\":1000.000000,\"last\":1004.000000,"
	    "\"agent\":\"node 1\",\"iface\":\"2\",\"role\":\"delivered\","
	    "\"flow\":4294967295,\"proto\":17,\"src\":\"10.0.0.1\","
	    "\"sport\":5000,\"dst\":\"224.1.2.3\",\"dport\":5001,"
	    "\"packets\":10,\"bytes\":1000,\"rate\":2000,\"sent\":10,"
	    "\"by\":\"sender\",\"received\":8,\"ratio\":0.800000,\"lost\":2,"
	    "\"before\":1,\"duplicated\":1,\"reordered\":2,\"late\":1,"
	    "\"stray\":3,\"restarts\":4,\"delay_min\":-0.000001,"
	    "\"delay_mean\":0.250000,\"delay_p50\":0.000003,"
	    "\"delay_p95\":0.000004,\"delay_p99\":0.000005,"
	    "\"delay_max\":2.000000,\"negative\":1,\"jitter\":0.001234,"
	    "\"duration\":4.000000,\"message_rate\":2.000000,"
	    "\"clock_offset\":-3600.000000,\"clock_bound\":0.000052,"
	    "\"delay_bound\":0.000100}\n");
}

static void
a_place_carries_the_node_of_its_interface(void **state)
{
	static const struct hello_iface ifs[] = { { .name = "a" },
		{ .name = "b" }, { .name = "eth0", .node = "n3" } };
	const struct mgenstat_line l = line(MGENSTAT_TOTAL);

	(void)state;
	agent.ifs = (struct line_ifaces){ 3, ifs };
	text[sinkmgenfmt_line(text, SINKROW_CSV, &l, CONF_TIME_EPOCH)] = '\0';
	assert_non_null(
	    strstr(text, ",1004.000000,\"n3\",\"eth0\",delivered,"));
	agent.ifs = (struct line_ifaces){ 0 };
}

static void
a_second_has_no_percentiles_and_may_gain(void **state)
{
	const struct mgenstat_line l = line(MGENSTAT_SECOND);

	(void)state;
	is_line(SINKROW_TEXT, &l,
	    "second 1003.000000 1004.000000 node\\x201 2 delivered 4294967295 "
	    "17 10.0.0.1 5000 224.1.2.3 5001 10 1000 8000 6 - 8 - -2 - 1 2 1 3 "
	    "4 -0.000001 0.250000 - - - 2.000000 1 0.001234 1.000000 "
	    "8.000000 - - - -3600.000000 0.000052 0.000100\n");
}

static void
the_first_second_of_all_is_not_whole(void **state)
{
	struct mgenstat_line l = line(MGENSTAT_SECOND);

	(void)state;
	l.second = -9223372037;
	text[sinkmgenfmt_line(text, SINKROW_TEXT, &l, CONF_TIME_EPOCH)] = '\0';
	assert_memory_equal(text, "second -9223372037.145224192 ", 29);
}

static void
without_headers_there_is_nothing_but_packets(void **state)
{
	const struct mgentab_count bare = { .packets = 2,
		.octets = 300,
		.first = { 7 * S },
		.last = { 7 * S } };
	struct mgenstat_line l = line(MGENSTAT_TOTAL);

	(void)state;
	l.count = &bare;
	at.role = OBS_ROLE_UNKNOWN;
	l.ranks.placed = false;
	is_line(SINKROW_TEXT, &l,
	    "total 7.000000 7.000000 node\\x201 2 - 4294967295 17 10.0.0.1 "
	    "5000 224.1.2.3 5001 2 300 - - - - - - - - - - - - - - - - - - - "
	    "- 0.000000 - - - - - - -\n");
	at.role = OBS_ROLE_DELIVERED;
}

static void
of_tcp_nothing_is_called_duplicated(void **state)
{
	struct mgentab_key tcp = key;
	struct mgenstat_line l = line(MGENSTAT_TOTAL);

	(void)state;
	tcp.proto = 6;
	l.key = &tcp;
	l.sender = false;
	l.ranks.placed = false;
	is_line(SINKROW_TEXT, &l,
	    "total 1000.000000 1004.000000 node\\x201 2 delivered 4294967295 6 "
	    "10.0.0.1 5000 224.1.2.3 5001 10 1000 2000 10 sequence 8 "
	    "0.800000 2 1 - 2 1 3 4 -0.000001 0.250000 - - - 2.000000 1 "
	    "0.001234 4.000000 2.000000 - - -"
	    " -3600.000000 0.000052 0.000100\n");
}

static void
a_receiver_with_two_interfaces_names_none(void **state)
{
	struct mgenstat_line l = line(MGENSTAT_RECEIVER);

	(void)state;
	l.ifaces = 2;
	l.ranks.placed = false;
	is_line(SINKROW_TEXT, &l,
	    "receiver 1000.000000 1004.000000 node\\x201 - delivered "
	    "4294967295 17 10.0.0.1 5000 224.1.2.3 5001 10 1000 2000 10 sender "
	    "8 0.800000 2 - 1 2 1 3 4 -0.000001 0.250000 - - - 2.000000 1 - "
	    "4.000000 2.000000 - - - -3600.000000 0.000052 0.000100\n");
}

static void
a_hop_names_both_places(void **state)
{
	static struct sink_src first = { .host = 1, .name = "a" };
	static const struct mgentab_point from = { .at = { &first, 0,
						       OBS_ROLE_ORIGINATED } };
	static const struct mgentab_point to = { .at = { &agent, 2,
						     OBS_ROLE_DELIVERED } };
	struct mgenhop h = { .from = &from,
		.to = &to,
		.matched = true,
		.sent = 10,
		.received = 8,
		.has_lost = true,
		.lost = 2,
		.delay = { .n = 8, .min = US, .max = 3 * US, .sum = 16000 } };
	struct mgenstat_line l = { .kind = MGENSTAT_HOP,
		.key = &key,
		.at = &at,
		.count = &count,
		.hop = &h };

	(void)state;
	is_line(SINKROW_TEXT, &l,
	    "hop 1000.000000 1004.000000 node\\x201 2 delivered 4294967295 17 "
	    "10.0.0.1 5000 224.1.2.3 5001 - - - 10 match 8 0.800000 2 - - - - "
	    "- - 0.000001 0.000002 - - - 0.000003 0 - - - a 0 originated "
	    "- - -\n");
	h.matched = false;
	h.delay.n = 0;
	h.has_mean = true;
	h.mean_ns = -5 * US;
	h.lost = -1;
	h.bounded = true;
	h.bound_ns = 8 * US;
	is_line(SINKROW_CSV, &l,
	    "hop,1000.000000,1004.000000,\"node 1\",\"2\",delivered,4294967295,"
	    "17,10.0.0.1,5000,224.1.2.3,5001,,,,10,totals,8,0.800000,-1,,,,,,,,"
	    "-0.000005,,,,,,,,,\"a\",\"0\",originated,"
	    ",,0.000010\n");
	l.kind = MGENSTAT_HOP_SECOND;
	l.second = 1003;
	text[sinkmgenfmt_line(text, SINKROW_TEXT, &l, CONF_TIME_EPOCH)] = '\0';
	assert_memory_equal(text, "hop_second 1003.000000 1004.000000 ", 35);
	l.kind = MGENSTAT_HOP;
	h = (struct mgenhop){ .from = &from, .sent = 10 };
	l.at = NULL;
	is_line(SINKROW_JSON, &l,
	    "{\"kind\":\"hop\",\"time\":1000.000000,\"last\":1004.000000,"
	    "\"flow\":4294967295,\"proto\":17,\"src\":\"10.0.0.1\","
	    "\"sport\":5000,\"dst\":\"224.1.2.3\",\"dport\":5001,"
	    "\"sent\":10,\"from_agent\":\"a\",\"from_iface\":\"0\","
	    "\"from_role\":\"originated\"}\n");
}

static void
the_longest_line_of_a_hostile_agent_fits_and_is_one(void **state)
{
	static char name[400];
	struct mgentab_key widest = key;
	struct mgenstat_line l = line(MGENSTAT_TOTAL);
	json_t *j;

	(void)state;
	memset(name, '\n', sizeof(name) - 1);
	agent.name = name;
	memset(widest.src, 0xfe, sizeof(widest.src));
	memset(widest.dst, 0xfe, sizeof(widest.dst));
	widest.ipver = 6;
	l.key = &widest;
	l.sent = l.before = INT64_MAX;
	l.ranks.p50 = l.ranks.p95 = l.ranks.p99 = INT64_MIN;
	l.jitter_ns = INT64_MAX;
	text[sinkmgenfmt_line(text, SINKROW_TEXT, &l, CONF_TIME_ISO)] = '\0';
	assert_ptr_equal(strchr(text, '\n'), &text[strlen(text) - 1]);
	assert_true(strlen(text) < SINKMGENFMT_MAX / 2);
	text[sinkmgenfmt_line(text, SINKROW_CSV, &l, CONF_TIME_ISO)] = '\0';
	assert_ptr_equal(strchr(text, '\n'), &text[strlen(text) - 1]);
	text[sinkmgenfmt_line(text, SINKROW_JSON, &l, CONF_TIME_ISO)] = '\0';
	assert_true(strlen(text) < SINKMGENFMT_MAX / 2);
	assert_non_null(j = json_loads(text, 0, NULL));
	assert_int_equal(json_object_size(j), FIELDS);
	json_decref(j);
	agent.name = "node 1";
}

static void
the_heads_name_the_fields_of_json(void **state)
{
	const struct mgenstat_line l = line(MGENSTAT_TOTAL);
	char csv[512] = "", *rest = csv, *name;
	const char *found = text;
	unsigned int n = 0;

	(void)state;
	text[sinkmgenfmt_line(text, SINKROW_JSON, &l, CONF_TIME_EPOCH)] = '\0';
	(void)snprintf(csv, sizeof(csv), "%.*s",
	    (int)strcspn(sinkmgenfmt_csv_head, "\n"), sinkmgenfmt_csv_head);
	while ((name = strsep(&rest, ",")) != NULL) {
		char quoted[40];

		assert_non_null(strstr(sinkmgenfmt_text_head, name));
		if (strncmp(name, "from_", 5) == 0)
			continue;
		n++;
		(void)snprintf(quoted, sizeof(quoted), "\"%s\":", name);
		assert_non_null(found = strstr(found, quoted));
	}
	assert_int_equal(n, FIELDS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_total_has_the_same_fields_in_every_form),
		cmocka_unit_test(a_place_carries_the_node_of_its_interface),
		cmocka_unit_test(a_second_has_no_percentiles_and_may_gain),
		cmocka_unit_test(the_first_second_of_all_is_not_whole),
		cmocka_unit_test(without_headers_there_is_nothing_but_packets),
		cmocka_unit_test(a_receiver_with_two_interfaces_names_none),
		cmocka_unit_test(a_hop_names_both_places),
		cmocka_unit_test(of_tcp_nothing_is_called_duplicated),
		cmocka_unit_test(
		    the_longest_line_of_a_hostile_agent_fits_and_is_one),
		cmocka_unit_test(the_heads_name_the_fields_of_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
