/* SPDX-License-Identifier: BSD-3-Clause */
/* links: collector/sinkflowfmt collector/sinksrc collector/sinkrow collector/sinkfmt collector/mgendelay collector/flowcache collector/dnschain collector/modelnet tests/unit/answer wire/dnsname -ljansson */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/sinkflowfmt.h"
#include "collector/sinksrc.h"
#include "tests/unit/answer.h"
#include "wire/hello.h"

#define S MONO_NS_PER_S

static const struct hash_key key = { { 7, 8 } };
static struct dnschain_set *set;
static char line[SINKFLOWFMT_MAX + 1];

static struct sink_src agent = { .host = 3, .name = "node 1" };
static struct flow_point point = {
	.src = &agent, .iface = 2, .packets = { 5, 7 }, .bytes = { 500, 700 }
};

/* End 1 is the client, 10.0.0.9; end 0 the server. */
static struct flow
flow(const char *chain)
{
	struct flow f = {
		.key = { .port = { 443, 40000 }, .ipver = 4, .proto = 6 },
		.client = 1,
		.service = 443,
		.tcp_flags = { 0x12, 0x1b },
		.part = 1,
		.start = { 1000 * S },
		.first = { 1000 * S },
		.last = { 1001 * S },
		.points = &point,
		.verdict = FLOW_OWN,
		.lookup = { 999 * S }
	};
	struct obs o;

	(void)answer_addr(f.key.addr[0], "10.0.0.1");
	(void)answer_addr(f.key.addr[1], "10.0.0.9");
	if (chain != NULL) {
		answer_make(&o, 0, "10.0.0.9", chain, "10.0.0.1/60");
		f.chain = dnschain_take(set, &o.dns);
	}
	return f;
}

static void
is_line(enum sinkrow_form form, const struct flow *f, const char *want)
{
	const size_t len =
	    sinkflowfmt_line(line, form, f, FLOW_END_CLOSED, CONF_TIME_EPOCH);

	assert_true(len <= SINKFLOWFMT_MAX);
	line[len] = '\0';
	assert_string_equal(line, want);
}

static void
a_record_has_the_same_fields_in_every_form(void **state)
{
	struct flow f = flow("www.example cdn.example");

	(void)state;
	is_line(SINKROW_TEXT, &f,
	    "1000.000000 1001.000000 1000.000000 1 closed 6 10.0.0.9 40000 "
	    "10.0.0.1 443 443 7 700 5 500 27 18 own - - 1.000000 "
	    "www.example. www.example.,cdn.example. node\\x201/2:7/5\n");
	is_line(SINKROW_CSV, &f,
	    "1000.000000,1001.000000,1000.000000,1,closed,6,10.0.0.9,40000,"
	    "10.0.0.1,443,443,7,700,5,500,27,18,own,,,1.000000,"
	    "\"www.example.\",\"www.example.,cdn.example.\","
	    "\"node\\x201/2:7/5\"\n");
	is_line(SINKROW_JSON, &f,
	    "{\"first\":1000.000000,\"last\":1001.000000,"
	    "\"start\":1000.000000,\"part\":1,\"end\":\"closed\",\"proto\":6,"
	    "\"client\":\"10.0.0.9\",\"client_port\":40000,"
	    "\"server\":\"10.0.0.1\",\"server_port\":443,\"service\":443,"
	    "\"packets_out\":7,\"bytes_out\":700,\"packets_in\":5,"
	    "\"bytes_in\":500,\"flags_out\":27,\"flags_in\":18,"
	    "\"verdict\":\"own\",\"gap\":1.000000,\"name\":\"www.example.\","
	    "\"chain\":[\"www.example.\",\"cdn.example.\"],\"points\":[{"
	    "\"agent\":\"node 1\",\"iface\":\"2\",\"packets_out\":7,"
	    "\"bytes_out\":700,\"packets_in\":5,\"bytes_in\":500}]}\n");
}

static void
points_carry_the_node_of_their_interface(void **state)
{
	static const struct hello_iface ifs[] = { { .name = "a" },
		{ .name = "b" }, { .name = "eth0", .node = "n3" } };
	struct flow f = flow("a.example");

	(void)state;
	agent.ifs = (struct line_ifaces){ 3, ifs };
	line[sinkflowfmt_line(
	    line, SINKROW_TEXT, &f, FLOW_END_CLOSED, CONF_TIME_EPOCH)] = '\0';
	assert_non_null(strstr(line, " n3/eth0:7/5\n"));
	line[sinkflowfmt_line(
	    line, SINKROW_JSON, &f, FLOW_END_CLOSED, CONF_TIME_EPOCH)] = '\0';
	assert_non_null(strstr(line, "{\"agent\":\"n3\",\"iface\":\"eth0\","));
	agent.ifs = (struct line_ifaces){ 0 };
}

static void
evidence_goes_with_its_verdict(void **state)
{
	struct flow f = flow("a.example");

	(void)state;
	f.verdict = FLOW_EXPIRED;
	f.past_ns = S / 2;
	f.lookup.ns = 1000 * S + 30000000;
	is_line(SINKROW_TEXT, &f,
	    "1000.000000 1001.000000 1000.000000 1 closed 6 10.0.0.9 40000 "
	    "10.0.0.1 443 443 7 700 5 500 27 18 expired - 0.500000 -0.030000 "
	    "a.example. a.example. node\\x201/2:7/5\n");
	f = flow(NULL);
	f.verdict = FLOW_NONE;
	f.key.proto = 17;
	is_line(SINKROW_TEXT, &f,
	    "1000.000000 1001.000000 1000.000000 1 closed 17 10.0.0.9 40000 "
	    "10.0.0.1 443 443 7 700 5 500 - - none - - - - - "
	    "node\\x201/2:7/5\n");
}

static unsigned int
count(const char *text, char c)
{
	unsigned int n = 0;

	for (; *text != '\0'; text++)
		n += *text == c;
	return n;
}

static void
hostile_names_break_no_line(void **state)
{
	static const char bad[] =
	    "a\\010b\\013\\;\\\"\\,\\032<script>.\\000\\255.example";
	struct flow f = flow(bad);
	json_error_t err;
	json_t *j;

	(void)state;
	agent.name = "x\n\"; y,\x01\xff";
	line[sinkflowfmt_line(
	    line, SINKROW_TEXT, &f, FLOW_END_IDLE, CONF_TIME_ISO)] = '\0';
	assert_int_equal(count(line, '\n'), 1);
	assert_int_equal(count(line, ' '), 23);
	line[sinkflowfmt_line(
	    line, SINKROW_CSV, &f, FLOW_END_IDLE, CONF_TIME_ISO)] = '\0';
	assert_int_equal(count(line, '\n'), 1);
	line[sinkflowfmt_line(
	    line, SINKROW_JSON, &f, FLOW_END_IDLE, CONF_TIME_ISO)] = '\0';
	assert_int_equal(count(line, '\n'), 1);
	assert_non_null(j = json_loads(line, 0, &err));
	assert_string_equal(json_string_value(json_object_get(j, "name")),
	    "a\\010b\\013\\;\\\",\\032<script>.\\000\\255.example.");
	json_decref(j);
	agent.name = "node 1";
}

static void
the_longest_record_fits(void **state)
{
	static uint8_t names[OBS_DNS_NAMES_MAX * 255];
	static char name[400];
	struct flow f = flow(NULL);
	struct flow_point *points = calloc(FLOWCACHE_POINTS, sizeof(*points));
	struct obs_dns d = { .n_names = OBS_DNS_NAMES_MAX, .names = names };

	(void)state;
	assert_non_null(points);
	for (size_t i = 0; i < OBS_DNS_NAMES_MAX; i++) {
		uint8_t *p = &names[i * 255];

		memset(p, 0x01, 254); /* escaped, four octets each */
		for (size_t at = 0; at < 254; at += 64)
			p[at] = at < 192 ? 63 : 61;
	}
	f.chain = dnschain_take(set, &d);
	assert_int_equal(f.chain->len, sizeof(names));
	memset(name, '\x01', sizeof(name) - 1);
	agent.name = name;
	for (size_t i = 0; i < FLOWCACHE_POINTS; i++) {
		points[i] = (struct flow_point){ .src = &agent,
			.next =
			    i + 1 < FLOWCACHE_POINTS ? &points[i + 1] : NULL,
			.packets = { UINT64_MAX, UINT64_MAX },
			.bytes = { UINT64_MAX, UINT64_MAX } };
	}
	f.points = points;
	assert_true(sinkflowfmt_line(line, SINKROW_JSON, &f, FLOW_END_IDLE,
			CONF_TIME_ISO) < SINKFLOWFMT_MAX);
	assert_true(sinkflowfmt_line(line, SINKROW_TEXT, &f, FLOW_END_IDLE,
			CONF_TIME_ISO) < SINKFLOWFMT_MAX);
	agent.name = "node 1";
	free(points);
}

static void
the_heads_name_the_fields_of_json(void **state)
{
	const char *p = sinkflowfmt_csv_head;
	char csv[512] = "", *rest = csv, *name;
	struct flow f = flow("a.example");
	unsigned int n = 0;

	(void)state;
	f.verdict = FLOW_AMBIGUOUS;
	f.names = 2;
	line[sinkflowfmt_line(
	    line, SINKROW_JSON, &f, FLOW_END_IDLE, CONF_TIME_ISO)] = '\0';
	assert_true(strlen(p) < sizeof(csv));
	(void)snprintf(csv, sizeof(csv), "%.*s", (int)strcspn(p, "\n"), p);
	while ((name = strsep(&rest, ",")) != NULL) {
		n++;
		assert_non_null(strstr(sinkflowfmt_text_head, name));
		if (strcmp(name, "past") != 0)
			assert_non_null(strstr(line, name));
	}
	assert_int_equal(n, 24);
	assert_int_equal(count(sinkflowfmt_text_head, ' '), 24);
}

static int
make_set(void **state)
{
	(void)state;
	return (set = dnschain_set_new(&key)) == NULL;
}

static int
free_set(void **state)
{
	(void)state;
	dnschain_set_free(set);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_record_has_the_same_fields_in_every_form),
		cmocka_unit_test(points_carry_the_node_of_their_interface),
		cmocka_unit_test(evidence_goes_with_its_verdict),
		cmocka_unit_test(hostile_names_break_no_line),
		cmocka_unit_test(the_longest_record_fits),
		cmocka_unit_test(the_heads_name_the_fields_of_json),
	};

	return cmocka_run_group_tests(tests, make_set, free_set);
}
