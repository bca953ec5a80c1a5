/* SPDX-License-Identifier: BSD-3-Clause */
/* All agents: who may dial when, who is new, and when all have ended. */
#include "collector/peers.h"

#include <errno.h>
#include <ev.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/lograte.h"
#include "base/peraddr.h"
#include "base/proc.h"
#include "collector/listen.h"
#include "collector/peer.h"

#define DIALING_MAX 128   /* attempts at once: a burst, not a flood */
#define IN_SIZE     65536 /* octets one agent may have per turn */
#define CAPPED_SIZE 4096  /* the same where records are capped */
#define LINES_MAX   20    /* messages about strangers in a minute */

TAILQ_HEAD(link_list, peer_link);

struct peers {
	struct peers_conf conf;
	struct peer_env env;
	peers_done_fn *done;
	void *arg;
	struct link_list all, turns;
	struct listen **listen;
	size_t n_listen;
	long n;        /* peers, dialled and accepted */
	long n_guests; /* agents that dialled in, ever */
	unsigned int dialing;
	bool stopping, told;
	uint64_t refused;
	struct peraddr *from; /* who dialled in how often */
	uint64_t holds;       /* how often nobody was listened to */
	ev_prepare before_wait;
};

/* Give turns to dial while there are some. */
static void
pump(struct peers *ps)
{
	struct peer_link *l;

	while (!ps->stopping && ps->dialing < DIALING_MAX &&
	       (l = TAILQ_FIRST(&ps->turns)) != NULL) {
		TAILQ_REMOVE(&ps->turns, l, turn);
		ps->dialing++;
		peer_dial(l->peer);
	}
}

/* Whether nobody is left whom it makes sense to wait for. */
static bool
is_over(const struct peers *ps)
{
	const struct peer_link *l;

	if (!ps->stopping && (!ps->conf.once || ps->conf.grows))
		return false;
	if (!ps->stopping && ps->n_listen > 0 && ps->n_guests == 0)
		return false;
	TAILQ_FOREACH(l, &ps->all, all) {
		const enum peer_state at = peer_state(l->peer);

		if (at != PEER_DONE && (ps->stopping || !peer_ended(l->peer)))
			return false;
	}
	return true;
}

static void
tell_if_over(struct peers *ps)
{
	if (ps->told || !is_over(ps))
		return;
	ps->told = true;
	ps->done(ps->arg);
}

static void
drop(struct peers *ps, struct peer *p)
{
	TAILQ_REMOVE(&ps->all, peer_link(p), all);
	ps->n--;
	if (peer_is_accepted(p))
		peraddr_leave(ps->from, &peer_link(p)->from);
	peer_free(p);
}

static void
on_event(void *arg, struct peer *p, enum peer_event ev)
{
	struct peers *ps = arg;

	switch (ev) {
	case PEER_EV_READY:
		TAILQ_INSERT_TAIL(&ps->turns, peer_link(p), turn);
		pump(ps);
		return;
	case PEER_EV_DIALED:
		ps->dialing--;
		pump(ps);
		return;
	case PEER_EV_ENDED:
		tell_if_over(ps);
		return;
	case PEER_EV_CLOSED:
		if (peer_is_accepted(p) || peer_link(p)->leaving)
			drop(ps, p);
		tell_if_over(ps);
		return;
	}
}

/* ---- agents that dial in ---- */

/* How an agent that dialled in may be recognised. */
struct guest {
	const struct hello *h;
	const char *addr;
};

static bool
same_stream(const struct source *s, const void *arg)
{
	const struct guest *g = arg;

	return s->has_stream && g->h->has_stream &&
	       memcmp(s->stream_id, g->h->stream_id, sizeof(s->stream_id)) == 0;
}

static bool
same_node(const struct source *s, const void *arg)
{
	const struct guest *g = arg;
	const char *node = g->h->node[0] != '\0' ? g->h->node : g->h->host;

	return s->guest && !s->busy && node[0] != '\0' &&
	       strcmp(s->node, node) == 0;
}

/* Without a name, the address must do; the port is a new one each time. */
static bool
same_addr(const struct source *s, const void *arg)
{
	const struct guest *g = arg;
	const char *colon = strrchr(g->addr, ':');
	const size_t len = colon == NULL ? 0 : (size_t)(colon - g->addr) + 1;

	return s->guest && !s->busy && s->node[0] == '\0' &&
	       g->h->node[0] == '\0' && g->h->host[0] == '\0' &&
	       strncmp(s->addr, g->addr, len) == 0;
}

/* Who came once and brought nothing need not be remembered. */
static bool
is_unused(const struct source *s, const void *arg)
{
	const struct ledger_counts *c = &s->led.c;

	(void)arg;
	return s->guest && !s->busy && !s->led.joined && !s->led.joined_dns &&
	       c->records + c->host_records + c->dns_records == 0;
}

/*
 * An agent that is here already (it dials and is dialled, or its last
 * connection has not ended yet) must not be counted twice: refused.
 */
static struct source *
who(void *arg, const struct hello *h)
{
	struct peer *p = arg;
	struct peers *ps = peer_link(p)->owner;
	const struct guest g = { .h = h, .addr = peer_name(p) };
	struct source *s = hub_find(ps->env.sess.hub, same_stream, &g);

	if (s != NULL && (s->busy || !s->guest))
		return NULL;
	if (s == NULL)
		s = hub_find(ps->env.sess.hub, same_node, &g);
	if (s == NULL)
		s = hub_find(ps->env.sess.hub, same_addr, &g);
	if (s == NULL && ps->n_guests >= ps->conf.max) {
		s = hub_find(ps->env.sess.hub, is_unused, NULL);
		if (s != NULL)
			source_forget(s, g.addr);
		return s;
	}
	if (s != NULL)
		return s;
	s = hub_source(ps->env.sess.hub, hub_host(ps->env.sess.hub, h), g.addr);
	if (s == NULL)
		return NULL;
	s->guest = true;
	ps->n_guests++;
	return s;
}

/* An output that cannot keep up makes the agents' spools fill, not memory. */
static void
before_wait(struct ev_loop *loop, ev_prepare *w, int revents)
{
	struct peers *ps = w->data;
	const bool held = !ps->stopping && hub_is_held(ps->env.sess.hub);
	struct peer_link *l;
	struct peer_link *next;

	(void)loop;
	(void)revents;
	if (held == ps->env.held)
		return;
	ps->env.held = held;
	ps->holds += held;
	for (l = TAILQ_FIRST(&ps->all); l != NULL; l = next) {
		next = TAILQ_NEXT(l, all);
		peer_hold(l->peer);
	}
}

static int
take_in(struct peers *ps, struct peer *p)
{
	if (p == NULL)
		return -1;
	peer_link(p)->owner = ps;
	TAILQ_INSERT_TAIL(&ps->all, peer_link(p), all);
	ps->n++;
	return 0;
}

static void
refuse(struct peers *ps, int fd, const struct net_addr *addr, const char *why)
{
	char name[NET_NAME_MAX];

	ps->refused++;
	close(fd);
	if (lograte_may(&ps->env.strangers, proc_mono())) {
		log_warnx(
		    "agent at %s: turned away: %s", net_name(name, addr), why);
	}
}

static void
on_accept(void *arg, int fd, const struct net_addr *addr)
{
	struct peers *ps = arg;
	struct peer *p;

	if (!gate_admits(ps->env.gate, addr)) {
		close(fd);
		return;
	}
	if (ps->n >= ps->conf.max) {
		refuse(ps, fd, addr, "too many connections");
	} else if (!peraddr_enter(ps->from, addr)) {
		refuse(ps, fd, addr, "too many of this address");
	} else if (take_in(ps, p = peer_accepted(&ps->env, fd, addr)) != 0) {
		peraddr_leave(ps->from, addr);
		refuse(ps, fd, addr, "out of memory");
	} else {
		peer_link(p)->from = *addr;
		peer_start(p);
	}
}

/* ---- */

struct peers *
peers_new(struct ev_loop *loop, struct hub *hub, const struct peers_conf *conf,
    peers_done_fn *done, void *arg)
{
	struct peers *ps = calloc(1, sizeof(*ps));
	struct hash_key key;

	if (ps == NULL)
		return NULL;
	ps->conf = *conf;
	ps->done = done;
	ps->arg = arg;
	TAILQ_INIT(&ps->all);
	TAILQ_INIT(&ps->turns);
	ps->env = (struct peer_env){ .loop = loop,
		.sess = { .hub = hub,
		    .offer = conf->offer,
		    .legacy = conf->legacy,
		    .apply_clock = conf->apply_clock,
		    .who = who },
		.gate = conf->gate,
		.in_size = conf->rate_max == 0 ? IN_SIZE : CAPPED_SIZE,
		.rate_max = conf->rate_max,
		.retry_min = (double)conf->retry_min_ms / 1000,
		.retry_max = (double)conf->retry_max_ms / 1000,
		.once = conf->once,
		.returns = conf->returns,
		.strangers = { .what = "agents that dial in",
		    .max = LINES_MAX },
		.event = on_event,
		.arg = ps };
	ev_prepare_init(&ps->before_wait, before_wait);
	ps->before_wait.data = ps;
	ev_prepare_start(loop, &ps->before_wait);
	if (proc_hash_key(&key) != 0)
		goto fail;
	ps->env.seed = key.k[0];
	ps->env.in = malloc(IN_SIZE);
	ps->from = peraddr_new((unsigned int)conf->max_per_addr);
	ps->env.sess.scratch = stream_scratch_new();
	if (ps->env.in != NULL && ps->from != NULL &&
	    ps->env.sess.scratch != NULL)
		return ps;
fail:
	peers_free(ps);
	return NULL;
}

int
peers_add(struct peers *ps, unsigned int number, const struct net_hostport *hp)
{
	char name[SOURCE_NAME_MAX];
	struct source *s;

	net_text(name, sizeof(name), hp);
	s = hub_source(ps->env.sess.hub, number, name);
	if (s != NULL && take_in(ps, peer_new(&ps->env, s, hp)) == 0)
		return 0;
	log_error("agent %s", name);
	return -1;
}

static bool
same_number(const struct source *s, const void *arg)
{
	return s->src.host == *(const unsigned int *)arg;
}

struct source *
peers_source(struct peers *ps, unsigned int number, const char *label,
    const struct net_hostport *hp)
{
	struct hub *hub = ps->env.sess.hub;
	char name[SOURCE_NAME_MAX];
	struct source *s;

	net_text(name, sizeof(name), hp);
	/* Nobody may write to a log but us, whatever a path has in it. */
	for (char *c = name; *c != '\0'; c++) {
		if (*c < ' ' || *c > '~')
			*c = '_';
	}
	if (hub_find(hub, same_number, &number) != NULL)
		number = 0;
	if ((s = hub_source(hub, number, name)) == NULL) {
		log_error("agent %s", name);
		return NULL;
	}
	source_label(s, label);
	return s;
}

struct peer *
peers_dial(struct peers *ps, struct source *s, const struct net_hostport *hp)
{
	struct peer *p = peer_new(&ps->env, s, hp);

	if (take_in(ps, p) != 0) {
		log_error("agent %s", s->addr);
		return NULL;
	}
	peer_start(p);
	return p;
}

void
peers_leave(struct peers *ps, struct peer *p)
{
	peer_link(p)->leaving = true;
	peer_last(p);
	if (peer_state(p) == PEER_DONE)
		drop(ps, p);
}

bool
peers_idle(const struct peer *p)
{
	return peer_state(p) == PEER_IDLE || peer_state(p) == PEER_DONE;
}

long
peers_count(const struct peers *ps)
{
	return ps->n;
}

int
peers_listen(struct peers *ps, const char *text)
{
	struct listen **grown =
	    realloc(ps->listen, (ps->n_listen + 1) * sizeof(struct listen *));
	struct listen *l;

	if (grown == NULL) {
		log_error("listen at %s", text);
		return -1;
	}
	ps->listen = grown;
	if ((l = listen_open(ps->env.loop, text, on_accept, ps)) == NULL)
		return -1;
	ps->listen[ps->n_listen++] = l;
	log_info("listening at %s, port %u", text, listen_port(l));
	gate_warn(ps->env.gate, listen_fd(l));
	return 0;
}

void
peers_start(struct peers *ps)
{
	struct peer_link *l;

	TAILQ_FOREACH(l, &ps->all, all)
		peer_start(l->peer);
	tell_if_over(ps);
}

void
peers_stop(struct peers *ps)
{
	struct peer_link *l;
	struct peer_link *next;

	ps->stopping = true;
	for (size_t i = 0; i < ps->n_listen; i++)
		listen_close(ps->listen[i]);
	ps->n_listen = 0;
	for (l = TAILQ_FIRST(&ps->all); l != NULL; l = next) {
		next = TAILQ_NEXT(l, all);
		peer_stop(l->peer);
	}
	ps->told = false;
	tell_if_over(ps);
}

void
peers_print(const struct peers *ps, FILE *fp)
{
	const struct peer_link *l;
	long up = 0;

	TAILQ_FOREACH(l, &ps->all, all)
		up += peer_state(l->peer) == PEER_UP;
	fprintf(fp, "peers.connected %ld\n", up);
	fprintf(fp, "peers.known %ld\n", ps->n);
	fprintf(fp, "peers.refused %" PRIu64 "\n", ps->refused);
	fprintf(fp, "peers.bad %" PRIu64 "\n", ps->env.bad);
	fprintf(fp, "peers.holds %" PRIu64 "\n", ps->holds);
}

void
peers_free(struct peers *ps)
{
	struct peer_link *l;

	if (ps == NULL)
		return;
	for (size_t i = 0; i < ps->n_listen; i++)
		listen_close(ps->listen[i]);
	free(ps->listen);
	ev_prepare_stop(ps->env.loop, &ps->before_wait);
	while ((l = TAILQ_FIRST(&ps->all)) != NULL)
		drop(ps, l->peer);
	stream_scratch_free(ps->env.sess.scratch);
	lograte_done(&ps->env.strangers);
	peraddr_free(ps->from);
	free(ps->env.in);
	free(ps);
}
