/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/dnsmsg agent/dnsrr agent/dnschain wire/dnsname -lresolv */
/* DNS messages: offsets lie inside, chains hold, no cut message is whole. */
#include <stdlib.h>
#include <string.h>

#include "agent/dnschain.h"
#include "agent/dnsmsg.h"
#include "agent/dnsrr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct dnsmsg m;
static struct dnsmsg shorter;

static void
must(bool so)
{
	if (!so)
		abort();
}

static void
check_records(const uint8_t *data, size_t size)
{
	uint8_t name[DNSNAME_MAX];

	must(m.n_rrs <= DNSMSG_RRS_MAX);
	for (unsigned int i = 0; i < m.n_rrs; i++) {
		const struct dnsmsg_rr *rr = &m.rr[i];
		const size_t n = dnsrr_unpack(name, data, size, rr->owner);

		must(n > 0 && n <= DNSNAME_MAX && rr->rdata <= size);
		must(rr->type == m.qtype || rr->type == DNSRR_TYPE_CNAME);
		if (rr->type == DNSRR_TYPE_CNAME)
			must(dnsrr_unpack(name, data, size, rr->rdata) > 0);
	}
}

/* Whether an address of the chain is one of a record. */
static void
check_address(const struct obs_dns *o, unsigned int i)
{
	const size_t len = m.qtype == DNSRR_TYPE_A ? 4 : 16;

	for (unsigned int k = 0; k < m.n_rrs; k++) {
		if (m.rr[k].type == m.qtype &&
		    m.rr[k].class == DNSRR_CLASS_IN &&
		    memcmp(o->addrs[i].addr, m.msg + m.rr[k].rdata, len) == 0)
			return;
	}
	abort();
}

/* The plain way: look for each name in all records. */
static unsigned int
hops(const struct obs_dns *o)
{
	const uint8_t *p = o->names;
	uint8_t owner[DNSNAME_MAX], target[DNSNAME_MAX];
	unsigned int found = 0;

	for (unsigned int i = 0; i + 1u < o->n_names; i++) {
		const size_t n = dnsname_get(p, DNSNAME_MAX);
		const uint8_t *next = p + n;
		const size_t k = dnsname_get(next, DNSNAME_MAX);

		for (unsigned int r = 0; r < m.n_rrs; r++) {
			const struct dnsmsg_rr *rr = &m.rr[r];

			if (rr->type != DNSRR_TYPE_CNAME ||
			    dnsrr_unpack(owner, m.msg, m.len, rr->owner) != n ||
			    memcmp(owner, p, n) != 0 ||
			    dnsrr_unpack(target, m.msg, m.len, rr->rdata) !=
				k ||
			    memcmp(target, next, k) != 0)
				continue;
			found++;
			break;
		}
		p = next;
	}
	return found;
}

static void
check_chain(struct dnschain *c)
{
	struct obs_dns o = { 0 };
	const enum dnschain_end end = dnschain_walk(c, &o, &m);

	if (end == DNSCHAIN_TOO_LARGE) {
		must(o.n_names == 0 && o.n_addrs == 0);
		return;
	}
	must((end == DNSCHAIN_ADDRESS) == (o.n_addrs > 0));
	must(o.n_names >= 1 && o.n_names <= OBS_DNS_NAMES_MAX);
	must(memcmp(o.names, m.qname, m.qname_len) == 0);
	must(hops(&o) == o.n_names - 1u);
	for (unsigned int i = 0; i < o.n_addrs; i++)
		check_address(&o, i);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct hash_key key = { { 0x9e3779b97f4a7c15,
	    0xd6e8feb86659fd93 } };
	static struct dnschain *c;

	if (c == NULL)
		c = dnschain_new(&key);
	must(c != NULL);
	for (size_t at = 0; at < size && at < 64; at++) {
		const size_t n = dnsrr_name(data, size, at);

		must(at + n <= size && n <= DNSNAME_MAX + 1);
	}
	if (dnsmsg_get(&m, data, size) < 0 || !m.address)
		return 0;
	must(dnsmsg_check(data, size));
	check_records(data, size);
	check_chain(c);
	must(dnsmsg_get(&shorter, data, size - 1) < 0);
	return 0;
}
