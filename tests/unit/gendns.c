/* SPDX-License-Identifier: BSD-3-Clause */
/* DNS observations at random, their copies, and what of them arrives. */
#include "tests/unit/gendns.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/dnsname.h"

#define NAMES_ROOM ((size_t)OBS_DNS_NAMES_MAX * DNSNAME_MAX)

/* An observation and what it points to, in one piece. */
struct whole {
	struct obs o; /* first: a whole is found by it */
	char resolver[OBS_DNS_RESOLVER_MAX];
	uint8_t names[NAMES_ROOM];
	struct obs_dns_addr addrs[OBS_DNS_ADDRS_MAX];
};

static struct whole *
new_whole(void)
{
	struct whole *w = calloc(1, sizeof(*w));

	if (w == NULL)
		abort();
	w->o.kind = OBS_DNS;
	w->o.dns.names = w->names;
	w->o.dns.addrs = w->addrs;
	w->o.dns.resolver = w->resolver;
	return w;
}

/* What clients ask for, and content networks answer. */
static size_t
usual_name(struct gen *g, uint8_t *dst, bool target)
{
	static const char *const zone[] = { "example.com", "example.org",
		"static.example.net", "example.co.uk", "test" };
	static const char *const host[] = { "www", "api", "img", "mail", "cdn",
		"" };
	char text[128];
	int n;

	if (target) {
		n = snprintf(text, sizeof(text), "e%u.dsc%c.edge.example.net",
		    gen_below(g, 300), 'a' + (int)gen_below(g, 4));
	} else {
		n = snprintf(text, sizeof(text), "%s%s%u.%s",
		    host[gen_below(g, 6)], gen_below(g, 2) ? "." : "",
		    gen_below(g, 60), zone[gen_below(g, 5)]);
		if (text[0] == '.')
			return dnsname_parse(dst, text + 1, (size_t)n - 1);
	}
	return dnsname_parse(dst, text, (size_t)n);
}

/* Labels of any octets, up to the longest name. */
static size_t
odd_name(struct gen *g, uint8_t *dst)
{
	unsigned int labels = gen_below(g, 8) == 0 ? 127 : gen_below(g, 6);
	size_t at = 0;

	while (labels-- > 0) {
		const unsigned int len =
		    1 + gen_below(g, gen_below(g, 3) == 0 ? 63 : 3);

		if (at + len + 2 > DNSNAME_MAX)
			break;
		dst[at++] = (uint8_t)len;
		for (unsigned int i = 0; i < len; i++)
			dst[at++] = (uint8_t)gen_below(g, 256);
	}
	dst[at++] = 0;
	dnsname_lower(dst);
	return at;
}

static void
make_addrs(struct gen *g, struct whole *w)
{
	struct obs_dns *d = &w->o.dns;
	const uint32_t ttl = 1 + gen_below(g, 300);

	d->n_addrs = (uint16_t)gen_below(g, 5);
	if (!g->calm && gen_below(g, 200) == 0)
		d->n_addrs = (uint16_t)(OBS_DNS_ADDRS_MAX - gen_below(g, 2));
	for (unsigned int i = 0; i < d->n_addrs; i++) {
		struct obs_dns_addr *a = &w->addrs[i];

		a->ttl = g->calm || gen_below(g, 4) > 0
			     ? ttl
			     : gen_below(g, 4) * 0x55555555u;
		for (unsigned int k = 0; k < (d->qtype == 28 ? 16 : 4); k++)
			a->addr[k] = (uint8_t)gen_below(g, k < 2 ? 4 : 256);
	}
}

static void
make_answer(struct gen *g, struct whole *w)
{
	struct obs_dns *d = &w->o.dns;
	size_t at = 0;

	d->ipver = (uint8_t)(2 * gen_below(g, 3) + 2);
	if (d->ipver == 2)
		d->ipver = g->calm ? 4 : 0;
	if (d->ipver > 0) {
		d->client[0] = 10;
		d->client[3] = (uint8_t)gen_below(g, g->calm ? 20 : 256);
		d->client[2] = (uint8_t)gen_below(g, g->calm ? 1 : 256);
	}
	d->qtype = gen_below(g, 3) == 0 ? 28 : 1;
	d->rcode = gen_below(g, 10) == 0 ? 3 : 0;
	d->n_names = (uint16_t)(1 + gen_below(g, 4) * gen_below(g, 2));
	if (!g->calm && gen_below(g, 50) == 0)
		d->n_names = OBS_DNS_NAMES_MAX;
	for (unsigned int i = 0; i < d->n_names; i++) {
		at += g->calm || gen_below(g, 3) > 0
			  ? usual_name(g, w->names + at, i > 0)
			  : odd_name(g, w->names + at);
	}
	if (d->rcode == 0)
		make_addrs(g, w);
	if (!g->calm && d->n_addrs == 0 && gen_below(g, 3) == 0)
		d->qtype = (uint16_t)gen_below(g, 65536);
	if (!g->calm && gen_below(g, 20) == 0)
		d->rcode = (uint16_t)gen_below(g, 65536);
}

static void
make_source(struct gen *g, struct whole *w)
{
	const unsigned int n = gen_below(g, g->calm ? 40 : 4);

	w->o.dns.conn = 1 + (n == 1);
	if (!g->calm && n == 2)
		w->o.dns.conn = UINT32_MAX - gen_below(g, 2);
	if (n != 3) {
		snprintf(w->resolver, sizeof(w->resolver), "unbound %u",
		    w->o.dns.conn);
	}
	if (!g->calm && n == 0) {
		memset(w->resolver, ' ' + (int)gen_below(g, 95),
		    OBS_DNS_RESOLVER_MAX - 1);
	}
}

struct obs *
gendns_new(struct gen *g)
{
	struct whole *w = new_whole();
	static const int64_t far[] = { INT64_MIN, INT64_MAX, 0, -1 };

	g->now += 1000 * (int64_t)gen_below(g, 100000);
	w->o.time.ns = g->now;
	if (!g->calm && gen_below(g, 30) == 0)
		w->o.time.ns = far[gen_below(g, 4)];
	if (!g->calm && gen_below(g, 10) == 0)
		w->o.time.ns -= w->o.time.ns > 0 ? gen_below(g, 100000) : 0;
	if (gen_below(g, g->calm ? 50 : 10) == 0) {
		w->o.dns.what = (uint8_t)(1 + gen_below(g, 3));
	} else {
		make_answer(g, w);
	}
	if (w->o.dns.what != OBS_DNS_ALIVE || !g->calm)
		make_source(g, w);
	return &w->o;
}

struct obs *
gendns_max(unsigned int ipver)
{
	struct whole *w = new_whole();
	struct obs_dns *d = &w->o.dns;

	d->ipver = (uint8_t)ipver;
	d->qtype = ipver == 6 ? 28 : 1;
	d->rcode = UINT16_MAX;
	d->conn = UINT32_MAX;
	d->n_names = OBS_DNS_NAMES_MAX;
	d->n_addrs = OBS_DNS_ADDRS_MAX;
	memset(d->client, 0xff, ipver == 6 ? 16 : 4);
	memset(w->resolver, '\\', OBS_DNS_RESOLVER_MAX - 1);
	for (size_t i = 0; i < NAMES_ROOM; i += DNSNAME_MAX) {
		static const uint8_t label[] = { 63, 63, 63, 61 };

		for (size_t at = i, k = 0; k < 4; at += label[k++] + 1u) {
			memset(&w->names[at], 0xff, label[k] + 1u);
			w->names[at] = label[k];
			w->names[at + 1] = (uint8_t)(128 + i / DNSNAME_MAX);
		}
		w->names[i + DNSNAME_MAX - 1] = 0;
	}
	for (unsigned int i = 0; i < OBS_DNS_ADDRS_MAX; i++) {
		w->addrs[i].ttl = UINT32_MAX - i;
		for (unsigned int k = 0; k < (ipver == 6 ? 16 : 4); k++) {
			w->addrs[i].addr[k] =
			    (uint8_t)((i + k + 1) * 2654435761u >> 13);
		}
	}
	return &w->o;
}

size_t
gendns_len(const struct obs_dns *d)
{
	size_t at = 0;

	for (unsigned int i = 0; i < d->n_names; i++)
		at += dnsname_get(d->names + at, DNSNAME_MAX);
	return at;
}

struct obs *
gendns_copy(const struct obs *o)
{
	struct whole *w = new_whole();
	const struct obs_dns *d = &o->dns;
	struct obs_dns to = *d;

	to.names = w->names;
	to.addrs = w->addrs;
	to.resolver = w->resolver;
	if (d->n_names > 0)
		memcpy(w->names, d->names, gendns_len(d));
	if (d->n_addrs > 0)
		memcpy(w->addrs, d->addrs, d->n_addrs * sizeof(*d->addrs));
	snprintf(w->resolver, sizeof(w->resolver), "%s", d->resolver);
	w->o = *o;
	w->o.dns = to;
	return &w->o;
}

void
gendns_free(struct obs *o)
{
	free(o);
}

void
gendns_floor(struct obs *o, unsigned int tick_exp)
{
	const struct hello_params par = { .tick_exp = (uint8_t)tick_exp };
	const struct obs at = { .kind = OBS_HOST, .time = o->time };

	o->time = gen_expect(&at, &par).time;
}

bool
gendns_same(const struct obs_dns *a, const struct obs_dns *b)
{
	if (a->what != b->what || a->ipver != b->ipver ||
	    memcmp(a->client, b->client, sizeof(a->client)) != 0 ||
	    a->qtype != b->qtype || a->rcode != b->rcode ||
	    a->conn != b->conn || a->n_names != b->n_names ||
	    a->n_addrs != b->n_addrs || strcmp(a->resolver, b->resolver) != 0)
		return false;
	if (a->n_names > 0 &&
	    (gendns_len(a) != gendns_len(b) ||
		memcmp(a->names, b->names, gendns_len(a)) != 0))
		return false;
	for (unsigned int i = 0; i < a->n_addrs; i++) {
		if (a->addrs[i].ttl != b->addrs[i].ttl ||
		    memcmp(a->addrs[i].addr, b->addrs[i].addr, 16) != 0)
			return false;
	}
	return true;
}
