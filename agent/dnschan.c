/* SPDX-License-Identifier: BSD-3-Clause */
/* The JSON datagrams of the old DNS agent: one socket, or standard output. */
#include "agent/dnschan.h"

#include <errno.h>
#include <ev.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/timing.h"
#include "base/log.h"
#include "base/outfile.h"
#include "base/proc.h"
#include "base/udp.h"
#include "wire/dnsjson.h"

#define SEND_ROOM  (4u << 20) /* one answer may make 4,000 datagrams */
#define WARN_EVERY (10 * MONO_NS_PER_S)

struct dnschan {
	char name[NET_NAME_MAX];
	int fd;              /* -1: standard output */
	struct outfile *out; /* NULL: a socket */
	uint64_t next;       /* number of the next datagram, from 1 on */
	uint64_t sent, lost; /* by the socket */
	bool warned;
	mono_t warned_at;
	struct ev_loop *loop; /* NULL before dnschan_start */
	ev_prepare prepare;
	struct meterlog *meters;
	bool dirty;     /* .out has something to write */
	size_t n_turn;  /* answers in this turn of the loop, */
	mono_t turn_at; /* and when it was the first one's */
};

/* The text that is wrong with ${conf} for the address ${a}, NULL if nothing. */
static const char *
prepare_group(struct udp_group *ret_g, const struct dnschan_conf *conf,
    const struct net_addr *a)
{
	const char *why = udp_check(a, conf->iface);

	if (why != NULL || conf->iface == NULL)
		return why;
	*ret_g = (struct udp_group){ .ttl = conf->ttl, .loop = conf->loop };
	if (udp_iface(&ret_g->iface, conf->iface) != 0)
		return "no such interface";
	return NULL;
}

static int
open_socket(struct dnschan *c, const struct dnschan_conf *conf)
{
	struct udp_group g;
	struct net_addr a;
	const char *why;

	if (udp_addr(&a, conf->to) != 0) {
		log_errorx(
		    "--dns-json: not an address with a port: %s", conf->to);
		return -1;
	}
	if ((why = prepare_group(&g, conf, &a)) != NULL) {
		log_errorx("--dns-json-interface: %s", why);
		return -1;
	}
	(void)net_name(c->name, &a);
	c->fd = udp_dial(&a, udp_is_group(&a) ? &g : NULL);
	if (c->fd < 0) {
		log_error("--dns-json: %s", conf->to);
		return -1;
	}
	(void)udp_room(c->fd, SO_SNDBUF, SEND_ROOM);
	return 0;
}

static int
open_stdout(struct dnschan *c, const struct dnschan_conf *conf)
{
	if (conf->iface != NULL) {
		log_errorx("--dns-json-interface: interface invalid for "
			   "standard output");
		return -1;
	}
	if ((c->out = outfile_open("-")) == NULL) {
		log_error("--dns-json");
		return -1;
	}
	return 0;
}

struct dnschan *
dnschan_open(const struct dnschan_conf *conf)
{
	struct dnschan *c = calloc(1, sizeof(*c));
	int bad;

	if (c == NULL) {
		log_error("--dns-json");
		return NULL;
	}
	c->fd = -1;
	c->next = 1;
	if (strcmp(conf->to, DNSCHAN_STDOUT) == 0) {
		bad = open_stdout(c, conf);
	} else {
		bad = open_socket(c, conf);
	}
	if (bad == 0)
		return c;
	free(c);
	return NULL;
}

/* All of one turn are written before the loop waits. */
static void
on_prepare(struct ev_loop *loop, ev_prepare *w, int revents)
{
	struct dnschan *c = w->data;

	(void)loop;
	(void)revents;
	if (c->dirty)
		c->dirty = outfile_flush(c->out, proc_mono()) != 0;
	if (c->n_turn > 0) {
		meterlog_batch(c->meters, TIMING_OUTPUT_BACKLOG, c->n_turn,
		    c->turn_at, meterlog_now(c->meters));
	}
	c->n_turn = 0;
}

void
dnschan_start(struct dnschan *c, struct ev_loop *loop, struct meterlog *meters)
{
	if (c == NULL)
		return;
	c->loop = loop;
	c->meters = meters;
	ev_prepare_init(&c->prepare, on_prepare);
	c->prepare.data = c;
	ev_prepare_start(loop, &c->prepare);
}

static void
warn(struct dnschan *c)
{
	const int err = errno;
	const mono_t now = proc_mono();

	if (c->warned && now.ns - c->warned_at.ns < WARN_EVERY)
		return;
	c->warned = true;
	c->warned_at = now;
	errno = err;
	log_warn(
	    "dns-json %s: %" PRIu64 " datagrams lost so far", c->name, c->lost);
}

/*
 * ECONNREFUSED is about an earlier datagram, counted as sent, and this one was
 * not tried: it may still find a reader that has come back.
 */
static void
send_one(struct dnschan *c, const char *text, size_t len)
{
	bool refused = false;
	int err = 0;

	if (send(c->fd, text, len, 0) < 0)
		err = errno;
	if (err == ECONNREFUSED && c->sent > 0) {
		refused = true;
		err = send(c->fd, text, len, 0) < 0 ? errno : 0;
		c->sent--;
		c->lost++;
	}
	c->sent += err == 0;
	c->lost += err != 0;
	if (err != 0 || refused) {
		errno = err != 0 ? err : ECONNREFUSED;
		warn(c);
	}
}

static void
emit(void *arg, const char *text, size_t len)
{
	struct dnschan *c = arg;

	if (c->out == NULL) {
		send_one(c, text, len);
		return;
	}
	outfile_put(c->out, text, len, 1);
	c->dirty = true;
}

void
dnschan_put(struct dnschan *c, const struct obs_dns *d)
{
	if (c->n_turn++ == 0)
		c->turn_at = meterlog_now(c->meters);
	c->next += dnsjson_put(d, c->next, emit, c);
}

uint64_t
dnschan_sent(const struct dnschan *c)
{
	if (c == NULL || c->out == NULL)
		return c == NULL ? 0 : c->sent;
	return outfile_written(c->out);
}

uint64_t
dnschan_lost(const struct dnschan *c)
{
	if (c == NULL || c->out == NULL)
		return c == NULL ? 0 : c->lost;
	return outfile_lost(c->out);
}

uint64_t
dnschan_waiting(const struct dnschan *c)
{
	if (c == NULL)
		return 0;
	return c->next - 1 - dnschan_sent(c) - dnschan_lost(c);
}

void
dnschan_stop(struct dnschan *c)
{
	if (c == NULL || c->loop == NULL)
		return;
	ev_prepare_stop(c->loop, &c->prepare);
	c->loop = NULL;
}

int
dnschan_close(struct dnschan *c)
{
	int status;

	if (c == NULL)
		return 0;
	dnschan_stop(c);
	status = outfile_close(c->out);
	if (c->fd >= 0)
		(void)close(c->fd);
	free(c);
	return status;
}
