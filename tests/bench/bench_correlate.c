/* SPDX-License-Identifier: BSD-3-Clause */
/* links: collector/correlate collector/cover collector/dnscache collector/dnschain collector/flowcache collector/flowmap collector/intake collector/modelnet collector/order wire/dnsname */
/* CPU of flow updates with a million lookups remembered, and their octets. */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "collector/correlate.h"
#include "collector/flowmap.h"
#include "wire/bytes.h"
#include "wire/dnsname.h"

#define LOOKUPS 1000000
#define CLIENTS 20000
#define NAMES   200000 /* different ones, so that some chains are shared */
#define PACKETS 5000000
#define FLOWS   100000 /* at once */
#define AGENTS  3

static struct sink_src agent[AGENTS];
static uint64_t records;

static double
cpu(void)
{
	struct rusage u;

	(void)getrusage(RUSAGE_SELF, &u);
	return (double)u.ru_utime.tv_sec + (double)u.ru_stime.tv_sec +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

/* Resident octets. */
static double
resident(void)
{
	char text[128] = "", *end;
	FILE *fp = fopen("/proc/self/statm", "r");
	double pages;

	if (fp == NULL || fgets(text, sizeof(text), fp) == NULL)
		exit(EXIT_FAILURE);
	fclose(fp);
	(void)strtol(text, &end, 10); /* the size; resident pages follow */
	pages = (double)strtol(end, NULL, 10);
	return pages * (double)sysconf(_SC_PAGESIZE);
}

static void
on_flow(void *arg, struct flow *f, enum flow_end why)
{
	(void)arg;
	(void)f;
	(void)why;
	records++;
}

static struct correlate *
make(const struct flowmap *map)
{
	return correlate_new(&(struct correlate_conf){ .map = map,
	    .window_ns = 1000 * MONO_NS_PER_MS,
	    .window_max = 1 << 20,
	    .skew_ns = 100 * MONO_NS_PER_MS,
	    .lag_ns = 2000 * MONO_NS_PER_MS,
	    .grace_ns = 60 * MONO_NS_PER_S,
	    .lookback_ns = 3600 * MONO_NS_PER_S,
	    .idle_ns = 15 * MONO_NS_PER_S,
	    .active_ns = 300 * MONO_NS_PER_S,
	    .flows_max = 1 << 20,
	    .names_max = (size_t)2 * LOOKUPS,
	    .clients_max = 1 << 20,
	    .key = { { 0x9e3779b97f4a7c15, 0xd6e8feb86659fd93 } },
	    .emit = on_flow });
}

/* Lookup ${i}: a name of its own, its CDN's name, one address. */
static void
look_up(struct correlate *c, uint32_t i, wall_t time)
{
	static uint32_t nr;
	uint8_t names[2 * DNSNAME_MAX];
	struct obs_dns_addr addr = { .ttl = 3600 };
	char text[64];
	struct obs o = { .kind = OBS_DNS,
		.time = time,
		.dns = { .what = OBS_DNS_ANSWER,
		    .ipver = 4,
		    .qtype = 1,
		    .conn = 1,
		    .n_names = 2,
		    .n_addrs = 1,
		    .names = names,
		    .addrs = &addr,
		    .resolver = "r" } };
	size_t len;

	(void)snprintf(text, sizeof(text), "www%u.example-site.com", i % NAMES);
	len = dnsname_parse(names, text, strlen(text));
	(void)snprintf(text, sizeof(text), "edge%u.cdn.example.net", i % NAMES);
	(void)dnsname_parse(names + len, text, strlen(text));
	put_be32(o.dns.client, 0x0a000000 + i % CLIENTS);
	put_be32(addr.addr, 0xc0000000 + i);
	correlate_put(c, &agent[0], nr++, &o, 1);
}

/* Packet ${i}: every flow in turn, renewed a hundred times in all. */
static void
send_packet(struct correlate *c, uint32_t i, wall_t time)
{
	const uint32_t flow = i % FLOWS + i / (PACKETS / 100) * (FLOWS / 50);
	struct obs o = { .kind = OBS_PKT,
		.time = time,
		.pkt = { .ipver = 4,
		    .proto = IPPROTO_TCP,
		    .tcp_flags = 0x10,
		    .has = OBS_HAS_PORTS,
		    .sport = (uint16_t)(20000 + flow % 40000),
		    .dport = 443,
		    .len = 1000 } };

	put_be32(o.pkt.src, 0x0a000000 + flow % CLIENTS);
	put_be32(o.pkt.dst, 0xc0000000 + flow * 7 % LOOKUPS);
	correlate_put(c, &agent[i % AGENTS], i, &o, 1);
}

int
main(void)
{
	struct flowmap *map = flowmap_new();
	struct correlate *c;
	wall_t t = { 1700000000 * MONO_NS_PER_S };
	double before, start, took;

	for (unsigned int i = 0; i < AGENTS; i++)
		agent[i] = (struct sink_src){ .host = i + 1, .name = "a" };
	if (map == NULL || flowmap_defaults(map) != 0 ||
	    (c = make(map)) == NULL)
		return EXIT_FAILURE;
	before = resident();
	start = cpu();
	for (uint32_t i = 0; i < LOOKUPS; i++, t.ns += 100000)
		look_up(c, i, t);
	took = cpu() - start;
	printf("correlate.lookups %.0f per-CPU-second -\n", LOOKUPS / took);
	printf("correlate.octets-a-lookup %.0f octets -\n",
	    (resident() - before) / LOOKUPS);
	start = cpu();
	for (uint32_t i = 0; i < PACKETS; i++, t.ns += 10000) {
		send_packet(c, i, t);
		if (i % 50 == 0)
			look_up(c, i, t);
	}
	took = cpu() - start;
	printf(
	    "correlate.updates %.0f per-CPU-second >=500000\n", PACKETS / took);
	correlate_flush(c);
	if (records < FLOWS)
		return EXIT_FAILURE;
	correlate_free(c);
	flowmap_free(map);
	return EXIT_SUCCESS;
}
