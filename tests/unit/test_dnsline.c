/* SPDX-License-Identifier: BSD-3-Clause */
/* links: wire/dnsline wire/dnsrec wire/dnstab wire/dnsname wire/line wire/text wire/zpack wire/frame tests/unit/gen tests/unit/gendns -lz */
/* Tests of the line of a DNS answer, both ways. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/gen.h"
#include "tests/unit/gendns.h"
#include "wire/dnsline.h"
#include "wire/dnsrec.h"

/* A resolver of 64 octets. */
static const char too_long[] =
    "1.000000 - A NOERROR . - - "
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa 1\n";

static struct dnsline mem;
static char text[DNSLINE_MAX];

static ptrdiff_t
get(struct obs *ret_o, const char *line)
{
	const size_t len = strlen(line);
	const uint8_t *p = gen_guard(line, len);
	const ptrdiff_t n = dnsline_get(ret_o, &mem, (const char *)p, len);

	gen_unguard(p, len);
	return n;
}

/* Read ${line} and write it again: it must be the same. */
static struct obs
keep(const char *line)
{
	struct obs o;

	assert_int_equal(get(&o, line), strlen(line));
	assert_true(dnsline_room(&o) <= DNSLINE_MAX);
	assert_int_equal(dnsline_put(text, &o), strlen(line));
	assert_memory_equal(text, line, strlen(line));
	return o;
}

static void
an_answer_has_nine_fields_in_their_places(void **state)
{
	const struct obs o =
	    keep("1700000000.001500 10.0.0.7 A NOERROR www.example.org. "
		 "a.b.,c. 192.0.2.1/300,192.0.2.2/4294967295 unbound 7\n");
	const struct obs_dns *d = &o.dns;

	(void)state;
	assert_int_equal(o.kind, OBS_DNS);
	assert_int_equal(o.time.ns, 1700000000001500000);
	assert_int_equal(d->what, OBS_DNS_ANSWER);
	assert_int_equal(d->ipver, 4);
	assert_memory_equal(d->client, "\x0a\0\0\x07", 4);
	assert_int_equal(d->qtype, 1);
	assert_int_equal(d->rcode, 0);
	assert_int_equal(d->n_names, 3);
	assert_memory_equal(d->names, "\3www\7example\3org\0\1a\1b\0\1c", 25);
	assert_int_equal(d->n_addrs, 2);
	assert_int_equal(d->addrs[0].ttl, 300);
	assert_memory_equal(d->addrs[1].addr, "\xc0\0\2\2\0\0\0\0", 8);
	assert_string_equal(d->resolver, "unbound");
	assert_int_equal(d->conn, 7);
}

static void
fields_that_are_missing_are_a_dash(void **state)
{
	const struct obs o = keep("-1.500000 - TYPE65 RCODE3841 . - - - 0\n");

	(void)state;
	assert_int_equal(o.time.ns, -1500000000);
	assert_int_equal(o.dns.ipver, 0);
	assert_int_equal(o.dns.qtype, 65);
	assert_int_equal(o.dns.rcode, 3841);
	assert_int_equal(o.dns.n_names, 1);
	assert_int_equal(o.dns.n_addrs, 0);
	assert_string_equal(o.dns.resolver, "");
	keep("1.000000 2001:db8::1 AAAA BADVERS a. - ::ffff:1.2.3.4/0 x 1\n");
}

static void
names_with_commas_and_resolvers_with_blanks_come_back(void **state)
{
	const struct obs o = keep("1.000000 - A NOERROR a\\,b\\032c\\.d. "
				  "\\,.,\\\\. - a\\032b\\\\ 1\n");

	(void)state;
	assert_memory_equal(o.dns.names, "\7a,b c.d\0\1,\0\1\\", 15);
	assert_string_equal(o.dns.resolver, "a b\\");
	assert_string_equal(
	    keep("1.000000 - A NOERROR . - - \\- 1\n").dns.resolver, "-");
}

static void
every_record_comes_back_from_its_line(void **state)
{
	struct gen g;

	(void)state;
	gen_seed(&g, 3);
	for (unsigned int i = 0; i < 3000; i++) {
		struct obs *o = gendns_new(&g);
		struct obs got;
		size_t n;

		gendns_floor(o, 3);
		n = dnsline_put(text, o);
		assert_true(n <= dnsline_room(o));
		if (o->dns.what == OBS_DNS_ALIVE) {
			assert_int_equal(n, 0);
		} else {
			assert_int_equal(text[n - 1], '\n');
			assert_int_equal(dnsline_get(&got, &mem, text, n), n);
			/* The first microsecond began before time did. */
			if (o->time.ns < INT64_MIN + 1000000)
				got.time = o->time;
			assert_true(gen_same(&got, o));
			assert_true(dnsrec_valid(&got.dns));
		}
		gendns_free(o);
	}
}

static void
the_longest_line_has_room(void **state)
{
	(void)state;
	for (unsigned int ipver = 4; ipver <= 6; ipver += 2) {
		struct obs *o = gendns_max(ipver);
		struct obs got;
		size_t n;

		o->time.ns = -999999999999999000;
		assert_int_equal(dnsline_room(o), DNSLINE_MAX);
		n = dnsline_put(text, o);
		assert_true(n > 100000 && n <= DNSLINE_MAX);
		assert_null(memchr(text, '\n', n - 1));
		assert_int_equal(dnsline_get(&got, &mem, text, n), n);
		assert_true(gen_same(&got, o));
		gendns_free(o);
	}
}

static void
states_and_losses_are_comments(void **state)
{
	struct obs o = keep("#1700000000.000000:up:1:a\\032b\n");

	(void)state;
	assert_int_equal(o.dns.what, OBS_DNS_UP);
	assert_int_equal(o.dns.conn, 1);
	assert_string_equal(o.dns.resolver, "a b");
	o = keep("#1700000000.000000:down:4294967295:-\n");
	assert_int_equal(o.dns.what, OBS_DNS_DOWN);
	o = keep("#1700000000.000000:loss:dnstap:3:0\n");
	assert_int_equal(o.kind, OBS_LOSS);
	assert_int_equal(o.loss.reason, OBS_LOSS_DNSTAP);
	o = keep("#1700000000.000000:loss:dns-queue:3:70\n");
	assert_int_equal(o.loss.reason, OBS_LOSS_DNS_QUEUE);
	assert_int_equal(get(&o, "# anything\n"), 11);
	assert_int_equal(o.kind, OBS_LOSS);
	assert_int_equal(o.loss.count, 0);
	assert_int_equal(get(&o, "#1.000000:up:x:y\n"), 17);
	assert_int_equal(o.loss.count, 0);
}

static void
lines_of_packets_and_of_their_losses_are_not_written(void **state)
{
	const struct obs pkt = { .kind = OBS_PKT, .pkt = { .ipver = 4 } };
	const struct obs host = { .kind = OBS_HOST };
	const struct obs ring = { .kind = OBS_LOSS,
		.loss = { .reason = OBS_LOSS_KERNEL, .count = 1 } };

	(void)state;
	assert_int_equal(dnsline_put(text, &pkt), 0);
	assert_int_equal(dnsline_put(text, &host), 0);
	assert_int_equal(dnsline_put(text, &ring), 0);
}

static void
malformed_lines_are_refused(void **state)
{
	static const char *const bad[] = { "\n", " \n", "1.000000\n",
		"1 - A NOERROR . - - - 1\n", "1.00000 - A NOERROR . - - - 1\n",
		"01.000000 - A NOERROR . - - - 1\n",
		"1.00000x - A NOERROR . - - - 1\n",
		"99999999999.000000 - A NOERROR . - - - 1\n",
		"1.000000 10.0.0 A NOERROR . - - - 1\n",
		"1.000000 10.0.0.1.2 A NOERROR . - - - 1\n",
		"1.000000 - B NOERROR . - - - 1\n",
		"1.000000 - TYPE65536 NOERROR . - - - 1\n",
		"1.000000 - TYPE01 NOERROR . - - - 1\n",
		"1.000000 - TYPE NOERROR . - - - 1\n",
		"1.000000 - A noerror . - - - 1\n",
		"1.000000 - A NOERROR a..b - - - 1\n",
		"1.000000 - A NOERROR  - - - 1\n",
		"1.000000 - A NOERROR . a.,, - - 1\n",
		"1.000000 - A NOERROR . a., - - 1\n",
		"1.000000 - A NOERROR . a.\\\\, - - 1\n",
		"1.000000 - A NOERROR . ,a. - - 1\n",
		"1.000000 - A NOERROR . - 1.2.3.4 - 1\n",
		"1.000000 - A NOERROR . - 1.2.3.4/ - 1\n",
		"1.000000 - A NOERROR . - 1.2.3.4/1, - 1\n",
		"1.000000 - A NOERROR . - 1.2.3.4/4294967296 - 1\n",
		"1.000000 - A NOERROR . - ::1/1 - 1\n",
		"1.000000 - AAAA NOERROR . - 1.2.3.4/1 - 1\n",
		"1.000000 - TYPE65 NOERROR . - 1.2.3.4/1 - 1\n",
		"1.000000 - A NOERROR . - - - 4294967296\n",
		"1.000000 - A NOERROR . - - - \n",
		"1.000000 - A NOERROR . - - a\tb 1\n", too_long };
	struct obs o;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (get(&o, bad[i]) != -1)
			fail_msg("taken: %s", bad[i]);
	}
	assert_int_equal(
	    dnsline_get(&o, &mem, "1.000000 - A NOERROR a\0 - - - 1\n", 32),
	    -1);
}

static void
prefixes_need_more_and_later_fields_are_ignored(void **state)
{
	static const char line[] =
	    "1.000000 - A NOERROR . a. 1.2.3.4/5 r 1 more of it\n";
	struct obs o;

	(void)state;
	for (size_t n = 0; n < sizeof(line) - 1; n++)
		assert_int_equal(dnsline_get(&o, &mem, line, n), 0);
	assert_int_equal(get(&o, line), sizeof(line) - 1);
	assert_int_equal(o.dns.conn, 1);
	memset(text, '1', sizeof(text));
	assert_int_equal(dnsline_get(&o, &mem, text, sizeof(text) - 1), 0);
	assert_int_equal(dnsline_get(&o, &mem, text, sizeof(text)), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_has_nine_fields_in_their_places),
		cmocka_unit_test(fields_that_are_missing_are_a_dash),
		cmocka_unit_test(
		    names_with_commas_and_resolvers_with_blanks_come_back),
		cmocka_unit_test(every_record_comes_back_from_its_line),
		cmocka_unit_test(the_longest_line_has_room),
		cmocka_unit_test(states_and_losses_are_comments),
		cmocka_unit_test(
		    lines_of_packets_and_of_their_losses_are_not_written),
		cmocka_unit_test(malformed_lines_are_refused),
		cmocka_unit_test(
		    prefixes_need_more_and_later_fields_are_ignored),
	};

	return cmocka_run_group_tests_name("dnsline", tests, NULL, NULL);
}
