/* SPDX-License-Identifier: BSD-3-Clause */
/* links: collector/sinkredis collector/sinkconn collector/sinkpend collector/sinksend collector/sinkcmd collector/sinkknow collector/modeldns collector/modelskip wire/dnsname collector/sinkfmt collector/model collector/modelnet collector/flowmap collector/recent collector/conf collector/confline collector/confrows collector/confflow collector/class base/opt base/net base/log base/proc -linih -lhiredis -lev */
/* INCR+EXPIRE pairs a second: the Redis output, and one command at a time. */
#include <err.h>
#include <ev.h>
#include <hiredis/hiredis.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "collector/conf.h"
#include "collector/sinkredis.h"
#include "wire/bytes.h"

enum { EVENTS = 200000, BATCH = 512, SYNC_PAIRS = 20000, KEYS = 4 };

static double
seconds(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* The flow number ${n}: every one makes new keys. */
static struct obs
event(uint32_t n)
{
	struct obs o = { .kind = OBS_PKT, .time = wall_make(1700000000, 0) };

	o.pkt.ipver = 4;
	o.pkt.proto = 17;
	o.pkt.has = OBS_HAS_PORTS;
	o.pkt.sport = 40000;
	o.pkt.dport = 53;
	put_be32(o.pkt.src, 0x0a000000 + n % 5000);
	put_be32(o.pkt.dst, 0xc0000000 + n);
	return o;
}

static void
feed(struct sink *s, struct ev_loop *loop)
{
	const struct sink_src src = { .host = 1, .name = "bench" };
	struct obs o[BATCH];
	uint32_t n = 0;

	while (n < EVENTS) {
		size_t k;

		for (k = 0; k < BATCH && n < EVENTS; k++)
			o[k] = event(n++);
		s->type->put(s, &src, n, o, k);
		ev_run(loop, EVRUN_NOWAIT);
	}
	while (s->type->drain(s) == 0)
		ev_run(loop, EVRUN_ONCE);
}

static double
pipelined(const char *socket)
{
	struct ev_loop *loop = ev_default_loop(0);
	struct conf *conf = conf_read(NULL);
	struct sink *s;
	double start;
	double cpu;
	double rate;

	if (conf == NULL)
		errx(1, "no configuration");
	conf->redis_socket = strdup(socket);
	conf->redis_pending = (long)KEYS * EVENTS;
	conf->recent_max = EVENTS;
	if ((s = sinkredis_type.open(conf, NULL, loop)) == NULL)
		errx(1, "no output");
	start = seconds(CLOCK_MONOTONIC);
	cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
	feed(s, loop);
	rate = KEYS * EVENTS / (seconds(CLOCK_MONOTONIC) - start);
	cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	printf("redis.pipelined %.0f pairs/s >=200000\n", rate);
	printf("redis.pipelined-cpu %.2f us/pair -\n",
	    cpu * 1e6 / (KEYS * EVENTS));
	s->type->stats(s, stdout);
	s->type->close(s);
	conf_free(conf);
	return rate;
}

static void
one(redisContext *redis, const char *format, unsigned int n)
{
	redisReply *reply = redisCommand(redis, format, n);

	if (reply == NULL || reply->type != REDIS_REPLY_INTEGER)
		errx(1, "%s", reply == NULL ? redis->errstr : reply->str);
	freeReplyObject(reply);
}

static double
synchronous(const char *socket)
{
	redisContext *redis = redisConnectUnix(socket);
	double start = seconds(CLOCK_MONOTONIC);
	double rate;

	if (redis == NULL || redis->err != 0)
		errx(1, "%s", redis == NULL ? "no memory" : redis->errstr);
	for (unsigned int n = 0; n < SYNC_PAIRS; n++) {
		one(redis, "INCRBY sync;%u 1", n);
		one(redis, "EXPIRE sync;%u 900", n);
	}
	rate = SYNC_PAIRS / (seconds(CLOCK_MONOTONIC) - start);
	redisFree(redis);
	printf("redis.synchronous %.0f pairs/s -\n", rate);
	return rate;
}

int
main(int argc, char **argv)
{
	double rate;

	if (argc != 2)
		errx(1, "usage: redispairs SOCKET");
	signal(SIGPIPE, SIG_IGN);
	rate = pipelined(argv[1]);
	printf(
	    "redis.by-synchronous %.1f ratio -\n", rate / synchronous(argv[1]));
	return 0;
}
