/* SPDX-License-Identifier: BSD-3-Clause */
/* Capture: packets of interfaces or files in, observations out. */
#include "agent/cap.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ev.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "agent/capdev.h"
#include "agent/capfile.h"
#include "agent/capnodes.h"
#include "agent/capns.h"
#include "agent/filter.h"
#include "agent/ifwatch.h"
#include "agent/pkt.h"
#include "base/log.h"
#include "base/proc.h"

#define OWN_PEERS_MAX 64 /* collectors that we dial */

struct own_peer {
	uint8_t addr[16];
	uint16_t port;
};

struct cap {
	const struct cap_conf *conf;
	struct iftab *tab;
	struct count *count;
	cap_fn *emit;
	void *arg;
	uint16_t own_port; /* 0: none */
	size_t n_peers;
	struct own_peer peer[OWN_PEERS_MAX];

	/* files */
	struct pkt *pkt;
	struct capfile *files;

	/* interfaces */
	struct capns_env env;
	struct capns *host; /* our own network namespace */
	struct capnodes *nodes;
};

static bool
is_peer(const struct own_peer *p, const uint8_t *addr, uint16_t port)
{
	return p->port == port && memcmp(p->addr, addr, 16) == 0;
}

/*
 * Whether the record is of one of our own connections; nodes see them, too, if
 * they are on the way.
 */
static bool
is_own(const struct cap *c, const struct obs_pkt *k)
{
	const struct pktown *t;

	if (k->proto != IPPROTO_TCP)
		return false;
	t = capns_own(c->host);
	if (c->own_port != 0 &&
	    ((k->dport == c->own_port && pktown_has(t, k->dst)) ||
		(k->sport == c->own_port && pktown_has(t, k->src))))
		return true;
	for (size_t i = 0; i < c->n_peers; i++) {
		if (is_peer(&c->peer[i], k->dst, k->dport) ||
		    is_peer(&c->peer[i], k->src, k->sport))
			return true;
	}
	return false;
}

static void
on_record(void *arg, const struct obs *o)
{
	struct cap *c = arg;

	if (is_own(c, &o->pkt)) {
		c->count->pkt_records--;
		c->count->pkt_own++;
		return;
	}
	c->emit(c->arg, o);
}

static void
on_file_frame(void *arg, const struct pkt_frame *f)
{
	struct cap *c = arg;
	struct obs o;

	if (pkt_parse(c->pkt, &o, f))
		c->emit(c->arg, &o);
}

static int
find_host(struct filter_host *ret_h, const char *iface)
{
	struct ifwatch *w = ifwatch_open();
	const struct ifwatch_if *i;

	if (w == NULL) {
		log_error("%s", iface);
		return -1;
	}
	if ((i = ifwatch_name(w, iface)) != NULL) {
		ret_h->has_mac = i->has_mac;
		ret_h->has_v4 = i->has_v4;
		memcpy(ret_h->mac, i->mac, sizeof(ret_h->mac));
		memcpy(ret_h->v4, i->v4, sizeof(ret_h->v4));
	}
	ifwatch_close(w);
	return 0;
}

/* The mode of files is "none" unless one is given; it needs -r for a MAC. */
static int
open_files(struct cap *c, const struct hash_key *key)
{
	const struct cap_conf *conf = c->conf;
	char filter[FILTER_MAX] = "";
	struct filter_host h = { 0 };
	const char *why = NULL;

	c->pkt = pkt_new(key, c->count, conf->decapsulate);
	if (c->pkt == NULL) {
		log_error("capture");
		return -1;
	}
	if (conf->digest)
		pkt_digest(c->pkt);
	if (conf->mac_iface != NULL && find_host(&h, conf->mac_iface) != 0)
		return -1;
	if (conf->mode != NULL)
		why = filter_make(filter, conf->mode, &h);
	if (why != NULL) {
		log_errorx(
		    "mode \"%s\": %s; name one with -r", conf->mode, why);
		return -1;
	}
	c->files =
	    capfile_open(conf->file, conf->n_files, on_file_frame, NULL, c);
	if (c->files == NULL)
		return -1;
	capfile_describe(c->files, c->tab);
	return filter[0] == '\0' ? 0 : capfile_filter(c->files, filter);
}

/*
 * A filter that is wrong is no trouble of one interface.  Those that come later
 * could not say so in time.
 */
static int
check_filter(const struct cap_conf *conf)
{
	const struct filter_host h = { .has_mac = true, .has_v4 = true };
	char filter[FILTER_MAX], err[CAPDEV_ERR_MAX];
	const char *why;

	if ((!conf->all && conf->n_netns == 0) || filter_is_mode(conf->mode))
		return 0;
	if ((why = filter_make(filter, conf->mode, &h)) == NULL) {
		if (capdev_check(conf, filter, err))
			return 0;
		why = err;
	}
	log_errorx("%s", why);
	return -1;
}

/* Our own namespace is followed in any case: its addresses are ours. */
static int
open_live(struct cap *c, const struct hash_key *key)
{
	const struct cap_conf *conf = c->conf;

	c->env = (struct capns_env){ .conf = conf,
		.count = c->count,
		.key = *key,
		.emit = on_record,
		.tab = c->tab,
		.arg = c };
	if (check_filter(conf) != 0)
		return -1;
	if ((c->host = capns_open(&c->env, -1, "")) == NULL) {
		log_error("interfaces of this host");
		return -1;
	}
	for (size_t i = 0; i < conf->n_ifaces; i++) {
		if (capns_name(c->host, conf->iface[i]) != 0)
			return -1;
	}
	if (capns_wait(c->host) != 0)
		return -1;
	if (conf->all) {
		capns_all(c->host);
		capns_open_new(&c->host, 1);
	}
	if (conf->n_netns == 0)
		return 0;
	c->nodes = capnodes_open(&c->env, conf->netns, conf->n_netns);
	return c->nodes == NULL ? -1 : 0;
}

bool
cap_live(const struct cap_conf *conf)
{
	return conf->n_files == 0 &&
	       (conf->all || conf->n_ifaces + conf->n_netns > 0);
}

/* There may be none: DNS answers are input as well. */
static int
open_sources(struct cap *c, const struct hash_key *key)
{
	if (c->conf->n_files > 0)
		return open_files(c, key);
	return cap_live(c->conf) ? open_live(c, key) : 0;
}

struct cap *
cap_open(const struct cap_conf *conf, struct iftab *tab, struct count *count,
    cap_fn *emit, void *arg)
{
	struct cap *c = calloc(1, sizeof(*c));
	struct hash_key key;

	if (c == NULL || proc_hash_key(&key) != 0) {
		log_error("capture");
		free(c);
		return NULL;
	}
	c->conf = conf;
	c->tab = tab;
	c->count = count;
	c->emit = emit;
	c->arg = arg;
	if (open_sources(c, &key) == 0)
		return c;
	cap_close(c);
	return NULL;
}

void
cap_own_port(struct cap *c, uint16_t port)
{
	c->own_port = port;
}

void
cap_own_peer(struct cap *c, const struct sockaddr *sa)
{
	struct own_peer p = { .port = 0 };
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	if (sa->sa_family == AF_INET) {
		memcpy(&v4, sa, sizeof(v4));
		memcpy(p.addr, &v4.sin_addr, 4);
		p.port = ntohs(v4.sin_port);
	} else if (sa->sa_family == AF_INET6) {
		memcpy(&v6, sa, sizeof(v6));
		memcpy(p.addr, &v6.sin6_addr, 16);
		p.port = ntohs(v6.sin6_port);
	} else {
		return;
	}
	for (size_t i = 0; i < c->n_peers; i++) {
		if (is_peer(&c->peer[i], p.addr, p.port))
			return;
	}
	if (c->n_peers < OWN_PEERS_MAX)
		c->peer[c->n_peers++] = p;
}

static void
each(struct cap *c, void (*fn)(struct capns *n))
{
	if (c->host != NULL)
		fn(c->host);
	capnodes_each(c->nodes, fn);
}

void
cap_start(struct cap *c, struct ev_loop *loop, struct meterlog *meters)
{
	if (c->host == NULL)
		return;
	capns_start(c->host, loop, meters);
	if (c->nodes != NULL)
		capnodes_start(c->nodes, loop, meters);
}

void
cap_sweep(struct cap *c)
{
	each(c, capns_sweep);
}

void
cap_drain(struct cap *c)
{
	/* What came last lies in blocks that are handed over by their age. */
	struct timespec age = {
		.tv_nsec =
		    (2 * capdev_block_ms(c->conf->buffer) + 20) * MONO_NS_PER_MS
	};

	if (c->host == NULL)
		return;
	capnodes_stop(c->nodes);
	each(c, capns_halt);
	each(c, capns_read);
	while (nanosleep(&age, &age) < 0 && errno == EINTR)
		;
	each(c, capns_read);
	each(c, capns_stop);
}

int
cap_read(struct cap *c, unsigned int max, wall_t before)
{
	return c->files == NULL ? 0 : capfile_read(c->files, max, before);
}

uint64_t
cap_poll_drops(struct cap *c, uint64_t *ret_ring, uint64_t *ret_iface)
{
	each(c, capns_drops);
	*ret_ring = c->env.ring;
	*ret_iface = c->env.iface;
	c->env.ring = c->env.iface = 0;
	c->count->drop_kernel += *ret_ring;
	c->count->drop_iface += *ret_iface;
	return *ret_ring + *ret_iface;
}

void
cap_close(struct cap *c)
{
	if (c == NULL)
		return;
	capnodes_close(c->nodes);
	capns_close(c->host);
	capns_flush(&c->env);
	capfile_close(c->files);
	pkt_free(c->pkt);
	free(c);
}
