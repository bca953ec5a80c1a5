/* SPDX-License-Identifier: BSD-3-Clause */
/* One collector's connection: who speaks first, what is sent, how it ends. */
#include "agent/pubpeer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/pubtalk.h"
#include "base/log.h"
#include "base/proc.h"
#include "wire/frame.h"

#define LINGER_S     2.0 /* for the peer to close after all was sent */
#define PATIENCE_S   5.0 /* for one that is ending and reads nothing */
#define STATS_BUSY_S 10  /* between STATS while packets flow */

typedef unsigned long long llu;

static void
stop(struct pubpeer *p)
{
	if (p->fd < 0)
		return;
	ev_io_stop(p->share->loop, &p->io);
	ev_timer_stop(p->share->loop, &p->timer);
	close(p->fd);
	p->fd = -1;
	if (!p->told)
		return;
	log_info("collector %s: closed, %llu octets sent, %llu records lost",
	    p->name, (llu)p->sent, (llu)p->q.lost);
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
	if (p->state != SESS_OPEN) {
		pubenc_leave(p->enc);
		p->enc = NULL;
	}
	if (pubpeer_attached(p)) {
		ev_timer_stop(p->share->loop, &p->timer);
		p->form = form_of(p->state);
		p->told = lograte_may(&p->share->moves, proc_mono());
		if (p->told)
			log_info(
			    "collector %s: attached (%s)", p->name, p->form);
	} else if (p->state == SESS_HELLO) {
		set_timer(p, SESS_HELLO_TIMEOUT_MS / 1000.0);
	} else if (p->state == SESS_ENDING) {
		set_timer(p, p->patience);
	} else if (p->state == SESS_CLOSED) {
		stop(p);
	}
}

/* Tell what was lost, now that there is room again. */
static void
resume(struct pubpeer *p)
{
	struct obs o;

	if (p->enc != NULL)
		pubenc_key(p->enc);
	pubq_resume(&p->q);
	while (pubq_owed(&p->q, p->share->newest, &o))
		pubtalk_loss(p, &o);
}

/* Say BYE, once everything before it is queued or told as lost. */
static void
finish(struct pubpeer *p)
{
	if (p->q.losing)
		return;
	if (p->state == SESS_OPEN && !pubtalk_bye(p, CTL_BYE_END)) {
		p->q.losing = true;
	} else {
		step(p, SESS_EV_BYE);
	}
}

/* The one function that decides what to poll. */
static void
rearm(struct pubpeer *p)
{
	int want = 0;

	if (p->fd < 0)
		return;
	if (!p->half)
		want |= EV_READ;
	if (obuf_used(&p->q.buf) > 0)
		want |= EV_WRITE;
	if (ev_is_active(&p->io) && p->polled == want)
		return;
	ev_io_stop(p->share->loop, &p->io);
	ev_io_set(&p->io, p->fd, want);
	p->polled = want;
	if (want != 0)
		ev_io_start(p->share->loop, &p->io);
}

/* All is sent: say so, and wait a moment for the other end to close. */
static void
shut(struct pubpeer *p)
{
	if (p->shut)
		return;
	p->shut = true;
	if (p->half || shutdown(p->fd, SHUT_WR) < 0) {
		step(p, SESS_EV_EOF);
	} else {
		set_timer(p, LINGER_S);
	}
}

/* Send; then see what the room that this made allows. */
static void
send_some(struct pubpeer *p)
{
	const ptrdiff_t n = obuf_send(&p->q.buf, p->fd);

	if (n < 0) {
		log_debugx("collector %s: %s", p->name, strerror(errno));
		step(p, SESS_EV_EOF);
		return;
	}
	p->sent += (uint64_t)n;
	if (n > 0 && (p->ending || p->state == SESS_ENDING) && !p->shut)
		set_timer(p, p->patience);
	if (pubpeer_attached(p) && pubq_ready(&p->q)) {
		resume(p);
		if (p->ending)
			finish(p);
	}
	if (p->state == SESS_ENDING && obuf_used(&p->q.buf) == 0)
		shut(p);
}

void
pubpeer_flush(struct pubpeer *p)
{
	const bool waits = p->fd >= 0 && (p->polled & EV_WRITE) != 0;

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
		if (why == SESS_EV_PROTOCOL || why == SESS_EV_REFUSED)
			(void)obuf_send(&p->q.buf, p->fd);
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
	    read(p->fd, p->in + p->in_len, sizeof(p->in) - p->in_len);

	if (n > 0) {
		p->in_len += (size_t)n;
		digest(p);
	} else if (n == 0) {
		on_end(p);
	} else if (errno != EAGAIN && errno != EINTR) {
		step(p, SESS_EV_EOF);
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
		step(p, SESS_EV_EOF);
	}
	rearm(p);
}

struct pubpeer *
pubpeer_new(struct pubshare *share, int fd, const struct net_addr *addr)
{
	struct pubpeer *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	p->share = share;
	p->fd = fd;
	p->state = SESS_WAIT;
	p->form = "unknown";
	p->patience = PATIENCE_S;
	p->from = *addr;
	net_name(p->name, addr);
	pubq_init(&p->q, share->queue, &share->count->queue_full);
	ev_io_init(&p->io, on_io, fd, EV_READ);
	ev_timer_init(&p->timer, on_timer, 0, 0);
	p->io.data = p;
	p->timer.data = p;
	p->late = share->legacy_wait_ms == 0;
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

/* A frame without packets was lost: remember what it said. */
static void
lose_frame(struct pubpeer *p, const struct enc_block *b)
{
	struct frame f;
	struct obs o = { .kind = OBS_HOST };

	if (b->type == FRAME_GAP &&
	    frame_get(&f, b->data, b->len, FRAME_MAX) > 0 &&
	    ctl_gap_get(&o, f.body, f.len) < 0)
		return;
	pubq_lose_obs(&p->q, &o);
}

/* DNS records that are lost are a hole in their numbers, which tells. */
void
pubpeer_block(struct pubpeer *p, const struct enc_block *b)
{
	p->busy |= b->count > 0;
	if (pubq_put(&p->q, b->data, b->len))
		return;
	if (b->type == FRAME_PKT) {
		pubq_lose_pkts(&p->q, b->first, b->count);
	} else if (b->type == FRAME_DNS) {
		pubq_lose_dns(&p->q, b->count);
	} else {
		lose_frame(p, b);
	}
}

void
pubpeer_stats(struct pubpeer *p, const struct ctl_stats *s)
{
	struct ctl_stats own = *s;

	p->asked = 0;
	if (p->state != SESS_OPEN)
		return;
	if (++p->quiet < STATS_BUSY_S && p->busy)
		return;
	own.gap_records = p->q.lost;
	own.queued = obuf_used(&p->q.buf);
	pubtalk_stats(p, &own);
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
		finish(p);
	} else if (p->state != SESS_ENDING)
		step(p, SESS_EV_EOF);
}

void
pubpeer_print(const struct pubpeer *p, FILE *fp)
{
	fprintf(fp, "collector %s %s sent %llu queued %zu lost %llu\n", p->name,
	    p->form, (llu)p->sent, obuf_used(&p->q.buf), (llu)p->q.lost);
}

void
pubpeer_free(struct pubpeer *p)
{
	if (p == NULL)
		return;
	stop(p);
	pubenc_leave(p->enc);
	pubq_done(&p->q);
	free(p);
}
