/* SPDX-License-Identifier: BSD-3-Clause */
/* For tests: starting, stopping and asking a redis-server. */
#include "tests/unit/redisd.h"

#include <err.h>
#include <hiredis/hiredis.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATIENCE_S = 20, TEXT_MAX = 1 << 16 };

static char dir[] = "/tmp/test_redisd.XXXXXX";
static char socket_path[64];
static pid_t server;

const char *
redisd_begin(void)
{
	if (mkdtemp(dir) == NULL)
		err(1, "%s", dir);
	snprintf(socket_path, sizeof(socket_path), "%s/redis.sock", dir);
	return socket_path;
}

static void
run(void)
{
	execlp("redis-server", "redis-server", "--port", "0", "--unixsocket",
	    socket_path, "--save", "", "--appendonly", "no", "--dir", dir,
	    "--logfile", "/dev/null", "--enable-debug-command", "yes",
	    (char *)NULL);
	_exit(127);
}

static redisContext *
connected(void)
{
	for (int i = 0; i < PATIENCE_S * 100; i++) {
		redisContext *c = redisConnectUnix(socket_path);

		if (c != NULL && c->err == 0)
			return c;
		if (c != NULL)
			redisFree(c);
		usleep(10000);
	}
	errx(1, "redis-server does not answer");
}

void
redisd_start(void)
{
	if ((server = fork()) == 0)
		run();
	if (server < 0)
		err(1, "fork");
	redisFree(connected());
}

void
redisd_signal(int sig)
{
	if (server > 0)
		kill(server, sig);
}

void
redisd_stop(void)
{
	if (server <= 0)
		return;
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	unlink(socket_path);
	server = 0;
}

static void
add_text(char *text, const redisReply *r)
{
	char *end = text + strlen(text);
	const size_t room = TEXT_MAX - (size_t)(end - text);

	if (r->type == REDIS_REPLY_INTEGER) {
		snprintf(end, room, "%lld", r->integer);
	} else if (r->str != NULL) {
		snprintf(end, room, "%s", r->str);
	}
	for (size_t i = 0; i < r->elements; i++) {
		const size_t len = strlen(text);

		if (i > 0)
			snprintf(&text[len], TEXT_MAX - len, " ");
		add_text(text, r->element[i]);
	}
}

const char *
redisd_ask(const char *format, ...)
{
	static char text[TEXT_MAX];
	redisContext *c = connected();
	redisReply *r;
	va_list ap;

	va_start(ap, format);
	r = redisvCommand(c, format, ap);
	va_end(ap);
	if (r == NULL)
		errx(1, "%s: %s", format, c->errstr);
	text[0] = '\0';
	add_text(text, r);
	freeReplyObject(r);
	redisFree(c);
	return text;
}

int
redisd_end(void)
{
	char dump[64];

	snprintf(dump, sizeof(dump), "%s/dump.rdb", dir);
	unlink(dump);
	return rmdir(dir);
}
