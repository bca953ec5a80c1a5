/* SPDX-License-Identifier: BSD-3-Clause */
/* links: collector/correlate collector/cover collector/dnscache collector/dnschain collector/flowcache collector/flowmap collector/intake collector/modelnet collector/order tests/unit/answer wire/dnsname */
/* Random lookups, flows and losses: the verdicts against all that happened. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/correlate.h"
#include "collector/flowmap.h"
#include "tests/unit/answer.h"
#include "wire/dnsname.h"

#define MS       MONO_NS_PER_MS
#define SKEW     100
#define GRACE    2000
#define LOOKBACK 20000
#define STEPS    6000

enum { CLIENTS = 4, ADDRS = 16, UNASKED = 2, NAMES = 5, RESOLVERS = 2 };

/* What happened, seen or missed; times are milliseconds. */
struct lookup {
	int64_t at, ttl;
	int client, addr, name;
	bool missed;
};

struct start {
	int64_t at;
	int client, addr;
};

static struct lookup lookup[STEPS];
static struct start start[STEPS];
static size_t n_lookups, n_starts;
static size_t seen[FLOW_VERDICT_MAX + 1];
static const struct sink_src tap_host = { .host = 1, .name = "tap" };
static const struct sink_src cap_host = { .host = 2, .name = "cap" };
static unsigned int seed;

static int
any(int n)
{
	return (int)((unsigned int)rand_r(&seed) % (unsigned int)n);
}

/* Does ${l} concern the flow ${s}, in its time? */
static bool
concerns(const struct lookup *l, const struct start *s)
{
	return l->addr == s->addr && l->at <= s->at + SKEW;
}

static bool
is_live(const struct lookup *l, const struct start *s)
{
	return s->at - l->at <= l->ttl + GRACE;
}

static bool
is_own(const struct lookup *l, const struct start *s)
{
	return !l->missed && l->client == s->client && concerns(l, s);
}

/* Is the name of ${own} still in force by another lookup, or this one? */
static bool
is_in_force(const struct lookup *own, const struct start *s)
{
	for (size_t i = 0; i < n_lookups; i++) {
		const struct lookup *l = &lookup[i];

		if (is_own(l, s) && l->name == own->name && is_live(l, s))
			return true;
	}
	return false;
}

/*
 * The latest lookup that was seen and leads to ${s}, of a name in force if
 * ${live}; and the number of such names.
 */
static const struct lookup *
find_own(const struct start *s, bool live, int *ret_names)
{
	const struct lookup *latest = NULL;
	bool name[NAMES] = { false };

	*ret_names = 0;
	for (size_t i = 0; i < n_lookups; i++) {
		const struct lookup *l = &lookup[i];

		if (!is_own(l, s) || (live && !is_in_force(l, s)))
			continue;
		*ret_names += !name[l->name];
		name[l->name] = true;
		if (latest == NULL || l->at >= latest->at)
			latest = l;
	}
	return latest;
}

static void
expect_name(const struct flow *f, int name)
{
	char text[DNSNAME_TEXT_MAX + 1], want[32];

	*dnsname_text(text, f->chain->names) = '\0';
	(void)snprintf(want, sizeof(want), "n%d.example.", name);
	assert_string_equal(text, want);
}

/* No lookup of the client, seen or missed, may have led there. */
static void
expect_none(const struct start *s)
{
	for (size_t i = 0; i < n_lookups; i++) {
		const struct lookup *l = &lookup[i];

		if (l->client == s->client && l->addr == s->addr &&
		    l->at <= s->at && s->at - l->at <= LOOKBACK) {
			fail_msg("none at %lld, but looked up at %lld%s",
			    (long long)s->at, (long long)l->at,
			    l->missed ? ", missed" : "");
		}
	}
}

static void
on_flow(void *arg, struct flow *f, enum flow_end why)
{
	const uint8_t *client = f->key.addr[f->client];
	const struct start *s = &start[f->key.port[f->client] - 1024];
	const struct lookup *own;
	int names;

	(void)arg;
	(void)why;
	assert_int_equal(client[3], s->client + 1);
	seen[f->verdict]++;
	own = find_own(s, true, &names);
	switch (f->verdict) {
	case FLOW_OWN:
		assert_int_equal(names, 1);
		expect_name(f, own->name);
		return;
	case FLOW_AMBIGUOUS:
		assert_true(names > 1);
		assert_int_equal(f->names, names);
		expect_name(f, own->name);
		return;
	case FLOW_EXPIRED:
		assert_null(own);
		own = find_own(s, false, &names);
		assert_non_null(own);
		expect_name(f, own->name);
		return;
	case FLOW_OTHER:
	case FLOW_UNKNOWN:
		assert_null(own);
		return;
	case FLOW_NONE:
		assert_null(own);
		expect_none(s);
		return;
	}
}

/* ---- what happens -------------------------------------------------------- */

static struct {
	int64_t now;
	bool up[RESOLVERS];
	uint32_t conn[RESOLVERS], conns;
	uint64_t nr;
} world;

static void
put(struct correlate *c, const struct sink_src *src, struct obs *o)
{
	correlate_put(c, src, world.nr++, o, 1);
}

static void
tap(struct correlate *c, enum obs_dns_what what, uint32_t conn)
{
	struct obs o = { .kind = OBS_DNS,
		.time = { world.now * MS },
		.dns = { .what = (uint8_t)what, .conn = conn } };

	put(c, &tap_host, &o);
}

static void
gap(struct correlate *c)
{
	struct obs o = { .kind = OBS_LOSS,
		.time = { world.now * MS },
		.loss = { .reason = OBS_LOSS_DNSTAP, .count = 1 } };

	put(c, &tap_host, &o);
}

/* Each client asks one resolver, but the last one both. */
static int
resolver_of(int client)
{
	return client == CLIENTS - 1 ? any(RESOLVERS) : client % RESOLVERS;
}

static void
look_up(struct correlate *c)
{
	struct lookup *l = &lookup[n_lookups++];
	char client[32], name[32], addr[32];
	int r;
	struct obs o;

	*l = (struct lookup){ .at = world.now,
		.ttl = INT64_C(1000) * (1 + any(8)),
		.client = any(CLIENTS),
		.addr = any(ADDRS),
		.name = any(NAMES) };
	r = resolver_of(l->client);
	l->missed = !world.up[r] || any(200) == 0;
	if (l->missed) {
		if (world.up[r])
			gap(c);
		return;
	}
	(void)snprintf(client, sizeof(client), "10.0.0.%d", l->client + 1);
	(void)snprintf(name, sizeof(name), "n%d.example", l->name);
	(void)snprintf(addr, sizeof(addr), "192.0.2.%d/%d", l->addr + 1,
	    (int)(l->ttl / 1000));
	answer_make(&o, l->at, client, name, addr);
	o.dns.conn = world.conn[r];
	o.dns.resolver = r == 0 ? "r0" : "r1";
	put(c, &tap_host, &o);
}

static void
begin_flow(struct correlate *c)
{
	struct start *s = &start[n_starts];
	struct obs o = { .kind = OBS_PKT,
		.time = { world.now * MS },
		.pkt = { .ipver = 4,
		    .src = { 10, 0, 0 },
		    .dst = { 192, 0, 2 },
		    .sport = (uint16_t)(1024 + n_starts),
		    .dport = 443,
		    .has = OBS_HAS_PORTS,
		    .proto = IPPROTO_TCP,
		    .tcp_flags = 0x02 } };

	*s = (struct start){ world.now, any(CLIENTS), any(ADDRS + UNASKED) };
	o.pkt.src[3] = (uint8_t)(s->client + 1);
	o.pkt.dst[3] = (uint8_t)(s->addr + 1);
	n_starts++;
	put(c, &cap_host, &o);
}

/* A resolver goes, or comes back; most of the time both are there. */
static void
turn_resolver(struct correlate *c)
{
	const int r = any(RESOLVERS);

	if (world.up[r] && any(4) != 0)
		return;
	if (world.up[r]) {
		tap(c, OBS_DNS_DOWN, world.conn[r]);
	} else {
		world.conn[r] = ++world.conns;
		tap(c, OBS_DNS_UP, world.conn[r]);
	}
	world.up[r] = !world.up[r];
}

static void
live_on(struct correlate *c)
{
	int64_t alive = 0;

	for (int r = 0; r < RESOLVERS; r++) {
		world.conn[r] = ++world.conns;
		world.up[r] = true;
		tap(c, OBS_DNS_UP, world.conn[r]);
	}
	for (int i = 0; i < STEPS; i++) {
		const int what = any(100);

		world.now += any(150);
		if (world.now >= alive + 1000) {
			alive = world.now;
			tap(c, OBS_DNS_ALIVE, 0);
		}
		if (what < 12) {
			look_up(c);
		} else if (what < 40) {
			begin_flow(c);
		} else if (what == 99 && any(4) == 0) {
			turn_resolver(c);
		}
	}
}

static void
no_verdict_contradicts_what_happened(void **state)
{
	struct flowmap *map = flowmap_new();

	(void)state;
	assert_non_null(map);
	assert_int_equal(flowmap_defaults(map), 0);
	for (seed = 1; seed <= 30;) {
		const unsigned int round = seed;
		struct correlate *c =
		    correlate_new(&(struct correlate_conf){ .map = map,
			.all_resolvers = true,
			.window_ns = 1000 * MS,
			.window_max = 100000,
			.skew_ns = SKEW * MS,
			.lag_ns = 1000 * MS,
			.grace_ns = GRACE * MS,
			.lookback_ns = LOOKBACK * MS,
			.idle_ns = 15000 * MS,
			.active_ns = 300000 * MS,
			.flows_max = 10000,
			.names_max = 10000,
			.clients_max = 100,
			.key = { { round, 1 } },
			.emit = on_flow });

		assert_non_null(c);
		memset(&world, 0, sizeof(world));
		world.now = 1000000;
		n_lookups = n_starts = 0;
		live_on(c);
		correlate_flush(c);
		correlate_free(c);
		seed = round + 1;
	}
	for (size_t i = 0; i <= FLOW_VERDICT_MAX; i++)
		assert_true(seen[i] > 100);
	flowmap_free(map);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_verdict_contradicts_what_happened),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
