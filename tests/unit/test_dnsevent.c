/* SPDX-License-Identifier: BSD-3-Clause */
/* links: collector/dnsevent wire/dnsjson wire/dnsname wire/text -ljansson */
/* JSON datagrams as answers: those of the old agent, and broken ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/dnsevent.h"
#include "wire/dnsjson.h"

#define DIR "tests/golden/shodohflo/"

static struct dnsevent e;

static int
parse(const char *text)
{
	return dnsevent_parse(&e, text, strlen(text));
}

struct out {
	char text[4096];
	size_t len;
};

static void
keep(void *arg, const char *text, size_t len)
{
	struct out *o = arg;

	assert_true(len < sizeof(o->text));
	memcpy(o->text, text, len);
	o->text[len] = '\0';
	o->len = len;
}

static void
every_datagram_is_an_answer_that_makes_the_same_datagram(void **state)
{
	static const struct {
		const char *name;
		size_t good, bad; /* bad: no client, or an address as name */
	} file[] = { { "golden", 43, 0 },
		{ "replay_golden_fstrm_nodedupe", 45, 0 },
		{ "replay_edge_small_fstrm_nodedupe", 70, 3 } };
	char path[128];
	char *line = NULL;
	size_t size = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(file) / sizeof(file[0]); i++) {
		size_t n[2] = { 0, 0 };
		struct out o;
		FILE *fp;

		snprintf(path, sizeof(path), DIR "%s.jsonl", file[i].name);
		fp = fopen(path, "r");
		assert_non_null(fp);
		while (getline(&line, &size, fp) > 0) {
			const int v = parse(line);

			assert_int_not_equal(v, 0);
			n[v < 0]++;
			if (v < 0)
				continue;
			assert_int_equal(
			    dnsjson_put(&e.dns, e.id, keep, &o), 1);
			assert_string_equal(o.text, line);
		}
		fclose(fp);
		assert_int_equal(n[0], file[i].good);
		assert_int_equal(n[1], file[i].bad);
	}
	free(line);
}

#define KIND "\"status\": \"NOERROR\", \"qtype\": \"A\", "

static void
keys_may_come_in_any_order_and_with_others(void **state)
{
	(void)state;
	assert_int_equal(parse("{\"x\": [{}], \"address\": \"192.0.2.1\", " KIND
			       "\"id\":7,\"client\":\"fe80::1%eth0\","
			       "\"chain\":[\"T.Ex.\",\"q.eX.\"]}"),
	    1);
	assert_true(e.has_id);
	assert_int_equal(e.id, 7);
	assert_int_equal(e.dns.ipver, 6);
	assert_int_equal(e.dns.client[0], 0xfe);
	assert_int_equal(e.dns.client[15], 1);
	assert_int_equal(e.dns.n_names, 2);
	assert_memory_equal(e.names, "\1q\2ex\0\1t\2ex\0", 12);
	assert_int_equal(e.dns.n_addrs, 1);
	assert_int_equal(e.dns.addrs[0].ttl, 0);
	assert_memory_equal(e.dns.addrs[0].addr, "\300\0\2\1\0", 5);
	assert_int_equal(e.dns.qtype, 1);
	assert_int_equal(e.dns.what, OBS_DNS_ANSWER);
	assert_string_equal(e.dns.resolver, "");
}

static void
nxdomain_needs_no_address_and_has_none(void **state)
{
	static const char head[] =
	    "{\"id\": 1, \"chain\": [\".\"], \"client\": \"10.0.0.1\", "
	    "\"qtype\": \"AAAA\", \"status\": \"NXDOMAIN\"";
	char text[256];

	(void)state;
	snprintf(text, sizeof(text), "%s}", head);
	assert_int_equal(parse(text), 1);
	assert_int_equal(e.dns.rcode, 3);
	assert_int_equal(e.dns.n_addrs, 0);
	snprintf(text, sizeof(text), "%s, \"address\": \"192.0.2.1\"}", head);
	assert_int_equal(parse(text), 1);
	assert_int_equal(e.dns.n_addrs, 0);
	snprintf(text, sizeof(text), "%s, \"address\": \"x\"}", head);
	assert_int_equal(parse(text), -1);
	assert_string_equal(e.field, "address");
}

#define BEGIN "{\"id\": 1, \"chain\": [\"q.ex.\"], \"client\": \"10.0.0.1\", "

static void
other_states_and_types_are_of_no_interest(void **state)
{
	(void)state;
	assert_int_equal(
	    parse(BEGIN "\"status\": \"SERVFAIL\", \"qtype\": \"A\"}"), 0);
	assert_string_equal(e.text, "SERVFAIL");
	assert_string_equal(e.field, "status");
	assert_int_equal(
	    parse(BEGIN "\"status\": \"NOERROR\", \"qtype\": \"MX\"}"), 0);
	assert_string_equal(e.text, "MX");
	assert_string_equal(e.field, "qtype");
	assert_true(e.has_id);
}

/* A datagram, what is wrong with it, and whether its number is known. */
struct wrong {
	const char *text, *field;
	bool has_id;
};

#define END      KIND "\"address\": \"192.0.2.1\"}"
#define CLIENT   "\"client\": \"10.0.0.1\", "
#define CHAIN(c) "{\"id\": 1, \"chain\": " c ", " CLIENT END

static const struct wrong wrongs[] = {
	{ "", "datagram", false },
	{ "x", "datagram", false },
	{ "[]", "datagram", false },
	{ "{}{}", "datagram", false },
	{ "{\"id\": 1, \"id\": 2}", "datagram", false },
	{ "{\"id\": 1", "datagram", false },
	{ "{}", "id", false },
	{ "{\"id\": \"1\"}", "id", false },
	{ "{\"id\": 1.5}", "id", false },
	{ "{\"id\": -1}", "id", false },
	{ "{\"id\": true}", "id", false },
	{ "{\"id\": 9223372036854775808}", "datagram", false },
	{ "{\"id\": 9223372036854775807}", "chain", true },
	{ CHAIN("\"q.ex.\""), "chain", true },
	{ CHAIN("[]"), "chain", true },
	{ CHAIN("[\"\"]"), "chain", true },
	{ CHAIN("[1]"), "chain", true },
	{ CHAIN("[\"q.ex\"]"), "chain", true },
	{ CHAIN("[\"q.ex\\\\.\"]"), "chain", true },
	{ CHAIN("[\"q..ex.\"]"), "chain", true },
	{ CHAIN("[\"q\\\\999.\"]"), "chain", true },
	{ CHAIN("[\"q.ex.\", \"192.0.2.1\"]"), "chain", true },
	{ "{\"id\": 1, \"chain\": [\"q.\"], " END, "client", true },
	{ "{\"id\": 1, \"chain\": [\"q.\"], \"client\": 1, " END, "client",
	    true },
	{ "{\"id\": 1, \"chain\": [\"q.\"], \"client\": \"10.1\", " END,
	    "client", true },
	{ "{\"id\": 1, \"chain\": [\"q.\"], \"client\": \"fe80::1%\", " END,
	    "client", true },
	{ "{\"id\": 1, \"chain\": [\"q.\"], \"client\": \"10.0.0.1%a\", " END,
	    "client", true },
	{ BEGIN "\"status\": 0}", "status", true },
	{ BEGIN "\"status\": \"NOERROR\"}", "qtype", true },
	{ BEGIN KIND "\"x\": 1}", "address", true },
	{ BEGIN KIND "\"address\": null}", "address", true },
	{ BEGIN KIND "\"address\": 1}", "address", true },
	{ BEGIN KIND "\"address\": \"2001:db8::1\"}", "address", true },
	{ BEGIN KIND "\"address\": \"192.0.2.256\"}", "address", true },
	{ BEGIN KIND "\"address\": \"192.0.2.1\\u0000\"}", "datagram", false },
};

static void
what_is_wrong_is_said_and_its_number_used(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++) {
		if (parse(wrongs[i].text) != -1)
			fail_msg("accepted: %s", wrongs[i].text);
		assert_string_equal(e.field, wrongs[i].field);
		assert_int_equal(e.has_id, wrongs[i].has_id);
		assert_int_not_equal(strlen(e.text), 0);
	}
	assert_int_equal(parse(CHAIN("[\"q.ex.\"]")), 1);
}

static void
a_dot_behind_two_backslashes_ends_a_name(void **state)
{
	(void)state;
	assert_int_equal(parse(CHAIN("[\"q\\\\\\\\.\"]")), 1);
	assert_memory_equal(e.names, "\2q\\\0", 4);
}

static void
a_chain_has_at_most_64_names(void **state)
{
	char text[1024] = "{\"id\": 1, \"chain\": [\".\"";
	size_t n = strlen(text);

	(void)state;
	for (unsigned int i = 1; i < OBS_DNS_NAMES_MAX; i++)
		n += (size_t)sprintf(&text[n], ",\".\"");
	snprintf(&text[n], sizeof(text) - n, "]," CLIENT END);
	assert_int_equal(parse(text), 1);
	assert_int_equal(e.dns.n_names, OBS_DNS_NAMES_MAX);
	snprintf(&text[n], sizeof(text) - n, ",\".\"]," CLIENT END);
	assert_int_equal(parse(text), -1);
	assert_string_equal(e.text, "has 65 names and not 1 to 64");
}

static void
every_part_of_a_datagram_is_refused(void **state)
{
	static const char text[] = CHAIN("[\"q.ex.\"]");

	(void)state;
	assert_int_equal(parse(text), 1);
	for (size_t n = 0; n < sizeof(text) - 1; n++)
		assert_int_equal(dnsevent_parse(&e, text, n), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    every_datagram_is_an_answer_that_makes_the_same_datagram),
		cmocka_unit_test(keys_may_come_in_any_order_and_with_others),
		cmocka_unit_test(nxdomain_needs_no_address_and_has_none),
		cmocka_unit_test(other_states_and_types_are_of_no_interest),
		cmocka_unit_test(what_is_wrong_is_said_and_its_number_used),
		cmocka_unit_test(a_dot_behind_two_backslashes_ends_a_name),
		cmocka_unit_test(a_chain_has_at_most_64_names),
		cmocka_unit_test(every_part_of_a_datagram_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
