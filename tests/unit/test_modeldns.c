/* SPDX-License-Identifier: BSD-3-Clause */
/* links: collector/modeldns collector/modelskip collector/modelnet wire/dnsname tests/unit/dnsjson -ljansson */
/* DNS answers to updates. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "collector/modeldns.h"
#include "collector/modelskip.h"
#include "tests/unit/dnsjson.h"

struct fixture {
	struct modelskip *skip;
	struct modeldns *model;
	struct dnsjson d;
	FILE *fp;
	char *text;
	size_t len, longest;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->skip = modelskip_new();
	f->model = modeldns_new(f->skip);
	assert_non_null(f->model);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	modeldns_free(f->model);
	modelskip_free(f->skip);
	free(f->text);
	free(f);
	return 0;
}

/* "KEY" of a counter, "KEY += VALUE (TTL)" of a link. */
static void
show(void *arg, const struct model_update *u)
{
	struct fixture *f = arg;

	fprintf(f->fp, "%.*s", u->key_len, u->key);
	if (u->value_len > 0) {
		fprintf(f->fp, " += %.*s (%u)", u->value_len, u->value, u->ttl);
	}
	fputc('\n', f->fp);
	if (f->longest < (size_t)u->key_len + u->value_len)
		f->longest = (size_t)u->key_len + u->value_len;
}

static const char *
updates(struct fixture *f, const struct obs_dns *d)
{
	free(f->text);
	f->fp = open_memstream(&f->text, &f->len);
	modeldns_put(f->model, d, show, f);
	fclose(f->fp);
	return f->text;
}

static const char *
answer(struct fixture *f, const char *client, uint16_t qtype,
    const char *question, const char *addr)
{
	dnsjson_answer(&f->d, client, qtype, question, addr);
	return updates(f, &f->d.obs.dns);
}

static void
links_go_from_the_question_outward_and_the_address_is_last(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(answer(f, "10.77.0.11", 1, "c3.ex. c2.ex. www.ex.",
				"198.51.100.10"),
	    "client;10.77.0.11\n"
	    "10.77.0.11;c2.ex.;cname += ;c3.ex.; (300)\n"
	    "10.77.0.11;www.ex.;cname += ;c2.ex.; (300)\n"
	    "10.77.0.11;198.51.100.10;dns += ;www.ex.; (300)\n");
	assert_int_equal(modeldns_count(f->model)->answers, 1);
	assert_int_equal(modeldns_count(f->model)->addresses, 1);
}

static void
every_address_is_an_event_of_its_own(void **state)
{
	struct fixture *f = *state;
	struct obs_dns_addr addr[2] = { { { 192, 0, 2, 1 }, 60 },
		{ { 192, 0, 2, 2 }, 70 } };

	dnsjson_answer(&f->d, "fe80::1", 1, "a.ex. b.ex.", "192.0.2.1");
	f->d.obs.dns.addrs = addr;
	f->d.obs.dns.n_addrs = 2;
	assert_string_equal(updates(f, &f->d.obs.dns),
	    "client;fe80::1\n"
	    "fe80::1;b.ex.;cname += ;a.ex.; (60)\n"
	    "fe80::1;192.0.2.1;dns += ;b.ex.; (60)\n"
	    "client;fe80::1\n"
	    "fe80::1;b.ex.;cname += ;a.ex.; (70)\n"
	    "fe80::1;192.0.2.2;dns += ;b.ex.; (70)\n");
	assert_int_equal(modeldns_count(f->model)->answers, 1);
	assert_int_equal(modeldns_count(f->model)->addresses, 2);
}

static void
a_name_that_does_not_exist_counts_with_its_semicolons_bare(void **state)
{
	assert_string_equal(
	    answer(*state, "10.0.0.1", 28, "no\\;such\\\\\\;x.ex.", NULL),
	    "client;10.0.0.1\n10.0.0.1;no;such\\\\;x.ex.;nx\n");
	assert_string_equal(answer(*state, "10.0.0.1", 1, ".", NULL),
	    "client;10.0.0.1\n10.0.0.1;.;nx\n");
}

static void
addresses_are_spelled_as_the_old_agent_did(void **state)
{
	assert_string_equal(
	    answer(*state, "::ffff:10.77.0.10", 28, "m.ex.", "::1.2.3.4"),
	    "client;::ffff:a4d:a\n"
	    "::ffff:a4d:a;::102:304;dns += ;m.ex.; (300)\n");
	assert_string_equal(
	    answer(*state, "10.0.0.1", 28, "m.ex.", "::ffff:198.51.100.10"),
	    "client;10.0.0.1\n"
	    "10.0.0.1;::ffff:c633:640a;dns += ;m.ex.; (300)\n");
}

static void
semicolons_in_names_stay_escaped_in_keys_and_lists(void **state)
{
	assert_string_equal(answer(*state, "10.0.0.1", 1,
				"a\\;b.ex. c\\;\\010<\\255.ex.", "192.0.2.1"),
	    "client;10.0.0.1\n"
	    "10.0.0.1;c\\;\\010<\\255.ex.;cname += ;a\\;b.ex.; (300)\n"
	    "10.0.0.1;192.0.2.1;dns += ;c\\;\\010<\\255.ex.; (300)\n");
}

static void
the_longest_names_fit(void **state)
{
	struct fixture *f = *state;
	uint8_t *p = f->d.names;

	dnsjson_answer(&f->d, "1111:2222:3333:4444:5555:6666:7777:8888", 28,
	    "a.", "1111:2222:3333:4444:5555:6666:7777:8888");
	for (f->d.obs.dns.n_names = 0; f->d.obs.dns.n_names < OBS_DNS_NAMES_MAX;
	     f->d.obs.dns.n_names++) {
		static const uint8_t len[] = { 63, 63, 63, 61 };

		for (size_t i = 0; i < sizeof(len); i++) {
			*p++ = len[i];
			memset(p, 0xff, len[i]);
			p += len[i];
		}
		*p++ = 0;
	}
	updates(f, &f->d.obs.dns);
	assert_in_range(f->longest, 2000, MODEL_UPDATE_MAX);
}

static void
what_is_not_recorded_is_counted_by_its_reason(void **state)
{
	struct fixture *f = *state;
	const struct modeldns_count *n = modeldns_count(f->model);

	assert_string_equal(answer(f, NULL, 1, "a.ex.", "192.0.2.1"), "");
	assert_int_equal(n->no_client, 1);
	answer(f, "10.0.0.1", 1, "a.ex.", "192.0.2.1");
	f->d.obs.dns.n_addrs = 0;
	assert_string_equal(updates(f, &f->d.obs.dns), "");
	assert_int_equal(n->no_address, 1);
	f->d.obs.dns.rcode = 2;
	f->d.obs.dns.n_addrs = 1;
	assert_string_equal(updates(f, &f->d.obs.dns), "");
	f->d.obs.dns.rcode = 16;
	assert_string_equal(updates(f, &f->d.obs.dns), "");
	assert_int_equal(n->other_rcode, 2);
	f->d.obs.dns.rcode = 0;
	f->d.obs.dns.qtype = 16;
	assert_string_equal(updates(f, &f->d.obs.dns), "");
	assert_int_equal(n->other_type, 1);
	assert_int_equal(n->answers, 1);
}

static void
the_state_of_a_source_means_nothing(void **state)
{
	struct fixture *f = *state;
	const struct obs_dns up = { .what = OBS_DNS_UP, .resolver = "r" };

	assert_string_equal(updates(f, &up), "");
	assert_int_equal(modeldns_count(f->model)->no_client, 0);
}

static void
domains_are_ignored_with_all_below_and_nothing_beside(void **state)
{
	struct fixture *f = *state;

	assert_null(modelskip_add(f->skip, ".Example.com"));
	assert_null(modelskip_add(f->skip, "corp"));
	assert_null(modelskip_seal(f->skip, false));
	assert_string_equal(
	    answer(f, "10.0.0.1", 1, "example.com.", "192.0.2.1"), "");
	assert_string_equal(
	    answer(f, "10.0.0.1", 1, "a.b.example.com.", NULL), "");
	assert_string_equal(
	    answer(f, "10.0.0.1", 1, "x.corp. www.ex.", "192.0.2.1"), "");
	assert_int_equal(modeldns_count(f->model)->ignored, 3);
	assert_string_not_equal(
	    answer(f, "10.0.0.1", 1, "badexample.com.", NULL), "");
	assert_string_not_equal(
	    answer(f, "10.0.0.1", 1, "www.ex. x.corp.", "192.0.2.1"), "");
	assert_int_equal(modeldns_count(f->model)->ignored, 3);
}

static void
substrings_are_ignored_as_in_the_old_agent(void **state)
{
	struct fixture *f = *state;

	assert_null(modelskip_add(f->skip, "ads"));
	assert_null(modelskip_add(f->skip, ".arpa."));
	assert_null(modelskip_seal(f->skip, true));
	assert_string_equal(
	    answer(f, "10.0.0.1", 1, "roads.ex.", "192.0.2.1"), "");
	assert_string_equal(
	    answer(f, "10.0.0.1", 1, "1.in-addr.arpa.", NULL), "");
	assert_string_not_equal(
	    answer(f, "10.0.0.1", 1, "www.ex. ads.ex.", "192.0.2.1"), "");
}

static void
a_pattern_that_is_no_domain_is_named(void **state)
{
	struct fixture *f = *state;

	assert_null(modelskip_add(f->skip, "ok.ex"));
	assert_null(modelskip_add(f->skip, "a..b"));
	assert_string_equal(modelskip_seal(f->skip, false), "a..b");
	assert_null(modelskip_seal(f->skip, true));
	assert_non_null(modelskip_add(f->skip, ""));
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(links_go_from_the_question_outward_and_the_address_is_last),
		T(every_address_is_an_event_of_its_own),
		T(a_name_that_does_not_exist_counts_with_its_semicolons_bare),
		T(addresses_are_spelled_as_the_old_agent_did),
		T(semicolons_in_names_stay_escaped_in_keys_and_lists),
		T(the_longest_names_fit),
		T(what_is_not_recorded_is_counted_by_its_reason),
		T(the_state_of_a_source_means_nothing),
		T(domains_are_ignored_with_all_below_and_nothing_beside),
		T(substrings_are_ignored_as_in_the_old_agent),
		T(a_pattern_that_is_no_domain_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
