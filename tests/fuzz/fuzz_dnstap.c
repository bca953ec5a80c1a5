/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/dnsobs agent/dnstap agent/dnsmsg agent/dnsrr agent/dnschain agent/dnsdup wire/dnsname -lresolv */
/* dnstap frames: what is made of them lies inside, holds together, and is
 * the same with unknown fields around it. */
#include <stdlib.h>
#include <string.h>

#include "agent/dnsobs.h"
#include "agent/dnstap.h"
#include "wire/dnsname.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool so)
{
	if (!so)
		abort();
}

static void
inside(const struct dnstap_bytes *b, const uint8_t *data, size_t size)
{
	must(b->p == NULL || (b->p >= data && b->p + b->len <= data + size));
}

static bool
same(const struct dnstap_bytes *a, const struct dnstap_bytes *b)
{
	if (a->p == NULL || b->p == NULL)
		return a->p == b->p;
	return a->len == b->len && memcmp(a->p, b->p, a->len) == 0;
}

static void
walk(const uint8_t *data, size_t size)
{
	static const uint8_t field[] = { 0xfa, 0x07, 2, 'x', 'y' };
	uint8_t *more = malloc(size + 2 * sizeof(field));
	struct dnstap d = { 0 };
	struct dnstap again = { 0 };
	const int rc = dnstap_get(&d, data, size);

	must(more != NULL);
	memcpy(more, field, sizeof(field));
	if (size > 0)
		memcpy(more + sizeof(field), data, size);
	memcpy(more + sizeof(field) + size, field, sizeof(field));
	if (rc == 0) {
		inside(&d.identity, data, size);
		inside(&d.client, data, size);
		inside(&d.query, data, size);
		inside(&d.response, data, size);
		must(d.client.p == NULL || d.client.len == 4 ||
		     d.client.len == 16);
		must(dnstap_get(&again, more, size + 2 * sizeof(field)) == 0);
		must(d.type == again.type && d.has_time == again.has_time &&
		     d.time.ns == again.time.ns);
		must(same(&d.client, &again.client) &&
		     same(&d.query, &again.query) &&
		     same(&d.response, &again.response) &&
		     same(&d.identity, &again.identity));
	}
	free(more);
}

static void
check(const struct obs_dns *o, bool old)
{
	const uint8_t *p = o->names;

	must(o->n_names >= 1 && o->n_names <= OBS_DNS_NAMES_MAX);
	must(o->n_addrs <= OBS_DNS_ADDRS_MAX);
	must(o->qtype == 1 || o->qtype == 28);
	for (unsigned int i = 0; i < o->n_names; i++) {
		uint8_t name[DNSNAME_MAX];
		const size_t n = dnsname_get(p, DNSNAME_MAX);

		must(n > 0);
		memcpy(name, p, n);
		dnsname_lower(name);
		must(memcmp(name, p, n) == 0);
		p += n;
	}
	must(strlen(o->resolver) < OBS_DNS_RESOLVER_MAX);
	if (o->rcode == 3)
		must(o->n_addrs == 0 && o->n_names == 1);
	if (o->rcode == 0)
		must(o->n_addrs > 0);
	must(old || (o->ipver != 0 && (o->rcode == 0 || o->rcode == 3)));
}

static enum dnsobs_verdict
judge(struct dnsobs *d, const uint8_t *data, size_t size, bool old)
{
	struct obs o;
	const enum dnsobs_verdict v =
	    dnsobs_take(d, &o, data, size, wall_make(1, 0));

	must(v <= DNSOBS_VERDICT_MAX && o.kind == OBS_DNS);
	if (v == DNSOBS_ANSWER)
		check(&o.dns, old);
	return v;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct dnsobs *ours, *theirs;
	enum dnsobs_verdict v;

	if (ours == NULL) {
		struct dnsobs_conf c = { .dup = DNSDUP_OFF,
			.key = { { 0x9e3779b97f4a7c15, 0xd6e8feb86659fd93 } } };

		ours = dnsobs_new(&c);
		c.old = true;
		theirs = dnsobs_new(&c);
		must(ours != NULL && theirs != NULL);
	}
	walk(data, size);
	v = judge(ours, data, size, false);
	/* what is an answer by our rules is one by the old ones */
	must(judge(theirs, data, size, true) == v || v == DNSOBS_RCODE ||
	     v == DNSOBS_NO_CLIENT);
	return 0;
}
