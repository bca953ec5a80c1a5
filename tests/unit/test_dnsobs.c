/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/dnsobs agent/dnstap agent/dnsmsg agent/dnsrr agent/dnschain agent/dnsdup wire/dnsname -lresolv -ljansson */
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

#include "agent/dnsobs.h"
#include "tests/unit/stored.h"
#include "wire/dnsname.h"

#define GOLDEN "tests/golden/shodohflo/"
#define OWN    "tests/golden/dnstap/"
#define LONG   (1000000 * MONO_NS_PER_S)

static struct dnsobs *
make(bool old, enum dnsdup_mode mode, int64_t dup_ns)
{
	const struct dnsobs_conf c = { .old = old,
		.dup = mode,
		.dup_ns = dup_ns,
		.key = { { 0x9e3779b97f4a7c15, 0xd6e8feb86659fd93 } } };
	struct dnsobs *d = dnsobs_new(&c);

	assert_non_null(d);
	return d;
}

/* The names of the old program's chain: the question last. */
static void
same_names(const struct obs_dns *o, const json_t *chain, size_t skip)
{
	const size_t n = json_array_size(chain);
	const uint8_t *p = o->names;
	char text[DNSNAME_TEXT_MAX + 1];

	assert_int_equal(o->n_names + skip, n);
	for (size_t i = 0; i < o->n_names; i++) {
		*dnsname_text(text, p) = '\0';
		assert_string_equal(
		    text, json_string_value(json_array_get(chain, n - 1 - i)));
		p += dnsname_get(p, DNSNAME_MAX);
	}
}

static void
same_address(const struct obs_dns *o, size_t i, const char *text)
{
	uint8_t addr[16];
	const bool v4 = o->qtype == 1;

	assert_true(i < o->n_addrs);
	assert_int_equal(inet_pton(v4 ? AF_INET : AF_INET6, text, addr), 1);
	assert_memory_equal(o->addrs[i].addr, addr, v4 ? 4 : 16);
}

static const char *
status_of(unsigned int rcode)
{
	static const char *const names[] = { [0] = "NOERROR",
		[2] = "SERVFAIL",
		[3] = "NXDOMAIN",
		[16] = "BADVERS" };

	return rcode <= 16 && names[rcode] != NULL ? names[rcode] : "?";
}

static void
same_client(const struct obs_dns *o, const char *text)
{
	uint8_t addr[16];

	if (text == NULL) {
		assert_int_equal(o->ipver, 0);
		return;
	}
	const bool v4 = o->ipver == 4;
	assert_int_equal(inet_pton(v4 ? AF_INET : AF_INET6, text, addr), 1);
	assert_memory_equal(o->client, addr, v4 ? 4 : 16);
}

static const char *
member(const json_t *j, const char *name)
{
	return json_string_value(json_object_get(j, name));
}

/* Datagram ${i} of an answer, as the old program would send it. */
static void
same_datagram(const struct obs_dns *o, size_t i, const json_t *want)
{
	const json_t *chain = json_object_get(want, "chain");
	const char *address = member(want, "address");

	same_client(o, member(want, "client"));
	assert_string_equal(status_of(o->rcode), member(want, "status"));
	assert_string_equal(
	    o->qtype == 1 ? "A" : "AAAA", member(want, "qtype"));
	if (address != NULL) {
		same_names(o, chain, 0);
		same_address(o, i, address);
	} else if (o->n_addrs > 0) {
		same_names(o, chain, 1);
		same_address(o, 0, json_string_value(json_array_get(chain, 0)));
	} else {
		same_names(o, chain, 0);
	}
}

/* How many datagrams the old program makes of ${o}. */
static size_t
datagrams(const struct obs_dns *o)
{
	return o->rcode == 0 ? o->n_addrs : 1;
}

/* One line of the oracle: the datagrams of one frame. */
static void
same_frame(enum dnsobs_verdict v, const struct obs *o, const json_t *line)
{
	const json_t *out = json_object_get(line, "out");
	const size_t n = json_array_size(out);

	if (n == 0) {
		assert_int_not_equal(v, DNSOBS_ANSWER);
		assert_int_equal(json_object_get(line, "error") != NULL,
		    v == DNSOBS_MALFORMED || v == DNSOBS_NO_MESSAGE);
		return;
	}
	assert_int_equal(v, DNSOBS_ANSWER);
	assert_int_equal(datagrams(&o->dns), n);
	for (size_t i = 0; i < n; i++) {
		json_t *want = json_loads(
		    json_string_value(json_array_get(out, i)), 0, NULL);

		assert_non_null(want);
		same_datagram(&o->dns, i, want);
		json_decref(want);
	}
}

/*
 * Frame 41 is an UPDATE, which the old program tries to read as such; here
 * it is well-formed, and no answer.
 */
static bool
excepted(size_t n, enum dnsobs_verdict v)
{
	return n == 41 && v == DNSOBS_NOT_ADDRESS_TYPE;
}

static void
edge_frames(const char *oracle, enum dnsdup_mode mode)
{
	struct dnsobs *d = make(true, mode, LONG);
	FILE *fp = fopen(oracle, "r");
	struct stored t;
	const uint8_t *frame;
	size_t len, n = 0;
	static char line[1 << 16];
	struct obs o;

	assert_non_null(fp);
	assert_true(stored_load(&t, GOLDEN "edge_small.fstrm"));
	for (; stored_next(&t, &frame, &len); n++) {
		const enum dnsobs_verdict v =
		    dnsobs_take(d, &o, frame, len, wall_make(0, 0));
		json_t *j;

		assert_non_null(fgets(line, sizeof(line), fp));
		j = json_loads(line, 0, NULL);
		assert_non_null(j);
		assert_int_equal(
		    json_integer_value(json_object_get(j, "n")), n);
		if (!excepted(n, v))
			same_frame(v, &o, j);
		json_decref(j);
	}
	assert_int_equal(n, 115);
	free(t.data);
	(void)fclose(fp);
	dnsobs_free(d);
}

static void
the_edge_frames_become_what_the_old_agent_made_of_them(void **state)
{
	(void)state;
	edge_frames(GOLDEN "edge_small_oracle_nodedupe.jsonl", DNSDUP_OFF);
}

static void
and_with_its_de_duplication(void **state)
{
	(void)state;
	edge_frames(GOLDEN "edge_small_oracle_dedupe.jsonl", DNSDUP_NAME);
}

/* A whole stream gives the datagrams of ${oracle}, in their order. */
static void
replay(const char *oracle, enum dnsdup_mode mode, int64_t dup_ns)
{
	struct dnsobs *d = make(true, mode, dup_ns);
	FILE *fp = fopen(oracle, "r");
	static char line[1 << 16];
	const uint8_t *frame;
	struct stored t;
	struct obs o;
	size_t len;

	assert_non_null(fp);
	assert_true(stored_load(&t, GOLDEN "golden.fstrm"));
	while (stored_next(&t, &frame, &len)) {
		if (dnsobs_take(d, &o, frame, len, wall_make(0, 0)) !=
		    DNSOBS_ANSWER)
			continue;
		for (size_t i = 0; i < datagrams(&o.dns); i++) {
			json_t *want;

			assert_non_null(fgets(line, sizeof(line), fp));
			want = json_loads(line, 0, NULL);
			assert_non_null(want);
			same_datagram(&o.dns, i, want);
			json_decref(want);
		}
	}
	assert_null(fgets(line, sizeof(line), fp));
	free(t.data);
	(void)fclose(fp);
	dnsobs_free(d);
}

static void
a_resolvers_stream_becomes_the_old_agents_datagrams(void **state)
{
	(void)state;
	replay(GOLDEN "replay_golden_fstrm_nodedupe.jsonl", DNSDUP_OFF, 0);
	replay(GOLDEN "replay_golden_fstrm_dedupe.jsonl", DNSDUP_NAME, LONG);
}

static void
the_time_of_the_answers_does_what_the_clock_did_live(void **state)
{
	(void)state;
	replay(GOLDEN "golden.jsonl", DNSDUP_NAME, MONO_NS_PER_S);
}

/* The verdicts over the stream ${path}. */
static void
judge(const char *path, bool old, size_t ret[DNSOBS_VERDICT_MAX + 1])
{
	struct dnsobs *d = make(old, DNSDUP_CLIENT, MONO_NS_PER_S);
	const uint8_t *frame;
	struct stored t;
	struct obs o;
	size_t len;

	memset(ret, 0, (DNSOBS_VERDICT_MAX + 1) * sizeof(*ret));
	assert_true(stored_load(&t, path));
	while (stored_next(&t, &frame, &len))
		ret[dnsobs_take(d, &o, frame, len, wall_make(0, 0))]++;
	free(t.data);
	dnsobs_free(d);
}

static void
ours_leaves_out_and_names_what_cannot_be_used(void **state)
{
	size_t n[DNSOBS_VERDICT_MAX + 1];

	(void)state;
	judge(GOLDEN "edge_small.fstrm", false, n);
	assert_int_equal(n[DNSOBS_ANSWER], 57);
	assert_int_equal(n[DNSOBS_MALFORMED], 20);
	assert_int_equal(n[DNSOBS_OTHER_TYPE], 15);
	assert_int_equal(n[DNSOBS_NO_MESSAGE], 1);
	assert_int_equal(n[DNSOBS_NOT_ADDRESS_TYPE], 8);
	assert_int_equal(n[DNSOBS_NO_CLIENT], 1);
	assert_int_equal(n[DNSOBS_RCODE], 3);
	assert_int_equal(n[DNSOBS_NO_DATA], 4);
	assert_int_equal(n[DNSOBS_DUPLICATE], 0);
	assert_int_equal(n[DNSOBS_NO_ADDRESS], 6);
	assert_int_equal(n[DNSOBS_TOO_LARGE], 0);
}

static void
each_resolver_gives_the_answers_it_is_known_for(void **state)
{
	static const struct {
		const char *path;
		size_t n[DNSOBS_VERDICT_MAX + 1];
	} want[] = {
		{ OWN "own__bind9.fstrm", { [DNSOBS_ANSWER] = 14,
					      [DNSOBS_OTHER_TYPE] = 60,
					      [DNSOBS_NOT_ADDRESS_TYPE] = 3,
					      [DNSOBS_RCODE] = 2,
					      [DNSOBS_NO_DATA] = 3,
					      [DNSOBS_DUPLICATE] = 5 } },
		{ OWN "own__dnsdist.fstrm", { [DNSOBS_ANSWER] = 7,
						[DNSOBS_OTHER_TYPE] = 11,
						[DNSOBS_NOT_ADDRESS_TYPE] = 1,
						[DNSOBS_RCODE] = 1,
						[DNSOBS_NO_DATA] = 1,
						[DNSOBS_DUPLICATE] = 1 } },
		{ OWN "own__kresd.fstrm", { [DNSOBS_ANSWER] = 7,
					      [DNSOBS_OTHER_TYPE] = 11,
					      [DNSOBS_NOT_ADDRESS_TYPE] = 1,
					      [DNSOBS_RCODE] = 1,
					      [DNSOBS_NO_DATA] = 1,
					      [DNSOBS_DUPLICATE] = 1 } },
		{ OWN "own__pdns_recursor.fstrm",
		    { [DNSOBS_OTHER_TYPE] = 28 } },
		{ OWN "own__unbound.fstrm", { [DNSOBS_ANSWER] = 6,
						[DNSOBS_OTHER_TYPE] = 11,
						[DNSOBS_NOT_ADDRESS_TYPE] = 1,
						[DNSOBS_RCODE] = 2,
						[DNSOBS_NO_DATA] = 1,
						[DNSOBS_DUPLICATE] = 1 } },
	};
	size_t n[DNSOBS_VERDICT_MAX + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		judge(want[i].path, false, n);
		assert_memory_equal(n, want[i].n, sizeof(n));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    the_edge_frames_become_what_the_old_agent_made_of_them),
		cmocka_unit_test(and_with_its_de_duplication),
		cmocka_unit_test(
		    a_resolvers_stream_becomes_the_old_agents_datagrams),
		cmocka_unit_test(
		    the_time_of_the_answers_does_what_the_clock_did_live),
		cmocka_unit_test(ours_leaves_out_and_names_what_cannot_be_used),
		cmocka_unit_test(
		    each_resolver_gives_the_answers_it_is_known_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
