/* SPDX-License-Identifier: BSD-3-Clause */
/* Capture: packets of interfaces or files in, observations out. */
#include "agent/cap.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "agent/capfile.h"
#include "agent/caplive.h"
#include "agent/filter.h"
#include "agent/own.h"
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
	struct count *count;
	cap_fn *emit;
	void *arg;
	struct pkt *pkt;
	struct own *own;   /* NULL for files */
	uint16_t own_port; /* 0: none */
	size_t n_peers;
	struct own_peer peer[OWN_PEERS_MAX];
	struct iftab *tab;
	struct capfile *files;
	size_t n_live;
	struct caplive **live; /* conf->n_ifaces of them */
};

static bool
is_peer(const struct own_peer *p, const uint8_t *addr, uint16_t port)
{
	return p->port == port && memcmp(p->addr, addr, 16) == 0;
}

/* Whether the record is of one of our own connections. */
static bool
is_own(const struct cap *c, const struct obs_pkt *k)
{
	const struct pktown *t;

	if (k->proto != IPPROTO_TCP || c->own == NULL)
		return false;
	t = own_table(c->own);
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
on_frame(void *arg, const struct pkt_frame *f)
{
	struct cap *c = arg;
	struct obs o;

	if (!pkt_parse(c->pkt, &o, f))
		return;
	if (is_own(c, &o.pkt)) {
		c->count->pkt_records--;
		c->count->pkt_own++;
		return;
	}
	c->emit(c->arg, &o);
}

/* The mode of files is "none" unless one is given; it needs -r for a MAC. */
static int
open_files(struct cap *c)
{
	const struct cap_conf *conf = c->conf;
	char filter[FILTER_MAX] = "";
	struct filter_host h = { 0 };
	const char *why = NULL;
	unsigned int has = 0;

	if (conf->mac_iface != NULL)
		has = own_iface(conf->mac_iface, h.mac, h.v4);
	h.has_mac = (has & OWN_HAS_MAC) != 0;
	h.has_v4 = (has & OWN_HAS_V4) != 0;
	if (conf->mode != NULL)
		why = filter_make(filter, conf->mode, &h);
	if (why != NULL) {
		log_errorx(
		    "mode \"%s\": %s; name one with -r", conf->mode, why);
		return -1;
	}
	c->files = capfile_open(conf->file, conf->n_files, on_frame, c);
	if (c->files == NULL)
		return -1;
	capfile_describe(c->files, c->tab);
	return filter[0] == '\0' ? 0 : capfile_filter(c->files, filter);
}

static int
open_live(struct cap *c)
{
	c->own = own_open();
	if (c->own == NULL) {
		log_error("addresses of this host");
		return -1;
	}
	c->live = calloc(c->conf->n_ifaces, sizeof(struct caplive *));
	if (c->live == NULL) {
		log_error("capture");
		return -1;
	}
	pkt_own(c->pkt, own_table(c->own));
	for (; c->n_live < c->conf->n_ifaces; c->n_live++) {
		c->live[c->n_live] =
		    caplive_open(c->conf, c->n_live, on_frame, c);
		if (c->live[c->n_live] == NULL)
			return -1;
		caplive_describe(c->live[c->n_live], c->tab);
	}
	return 0;
}

/* There may be none: DNS answers are input as well. */
static int
open_sources(struct cap *c)
{
	if (c->conf->n_files > 0)
		return open_files(c);
	return c->conf->n_ifaces > 0 ? open_live(c) : 0;
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
	c->pkt = pkt_new(&key, count, conf->decapsulate);
	if (c->pkt == NULL) {
		log_error("capture");
	} else if (open_sources(c) == 0) {
		return c;
	}
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

void
cap_start(struct cap *c, struct ev_loop *loop, struct meterlog *meters)
{
	if (c->own != NULL)
		own_start(c->own, loop);
	for (size_t i = 0; i < c->n_live; i++)
		caplive_start(c->live[i], loop, meters);
}

void
cap_drain(struct cap *c)
{
	/* What came last lies in blocks that are handed over by their age. */
	struct timespec age = { .tv_nsec = (2 * CAPLIVE_BLOCK_MS + 20) *
					   MONO_NS_PER_MS };

	for (size_t i = 0; i < c->n_live; i++)
		caplive_read(c->live[i]);
	while (c->n_live > 0 && nanosleep(&age, &age) < 0 && errno == EINTR)
		;
	for (size_t i = 0; i < c->n_live; i++) {
		caplive_read(c->live[i]);
		caplive_stop(c->live[i]);
	}
}

int
cap_read(struct cap *c, unsigned int max, wall_t before)
{
	return c->files == NULL ? 0 : capfile_read(c->files, max, before);
}

uint64_t
cap_poll_drops(struct cap *c, uint64_t *ret_ring, uint64_t *ret_iface)
{
	*ret_ring = *ret_iface = 0;
	for (size_t i = 0; i < c->n_live; i++)
		caplive_drops(c->live[i], ret_ring, ret_iface);
	c->count->drop_kernel += *ret_ring;
	c->count->drop_iface += *ret_iface;
	return *ret_ring + *ret_iface;
}

void
cap_close(struct cap *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < c->n_live; i++)
		caplive_close(c->live[i]);
	free(c->live);
	capfile_close(c->files);
	own_close(c->own);
	pkt_free(c->pkt);
	free(c);
}
