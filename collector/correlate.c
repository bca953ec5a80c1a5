/* SPDX-License-Identifier: BSD-3-Clause */
/* Flows, each with the lookup that led to it, out of all agents' records. */
#include "collector/correlate.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "collector/cover.h"
#include "collector/dnscache.h"
#include "collector/flowmap.h"
#include "collector/intake.h"
#include "collector/order.h"

enum { TCP_SYN = 0x02, TCP_ACK = 0x10 };

/* Agents say every second that they live; a sign may take as long to come. */
#define PROOF_NS (2 * MONO_NS_PER_S)

/* A clock that is so much ahead of ours does not set the pace. */
#define AHEAD_NS (5 * MONO_NS_PER_S)

TAILQ_HEAD(due_list, flow);

struct correlate {
	struct correlate_conf conf;
	struct intake in;
	struct order *order;
	struct cover *cover;
	struct dnscache *cache;
	struct flowcache *flows;
	struct due_list due;  /* pending flows, in the order of their start */
	wall_t now;           /* place in the order that was reached */
	wall_t limit;         /* later places are not believed */
	uint64_t ahead, lost; /* beyond the limit; no memory */
	uint64_t dns_late;
	uint64_t verdict[FLOW_VERDICT_MAX + 1]; /* of flows */
};

/* ---- verdicts ------------------------------------------------------------ */

static const uint8_t *
end_addr(const struct flow *f, unsigned int end)
{
	return f->key.addr[end];
}

/* No lookup led to ${f}: is that proven? */
static void
settle(struct correlate *c, struct flow *f)
{
	const wall_t from = { f->start.ns - c->conf.lookback_ns };

	if (!f->pending)
		return;
	TAILQ_REMOVE(&c->due, f, due);
	f->pending = false;
	if (cover_proves(
		c->cover, f->key.ipver, end_addr(f, f->client), from, f->start))
		f->verdict = FLOW_NONE;
	c->verdict[f->verdict]++;
}

static void
settle_due(struct correlate *c)
{
	const int64_t wait = c->conf.lag_ns + PROOF_NS;
	struct flow *f;

	while ((f = TAILQ_FIRST(&c->due)) != NULL &&
	       c->now.ns - f->judged.ns >= wait)
		settle(c, f);
}

static void
judge(struct correlate *c, struct flow *f)
{
	struct dnscache_hit hit = { 0 };

	switch (dnscache_find(c->cache, f->start, f->key.ipver,
	    end_addr(f, f->client), end_addr(f, !f->client), &hit)) {
	case DNSCACHE_NOTHING:
		f->pending = true;
		f->judged = c->now;
		TAILQ_INSERT_TAIL(&c->due, f, due);
		return;
	case DNSCACHE_OWN:
		f->verdict = FLOW_OWN;
		break;
	case DNSCACHE_AMBIGUOUS:
		f->verdict = FLOW_AMBIGUOUS;
		break;
	case DNSCACHE_EXPIRED:
		f->verdict = FLOW_EXPIRED;
		break;
	case DNSCACHE_OTHER:
		f->verdict = FLOW_OTHER;
		break;
	}
	c->verdict[f->verdict]++;
	f->chain = dnschain_hold(hit.chain);
	f->lookup = hit.time;
	f->past_ns = hit.past_ns;
	f->names = hit.names;
}

static void
on_record(void *arg, struct flow *f, enum flow_end why)
{
	struct correlate *c = arg;

	settle(c, f);
	c->conf.emit(c->conf.arg, f, why);
	if (why != FLOW_END_ACTIVE)
		dnschain_drop(dnscache_chains(c->cache), f->chain);
}

static void
on_forgot(void *arg, uint8_t ipver, const uint8_t client[static 16])
{
	struct correlate *c = arg;

	cover_forget(c->cover, c->now, ipver, client);
}

/* ---- packets ------------------------------------------------------------- */

/* Which end of the new flow ${f} is the client, by its first packet? */
static void
set_roles(const struct correlate *c, struct flow *f, const struct order_pkt *p)
{
	const unsigned int src =
	    memcmp(f->key.addr[0], p->src, p->ipver == 4 ? 4 : 16) != 0 ||
	    f->key.port[0] != p->sport;
	struct obs_pkt k = { .sport = p->sport,
		.dport = p->dport,
		.ipver = p->ipver,
		.proto = p->proto };
	struct flowmap_flow m;

	f->client = (uint8_t)src;
	if (p->sport == 0 && p->dport == 0)
		return;
	memcpy(k.src, p->src, sizeof(k.src));
	memcpy(k.dst, p->dst, sizeof(k.dst));
	if (flowmap_match(c->conf.map, &k, &m)) {
		f->client = (uint8_t)(m.client == FLOWMAP_SRC ? src : !src);
		f->service = m.port;
	} else {
		f->client = (uint8_t)(p->dport <= p->sport ? src : !src);
		f->service = f->key.port[!f->client];
	}
	if (p->proto == IPPROTO_TCP && (p->tcp_flags & TCP_SYN) != 0) {
		const bool answer = (p->tcp_flags & TCP_ACK) != 0;
		const uint8_t client = (uint8_t)(answer ? !src : src);

		if (client != f->client)
			f->service = f->key.port[!client];
		f->client = client;
	}
}

static void
take_packet(struct correlate *c, const struct order_item *it)
{
	bool is_new;
	struct flow *f = flowcache_put(c->flows, it, &is_new);

	if (f == NULL) {
		c->lost++;
	} else if (is_new) {
		set_roles(c, f, &it->pkt);
		judge(c, f);
	}
}

/* ---- DNS ----------------------------------------------------------------- */

static void
take_answer(struct correlate *c, const struct order_item *it)
{
	const struct obs_dns *d = it->dns;

	if (d->ipver == 0)
		return;
	if (d->conn != 0)
		cover_answer(c->cover, it->src->host, it->time, d);
	if (it->at.ns < c->now.ns) {
		c->dns_late++;
		cover_gap(c->cover, it->src->host, c->now);
	}
	if (d->rcode == 0 && d->n_addrs > 0)
		dnscache_put(c->cache, it->time, d);
}

static void
take_dns(struct correlate *c, const struct order_item *it)
{
	const struct obs_dns *d = it->dns;

	switch ((enum obs_dns_what)d->what) {
	case OBS_DNS_ANSWER:
		take_answer(c, it);
		return;
	case OBS_DNS_UP:
		cover_up(c->cover, it->src->host, d->conn, it->time);
		return;
	case OBS_DNS_DOWN:
		cover_down(c->cover, it->src->host, d->conn);
		return;
	case OBS_DNS_ALIVE:
		cover_alive(c->cover, it->src->host, it->time);
		return;
	}
}

/* The next item in the order of all agents. */
static void
on_item(void *arg, const struct order_item *it)
{
	struct correlate *c = arg;

	if (it->at.ns > c->now.ns)
		c->now = it->at;
	settle_due(c);
	switch (it->kind) {
	case ORDER_DNS:
		take_dns(c, it);
		return;
	case ORDER_LOSS:
		cover_gap(c->cover, it->src->host, it->time);
		return;
	case ORDER_GONE:
		cover_gone(c->cover, it->src->host);
		return;
	case ORDER_PKT:
		take_packet(c, it);
		return;
	}
}

/* ---- in ------------------------------------------------------------------ */

struct correlate *
correlate_new(const struct correlate_conf *conf)
{
	struct correlate *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->conf = *conf;
	c->now.ns = 0;
	TAILQ_INIT(&c->due);
	c->order = order_new(conf->window_ns, conf->window_max, on_item, c);
	intake_init(&c->in, c->order, conf->skew_ns);
	c->cover = cover_new(
	    conf->clients_max, conf->lag_ns, conf->all_resolvers, &conf->key);
	c->cache = dnscache_new(&(struct dnscache_conf){ .max = conf->names_max,
	    .grace_ns = conf->grace_ns,
	    .keep_ns = conf->lookback_ns,
	    .key = conf->key,
	    .forgot = on_forgot,
	    .arg = c });
	c->flows =
	    flowcache_new(&(struct flowcache_conf){ .max = conf->flows_max,
		.idle_ns = conf->idle_ns,
		.active_ns = conf->active_ns,
		.key = conf->key,
		.emit = on_record,
		.arg = c });
	if (c->order == NULL || c->cover == NULL || c->cache == NULL ||
	    c->flows == NULL) {
		correlate_free(c);
		errno = ENOMEM;
		return NULL;
	}
	cover_declare(c->cover, conf->covered, conf->n_covered);
	return c;
}

void
correlate_put(struct correlate *c, const struct sink_src *src, uint64_t first,
    const struct obs *o, size_t n)
{
	for (size_t i = 0; i < n; i++)
		intake_put(&c->in, src, first + i, &o[i]);
}

void
correlate_gone(struct correlate *c, const struct sink_src *src)
{
	intake_gone(&c->in, src);
}

void
correlate_clock(struct correlate *c, wall_t now)
{
	c->in.limit.ns = now.ns + AHEAD_NS;
	order_pass(c->order, now);
	const wall_t passed = order_passed(c->order);
	if (passed.ns > c->now.ns)
		c->now = passed;
	settle_due(c);
	flowcache_expire(c->flows, c->now);
}

void
correlate_flush(struct correlate *c)
{
	order_flush(c->order);
	flowcache_flush(c->flows);
}

void
correlate_print(const struct correlate *c, FILE *fp, const char *prefix)
{
	const struct flowcache_count *f = flowcache_count(c->flows);
	const struct dnscache_count *d = dnscache_count(c->cache);
	const struct order_count *o = order_count(c->order);
	const struct {
		const char *name;
		uint64_t v;
	} row[] = {
		{ "packets", f->packets },
		{ "flows", f->flows },
		{ "records", f->records },
		{ "flows_now", flowcache_size(c->flows) },
		{ "clients_now", cover_clients(c->cover) },
		{ "lookups_now", dnscache_size(c->cache) },
		{ "names_now", dnschain_count(dnscache_chains(c->cache)) },
		{ "held_back_now", order_held(c->order) },
		{ "lookups", d->lookups },
		{ "lookups_forgotten_early", d->forgotten },
		{ "flows_ended_early", f->forced },
		{ "packets_unplaced", f->unplaced },
		{ "came_late", o->late },
		{ "answers_late", c->dns_late },
		{ "passed_on_early", o->early },
		{ "clock_ahead", c->in.ahead },
		{ "no_memory", c->lost + c->in.lost },
		{ "verdict_own", c->verdict[FLOW_OWN] },
		{ "verdict_other", c->verdict[FLOW_OTHER] },
		{ "verdict_expired", c->verdict[FLOW_EXPIRED] },
		{ "verdict_ambiguous", c->verdict[FLOW_AMBIGUOUS] },
		{ "verdict_none", c->verdict[FLOW_NONE] },
		{ "verdict_unknown", c->verdict[FLOW_UNKNOWN] },
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		fprintf(fp, "%s.%s %ju\n", prefix, row[i].name,
		    (uintmax_t)row[i].v);
	}
}

void
correlate_free(struct correlate *c)
{
	if (c == NULL)
		return;
	order_free(c->order);
	flowcache_free(c->flows);
	dnscache_free(c->cache);
	cover_free(c->cover);
	free(c);
}
