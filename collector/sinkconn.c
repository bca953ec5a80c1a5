/* SPDX-License-Identifier: BSD-3-Clause */
/* Connecting to Redis: look up, dial, log in, watch, and again. */
#include "collector/sinkconn.h"

#include <ev.h>
#include <hiredis/adapters/libev.h>
#include <hiredis/async.h>
#include <hiredis/hiredis.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/lookup.h"
#include "base/net.h"
#include "collector/conf.h"

#define SINKCONN_HEAD 12 /* octets of a password that give it away */

enum sinkconn_state {
	SINKCONN_DOWN,   /* waits to try again */
	SINKCONN_LOOKUP, /* for the address of the server */
	SINKCONN_DIAL,   /* connecting */
	SINKCONN_LOGIN,  /* AUTH and SELECT are sent */
	SINKCONN_UP
};

struct sinkconn {
	const struct conf *conf;
	struct ev_loop *loop;
	struct sinkconn_ops ops;
	void *arg;
	enum sinkconn_state state;
	struct lookup *lookup;
	redisAsyncContext *redis;  /* from DIAL on */
	ev_timer timer;            /* what it means depends on the state */
	long wait_ms;              /* before the next attempt */
	size_t tries;              /* picks one of several addresses */
	unsigned int logins;       /* answers to AUTH and SELECT to come */
	uint64_t answers, watched; /* answers; of them at the last watch */
	uint64_t ups;
	bool warned; /* about this outage */
};

static void
sinkconn_timer(struct sinkconn *c, long ms)
{
	ev_timer_stop(c->loop, &c->timer);
	ev_now_update(c->loop);
	ev_timer_set(&c->timer, (double)ms / 1000, 0.0);
	ev_timer_start(c->loop, &c->timer);
}

/* The connection, or the attempt, failed: tell, and try again later. */
static void
sinkconn_fail(struct sinkconn *c, const char *why)
{
	const bool was_up = c->state == SINKCONN_UP;
	redisAsyncContext *redis = c->redis;

	if (!c->warned)
		log_warnx("redis: %s; trying again", why);
	c->warned = true;
	c->state = SINKCONN_DOWN;
	c->redis = NULL;
	if (redis != NULL)
		redisAsyncFree(redis);
	if (c->lookup != NULL)
		lookup_cancel(c->lookup);
	c->lookup = NULL;
	sinkconn_timer(c, c->wait_ms);
	c->wait_ms *= 2;
	if (c->wait_ms > SINKCONN_RETRY_MAX_MS)
		c->wait_ms = SINKCONN_RETRY_MAX_MS;
	if (was_up)
		c->ops.down(c->arg);
}

static void
sinkconn_up(struct sinkconn *c)
{
	c->state = SINKCONN_UP;
	c->wait_ms = SINKCONN_RETRY_MIN_MS;
	c->ups++;
	if (c->warned)
		log_info("redis: connected");
	c->warned = false;
	c->watched = c->answers;
	sinkconn_timer(c, c->conf->redis_reply_ms);
	c->ops.up(c->arg);
}

/* A server that does not know AUTH repeats what it was sent. */
static bool
sinkconn_tells(const struct sinkconn *c, const char *text)
{
	char head[SINKCONN_HEAD + 1];

	if (c->conf->redis_secret == NULL)
		return false;
	snprintf(head, sizeof(head), "%s", c->conf->redis_secret);
	return strstr(text, head) != NULL;
}

static void
sinkconn_on_login(redisAsyncContext *redis, void *answer, void *what)
{
	struct sinkconn *c = redis->data;
	const redisReply *reply = answer;
	char why[256];

	if (c->redis != redis || reply == NULL)
		return;
	if (reply->type == REDIS_REPLY_ERROR) {
		snprintf(why, sizeof(why), "%s: %s", (const char *)what,
		    sinkconn_tells(c, reply->str)
			? "refused, repeating the password"
			: reply->str);
		sinkconn_fail(c, why);
	} else if (--c->logins == 0) {
		sinkconn_up(c);
	}
}

static void
sinkconn_auth(struct sinkconn *c)
{
	static char what[] = "AUTH";
	const char *argv[3] = { "AUTH" };
	int argc = 1;

	if (c->conf->redis_user != NULL)
		argv[argc++] = c->conf->redis_user;
	argv[argc++] = c->conf->redis_secret;
	if (redisAsyncCommandArgv(c->redis, sinkconn_on_login, what, argc, argv,
		NULL) == REDIS_OK)
		c->logins++;
}

static void
sinkconn_login(struct sinkconn *c)
{
	static char select[] = "SELECT";

	c->state = SINKCONN_LOGIN;
	c->logins = 0;
	if (c->conf->redis_secret != NULL)
		sinkconn_auth(c);
	if (c->conf->redis_database != 0 &&
	    redisAsyncCommand(c->redis, sinkconn_on_login, select, "SELECT %d",
		(int)c->conf->redis_database) == REDIS_OK)
		c->logins++;
	if (c->logins == 0)
		sinkconn_up(c);
}

static void
sinkconn_on_connect(const redisAsyncContext *redis, int status)
{
	struct sinkconn *c = redis->data;

	if (c->redis != redis)
		return;
	if (status == REDIS_OK) {
		sinkconn_login(c);
		return;
	}
	c->redis = NULL; /* hiredis frees it */
	sinkconn_fail(c, redis->errstr);
}

static void
sinkconn_on_disconnect(const redisAsyncContext *redis, int status)
{
	struct sinkconn *c = redis->data;

	if (c->redis != redis)
		return;
	c->redis = NULL; /* hiredis frees it */
	sinkconn_fail(
	    c, status == REDIS_OK ? "connection closed" : redis->errstr);
}

static void
sinkconn_attach(struct sinkconn *c, redisAsyncContext *redis)
{
	if (redis == NULL) {
		sinkconn_fail(c, "no memory");
		return;
	}
	if (redis->err != 0) {
		sinkconn_fail(c, redis->errstr);
		redisAsyncFree(redis);
		return;
	}
	redis->data = c;
	c->redis = redis;
	if (redisLibevAttach(c->loop, redis) != REDIS_OK ||
	    redisAsyncSetDisconnectCallback(redis, sinkconn_on_disconnect) !=
		REDIS_OK ||
	    redisAsyncSetConnectCallback(redis, sinkconn_on_connect) !=
		REDIS_OK)
		sinkconn_fail(c, "hiredis does not take the connection");
}

static void
sinkconn_on_lookup(
    void *arg, const struct net_addr *addr, size_t n, const char *why)
{
	struct sinkconn *c = arg;
	char host[NI_MAXHOST];

	c->lookup = NULL;
	if (n == 0) {
		sinkconn_fail(c, why);
		return;
	}
	addr = &addr[c->tries++ % n];
	if (getnameinfo((const struct sockaddr *)&addr->ss, addr->len, host,
		sizeof(host), NULL, 0, NI_NUMERICHOST) != 0) {
		sinkconn_fail(c, "the server has no numeric address");
		return;
	}
	c->state = SINKCONN_DIAL;
	sinkconn_attach(c, redisAsyncConnect(host, (int)c->conf->redis_port));
}

static void
sinkconn_begin(struct sinkconn *c)
{
	struct net_hostport hp = { .port = (uint16_t)c->conf->redis_port };
	const size_t len = strlen(c->conf->redis_server);

	sinkconn_timer(c, c->conf->redis_connect_ms);
	if (c->conf->redis_socket != NULL) {
		c->state = SINKCONN_DIAL;
		sinkconn_attach(
		    c, redisAsyncConnectUnix(c->conf->redis_socket));
		return;
	}
	c->state = SINKCONN_LOOKUP;
	if (len >= sizeof(hp.host)) {
		sinkconn_fail(c, "the name of the server is too long");
		return;
	}
	memcpy(hp.host, c->conf->redis_server, len + 1);
	c->lookup = lookup_begin(c->loop, &hp, sinkconn_on_lookup, c);
	if (c->lookup == NULL)
		sinkconn_fail(c, "the server cannot be looked up");
}

static void
sinkconn_watch(struct sinkconn *c)
{
	if (c->ops.due(c->arg) > 0 && c->answers == c->watched) {
		sinkconn_fail(c, "no answer");
		return;
	}
	c->watched = c->answers;
	sinkconn_timer(c, c->conf->redis_reply_ms);
}

static void
sinkconn_on_timer(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct sinkconn *c = w->data;

	(void)loop;
	(void)revents;
	switch (c->state) {
	case SINKCONN_DOWN:
		sinkconn_begin(c);
		break;
	case SINKCONN_LOOKUP:
	case SINKCONN_DIAL:
	case SINKCONN_LOGIN:
		sinkconn_fail(c, "no connection in time");
		break;
	case SINKCONN_UP:
		sinkconn_watch(c);
		break;
	}
}

struct sinkconn *
sinkconn_new(const struct conf *conf, struct ev_loop *loop,
    const struct sinkconn_ops *ops, void *arg)
{
	struct sinkconn *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->conf = conf;
	c->loop = loop;
	c->ops = *ops;
	c->arg = arg;
	c->wait_ms = SINKCONN_RETRY_MIN_MS;
	ev_timer_init(&c->timer, sinkconn_on_timer, 0.0, 0.0);
	c->timer.data = c;
	sinkconn_timer(c, 0);
	return c;
}

struct redisAsyncContext *
sinkconn_redis(const struct sinkconn *c)
{
	return c->state == SINKCONN_UP ? c->redis : NULL;
}

void *
sinkconn_owner(const struct redisAsyncContext *redis)
{
	return ((const struct sinkconn *)redis->data)->arg;
}

void
sinkconn_alive(struct sinkconn *c)
{
	c->answers++;
}

uint64_t
sinkconn_ups(const struct sinkconn *c)
{
	return c->ups;
}

void
sinkconn_free(struct sinkconn *c)
{
	redisAsyncContext *redis;

	if (c == NULL)
		return;
	redis = c->redis;
	c->redis = NULL;
	if (redis != NULL)
		redisAsyncFree(redis);
	if (c->lookup != NULL)
		lookup_cancel(c->lookup);
	ev_timer_stop(c->loop, &c->timer);
	free(c);
}
