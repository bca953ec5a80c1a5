/* SPDX-License-Identifier: BSD-3-Clause */
/* The publisher: any number of collectors, each with a queue of its own. */
#include "agent/pub.h"

#include <ev.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "agent/pubdial.h"
#include "agent/pubdisk.h"
#include "agent/pubpeer.h"
#include "base/log.h"
#include "base/net.h"
#include "base/peraddr.h"
#include "base/proc.h"
#include "wire/rec28.h"

/* The most that a collector may ask for: it bounds what one encoder takes. */
#define BLOCK_MAX   4096
#define SLOTS_LOG2  12
#define LATENCY_MAX 60000

#define BAD_LINES   10 /* a minute, about collectors that do wrong, */
#define MOVES_LINES 60 /* and about those that come and go */

struct pub {
	const struct pub_conf *conf;
	struct pubshare share;
	struct gate gate;
	LIST_HEAD(, pubpeer) peers;
	unsigned int n_peers;    /* connected */
	unsigned int n_attached; /* and getting records */
	unsigned int n_old, n_text;
	bool behind;
	bool ending;
	struct publisten listen;
	struct pubdial **dial; /* conf->n_dial of them */
	struct peraddr *from;  /* who has how many connections */
	ev_prepare prepare;
};

static void
count_peer(struct pub *p, const struct pubpeer *peer)
{
	p->n_peers += peer->state != SESS_CLOSED;
	p->n_attached += pubpeer_attached(peer) && peer->feed.old == NULL;
	p->n_old += peer->state == SESS_LEGACY;
	p->n_text += peer->state == SESS_TEXT;
	p->behind |= peer->state != SESS_CLOSED &&
		     pubpeer_waiting(peer) > p->conf->queue / 2;
}

static void
remove_peer(struct pub *p, struct pubpeer *peer)
{
	LIST_REMOVE(peer, link);
	if (peer->dial != NULL)
		pubdial_closed(peer->dial, peer->sent > 0);
	if (peer->counted)
		peraddr_leave(p->from, &peer->from);
	pubpeer_free(peer);
}

/* Before the loop sleeps: send what waits, forget who is gone. */
static void
on_prepare(struct ev_loop *loop, ev_prepare *w, int revents)
{
	struct pub *p = w->data;
	struct pubpeer *peer, *next;

	(void)loop;
	(void)revents;
	pubenc_wait(&p->share.feed.encs);
	p->n_peers = p->n_attached = p->n_old = p->n_text = 0;
	p->behind = false;
	for (peer = LIST_FIRST(&p->peers); peer != NULL; peer = next) {
		next = LIST_NEXT(peer, link);
		pubpeer_flush(peer);
		count_peer(p, peer);
		if (peer->state == SESS_CLOSED && !p->ending)
			remove_peer(p, peer);
	}
}

static struct pubpeer *
add_peer(struct pub *p, int fd, const struct net_addr *addr, const char *host)
{
	struct pubpeer *peer;

	if (p->n_peers >= p->conf->max_peers || p->ending ||
	    (peer = pubpeer_new(&p->share, fd, addr, host)) == NULL) {
		p->share.count->peer_refused++;
		close(fd);
		return NULL;
	}
	p->share.count->peer_accepted++;
	p->n_peers++;
	LIST_INSERT_HEAD(&p->peers, peer, link);
	return peer;
}

/* One that connected to us must not take the places of all others. */
static void
take_in(void *arg, int fd, const struct net_addr *addr)
{
	struct pub *p = arg;
	char name[NET_NAME_MAX];
	struct pubpeer *peer;

	if (!gate_admits(&p->gate, addr)) {
		close(fd);
		return;
	}
	if (!peraddr_enter(p->from, addr)) {
		p->share.count->peer_refused++;
		close(fd);
	} else if ((peer = add_peer(p, fd, addr, NULL)) != NULL) {
		peer->counted = true;
		return;
	} else {
		peraddr_leave(p->from, addr);
	}
	if (lograte_may(&p->share.bad, proc_mono())) {
		log_warnx("collector %s: turned away, %u are connected",
		    net_name(name, addr), p->n_peers);
	}
}

/* A collector that was dialled answered: from here on it is like the others. */
static bool
on_dialled(void *arg, struct pubdial *d, int fd, const struct net_addr *addr)
{
	struct pubpeer *peer = add_peer(arg, fd, addr, pubdial_host(d));

	if (peer == NULL)
		return false;
	peer->dial = d;
	return true;
}

static int
open_gate(struct pub *p, struct count *count)
{
	const struct pub_conf *c = p->conf;
	const struct gate_conf conf = { .tls = c->tls,
		.require_tls = c->require_tls,
		.peer = "collector",
		.not_allowed = &count->peer_not_allowed,
		.no_tls = &count->peer_no_tls,
		.tls_failed = &count->tls_failed };

	if (gate_open(&p->gate, &conf) < 0)
		return -1;
	for (size_t i = 0; i < c->n_allow; i++) {
		const char *why = allow_add(&p->gate.allow, c->allow[i]);

		if (why != NULL) {
			log_errorx("--allow: %s %s", c->allow[i], why);
			return -1;
		}
	}
	return 0;
}

static int
open_dials(struct pub *p)
{
	const struct pub_conf *c = p->conf;

	p->dial = calloc(c->n_dial + 1, sizeof(struct pubdial *));
	if (p->dial == NULL) {
		log_error("--dial");
		return -1;
	}
	for (size_t i = 0; i < c->n_dial; i++) {
		p->dial[i] = pubdial_new(c->dial[i], on_dialled, p);
		if (p->dial[i] == NULL)
			return -1;
		pubdial_watch(p->dial[i], c->dialled, c->arg);
	}
	return 0;
}

/* What each encoder keeps in memory: a spool on disk may be far larger. */
static size_t
kept_in_memory(const struct pub_conf *c)
{
	return c->spool_dir != NULL && c->spool_size > c->queue ? c->queue
								: c->spool_size;
}

static int
init_share(struct pub *p, const struct ident *id, struct count *count)
{
	const struct pub_conf *c = p->conf;
	struct pubshare *s = &p->share;
	struct hello_params *mine = &s->feed.mine;

	*mine = id->hello.par;
	mine->tick_exp = 0;
	mine->wbits = 15;
	mine->block = BLOCK_MAX;
	mine->slots_log2 = SLOTS_LOG2;
	mine->latency_ms = LATENCY_MAX;
	mine->frame_max = FRAME_MAX;
	if (mine->frame_max > c->queue / 4)
		mine->frame_max = (uint32_t)(c->queue / 4);
	s->count = count;
	s->feed.id = id;
	s->format = c->format;
	s->queue = c->queue;
	s->legacy_wait_ms = c->require_tls ? 0 : c->legacy_wait_ms;
	s->gate = &p->gate;
	s->bad = (struct lograte){ .what = "collectors", .max = BAD_LINES };
	s->moves = (struct lograte){ .what = "collectors that come and go",
		.max = MOVES_LINES };
	pubaway_init(&s->feed.away, c->spool_time);
	pubenc_init(&s->feed.encs, c->level, kept_in_memory(c));
	s->feed.encs.unencodable = &count->dns_unencodable;
	s->chunk_size = mine->frame_max + FRAME_OVERHEAD;
	s->chunk = malloc(s->chunk_size);
	return s->chunk == NULL ? -1 : 0;
}

struct pub *
pub_open(
    const struct pub_conf *conf, const struct ident *id, struct count *count)
{
	struct pub *p = calloc(1, sizeof(*p));

	if (p == NULL) {
		log_error("publisher");
		return NULL;
	}
	p->conf = conf;
	p->listen.fd = p->listen.local.fd = -1;
	p->listen.bad = &p->share.bad;
	LIST_INIT(&p->peers);
	if (init_share(p, id, count) < 0 ||
	    (p->from = peraddr_new(conf->max_per_addr)) == NULL) {
		log_error("publisher");
	} else if (pubdisk_open(&p->share.feed, conf->spool_dir,
		       conf->spool_size) == 0 &&
		   open_gate(p, count) == 0 &&
		   publisten_open(&p->listen, &conf->listen, &p->gate,
		       &p->share.bad) == 0 &&
		   open_dials(p) == 0) {
		return p;
	}
	pub_close(p);
	return NULL;
}

uint16_t
pub_port(const struct pub *p)
{
	return p->listen.port;
}

void
pub_start(struct pub *p, struct ev_loop *loop)
{
	p->share.loop = loop;
	pubenc_start(&p->share.feed.encs, loop);
	ev_prepare_init(&p->prepare, on_prepare);
	ev_set_priority(&p->prepare, EV_MAXPRI);
	p->prepare.data = p;
	ev_prepare_start(loop, &p->prepare);
	publisten_start(&p->listen, loop, take_in, p);
	for (size_t i = 0; i < p->conf->n_dial; i++)
		pubdial_start(p->dial[i], loop);
}

static void
send_to(const struct pub *p, enum sess_state state, const struct obs *o,
    const void *data, size_t len)
{
	struct pubpeer *peer;

	LIST_FOREACH(peer, &p->peers, link)
		if (peer->state == state)
			pubpeer_record(peer, o, data, len);
}

static void
send_old(struct pub *p, const struct obs *o)
{
	uint8_t rec[2 * REC28_LEN];
	unsigned int note;
	const size_t len = rec28_put(rec, o, &note);

	p->share.count->old_not_ipv4 += (note & REC28_NOT_IPV4) != 0;
	p->share.count->old_clamped += (note & REC28_CLAMPED) != 0;
	if (len > 0)
		send_to(p, SESS_LEGACY, o, rec, len);
}

void
pub_send(struct pub *p, const struct obs *o)
{
	p->share.newest = o->time;
	pubenc_put(&p->share.feed.encs, o);
	if (p->n_old > 0)
		send_old(p, o);
	if (p->n_text > 0 && o->kind != OBS_DNS) {
		char line[LINE_MAX_LEN];

		send_to(p, SESS_TEXT, o, line,
		    line_put(line, o, p->share.format,
			iftab_lines(p->share.feed.id->tab)));
	}
}

uint64_t
pub_number(const struct pub *p, enum obs_kind kind)
{
	switch (kind) {
	case OBS_PKT:
		return p->share.feed.encs.next;
	case OBS_DNS:
		return p->share.feed.encs.next_dns;
	case OBS_HOST:
	case OBS_LOSS:
		break;
	}
	return 0;
}

bool
pub_wants(const struct pub *p)
{
	return p->n_attached > 0 || !LIST_EMPTY(&p->share.feed.encs.list);
}

unsigned int
pub_attached(const struct pub *p)
{
	return p->n_attached;
}

bool
pub_behind(const struct pub *p)
{
	return p->behind;
}

static struct ctl_stats
figures(const struct pub *p)
{
	const struct count *c = p->share.count;
	struct rusage ru = { 0 };

	getrusage(RUSAGE_SELF, &ru);
	return (struct ctl_stats){ .wall = proc_wall(),
		.mono_ns = proc_mono().ns,
		.next_seq = p->share.feed.encs.next,
		.received = c->pkt_received,
		.kernel_drops = c->drop_kernel,
		.iface_drops = c->drop_iface,
		.filtered = c->pkt_own,
		.not_ip = c->pkt_arp + c->pkt_not_ip,
		.malformed = c->pkt_malformed,
		.host_iface = c->host_iface,
		.host_softnet = c->host_softnet,
		.host_udp = c->host_udp,
		.cpu_us =
		    (uint64_t)(ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) *
			1000000u +
		    (uint64_t)(ru.ru_utime.tv_usec + ru.ru_stime.tv_usec) };
}

void
pub_tick(struct pub *p)
{
	struct ctl_stats s;
	struct pubpeer *peer;

	lograte_tick(&p->share.bad, proc_mono());
	lograte_tick(&p->share.moves, proc_mono());
	gate_tick(&p->gate);
	if (!LIST_EMPTY(&p->peers))
		s = figures(p);
	LIST_FOREACH(peer, &p->peers, link)
		pubpeer_stats(peer, &s);
	pubaway_tick(&p->share.feed.away, proc_mono());
	pubdisk_tick(&p->share.feed, proc_mono());
	if (!p->ending)
		publisten_tick(&p->listen);
}

void
pub_reload(struct pub *p)
{
	gate_reload(&p->gate);
}

void
pub_level(struct pub *p, int level)
{
	pubenc_level(&p->share.feed.encs, level);
}

void
pub_end(struct pub *p, double wait)
{
	struct pubpeer *peer;

	p->ending = true;
	publisten_close(&p->listen);
	for (size_t i = 0; i < p->conf->n_dial; i++)
		pubdial_stop(p->dial[i]);
	pubenc_flush(&p->share.feed.encs);
	p->share.last = figures(p);
	LIST_FOREACH(peer, &p->peers, link)
		pubpeer_end(peer, wait);
}

bool
pub_ended(const struct pub *p)
{
	const struct pubpeer *peer;

	LIST_FOREACH(peer, &p->peers, link)
		if (peer->state != SESS_CLOSED)
			return false;
	return p->ending;
}

void
pub_print(const struct pub *p, FILE *fp)
{
	struct pubpeer *peer;

	LIST_FOREACH(peer, &p->peers, link)
		pubpeer_print(peer, fp);
}

void
pub_close(struct pub *p)
{
	struct pubpeer *peer;

	if (p == NULL)
		return;
	while ((peer = LIST_FIRST(&p->peers)) != NULL) {
		LIST_REMOVE(peer, link);
		pubpeer_free(peer);
	}
	if (p->dial != NULL) {
		for (size_t i = 0; i < p->conf->n_dial; i++)
			pubdial_free(p->dial[i]);
	}
	free(p->dial);
	pubdisk_close(&p->share.feed);
	pubaway_done(&p->share.feed.away);
	free(p->share.chunk);
	if (p->share.loop != NULL)
		ev_prepare_stop(p->share.loop, &p->prepare);
	publisten_close(&p->listen);
	lograte_done(&p->share.bad);
	lograte_done(&p->share.moves);
	peraddr_free(p->from);
	gate_done(&p->gate);
	free(p);
}
