/* SPDX-License-Identifier: BSD-3-Clause */
/* links: collector/sinkhopsfmt collector/sinkrow collector/sinkfmt collector/sinksrc collector/mgendelay collector/modelnet -ljansson */
/* Lines about hops: the same fields in text, CSV and JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "collector/sinkhopsfmt.h"
#include "wire/hello.h"

#define S      MONO_NS_PER_S
#define US     MONO_NS_PER_US
#define FIELDS 31

static const struct conf conf = { .digest_range = 10 };
static const struct hello_iface ifaces[2] = { { .name = "eth0" },
	{ .name = "eth 1" } };
static struct sink_src agent = {
	.host = 3, .name = "node 1", .ifs = { .n = 2, .iface = ifaces }
};
static const struct hopflow_at from = { &agent, 0, OBS_ROLE_ORIGINATED, 0 };
static const struct hopflow_at to = { &agent, 1, OBS_ROLE_FORWARDED, 0 };
static const struct hopflow_key key = { .src = { 10, 0, 0, 1 },
	.dst = { 10, 0, 0, 2 },
	.sport = 5000,
	.dport = 5001,
	.ipver = 4,
	.proto = 17 };
static const struct mgendelay delay = {
	.n = 8, .negative = 1, .min = -1500, .max = 2 * S, .sum = 2000000000
};

static const struct hopflow_line hop = { .kind = HOPFLOW_HOP,
	.first = { 1000 * S },
	.last = { 1004 * S },
	.key = &key,
	.from = &from,
	.to = &to,
	.seen = 10,
	.packets = 8,
	.octets = 800,
	.counts_lost = true,
	.lost = 2,
	.repeated = 1,
	.unpaired = 3,
	.delay = &delay,
	.ranks = {
	    .placed = true, .p50 = 100 * US, .p95 = 200 * US, .p99 = S } };
static char text[SINKHOPSFMT_MAX + 1];

static const char *
written(enum sinkrow_form form, const struct hopflow_line *l)
{
	text[sinkhopsfmt_line(text, form, l, &conf)] = '\0';
	return text;
}

static void
a_hop_has_both_places_and_delays(void **state)
{
	(void)state;
	assert_string_equal(written(SINKROW_TEXT, &hop),
	    "hop 1000.000000 1004.000000 17 10.0.0.1 5000 10.0.0.2 5001 "
	    "node\\x201 eth0 originated node\\x201 eth\\x201 forwarded 10 8 "
	    "800 "
	    "2 1 3 -0.000001 0.250000 0.000100 0.000200 1.000000 2.000000 1 - "
	    "- - 10\n");
}

static void
what_does_not_apply_is_a_dash(void **state)
{
	struct hopflow_line l = { .kind = HOPFLOW_LINK,
		.first = { S },
		.last = { S },
		.from = &to,
		.seen = 10,
		.packets = 1,
		.octets = 64,
		.plain = 2,
		.late = 3 };

	(void)state;
	assert_string_equal(written(SINKROW_TEXT, &l),
	    "link 1.000000 1.000000 - - - - - node\\x201 eth\\x201 - - - - 10 "
	    "1 64 - - - - - - - - - - 2 3 - 10\n");
	l.kind = HOPFLOW_NETWORK;
	l.from = NULL;
	l.repeated = 4;
	l.missing = 5;
	assert_string_equal(written(SINKROW_TEXT, &l),
	    "network 1.000000 1.000000 - - - - - - - - - - - 10 1 64 - 4 - - "
	    "- - - - - - 2 3 5 10\n");
	l = hop;
	l.kind = HOPFLOW_END;
	l.to = NULL;
	l.delay = NULL;
	l.counts_lost = false;
	assert_string_equal(written(SINKROW_CSV, &l),
	    "end,1000.000000,1004.000000,17,10.0.0.1,5000,10.0.0.2,5001,"
	    "\"node 1\",\"eth0\",originated,,,,10,8,800,,,,,,,,,,,,,,10\n");
}

static unsigned int
fields(const char *line, char between)
{
	unsigned int n = 1;

	for (; *line != '\0'; line++)
		n += *line == between;
	return n;
}

static void
heads_name_every_field(void **state)
{
	(void)state;
	assert_int_equal(fields(sinkhopsfmt_csv_head, ','), FIELDS);
	assert_int_equal(fields(sinkhopsfmt_text_head, ' '), FIELDS + 1);
	assert_int_equal(fields(written(SINKROW_TEXT, &hop), ' '), FIELDS);
	assert_int_equal(fields(written(SINKROW_CSV, &hop), ','), FIELDS);
}

static void
json_has_what_applies(void **state)
{
	struct hopflow_line l = hop;
	json_t *o;

	(void)state;
	o = json_loads(written(SINKROW_JSON, &l), 0, NULL);
	assert_non_null(o);
	assert_int_equal(json_object_size(o), FIELDS - 3);
	assert_string_equal(
	    json_string_value(json_object_get(o, "to_iface")), "eth 1");
	assert_int_equal(json_integer_value(json_object_get(o, "lost")), 2);
	json_decref(o);
	l.counts_lost = l.ranks.placed = false;
	o = json_loads(written(SINKROW_JSON, &l), 0, NULL);
	assert_int_equal(json_object_size(o), FIELDS - 7);
	json_decref(o);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hop_has_both_places_and_delays),
		cmocka_unit_test(what_does_not_apply_is_a_dash),
		cmocka_unit_test(heads_name_every_field),
		cmocka_unit_test(json_has_what_applies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
