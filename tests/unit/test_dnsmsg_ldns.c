/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/dnsmsg agent/dnsrr agent/dnstap wire/dnsname -lresolv -lldns */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above, and ldns a bool before its own */
#include <cmocka.h>
#include <dirent.h>
#include <ldns/ldns.h>
#include <stdio.h>
#include <string.h>

#include "agent/dnsmsg.h"
#include "agent/dnsrr.h"
#include "agent/dnstap.h"
#include "tests/unit/stored.h"

#define GOLDEN "tests/golden/shodohflo"
#define OWN    "tests/golden/dnstap"
#define PUBLIC "../shared/data/public/dnstap" /* not everywhere */

/* What was compared in a directory. */
struct tally {
	size_t messages, addresses;
	size_t same;      /* both accept, or neither does */
	size_t ours_only; /* accepted by us, not by ldns */
	size_t ldns_only;
	size_t junk; /* of those, the ones with octets behind the message */
};

static struct dnsmsg m;

/* The name of ${rdf} is the one at offset ${at} of our message. */
static void
same_name(const ldns_rdf *rdf, size_t at)
{
	uint8_t name[DNSNAME_MAX];
	uint8_t theirs[DNSNAME_MAX];
	const size_t n = dnsrr_unpack(name, m.msg, m.len, at);

	assert_non_null(rdf);
	assert_int_equal(ldns_rdf_size(rdf), n);
	memcpy(theirs, ldns_rdf_data(rdf), n);
	dnsname_lower(theirs);
	assert_memory_equal(name, theirs, n);
}

static void
same_record(const ldns_rr *rr, const struct dnsmsg_rr *own)
{
	const ldns_rdf *rdf = ldns_rr_rdf(rr, 0);

	assert_int_equal(own->type, ldns_rr_get_type(rr));
	assert_int_equal(own->class, ldns_rr_get_class(rr));
	assert_int_equal(own->ttl, ldns_rr_ttl(rr) & 0x7fffffff);
	same_name(ldns_rr_owner(rr), own->owner);
	if (own->type == DNSRR_TYPE_CNAME) {
		same_name(rdf, own->rdata);
	} else if (own->class == DNSRR_CLASS_IN) {
		assert_non_null(rdf);
		assert_memory_equal(
		    m.msg + own->rdata, ldns_rdf_data(rdf), ldns_rdf_size(rdf));
	}
}

static void
same_message(const ldns_pkt *p)
{
	const ldns_rr_list *answer = ldns_pkt_answer(p);
	const ldns_rr *q = ldns_rr_list_rr(ldns_pkt_question(p), 0);
	unsigned int n = 0;

	assert_int_equal(m.qtype, ldns_rr_get_type(q));
	same_name(ldns_rr_owner(q), 12);
	if (!m.address)
		return;
	assert_int_equal(m.rcode,
	    ldns_pkt_get_rcode(p) | ldns_pkt_edns_extended_rcode(p) << 4);
	for (size_t i = 0; i < ldns_rr_list_rr_count(answer); i++) {
		const ldns_rr *rr = ldns_rr_list_rr(answer, i);

		if (ldns_rr_get_type(rr) != LDNS_RR_TYPE_CNAME &&
		    ldns_rr_get_type(rr) != (ldns_rr_type)m.qtype)
			continue;
		assert_true(n < m.n_rrs);
		same_record(rr, &m.rr[n++]);
	}
	assert_int_equal(n, m.n_rrs);
}

/* Whether it is what follows the message that we do not accept. */
static bool
has_junk(const uint8_t *msg, size_t len)
{
	for (size_t n = len; n > 12; n--) {
		if (dnsmsg_get(&m, msg, n) == 0)
			return true;
	}
	return false;
}

static void
compare(struct tally *t, const uint8_t *msg, size_t len)
{
	ldns_pkt *p = NULL;
	const bool theirs = ldns_wire2pkt(&p, msg, len) == LDNS_STATUS_OK &&
			    ldns_rr_list_rr_count(ldns_pkt_question(p)) > 0;
	const bool ours = dnsmsg_get(&m, msg, len) == 0;

	t->messages++;
	t->same += theirs == ours;
	t->ours_only += ours && !theirs;
	t->ldns_only += theirs && !ours;
	t->junk += theirs && !ours && has_junk(msg, len);
	if (ours && theirs) {
		same_message(p);
		t->addresses += m.address;
	}
	if (theirs || p != NULL)
		ldns_pkt_free(p);
}

static void
compare_stream(struct tally *t, const char *path)
{
	struct stored tape;
	const uint8_t *frame;
	size_t len;
	struct dnstap d;

	assert_true(stored_load(&tape, path));
	while (stored_next(&tape, &frame, &len)) {
		if (dnstap_get(&d, frame, len) < 0)
			continue;
		if (d.response.p != NULL)
			compare(t, d.response.p, d.response.len);
		if (d.query.p != NULL)
			compare(t, d.query.p, d.query.len);
	}
	free(tape.data);
}

/* All streams of ${dir}; false when there is no such directory. */
static bool
compare_all(struct tally *t, const char *dir)
{
	DIR *d = opendir(dir);
	const struct dirent *e;
	char path[1024];

	*t = (struct tally){ 0 };
	if (d == NULL)
		return false;
	while ((e = readdir(d)) != NULL) {
		if (strstr(e->d_name, "tap") == NULL &&
		    strstr(e->d_name, "fstrm") == NULL)
			continue;
		if (strstr(e->d_name, "jsonl") != NULL ||
		    strstr(e->d_name, ".txt") != NULL ||
		    strstr(e->d_name, ".labels") != NULL)
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		compare_stream(t, path);
	}
	(void)closedir(d);
	print_message("%s: %zu messages, %zu for addresses, same %zu, ours "
		      "only %zu, ldns only %zu\n",
	    dir, t->messages, t->addresses, t->same, t->ours_only,
	    t->ldns_only);
	return true;
}

static void
ldns_reads_the_resolvers_messages_as_we_do(void **state)
{
	struct tally t;

	(void)state;
	assert_true(compare_all(&t, OWN));
	assert_int_equal(t.same, t.messages);
	assert_true(t.addresses > 50);
}

/* Octets behind the message; an A record of 5 octets; an OPT as answer. */
static void
of_the_edge_frames_ldns_accepts_three_more(void **state)
{
	struct tally t;

	(void)state;
	assert_true(compare_all(&t, GOLDEN));
	assert_int_equal(t.ours_only, 0);
	assert_int_equal(t.ldns_only, 3);
	assert_int_equal(t.junk, 1);
}

static void
public_streams_differ_only_by_what_follows_messages(void **state)
{
	struct tally t;

	(void)state;
	if (!compare_all(&t, PUBLIC))
		skip();
	assert_int_equal(t.ours_only, 0);
	assert_int_equal(t.ldns_only, t.junk);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ldns_reads_the_resolvers_messages_as_we_do),
		cmocka_unit_test(of_the_edge_frames_ldns_accepts_three_more),
		cmocka_unit_test(
		    public_streams_differ_only_by_what_follows_messages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
