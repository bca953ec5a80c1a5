/* SPDX-License-Identifier: BSD-3-Clause */
/* DNS answers that DNS agents send as JSON datagrams. */
#include "collector/dnsin.h"

#include <ev.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/log.h"
#include "base/proc.h"
#include "base/udp.h"
#include "collector/conf.h"
#include "collector/dnsevent.h"
#include "collector/dnspeer.h"
#include "collector/dnssock.h"
#include "collector/hub.h"

#define REAP_SECONDS 60.0
#define QUIET_NS     (10 * MONO_NS_PER_S)
#define QUIET_LINES  10 /* messages of one kind in so long */

#define COUNT_LIST(X)                                                   \
	X(answers, "DNS answers passed on")                             \
	X(not_accepted, "Answers with another status or type, dropped") \
	X(bad, "Datagrams that break the format, dropped")              \
	X(missing, "Datagrams that never came, by their numbers")       \
	X(late, "Datagrams that came after later ones")                 \
	X(repeated, "Datagrams whose number had come before")           \
	X(peers_seen, "Senders, ever")                                  \
	X(peers_gone, "Senders forgotten: silent for long, or too many")

struct count {
#define COUNT_MEMBER(name, help) uint64_t name;
	COUNT_LIST(COUNT_MEMBER)
#undef COUNT_MEMBER
};

/* Messages of one kind, at a bounded rate. */
struct quiet {
	mono_t since;
	unsigned int n;
	uint64_t more; /* not printed, and not told either */
};

/* One address. */
struct port {
	struct dnsin *in;
	const char *text;
	struct dnssock *sock;
	struct source *src;
	uint64_t next; /* number of its next answer */
};

struct dnsin {
	struct ev_loop *loop;
	struct hub *hub;
	struct dnspeers *peers;
	struct count count;
	struct quiet quiet_peer, quiet_seq, quiet_bad, quiet_other;
	ev_timer reap;
	mono_t now; /* of this turn */
	struct dnsevent event;
	size_t n_ports;
	struct port port[];
};

/* Whether one more message may be printed now. */
static bool
may_say(struct quiet *q, mono_t now)
{
	if (now.ns - q->since.ns >= QUIET_NS) {
		q->since = now;
		q->n = 0;
	}
	if (q->n >= QUIET_LINES) {
		q->more++;
		return false;
	}
	q->n++;
	return true;
}

/* ---- who sent it, and what is missing before it ---- */

static void
on_gone(void *arg, const struct dnspeer *p)
{
	struct dnsin *in = arg;

	in->count.peers_gone++;
	if (may_say(&in->quiet_peer, in->now))
		log_info("reaped: %s", p->name);
}

static struct dnspeer *
who(struct dnsin *in, const struct net_addr *a)
{
	struct dnspeer_key key = { .family = 0 };
	struct sockaddr_in sin;
	struct sockaddr_in6 sin6;
	struct dnspeer *p;

	key.family = a->ss.ss_family;
	if (key.family == AF_INET) {
		memcpy(&sin, &a->ss, sizeof(sin));
		memcpy(key.addr, &sin.sin_addr, sizeof(sin.sin_addr));
		key.port = ntohs(sin.sin_port);
	} else {
		memcpy(&sin6, &a->ss, sizeof(sin6));
		memcpy(key.addr, &sin6.sin6_addr, sizeof(sin6.sin6_addr));
		key.port = ntohs(sin6.sin6_port);
		key.scope = sin6.sin6_scope_id;
	}
	p = dnspeer_get(in->peers, &key, in->now);
	if (p != NULL && p->name[0] == '\0') {
		net_name(p->name, a);
		in->count.peers_seen++;
	}
	return p;
}

static void
lose(struct port *port, uint64_t n, wall_t when)
{
	const struct obs o = { .kind = OBS_LOSS,
		.time = when,
		.loss = { .reason = OBS_LOSS_DNSTAP, .count = n } };

	port->in->count.missing += n;
	hub_put(port->in->hub, port->src, port->next, &o, 1);
}

static void
check_number(struct port *port, struct dnspeer *p, uint64_t id, wall_t when)
{
	struct dnsin *in = port->in;
	const uint64_t last = p->last;
	uint64_t missing;

	switch (dnspeer_seq(p, id, &missing)) {
	case DNSPEER_FIRST:
		if (may_say(&in->quiet_peer, in->now))
			log_info("new peer %s", p->name);
		return;
	case DNSPEER_NEXT:
		return;
	case DNSPEER_GAP:
		lose(port, missing, when);
		break;
	case DNSPEER_LATE:
		in->count.late++;
		break;
	case DNSPEER_REPEAT:
		in->count.repeated++;
		break;
	case DNSPEER_ANEW:
		break;
	}
	if (may_say(&in->quiet_seq, in->now)) {
		log_info(
		    "sequence %s: %" PRIu64 " -> %" PRIu64, p->name, last, id);
	}
}

/* ---- what it says ---- */

static void
refuse(struct dnsin *in, const char *peer)
{
	struct quiet *q = &in->quiet_bad;

	in->count.bad++;
	if (!may_say(q, in->now))
		return;
	if (q->more > 0)
		log_warnx("%" PRIu64 " more bad datagrams", q->more);
	q->more = 0;
	log_warnx("bad datagram from %s while processing %s: %s", peer,
	    in->event.field, in->event.text);
}

static void
leave_out(struct dnsin *in, const char *peer)
{
	in->count.not_accepted++;
	if (may_say(&in->quiet_other, in->now)) {
		log_info("%s from %s not in ACCEPTED_%s", in->event.text, peer,
		    strcmp(in->event.field, "status") == 0 ? "STATUS"
							   : "QTYPE");
	}
}

static void
take(void *arg, const struct dnssock_datagram *d)
{
	struct port *port = arg;
	struct dnsin *in = port->in;
	struct obs o = { .kind = OBS_DNS, .time = d->when };
	const int n = dnsevent_parse(&in->event, d->data, d->len);
	struct dnspeer *p;
	const char *name;

	in->now = d->now;
	p = who(in, &d->from);
	name = p == NULL ? port->text : p->name;
	if (p != NULL && in->event.has_id)
		check_number(port, p, in->event.id, d->when);
	if (n < 0) {
		refuse(in, name);
	} else if (n == 0) {
		leave_out(in, name);
	} else {
		o.dns = in->event.dns;
		o.dns.conn = p == NULL ? 0 : p->number;
		in->count.answers++;
		hub_put(in->hub, port->src, port->next++, &o, 1);
	}
}

/* ---- from opening to closing ---- */

static void
on_reap(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct dnsin *in = w->data;

	(void)loop;
	(void)revents;
	in->now = proc_mono();
	dnspeer_reap(in->peers, in->now);
}

/* An interface for groups without any group is a mistake. */
static int
check_iface(const struct conf *conf)
{
	struct net_addr a;

	if (conf->dns_iface == NULL)
		return 0;
	for (size_t i = 0; i < conf->dns_listen.n; i++) {
		if (udp_addr(&a, conf->dns_listen.item[i]) != 0 ||
		    udp_is_group(&a))
			return 0;
	}
	log_errorx("dns.interface: %s: interface invalid for unicast",
	    conf->dns_iface);
	return -1;
}

static int
open_port(struct dnsin *in, const char *text, const struct conf *conf)
{
	struct port *port = &in->port[in->n_ports];
	const struct dnssock_conf sc = { .text = text,
		.iface = conf->dns_iface,
		.room = (size_t)conf->dns_buffer };
	char name[SOURCE_NAME_MAX];

	*port = (struct port){ .in = in, .text = text };
	snprintf(name, sizeof(name), "dns-json %s", text);
	if ((port->src = hub_source(in->hub, 0, name)) == NULL) {
		log_error("dns.listen: %s", text);
		return -1;
	}
	ledger_stream(&port->src->led, LEDGER_PLAIN);
	port->sock = dnssock_open(in->loop, &sc, take, port);
	if (port->sock == NULL)
		return -1;
	log_info("listening at %s for JSON datagrams", text);
	in->n_ports++;
	return 0;
}

struct dnsin *
dnsin_new(struct ev_loop *loop, struct hub *hub, const struct conf *conf)
{
	const size_t n = conf->dns_listen.n;
	struct dnsin *in = calloc(1, sizeof(*in) + n * sizeof(struct port));
	struct hash_key key;

	if (in == NULL)
		goto fail;
	in->loop = loop;
	in->hub = hub;
	ev_timer_init(&in->reap, on_reap, REAP_SECONDS, REAP_SECONDS);
	in->reap.data = in;
	if (proc_hash_key(&key) != 0 ||
	    (in->peers = dnspeer_table_new(&key, on_gone, in)) == NULL)
		goto fail;
	if (check_iface(conf) != 0)
		goto free_in;
	for (size_t i = 0; i < n; i++) {
		if (open_port(in, conf->dns_listen.item[i], conf) != 0)
			goto free_in;
	}
	return in;

fail:
	log_error("dns.listen");
free_in:
	dnsin_free(in);
	return NULL;
}

void
dnsin_start(struct dnsin *in, struct meterlog *meters)
{
	if (in == NULL)
		return;
	for (size_t i = 0; i < in->n_ports; i++)
		dnssock_start(in->port[i].sock, meters);
	ev_timer_start(in->loop, &in->reap);
}

void
dnsin_stop(struct dnsin *in)
{
	if (in == NULL)
		return;
	for (size_t i = 0; i < in->n_ports; i++)
		dnssock_stop(in->port[i].sock);
	for (size_t i = 0; i < in->n_ports; i++)
		hub_silent(in->hub, in->port[i].src);
	ev_timer_stop(in->loop, &in->reap);
}

/* The counters of all sockets, together. */
static struct dnssock_count
sum(const struct dnsin *in)
{
	struct dnssock_count c = { 0 };

	for (size_t i = 0; i < in->n_ports; i++) {
		const struct dnssock_count *one =
		    dnssock_count(in->port[i].sock);

		c.datagrams += one->datagrams;
		c.truncated += one->truncated;
		c.dropped += one->dropped;
		c.failed += one->failed;
	}
	return c;
}

void
dnsin_print(const struct dnsin *in, FILE *fp)
{
	struct dnssock_count c;

	if (in == NULL)
		return;
	c = sum(in);
	fprintf(fp, "dns_in.datagrams %" PRIu64 "\n", c.datagrams);
	fprintf(fp, "dns_in.truncated %" PRIu64 "\n", c.truncated);
	fprintf(fp, "dns_in.dropped %" PRIu64 "\n", c.dropped);
	fprintf(fp, "dns_in.failed %" PRIu64 "\n", c.failed);
#define COUNT_PRINT(name, help) \
	fprintf(fp, "dns_in." #name " %" PRIu64 "\n", in->count.name);
	COUNT_LIST(COUNT_PRINT)
#undef COUNT_PRINT
	fprintf(fp, "dns_in.peers %zu\n", dnspeer_n(in->peers));
}

void
dnsin_free(struct dnsin *in)
{
	if (in == NULL)
		return;
	for (size_t i = 0; i < in->n_ports; i++)
		dnssock_free(in->port[i].sock);
	ev_timer_stop(in->loop, &in->reap);
	dnspeer_table_free(in->peers);
	free(in);
}
