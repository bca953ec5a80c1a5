/* SPDX-License-Identifier: BSD-3-Clause */
/* For tests: opening, feeding and asking the Redis output. */
#include "tests/unit/sinktest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <ev.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/proc.h"
#include "collector/conf.h"
#include "collector/sinkredis.h"
#include "tests/unit/redisd.h"

enum { PATIENCE_S = 20 };

struct conf *sinktest_conf;
struct ev_loop *sinktest_loop;
struct sink *sinktest_sink;

static const char *socket_path;

int
sinktest_begin(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	sinktest_loop = ev_default_loop(0);
	socket_path = redisd_begin();
	return 0;
}

int
sinktest_setup(void **state)
{
	(void)state;
	sinktest_conf = conf_read(NULL);
	sinktest_conf->redis_socket = strdup(socket_path);
	redisd_start();
	return 0;
}

int
sinktest_teardown(void **state)
{
	(void)state;
	if (sinktest_sink != NULL)
		sinktest_sink->type->close(sinktest_sink);
	sinktest_sink = NULL;
	conf_free(sinktest_conf);
	redisd_stop();
	return 0;
}

int
sinktest_end(void **state)
{
	(void)state;
	return redisd_end();
}

void
sinktest_open(void)
{
	sinktest_sink = sinkredis_type.open(sinktest_conf, NULL, sinktest_loop);
	assert_non_null(sinktest_sink);
}

int
sinktest_drain(void)
{
	int rc;

	while ((rc = sinktest_sink->type->drain(sinktest_sink)) == 0)
		ev_run(sinktest_loop, EVRUN_ONCE);
	return rc;
}

uint64_t
sinktest_counter(const char *name)
{
	char line[64];
	char *text = NULL;
	size_t len;
	FILE *fp = open_memstream(&text, &len);
	const char *at;
	uint64_t v;

	sinktest_sink->type->stats(sinktest_sink, fp);
	fclose(fp);
	snprintf(line, sizeof(line), "redis.%s ", name);
	at = strstr(text, line);
	assert_non_null(at);
	v = strtoull(at + strlen(line), NULL, 10);
	free(text);
	return v;
}

void
sinktest_until(const char *name, uint64_t v)
{
	const ev_tstamp end = ev_time() + PATIENCE_S;

	while (sinktest_counter(name) < v && ev_time() < end) {
		sinktest_sink->type->flush(sinktest_sink, proc_mono());
		ev_run(sinktest_loop, EVRUN_ONCE);
	}
	assert_true(sinktest_counter(name) >= v);
}

void
sinktest_turn(double s)
{
	const ev_tstamp end = ev_time() + s;

	while (ev_time() < end) {
		sinktest_sink->type->flush(sinktest_sink, proc_mono());
		ev_run(sinktest_loop, EVRUN_NOWAIT);
	}
}

void
sinktest_account(uint64_t updates)
{
	static const char *const part[] = { "updates_made", "updates_pending",
		"updates_dropped", "updates_unconfirmed", "updates_refused" };
	uint64_t sum = 0;

	for (size_t i = 0; i < sizeof(part) / sizeof(part[0]); i++)
		sum += sinktest_counter(part[i]);
	assert_int_equal(sum, updates);
}
