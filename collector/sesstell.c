/* SPDX-License-Identifier: BSD-3-Clause */
/* What a session says to its agent: acknowledgements, pings, BYE. */
#include "collector/sesstell.h"

#include "wire/frame.h"

#define OUT_LIMIT  65536 /* octets queued for an agent that never reads */
#define ACK_OCTETS 65536
#define ACK_NS     MONO_NS_PER_S

/* PROTOCOL.md, section 3.2 */
#define BURST       4  /* questions, each when the one before is answered */
#define START       12 /* so many, then one a second (almost: a tick) */
#define START_NS    (900 * MONO_NS_PER_MS)
#define PAUSE_NS    (3 * MONO_NS_PER_S) /* later, and at random: */
#define PAUSE_MORE  (2 * MONO_NS_PER_S)
#define PATIENCE_NS (30 * MONO_NS_PER_S)

static bool
send_frame(
    struct sesstell *t, enum frame_type type, const uint8_t *body, size_t len)
{
	uint8_t frame[CTL_MAX + FRAME_OVERHEAD];
	const size_t n = ctl_frame(frame, type, body, len);

	return obuf_put(&t->out, frame, n);
}

void
sesstell_init(struct sesstell *t, mono_t now)
{
	*t = (struct sesstell){
		.acked = now, .pinged = now, .chance = (uint64_t)now.ns
	};
	obuf_init(&t->out, OUT_LIMIT);
}

void
sesstell_anew(struct sesstell *t)
{
	t->ack_seq = t->ack_dns = UINT64_MAX;
}

bool
sesstell_ack(struct sesstell *t, const struct position *had, mono_t now)
{
	uint8_t body[CTL_MAX];

	t->acked = now;
	if (had->next == t->ack_seq && had->next_dns == t->ack_dns)
		return true;
	t->unacked = 0;
	t->ack_seq = had->next;
	t->ack_dns = had->next_dns;
	return send_frame(
	    t, FRAME_ACK, body, ctl_ack_put(body, had->next, had->next_dns));
}

bool
sesstell_came(struct sesstell *t, size_t octets)
{
	t->unacked += octets;
	return t->unacked >= ACK_OCTETS;
}

bool
sesstell_ack_is_due(const struct sesstell *t, mono_t now)
{
	return now.ns - t->acked.ns >= ACK_NS;
}

bool
sesstell_ping_is_due(const struct sesstell *t, mono_t now)
{
	return now.ns - t->pinged.ns >= (t->waits ? PATIENCE_NS : t->pause_ns);
}

/* How long after this question the next one may follow. */
static int64_t
pause_after(struct sesstell *t)
{
	if (t->ping_id < BURST)
		return 0;
	if (t->ping_id < START)
		return START_NS;
	t->chance = t->chance * 6364136223846793005u + 1442695040888963407u;
	return PAUSE_NS + (int64_t)((t->chance >> 33) % PAUSE_MORE);
}

bool
sesstell_ping(struct sesstell *t, mono_t now, wall_t wall)
{
	uint8_t body[CTL_MAX];
	const struct ctl_time ask = { .id = ++t->ping_id, .t1 = wall.ns };

	t->pinged = now;
	t->waits = true;
	t->pause_ns = pause_after(t);
	t->ping = (struct clockest_exchange){ .asked = wall, .asked_at = now };
	return send_frame(t, FRAME_TIME, body, ctl_time_put(body, &ask));
}

bool
sesstell_pong(
    struct sesstell *t, const struct ctl_time *answer, mono_t now, wall_t wall)
{
	if (!t->waits || answer->id != t->ping_id)
		return false;
	t->waits = false;
	t->ping.came = wall;
	t->ping.came_at = now;
	t->ping.received.ns = answer->t2;
	t->ping.answered.ns = answer->t3;
	return true;
}

bool
sesstell_time(struct sesstell *t, const struct ctl_time *asked, wall_t wall)
{
	uint8_t body[CTL_MAX];
	struct ctl_time answer = *asked;

	answer.t2 = answer.t3 = wall.ns;
	return send_frame(t, FRAME_TIME, body, ctl_time_put(body, &answer));
}

bool
sesstell_bye(struct sesstell *t, enum ctl_bye why, uint64_t next)
{
	uint8_t body[CTL_MAX];

	return send_frame(t, FRAME_BYE, body, ctl_bye_put(body, why, next));
}

void
sesstell_done(struct sesstell *t)
{
	obuf_done(&t->out);
}
