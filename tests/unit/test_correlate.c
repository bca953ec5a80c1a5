/* SPDX-License-Identifier: BSD-3-Clause */
/* links: collector/correlate collector/cover collector/dnscache collector/dnschain collector/flowcache collector/flowmap collector/intake collector/modelnet collector/order tests/unit/answer wire/dnsname */
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

enum { FIN = 0x01, SYN = 0x02, RST = 0x04, ACK = 0x10 };

static const struct sink_src host[] = { { .host = 1, .name = "one" },
	{ .host = 2, .name = "two" }, { .host = 3, .name = "three" } };
static struct modelnet covered = { { 10, 7 }, 4, 16 };
static struct flowmap *map;
static char got[65536]; /* one line for each record */
static uint64_t nr;

static const char *
verdict_name(const struct flow *f)
{
	static const char *const name[] = { "unknown", "none", "own",
		"ambiguous", "expired", "other" };

	return name[f->verdict];
}

static void
on_flow(void *arg, struct flow *f, enum flow_end why)
{
	static const char *const end[] = { "idle", "closed", "active", "forced",
		"input" };
	char name[DNSNAME_TEXT_MAX + 1] = "-";
	uint64_t b_out, b_in;
	const uint64_t out = flowcache_total(f, f->client, &b_out);
	const uint64_t in = flowcache_total(f, !f->client, &b_in);
	const uint8_t *client = f->key.addr[f->client];
	const size_t len = strlen(got);

	(void)arg;
	if (f->chain != NULL)
		*dnsname_text(name, f->chain->names) = '\0';
	(void)snprintf(got + len, sizeof(got) - len,
	    "%u.%u.%u.%u:%u %llu/%llu %llu/%llu %s %s %s%s", client[0],
	    client[1], client[2], client[3], f->service,
	    (unsigned long long)out, (unsigned long long)b_out,
	    (unsigned long long)in, (unsigned long long)b_in, end[why],
	    verdict_name(f), name, "\n");
}

static struct correlate_conf
conf(void)
{
	return (struct correlate_conf){ .map = map,
		.covered = &covered,
		.n_covered = 1,
		.window_ns = 1000 * MONO_NS_PER_MS,
		.window_max = 100000,
		.skew_ns = 100 * MONO_NS_PER_MS,
		.lag_ns = 2000 * MONO_NS_PER_MS,
		.grace_ns = 10 * MONO_NS_PER_S,
		.lookback_ns = 60 * MONO_NS_PER_S,
		.idle_ns = 15 * MONO_NS_PER_S,
		.active_ns = 300 * MONO_NS_PER_S,
		.flows_max = 1000,
		.names_max = 1000,
		.clients_max = 1000,
		.key = { { 5, 6 } },
		.emit = on_flow };
}

static struct correlate *
make(void)
{
	const struct correlate_conf cc = conf();
	struct correlate *c = correlate_new(&cc);

	assert_non_null(c);
	got[0] = '\0';
	nr = 0;
	return c;
}

static int
make_map(void **state)
{
	(void)state;
	return (map = flowmap_new()) == NULL || flowmap_defaults(map) != 0;
}

static int
free_map(void **state)
{
	(void)state;
	flowmap_free(map);
	return 0;
}

/* A packet of 100 octets at , from "ADDR:PORT" to "ADDR:PORT". */
static struct obs
packet(
    int64_t ms, const char *from, const char *to, uint8_t proto, uint8_t flags)
{
	struct obs o = { .kind = OBS_PKT, .time = { ms * MONO_NS_PER_MS } };
	struct obs_pkt *k = &o.pkt;
	char end[64], *port;

	(void)snprintf(end, sizeof(end), "%s", from);
	port = strrchr(end, ':');
	*port++ = '\0';
	k->ipver = answer_addr(k->src, end);
	k->sport = (uint16_t)strtoul(port, NULL, 10);
	(void)snprintf(end, sizeof(end), "%s", to);
	port = strrchr(end, ':');
	*port++ = '\0';
	(void)answer_addr(k->dst, end);
	k->dport = (uint16_t)strtoul(port, NULL, 10);
	k->has = k->dport != 0 ? OBS_HAS_PORTS : 0;
	k->proto = proto;
	k->tcp_flags = flags;
	k->len = 100;
	return o;
}

static void
tcp(struct correlate *c, int64_t ms, const char *from, const char *to,
    uint8_t flags)
{
	const struct obs o = packet(ms, from, to, IPPROTO_TCP, flags);

	correlate_put(c, &host[0], nr++, &o, 1);
}

static void
dns(struct correlate *c, int64_t ms, const char *client, const char *chain,
    const char *addrs)
{
	struct obs o;

	answer_make(&o, ms, client, chain, addrs);
	o.dns.conn = 1;
	correlate_put(c, &host[1], nr++, &o, 1);
}

static void
tap(struct correlate *c, int64_t ms, enum obs_dns_what what)
{
	struct obs o = { .kind = OBS_DNS,
		.time = { ms * MONO_NS_PER_MS },
		.dns = { .what = (uint8_t)what,
		    .conn = what == OBS_DNS_ALIVE ? 0 : 1 } };

	correlate_put(c, &host[1], nr++, &o, 1);
}

static void
gap(struct correlate *c, int64_t ms, uint32_t reason)
{
	const struct obs o = { .kind = OBS_LOSS,
		.time = { ms * MONO_NS_PER_MS },
		.loss = { .reason = reason, .count = 1 } };

	correlate_put(c, &host[1], nr++, &o, 1);
}

static void
ends_with(struct correlate *c, const char *want)
{
	correlate_flush(c);
	assert_string_equal(got, want);
	correlate_free(c);
}

static void
a_flow_has_the_name_its_client_looked_up(void **state)
{
	struct correlate *c = make();

	(void)state;
	dns(c, 1000, "10.0.0.1", "www.example cdn.example", "192.0.2.1/60");
	tcp(c, 1010, "10.0.0.1:40000", "192.0.2.1:443", SYN);
	tcp(c, 1020, "192.0.2.1:443", "10.0.0.1:40000", SYN | ACK);
	ends_with(c, "10.0.0.1:443 1/100 1/100 input own www.example.\n");
}

static void
the_lookup_may_arrive_after_the_flow(void **state)
{
	struct correlate *c = make();

	(void)state;
	tcp(c, 1010, "10.0.0.1:40000", "192.0.2.1:443", SYN);
	tcp(c, 1900, "10.0.0.1:40000", "192.0.2.1:443", ACK);
	dns(c, 1000, "10.0.0.1", "www.example", "192.0.2.1/60");
	ends_with(c, "10.0.0.1:443 2/200 0/0 input own www.example.\n");
}

static void
clocks_may_differ_by_the_skew(void **state)
{
	struct correlate *c = make();

	(void)state;
	dns(c, 1090, "10.0.0.1", "near.example", "192.0.2.1/60");
	dns(c, 1110, "10.0.0.1", "far.example", "192.0.2.2/60");
	tcp(c, 1000, "10.0.0.1:40000", "192.0.2.1:443", SYN);
	tcp(c, 1001, "10.0.0.1:40001", "192.0.2.2:443", SYN);
	ends_with(c, "10.0.0.1:443 1/100 0/0 input own near.example.\n"
		     "10.0.0.1:443 1/100 0/0 input unknown -\n");
}

static void
a_verdict_is_that_of_the_first_packet_for_life(void **state)
{
	struct correlate *c = make();

	(void)state;
	dns(c, 1000, "10.0.0.1", "first.example", "192.0.2.1/6000");
	tcp(c, 2000, "10.0.0.1:40000", "192.0.2.1:443", SYN);
	dns(c, 3000, "10.0.0.1", "second.example", "192.0.2.1/6000");
	for (int64_t ms = 10000; ms < 320000; ms += 10000)
		tcp(c, ms, "10.0.0.1:40000", "192.0.2.1:443", ACK);
	ends_with(c, "10.0.0.1:443 31/3100 0/0 active own first.example.\n"
		     "10.0.0.1:443 1/100 0/0 input own first.example.\n");
}

static void
expired_other_and_ambiguous_are_told_apart(void **state)
{
	struct correlate *c = make();

	(void)state;
	dns(c, 1000, "10.0.0.1", "short.example", "192.0.2.1/1");
	dns(c, 1000, "10.0.0.2", "theirs.example", "192.0.2.2/60");
	dns(c, 1000, "10.0.0.1", "a.example", "192.0.2.3/60");
	dns(c, 1001, "10.0.0.1", "b.example", "192.0.2.3/60");
	tcp(c, 13000, "10.0.0.1:40001", "192.0.2.1:443", SYN);
	tcp(c, 13001, "10.0.0.1:40002", "192.0.2.2:443", SYN);
	tcp(c, 13002, "10.0.0.1:40003", "192.0.2.3:443", SYN);
	ends_with(c, "10.0.0.1:443 1/100 0/0 input expired short.example.\n"
		     "10.0.0.1:443 1/100 0/0 input other theirs.example.\n"
		     "10.0.0.1:443 1/100 0/0 input ambiguous b.example.\n");
}

/* A minute of life before the flow, and some seconds after it. */
static void
live(struct correlate *c, int64_t until_ms)
{
	tap(c, 0, OBS_DNS_UP);
	for (int64_t ms = 1000; ms < until_ms; ms += 1000) {
		tap(c, ms, OBS_DNS_ALIVE);
		if (ms == 5000)
			dns(c, ms, "10.0.0.1", "any.example", "192.0.2.99/5");
		if (ms == 70000) {
			tcp(c, ms, "10.0.0.1:40000", "192.0.2.1:443", SYN);
			tcp(c, ms + 1, "10.7.0.9:40000", "192.0.2.1:443", SYN);
			tcp(c, ms + 2, "10.8.0.9:40000", "192.0.2.1:443", SYN);
		}
	}
}

static void
none_is_claimed_for_covered_clients_only(void **state)
{
	struct correlate *c = make();

	(void)state;
	live(c, 80000);
	ends_with(c, "10.0.0.1:443 1/100 0/0 input none -\n"
		     "10.7.0.9:443 1/100 0/0 input none -\n"
		     "10.8.0.9:443 1/100 0/0 input unknown -\n");
}

static void
none_needs_signs_of_life_after_the_flow(void **state)
{
	struct correlate *c = make();

	(void)state;
	live(c, 72000);
	ends_with(c, "10.0.0.1:443 1/100 0/0 input unknown -\n"
		     "10.7.0.9:443 1/100 0/0 input unknown -\n"
		     "10.8.0.9:443 1/100 0/0 input unknown -\n");
}

static void
a_gap_before_or_just_after_the_flow_makes_none_unknown(void **state)
{
	static const int64_t when[] = { 20000, 69999, 70500 };
	static const uint32_t why[] = { OBS_LOSS_DNSTAP, OBS_LOSS_DNS_QUEUE,
		OBS_LOSS_DNSTAP };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct correlate *c = make();

		live(c, 71000);
		gap(c, when[i], why[i]);
		for (int64_t ms = 71000; ms < 80000; ms += 1000)
			tap(c, ms, OBS_DNS_ALIVE);
		ends_with(c, "10.0.0.1:443 1/100 0/0 input unknown -\n"
			     "10.7.0.9:443 1/100 0/0 input unknown -\n"
			     "10.8.0.9:443 1/100 0/0 input unknown -\n");
	}
}

static void
a_resolver_that_restarts_makes_none_unknown(void **state)
{
	struct correlate *c = make();

	(void)state;
	tap(c, 0, OBS_DNS_UP);
	dns(c, 5000, "10.0.0.1", "any.example", "192.0.2.99/5");
	tap(c, 30000, OBS_DNS_DOWN);
	tap(c, 31000, OBS_DNS_UP);
	for (int64_t ms = 32000; ms < 80000; ms += 1000)
		tap(c, ms, OBS_DNS_ALIVE);
	tcp(c, 79000, "10.0.0.1:40000", "192.0.2.1:443", SYN);
	for (int64_t ms = 80000; ms < 90000; ms += 1000)
		tap(c, ms, OBS_DNS_ALIVE);
	ends_with(c, "10.0.0.1:443 1/100 0/0 input unknown -\n");
}

static void
an_agent_that_is_gone_makes_none_unknown(void **state)
{
	struct correlate *c = make();

	(void)state;
	live(c, 71000);
	correlate_gone(c, &host[1]);
	tcp(c, 80000, "10.0.0.1:40009", "192.0.2.1:443", SYN);
	ends_with(c, "10.0.0.1:443 1/100 0/0 input unknown -\n"
		     "10.7.0.9:443 1/100 0/0 input unknown -\n"
		     "10.8.0.9:443 1/100 0/0 input unknown -\n"
		     "10.0.0.1:443 1/100 0/0 input unknown -\n");
}

static void
an_answer_that_comes_too_late_is_a_gap(void **state)
{
	struct correlate *c = make();

	(void)state;
	live(c, 72000);
	dns(c, 20000, "10.0.0.5", "late.example", "192.0.2.50/5");
	for (int64_t ms = 72000; ms < 80000; ms += 1000)
		tap(c, ms, OBS_DNS_ALIVE);
	ends_with(c, "10.0.0.1:443 1/100 0/0 input unknown -\n"
		     "10.7.0.9:443 1/100 0/0 input unknown -\n"
		     "10.8.0.9:443 1/100 0/0 input unknown -\n");
}

static void
every_agent_counts_for_itself(void **state)
{
	struct correlate *c = make();

	(void)state;
	for (unsigned int i = 0; i < 10; i++) {
		const struct obs o = packet(
		    1000 + i, "10.0.0.1:40000", "192.0.2.1:80", IPPROTO_UDP, 0);

		correlate_put(c, &host[0], i, &o, 1);
		if (i % 2 == 0)
			correlate_put(c, &host[2], i, &o, 1);
	}
	ends_with(c, "10.0.0.1:80 10/1000 0/0 input unknown -\n");
}

static void
a_syn_tells_the_client_whatever_the_ports(void **state)
{
	struct correlate *c = make();

	(void)state;
	tcp(c, 1000, "10.0.0.1:20", "192.0.2.1:40000", SYN);
	tcp(c, 1001, "10.0.0.2:20", "192.0.2.2:40000", SYN | ACK);
	tcp(c, 1002, "10.0.0.3:20", "192.0.2.3:40000", ACK);
	ends_with(c, "10.0.0.1:40000 1/100 0/0 input unknown -\n"
		     "192.0.2.2:20 0/0 1/100 input unknown -\n"
		     "192.0.2.3:20 0/0 1/100 input unknown -\n");
}

static void
a_new_connection_on_the_same_ports_is_a_new_flow(void **state)
{
	struct correlate *c = make();

	(void)state;
	tcp(c, 1000, "10.0.0.1:40000", "192.0.2.1:80", SYN);
	tcp(c, 1001, "10.0.0.1:40000", "192.0.2.1:80", FIN | ACK);
	tcp(c, 1002, "192.0.2.1:80", "10.0.0.1:40000", FIN | ACK);
	tcp(c, 1003, "10.0.0.1:40000", "192.0.2.1:80", ACK);
	tcp(c, 1004, "10.0.0.1:40000", "192.0.2.1:80", SYN);
	tcp(c, 1005, "192.0.2.1:80", "10.0.0.1:40000", RST);
	ends_with(c, "10.0.0.1:80 3/300 1/100 closed unknown -\n"
		     "10.0.0.1:80 1/100 1/100 closed unknown -\n");
}

static void
flows_end_by_idle_time_of_records(void **state)
{
	struct correlate *c = make();

	(void)state;
	tcp(c, 1000, "10.0.0.1:40000", "192.0.2.1:80", ACK);
	tcp(c, 16000, "10.0.0.1:40000", "192.0.2.1:80", ACK);
	tcp(c, 31001, "10.0.0.1:40000", "192.0.2.1:80", ACK);
	ends_with(c, "10.0.0.1:80 2/200 0/0 idle unknown -\n"
		     "10.0.0.1:80 1/100 0/0 input unknown -\n");
}

static void
a_clock_in_the_future_does_not_set_the_pace(void **state)
{
	struct correlate *c = make();

	(void)state;
	correlate_clock(c, (wall_t){ 100 * MONO_NS_PER_S });
	tcp(c, 100000, "10.0.0.1:40000", "192.0.2.1:80", ACK);
	tcp(c, 99999999, "10.0.0.2:40000", "192.0.2.1:80", ACK);
	tcp(c, 100900, "10.0.0.1:40000", "192.0.2.1:80", ACK);
	correlate_clock(c, (wall_t){ 102 * MONO_NS_PER_S });
	tcp(c, 102000, "10.0.0.1:40000", "192.0.2.1:80", ACK);
	ends_with(c, "10.0.0.1:80 3/300 0/0 input unknown -\n"
		     "10.0.0.2:80 1/100 0/0 input unknown -\n");
}

static void
live_flows_end_without_further_packets(void **state)
{
	struct correlate *c = make();

	(void)state;
	tcp(c, 100000, "10.0.0.1:40000", "192.0.2.1:80", ACK);
	correlate_clock(c, (wall_t){ 116 * MONO_NS_PER_S });
	assert_string_equal(got, "");
	correlate_clock(c, (wall_t){ 117 * MONO_NS_PER_S });
	assert_string_equal(got, "10.0.0.1:80 1/100 0/0 idle unknown -\n");
	correlate_free(c);
}

/* The same records of three agents, mixed in any way within the window. */
static void
any_arrival_within_the_window_gives_the_same_records(void **state)
{
	static char want[sizeof(got)];
	unsigned int seed = 7;

	(void)state;
	for (int round = 0; round < 20; round++) {
		struct correlate *c = make();
		int64_t at[3] = { 0, 0, 0 };

		while (at[0] < 60000 || at[1] < 60000 || at[2] < 60000) {
			const unsigned int h = (unsigned int)rand_r(&seed) % 3;
			int64_t least = at[0] < at[1] ? at[0] : at[1];
			char from[32], name[32], addr[32];
			struct obs o;

			least = at[2] < least ? at[2] : least;
			if (at[h] >= 60000 || at[h] > least + 900)
				continue;
			(void)snprintf(from, sizeof(from), "10.0.0.%d:4%04d",
			    (int)(at[h] / 3 % 7), (int)(at[h] % 11));
			(void)snprintf(addr, sizeof(addr), "192.0.2.%d/1",
			    (int)(at[h] / 5 % 5));
			(void)snprintf(name, sizeof(name), "n%d.example",
			    (int)(at[h] / 97 % 13));
			if (h == 1) {
				answer_make(&o, at[h], "10.0.0.3", name, addr);
				o.dns.conn = 1;
			} else {
				memcpy(strchr(addr, '/'), ":80", 4);
				o = packet(at[h], from, addr, IPPROTO_TCP, SYN);
			}
			correlate_put(c, &host[h], (uint64_t)at[h], &o, 1);
			at[h] += 41 + h;
		}
		correlate_flush(c);
		correlate_free(c);
		if (round == 0)
			memcpy(want, got, sizeof(want));
		assert_string_equal(got, want);
	}
	assert_non_null(strstr(want, "own"));
	assert_true(strlen(want) > 3000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_flow_has_the_name_its_client_looked_up),
		cmocka_unit_test(the_lookup_may_arrive_after_the_flow),
		cmocka_unit_test(clocks_may_differ_by_the_skew),
		cmocka_unit_test(
		    a_verdict_is_that_of_the_first_packet_for_life),
		cmocka_unit_test(expired_other_and_ambiguous_are_told_apart),
		cmocka_unit_test(none_is_claimed_for_covered_clients_only),
		cmocka_unit_test(none_needs_signs_of_life_after_the_flow),
		cmocka_unit_test(
		    a_gap_before_or_just_after_the_flow_makes_none_unknown),
		cmocka_unit_test(a_resolver_that_restarts_makes_none_unknown),
		cmocka_unit_test(an_agent_that_is_gone_makes_none_unknown),
		cmocka_unit_test(an_answer_that_comes_too_late_is_a_gap),
		cmocka_unit_test(every_agent_counts_for_itself),
		cmocka_unit_test(a_syn_tells_the_client_whatever_the_ports),
		cmocka_unit_test(
		    a_new_connection_on_the_same_ports_is_a_new_flow),
		cmocka_unit_test(flows_end_by_idle_time_of_records),
		cmocka_unit_test(a_clock_in_the_future_does_not_set_the_pace),
		cmocka_unit_test(live_flows_end_without_further_packets),
		cmocka_unit_test(
		    any_arrival_within_the_window_gives_the_same_records),
	};

	return cmocka_run_group_tests(tests, make_map, free_map);
}
