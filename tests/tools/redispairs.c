/* SPDX-License-Identifier: BSD-3-Clause */
/* links: collector/sinkredis collector/sinktab collector/sinkmark wire/zpack wire/frame collector/positions collector/position collector/journal base/fdio collector/sinkbatch collector/sinkwork collector/sinklist collector/sinkmulti collector/sinkconn collector/sinkpend collector/sinksend collector/sinkcmd collector/sinkknow collector/modeldns collector/modelskip wire/dnsname collector/sinkfmt collector/model collector/modelnet collector/flowmap collector/recent collector/conf collector/confline collector/confrows collector/confset collector/confflow collector/class base/allow base/opt base/rotate base/lookup base/net base/log base/proc -linih -lhiredis -lev -lz */
/* Flows and DNS answers a second through the Redis output, with state too. */
#include <err.h>
#include <ev.h>
#include <hiredis/hiredis.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/proc.h"
#include "collector/conf.h"
#include "collector/sinkredis.h"
#include "wire/bytes.h"

enum { EVENTS = 200000, BATCH = 512, SYNC_PAIRS = 20000, CLIENTS = 5000 };

/* Observation number ${n}, from 0, in ${ret_o}. */
typedef void make_fn(struct obs *ret_o, uint32_t n);

static struct ev_loop *loop;
static struct sink *sink;
static bool keeps, waiting; /* state; for a batch to be made */
static redisContext *redis;

static double
seconds(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Every flow is new: four keys, one of them its client's. */
static void
make_flow(struct obs *ret_o, uint32_t n)
{
	*ret_o =
	    (struct obs){ .kind = OBS_PKT, .time = wall_make(1700000000, 0) };
	ret_o->pkt.ipver = 4;
	ret_o->pkt.proto = 17;
	ret_o->pkt.has = OBS_HAS_PORTS;
	ret_o->pkt.sport = 40000;
	ret_o->pkt.dport = 53;
	put_be32(ret_o->pkt.src, 0x0a000000 + n % CLIENTS);
	put_be32(ret_o->pkt.dst, 0xc0000000 + n);
}

/* An alias, its target and an address; all but the client differ. */
static void
make_answer(struct obs *ret_o, uint32_t n)
{
	static struct obs_dns_addr addr[BATCH];
	static char name[BATCH][64];
	const uint32_t k = n % BATCH;

	snprintf(name[k], sizeof(name[k]),
	    "\011a%08x\007example\003net%c\011t%08x\007example\003net", n, 0,
	    n);
	addr[k].ttl = 300;
	put_be32(addr[k].addr, 0xc0000000 + n);
	*ret_o =
	    (struct obs){ .kind = OBS_DNS, .time = wall_make(1700000000, 0) };
	ret_o->dns = (struct obs_dns){ .what = OBS_DNS_ANSWER,
		.ipver = 4,
		.qtype = 1,
		.n_names = 2,
		.n_addrs = 1,
		.names = (const uint8_t *)name[k],
		.addrs = &addr[k],
		.resolver = "" };
	put_be32(ret_o->dns.client, 0x0a000000 + n % CLIENTS);
}

/* One of a few answers; all are known after a moment. */
static void
make_known_answer(struct obs *ret_o, uint32_t n)
{
	make_answer(ret_o, n % CLIENTS);
}

/* One turn of the loop, and of the batches, which end where they ask to. */
static void
turn(int how, bool last)
{
	ev_run(loop, how);
	(void)sink->type->flush(sink, proc_mono());
	if (!keeps)
		return;
	if (waiting && sink->type->had(sink))
		waiting = false;
	if (!waiting && (sink->due || last))
		waiting = sink->type->commit(sink, NULL, 0) == 0;
}

static void
feed(make_fn *make)
{
	const struct sink_src src = { .host = 1, .name = "bench" };
	struct obs o[BATCH];

	for (uint32_t n = 0; n < EVENTS;) {
		size_t k;

		for (k = 0; k < BATCH && n < EVENTS; k++)
			make(&o[k], n++);
		sink->type->put(sink, &src, n, o, k);
		do {
			turn(EVRUN_NOWAIT, false);
		} while (sink->type->full(sink));
	}
	turn(EVRUN_NOWAIT, true);
	while (waiting || sink->type->drain(sink) == 0)
		turn(EVRUN_ONCE, true);
}

/* How many commands the server has carried out. */
static long
commands(void)
{
	static const char name[] = "total_commands_processed:";
	redisReply *reply = redisCommand(redis, "INFO stats");
	const char *at;
	long n;

	if (reply == NULL || reply->type != REDIS_REPLY_STRING ||
	    (at = strstr(reply->str, name)) == NULL)
		errx(1, "INFO: %s", redis->errstr);
	n = strtol(at + strlen(name), NULL, 10);
	freeReplyObject(reply);
	return n;
}

/* Feed EVENTS observations; returns how many a second. */
static double
measure(const char *name, const char *target, make_fn *make)
{
	const long done = commands();
	const double start = seconds(CLOCK_MONOTONIC);
	double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
	double rate;

	feed(make);
	rate = EVENTS / (seconds(CLOCK_MONOTONIC) - start);
	cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	if (sink->lost > 0)
		errx(1, "%s: lost %ju", name, (uintmax_t)sink->lost);
	printf("redis.%s %.0f /s %s\n", name, rate, target);
	printf("redis.%s-cpu %.2f us -\n", name, cpu * 1e6 / EVENTS);
	printf("redis.%s-commands %.2f per-event -\n", name,
	    (double)(commands() - done - 1) / EVENTS);
	return rate;
}

static void
one(const char *format, unsigned int n)
{
	redisReply *reply = redisCommand(redis, format, n);

	if (reply == NULL || reply->type != REDIS_REPLY_INTEGER)
		errx(1, "%s", reply == NULL ? redis->errstr : reply->str);
	freeReplyObject(reply);
}

static double
synchronous(void)
{
	const double start = seconds(CLOCK_MONOTONIC);
	double rate;

	for (unsigned int n = 0; n < SYNC_PAIRS; n++) {
		one("INCRBY sync;%u 1", n);
		one("EXPIRE sync;%u 900", n);
	}
	rate = SYNC_PAIRS / (seconds(CLOCK_MONOTONIC) - start);
	printf("redis.synchronous %.0f pairs/s -\n", rate);
	return rate;
}

static void
open_sink(const struct conf *conf)
{
	if ((sink = sinkredis_type.open(conf, NULL, loop)) == NULL)
		errx(1, "no output");
}

/* What --state costs: ${rate} is that of new flows without it. */
static void
with_state(const struct conf *conf, const char *dir, double rate)
{
	const struct sink_keep keep = { .dir = dir, .id = "bench" };
	double with;

	freeReplyObject(redisCommand(redis, "FLUSHALL"));
	open_sink(conf);
	if (sink->type->keep(sink, &keep) != 0)
		errx(1, "no state");
	while (!sink->type->ready(sink))
		ev_run(loop, EVRUN_ONCE);
	keeps = true;
	with = measure("flows-new-state", "-", make_flow);
	printf("redis.pipelined-state %.0f pairs/s -\n", 4 * with);
	printf("redis.state-by-none %.2f ratio -\n", with / rate);
	sink->type->close(sink);
	keeps = false;
}

int
main(int argc, char **argv)
{
	struct conf *conf = conf_read(NULL);
	double rate;

	if (argc != 3)
		errx(1, "usage: redispairs SOCKET DIR");
	if (conf == NULL)
		errx(1, "no configuration");
	signal(SIGPIPE, SIG_IGN);
	loop = ev_default_loop(0);
	redis = redisConnectUnix(argv[1]);
	if (redis == NULL || redis->err != 0)
		errx(1, "%s", redis == NULL ? "no memory" : redis->errstr);
	conf->redis_socket = strdup(argv[1]);
	open_sink(conf);
	rate = measure("flows-new", ">=50000", make_flow);
	printf("redis.pipelined %.0f pairs/s >=200000\n", 4 * rate);
	measure("flows-known", "-", make_flow);
	measure("dns-new", ">=20000", make_answer);
	measure("dns-known", ">=20000", make_known_answer);
	sink->type->close(sink);
	with_state(conf, argv[2], rate);
	printf("redis.by-synchronous %.1f ratio -\n", 4 * rate / synchronous());
	redisFree(redis);
	conf_free(conf);
	return 0;
}
