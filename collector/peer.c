/* SPDX-License-Identifier: BSD-3-Clause */
/* The connection to one agent: dialled again and again, or accepted once. */
#include "collector/peer.h"

#include <errno.h>
#include <ev.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/proc.h"
#include "collector/backoff.h"
#include "collector/brake.h"
#include "collector/dial.h"
#include "collector/shake.h"

#define TICK_SECONDS   1.0
#define OWES_SECONDS   0.02 /* between looks for the last acknowledgement */
#define LINGER_SECONDS 1.0
#define QUIET_NS       (600 * MONO_NS_PER_S) /* between equal complaints */
#define LINES_MAX      10 /* complaints about one agent in a minute */
#define WHY_MAX        128

struct peer {
	struct peer_env *env;
	struct source *src; /* NULL: accepted, the session knows */
	char name[SOURCE_NAME_MAX];
	enum peer_state state;
	bool stopped;
	bool ended;
	struct dial dial; /* of one that is dialled */
	struct conn conn;
	struct shake shake; /* of .conn */
	ev_io io;
	ev_timer timer; /* what for: see the state */
	struct session *sess;
	mono_t up;
	struct backoff backoff;
	mono_t said; /* when .why was logged */
	char why[WHY_MAX];
	struct lograte rate; /* of one that is dialled */
	struct brake brake;
	struct peer_link link;
};

static bool
is_dialled(const struct peer *p)
{
	return p->src != NULL;
}

static void
tell(struct peer *p, enum peer_event ev)
{
	p->env->event(p->env->arg, p, ev);
}

/* Complain, but not again and again about the same. */
static void
peer_warnx(struct peer *p, const char *why)
{
	const mono_t now = proc_mono();
	struct lograte *rate = is_dialled(p) ? &p->rate : &p->env->strangers;

	if (strncmp(why, p->why, WHY_MAX - 1) == 0 &&
	    now.ns - p->said.ns < QUIET_NS)
		return;
	snprintf(p->why, sizeof(p->why), "%s", why);
	p->said = now;
	if (!lograte_may(rate, now))
		return;
	if (p->src != NULL) {
		log_warnx("agent %u (%s): %s", p->src->src.host, p->name, why);
	} else {
		log_warnx("agent at %s: %s", p->name, why);
	}
}

static void
set_timer(struct peer *p, double after, double repeat)
{
	ev_timer_stop(p->env->loop, &p->timer);
	ev_timer_set(&p->timer, after, repeat);
	ev_timer_start(p->env->loop, &p->timer);
}

static void
set_io(struct peer *p, int events)
{
	if (ev_is_active(&p->io) && p->io.events == events)
		return;
	ev_io_stop(p->env->loop, &p->io);
	if (events == 0)
		return;
	ev_io_set(&p->io, p->conn.fd, events);
	ev_io_start(p->env->loop, &p->io);
}

/* Let go of everything that an attempt or a connection holds. */
static void
release(struct peer *p)
{
	brake_end(&p->brake);
	shake_end(&p->shake);
	ev_timer_stop(p->env->loop, &p->timer);
	ev_io_stop(p->env->loop, &p->io);
	if (is_dialled(p))
		dial_end(&p->dial);
	conn_close(&p->conn);
	session_free(p->sess);
	p->sess = NULL;
}

/* Nothing is open any more: pause, or stay away for good. */
static void
settle_down(struct peer *p)
{
	release(p);
	if (p->stopped || !is_dialled(p) || (p->ended && p->env->once)) {
		p->state = PEER_DONE;
	} else {
		p->state = PEER_IDLE;
		set_timer(p, backoff_next(&p->backoff), 0.);
	}
	tell(p, PEER_EV_CLOSED);
}

/* What ended the session: TLS may know better.  NULL: nothing was wrong. */
static const char *
why_over(struct peer *p, char dst[static WHY_MAX])
{
	const char *why = gate_why(p->env->gate, &p->conn);

	if (why == NULL)
		return session_why(p->sess);
	snprintf(dst, WHY_MAX, "TLS: %s", why);
	return dst;
}

/* The session is over: send the last words, then wait for the other end. */
static void
finish(struct peer *p)
{
	char text[WHY_MAX];
	const char *why = why_over(p, text);
	const double lasted = (double)(proc_mono().ns - p->up.ns) * 1e-9;

	brake_end(&p->brake);
	(void)conn_send(&p->conn, session_out(p->sess));
	if (session_finished(p->sess) || lasted >= p->env->retry_max)
		backoff_reset(&p->backoff);
	if (session_again(p->sess))
		backoff_none(&p->backoff);
	if (why != NULL && session_source(p->sess) == NULL)
		p->env->bad++;
	if (why != NULL && !p->stopped)
		peer_warnx(p, why);
	p->ended |= session_finished(p->sess);
	if (session_state(p->sess) == SESS_CLOSED) {
		settle_down(p);
		return;
	}
	p->state = PEER_LINGER;
	(void)conn_shutdown(&p->conn);
	set_io(p, EV_READ);
	set_timer(p, LINGER_SECONDS, 0.);
	if (p->ended)
		tell(p, PEER_EV_ENDED);
}

/* After anything that a session did. */
static void
carry_on(struct peer *p)
{
	struct obuf *out = session_out(p->sess);

	if (session_state(p->sess) >= SESS_ENDING) {
		finish(p);
		return;
	}
	if (conn_send(&p->conn, out) < 0) {
		session_eof(p->sess);
		finish(p);
		return;
	}
	const bool owes = session_owes(p->sess);
	const bool listens = !p->brake.on && !p->env->held && !owes;

	if (owes)
		set_timer(p, OWES_SECONDS, OWES_SECONDS);

	set_io(p, conn_poll(&p->conn, listens, obuf_used(out) > 0));
	if (listens && conn_pending(&p->conn))
		ev_feed_event(p->env->loop, &p->io, EV_READ);
}

/* Read once, however much there is: the others want their turn too. */
static void
receive(struct peer *p)
{
	const ssize_t n = conn_read(&p->conn, p->env->in, p->env->in_size);

	if (n > 0) {
		(void)session_feed(
		    p->sess, p->env->in, (size_t)n, proc_mono(), proc_wall());
		brake_check(&p->brake);
	} else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
		session_eof(p->sess);
	}
}

/* The agent may still be sending; a close now would destroy our BYE. */
static void
discard(struct peer *p)
{
	const ssize_t n = read(p->conn.fd, p->env->in, p->env->in_size);

	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		settle_down(p);
}

static void
come_up(struct peer *p)
{
	p->sess = session_new(&p->env->sess, p->src, p, proc_mono());
	if (p->sess == NULL) {
		peer_warnx(p, "out of memory");
		settle_down(p);
		return;
	}
	if (p->conn.stage == CONN_SECURE)
		session_secure(p->sess);
	session_ask(p->sess, proc_mono(), proc_wall());
	p->state = PEER_UP;
	p->up = proc_mono();
	brake_begin(&p->brake, p->sess, p->env->rate_max);
	set_timer(p, TICK_SECONDS, TICK_SECONDS);
	carry_on(p);
}

/* There was no handshake.  Who dialled in may be anybody: say little. */
static void
not_shaken(struct peer *p, const char *why)
{
	char text[WHY_MAX];

	if (is_dialled(p)) {
		if (gate_why(p->env->gate, &p->conn) != NULL)
			why = conn_why(&p->conn);
		snprintf(text, sizeof(text), "no connection: TLS: %s", why);
		p->src->led.c.dials_failed++;
		peer_warnx(p, text);
	} else {
		(void)gate_blame(p->env->gate, &p->conn, p->name);
	}
	settle_down(p);
}

static void
on_shaken(void *arg, bool ok)
{
	struct peer *p = arg;
	char about[TLS_WHY_MAX];

	if (!ok) {
		not_shaken(p, strerror(errno));
		return;
	}
	if (p->conn.stage == CONN_SECURE) {
		log_info(
		    "agent at %s: %s", p->name, tls_about(p->conn.tls, about));
	}
	come_up(p);
}

/* The socket is connected: TLS first, if there is any. */
static void
begin(struct peer *p)
{
	p->state = PEER_SHAKING;
	ev_timer_stop(p->env->loop, &p->timer);
	ev_io_stop(p->env->loop, &p->io);
	shake_begin(&p->shake);
}

static void
attempt_failed(struct peer *p, const char *why)
{
	char text[WHY_MAX];

	snprintf(text, sizeof(text), "no connection: %s", why);
	p->src->led.c.dials_failed++;
	peer_warnx(p, text);
	settle_down(p);
}

static void
on_dialled(void *arg, int fd, const char *why)
{
	struct peer *p = arg;

	p->conn.fd = fd;
	tell(p, PEER_EV_DIALED);
	if (fd == -1) {
		attempt_failed(p, why);
		return;
	}
	if (conn_dialled(&p->conn, fd, p->env->gate->tls, p->dial.hp.host) !=
	    0) {
		attempt_failed(p, strerror(errno));
	} else {
		begin(p);
	}
}

static void
on_io(struct ev_loop *loop, ev_io *w, int revents)
{
	struct peer *p = w->data;

	(void)loop;
	if (p->state == PEER_LINGER) {
		discard(p);
	} else {
		if (revents & EV_READ)
			receive(p);
		carry_on(p);
	}
}

static void
on_timer(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct peer *p = w->data;

	(void)loop;
	(void)revents;
	switch (p->state) {
	case PEER_IDLE:
		p->state = PEER_QUEUED;
		tell(p, PEER_EV_READY);
		return;
	case PEER_UP:
		brake_tick(&p->brake);
		if (p->env->held)
			session_deaf(p->sess, proc_mono());
		(void)session_tick(p->sess, proc_mono(), proc_wall());
		carry_on(p);
		return;
	case PEER_LINGER:
		settle_down(p);
		return;
	case PEER_QUEUED:
	case PEER_DIALING:
	case PEER_SHAKING:
	case PEER_DONE:
		return;
	}
}

/* The agent may send again. */
static void
on_brake(void *arg)
{
	carry_on(arg);
}

static struct peer *
peer_make(struct peer_env *env, const char *name)
{
	struct peer *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	p->env = env;
	p->conn.fd = -1;
	backoff_init(&p->backoff, env->retry_min, env->retry_max,
	    env->seed += 0x9e3779b97f4a7c15u);
	snprintf(p->name, sizeof(p->name), "%s", name);
	ev_init(&p->io, on_io);
	ev_init(&p->timer, on_timer);
	p->io.data = p->timer.data = p;
	brake_init(&p->brake, env->loop, on_brake, p);
	shake_init(&p->shake, env->loop, &p->conn, on_shaken, p);
	p->link.peer = p;
	p->rate = (struct lograte){ .what = p->name, .max = LINES_MAX };
	return p;
}

struct peer *
peer_new(struct peer_env *env, struct source *s, const struct net_hostport *hp)
{
	struct peer *p = peer_make(env, s->addr);

	if (p == NULL)
		return NULL;
	p->src = s;
	dial_init(&p->dial, env->loop, hp, on_dialled, p);
	return p;
}

struct peer *
peer_accepted(struct peer_env *env, int fd, const struct net_addr *addr)
{
	char name[NET_NAME_MAX];
	struct peer *p = peer_make(env, net_name(name, addr));

	if (p == NULL)
		return NULL;
	conn_accepted(
	    &p->conn, fd, env->gate->tls, env->gate->conf.require_tls);
	return p;
}

void
peer_start(struct peer *p)
{
	if (!is_dialled(p)) {
		begin(p);
		return;
	}
	p->state = PEER_QUEUED;
	tell(p, PEER_EV_READY);
}

void
peer_dial(struct peer *p)
{
	p->state = PEER_DIALING;
	dial_begin(&p->dial);
}

void
peer_hold(struct peer *p)
{
	if (p->state != PEER_UP)
		return;
	session_deaf(p->sess, proc_mono());
	carry_on(p);
}

void
peer_stop(struct peer *p)
{
	p->stopped = true;
	if (p->state == PEER_UP) {
		session_end(
		    p->sess, p->env->returns ? CTL_BYE_AGAIN : CTL_BYE_END);
		carry_on(p);
	} else if (p->state != PEER_LINGER) {
		release(p);
		p->state = PEER_DONE;
	}
}

void
peer_last(struct peer *p)
{
	p->stopped = true;
	if (p->state != PEER_IDLE)
		return;
	release(p);
	p->state = PEER_DONE;
}

enum peer_state
peer_state(const struct peer *p)
{
	return p->state;
}

bool
peer_is_accepted(const struct peer *p)
{
	return !is_dialled(p);
}

bool
peer_ended(const struct peer *p)
{
	return p->ended;
}

const char *
peer_name(const struct peer *p)
{
	return p->name;
}

struct peer_link *
peer_link(struct peer *p)
{
	return &p->link;
}

void
peer_free(struct peer *p)
{
	if (p == NULL)
		return;
	release(p);
	lograte_done(&p->rate);
	free(p);
}
