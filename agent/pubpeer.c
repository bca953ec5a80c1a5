/* SPDX-License-Identifier: BSD-3-Clause */
/* One collector's connection: who speaks first, what is sent, how it ends. */
#include "agent/pubpeer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/pubtalk.h"
#include "base/log.h"
#include "base/proc.h"

#define LINGER_S     2.0 /* for the peer to close after all was sent */
#define PATIENCE_S   5.0 /* for one that is ending and reads nothing */
#define STATS_BUSY_S 10  /* between STATS while packets flow */
#define REFILL       4   /* of a queue, one part is filled ahead */
#define CHUNK        16384

typedef unsigned long long llu;

/* Records that it did not get, whatever the session. */
static uint64_t
lost(struct pubpeer *p)
{
	const uint64_t n = pubfeed_lost(&p->feed);

	p->share->count->queue_full += n - p->lost_counted;
	p->lost_counted = n;
	return p->q.lost + n;
}

static void
stop(struct pubpeer *p)
{
	if (p->fd < 0)
		return;
	ev_io_stop(p->share->loop, &p->io);
	ev_timer_stop(p->share->loop, &p->timer);
	conn_close(&p->conn);
	p->fd = -1;
	if (!p->told)
		return;
	log_info("collector %s: closed, %llu octets sent, %llu records lost",
	    p->name, (llu)p->sent, (llu)lost(p));
}

static void
set_timer(struct pubpeer *p, double seconds)
{
	ev_timer_stop(p->share->loop, &p->timer);
	ev_timer_set(&p->timer, seconds, 0);
	ev_timer_start(p->share->loop, &p->timer);
}

bool
pubpeer_attached(const struct pubpeer *p)
{
	return p->state == SESS_OPEN || p->state == SESS_LEGACY ||
	       p->state == SESS_TEXT;
}

static const char *
form_of(enum sess_state state)
{
	if (state == SESS_TEXT)
		return "text";
	return state == SESS_OPEN ? "v1" : "old";
}

/* Who broke off may come back for the rest, also to the next run. */
static void
leave(struct pubpeer *p)
{
	pubfeed_end(&p->feed, !p->leaving, proc_mono());
}

/* The only place that changes the state. */
static void
step(struct pubpeer *p, enum sess_event why)
{
	const enum sess_state was = p->state;

	p->state = sess_step(SESS_AGENT, was, why);
	log_debugx("collector %s: %s -> %s (%s)", p->name, sess_state_name[was],
	    sess_state_name[p->state], sess_event_name[why]);
	if (p->state == was)
		return;
	if (p->state == SESS_CLOSED)
		leave(p);
	if (pubpeer_attached(p)) {
		ev_timer_stop(p->share->loop, &p->timer);
		p->form = form_of(p->state);
		p->told = lograte_may(&p->share->moves, proc_mono());
		if (p->told) {
			log_info(
			    "collector %s: attached (%s)", p->name, p->form);
		}
	} else if (p->state == SESS_HELLO) {
		set_timer(p, SESS_HELLO_TIMEOUT_MS / 1000.0);
	} else if (p->state == SESS_ENDING) {
		set_timer(p, p->patience);
	} else if (p->state == SESS_CLOSED) {
		stop(p);
	}
}

static enum ctl_bye
bye_of(const struct pubpeer *p)
{
	return p->feed.old != NULL ? CTL_BYE_AGAIN : CTL_BYE_END;
}

/* Tell what was lost, now that there is room again. */
static void
resume(struct pubpeer *p)
{
	struct obs o;

	pubq_resume(&p->q);
	while (pubq_owed(&p->q, p->share->newest, &o))
		pubtalk_loss(p, &o);
}

static void
tell_figures(struct pubpeer *p, const struct ctl_stats *s)
{
	struct ctl_stats own = *s;

	own.gap_records = lost(p);
	own.queued = pubpeer_waiting(p);
	pubtalk_stats(p, &own);
}

/* Say BYE, once everything before it is queued or told as lost. */
static void
finish(struct pubpeer *p)
{
	if (p->q.losing || pubfeed_left(&p->feed) > 0)
		return;
	if (p->state == SESS_OPEN && p->ending && p->feed.old == NULL)
		tell_figures(p, &p->share->last);
	if (p->state == SESS_OPEN && !pubtalk_bye(p, bye_of(p)))
		return;
	if (p->feed.old != NULL)
		pubfeed_again(&p->feed, proc_mono());
	step(p, SESS_EV_BYE);
}

/* Put what follows in the stream into the queue, as far as that is short. */
static void
refill(struct pubpeer *p)
{
	struct pubshare *s = p->share;
	struct obs o;
	bool more = true;
	size_t n;

	if (p->state != SESS_OPEN)
		return;
	while (more && obuf_used(&p->q.buf) < p->q.limit / REFILL) {
		while (pubfeed_loss(&p->feed, s->newest, &o))
			pubtalk_loss(p, &o);
		n = pubfeed_read(&p->feed, s->chunk, CHUNK);
		if (n == 0)
			n = pubfeed_read(&p->feed, s->chunk, s->chunk_size);
		(void)obuf_put(&p->q.buf, s->chunk, n);
		p->busy |= n > 0;
		more = n > 0 || pubfeed_owes(&p->feed);
	}
	if (!more && (p->ending || pubfeed_is_over(&p->feed)))
		finish(p);
}

/* The one function that decides what to poll. */
static void
rearm(struct pubpeer *p)
{
	int want;

	if (p->fd < 0)
		return;
	want = conn_poll(&p->conn, !p->half, obuf_used(&p->q.buf) > 0);
	if (!ev_is_active(&p->io) || p->polled != want) {
		ev_io_stop(p->share->loop, &p->io);
		ev_io_set(&p->io, p->fd, want);
		p->polled = want;
		if (want != 0)
			ev_io_start(p->share->loop, &p->io);
	}
	if (!p->half && conn_pending(&p->conn))
		ev_feed_event(p->share->loop, &p->io, EV_READ);
}

/* All is sent: say so, and wait a moment for the other end to close. */
static void
shut(struct pubpeer *p)
{
	if (p->shut)
		return;
	p->shut = true;
	if (p->half || conn_shutdown(&p->conn) < 0) {
		step(p, SESS_EV_EOF);
	} else {
		set_timer(
		    p, pubfeed_has_all(&p->feed) ? LINGER_S : p->patience);
	}
}

/* TLS began, or its handshake is done: each has its own time to go on. */
static void
look(struct pubpeer *p)
{
	char about[TLS_WHY_MAX];

	if (p->stage == p->conn.stage)
		return;
	p->stage = p->conn.stage;
	if (p->stage == CONN_SECURE) {
		log_info(
		    "collector %s: %s", p->name, tls_about(p->conn.tls, about));
	}
	if (p->stage == CONN_SHAKING || p->stage == CONN_SECURE) {
		p->late = true; /* old collectors know no TLS */
		set_timer(p, CONN_SHAKE_S);
	}
}

static void
broken(struct pubpeer *p)
{
	if (!gate_blame(p->share->gate, &p->conn, p->name))
		log_debugx("collector %s: %s", p->name, strerror(errno));
	step(p, SESS_EV_EOF);
}

/* Send; then see what the room that this made allows. */
static void
send_some(struct pubpeer *p)
{
	const ptrdiff_t n = conn_send(&p->conn, &p->q.buf);

	if (n < 0) {
		broken(p);
		return;
	}
	look(p);
	p->sent += (uint64_t)n;
	if (n > 0 && (p->ending || p->state == SESS_ENDING) && !p->shut)
		set_timer(p, p->patience);
	if (pubpeer_attached(p) && pubq_ready(&p->q)) {
		resume(p);
		if (p->ending)
			finish(p);
	}
	refill(p);
	if (p->state == SESS_ENDING && obuf_used(&p->q.buf) == 0 &&
	    !conn_holds(&p->conn))
		shut(p);
}

void
pubpeer_flush(struct pubpeer *p)
{
	const bool waits = p->fd >= 0 && (p->polled & EV_WRITE) != 0;

	(void)lost(p);
	if (!waits)
		refill(p);
	if (p->fd >= 0 && !waits &&
	    (obuf_used(&p->q.buf) > 0 || p->state == SESS_ENDING))
		send_some(p);
	rearm(p);
}

/* Let the state read what came, for as long as that leads anywhere. */
static void
digest(struct pubpeer *p)
{
	size_t used;
	int why;

	do {
		used = pubtalk_take(p, &why);
		p->in_len -= used;
		memmove(p->in, p->in + used, p->in_len);
		if (why == SESS_EV_ALIEN)
			p->share->count->peer_bad++;
		if (why == SESS_EV_PROTOCOL || why == SESS_EV_REFUSED) {
			p->leaving = true;
			(void)conn_send(&p->conn, &p->q.buf);
		}
		if (why != PUBTALK_NOTHING)
			step(p, (enum sess_event)why);
	} while (p->fd >= 0 &&
		 (why != PUBTALK_NOTHING || (used > 0 && p->in_len > 0)));
}

/* The other end sends no more: a text client may have nothing else to say. */
static void
on_end(struct pubpeer *p)
{
	p->half = true;
	if (p->state != SESS_TEXT)
		step(p, SESS_EV_EOF);
}

static void
receive(struct pubpeer *p)
{
	const ssize_t n =
	    conn_read(&p->conn, p->in + p->in_len, sizeof(p->in) - p->in_len);
	const int err = errno;

	look(p);
	if (n > 0) {
		p->in_len += (size_t)n;
		digest(p);
	} else if (n == 0) {
		on_end(p);
	} else if (err != EAGAIN && err != EINTR) {
		broken(p);
	}
}

static void
on_io(struct ev_loop *loop, ev_io *w, int revents)
{
	struct pubpeer *p = w->data;

	(void)loop;
	if (revents & EV_READ)
		receive(p);
	if (p->fd >= 0 && (revents & EV_WRITE))
		send_some(p);
	rearm(p);
}

/* What a wait that ended means in this state. */
static void
on_timer(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct pubpeer *p = w->data;

	(void)loop;
	(void)revents;
	if (p->state == SESS_WAIT && !p->late && p->in_len == 0) {
		conn_settle(&p->conn);
		step(p, SESS_EV_SILENCE);
	} else if (p->state == SESS_WAIT && !p->late) {
		p->late = true;
		set_timer(p, SESS_HELLO_TIMEOUT_MS / 1000.0);
	} else if (p->state == SESS_HELLO) {
		(void)pubtalk_bye(p, CTL_BYE_TIMEOUT);
		step(p, SESS_EV_TIMEOUT);
	} else {
		if (p->ending && !p->shut &&
		    lograte_may(&p->share->bad, proc_mono()))
			log_warnx("collector %s: reads nothing", p->name);
		conn_expire(&p->conn);
		(void)gate_blame(p->share->gate, &p->conn, p->name);
		step(p, SESS_EV_EOF);
	}
	rearm(p);
}

struct pubpeer *
pubpeer_new(struct pubshare *share, int fd, const struct net_addr *addr,
    const char *host)
{
	struct pubpeer *p = calloc(1, sizeof(*p));
	const struct gate *g = share->gate;

	if (p == NULL)
		return NULL;
	if (host == NULL) {
		conn_accepted(&p->conn, fd, g->tls, g->conf.require_tls);
	} else if (conn_dialled(&p->conn, fd, g->tls, host) < 0) {
		free(p);
		return NULL;
	}
	p->share = share;
	p->fd = fd;
	p->stage = p->conn.stage;
	p->state = SESS_WAIT;
	p->form = "unknown";
	p->patience = PATIENCE_S;
	p->from = *addr;
	net_name(p->name, addr);
	p->feed.env = &share->feed;
	pubq_init(&p->q, share->queue, &share->count->queue_full);
	ev_io_init(&p->io, on_io, fd, EV_READ);
	ev_timer_init(&p->timer, on_timer, 0, 0);
	p->io.data = p;
	p->timer.data = p;
	p->late = share->legacy_wait_ms == 0 || p->stage == CONN_SHAKING;
	set_timer(p, p->late ? SESS_HELLO_TIMEOUT_MS / 1000.0
			     : share->legacy_wait_ms / 1000.0);
	rearm(p);
	return p;
}

void
pubpeer_record(
    struct pubpeer *p, const struct obs *o, const void *data, size_t len)
{
	if (!pubq_put(&p->q, data, len))
		pubq_lose_obs(&p->q, o);
}

uint64_t
pubpeer_waiting(const struct pubpeer *p)
{
	return obuf_used(&p->q.buf) + pubfeed_left(&p->feed);
}

void
pubpeer_stats(struct pubpeer *p, const struct ctl_stats *s)
{
	p->asked = 0;
	if (p->state != SESS_OPEN || p->feed.old != NULL)
		return;
	if (++p->quiet < STATS_BUSY_S && p->busy)
		return;
	tell_figures(p, s);
	p->quiet = 0;
	p->busy = false;
}

void
pubpeer_end(struct pubpeer *p, double wait)
{
	if (p->fd < 0 || p->ending)
		return;
	p->ending = true;
	p->patience = wait;
	if (pubpeer_attached(p)) {
		set_timer(p, wait);
		if (p->state == SESS_OPEN) {
			refill(p);
		} else {
			finish(p);
		}
	} else if (p->state != SESS_ENDING)
		step(p, SESS_EV_EOF);
}

void
pubpeer_print(struct pubpeer *p, FILE *fp)
{
	fprintf(fp, "collector %s %s sent %llu queued %llu lost %llu\n",
	    p->name, p->form, (llu)p->sent, (llu)pubpeer_waiting(p),
	    (llu)lost(p));
}

void
pubpeer_free(struct pubpeer *p)
{
	if (p == NULL)
		return;
	stop(p);
	leave(p);
	pubq_done(&p->q);
	free(p);
}
