/* SPDX-License-Identifier: BSD-3-Clause */
/* One conversation with an agent: octets in and out, no descriptor. */
#include "collector/session.h"

#include <assert.h>
#include <stdlib.h>

#include "collector/legacy.h"
#include "collector/sessrest.h"
#include "collector/sesstell.h"
#include "wire/ctl.h"

#define DEAD_NS     (30 * MONO_NS_PER_S) /* three STATS missed */
#define OWED_NS     (5 * MONO_NS_PER_S)  /* for outputs, after BYE */
#define ms_to_ns(x) ((x)*MONO_NS_PER_MS)

struct session {
	const struct session_env *env;
	struct source
	    *src; /* NULL until an agent that dialled in names itself */
	void *arg;
	enum sess_state state;
	const char *why; /* what was wrong */
	bool finished;
	bool again; /* another stream waits */
	bool owes;  /* after BYE: not everything is acknowledged */
	mono_t owed;
	bool secure; /* under TLS */

	struct sessrest rest;
	struct stream *stream; /* v1 */
	struct legacy legacy;  /* old */
	struct sesstell tell;

	mono_t begun, heard;
	mono_t whole; /* when no part of a frame was waiting, or one ended */
	mono_t now;   /* of the call that is running */
	wall_t wall;
	uint64_t octets; /* received and not yet in the ledger */
	uint64_t records;
};

static void
step(struct session *x, enum sess_event ev)
{
	x->state = sess_step(SESS_COLLECTOR, x->state, ev);
}

static void
fail(struct session *x, enum sess_event ev, const char *why)
{
	x->why = why;
	if (x->src != NULL && (ev == SESS_EV_PROTOCOL || ev == SESS_EV_ALIEN))
		x->src->led.c.bad_sessions++;
	step(x, ev);
}

/* After sesstell_*: ${ok} is what it returned. */
static void
told(struct session *x, bool ok)
{
	if (!ok && x->state < SESS_ENDING)
		fail(x, SESS_EV_TIMEOUT, "it reads nothing of what we send");
}

static void
send_ack(struct session *x)
{
	struct position had;

	assert(x->src != NULL); /* since SESS_OPEN */
	hub_had(x->env->hub, x->src, &had);
	told(x, sesstell_ack(&x->tell, &had, x->now));
}

static void
send_bye(struct session *x, enum ctl_bye why)
{
	struct position had = { 0 };

	if (x->src != NULL)
		hub_had(x->env->hub, x->src, &had);
	told(x, sesstell_bye(&x->tell, why, had.next));
}

static void
send_ping(struct session *x)
{
	told(x, sesstell_ping(&x->tell, x->now, x->wall));
}

/* ---- what the stream reports ---- */

static void
on_hello(void *arg, const struct hello *h)
{
	struct session *x = arg;

	if (x->src == NULL) {
		x->src = x->env->who(x->arg, h);
		if (x->src == NULL) {
			send_bye(x, CTL_BYE_LIMIT);
			fail(x, SESS_EV_REFUSED, "too many agents");
			return;
		}
		x->src->busy = true;
	}
	if (hub_hello(x->env->hub, x->src, h) != 0) {
		send_bye(x, CTL_BYE_LIMIT);
		fail(x, SESS_EV_REFUSED, "out of memory");
		return;
	}
	dayoff_set(&x->src->off, h->wall, x->now);
	sesstell_anew(&x->tell);
	x->src->led.c.sessions++;
	step(x, SESS_EV_HELLO);
	if (!x->tell.waits)
		send_ping(x);
}

static void
pass_on(struct session *x, uint64_t first, const struct obs *o, size_t n)
{
	size_t known;

	if (x->env->apply_clock)
		source_aim(x->src, o, n, x->now, x->wall);
	known = hub_put(x->env->hub, x->src, first, o, n);
	x->records += n;
	source_times(x->src, o + known, n - known);
}

static void
on_iface(void *arg, unsigned int index, const struct hello_iface *i)
{
	struct session *x = arg;

	if (x->state != SESS_OPEN || source_told(x->src, index, i) == 0)
		return;
	send_bye(x, CTL_BYE_LIMIT);
	fail(x, SESS_EV_REFUSED, "out of memory");
}

static void
on_obs(void *arg, uint64_t first, struct obs *o, size_t n)
{
	struct session *x = arg;

	if (x->state != SESS_OPEN)
		return;
	source_place(x->src, o, n);
	pass_on(x, first, o, n);
}

static void
on_stats(void *arg, const struct ctl_stats *s)
{
	struct session *x = arg;

	if (x->state != SESS_OPEN)
		return;
	ledger_stats(&x->src->led, s);
	dayoff_set(&x->src->off, s->wall, x->now);
}

static void
on_time(void *arg, const struct ctl_time *t)
{
	struct session *x = arg;

	if (x->state != SESS_OPEN)
		return;
	if (t->t2 == 0) {
		told(x, sesstell_time(&x->tell, t, x->wall));
	} else if (sesstell_pong(&x->tell, t, x->now, x->wall)) {
		source_time(x->src, &x->tell.ping);
		if (x->env->apply_clock)
			hub_offset(x->env->hub, x->src, x->wall);
		if (sesstell_ping_is_due(&x->tell, x->now))
			send_ping(x);
	}
}

/* Whether every output has all that came. */
static bool
have_all(const struct session *x)
{
	struct position had;

	hub_had(x->env->hub, x->src, &had);
	return had.next >= x->src->led.next &&
	       had.next_dns >= x->src->led.next_dns;
}

static void
on_bye(void *arg, unsigned int why, uint64_t next_seq)
{
	struct session *x = arg;

	if (x->state != SESS_OPEN) {
		step(x, SESS_EV_BYE);
		return;
	}
	if (why == CTL_BYE_END || why == CTL_BYE_AGAIN) {
		hub_bye(x->env->hub, x->src, next_seq);
		hub_commit(x->env->hub);
		x->finished = why == CTL_BYE_END;
		x->again = why == CTL_BYE_AGAIN;
		x->owes = !have_all(x);
		x->owed = x->now;
		if (x->owes)
			return;
	} else {
		x->why = why == CTL_BYE_LIMIT     ? "it refused us: a limit"
			 : why == CTL_BYE_TIMEOUT ? "it gave up on us: silence"
			 : why == CTL_BYE_PROTOCOL
			     ? "it refused us: we broke the protocol"
			     : "it refused us: version or option";
	}
	send_ack(x);
	step(x, SESS_EV_BYE);
}

static const struct stream_ops stream_ops = { .hello = on_hello,
	.iface = on_iface,
	.obs = on_obs,
	.stats = on_stats,
	.time = on_time,
	.bye = on_bye };

static void
on_legacy(void *arg, uint64_t first, const struct obs *o, size_t n)
{
	pass_on(arg, first, o, n);
}

/* ---- octets in ---- */

/* The first octets came: decide what it is.  Returns whether that is known. */
static bool
sniff(struct session *x, const uint8_t *buf, size_t len)
{
	enum sess_event ev;

	if (sess_sniff(SESS_COLLECTOR, buf, len, &ev) == 0)
		return false;
	if (ev == SESS_EV_OLD && (x->secure || !x->env->legacy)) {
		fail(x, SESS_EV_ALIEN,
		    x->secure ? "it sends old records under TLS"
			      : "it is an old agent, and --no-legacy");
	} else if (ev == SESS_EV_OLD && x->src == NULL) {
		fail(x, SESS_EV_ALIEN, "old agents do not dial");
	} else if (ev == SESS_EV_OLD) {
		hub_plain(x->env->hub, x->src);
		x->src->led.c.sessions++;
		legacy_init(&x->legacy, x->src->led.next);
		step(x, ev);
	} else if (ev == SESS_EV_MAGIC) {
		x->stream = stream_new(x->env->scratch, &stream_ops, x);
		if (x->stream == NULL) {
			fail(x, SESS_EV_TIMEOUT, "out of memory");
		} else {
			step(x, ev);
		}
	} else {
		fail(x, ev, "it is no agent");
	}
	return true;
}

/* Feed the decoder of the day.  Returns the octets used. */
static size_t
decode(struct session *x, const uint8_t *buf, size_t len)
{
	ptrdiff_t used;
	enum ctl_bye why;

	if (x->state == SESS_WAIT && !sniff(x, buf, len))
		return 0;
	if (x->src != NULL)
		dayoff_now(&x->src->off, x->now);
	if (x->state == SESS_LEGACY) {
		/* Old agents never tell what their clock shows. */
		dayoff_set(&x->src->off, x->wall, x->now);
		if (legacy_feed(&x->legacy, buf, len, on_legacy, x) != 0)
			fail(x, SESS_EV_PROTOCOL, "bad record");
		return len;
	}
	if (x->state != SESS_HELLO && x->state != SESS_OPEN)
		return len;
	if ((used = stream_feed(x->stream, buf, len)) >= 0)
		return x->state < SESS_ENDING ? (size_t)used : len;
	if (x->state < SESS_ENDING) {
		const char *text = stream_error(x->stream, &why);

		send_bye(x, why);
		fail(x,
		    why == CTL_BYE_UNSUPPORTED ? SESS_EV_REFUSED
					       : SESS_EV_PROTOCOL,
		    text);
	}
	return len;
}

void
session_ask(struct session *x, mono_t now, wall_t wall)
{
	x->now = now;
	x->wall = wall;
	send_ping(x);
}

void
session_secure(struct session *x)
{
	x->secure = true;
}

enum sess_state
session_feed(
    struct session *x, const uint8_t *buf, size_t len, mono_t now, wall_t wall)
{
	size_t used;

	x->now = x->heard = now;
	x->wall = wall;
	x->octets += len;
	if ((buf = sessrest_join(&x->rest, buf, &len)) == NULL) {
		fail(x, SESS_EV_TIMEOUT, "out of memory");
		return x->state;
	}
	used = decode(x, buf, len);
	if (x->src != NULL) {
		x->src->led.c.octets += x->octets;
		x->octets = 0;
	}
	hub_took(x->env->hub, used);
	if (used > 0 || x->rest.n == 0)
		x->whole = now;
	if (sessrest_keep(&x->rest, buf + used, len - used) != 0)
		fail(x, SESS_EV_TIMEOUT, "out of memory");
	if (x->state == SESS_OPEN && sesstell_came(&x->tell, used))
		send_ack(x);
	return x->state;
}

void
session_eof(struct session *x)
{
	if (x->state == SESS_LEGACY) {
		x->finished = true;
		if (x->legacy.n > 0)
			x->why = "the last record was cut";
	} else if (x->state == SESS_WAIT || x->state == SESS_HELLO) {
		x->why = "it closed before it said who it is";
	} else if (x->state == SESS_OPEN && !x->owes) {
		x->why = "the connection ended without BYE";
	}
	step(x, SESS_EV_EOF);
}

enum sess_state
session_tick(struct session *x, mono_t now, wall_t wall)
{
	const int64_t age = now.ns - x->begun.ns;

	x->now = now;
	x->wall = wall;
	if (x->state == SESS_WAIT && age >= ms_to_ns(SESS_SILENCE_MS)) {
		fail(x, SESS_EV_SILENCE, "it says nothing");
	} else if (x->state == SESS_HELLO &&
		   age >= ms_to_ns(SESS_HELLO_TIMEOUT_MS)) {
		send_bye(x, CTL_BYE_TIMEOUT);
		fail(x, SESS_EV_TIMEOUT, "its HELLO did not come in time");
	} else if (x->state == SESS_OPEN && now.ns - x->heard.ns >= DEAD_NS) {
		send_bye(x, CTL_BYE_TIMEOUT);
		fail(x, SESS_EV_TIMEOUT, "it fell silent");
	} else if (x->state == SESS_OPEN && x->rest.n > 0 &&
		   now.ns - x->whole.ns >= DEAD_NS) {
		send_bye(x, CTL_BYE_TIMEOUT);
		fail(x, SESS_EV_TIMEOUT, "its frame does not end");
	}
	if (x->state == SESS_OPEN && x->owes &&
	    (have_all(x) || now.ns - x->owed.ns >= OWED_NS)) {
		send_ack(x);
		step(x, SESS_EV_BYE);
	}
	if (x->state == SESS_OPEN && sesstell_ack_is_due(&x->tell, now))
		send_ack(x);
	if (x->state == SESS_OPEN && sesstell_ping_is_due(&x->tell, now))
		send_ping(x);
	if (x->state == SESS_OPEN)
		source_clock(x->src, now);
	return x->state;
}

void
session_end(struct session *x, enum ctl_bye why)
{
	if (x->state == SESS_OPEN) {
		hub_commit(x->env->hub);
		send_ack(x);
	}
	if (x->state == SESS_OPEN || x->state == SESS_HELLO)
		send_bye(x, why);
	step(x, SESS_EV_BYE);
}

struct session *
session_new(
    const struct session_env *env, struct source *s, void *arg, mono_t now)
{
	struct session *x = calloc(1, sizeof(*x));
	uint8_t buf[HELLO_MAX];
	struct hello h = env->offer;

	if (x == NULL)
		return NULL;
	x->env = env;
	x->src = s;
	x->arg = arg;
	x->state = SESS_WAIT;
	x->begun = x->heard = x->now = now;
	sesstell_init(&x->tell, now);
	if (s != NULL) {
		s->busy = true;
		hub_offer(env->hub, s, &h);
	}
	(void)obuf_put(&x->tell.out, buf, hello_put(buf, &h));
	return x;
}

enum sess_state
session_state(const struct session *x)
{
	return x->state;
}

struct source *
session_source(const struct session *x)
{
	return x->src;
}

uint64_t
session_records(const struct session *x)
{
	return x->records;
}

void
session_deaf(struct session *x, mono_t now)
{
	x->heard = x->whole = now;
}

struct obuf *
session_out(struct session *x)
{
	return &x->tell.out;
}

bool
session_finished(const struct session *x)
{
	return x->finished;
}

bool
session_owes(const struct session *x)
{
	return x->owes && x->state == SESS_OPEN;
}

bool
session_again(const struct session *x)
{
	return x->again;
}

const char *
session_why(const struct session *x)
{
	return x->why;
}

void
session_free(struct session *x)
{
	if (x == NULL)
		return;
	if (x->src != NULL) {
		x->src->busy = false;
		hub_silent(x->env->hub, x->src);
	}
	stream_free(x->stream);
	sesstell_done(&x->tell);
	sessrest_done(&x->rest);
	free(x);
}
