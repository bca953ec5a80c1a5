/* SPDX-License-Identifier: BSD-3-Clause */
/* links: wire/dnsjson wire/dnsname wire/text -ljansson */
/* The JSON datagrams, against what the old agent sent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <arpa/inet.h>
#include <cmocka.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/dnsjson.h"

#define DIR "tests/golden/shodohflo/"

/* An answer and what it points to. */
struct answer {
	struct obs_dns dns;
	uint8_t names[OBS_DNS_NAMES_MAX * DNSNAME_MAX];
	struct obs_dns_addr addr[16];
};

/* What was emitted, one after the other. */
struct out {
	size_t n, len;
	char text[8 * DNSJSON_MAX];
};

static struct answer a;
static struct out out;

static void
collect(void *arg, const char *text, size_t len)
{
	struct out *o = arg;

	assert_true(o->len + len < sizeof(o->text));
	memcpy(&o->text[o->len], text, len);
	o->len += len;
	o->text[o->len] = '\0';
	o->n++;
}

static const char *
put(uint64_t id)
{
	size_t n;

	out.n = out.len = 0;
	out.text[0] = '\0';
	n = dnsjson_put(&a.dns, id, collect, &out);
	assert_int_equal(n, out.n);
	return out.text;
}

static void
set_addr(struct obs_dns_addr *ret, const char *text)
{
	assert_int_equal(
	    inet_pton(strchr(text, ':') ? AF_INET6 : AF_INET, text, ret->addr),
	    1);
}

static uint16_t
rcode_of(const char *status)
{
	static const struct {
		const char *name;
		uint16_t rcode;
	} known[] = { { "NOERROR", 0 }, { "SERVFAIL", 2 }, { "NXDOMAIN", 3 },
		{ "BADVERS", 16 } };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(known[i].name, status) == 0)
			return known[i].rcode;
	}
	fail_msg("no rcode %s", status);
	return 0;
}

static void
set_chain(const json_t *chain)
{
	uint8_t *end = a.names;
	size_t n = json_array_size(chain);

	a.dns.names = a.names;
	a.dns.addrs = a.addr;
	for (; n > 0; n--) {
		const json_t *s = json_array_get(chain, n - 1);
		const char *text = json_string_value(s);
		const size_t len = json_string_length(s);

		if (n == 1 && text[len - 1] != '.') {
			set_addr(&a.addr[a.dns.n_addrs++], text);
			return;
		}
		assert_int_equal(text[len - 1], '.');
		end += dnsname_parse(end, text, len);
		a.dns.n_names++;
	}
}

static void
set_answer(const json_t *d)
{
	const char *client = json_string_value(json_object_get(d, "client"));
	const char *qtype = json_string_value(json_object_get(d, "qtype"));
	const json_t *addr = json_object_get(d, "address");
	struct obs_dns_addr from = { .ttl = 0 };

	memset(&a, 0, sizeof(a));
	a.dns.qtype = strcmp(qtype, "A") == 0 ? 1 : 28;
	a.dns.rcode = rcode_of(json_string_value(json_object_get(d, "status")));
	if (client != NULL) {
		a.dns.ipver = strchr(client, ':') == NULL ? 4 : 6;
		set_addr(&from, client);
		memcpy(a.dns.client, from.addr, 16);
	}
	set_chain(json_object_get(d, "chain"));
	if (addr != NULL)
		set_addr(&a.addr[a.dns.n_addrs++], json_string_value(addr));
}

/* Take ${text} apart; put together, it is the same again. */
static void
comes_out_again(const char *text)
{
	json_t *d = json_loads(text, 0, NULL);
	const char *got;

	assert_non_null(d);
	set_answer(d);
	got = put((uint64_t)json_integer_value(json_object_get(d, "id")));
	assert_int_equal(out.n, 1);
	assert_int_equal(got[out.len - 1], '\n');
	out.text[out.len - 1] = '\0';
	assert_string_equal(got, text);
	json_decref(d);
}

static size_t
each_line(const char *name, void (*f)(const char *line))
{
	FILE *fp = fopen(name, "r");
	char *line = NULL;
	size_t size = 0, n = 0;

	assert_non_null(fp);
	while (getline(&line, &size, fp) > 0) {
		line[strcspn(line, "\n")] = '\0';
		f(line);
		n++;
	}
	free(line);
	fclose(fp);
	return n;
}

static void
every_datagram_of_the_old_agent_comes_out_again(void **state)
{
	static const struct {
		const char *name;
		size_t n;
	} file[] = { { "golden", 43 }, { "replay_golden_fstrm_nodedupe", 45 },
		{ "replay_golden_fstrm_dedupe", 40 },
		{ "replay_edge_small_fstrm_nodedupe", 73 },
		{ "replay_edge_small_fstrm_dedupe", 68 } };
	char path[128];

	(void)state;
	for (size_t i = 0; i < sizeof(file) / sizeof(file[0]); i++) {
		snprintf(path, sizeof(path), DIR "%s.jsonl", file[i].name);
		assert_int_equal(each_line(path, comes_out_again), file[i].n);
	}
}

static size_t n_edge;

static void
edge_line(const char *line)
{
	json_t *d = json_loads(line, 0, NULL);
	const json_t *text;
	size_t i;

	assert_non_null(d);
	json_array_foreach(json_object_get(d, "out"), i, text)
	{
		comes_out_again(json_string_value(text));
		n_edge++;
	}
	json_decref(d);
}

static void
every_datagram_of_an_edge_case_comes_out_again(void **state)
{
	(void)state;
	n_edge = 0;
	each_line(DIR "edge_small_oracle_nodedupe.jsonl", edge_line);
	each_line(DIR "edge_small_oracle_dedupe.jsonl", edge_line);
	assert_int_equal(n_edge, 73 + 68);
}

static void
name(const char *text)
{
	uint8_t *end = a.names;

	for (unsigned int i = 0; i < a.dns.n_names; i++)
		end += dnsname_get(end, DNSNAME_MAX);
	assert_true(dnsname_parse(end, text, strlen(text)) > 0);
	a.dns.n_names++;
}

static void
start(uint16_t qtype, uint16_t rcode)
{
	memset(&a, 0, sizeof(a));
	a.dns.names = a.names;
	a.dns.addrs = a.addr;
	a.dns.qtype = qtype;
	a.dns.rcode = rcode;
	a.dns.ipver = 4;
	a.dns.client[0] = 10;
	name("q.ex.");
}

#define REST(rcode)                                    \
	"\"client\": \"10.0.0.0\", \"qtype\": \"A\", " \
	"\"status\": \"" rcode "\", \"id\": "

static void
each_address_has_a_datagram_and_a_number_of_its_own(void **state)
{
	(void)state;
	start(1, 0);
	name("t.ex.");
	set_addr(&a.addr[a.dns.n_addrs++], "192.0.2.1");
	set_addr(&a.addr[a.dns.n_addrs++], "192.0.2.2");
	assert_string_equal(put(9),
	    "{\"chain\": [\"t.ex.\", \"q.ex.\"], " REST(
		"NOERROR") "9, \"address\": \"192.0.2.1\"}\n"
			   "{\"chain\": [\"t.ex.\", \"q.ex.\"], " REST(
			       "NOERROR") "10, \"address\": \"192.0.2.2\"}\n");
	assert_int_equal(out.n, 2);
}

static void
an_answer_without_address_is_silent_and_so_is_what_is_no_answer(void **state)
{
	(void)state;
	start(1, 0);
	assert_string_equal(put(1), "");
	start(1, 3);
	a.dns.what = OBS_DNS_UP;
	assert_string_equal(put(1), "");
	start(1, 3);
	a.dns.n_names = 0;
	assert_string_equal(put(1), "");
	a.dns.n_names = OBS_DNS_NAMES_MAX + 1;
	assert_string_equal(put(1), "");
}

static void
nxdomain_tells_the_question_alone(void **state)
{
	(void)state;
	start(1, 3);
	name("t.ex.");
	set_addr(&a.addr[a.dns.n_addrs++], "192.0.2.1");
	assert_string_equal(
	    put(0), "{\"chain\": [\"q.ex.\"], " REST("NXDOMAIN") "0}\n");
}

static void
other_rcodes_have_the_first_address_in_the_chain(void **state)
{
	(void)state;
	start(1, 2);
	name("t.ex.");
	set_addr(&a.addr[a.dns.n_addrs++], "192.0.2.1");
	set_addr(&a.addr[a.dns.n_addrs++], "192.0.2.2");
	assert_string_equal(
	    put(7), "{\"chain\": [\"192.0.2.1\", \"t.ex.\", \"q.ex.\"], " REST(
			"SERVFAIL") "7}\n");
	a.dns.n_addrs = 0;
	assert_string_equal(put(7),
	    "{\"chain\": [\"t.ex.\", \"q.ex.\"], " REST("SERVFAIL") "7}\n");
}

static void
an_rcode_without_a_name_is_a_number(void **state)
{
	static const char *const status[] = { [1] = "FORMERR",
		[4] = "NOTIMP",
		[5] = "REFUSED",
		[11] = "DSOTYPENI",
		[12] = "12",
		[15] = "15",
		[16] = "BADVERS",
		[17] = "BADKEY",
		[23] = "BADCOOKIE",
		[24] = "24" };
	char want[256];

	(void)state;
	for (size_t i = 0; i < sizeof(status) / sizeof(status[0]); i++) {
		if (status[i] == NULL)
			continue;
		start(1, (uint16_t)i);
		snprintf(want, sizeof(want),
		    "{\"chain\": [\"q.ex.\"], " REST("%s") "1}\n", status[i]);
		assert_string_equal(put(1), want);
	}
	start(1, 4095);
	assert_non_null(strstr(put(1), "\"status\": \"4095\""));
}

static void
the_number_can_have_64_bits(void **state)
{
	(void)state;
	start(1, 3);
	assert_non_null(
	    strstr(put(UINT64_MAX), "\"id\": 18446744073709551615}"));
}

static void
the_longest_chain_fits(void **state)
{
	uint8_t *p = a.names;

	(void)state;
	start(28, 0);
	a.dns.ipver = 6;
	memset(a.dns.client, 0xff, 16);
	a.dns.n_names = OBS_DNS_NAMES_MAX;
	for (unsigned int i = 0; i < OBS_DNS_NAMES_MAX; i++) {
		for (unsigned int k = 0; k < 3; k++, p += 64) {
			memset(p, 0xff, 64);
			*p = 63;
		}
		memset(p, 0xff, 62);
		*p = 61;
		p[62] = 0;
		p += 63;
	}
	a.dns.n_addrs = 1;
	memset(a.addr[0].addr, 0xee, 16);
	put(UINT64_MAX);
	assert_int_equal(out.n, 1);
	assert_true(out.len < DNSJSON_MAX);
	assert_true(out.len > DNSJSON_MAX - 2000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    every_datagram_of_the_old_agent_comes_out_again),
		cmocka_unit_test(
		    every_datagram_of_an_edge_case_comes_out_again),
		cmocka_unit_test(
		    each_address_has_a_datagram_and_a_number_of_its_own),
		cmocka_unit_test(
		    an_answer_without_address_is_silent_and_so_is_what_is_no_answer),
		cmocka_unit_test(nxdomain_tells_the_question_alone),
		cmocka_unit_test(
		    other_rcodes_have_the_first_address_in_the_chain),
		cmocka_unit_test(an_rcode_without_a_name_is_a_number),
		cmocka_unit_test(the_number_can_have_64_bits),
		cmocka_unit_test(the_longest_chain_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
