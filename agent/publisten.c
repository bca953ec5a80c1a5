/* SPDX-License-Identifier: BSD-3-Clause */
/* Where collectors connect: a TCP port, a socket in the file system. */
#include "agent/publisten.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/proc.h"

#define BURST 64 /* connections accepted before others have a turn */

/* There is no port in it, so an IPv6 address needs no brackets. */
static int
parse_addr(struct net_hostport *ret_hp, const char *text)
{
	if (strlen(text) >= sizeof(ret_hp->host))
		return -1;
	if (text[0] == '[' || strchr(text, ':') == strrchr(text, ':'))
		return net_parse(ret_hp, text, UINT16_MAX);
	memcpy(ret_hp->host, text, strlen(text) + 1);
	return 0;
}

static int
open_tcp(struct publisten *l, const struct publisten_conf *conf)
{
	struct net_hostport hp = { "", conf->port };

	if (conf->addr != NULL && parse_addr(&hp, conf->addr) < 0) {
		log_errorx("--listen: bad address \"%s\"", conf->addr);
		return -1;
	}
	hp.port = conf->port;
	if ((l->fd = net_listen(&hp, &l->port)) < 0) {
		log_error("listening on %s, TCP port %u",
		    hp.host[0] == '\0' ? "all addresses" : hp.host, conf->port);
		return -1;
	}
	return 0;
}

int
publisten_open(struct publisten *l, const struct publisten_conf *conf,
    const struct gate *gate, struct lograte *bad)
{
	const struct local_perm perm = {
		.mode = conf->mode, .uid = (uid_t)-1, .gid = (gid_t)-1
	};

	*l = (struct publisten){ .fd = -1, .local = { .fd = -1 }, .bad = bad };
	if (conf->path != NULL) {
		if (local_listen(&l->local, conf->path, &perm) < 0)
			return -1;
		log_info("listening at " NET_UNIX "%s", conf->path);
	}
	if (!conf->tcp)
		return 0;
	if (open_tcp(l, conf) < 0)
		return -1;
	gate_warn(gate, l->fd);
	return 0;
}

static void
on_accept(struct ev_loop *loop, ev_io *w, int revents)
{
	struct publisten *l = w->data;
	struct net_addr addr;
	int fd;

	(void)revents;
	for (int i = 0; i < BURST; i++) {
		if ((fd = net_accept(w->fd, &addr)) < 0)
			break;
		l->take(l->arg, fd, &addr);
		errno = EAGAIN;
	}
	if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED)
		return;
	if (lograte_may(l->bad, proc_mono()))
		log_warn("accept");
	ev_io_stop(loop, w);
}

void
publisten_start(
    struct publisten *l, struct ev_loop *loop, publisten_fn *take, void *arg)
{
	l->loop = loop;
	l->take = take;
	l->arg = arg;
	ev_io_init(&l->io, on_accept, l->fd, EV_READ);
	ev_io_init(&l->local_io, on_accept, l->local.fd, EV_READ);
	l->io.data = l->local_io.data = l;
	publisten_tick(l);
}

void
publisten_tick(struct publisten *l)
{
	if (l->fd >= 0)
		ev_io_start(l->loop, &l->io);
	if (l->local.fd >= 0)
		ev_io_start(l->loop, &l->local_io);
}

void
publisten_close(struct publisten *l)
{
	if (l->loop != NULL) {
		ev_io_stop(l->loop, &l->io);
		ev_io_stop(l->loop, &l->local_io);
	}
	if (l->fd >= 0)
		(void)close(l->fd);
	l->fd = -1;
	local_close(&l->local);
}
